"""For whom events may be, as rows that are found by member and time; and the objects that events were about too early.

Who created an object first may change with each event that comes late or is retracted, and these rows don't change with it:
each creator that an object ever had keeps theirs, and whoever reads them asks whom an event is for by now.
"""

from __future__ import annotations

from wiifm.archive.log import ABOUT, ACTOR, AT, SAYS, TYPE, StoredLog, StoredRelations
from wiifm.archive.tables import AWAITED, EVENTS, RECEIVED
from wiifm.events import Event
from wiifm.stores.protocol import Cell, Reading, Row, Writing

RECIPIENT = EVENTS.place("recipient")


def _row(member: Cell, row: Row) -> Row:
    """That the event of a row may be for a member."""
    return member, row[AT], row[0], row[TYPE]


def note_received(
    session: Writing, rows: list[Row], events: list[Event], relations: StoredRelations
) -> None:
    """Note for whom events may be that were just written, and earlier ones about what they create."""
    things, at_hand = relations.objects, dict.get  # most have just been looked up
    found: list[Row] = []
    makers: set[tuple[str, str | None]] = set()
    for row, event in zip(rows, events, strict=True):
        name, about, says = event.recipient, row[ABOUT], row[SAYS]
        if name is None and about is not None:
            maker = at_hand(things, str(about)) or things.get(str(about))
            if maker is not None and about not in relations.later_creators:
                name = maker.actor
            elif maker is not None:
                others = {each.actor for each in relations.creators(str(about))}
                found += [_row(each, row) for each in others - {event.actor, None}]
        if name is not None and name != event.actor:
            found.append(_row(name, row))
        made = event.object if says is not None and str(says).startswith("object:") else None
        # Otherwise no event was about it before.
        if made is not None and (made in relations.later_creators or made in relations.awaited):
            makers.add((made, event.actor))
    found.sort()  # as the table is, which takes them sooner then
    if found:
        session.insert(RECEIVED, found)
    if makers:
        session.put(RECEIVED, created_later(session, makers))


def created_later(session: Reading, makers: set[tuple[str, str | None]]) -> list[Row]:
    """The rows of all events about some objects, for those who created these."""
    found = session.find(EVENTS, [(name,) for name in {name for name, _ in makers}], index="about")
    by = {str(name): set[str | None]() for name, _ in makers}
    for name, actor in makers:
        by[name].add(actor)
    return sorted(
        _row(actor, row)
        for row in found
        if row[RECIPIENT] is None
        for actor in by[str(row[ABOUT])]
        if actor is not None and actor != row[ACTOR]
    )


def received_rows(session: Reading, rows: list[Row]) -> set[Row]:
    """For whom the events of some rows may be, by the log alone: by all that ever created what they are about."""
    about = {str(row[ABOUT]) for row in rows if row[ABOUT] is not None and row[RECIPIENT] is None}
    said = session.find(EVENTS, [(f"object:{name}",) for name in about], index="says")
    makers: dict[str, set[Cell]] = {}
    for each in said:
        makers.setdefault(str(each[SAYS]).removeprefix("object:"), set()).add(each[ACTOR])
    return {
        _row(name, row)
        for row in rows
        for name in ({row[RECIPIENT]} if row[RECIPIENT] else makers.get(str(row[ABOUT]), ()))
        if name is not None and name != row[ACTOR]
    }


def note_awaited(
    session: Writing,
    rows: list[Row],
    events: list[Event],
    log: StoredLog,
    relations: StoredRelations,
) -> None:
    """Note the objects that events were about before anybody had created them, or whose creation they retract."""
    awaited: set[str] = set()
    things = relations.objects
    for name in {str(row[ABOUT]) for row in rows if row[ABOUT] is not None}:
        if things.get(name) is None and name in things:
            awaited.add(name)
    for event in events if log.taken_back else ():
        target = log.events.get(event.retracts) if event.retracts else None
        made = target.object if target and relations.book.types[target.type].creates else None
        # Where both came in one batch, nobody has heard of the object.
        if made is not None and made in things:
            awaited.add(made)
    relations.clear_received()
    if awaited:
        relations.await_these(awaited)
        session.put(AWAITED, [(name,) for name in awaited])
