"""The log: all recorded events, and which of them are live."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from operator import length_hint
from typing import Any

from attrs import define, field

from wiifm.activities import Order, order_of
from wiifm.events import Event
from wiifm.faults import ConflictingEvent, Fault, InvalidEvent, nearest, short
from wiifm.ledger import Rejection
from wiifm.personal import remains
from wiifm.pseudonyms import without_pseudonyms
from wiifm.records import large_dict
from wiifm.rulebook.book import RuleBook


@define(eq=False)
class Log:
    """All recorded events by id; and the retractions of each event, by the id that they name.

    ``admits`` is the program's loop with quick checks. An event that passes them is valid; the others are checked in full.
    """

    book: RuleBook
    admits: Callable[[Iterator[Event], dict[str, Event], Callable[[Event], None]], None]
    events: dict[str, Event] = field(factory=large_dict)
    retractions: dict[str, list[Event]] = field(factory=dict)

    @property
    def size(self) -> int:
        """The number of events."""
        return len(self.events)

    def is_new(self, event: Event) -> bool:
        """Whether an event is valid and not recorded yet; False if the very same event was recorded, also if a part of it was erased since.

        Raises:
            InvalidEvent: its type isn't declared in the book, or it breaks the type's declaration.
            ConflictingEvent: another event with this id was recorded.
        """
        if not isinstance(event, Event):
            raise InvalidEvent([Fault("event", short(event), "an Event")])
        known = self.events.get(event.id)
        if known is not None:
            if not _same(known, event):
                self._check_erased(known, event)
            return False
        kind = self.book.types.get(event.type)
        if kind is None:
            hint = nearest(event.type, self.book.types)
            fault = Fault("type", short(event.type), "a type that the rule book declares", hint)
            raise InvalidEvent([fault.inside(f"event {event.id!r}")])
        faults = list(kind.faults(event))
        if faults:
            raise InvalidEvent(fault.inside(f"event {event.id!r}") for fault in faults)
        return True

    def _check_erased(self, known: Event, event: Event) -> None:
        """Check that what differs from the recorded event was erased from it.

        Raises:
            ConflictingEvent: something else differs.
        """
        pruned: Collection[str] = ()
        if not {"", ()}.isdisjoint(known.data.values()):
            pruned = self.pruned_fields(known)
        left = remains(event, known, self.book.types[known.type], pruned)
        if not _same(known, left):
            raise conflict(known, event, left)

    def pruned_fields(self, event: Event) -> Collection[str]:
        """The fields whose texts may have been erased from an event because it is old. There are none, as only a store erases."""
        return ()

    def admit(
        self, events: Iterable[Event], first: int = 0
    ) -> tuple[list[Event], int, list[Rejection]]:
        """Check events, numbered from ``first``, and add those that are new.

        Returns:
            The new events, the number of those known already, and the rejected ones.
        """
        events, dropped = list(events), list[int]()
        rejected: list[Rejection] = []
        retractions: list[Event] = []
        coming = iter(events)

        def check(event: Event) -> None:
            number = len(events) - length_hint(coming) - 1
            try:
                if not self.is_new(event):
                    dropped.append(number)
                elif event.retracts is None:
                    self.append(event)
                else:
                    self.events[event.id] = event
                    retractions.append(event)
            except (InvalidEvent, ConflictingEvent) as error:
                dropped.append(number)
                error.__traceback__ = None  # its frames would keep the whole batch alive
                rejected.append(Rejection(index=first + number, error=error))

        if set(map(type, events)) <= {Event}:
            self.admits(coming, self.events, check)
        else:
            for event in coming:
                check(event)
        for event in sorted(retractions, key=order_of):  # so the first one in order comes first
            self.append(event)
        for number in reversed(dropped):
            del events[number]
        return events, len(dropped) - len(rejected), rejected

    def append(self, event: Event) -> None:
        """Add a new event."""
        self.events[event.id] = event
        if event.retracts is not None:
            self.retractions.setdefault(event.retracts, []).append(event)

    def remove(self, event: Event) -> None:
        """Remove an event whose batch wasn't committed. One that is removed already stays so."""
        if event.retracts is not None:
            found = [each for each in self.retractions.get(event.retracts, ()) if each is not event]
            if found:
                self.retractions[event.retracts] = found
            else:
                self.retractions.pop(event.retracts, None)
        if self.events.get(event.id) is event:
            del self.events[event.id]

    def prefetch(self, names: Iterable[str]) -> None:
        """Load some events by their ids, as far as they were recorded, and their retractions. Nothing to do where all are in memory."""

    def with_ids(self, names: Iterable[str]) -> list[Event]:
        """The events with some ids, all of which were recorded."""
        return [self.events[name] for name in names]

    def is_retraction(self, event: Event) -> bool:
        """Whether an event retracts another. Such an event can't be retracted itself."""
        return self.book.types[event.type].retracts

    def is_live(self, event: Event) -> bool:
        """Whether an event counts: it isn't a retraction, and none names it."""
        return event.id not in self.retractions and not self.is_retraction(event)

    def death(self, event: Event) -> Order | None:
        """The position of an event's first retraction; None if it has none."""
        found = self.retractions.get(event.id)
        return min((each.occurred_at, each.id) for each in found) if found else None

    def latest(self) -> Event | None:
        """The last event in order that counts; None if none does."""
        return max(filter(self.is_live, self.events.values()), key=order_of, default=None)


def _kind(value: object) -> type:
    """The kind of a value. ``True == 1`` in Python, but they are different contents; 1 and 1.0 are the same, as JSON has one kind of number."""
    return float if type(value) is int else type(value)


def _kinds(event: Event) -> list[type]:
    """The kinds of the values in an event's data."""
    return [_kind(value) for _, value in sorted(event.data.items())] if event.data else []


def _same(known: Event, event: Event) -> bool:
    """Whether two events have the same content."""
    return known == event and _kinds(known) == _kinds(event)


def conflict(known: Event, event: Event, left: Event) -> ConflictingEvent:
    """The error for two contents under one id: what differs between the recorded event and what an erasure would have ``left`` of the other one.

    It quotes what was recorded and what was sent; where one of these has a pseudonym neither, as that would tell who was forgotten.
    """
    was, now, then = map(_contents, (known, event, left))
    keys = [key for key in {**was, **now} if _is_other(was.get(key), then.get(key))]
    changes = "; ".join(_change(key, was.get(key), now.get(key)) for key in keys)
    found = f"other content than was recorded under this id before ({changes})"
    fault = Fault(
        f"event {event.id!r}", found, "the recorded event again, or a new id for a new event"
    )
    return ConflictingEvent([fault])


def _contents(event: Event) -> dict[str, Any]:
    """The keys that are set and the fields of the data, with their values."""
    found = event.as_json()
    data = found.pop("data", {})
    return found | {f"data.{key}": value for key, value in data.items()}


def _is_other(value: object, other: object) -> bool:
    return value != other or _kind(value) is not _kind(other)


def _change(key: str, was: object, now: object) -> str:
    if any(without_pseudonyms(str(each), "") != str(each) for each in (was, now)):
        return f"{key} differs, where a member was forgotten"
    return f"{key} was {short(was)}, now {short(now)}"
