"""The events that wait for the creator of their object, in a store."""

from __future__ import annotations

from collections.abc import Iterator, MutableSet

from attrs import define, field

from wiifm.archive.past import Desk
from wiifm.archive.tables import PENDING


@define(eq=False)
class Pending(MutableSet[str]):
    """The events that wait, with what this batch changed in them."""

    desk: Desk
    changed: dict[str, bool] = field(factory=dict)

    def add(self, event: str) -> None:
        """One that waits from now on."""
        self.changed[event] = True

    def discard(self, event: str) -> None:
        """One that doesn't wait any more, if it did."""
        self.changed[event] = False

    def __contains__(self, event: object) -> bool:
        return event in set(self)

    def __iter__(self) -> Iterator[str]:
        stored = {str(name) for (name,) in self.desk.open.scan(PENDING)}
        stored -= {event for event, waits in self.changed.items() if not waits}
        return iter(stored | {event for event, waits in self.changed.items() if waits})

    def __len__(self) -> int:
        return len(set(self))

    def shelve(self) -> None:
        """Write what changed."""
        gone = [(event,) for event, waits in self.changed.items() if not waits]
        if gone:
            self.desk.open.delete(PENDING, gone)
        self.desk.open.put(PENDING, [(event,) for event, waits in self.changed.items() if waits])
        self.changed.clear()
