"""The log in a store, and what its events say of objects and members, recalled where it is needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from attrs import define, field

from wiifm.activities import order_of
from wiifm.archive.codec import micros, moment_of
from wiifm.archive.read_through import ReadThrough, read_through
from wiifm.archive.replies import behind
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import AWAITED, EVENTS
from wiifm.events import NO_DATA, YEARS, Event, MutableEvent, Value, are_plain_texts
from wiifm.folds.relate import Relations
from wiifm.log import Log
from wiifm.stores.protocol import Row

ID, TYPE, AT, ACTOR = (EVENTS.place(name) for name in ("id", "type", "at", "actor"))
TOPICS, DATA = EVENTS.place("topics"), EVENTS.place("data")
RETRACTS, ABOUT, SAYS = (EVENTS.place(name) for name in ("retracts", "about", "says"))
TOLD = [*EVENTS.columns][ID:ABOUT]
"""The columns of what an event says itself."""
NUMBERED = ["no", *TOLD]
"""The same behind its number: the first of a row, without what follows from the book."""
OPTIONAL = [*range(ACTOR, TOPICS), RETRACTS]
"""Where names stand that an event may lack."""


_at_hand = dict.get

TIME = "time"
"""What events say that advance time."""

_FIRST, _BEHIND = (micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (YEARS.start, YEARS.stop))


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
        *told_of(event, relations),
    )


def told_of(event: Event, relations: Relations) -> tuple[str | None, str | None]:
    """What an event is about, and what it tells of: the columns of its row that follow from the book."""
    kind, says = relations.book.types[event.type], None
    if kind.creates or kind.relates:
        says = ":".join(relations.subject(event) or ())
    elif kind.advances:
        says = TIME
    return kind.acted_on(event), says


def event_of(row: Row) -> Event:
    """The event of a row, looked at as closely as any: somebody may have changed the row."""
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
    """The events of rows, looked at as closely: whole columns at once, and those alone that have more than names."""
    if not _are_plain(rows):
        return [event_of(row) for row in rows]
    return [
        known_event(row) if row[TOPICS] is None and row[DATA] is None else event_of(row)
        for row in rows
    ]


def _are_plain(rows: list[Row]) -> bool:
    """Whether all names in some rows, and all times, are sound at first sight."""
    columns = [*zip(*rows, strict=True)]
    if not columns or set(map(type, columns[AT])) != {int}:
        return False
    given = [cell for place in OPTIONAL for cell in columns[place] if cell is not None]
    times: tuple[int, ...] = columns[AT]
    return (
        min(times) >= _FIRST
        and max(times) < _BEHIND
        and are_plain_texts([*columns[ID], *columns[TYPE], *given])
    )


def known_event(row: Row) -> Event:
    """The same of a row as it was recorded."""
    return told_event(row[ID:ABOUT])


def told_event(cells: Row) -> Event:
    """The same of ``TOLD``, the cells of a row that an event is made of."""
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
    """A log whose events are looked up by id."""

    scope: TransactionScope
    count: int = 0
    fresh: list[Event] = field(factory=list)
    """Events of this batch, which aren't in the store yet."""
    given: dict[str, Row] = field(factory=dict)
    """The rows of those of them that are in another archive already, whose numbers they keep."""

    def __attrs_post_init__(self) -> None:
        self.events = ReadThrough(self._events)
        self.retractions = ReadThrough(self._retractions)

    def recall(self, events: Iterable[Event]) -> None:
        """Look up whether events were recorded before, or retracted, and those that they retract."""
        names = [event.id for event in events]
        names += [event.retracts for event in events if event.retracts is not None]
        self.known.recall(names)
        self.taken_back.recall(names)

    def forget_all(self) -> None:
        """Hold nothing of what was recorded."""
        self.known.forget()
        self.taken_back.forget()

    @property
    def known(self) -> ReadThrough[str, Event]:
        """The events by id."""
        return read_through(self.events)

    @property
    def taken_back(self) -> ReadThrough[str, list[Event]]:
        """The retractions by what they take back."""
        return read_through(self.retractions)

    @property
    def size(self) -> int:
        """How many events there are."""
        return self.count

    def numbered(self, events: list[Event]) -> Iterable[tuple[int, Event]]:
        """Events that are to be written next, each behind its number."""
        if self.given:
            return ((_no(self.given[event.id]), event) for event in events)
        return enumerate(events, self.count + 1)

    def with_ids(self, names: Iterable[str]) -> list[Event]:
        """The events with some ids, each of which was recorded, recalled in one set."""
        names = list(names)
        self.known.recall(names)
        return super().with_ids(names)

    def named(self, rows: Iterable[Row]) -> dict[str, Event]:
        """The events of rows by id; what is at hand already isn't read from its row once more."""
        at_hand, held = dict.get, self.known
        return {str(row[ID]): at_hand(held, str(row[ID])) or known_event(row) for row in rows}

    def latest(self) -> Event | None:
        """The last in the order of the events that count."""
        found = [event for event in self.fresh if self.is_live(event)]
        for row in self.scope.open.scan(EVENTS, index="time", backwards=True):
            event = known_event(row)
            if self.is_live(event):
                found.append(event)
                break
        return max(found, key=order_of, default=None)

    def advances(self) -> list[Event]:
        """The events that advance time, as far as they count, in order."""
        found = [known_event(row) for row in self.scope.open.find(EVENTS, [(TIME,)], index="says")]
        self.taken_back.recall(event.id for event in found)
        return sorted(filter(self.is_live, found), key=order_of)

    def _events(self, names: list[str]) -> Mapping[str, Event]:
        keys = [(name,) for name in names]
        rows = self.scope.open.pick(EVENTS, keys, "id", columns=TOLD)
        return {str(row[0]): told_event(row) for row in rows}

    def _retractions(self, names: list[str]) -> Mapping[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        rows = self.scope.open.find(EVENTS, [(name,) for name in names], index="retracts")
        for row in sorted(rows, key=_no):
            found.setdefault(str(row[RETRACTS]), []).append(known_event(row))
        return found


FEW = 64
"""So many awaited objects are held at most, whoever they concern."""


def few(names: Iterable[str]) -> frozenset[str] | None:
    """Some names, if they are few."""
    found = frozenset(names)
    return found if len(found) <= FEW else None


MEMBERS = ("units", "managers", "zones", "listings", "presence", "mentors")
"""What relations know of members."""


@define(eq=False, kw_only=True)
class StoredRelations(Relations):
    """What the live events say, recalled object by object and member by member; with ``dead``, what all say."""

    scope: TransactionScope
    log: StoredLog
    dead: bool = False
    awaited: set[str] = field(factory=set)
    """Of the objects that are known those that events were about before anybody had created them, or whose creation was retracted."""
    few: frozenset[str] | None = None
    """All such objects that the store knows of, where they are few; None where it is to be asked."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.objects = ReadThrough(self._things)
        for key in MEMBERS:
            setattr(self, key, ReadThrough(partial(self._members, key)))

    def forget_all(self) -> None:
        """Hold nothing any more."""
        for part in self._parts:
            part.forget()
        self.later_creators.clear()
        self.inherited.clear()
        self.holders.clear()
        self.clear_received()
        self.awaited.clear()

    @property
    def size(self) -> int:
        """How many objects, or members, are held: whichever are more."""
        return max(len(self.holders), *(part.size for part in self._parts))

    @property
    def _parts(self) -> list[ReadThrough[Any, Any]]:
        return [read_through(getattr(self, name)) for name in ("objects", *MEMBERS)]

    def expect(self, profiles: bool, mentorings: bool, few: frozenset[str] | None) -> None:
        """Look up what members said of themselves, or who mentors them, only where anybody did; and what was awaited where it isn't known."""
        self.few = few
        for name in MEMBERS:
            read_through(getattr(self, name)).some = mentorings if name == "mentors" else profiles

    def expect_of(self, events: Iterable[Event]) -> None:
        """Look up what members said of themselves, or who mentors them, once any of some events says so."""
        types = self.book.types
        says = [types[kind] for kind in {event.type for event in events} if kind in types]
        profiles = any(kind.of_actor for kind in says)
        mentorings = any(kind.relates and not kind.of_actor for kind in says)
        for name in MEMBERS if profiles or mentorings else ():
            found = read_through(getattr(self, name))
            found.some = found.some or (mentorings if name == "mentors" else profiles)

    def _said(self, subjects: list[str]) -> list[Event]:
        """What events say of some subjects, as far as they counted before this batch; it then unlearns some itself."""
        keys = [(each,) for each in subjects]
        rows = self.scope.open.pick(EVENTS, keys, "says", columns=NUMBERED)
        if not self.dead and rows and self.log.taken_back:
            ids = [(row[ID],) for row in rows]
            gone = {row[RETRACTS] for row in self.scope.open.find(EVENTS, ids, index="retracts")}
            rows = [row for row in rows if row[ID] not in gone]
        return list(self.log.named(sorted(rows, key=_no)).values())

    def _things(self, names: list[str]) -> Mapping[str, Event | None]:
        things: dict[str, Event | None] = {}
        several: dict[str, list[Event]] = {}
        for event in self._said([f"object:{name}" for name in names]):
            name = str(event.object)
            first = things.setdefault(name, event)
            if first is not None and first is not event:
                several.setdefault(name, [first]).append(event)
        for name, made in several.items():
            things[name], *self.later_creators[name] = sorted(made, key=order_of)
        for name in self._awaited(names):
            things.setdefault(name, None)
            self.awaited.add(name)
        return things

    def _awaited(self, names: list[str]) -> Iterable[str]:
        if self.few is not None:
            return self.few.intersection(names)
        rows = self.scope.open.find(AWAITED, [(each,) for each in names])
        return [str(row[0]) for row in rows]

    def await_these(self, names: set[str]) -> None:
        """Take it that the store knows of some objects that are awaited."""
        self.awaited |= names
        self.few = None if self.few is None else few(self.few | names)

    def _members(self, what: str, names: list[str]) -> Mapping[str, Any]:
        """What is known of some members: all of it is held at once, since it comes from the same events."""
        scratch = Relations(self.book)
        for event in self._said([f"member:{name}" for name in names]):
            scratch.learn(event)
        for key in MEMBERS:
            getattr(self, key).hold(names, getattr(scratch, key))
        return getattr(scratch, what)  # type: ignore[no-any-return]

    def creator(self, name: str) -> Event | None:
        """The event that created an object first; most have been recalled."""
        return _at_hand(self.objects, name) or self.objects.get(name)

    def prefetch_members(self, members: Iterable[str]) -> None:
        """Recall in one set what is known of some members, in another what is of those above them, and so on."""
        names, seen = {*members}, set[str]()
        while names:
            read_through(self.managers).recall(names)
            seen |= names
            above = {self.managers[name][-1][1] for name in names if self.managers.get(name)}
            names = above - seen

    def prefetch_creators(self, objects: Iterable[str]) -> None:
        """Recall in one set who created some objects."""
        read_through(self.objects).recall(objects)

    def prefetch_profiles(self, members: Iterable[str]) -> None:
        """Recall in one set in which zones some members lived, and to which units they belonged."""
        read_through(self.zones).recall(members)

    def listed(self, members: Iterable[str]) -> list[str]:
        """Of some members those that may be shown on leaderboards, recalled in one set."""
        read_through(self.listings).recall(found := [*members])
        return super().listed(found)

    def there(self, members: Iterable[str], until: datetime | None = None) -> list[str]:
        """Of some members those that are there, recalled in one set."""
        read_through(self.presence).recall(found := [*members])
        return super().there(found, until)

    def prefetch(self, events: Iterable[Event]) -> None:
        """Recall in sets whatever events are related by: whether they count, objects up the replies, and the members behind them."""
        events = list(events)
        self.log.recall(events)
        makers, _ = behind(events, self)
        if self.dead:
            self.log.recall(makers)

    def about(self, names: Iterable[str]) -> list[Event]:
        """The events about some objects: those in the store, and those of this batch."""
        names = list(names)
        keys = [(name,) for name in names]
        rows = self.scope.open.pick(EVENTS, keys, "about", columns=NUMBERED)
        found = self.log.named(sorted(rows, key=_no))
        found |= {event.id: event for event in super().about(names)}
        return list(found.values())
