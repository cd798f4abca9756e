"""Notifies observers and deliveries of a batch once it is committed: observers at once, deliveries through the outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Self, TypeAlias

from attrs import define, field

from wiifm.deciding import (
    NOT_DELIVERED,
    NOT_RECORDED,
    Batch,
    Failure,
    deciding,
    refuse_while_deciding,
)
from wiifm.deliveries import Delivery, Observer
from wiifm.events import Event
from wiifm.failures import LONGEST_ERROR, failure_in, module_of, raised
from wiifm.faults import (
    FOREIGN_ERRORS,
    Fault,
    InvalidInput,
    StoreFault,
    literal,
    origin,
)
from wiifm.ledger import Receipt, rule_label
from wiifm.memory import Memory
from wiifm.records import Refused
from wiifm.rulebook.book import RuleBook
from wiifm.signatures import call_fault
from wiifm.stores.protocol import Store

if TYPE_CHECKING:
    from wiifm.outbox.outbox import Outbox


Observers: TypeAlias = Iterable[Observer | Delivery]
"""The observers and deliveries that an engine is given."""

Clock: TypeAlias = Callable[[], datetime]
"""Returns the time, with its UTC offset."""


MAX_FAULTS = 1_000
"""How many faults are kept, so that an observer that fails for a long time doesn't fill the memory."""


_log = logging.getLogger("wiifm.plugins")


@lru_cache(maxsize=MAX_FAULTS)
def _log_once(failed: Failure) -> None:
    """Log a failure, unless the same was logged before: a function that fails at each event would fill the log."""
    place = f" ({failed.place})" if failed.place else ""
    _log.warning(
        "%s%s; so it gave nothing. The receipts say for which events: a refusal with the reason 'fault'",
        failed.what,
        place,
    )


def utc_now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


def checked_clock(given: Clock) -> Clock:
    """The clock, once its signature is checked: it must be callable without arguments.

    >>> checked_clock("noon")
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: clock: found 'noon', expected a function that takes ()

    Raises:
        InvalidInput: it can't be called so.
    """
    if fault := call_fault("clock", given):
        raise InvalidInput([fault])
    return given


@define(eq=False)
class Dispatcher:
    """The observers and deliveries of an engine: those that it was given, and those of plugins.

    >>> heard = []
    >>> dispatcher = Dispatcher.of(RuleBook.load("plugin:sharing"), [heard.append])
    >>> dispatcher.notify([Receipt(event="e1", status="recorded")])
    >>> heard[0][0].event
    'e1'
    """

    observers: list[tuple[str, Observer]] = field(factory=list)
    deliveries: dict[str, Delivery] = field(factory=dict)
    plugin_deliveries: dict[str, Delivery] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    memory: Memory | None = None
    outbox: Outbox | None = None

    @classmethod
    def of(cls, book: RuleBook, given: Observers) -> Self:
        """The dispatcher for a book and what an engine was given. Deliveries of plugins are named ``plugin/name``.

        Raises:
            InvalidInput: two deliveries have the same name, an observer is a coroutine function, or ``given`` isn't iterable.
        """
        found = cls()
        if not isinstance(given, Iterable):
            raise InvalidInput([Fault("observers", literal(given), "a list of observers")])
        for each in given:
            if not isinstance(each, Delivery):
                if fault := call_fault("observers", each, "receipts"):
                    raise InvalidInput([fault])
                found.observers.append(("plugin 'observers'", each))
            elif each.name in found.deliveries:
                place, what = f"delivery {literal(each.name)}", "a second one with this name"
                raise InvalidInput([Fault(place, what, "different names")])
            else:
                found.deliveries[each.name] = each
        for plugin, observers in book.observers.items():
            source = book.plugins.get(plugin, f"plugin {plugin!r}")
            for each in observers:
                if isinstance(each, Delivery):
                    found.plugin_deliveries[f"{plugin}/{each.name}"] = each
                else:
                    found.observers.append((source, each))
        return found

    def attach(self, memory: Memory, store: Store | None, clock: Clock) -> None:
        """Connect the deliveries to a memory. Over a store they continue where they stood.

        In memory only the deliveries that the engine was given run; those of plugins don't, since nothing outlives the process.
        """
        self.memory = memory
        deliveries = self.deliveries | self.plugin_deliveries if store else self.deliveries
        if not deliveries:
            return
        from wiifm.outbox.outbox import Outbox  # noqa: PLC0415 - imported only when needed
        from wiifm.stores.memory import MemoryStore  # noqa: PLC0415

        if store is None:
            memory.effect_order = []
        self.outbox = Outbox(store or MemoryStore(), memory, deliveries, clock)

    @contextmanager
    def writing(self, events: list[Event]) -> Iterator[Batch]:
        """A block in which events are committed. New deliveries are registered first, so that they are told of these events.

        Once it is committed, the logger ``wiifm.plugins`` is told where plugins' functions failed in it.

        Raises:
            StillDeciding: such a block is open already, so that a plugin's function that decides is trying to record.
        """
        assert self.memory is not None
        # before anything of the open transaction is touched
        refuse_while_deciding(self.memory, NOT_RECORDED)
        if self.outbox:
            self.outbox.begin()
        with self.memory.writing(events), deciding(self.memory) as batch:
            yield batch
        for failed in dict.fromkeys(batch.failures.values()):
            _log_once(failed)

    def notify(self, receipts: Iterable[Receipt]) -> None:
        """Notify everybody of a committed batch. What an observer raises is noted in ``faults``, and the others are notified all the same."""
        if not (self.observers or self.outbox):
            return
        batch = tuple(receipts)
        for source, observer in self.observers:
            try:
                observer(batch)
            except FOREIGN_ERRORS as error:  # the batch is committed, whatever an observer raises
                place = f"{source}, the observer {origin(observer)}"
                found = raised(error, module_of(observer), LONGEST_ERROR)
                self.faults.append(Fault(place, found, "an observer that doesn't raise"))
        try:
            self.deliver()
        except StoreFault as error:  # the batch is committed, and a later call delivers it
            self.faults.append(Fault("the outbox", str(error), "a store that can be written"))
        self._drop_old_faults()

    def note_undecided(self, refused: Sequence[tuple[str, Refused]], batch: Batch) -> None:
        """Note in ``faults`` where a plugin raised instead of deciding in a batch; call it before ``notify`` for the same batch."""
        for event, (_, because, grant, _, detail) in refused[-MAX_FAULTS:]:
            anew = "" if event == because.id else f", decided anew because of {literal(because.id)}"
            place = f"event {literal(event)}{anew}, {rule_label(grant.rule)}"
            failed = batch.failures.get(failure_in(str(detail)))
            where = f" ({failed.place})" if failed and failed.place else ""
            self.faults.append(Fault(place, f"{detail}{where}", "a decision"))
        self._drop_old_faults()

    def _drop_old_faults(self) -> None:
        del self.faults[:-MAX_FAULTS]

    def deliver(self) -> dict[str, int]:
        """Tell deliveries what they haven't been told yet; returns the number of delivered notices by delivery."""
        refuse_while_deciding(self.memory, NOT_DELIVERED)
        return self.outbox.deliver() if self.outbox else {}
