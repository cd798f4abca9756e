"""The outbox of an engine: tells its deliveries, in rounds, what they haven't been told yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import define

from wiifm.deliveries import Delivery
from wiifm.memory import Memory
from wiifm.outbox.holding import begin
from wiifm.outbox.rounds import Round
from wiifm.stores.protocol import Store


@define(eq=False)
class Outbox:
    """The deliveries of an engine by their names, and the store that knows how far each has come."""

    store: Store
    memory: Memory
    deliveries: Mapping[str, Delivery]
    clock: Callable[[], datetime]
    _begun: bool = False

    def begin(self) -> None:
        """Have deliveries that are new here begin with what is recorded from now on."""
        if not self._begun:
            with self.memory.reading():
                count = self.memory.log.size
            begin(self.store, self.deliveries, count)
            self._begun = True

    def deliver(self) -> dict[str, int]:
        """Tell each delivery what is new and what is due again; answers how many notices each took."""
        self.begin()
        return {name: self._deliver(name, each) for name, each in self.deliveries.items()}

    def _deliver(self, name: str, delivery: Delivery) -> int:
        """One round after the other: while one is under way, others may record and leave the telling to it."""
        told = 0
        while True:
            found = Round(name, delivery, self.store, self.memory, self.clock)
            if not (found.is_called_for() and found.take()):
                return told
            found.go()
            told += found.told
