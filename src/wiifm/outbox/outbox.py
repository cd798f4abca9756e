"""The outbox of an engine: tells deliveries, in rounds, the notices that they haven't been told yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import define, field

from wiifm.archive.damage import damage_told
from wiifm.deliveries import Delivery
from wiifm.memory import Memory
from wiifm.outbox.rounds import MAX_FAILURES, Round
from wiifm.outbox.state import begin
from wiifm.outbox.tables import TABLES
from wiifm.stores.protocol import Store


@define(eq=False)
class Outbox:
    """The deliveries of an engine by name, and the store that keeps how far each has come."""

    store: Store
    memory: Memory
    deliveries: Mapping[str, Delivery]
    clock: Callable[[], datetime]
    _begun: bool = False
    _failed: dict[str, list[str]] = field(factory=dict)
    """By delivery, the latest notices that failed in a row; so few that one more call tells whether an unavailable observer is back."""

    def begin(self) -> None:
        """Register deliveries that are new in this store. They are told what is recorded from now on."""
        if not self._begun:
            with self.memory.reading():
                count = self.memory.log.size
            begin(self.store, self.deliveries, count)
            self._begun = True

    def deliver(self) -> dict[str, int]:
        """Tell each delivery what is new and what is due again; returns the number of delivered notices by delivery."""
        self.begin()
        with damage_told(self.store, self.memory.book, TABLES):
            return {name: self._deliver(name, each) for name, each in self.deliveries.items()}

    def _deliver(self, name: str, delivery: Delivery) -> int:
        """Run rounds until nothing is left. While one runs, other processes record, and leave the delivering to it."""
        count, failed = 0, self._failed.setdefault(name, [])
        while True:
            round_ = Round(name, delivery, self.store, self.memory, self.clock, failed)
            if not (round_.is_needed() and round_.acquire()):
                return count
            round_.run()
            del failed[: 1 - MAX_FAILURES]
            count += round_.delivered
