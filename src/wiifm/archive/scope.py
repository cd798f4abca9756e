"""The transaction in which an archive reads and writes: all of its parts share one scope."""

from __future__ import annotations

from attrs import define

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Writing


@define(eq=False)
class TransactionScope:
    """The transaction that is open."""

    session: Writing | None = None
    cells: int = 0
    """How many items of the tables of states were asked for since they were let go of."""

    @property
    def open(self) -> Writing:
        """The transaction."""
        if self.session is None:
            raise StoreFault("the archive was asked for something outside of a transaction")
        return self.session
