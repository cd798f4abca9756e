"""The log in a store, whose events are recalled as needed; and the rows that events are stored as."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from attrs import define, field

from wiifm.activities import order_of
from wiifm.archive.archived import Archived
from wiifm.archive.codec import micros, moment_of
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import EVENTS
from wiifm.events import NO_DATA, YEARS, Event, MutableEvent, Value, are_plain_texts
from wiifm.folds.relate import Relations
from wiifm.ledger import Rejection
from wiifm.log import Log
from wiifm.personal import free_fields, text_fields
from wiifm.stores.protocol import Row

ID, TYPE, AT, ACTOR = (EVENTS.place(name) for name in ("id", "type", "at", "actor"))
TOPICS, DATA = EVENTS.place("topics"), EVENTS.place("data")
RETRACTS, ABOUT, SAYS = (EVENTS.place(name) for name in ("retracts", "about", "says"))
EVENT_COLUMNS = [*EVENTS.columns][ID:ABOUT]
"""The columns that an event itself consists of."""
NUMBERED_COLUMNS = ["no", *EVENT_COLUMNS]
"""The same after the number: the leading columns of a row, without those that the book determines."""
OPTIONAL = [*range(ACTOR, TOPICS), RETRACTS]
"""The places of names that an event may lack."""

_cached = dict.get

TIME = "time"
"""The subject, in the column ``says``, of events that advance time."""

_FIRST, _END = (micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (YEARS.start, YEARS.stop))


def event_row(no: int, event: Event, relations: Relations) -> Row:
    """The row of an event."""
    return (
        no,
        event.id,
        event.type,
        micros(event.occurred_at),
        event.actor,
        event.object,
        event.recipient,
        event.in_reply_to,
        event.community,
        json.dumps(event.topics) if event.topics else None,
        json.dumps(dict(event.data)) if event.data else None,
        event.retracts,
        *derived_columns(event, relations),
    )


def derived_columns(event: Event, relations: Relations) -> tuple[str | None, str | None]:
    """The columns of an event's row that follow from the book: the object that it is about, and the subject that it says something about."""
    kind, says = relations.book.types[event.type], None
    if kind.creates or kind.relates:
        says = ":".join(relations.subject(event) or ())
    elif kind.advances:
        says = TIME
    return kind.acted_on(event), says


def event_of(row: Row) -> Event:
    """The event of a row, fully validated, since the row may have been changed by others."""
    _, name, kind, at, actor, thing, recipient, reply, community, topics, data, retracts, _, _ = row
    return Event(
        id=name,  # type: ignore[arg-type]
        type=kind,  # type: ignore[arg-type]
        occurred_at=moment_of(at),  # type: ignore[arg-type]
        actor=actor,  # type: ignore[arg-type]
        object=thing,  # type: ignore[arg-type]
        recipient=recipient,  # type: ignore[arg-type]
        in_reply_to=reply,  # type: ignore[arg-type]
        community=community,  # type: ignore[arg-type]
        topics=json.loads(topics) if topics is not None else (),  # type: ignore[arg-type]
        data=json.loads(data) if data is not None else NO_DATA,  # type: ignore[arg-type]
        retracts=retracts,  # type: ignore[arg-type]
    )


def events_of(rows: list[Row]) -> list[Event]:
    """The events of rows, as fully validated. Names and times are checked by column; only events with topics or data are checked one by one."""
    if not _are_plain(rows):
        return [event_of(row) for row in rows]
    return [
        trusted_event(row) if row[TOPICS] is None and row[DATA] is None else event_of(row)
        for row in rows
    ]


def _are_plain(rows: list[Row]) -> bool:
    """Whether all names and times in some rows are certainly valid."""
    columns = [*zip(*rows, strict=True)]
    if not columns or set(map(type, columns[AT])) != {int}:
        return False
    given = [cell for place in OPTIONAL for cell in columns[place] if cell is not None]
    times: tuple[int, ...] = columns[AT]
    return (
        min(times) >= _FIRST
        and max(times) < _END
        and are_plain_texts([*columns[ID], *columns[TYPE], *given])
    )


def trusted_event(row: Row) -> Event:
    """The event of a row, without validation."""
    return event_from_cells(row[ID:ABOUT])


def event_from_cells(cells: Row) -> Event:
    """The event of the cells of ``EVENT_COLUMNS``, without validation."""
    event: Any = MutableEvent()
    (
        event.id,
        event.type,
        at,
        event.actor,
        event.object,
        event.recipient,
        event.in_reply_to,
        event.community,
        topics,
        data,
        event.retracts,
    ) = cells
    event.occurred_at = moment_of(at)  # type: ignore[arg-type]
    event.topics = () if topics is None else tuple(json.loads(topics))  # type: ignore[arg-type]
    event.data = NO_DATA if data is None else _data(json.loads(data))  # type: ignore[arg-type]
    event.__class__ = Event
    return event  # type: ignore[no-any-return]


def _data(found: dict[str, Any]) -> Mapping[str, Value]:
    lists = [key for key, value in found.items() if type(value) is list]
    for key in lists:
        found[key] = tuple(found[key])
    return MappingProxyType(found)


_no: Callable[[Row], int] = itemgetter(0)


@define(eq=False, kw_only=True)
class StoredLog(Log):
    """A log in a store, whose events are looked up by id."""

    scope: TransactionScope
    events: ReadThrough[str, Event] = field(init=False)
    retractions: ReadThrough[str, list[Event]] = field(init=False)
    count: int = 0
    fresh: list[Event] = field(factory=list)
    """Events of this batch, which aren't in the store yet."""
    given: dict[str, Row] = field(factory=dict)
    """The rows of these events in another archive, if they come from one: they keep their numbers."""
    archived: Archived = field(factory=Archived)
    _batch: list[str] = field(factory=list)
    """The ids of the events of this batch, while they are admitted."""
    _books: dict[str, set[str]] = field(factory=dict)
    """By which rule books these were archived, if it was asked for any of them."""
    _free: Mapping[str, Collection[str]] | None = None
    """The free text fields of each event type by the book, once they were needed."""

    def __attrs_post_init__(self) -> None:
        self.events = ReadThrough(self._events)
        self.retractions = ReadThrough(self._retractions)

    def recall(self, events: Iterable[Event]) -> None:
        """Recall some events, as far as they were recorded, what they retract, and the retractions of all these."""
        names = [event.id for event in events]
        names += [event.retracts for event in events if event.retracts is not None]
        self.events.recall(names)
        self.retractions.recall(names)

    def prefetch(self, names: Iterable[str]) -> None:
        """Recall some events by their ids, with one query, and their retractions, with another if there are any such events."""
        names = list(names)
        self.events.recall(names)
        self.retractions.recall(name for name in names if name in self.events)

    def forget_all(self) -> None:
        """Clear the cache."""
        self.events.forget()
        self.retractions.forget()

    @property
    def size(self) -> int:
        """The number of events."""
        return self.count

    def admit(
        self, events: Iterable[Event], first: int = 0
    ) -> tuple[list[Event], int, list[Rejection]]:
        """Check events, and add those that are new: see :class:`~wiifm.log.Log`."""
        events = list(events)
        self._batch, self._books = [each.id for each in events if isinstance(each, Event)], {}
        try:
            return super().admit(events, first)
        finally:
            self._batch, self._books = [], {}

    def pruned_fields(self, event: Event) -> Collection[str]:
        """The fields whose texts may have been erased from an event because it is old, by what the store notes."""
        if event.id not in self._books:
            self._books = self.archived.books(self.scope.open, {event.id, *self._batch})
        books = self._books[event.id]
        if not self._batch:  # in the next transaction, others may have archived it
            self._books = {}
        if books - {self.book.digest}:  # another book may have read other fields
            return text_fields(self.book.types[event.type])
        if self._free is None:
            self._free = free_fields(self.book)
        return self._free[event.type] if books else ()

    def numbered(self, events: list[Event]) -> Iterable[tuple[int, Event]]:
        """Events that are about to be written, with their numbers."""
        if self.given:
            return ((_no(self.given[event.id]), event) for event in events)
        return enumerate(events, self.count + 1)

    def with_ids(self, names: Iterable[str]) -> list[Event]:
        """The events with some ids, all of which were recorded, recalled with one query."""
        names = list(names)
        self.events.recall(names)
        return super().with_ids(names)

    def named(self, rows: Iterable[Row]) -> dict[str, Event]:
        """The events of rows by id. Cached ones aren't read from their rows again."""
        cached, known = dict.get, self.events
        return {str(row[ID]): cached(known, str(row[ID])) or trusted_event(row) for row in rows}

    def latest(self) -> Event | None:
        """The last of the events that count, in their order."""
        found = [event for event in self.fresh if self.is_live(event)]
        for row in self.scope.open.scan(EVENTS, index="time", backwards=True):
            event = trusted_event(row)
            if self.is_live(event):
                found.append(event)
                break
        return max(found, key=order_of, default=None)

    def advances(self) -> list[Event]:
        """The events that advance time and count, in order."""
        rows = self.scope.open.find(EVENTS, [(TIME,)], index="says")
        found = [trusted_event(row) for row in rows]
        self.retractions.recall(event.id for event in found)
        return sorted(filter(self.is_live, found), key=order_of)

    def _events(self, names: list[str]) -> Mapping[str, Event]:
        keys = [(name,) for name in names]
        rows = self.scope.open.pick(EVENTS, keys, "id", columns=EVENT_COLUMNS)
        return {str(row[0]): event_from_cells(row) for row in rows}

    def _retractions(self, names: list[str]) -> Mapping[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        rows = self.scope.open.find(EVENTS, [(name,) for name in names], index="retracts")
        for row in sorted(rows, key=_no):
            found.setdefault(str(row[RETRACTS]), []).append(trusted_event(row))
        return found
