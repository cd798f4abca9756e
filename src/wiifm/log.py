"""The events that were recorded, and which of them still count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import length_hint

from attrs import define, evolve, field

from wiifm.activities import Order, order_of
from wiifm.events import FORGOTTEN, Event
from wiifm.faults import ConflictingEvent, Fault, InvalidEvent, nearest, short
from wiifm.ledger import Rejection
from wiifm.records import large_dict
from wiifm.rulebook.book import RuleBook


@define(eq=False)
class Log:
    """All recorded events by id, and by whom each retracted one was taken back.

    ``admits`` is the program's loop with quick checks: an event that passes has no faults, any other is looked at check.
    """

    book: RuleBook
    admits: Callable[[Iterator[Event], dict[str, Event], Callable[[Event], None]], None]
    events: dict[str, Event] = field(factory=large_dict)
    retractions: dict[str, list[Event]] = field(factory=dict)

    @property
    def size(self) -> int:
        """How many events there are."""
        return len(self.events)

    def is_new(self, event: Event) -> bool:
        """Whether an event is new and valid; False for the very same one again.

        Raises:
            InvalidEvent: its type isn't declared in the book, or it breaks the type's declaration.
            ConflictingEvent: its id was used before for another content.
        """
        if not isinstance(event, Event):
            raise InvalidEvent([Fault("event", short(event), "an Event")])
        known = self.events.get(event.id)
        if known is not None:
            if _same(known, event) or _forgotten(known, event):
                return False
            if _same(known, _without_texts(known, event)):
                return False
            raise conflict(known, event)
        kind = self.book.types.get(event.type)
        if kind is None:
            hint = nearest(event.type, self.book.types)
            fault = Fault("type", short(event.type), "a type that the rule book knows", hint)
            raise InvalidEvent([fault.inside(f"event {event.id!r}")])
        faults = list(kind.faults(event))
        if faults:
            raise InvalidEvent(fault.inside(f"event {event.id!r}") for fault in faults)
        return True

    def admit(
        self, events: Iterable[Event], first: int = 0
    ) -> tuple[list[Event], int, list[Rejection]]:
        """Take in what is new of events, numbered from ``first``; answers that, how many were known, what is faulty."""
        events, gone = list(events), list[int]()
        rejected: list[Rejection] = []
        retractions: list[Event] = []
        coming = iter(events)

        def check(event: Event) -> None:
            number = len(events) - length_hint(coming) - 1
            try:
                if not self.is_new(event):
                    gone.append(number)
                elif event.retracts is None:
                    self.append(event)
                else:
                    self.events[event.id] = event
                    retractions.append(event)
            except (InvalidEvent, ConflictingEvent) as error:
                gone.append(number)
                error.__traceback__ = None  # it would keep the whole batch
                rejected.append(Rejection(index=first + number, error=error))

        if set(map(type, events)) <= {Event}:
            self.admits(coming, self.events, check)
        else:
            for event in coming:
                check(event)
        for event in sorted(
            retractions, key=order_of
        ):  # what comes together takes back in the order of time
            self.append(event)
        for number in reversed(gone):
            del events[number]
        return events, len(gone) - len(rejected), rejected

    def append(self, event: Event) -> None:
        """Take in a new event."""
        self.events[event.id] = event
        if event.retracts is not None:
            self.retractions.setdefault(event.retracts, []).append(event)

    def remove(self, event: Event) -> None:
        """Take an event out again, which never came to be committed; one that is out already stays so."""
        if event.retracts is not None:
            found = [each for each in self.retractions.get(event.retracts, ()) if each is not event]
            if found:
                self.retractions[event.retracts] = found
            else:
                self.retractions.pop(event.retracts, None)
        if self.events.get(event.id) is event:
            del self.events[event.id]

    def with_ids(self, names: Iterable[str]) -> list[Event]:
        """The events with some ids, each of which was recorded."""
        return [self.events[name] for name in names]

    def is_retraction(self, event: Event) -> bool:
        """Whether an event takes another one back (and so is never taken back itself)."""
        return self.book.types[event.type].retracts

    def is_live(self, event: Event) -> bool:
        """Whether an event counts: not retracted, and no retraction."""
        return event.id not in self.retractions and not self.is_retraction(event)

    def death(self, event: Event) -> Order | None:
        """Where in the order an event was retracted first; None for one that lives."""
        found = self.retractions.get(event.id)
        return min((each.occurred_at, each.id) for each in found) if found else None

    def latest(self) -> Event | None:
        """The last in the order of the events that count; None where none does."""
        return max(filter(self.is_live, self.events.values()), key=order_of, default=None)


def _kinds(event: Event) -> list[type]:
    """The kinds of an event's data: true and 1 are equal in Python, and aren't the same."""
    return [type(value) for _, value in sorted(event.data.items())] if event.data else []


def _same(known: Event, event: Event) -> bool:
    return known == event and _kinds(known) == _kinds(event)


def _without_texts(known: Event, event: Event) -> Event:
    """An event without the texts of which nothing is left in the one that is known: they may have been erased."""
    nothing = {key: value for key, value in known.data.items() if value in ("", ())}
    texts = {key for key in nothing if type(event.data.get(key)) is type(nothing[key])}
    return evolve(event, data={**event.data, **{key: nothing[key] for key in texts}})


def _forgotten(known: Event, event: Event) -> bool:
    """Whether an event may be the one of which only that is known that isn't about a forgotten member."""
    names: list[object] = [known.actor, known.recipient]
    for value in known.data.values():
        names += value if isinstance(value, tuple) else [value]
    if not any(isinstance(name, str) and name.startswith(FORGOTTEN) for name in names):
        return False
    return all(
        getattr(known, key) == getattr(event, key) for key in ("type", "occurred_at", "object")
    )


def conflict(known: Event, event: Event) -> ConflictingEvent:
    """The error for two contents under one id: it names what differs."""
    first, second = known.as_json(), event.as_json()
    keys = [key for key in {**first, **second} if first.get(key) != second.get(key)]
    keys = keys or ["data"]  # 1 and 1.0 are equal in Python, and aren't the same
    told = "; ".join(
        f"{key} was {short(first.get(key))}, now {short(second.get(key))}" for key in keys
    )
    found = f"another content than was recorded under this id before ({told})"
    fault = Fault(
        f"event {event.id!r}", found, "the same again, or an id of its own for what is new"
    )
    return ConflictingEvent([fault])
