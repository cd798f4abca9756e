"""Criteria: what must have been counted, of which messages, and of whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.faults import literal
from wiifm.fedbadges.messages import TOPIC, path_of, type_of
from wiifm.fedbadges.sayable import Gap, Unsayable, listed, single, table
from wiifm.fedbadges.triggers import category_of
from wiifm.fedbadges.values import negated, threshold

Join: TypeAlias = Literal["all", "any"]

WHERE = "criteria"


@frozen
class Counted:
    """So many messages of these topics, which name the person at a path; at none in particular if it is empty.

    Where it is ``barred``, there must be fewer.
    """

    topics: tuple[str, ...]
    path: str
    number: int
    barred: bool = False


@frozen
class _Leaf:
    """What is counted, and whether its condition must not hold."""

    said: object
    negated: bool


def counted(
    criteria: object, known: list[str], triggers: list[str]
) -> tuple[Join, list[Counted], list[Gap]]:
    """How criteria are joined, what each counts, and what is counted otherwise.

    ``known`` are all topics that there are, ``triggers`` those that set the rule off.

    >>> two = {"filter": {"topics": ["a.b"], "users": ["%(msg.agent)s"]}, "operation": "count", "condition": {"greater than": 1}}
    >>> counted({"datanommer": two}, ["a.b"], ["a.b"])
    ('all', [Counted(topics=('a.b',), path='msg.agent', number=2, barred=False)], [])

    Raises:
        Unsayable: it is something else than counting, or nested otherwise than a badge may be.
    """
    gaps: list[Gap] = []
    join, leaves = _flat(_with_backend(criteria))
    found = [_leaf(each, known, triggers, gaps) for each in leaves]
    parts = [each for several in found for each in several]
    if len(parts) > len(found) and (len(found) > 1 or parts[0].barred):
        why = "of several topics it counts the one of the message, and stands beside other criteria"
        raise Unsayable(WHERE, TOPIC, why)
    if len(found) == 1:
        join = "any" if len(parts) > 1 else "all"
    if join == "any" and any(each.barred for each in parts):
        why = "what must not be is asked for beside all others, not as one of any"
        raise Unsayable(WHERE, "not", why)
    return join, parts, gaps


def _with_backend(criteria: object) -> object:
    """Older rules say what is counted without the name of the archive that counts it."""
    found = table(criteria, WHERE)
    return {"datanommer": found} if "filter" in found else found


def _flat(criteria: object, negated: bool = False) -> tuple[Join, list[_Leaf]]:
    """The criteria of all or any; those within another of the same kind are as good as in it, and not all is any not."""
    key, found = single(criteria, WHERE)
    if key == "datanommer":
        return "all", [_Leaf(found, negated)]
    if key == "not":
        return _flat(_with_backend(found), not negated)
    if key not in ("all", "any"):
        raise Unsayable(
            WHERE, key, "a badge asks for all or any of several criteria, or that one is not met"
        )
    join: Join = "all" if (key == "all") != negated else "any"
    leaves: list[_Leaf] = []
    for each in listed(found, f"{WHERE}.{key}"):
        inner, below = _flat(_with_backend(each), negated)
        if inner != join and len(below) > 1:
            raise Unsayable(f"{WHERE}.{key}", inner, "criteria are joined once, by all or by any")
        leaves.extend(below)
    return join, leaves


def _leaf(leaf: _Leaf, known: list[str], triggers: list[str], gaps: list[Gap]) -> list[Counted]:
    where = f"{WHERE}.datanommer"
    said = table(leaf.said, where)
    for key in said:
        if key not in ("filter", "operation", "condition"):
            raise Unsayable(where, key, "filter, operation and condition were expected")
    _only_counted(said.get("operation"), f"{where}.operation")
    condition = said.get("condition")
    number, barred = negated(condition) if leaf.negated else (threshold(condition), False)
    filtered = table(said.get("filter"), f"{where}.filter")
    path = _path(filtered, 2 if barred else number, f"{where}.filter")
    topics = _topics(filtered, known, f"{where}.filter", gaps)
    if topics is not None:
        return [Counted(tuple(topics), path, number, barred)]
    if number == 1:
        return [Counted(tuple(triggers), path, 1, barred)]
    return [Counted((topic,), path, number, barred) for topic in triggers]


def _only_counted(operation: object, where: str) -> None:
    if isinstance(operation, dict):
        text = operation.get("lambda")
        if isinstance(text, str) and text.replace(" ", "") == "query.count()":
            return
    elif operation == "count":
        return
    why = "a badge counts messages, and what else a query may come to is calculated by the archive"
    raise Unsayable(where, literal(operation), why)


def _path(filtered: object, number: int, where: str) -> str:
    """Where the message names whose messages are counted."""
    said = table(filtered, where)
    unknown = sorted({*said} - {"topics", "not_topics", "categories", "users", "usernames"})
    if unknown:
        why = "a badge counts by who and by what, and the event's fields don't have it"
        raise Unsayable(where, ", ".join(unknown), why)
    users = said.get("users", said.get("usernames"))
    if users is None:
        if number > 1:
            why = "a badge counts a member's events, not everybody's"
            raise Unsayable(where, "no users", why)
        return ""
    names = listed(users, f"{where}.users")
    if len(names) > 1:
        raise Unsayable(f"{where}.users", literal(users), "a badge counts one member's events")
    return path_of(names[0], f"{where}.users")


def _topics(filtered: object, known: list[str], where: str, gaps: list[Gap]) -> list[str] | None:
    """The topics of a filter; None for the one of the message that triggers."""
    said = table(filtered, where)
    left_out = {*_types(said.get("not_topics", []), f"{where}.not_topics")}
    topics = said.get("topics")
    if topics == [TOPIC] and not left_out:
        return None
    if topics is not None:
        return sorted({*_types(topics, f"{where}.topics")} - left_out)
    categories = said.get("categories")
    found = [each for each in known if each not in left_out and _within(each, categories)]
    shown = "any topic" if categories is None else f"categories {literal(categories)}"
    if not found:
        why = "no topic of it is known: say which there are by --topic"
        raise Unsayable(where, shown, why)
    why = f"counted are the topics that are known: {', '.join(found)}; more by --topic"
    gaps.append(Gap(where, shown, why))
    return found


def _types(names: object, where: str) -> Iterator[str]:
    for each in names if isinstance(names, Iterable) and not isinstance(names, str) else [names]:
        yield type_of(each, where)


def _within(topic: str, categories: object) -> bool:
    return categories is None or (isinstance(categories, list) and category_of(topic) in categories)
