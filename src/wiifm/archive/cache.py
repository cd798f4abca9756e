"""The caches of an archive, and their limits. Each part recalls what was evicted when it is needed again."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define

from wiifm.archive.accounts import StoredAccounts
from wiifm.archive.gates import StoredGates
from wiifm.archive.holders import StoredGhosts, StoredHistories
from wiifm.archive.log import StoredLog
from wiifm.archive.relations import StoredRelations
from wiifm.archive.scope import TransactionScope

MOST_HELD = 50_000
"""How many events are cached, and how many keys of each gate; the oldest are evicted. If there are more objects, members, entries or items of
the tables of states than this, that cache is cleared."""

STATES_HELD = MOST_HELD // 3
"""How many states of holders are cached. They are larger; the active members of a community of 16,000 fit."""


@define(eq=False)
class Cache:
    """The parts of an archive that cache what they recall."""

    scope: TransactionScope
    log: StoredLog
    relations: StoredRelations
    histories: StoredHistories
    gates: StoredGates
    accounts: StoredAccounts
    ghosts: StoredGhosts | None

    def evict(self) -> None:
        """Shrink the caches that exceed their limits."""
        self.log.events.keep(MOST_HELD)
        self.log.retractions.keep(MOST_HELD)
        if self.ghosts is not None:
            self.ghosts.by_id.keep(MOST_HELD)
        for relations in self._relations():
            if relations.size > MOST_HELD:
                relations.forget_all()
        for histories in (self.histories.member, self.histories.unit, self.histories.community):
            histories.keep(STATES_HELD)
        if self.scope.cells > MOST_HELD:
            self.histories.reset_tables()
            self.scope.cells = 0
        for states in self.gates.states.values():
            states.keep(MOST_HELD)
        if self.accounts.size > MOST_HELD:
            self.accounts.forget_all()

    def forget_all(self) -> None:
        """Clear all caches."""
        self.log.forget_all()
        if self.ghosts is not None:
            self.ghosts.by_id.forget()
        for relations in self._relations():
            relations.forget_all()
        self.histories.forget_all()
        self.gates.forget_all()
        self.accounts.forget_all()

    def _relations(self) -> Iterator[StoredRelations]:
        """The relations of the events that count, and of all events, if the book needs these."""
        yield self.relations
        if self.ghosts is not None:
            yield self.ghosts.relations
