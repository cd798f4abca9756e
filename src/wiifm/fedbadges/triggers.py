"""Convert the ``trigger`` of a rule: which topics trigger it, and under which condition.

The trigger is evaluated partially for each known topic: the result is true, false, or a condition on the fields of the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from wiifm.faults import literal
from wiifm.fedbadges.gaps import CannotConvert, listed, single
from wiifm.fedbadges.lambdas import Fields, condition
from wiifm.fedbadges.messages import is_complete, type_of

Residual: TypeAlias = bool | str
"""The result of a trigger for one topic: true, false, or a condition on the fields."""

WHERE = "trigger"


def triggered(trigger: object, topics: Iterable[str], fields: Fields) -> tuple[list[str], str]:
    """The topics that trigger a rule, and the condition under which they do; it is empty if there is none.

    >>> triggered({"any": [{"topic": "tag.create"}, {"category": "wiki"}]}, ["a.tag.create", "wiki.edit"], {})
    (['a.tag.create', 'wiki.edit'], '')

    Raises:
        CannotConvert: no known topic triggers it, or the condition can't be converted.
    """
    residuals = {topic: _residual(trigger, topic, fields) for topic in topics}
    found = {topic: each for topic, each in residuals.items() if each is not False}
    if not found:
        why = "none of the known topics triggers it: name others with --topic"
        raise CannotConvert(WHERE, literal(trigger), why)
    if len(set(found.values())) == 1:
        (each,) = set(found.values())
        return sorted(found), "" if each is True else str(each)
    parts = [_for_topics(found, each) for each in dict.fromkeys(found.values())]
    return sorted(found), _joined(parts, "or")


def _for_topics(found: Mapping[str, Residual], residual: Residual) -> str:
    """The condition for all topics that have the same residual."""
    types = sorted(topic for topic, each in found.items() if each == residual)
    return f"type in {types}" if residual is True else f"type in {types} and ({residual})"


def category_of(topic: str) -> str:
    """The category of a topic.

    >>> category_of("bodhi.update.comment")
    'bodhi'
    """
    return topic.partition(".")[0]


def _residual(trigger: object, topic: str, fields: Fields) -> Residual:
    key, found = single(trigger, WHERE)
    match key:
        case "all" | "any":
            parts = [_residual(each, topic, fields) for each in listed(found, f"{WHERE}.{key}")]
            return _all(parts) if key == "all" else _any(parts)
        case "not":
            return _not(_any([_residual(each, topic, fields) for each in _one_or_many(found)]))
        case "topic" | "category":
            return any(_matches(topic, key, each) for each in _names(found, key))
        case "lambda":
            return condition(found, fields, f"{WHERE}.lambda")
    expected = "one of these was expected: topic, category, lambda, all, any, not"
    raise CannotConvert(WHERE, key, expected)


def _one_or_many(found: object) -> list[object]:
    return found if isinstance(found, list) else [found]


def _names(found: object, key: str) -> list[object]:
    """The names of a topic or category of which any matches: one, or those in the list under ``any``."""
    if isinstance(found, dict):
        operation, names = single(found, f"{WHERE}.{key}")
        if operation == "any":
            return listed(names, f"{WHERE}.{key}.any")
        why = f"any was expected, as a message has one {key}"
        raise CannotConvert(f"{WHERE}.{key}", operation, why)
    return [found]


def _matches(topic: str, key: str, name: object) -> bool:
    if key == "category":
        return category_of(topic) == name
    wanted = type_of(name, f"{WHERE}.topic")
    return topic == wanted or (not is_complete(str(name)) and topic.endswith(wanted))


def _all(parts: list[Residual]) -> Residual:
    if any(each is False for each in parts):
        return False
    return _joined([str(each) for each in parts if each is not True], "and") or True


def _any(parts: list[Residual]) -> Residual:
    if any(each is True for each in parts):
        return True
    return _joined([str(each) for each in parts if each is not False], "or") or False


def _not(part: Residual) -> Residual:
    return not part if isinstance(part, bool) else f"not ({part})"


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f" {word} ".join(f"({each})" for each in parts)
