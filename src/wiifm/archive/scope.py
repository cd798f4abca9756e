"""The transaction in which an archive reads and writes, shared by all its parts."""

from __future__ import annotations

from attrs import define

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Writing


@define(eq=False)
class TransactionScope:
    """Holds the open transaction."""

    session: Writing | None = None
    cells: int = 0
    """How many items of tables in states were loaded since they were last evicted."""

    @property
    def open(self) -> Writing:
        """The open transaction."""
        if self.session is None:
            raise StoreFault(
                "the archive was used outside of a transaction; use it in a block of reading() or writing()"
            )
        return self.session
