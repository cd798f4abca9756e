"""Recalls what events depend on, in sets: the objects up the replies, and what is known of the members behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wiifm.events import Event

if TYPE_CHECKING:
    from wiifm.archive.relations import StoredRelations


def recall_related(events: list[Event], relations: StoredRelations) -> tuple[list[Event], set[str]]:
    """Recall the objects that events depend on, and the members whom they may concern; returns the events that created the objects, and the members."""
    creators = _recall_objects(events, relations)
    members = {name for e in events for name in (e.actor, e.recipient) if name is not None}
    members |= {creator.actor for creator in creators if creator.actor is not None}
    return creators, _recall_mentors(members, relations)


def _recall_objects(events: list[Event], relations: StoredRelations) -> list[Event]:
    """Recall the objects of events, those that they reply to, and so on; returns the events that created them."""
    names = {name for e in events for name in (e.object, e.in_reply_to) if name is not None}
    return recall_creators(names, relations)


def recall_reply_targets(
    events: Iterable[Event], objects: Iterable[str], relations: StoredRelations
) -> None:
    """Recall some objects and those that events act on, those that they reply to, and so on."""
    found = {relations.acted_on(event) for event in events}
    recall_creators({*objects, *(name for name in found if name is not None)}, relations)


def recall_creators(names: set[str], relations: StoredRelations) -> list[Event]:
    """Recall who created some objects, those that these reply to, and so on; returns the events that created them."""
    creators: list[Event] = []
    seen: set[str] = set()
    while names:
        relations.objects.recall(names)
        found = [creator for creator in map(relations.creator, names) if creator is not None]
        creators += found
        seen |= names
        names = {creator.in_reply_to for creator in found if creator.in_reply_to is not None} - seen
    return creators


def _recall_mentors(members: set[str], relations: StoredRelations) -> set[str]:
    """Recall what is known of members and of their mentors; returns both."""
    relations.units.recall(members)
    relations.mentors.recall(members)
    mentors = {name for each in members for _, name, _ in relations.mentors.get(each) or ()}
    relations.units.recall(mentors)
    relations.mentors.recall(mentors)
    return members | mentors
