"""What the events of a log in a store say about objects and members, recalled as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from attrs import define, field

from wiifm.activities import Order, order_of
from wiifm.archive.log import ID, NUMBERED_COLUMNS, RETRACTS, StoredLog
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.replies import recall_related
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import AWAITED, EVENTS
from wiifm.events import Event
from wiifm.folds.relate import Relations
from wiifm.folds.timelines import Timeline
from wiifm.stores.protocol import Row

_cached = dict.get

_no: Callable[[Row], int] = itemgetter(0)

MAX_AWAITED = 64
"""Up to so many awaited objects of the store are kept in memory."""


def limited(names: Iterable[str]) -> frozenset[str] | None:
    """The names as a set; None if there are more than ``MAX_AWAITED``."""
    found = frozenset(names)
    return found if len(found) <= MAX_AWAITED else None


PER_MEMBER = ("units", "managers", "zones", "listings", "presence", "mentors")
"""The mappings of ``Relations`` that are keyed by member."""


@define(eq=False, kw_only=True)
class StoredRelations(Relations):
    """What the events that count say, recalled by object and by member; with ``include_retracted``, what all events say."""

    scope: TransactionScope
    log: StoredLog
    objects: ReadThrough[str, Event | None] = field(init=False)
    units: ReadThrough[str, Timeline] = field(init=False)
    managers: ReadThrough[str, Timeline] = field(init=False)
    zones: ReadThrough[str, Timeline] = field(init=False)
    listings: ReadThrough[str, Timeline] = field(init=False)
    presence: ReadThrough[str, Timeline] = field(init=False)
    mentors: ReadThrough[str, list[tuple[Order, str, bool]]] = field(init=False)
    include_retracted: bool = False
    awaited: set[str] = field(factory=set)
    """Of the objects at hand, those that events were about before any event had created them, or whose creation was retracted."""
    all_awaited: frozenset[str] | None = None
    """All such objects in the store; None if they are many, and the store has to be asked."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.objects = ReadThrough(self._things)
        for key in PER_MEMBER:
            setattr(self, key, ReadThrough(partial(self._members, key)))

    def forget_all(self) -> None:
        """Clear the cache."""
        for part in self._parts:
            part.forget()
        self.later_creators.clear()
        self.inherited.clear()
        self.holders.clear()
        self.clear_received()
        self.awaited.clear()

    @property
    def size(self) -> int:
        """The size of the largest cached part: objects, or members."""
        return max(len(self.holders), *(part.size for part in self._parts))

    @property
    def _parts(self) -> list[ReadThrough[Any, Any]]:
        return [getattr(self, name) for name in ("objects", *PER_MEMBER)]

    def enable_lookups(self, profiles: bool, mentors: bool, awaited: frozenset[str] | None) -> None:
        """Set what the store may have: profiles, mentorings, and the awaited objects if they are few. What it can't have isn't looked up."""
        self.all_awaited = awaited
        for name in PER_MEMBER:
            getattr(self, name).enabled = mentors if name == "mentors" else profiles

    def enable_lookups_for(self, events: Iterable[Event]) -> None:
        """Enable the lookup of profiles and mentorings if some events, which are about to be recorded, have any."""
        types = self.book.types
        says = [types[kind] for kind in {event.type for event in events} if kind in types]
        profiles = any(kind.of_actor for kind in says)
        mentorings = any(kind.relates and not kind.of_actor for kind in says)
        for name in PER_MEMBER if profiles or mentorings else ():
            found = getattr(self, name)
            found.enabled = found.enabled or (mentorings if name == "mentors" else profiles)

    def _events_about(self, subjects: list[str]) -> list[Event]:
        """The events about some subjects that counted before this batch. The batch itself unlearns what it retracts."""
        keys = [(each,) for each in subjects]
        rows = self.scope.open.pick(EVENTS, keys, "says", columns=NUMBERED_COLUMNS)
        if not self.include_retracted and rows and self.log.retractions:
            ids = [(row[ID],) for row in rows]
            gone = {row[RETRACTS] for row in self.scope.open.find(EVENTS, ids, index="retracts")}
            rows = [row for row in rows if row[ID] not in gone]
        return list(self.log.named(sorted(rows, key=_no)).values())

    def _things(self, names: list[str]) -> Mapping[str, Event | None]:
        things: dict[str, Event | None] = {}
        several: dict[str, list[Event]] = {}
        for event in self._events_about([f"object:{name}" for name in names]):
            name = str(event.object)
            first = things.setdefault(name, event)
            if first is not None and first is not event:
                several.setdefault(name, [first]).append(event)
        for name, creations in several.items():
            things[name], *self.later_creators[name] = sorted(creations, key=order_of)
        for name in self._awaited(names):
            things.setdefault(name, None)
            self.awaited.add(name)
        return things

    def _awaited(self, names: list[str]) -> Iterable[str]:
        if self.all_awaited is not None:
            return self.all_awaited.intersection(names)
        rows = self.scope.open.find(AWAITED, [(each,) for each in names])
        return [str(row[0]) for row in rows]

    def mark_awaited(self, names: set[str]) -> None:
        """Note that some objects are awaited in the store from now on."""
        self.awaited |= names
        self.all_awaited = None if self.all_awaited is None else limited(self.all_awaited | names)

    def _members(self, what: str, names: list[str]) -> Mapping[str, Any]:
        """What is known of some members. All mappings are filled at once, since they come from the same events."""
        scratch = Relations(self.book)
        for event in self._events_about([f"member:{name}" for name in names]):
            scratch.learn(event)
        for key in PER_MEMBER:
            getattr(self, key).hold(names, getattr(scratch, key))
        return getattr(scratch, what)  # type: ignore[no-any-return]

    def creator(self, name: str) -> Event | None:
        """The event that created an object first; mostly it has been recalled."""
        return _cached(self.objects, name) or self.objects.get(name)

    def prefetch_members(self, members: Iterable[str]) -> None:
        """Recall what is known of some members, then of their managers, and so on: one query per level."""
        names, seen = {*members}, set[str]()
        while names:
            self.managers.recall(names)
            seen |= names
            above = {self.managers[name][-1][1] for name in names if self.managers.get(name)}
            names = above - seen

    def prefetch_creators(self, objects: Iterable[str]) -> None:
        """Recall who created some objects, with one query."""
        self.objects.recall(objects)

    def prefetch_profiles(self, members: Iterable[str]) -> None:
        """Recall the time zones and units of some members, with one query."""
        self.zones.recall(members)

    def listed(self, members: Iterable[str]) -> list[str]:
        """Those of some members who may be shown on leaderboards, recalled with one query."""
        self.listings.recall(found := [*members])
        return super().listed(found)

    def there(self, members: Iterable[str], until: datetime | None = None) -> list[str]:
        """Those of some members who haven't left, recalled with one query."""
        self.presence.recall(found := [*members])
        return super().there(found, until)

    def prefetch(self, events: Iterable[Event]) -> None:
        """Recall what the relations of some events depend on: whether they count, the objects up the replies, and the members behind these."""
        events = list(events)
        self.log.recall(events)
        creators, _ = recall_related(events, self)
        if self.include_retracted:
            self.log.recall(creators)

    def about(self, names: Iterable[str]) -> list[Event]:
        """The events about some objects: those in the store, and those of this batch."""
        names = list(names)
        keys = [(name,) for name in names]
        rows = self.scope.open.pick(EVENTS, keys, "about", columns=NUMBERED_COLUMNS)
        found = self.log.named(sorted(rows, key=_no))
        found |= {event.id: event for event in super().about(names)}
        return list(found.values())
