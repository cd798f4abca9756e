"""Triggers: which topics set a rule off, and under which condition.

A trigger is asked for each topic that is known. What remains of it then is true, false, or a condition of the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from wiifm.faults import literal
from wiifm.fedbadges.lambdas import Fields, condition
from wiifm.fedbadges.messages import is_whole, type_of
from wiifm.fedbadges.sayable import Unsayable, listed, single

Left: TypeAlias = bool | str
"""What remains of a trigger for one topic."""

WHERE = "trigger"


def triggered(trigger: object, topics: Iterable[str], fields: Fields) -> tuple[list[str], str]:
    """The topics that set a rule off, and the condition under which they do; an empty one is none.

    >>> triggered({"any": [{"topic": "tag.create"}, {"category": "wiki"}]}, ["a.tag.create", "wiki.edit"], {})
    (['a.tag.create', 'wiki.edit'], '')

    Raises:
        Unsayable: no topic that is known does, or the condition can't be said.
    """
    left = {topic: _left(trigger, topic, fields) for topic in topics}
    found = {topic: each for topic, each in left.items() if each is not False}
    if not found:
        why = "no topic that these rules name sets it off: say which there are by --topic"
        raise Unsayable(WHERE, literal(trigger), why)
    if len(set(found.values())) == 1:
        (each,) = set(found.values())
        return sorted(found), "" if each is True else str(each)
    parts = [_for_topics(found, each) for each in dict.fromkeys(found.values())]
    return sorted(found), _joined(parts, "or")


def _for_topics(found: Mapping[str, Left], left: Left) -> str:
    """The condition of those topics for which the same remains."""
    types = sorted(topic for topic, each in found.items() if each == left)
    return f"type in {types}" if left is True else f"type in {types} and ({left})"


def category_of(topic: str) -> str:
    """The category of a topic.

    >>> category_of("bodhi.update.comment")
    'bodhi'
    """
    return topic.partition(".")[0]


def _left(trigger: object, topic: str, fields: Fields) -> Left:
    key, found = single(trigger, WHERE)
    match key:
        case "all" | "any":
            parts = [_left(each, topic, fields) for each in listed(found, f"{WHERE}.{key}")]
            return _all(parts) if key == "all" else _any(parts)
        case "not":
            return _not(_any([_left(each, topic, fields) for each in _one_or_many(found)]))
        case "topic" | "category":
            return any(_is(topic, key, each) for each in _names(found, key))
        case "lambda":
            return condition(found, fields, f"{WHERE}.lambda")
    expected = "one of these was expected: topic, category, lambda, all, any, not"
    raise Unsayable(WHERE, key, expected)


def _one_or_many(found: object) -> list[object]:
    return found if isinstance(found, list) else [found]


def _names(found: object, key: str) -> list[object]:
    """The one name of a topic or category, or those of which any will do."""
    if isinstance(found, dict):
        operation, names = single(found, f"{WHERE}.{key}")
        if operation == "any":
            return listed(names, f"{WHERE}.{key}.any")
        raise Unsayable(f"{WHERE}.{key}", operation, "any was expected, as a message has one")
    return [found]


def _is(topic: str, key: str, name: object) -> bool:
    if key == "category":
        return category_of(topic) == name
    asked = type_of(name, f"{WHERE}.topic")
    return topic == asked or (not is_whole(str(name)) and topic.endswith(asked))


def _all(parts: list[Left]) -> Left:
    if any(each is False for each in parts):
        return False
    return _joined([str(each) for each in parts if each is not True], "and") or True


def _any(parts: list[Left]) -> Left:
    if any(each is True for each in parts):
        return True
    return _joined([str(each) for each in parts if each is not False], "or") or False


def _not(left: Left) -> Left:
    return not left if isinstance(left, bool) else f"not ({left})"


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f" {word} ".join(f"({each})" for each in parts)
