"""Keeps ``RECEIVED``: for whom events may be, by member and time; and ``AWAITED``: objects that events were about too early.

Late events and retractions can change who created an object first, but they don't change these rows: everybody who ever
created an object keeps theirs. Whoever reads them checks for whom an event is now.
"""

from __future__ import annotations

from wiifm.archive.log import ABOUT, ACTOR, AT, SAYS, TYPE, StoredLog
from wiifm.archive.relations import StoredRelations
from wiifm.archive.tables import AWAITED, EVENTS, RECEIVED
from wiifm.events import Event
from wiifm.stores.protocol import Cell, Reading, Row, Writing

RECIPIENT = EVENTS.place("recipient")


def _row(member: Cell, row: Row) -> Row:
    """The row that says that an event, given by its row, may be for a member."""
    return member, row[AT], row[0], row[TYPE]


def note_received(
    session: Writing, rows: list[Row], events: list[Event], relations: StoredRelations
) -> None:
    """Write for whom some events may be that were just written, and earlier events about objects that they create."""
    objects, cached = relations.objects, dict.get  # dict.get: most have just been recalled
    found: list[Row] = []
    creators: set[tuple[str, str | None]] = set()
    for row, event in zip(rows, events, strict=True):
        name, about, says = event.recipient, row[ABOUT], row[SAYS]
        if name is None and about is not None:
            creator = cached(objects, str(about)) or objects.get(str(about))
            if creator is not None and about not in relations.later_creators:
                name = creator.actor
            elif creator is not None:
                others = {each.actor for each in relations.creators(str(about))}
                found += [_row(each, row) for each in others - {event.actor, None}]
        if name is not None and name != event.actor:
            found.append(_row(name, row))
        created = event.object if says is not None and str(says).startswith("object:") else None
        # In all other cases no event was about the object before.
        if created is not None and (
            created in relations.later_creators or created in relations.awaited
        ):
            creators.add((created, event.actor))
    found.sort()  # in the order of the table, which is faster to insert
    if found:
        session.insert(RECEIVED, found)
    if creators:
        session.put(RECEIVED, rows_for_creators(session, creators))


def rows_for_creators(session: Reading, creators: set[tuple[str, str | None]]) -> list[Row]:
    """The rows of all events about some objects, for the members who created these."""
    found = session.find(
        EVENTS, [(name,) for name in {name for name, _ in creators}], index="about"
    )
    creators_of = {str(name): set[str | None]() for name, _ in creators}
    for name, actor in creators:
        creators_of[name].add(actor)
    return sorted(
        _row(actor, row)
        for row in found
        if row[RECIPIENT] is None
        for actor in creators_of[str(row[ABOUT])]
        if actor is not None and actor != row[ACTOR]
    )


def received_rows(session: Reading, rows: list[Row]) -> set[Row]:
    """For whom some events may be, by the log alone: by everybody who ever created what they are about."""
    about = {str(row[ABOUT]) for row in rows if row[ABOUT] is not None and row[RECIPIENT] is None}
    said = session.find(EVENTS, [(f"object:{name}",) for name in about], index="says")
    creators: dict[str, set[Cell]] = {}
    for each in said:
        creators.setdefault(str(each[SAYS]).removeprefix("object:"), set()).add(each[ACTOR])
    return {
        _row(name, row)
        for row in rows
        for name in ({row[RECIPIENT]} if row[RECIPIENT] else creators.get(str(row[ABOUT]), ()))
        if name is not None and name != row[ACTOR]
    }


def note_awaited(
    session: Writing,
    rows: list[Row],
    events: list[Event],
    log: StoredLog,
    relations: StoredRelations,
) -> None:
    """Write the objects that events were about before any event created them, or whose creation they retract."""
    awaited: set[str] = set()
    objects = relations.objects
    for name in {str(row[ABOUT]) for row in rows if row[ABOUT] is not None}:
        if objects.get(name) is None and name in objects:
            awaited.add(name)
    for event in events if log.retractions else ():
        target = log.events.get(event.retracts) if event.retracts else None
        created = target.object if target and relations.book.types[target.type].creates else None
        # If both are in one batch, the object isn't known.
        if created is not None and created in objects:
            awaited.add(created)
    relations.clear_received()
    if awaited:
        relations.mark_awaited(awaited)
        session.put(AWAITED, [(name,) for name in awaited])
