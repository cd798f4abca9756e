"""The ids of the events that wait for the creator of their object, in a store."""

from __future__ import annotations

from collections.abc import Iterator, MutableSet

from attrs import define, field

from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import PENDING


@define(eq=False)
class Pending(MutableSet[str]):
    """The ids of waiting events, with the changes of this batch. Their number is counted once, and then kept."""

    scope: TransactionScope
    changed: dict[str, bool] = field(factory=dict)
    _stored: int | None = None

    def add(self, event: str) -> None:
        """Note that an event waits."""
        self.changed[event] = True

    def discard(self, event: str) -> None:
        """Note that an event doesn't wait any more."""
        self.changed[event] = False

    def __contains__(self, event: object) -> bool:
        return event in set(self)

    def __iter__(self) -> Iterator[str]:
        stored = {str(name) for (name,) in self.scope.open.scan(PENDING)}
        stored -= {event for event, waits in self.changed.items() if not waits}
        return iter(stored | {event for event, waits in self.changed.items() if waits})

    def __len__(self) -> int:
        if self.changed:
            return len(set(self))
        if self._stored is None:
            self._stored = sum(1 for _ in self.scope.open.scan(PENDING))
        return self._stored

    def shelve(self) -> None:
        """Write the changes."""
        if not self.changed:
            return
        known = {
            str(name) for (name,) in self.scope.open.find(PENDING, [(e,) for e in self.changed])
        }
        gone = [(event,) for event in known if not self.changed[event]]
        come = [(e,) for e, waits in self.changed.items() if waits and e not in known]
        if gone:
            self.scope.open.delete(PENDING, gone)
        self.scope.open.insert(PENDING, come)
        if self._stored is not None:
            self._stored += len(come) - len(gone)
        self.changed.clear()

    def forget(self) -> None:
        """Clear the cache: others may have changed the table."""
        self.changed.clear()
        self._stored = None
