"""The rows of the ledger: those of this batch in memory, earlier ones looked up in the store by number."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from attrs import define, field

from wiifm.activities import Slot
from wiifm.archive.codec import slot_of, unpack
from wiifm.archive.log import StoredLog
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import ENTRIES, HOLDERS
from wiifm.events import Event
from wiifm.ledger import Holder
from wiifm.program import Program
from wiifm.records import Booked, Grant, History, Rows
from wiifm.stores.protocol import Row

NO, HOLDER, EVENT, RULE, PURSE, SLOT, AMOUNT, SAID, SAY, CORRECTS, BECAUSE, GRADE, BOOK, WAS = (
    range(14)
)


@define(eq=False)
class StoredRows:
    """The rows of the ledger, as a sequence."""

    scope: TransactionScope
    program: Program
    log: StoredLog
    fresh: Rows[Booked]
    base: int = 0
    held: dict[int, Row] = field(factory=dict)
    read: dict[int, Booked] = field(factory=dict)
    """The decoded form of cached rows, as far as it was needed."""
    holders: dict[int, History] = field(factory=dict)
    """The holders of cached rows, as histories that have only a name."""
    former_grants: dict[tuple[str, str, Slot, bool], Grant] = field(factory=dict)
    """Grants of an earlier book by which rows were booked."""

    def __len__(self) -> int:
        return self.base + len(self.fresh)

    def __getitem__(self, number: int) -> Booked:
        if number >= self.base:
            return self.fresh[number - self.base]
        found = self.read.get(number)
        if found is None:
            found = self.read[number] = self._booked(self.row(number + 1))
        return found

    def __iter__(self) -> Iterator[Booked]:
        return self.after(0)

    def after(self, count: int) -> Iterator[Booked]:
        """The rows after the first ``count``."""
        return map(self.__getitem__, range(count, len(self)))

    def first_cells(self, count: int) -> list[History]:
        """The histories of the rows after the first ``count``, which must be of this batch."""
        return self.fresh.first_cells(count - self.base)

    def grants(self, count: int) -> Iterator[tuple[Event, Grant]]:
        """The events and grants of the rows after the first ``count``, which must be of this batch."""
        return self.fresh.grants(count - self.base)

    def append(self, row: Booked) -> None:
        """Add a row."""
        self.fresh.append(row)

    def truncate(self, count: int) -> None:
        """Drop rows of this batch after the first ``count``. An archive doesn't need it: the store rolls back a batch that fails."""
        self.fresh.truncate(count - self.base)

    def forget(self) -> None:
        """Clear the cache."""
        self.held.clear()
        self.read.clear()
        self.holders.clear()

    def row(self, no: int) -> Row:
        """A row of an earlier batch, as it is stored."""
        if no not in self.held:
            self.hold(self.scope.open.find(ENTRIES, [(no,)]))
        return self.held[no]

    def hold(self, rows: Collection[Row]) -> list[int]:
        """Cache stored rows, with their events and holders; returns their numbers."""
        self.held.update((int(row[NO]), row) for row in rows)  # type: ignore[arg-type]
        self.log.events.recall(str(row[EVENT]) for row in rows)
        unknown = {row[HOLDER] for row in rows} - self.holders.keys()
        for found in self.scope.open.find(HOLDERS, [(no,) for no in unknown]) if unknown else ():
            holder = Holder(found[1], str(found[2]))  # type: ignore[arg-type]
            state = self.program.states[holder.kind]
            self.holders[int(found[0])] = History(holder, state())  # type: ignore[arg-type]
        return sorted(int(row[NO]) for row in rows)  # type: ignore[arg-type]

    def _booked(self, row: Row) -> Booked:
        rule, slot = str(row[RULE]), slot_of(str(row[SLOT]))
        grant = self._grant(rule, str(row[PURSE]), slot, row[GRADE] is not None)
        history = self.holders[int(row[HOLDER])]  # type: ignore[arg-type]
        said = None if row[SAID] is None else unpack(str(row[SAID]))
        event = self.log.events[str(row[EVENT])]
        return history, event, grant, int(str(row[AMOUNT])), said

    def _grant(self, rule: str, purse: str, slot: Slot, graded: bool) -> Grant:
        """The grant by which a row was booked: that of the book, or a stand-in if the book doesn't have it any more."""
        found = self.program.grants.get((rule, slot))
        if found is not None and (found.purse, found.graded) == (purse, graded):
            return found
        key = (rule, purse, slot, graded)
        if key not in self.former_grants:
            self.former_grants[key] = Grant(rule, purse, slot, "", graded)
        return self.former_grants[key]
