"""Convert topics and paths of messages into event types and names of fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wiifm.event_types import is_name
from wiifm.faults import literal
from wiifm.fedbadges.gaps import CannotConvert

NAMED = "named"
"""The field with the paths at which a message names the actor of its event."""

TOPIC = "%(topic)s"
"""The placeholder for the topic of the message that triggered a rule."""

_PREFIX = re.compile(r"[a-z]+\.[a-z]+\.(?:prod|stg|dev)\.")
_PATH = re.compile(r"%\(([\w.]+)\)s|(\w+(?:\.\w+)+)")


def type_of(topic: object, where: str) -> str:
    """The event type of a topic: the topic without the prefix of its message bus.

    >>> type_of("org.fedoraproject.prod.bodhi.update.comment", "trigger")
    'bodhi.update.comment'

    Raises:
        CannotConvert: it is no topic.
    """
    found = _PREFIX.sub("", topic, count=1) if isinstance(topic, str) else ""
    if is_name(found):
        return found
    raise CannotConvert(where, literal(topic), "a topic was expected, such as bodhi.update.comment")


def is_complete(topic: str) -> bool:
    """Whether a topic begins with the prefix of a message bus. One that doesn't stands for all topics that end with it."""
    return _PREFIX.match(topic) is not None


def path_of(found: object, where: str) -> str:
    """The path to a value in the message, from how a rule writes it.

    >>> path_of("%(msg.user.username)s", "recipient")
    'msg.user.username'

    Raises:
        CannotConvert: it is no path.
    """
    match = _PATH.fullmatch(found) if isinstance(found, str) else None
    if match:
        return match[1] or match[2]
    raise CannotConvert(where, literal(found), "a path was expected, such as %(msg.agent)s")


def field_of(path: Iterable[str]) -> str:
    """The name of the field for the value at a path.

    >>> field_of(["msg", "user", "is-human"])
    'msg_user_is_human'
    """
    return re.sub(r"\W", "_", "_".join(path)).lower()


def topics_in(rule: object) -> Iterator[str]:
    """The event types of all topics that a rule names, at any depth; what isn't a topic is ignored."""
    if isinstance(rule, dict):
        for key, found in rule.items():
            yield from _types(found) if key in ("topic", "topics") else topics_in(found)
    elif isinstance(rule, list):
        for each in rule:
            yield from topics_in(each)


def _types(found: object) -> Iterator[str]:
    if isinstance(found, dict):
        found = [each for listed in found.values() if isinstance(listed, list) for each in listed]
    for each in found if isinstance(found, list) else [found]:
        try:
            yield type_of(each, "topic")
        except CannotConvert:
            continue
