"""What an archive holds of its store, part by part: no part depends on another, and what was let go of is recalled."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define

from wiifm.archive.holders import StoredGates, StoredHistories
from wiifm.archive.ledger import StoredAccounts
from wiifm.archive.log import StoredLog, StoredRelations
from wiifm.archive.past import Desk
from wiifm.archive.recalled import recalled
from wiifm.folds.ghosts import Ghosts

MOST_HELD = 50_000
"""So many events are held, the latest that were asked for. Once more objects, members, entries or keys of gates
are, all of these are let go."""

EVENTS_A_STATE = 3
"""A holder's state counts as so many, since it is that much larger: a community of 16,000 stays at hand."""


@define(eq=False)
class Held:
    """The parts that recall what they are asked for, and hold it."""

    desk: Desk
    log: StoredLog
    relations: StoredRelations
    histories: StoredHistories
    gates: StoredGates
    lines: StoredAccounts
    ghosts: Ghosts | None

    def let_go(self) -> None:
        """Hold nothing more of the parts that hold too much, but the latest events."""
        self.log.known.keep(MOST_HELD)
        self.log.taken_back.keep(MOST_HELD)
        if self.ghosts is not None:
            recalled(self.ghosts.found).keep(MOST_HELD)
        for relations in self._relations():
            if relations.size > MOST_HELD:
                relations.forget_all()
        histories = (self.histories.member, self.histories.unit, self.histories.community)
        if EVENTS_A_STATE * sum(recalled(each).size for each in histories) > MOST_HELD:
            self._forget_histories()
        if sum(recalled(each).size for each in self.gates.doors.values()) > MOST_HELD:
            self.gates.forget_all()
        if self.lines.size > MOST_HELD:
            self.lines.forget_all()

    def forget_all(self) -> None:
        """Hold nothing of any part."""
        self.log.forget_all()
        if self.ghosts is not None:
            recalled(self.ghosts.found).forget()
        for relations in self._relations():
            relations.forget_all()
        self._forget_histories()
        self.gates.forget_all()
        self.lines.forget_all()

    def _forget_histories(self) -> None:
        self.desk.clear()
        self.histories.forget_all()

    def _relations(self) -> Iterator[StoredRelations]:
        """What the events say that count, and what all say, where that is asked for."""
        yield self.relations
        if self.ghosts is not None:
            assert isinstance(self.ghosts.relations, StoredRelations)
            yield self.ghosts.relations
