"""Convert parsed rules of Fedora Badges into a rule book in TOML: each rule becomes a badge, or a gap with the reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from wiifm.event_types import is_name
from wiifm.expressions.parsing import normalised
from wiifm.faults import InvalidInput, literal
from wiifm.fedbadges.criteria import Counted, Join, counted
from wiifm.fedbadges.gaps import CannotConvert, Gap, table
from wiifm.fedbadges.lambdas import Fields
from wiifm.fedbadges.messages import NAMED, path_of, topics_in, type_of
from wiifm.fedbadges.triggers import triggered
from wiifm.rulebook.dump import format_tables
from wiifm.rulebook.gather import parse

_CONVERTED = ("name", "description", "trigger", "criteria", "recipient")
_DISPLAY = ("creator", "discussion", "image_url", "issuer_id", "tags")
"""The keys that say how a badge is displayed. A rule book has no place for them."""


@frozen
class Converted:
    """The result of :func:`convert`.

    Args:
        toml: the rule book.
        badges: the ids of its badges.
        left_out: the rules that couldn't be converted.
        otherwise: what the book says differently from a converted rule, or leaves out of it.
    """

    toml: str
    badges: tuple[str, ...]
    left_out: tuple[Gap, ...]
    otherwise: tuple[Gap, ...]


@frozen
class _Work:
    """The book so far.

    ``known`` are all known topics, ``badges`` the tables of badges by id, ``fields`` the kinds of fields by name, and ``types`` the names of the
    fields of each event type.
    """

    known: list[str]
    badges: dict[str, dict[str, Any]] = field(factory=dict)
    fields: Fields = field(factory=dict)
    types: dict[str, set[str]] = field(factory=dict)
    gaps: list[Gap] = field(factory=list)


def convert(
    rules: Mapping[str, object], topics: Iterable[str] = (), id: str = "fedbadges"
) -> Converted:
    """Convert rules into a rule book.

    Args:
        rules: the parsed YAML of each rule, by the name of the rule.
        topics: topics that exist in addition to those that the rules name. Categories and negations refer to all known topics.
        id: the id of the book.

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
        except CannotConvert as error:
            left_out.append(error.inside(name))
        else:
            work.fields.update(fields)
    work.gaps.extend(_display_gaps(rules))
    return Converted(_toml(id, work), tuple(work.badges), tuple(left_out), tuple(work.gaps))


def _display_gaps(rules: Mapping[str, object]) -> Iterator[Gap]:
    """The keys for displaying badges, each with the number of rules that have it."""
    found = Counter(key for rule in rules.values() if isinstance(rule, dict) for key in rule)
    for key in _DISPLAY:
        if found[key]:
            why = "a book says what is earned, not how it is shown"
            yield Gap(key, f"left out of {found[key]}", why)


def _badge(name: str, rule: Mapping[str, Any], fields: Fields, work: _Work) -> None:
    """Add the badge of a rule, and the event types and fields that it uses.

    Raises:
        CannotConvert: a book can't express the rule.
    """
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not is_name(key) or key in work.badges:
        raise CannotConvert("name", literal(name), "an id of its own was expected")
    types, where = triggered(rule.get("trigger"), work.known, fields)
    join, parts, gaps = counted(rule.get("criteria"), work.known, types)
    path, whose = _recipient(rule, parts)
    required = [each for each in parts if not each.barred]
    found = _parts(types, where, path, join, required, gaps)
    badge = {"id": key, **_joined(join, found)}
    if len(required) < len(parts):
        badge["none_of"] = [_counted(each, path) for each in parts if each.barred]
    description = str(rule.get("description") or "").strip()
    if description and not set("{}") & set(description):
        badge["say"] = description
    if isinstance(rule.get("name"), str):
        badge["means"] = rule["name"].strip()
    work.badges[key] = badge
    used = {each for each in fields if re.search(rf"\b{each}\b", where)}
    for kind in {*types, *(topic for each in parts for topic in each.topics)}:
        has = used if kind in types else set()
        work.types.setdefault(kind, set()).update(has | {NAMED})
    others = [Gap("", each, why) for each, why in _ignored_keys(rule)]
    for gap in [*gaps, *whose, *others]:
        work.gaps.append(evolve(gap, where=f"{name}, {gap.where}" if gap.where else name))


def _ignored_keys(rule: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The keys of a rule that its badge doesn't express, each with the reason."""
    for key in rule:
        if key.startswith("recipient_"):
            yield key, "the platform has to find accounts by names of other systems"
        elif key not in _CONVERTED + _DISPLAY:
            yield key, "the key isn't known"


def _recipient(rule: Mapping[str, object], parts: list[Counted]) -> tuple[str, list[Gap]]:
    """The path in the message to who gets the badge, empty if it may be anybody whom the message names; and the gaps.

    Raises:
        CannotConvert: the badge would go to somebody else than the person whose messages are counted.
    """
    paths = {each.path for each in parts if each.path}
    if len(paths) > 1:
        why = "a badge counts the messages of one person"
        raise CannotConvert("criteria", " and ".join(sorted(paths)), why)
    recipient = rule.get("recipient")
    if recipient is None:
        why = "the original goes to everybody whom a message names; this badge goes to the person whose messages are counted"
        path = next(iter(paths), "")
        return path, [Gap("recipient", "none", why)] if path else []
    path = path_of(recipient, "recipient")
    if paths and paths != {path}:
        why = f"a badge goes to the person whose messages are counted, here {', '.join(paths)}"
        raise CannotConvert("recipient", path, why)
    return path, []


def _parts(
    types: list[str], where: str, path: str, join: Join, parts: list[Counted], gaps: list[Gap]
) -> list[dict[str, Any]]:
    """The criteria of a badge: what is counted, and the trigger as one more criterion, unless it is implied."""
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
            why = "the trigger would have to be required in addition to any of them, and a badge can't nest criteria"
            raise CannotConvert("criteria", "any", why)
        why = "the badge is given as soon as both have come; the original waits for another message that triggers it"
        gaps.append(Gap("trigger", "other messages than those that are counted", why))
        found.insert(0, trigger)
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _named(path: str) -> str:
    return f"'{path}' in {NAMED}" if path else ""


def _counted(each: Counted, path: str) -> dict[str, Any]:
    return _criterion(each.topics, [_named(path)], each.number)


def _criterion(types: Iterable[str], conditions: list[str], number: int) -> dict[str, Any]:
    on = list(types)
    given = [each for each in conditions if each]
    where = " and ".join(given if len(given) == 1 else [f"({each})" for each in given])
    found: dict[str, Any] = {"count": on[0] if len(on) == 1 else on}
    if where:
        try:
            found["where"] = normalised(where, "where")
        except InvalidInput as error:
            raise CannotConvert("trigger", literal(where), str(error)) from None
    return found | {"at_least": number}


def _joined(join: Join, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {f"{join}_of": parts}


def _toml(id: str, work: _Work) -> str:
    """The book in TOML. It is parsed once, to make sure that it is valid."""
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
    text = format_tables(found)
    parse(text, source="the book that was made")
    return text
