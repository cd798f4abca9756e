"""What events stand on, recalled in sets: the objects up the replies, and what is known of the members behind them."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.archive.read_through import read_through
from wiifm.events import Event
from wiifm.folds.relate import Relations


def behind(events: list[Event], relations: Relations) -> tuple[list[Event], set[str]]:
    """Recall the objects that events stand on, and whom they may concern; answers the events that created those, and these."""
    makers = _objects(events, relations)
    members = {name for e in events for name in (e.actor, e.recipient) if name is not None}
    members |= {maker.actor for maker in makers if maker.actor is not None}
    return makers, _with_mentors(members, relations)


def _objects(events: list[Event], relations: Relations) -> list[Event]:
    """Recall objects, those that they reply to, and so on; answers the events that created them."""
    names = {name for e in events for name in (e.object, e.in_reply_to) if name is not None}
    return chains(names, relations)


def up_the_replies(events: Iterable[Event], objects: Iterable[str], relations: Relations) -> None:
    """Recall some objects and those that events act on, those that they reply to, and so on."""
    found = {relations.acted_on(event) for event in events}
    chains({*objects, *(name for name in found if name is not None)}, relations)


def chains(names: set[str], relations: Relations) -> list[Event]:
    """Recall who made some objects, those that these reply to, and so on; answers what made them."""
    makers: list[Event] = []
    seen: set[str] = set()
    while names:
        read_through(relations.objects).recall(names)
        made = [maker for maker in map(relations.creator, names) if maker is not None]
        makers += made
        seen |= names
        names = {maker.in_reply_to for maker in made if maker.in_reply_to is not None} - seen
    return makers


def _with_mentors(members: set[str], relations: Relations) -> set[str]:
    """Recall what is known of members, and of their mentors; answers both."""
    read_through(relations.units).recall(members)
    read_through(relations.mentors).recall(members)
    mentors = {name for each in members for _, name, _ in relations.mentors.get(each) or ()}
    read_through(relations.units).recall(mentors)
    read_through(relations.mentors).recall(mentors)
    return members | mentors
