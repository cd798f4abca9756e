"""Who is told of a batch once it is committed: observers at once, and deliveries by way of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self, TypeAlias

from attrs import define, field

from wiifm.deliveries import Delivery, Observer
from wiifm.events import Event
from wiifm.faults import (
    DISTURBANCES,
    Fault,
    InvalidInput,
    StoreFault,
    call_fault,
    literal,
    origin,
    shown,
)
from wiifm.ledger import Receipt, rule_label
from wiifm.memory import Memory
from wiifm.records import Refused
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store

if TYPE_CHECKING:
    from wiifm.outbox.outbox import Outbox


Told: TypeAlias = Iterable[Observer | Delivery]
"""Whom an engine is given to tell."""

Clock: TypeAlias = Callable[[], datetime]


MOST_FAULTS = 1_000
"""How many faults of plugins are kept, so that a chat that is down for long fills no memory."""


def the_clock() -> datetime:
    """The time, by the clock of this machine."""
    return datetime.now(UTC)


def a_clock(given: Clock) -> Clock:
    """What tells the time, before it is asked for the first time.

    >>> a_clock("noon")
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: clock: found 'noon', expected a function that takes ()

    Raises:
        InvalidInput: it can't be asked.
    """
    if fault := call_fault("clock", given):
        raise InvalidInput([fault])
    return given


@define(eq=False)
class Dispatcher:
    """The observers and deliveries of an engine: those that it was given, and those of plugins.

    >>> heard = []
    >>> dispatcher = Dispatcher.of(RuleBook.load("plugin:sharing"), [heard.append])
    >>> dispatcher.tell([Receipt(event="e1", status="recorded")])
    >>> heard[0][0].event
    'e1'
    """

    observers: list[tuple[str, Observer]] = field(factory=list)
    deliveries: dict[str, Delivery] = field(factory=dict)
    of_plugins: dict[str, Delivery] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    memory: Memory | None = None
    outbox: Outbox | None = None

    @classmethod
    def of(cls, book: RuleBook, given: Told) -> Self:
        """All whom an engine tells. Deliveries of plugins are called ``plugin/name``.

        Raises:
            InvalidInput: two deliveries have one name, an observer is a coroutine function, or they are no list.
        """
        found = cls()
        if not isinstance(given, Iterable):
            raise InvalidInput([Fault("observers", literal(given), "a list of them")])
        for each in given:
            if not isinstance(each, Delivery):
                if fault := call_fault("observers", each, "receipts"):
                    raise InvalidInput([fault])
                found.observers.append(("plugin 'observers'", each))
            elif each.name in found.deliveries:
                place, what = f"delivery {literal(each.name)}", "a second one of this name"
                raise InvalidInput([Fault(place, what, "a name of its own")])
            else:
                found.deliveries[each.name] = each
        for plugin, observers in book.observers.items():
            source = book.plugins.get(plugin, f"plugin {plugin!r}")
            for each in observers:
                if isinstance(each, Delivery):
                    found.of_plugins[f"{plugin}/{each.name}"] = each
                else:
                    found.observers.append((source, each))
        return found

    def follow(self, memory: Memory, store: Store | None, clock: Clock) -> None:
        """Have deliveries follow a memory; they go on where they stood, as its store knows it.

        In memory those that the engine was given begin; those of plugins stay silent, as nothing outlives the process.
        """
        self.memory = memory
        deliveries = self.deliveries | self.of_plugins if store else self.deliveries
        if not deliveries:
            return
        from wiifm.outbox.outbox import Outbox  # noqa: PLC0415 - only whoever asks pays for it
        from wiifm.stores.memory import MemoryStore  # noqa: PLC0415

        if store is None:
            memory.effect_order = []
        self.outbox = Outbox(store or MemoryStore(), memory, deliveries, clock)

    def writing(self, events: list[Event]) -> AbstractContextManager[None]:
        """A block in which events are committed; deliveries that are new begin ahead of them."""
        assert self.memory is not None
        if self.outbox:
            self.outbox.begin()
        return self.memory.writing(events)

    def tell(self, receipts: Iterable[Receipt]) -> None:
        """Tell of a batch; an observer that raises is noted in ``faults``, and the others are told."""
        batch = tuple(receipts)
        for source, observer in self.observers:
            try:
                observer(batch)
            except DISTURBANCES as error:  # a foreign observer must not undo what is committed
                place = f"{source}, the observer {origin(observer)}"
                self.faults.append(Fault(place, shown(error), "a call that returns"))
        try:
            self.deliver()
        except StoreFault as error:  # it is committed, and stays to be told by a later call
            self.faults.append(Fault("the outbox", str(error), "a store that can be written"))
        del self.faults[:-MOST_FAULTS]

    def note_failed(self, refused: Sequence[tuple[str, Refused]]) -> None:
        """Note decisions of plugins that came to nothing in ``faults``, ahead of telling their batch."""
        for event, (_, because, grant, _, detail) in refused[-MOST_FAULTS:]:
            anew = "" if event == because.id else f", decided anew because of {literal(because.id)}"
            place = f"event {literal(event)}{anew}, {rule_label(grant.rule)}"
            self.faults.append(Fault(place, str(detail), "a decision"))

    def deliver(self) -> dict[str, int]:
        """Tell deliveries what they weren't told so far; answers how many notices each took."""
        return self.outbox.deliver() if self.outbox else {}
