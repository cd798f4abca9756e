"""Which events depend on an object: those that act on it, on what was created in reply to it, and so on down."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.activities import order_of
from wiifm.events import Event
from wiifm.folds.relate import Relations


def down_the_replies(
    name: str, relations: Relations, everything: Relations
) -> tuple[list[Event], set[str]]:
    """The events that create or act on an object or on any reply below it, and the ids of all these objects.

    Args:
        name: the id of the object.
        relations: the facts of live events; they know which events act on an object.
        everything: the facts by which creators are found: ``relations``, or those of all events, dead ones included.
    """
    about = _level_by_level(name, relations, everything)
    waiting, seen, found = [name], {name}, list[Event]()
    while waiting:
        events = sorted(about[waiting.pop()], key=order_of)
        found += events
        new = [made for made in _made(events, relations) if made not in seen]
        seen.update(new)
        waiting += new
    return found, seen


def _level_by_level(
    name: str, relations: Relations, everything: Relations
) -> dict[str, list[Event]]:
    """The events by object. One level of replies is loaded at a time."""
    found: dict[str, list[Event]] = {}
    names = {name}
    while names:
        about = relations.about(names)
        everything.prefetch(about)
        found |= {each: everything.creators(each) for each in names}
        for event in about:
            found[str(relations.acted_on(event))].append(event)
        names = {*_made(about, relations)} - found.keys()
    return found


def _made(events: Iterable[Event], relations: Relations) -> dict[str, None]:
    """The objects that events create."""
    return dict.fromkeys(str(e.object) for e in events if e.type in relations.creating)
