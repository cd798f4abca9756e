"""Who depends on an object: the events about it, about what was created in reply to it, and so on."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.activities import order_of
from wiifm.events import Event
from wiifm.folds.relate import Relations


def down_the_replies(
    name: str, relations: Relations, everything: Relations
) -> tuple[list[Event], set[str]]:
    """The events that create an object or are about it, or about what was created in reply to it, and so on; and those objects.

    Args:
        name: the object.
        relations: what the events say that count; they know which are about an object.
        everything: the same; or what all say, where those that died are to be among the events that create.
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
    """The events by object; those of a level of replies are asked for together."""
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
