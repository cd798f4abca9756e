"""What the holders of a store have by its present rule book, read without opening an archive.

An archive would migrate tables of an earlier version. A preview must not change the store, so it reads the rows of the holders directly.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import field, frozen

from wiifm.archive.codec import unpack
from wiifm.archive.state_codec import unpack_state
from wiifm.archive.tables import HOLDERS
from wiifm.ledger import Holder, HolderKind, Standing
from wiifm.memory import is_credited
from wiifm.program import Program
from wiifm.records import History, State
from wiifm.standing import standing_of
from wiifm.stores.protocol import Reading, Row


@frozen(eq=False)
class PreviousHoldings:
    """The standings in a store, by the program of its rule book."""

    program: Program
    session: Reading
    _kinds: dict[HolderKind, type[State]] = field(factory=dict)

    def standing(self, holder: Holder) -> Standing:
        """What a holder has; a standing with nothing in it if the store doesn't know them."""
        rows = self.session.find(HOLDERS, [holder], index="name")
        return standing_of(self.program, holder, self._history(rows[0]) if rows else None)

    def standings(self) -> Iterator[Standing]:
        """The standings of all holders whom any activity credits, or might have credited."""
        for row in self.session.scan(HOLDERS):
            history = self._history(row)
            if is_credited(history):
                yield standing_of(self.program, history.holder, history)

    def _history(self, row: Row) -> History:
        """A history with only what a standing needs: the state, and what was kept."""
        kind, name, state, kept = row[1], row[2], row[8], row[9]
        holder = Holder(kind, str(name))  # type: ignore[arg-type]
        found = History(holder, unpack_state(str(state), self._state(holder.kind), {}))
        found.kept = unpack(str(kept)) if kept is not None else {}
        return found

    def _state(self, kind: HolderKind) -> type[State]:
        """A class of states that accepts any field names: an earlier wiifm packed what badges measure under other names."""
        if kind not in self._kinds:
            known = type(self.program.states[kind]())
            self._kinds[kind] = type(known.__name__, (known,), {"queues": {}})
        return self._kinds[kind]
