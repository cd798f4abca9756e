"""Rules of Fedora Badges as a rule book: each rule a badge, and a word about whatever the book doesn't say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from wiifm.event_types import is_name
from wiifm.expressions.reading import normalised
from wiifm.faults import InvalidInput, literal
from wiifm.fedbadges.criteria import Counted, Join, counted
from wiifm.fedbadges.lambdas import Fields
from wiifm.fedbadges.messages import NAMED, path_of, topics_in, type_of
from wiifm.fedbadges.sayable import Gap, Unsayable, table
from wiifm.fedbadges.triggers import triggered
from wiifm.rulebook.dump import written
from wiifm.rulebook.gather import parse

_SAID = ("name", "description", "trigger", "criteria", "recipient")
_SHOWN = ("creator", "discussion", "image_url", "issuer_id", "tags")
"""What a rule says of how its badge is shown: it has no place in a book."""


@frozen
class Converted:
    """A book of rules in TOML; the rules that are left out, and what is said otherwise or not at all."""

    toml: str
    badges: tuple[str, ...]
    left_out: tuple[Gap, ...]
    otherwise: tuple[Gap, ...]


@frozen
class _Work:
    """What is done so far: badges by id, fields by name, and by event type which it has."""

    known: list[str]
    badges: dict[str, dict[str, Any]] = field(factory=dict)
    fields: Fields = field(factory=dict)
    types: dict[str, set[str]] = field(factory=dict)
    gaps: list[Gap] = field(factory=list)


def convert(
    rules: Mapping[str, object], topics: Iterable[str] = (), id: str = "fedbadges"
) -> Converted:
    """A book of the rules of these names. ``topics`` are those that there are, beside those that rules name.

    >>> rule = {
    ...     "name": "Junior Editor", "trigger": {"topic": "wiki.article.edit"}, "recipient": "%(msg.user)s",
    ...     "criteria": {"datanommer": {
    ...         "filter": {"topics": ["%(topic)s"], "users": ["%(msg.user)s"]},
    ...         "operation": "count", "condition": {"greater than or equal to": 10},
    ...     }},
    ... }
    >>> print(convert({"junior-editor": rule}).toml.partition("[[badge]]")[2])
    <BLANKLINE>
    id = "junior-editor"
    count = "wiki.article.edit"
    where = "'msg.user' in named"
    at_least = 10
    means = "Junior Editor"
    <BLANKLINE>
    """
    named = {type_of(each, "topic") for each in topics} | set(topics_in(list(rules.values())))
    work, left_out = _Work(sorted(named)), []
    for name, rule in rules.items():
        fields = dict(work.fields)
        try:
            _badge(name, table(rule, "rule"), fields, work)
        except Unsayable as error:
            left_out.append(error.inside(name))
        else:
            work.fields.update(fields)
    shown = Counter(key for rule in rules.values() if isinstance(rule, dict) for key in rule)
    for key in _SHOWN:
        if shown[key]:
            why = "a book says what is earned, not how it is shown"
            work.gaps.append(Gap(key, f"left out of {shown[key]}", why))
    return Converted(_written(id, work), tuple(work.badges), tuple(left_out), tuple(work.gaps))


def _badge(name: str, rule: Mapping[str, Any], fields: Fields, work: _Work) -> None:
    """Add the badge of a rule, and the types and fields that it asks for."""
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not is_name(key) or key in work.badges:
        raise Unsayable("name", literal(name), "an id of its own was expected")
    types, where = triggered(rule.get("trigger"), work.known, fields)
    join, parts, gaps = counted(rule.get("criteria"), work.known, types)
    path, whose = _recipient(rule, parts)
    asked = [each for each in parts if not each.barred]
    found = _parts(types, where, path, join, asked, gaps)
    badge = {"id": key, **_joined(join, found)}
    if len(asked) < len(parts):
        badge["none_of"] = [_counted(each, path) for each in parts if each.barred]
    said = str(rule.get("description") or "").strip()
    if said and not set("{}") & set(said):
        badge["say"] = said
    if isinstance(rule.get("name"), str):
        badge["means"] = rule["name"].strip()
    work.badges[key] = badge
    used = {each for each in fields if re.search(rf"\b{each}\b", where)}
    for kind in {*types, *(topic for each in parts for topic in each.topics)}:
        has = used if kind in types else set()
        work.types.setdefault(kind, set()).update(has | {NAMED})
    others = [Gap("", each, why) for each, why in _unsaid(rule)]
    for gap in [*gaps, *whose, *others]:
        work.gaps.append(evolve(gap, where=f"{name}, {gap.where}" if gap.where else name))


def _unsaid(rule: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The keys of a rule that its badge doesn't say, each with the reason."""
    for key in rule:
        if key.startswith("recipient_"):
            yield key, "how accounts are found by names elsewhere is the platform's to do"
        elif key not in _SAID + _SHOWN:
            yield key, "it isn't known"


def _recipient(rule: Mapping[str, object], parts: list[Counted]) -> tuple[str, list[Gap]]:
    """Where the message names who gets the badge; at no place in particular if the path is empty."""
    paths = {each.path for each in parts if each.path}
    if len(paths) > 1:
        raise Unsayable("criteria", " and ".join(sorted(paths)), "one person is counted in a badge")
    said = rule.get("recipient")
    if said is None:
        why = "everybody whom a message names gets the original; here it is who is counted"
        path = next(iter(paths), "")
        return path, [Gap("recipient", "none", why)] if path else []
    path = path_of(said, "recipient")
    if paths and paths != {path}:
        why = f"a badge goes to who is counted, and that is {', '.join(paths)}"
        raise Unsayable("recipient", path, why)
    return path, []


def _parts(
    types: list[str], where: str, path: str, join: Join, parts: list[Counted], gaps: list[Gap]
) -> list[dict[str, Any]]:
    """The criteria of a badge: what is counted, and what sets it off unless that is the same."""
    trigger = _criterion(types, [where, _named(path)], 1)
    found = [
        trigger if each.number == 1 and {*types} <= {*each.topics} else _counted(each, path)
        for each in parts
    ]
    if not parts:
        return [trigger]
    if trigger in found and (join == "any" or len(found) == 1):
        return [trigger]
    if where or not all({*each.topics} <= {*types} for each in parts):
        if join == "any" and len(found) > 1:
            why = "what sets it off is asked for beside any of them: a badge joins criteria once"
            raise Unsayable("criteria", "any", why)
        why = "it is given with the last of both, and the original waits for one more that sets it off"
        gaps.append(Gap("trigger", "other messages than those that are counted", why))
        found.insert(0, trigger)
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _named(path: str) -> str:
    return f"'{path}' in {NAMED}" if path else ""


def _counted(each: Counted, path: str) -> dict[str, Any]:
    return _criterion(each.topics, [_named(path)], each.number)


def _criterion(types: Iterable[str], conditions: list[str], number: int) -> dict[str, Any]:
    on = list(types)
    said = [each for each in conditions if each]
    where = " and ".join(said if len(said) == 1 else [f"({each})" for each in said])
    found: dict[str, Any] = {"count": on[0] if len(on) == 1 else on}
    if where:
        try:
            found["where"] = normalised(where, "where")
        except InvalidInput as error:
            raise Unsayable("trigger", literal(where), str(error)) from None
    return found | {"at_least": number}


def _joined(join: Join, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {f"{join}_of": parts}


def _written(id: str, work: _Work) -> str:
    """The book in TOML."""
    kinds = {**work.fields, NAMED: "texts"}
    meaning = {NAMED: {"means": "where the message names the actor, as paths"}}
    events = {
        name: {
            "requires": "actor",
            "fields": {
                each: {"type": kinds[each], **meaning.get(each, {})} for each in sorted(fields)
            },
        }
        for name, fields in sorted(work.types.items())
    }
    found: dict[str, Any] = {
        "book": {"id": id},
        "event": events,
        "badge": list(work.badges.values()),
    }
    text = written(found)
    parse(text, source="the book that was made")
    return text
