"""What an archive holds of its store, part by part: no part depends on another, and what was let go of is recalled."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define

from wiifm.archive.holders import StoredGates, StoredHistories
from wiifm.archive.ledger import StoredAccounts
from wiifm.archive.log import StoredLog, StoredRelations
from wiifm.archive.read_through import read_through
from wiifm.archive.scope import TransactionScope
from wiifm.folds.ghosts import Ghosts

MOST_HELD = 50_000
"""So many events are held, and so many keys of each gate: those that were asked for last. Once more objects, members, entries or items of
the tables of states are, all of these are let go."""

STATES_HELD = MOST_HELD // 3
"""So many states of holders are, since they are that much larger: a community of 16,000 stays at hand."""


@define(eq=False)
class Cache:
    """The parts that recall what they are asked for, and hold it."""

    scope: TransactionScope
    log: StoredLog
    relations: StoredRelations
    histories: StoredHistories
    gates: StoredGates
    lines: StoredAccounts
    ghosts: Ghosts | None

    def evict(self) -> None:
        """Hold nothing more of the parts that hold too much, but the latest events."""
        self.log.known.keep(MOST_HELD)
        self.log.taken_back.keep(MOST_HELD)
        if self.ghosts is not None:
            read_through(self.ghosts.found).keep(MOST_HELD)
        for relations in self._relations():
            if relations.size > MOST_HELD:
                relations.forget_all()
        for histories in (self.histories.member, self.histories.unit, self.histories.community):
            read_through(histories).keep(STATES_HELD)
        if self.scope.cells > MOST_HELD:
            self.histories.furnish()
            self.scope.cells = 0
        for states in self.gates.states.values():
            read_through(states).keep(MOST_HELD)
        if self.lines.size > MOST_HELD:
            self.lines.forget_all()

    def forget_all(self) -> None:
        """Hold nothing of any part."""
        self.log.forget_all()
        if self.ghosts is not None:
            read_through(self.ghosts.found).forget()
        for relations in self._relations():
            relations.forget_all()
        self.histories.forget_all()
        self.gates.forget_all()
        self.lines.forget_all()

    def _relations(self) -> Iterator[StoredRelations]:
        """What the events say that count, and what all say, where that is asked for."""
        yield self.relations
        if self.ghosts is not None:
            assert isinstance(self.ghosts.relations, StoredRelations)
            yield self.ghosts.relations
