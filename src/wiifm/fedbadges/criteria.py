"""Convert the ``criteria`` of a rule: how many messages, of which topics, that name whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.faults import literal
from wiifm.fedbadges.gaps import CannotConvert, Gap, listed, single, table
from wiifm.fedbadges.messages import TOPIC, path_of, type_of
from wiifm.fedbadges.triggers import category_of
from wiifm.fedbadges.values import negated, threshold

Join: TypeAlias = Literal["all", "any"]

WHERE = "criteria"


@frozen
class Counted:
    """A criterion: at least ``number`` messages of these topics that name the person at ``path`` (anywhere if it is empty).

    If it is ``barred``, there have to be fewer than ``number``.
    """

    topics: tuple[str, ...]
    path: str
    number: int
    barred: bool = False


@frozen
class _Leaf:
    """A ``datanommer`` table of the criteria, and whether it is inside an odd number of ``not``."""

    query: object
    negated: bool


def counted(
    criteria: object, known: list[str], triggers: list[str]
) -> tuple[Join, list[Counted], list[Gap]]:
    """Convert criteria: return how they are joined, the criteria, and the gaps.

    Args:
        criteria: the table of a rule.
        known: all known topics.
        triggers: the topics that trigger the rule.

    >>> two = {"filter": {"topics": ["a.b"], "users": ["%(msg.agent)s"]}, "operation": "count", "condition": {"greater than": 1}}
    >>> counted({"datanommer": two}, ["a.b"], ["a.b"])
    ('all', [Counted(topics=('a.b',), path='msg.agent', number=2, barred=False)], [])

    Raises:
        CannotConvert: the criteria do something else than counting, or are nested in a way that a badge can't express.
    """
    gaps: list[Gap] = []
    join, leaves = _flat(_with_backend(criteria))
    found = [_leaf(each, known, triggers, gaps) for each in leaves]
    parts = [each for several in found for each in several]
    if len(parts) > len(found) and (len(found) > 1 or parts[0].barred):
        why = "the rule has several topics and counts that of the message, which can't be combined with other criteria"
        raise CannotConvert(WHERE, TOPIC, why)
    if len(found) == 1:
        join = "any" if len(parts) > 1 else "all"
    if join == "any" and any(each.barred for each in parts):
        why = "a badge can require that something isn't so in addition to the other criteria, not as one of any"
        raise CannotConvert(WHERE, "not", why)
    return join, parts, gaps


def _with_backend(criteria: object) -> object:
    """Add the key ``datanommer``, which older rules leave out."""
    found = table(criteria, WHERE)
    return {"datanommer": found} if "filter" in found else found


def _flat(criteria: object, negated: bool = False) -> tuple[Join, list[_Leaf]]:
    """Flatten nested criteria into one ``all`` or ``any``, where a ``not`` is pushed down to the leaves.

    Raises:
        CannotConvert: both ``all`` and ``any`` are needed, or there is an unknown key.
    """
    key, found = single(criteria, WHERE)
    if key == "datanommer":
        return "all", [_Leaf(found, negated)]
    if key == "not":
        return _flat(_with_backend(found), not negated)
    if key not in ("all", "any"):
        raise CannotConvert(WHERE, key, "one of these was expected: datanommer, all, any, not")
    join: Join = "all" if (key == "all") != negated else "any"
    leaves: list[_Leaf] = []
    for each in listed(found, f"{WHERE}.{key}"):
        inner, below = _flat(_with_backend(each), negated)
        if inner != join and len(below) > 1:
            why = "a badge can't nest all in any, or any in all"
            raise CannotConvert(f"{WHERE}.{key}", inner, why)
        leaves.extend(below)
    return join, leaves


def _leaf(leaf: _Leaf, known: list[str], triggers: list[str], gaps: list[Gap]) -> list[Counted]:
    where = f"{WHERE}.datanommer"
    query = table(leaf.query, where)
    for key in query:
        if key not in ("filter", "operation", "condition"):
            raise CannotConvert(where, key, "filter, operation and condition were expected")
    _check_operation(query.get("operation"), f"{where}.operation")
    condition = query.get("condition")
    number, barred = negated(condition) if leaf.negated else (threshold(condition), False)
    filtered = table(query.get("filter"), f"{where}.filter")
    path = _path(filtered, 2 if barred else number, f"{where}.filter")
    topics = _topics(filtered, known, f"{where}.filter", gaps)
    if topics is not None:
        return [Counted(tuple(topics), path, number, barred)]
    if number == 1:
        return [Counted(tuple(triggers), path, 1, barred)]
    return [Counted((topic,), path, number, barred) for topic in triggers]


def _check_operation(operation: object, where: str) -> None:
    """Check that messages are counted, in either way to write that."""
    if isinstance(operation, dict):
        text = operation.get("lambda")
        if isinstance(text, str) and text.replace(" ", "") == "query.count()":
            return
    elif operation == "count":
        return
    why = "a badge can only count messages, not evaluate other queries of the message archive"
    raise CannotConvert(where, literal(operation), why)


def _path(filtered: object, number: int, where: str) -> str:
    """The path in the message to the person whose messages are counted; empty if one message of anybody is enough."""
    given = table(filtered, where)
    unknown = sorted({*given} - {"topics", "not_topics", "categories", "users", "usernames"})
    if unknown:
        why = "a badge counts by topics and users only"
        raise CannotConvert(where, ", ".join(unknown), why)
    users = given.get("users", given.get("usernames"))
    if users is None:
        if number > 1:
            why = "a badge counts a member's events, not everybody's"
            raise CannotConvert(where, "no users", why)
        return ""
    names = listed(users, f"{where}.users")
    if len(names) > 1:
        raise CannotConvert(f"{where}.users", literal(users), "a badge counts one member's events")
    return path_of(names[0], f"{where}.users")


def _topics(filtered: object, known: list[str], where: str, gaps: list[Gap]) -> list[str] | None:
    """The topics of a filter; None if it is the topic of the message that triggers the rule."""
    given = table(filtered, where)
    left_out = {*_types(given.get("not_topics", []), f"{where}.not_topics")}
    topics = given.get("topics")
    if topics == [TOPIC] and not left_out:
        return None
    if topics is not None:
        named = sorted({*_types(topics, f"{where}.topics")} - left_out)
        if not named:
            raise CannotConvert(f"{where}.topics", literal(topics), "no topic is left to count")
        return named
    categories = given.get("categories")
    found = [each for each in known if each not in left_out and _within(each, categories)]
    shown = "any topic" if categories is None else f"categories {literal(categories)}"
    if not found:
        why = "none of its topics is known: name them with --topic"
        raise CannotConvert(where, shown, why)
    why = f"only known topics are counted: {', '.join(found)}; name others with --topic"
    gaps.append(Gap(where, shown, why))
    return found


def _types(names: object, where: str) -> Iterator[str]:
    for each in names if isinstance(names, Iterable) and not isinstance(names, str) else [names]:
        yield type_of(each, where)


def _within(topic: str, categories: object) -> bool:
    return categories is None or (isinstance(categories, list) and category_of(topic) in categories)
