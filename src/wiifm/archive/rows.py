"""The rows of the ledger in a store: those of a batch, and those written before, which are looked up by number."""

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
    """The rows of the ledger: those of this batch, and those before, which are looked up by number."""

    scope: TransactionScope
    program: Program
    log: StoredLog
    fresh: Rows[Booked]
    base: int = 0
    held: dict[int, Row] = field(factory=dict)
    read: dict[int, Booked] = field(factory=dict)
    """What those that are held say, as far as somebody asked."""
    holders: dict[int, History] = field(factory=dict)
    """Whose they are: histories in name only."""
    former: dict[tuple[str, str, Slot, bool], Grant] = field(factory=dict)
    """What was booked by under an earlier book."""

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
        """The rows behind so many."""
        return map(self.__getitem__, range(count, len(self)))

    def first_cells(self, count: int) -> list[History]:
        """The histories of the rows of this batch behind so many."""
        return self.fresh.first_cells(count - self.base)

    def grants(self, count: int) -> Iterator[tuple[Event, Grant]]:
        """For which events those rows were booked, and by what."""
        return self.fresh.grants(count - self.base)

    def append(self, row: Booked) -> None:
        """Add a row."""
        self.fresh.append(row)

    def truncate(self, count: int) -> None:
        """Not needed: a batch that fails is rolled back by the store."""
        self.fresh.truncate(count - self.base)

    def let_go(self) -> None:
        """Hold nothing of what was written before."""
        self.held.clear()
        self.read.clear()
        self.holders.clear()

    def row(self, no: int) -> Row:
        """An entry that was written before, as it stands in the store."""
        if no not in self.held:
            self.hold(self.scope.open.find(ENTRIES, [(no,)]))
        return self.held[no]

    def hold(self, rows: Collection[Row]) -> list[int]:
        """Take entries as they stand in the store, and all that is needed to read them; answers their numbers."""
        self.held.update((int(row[NO]), row) for row in rows)  # type: ignore[arg-type]
        self.log.known.recall(str(row[EVENT]) for row in rows)
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
        """The grant of the book by which a row was booked; or one that the book has no more."""
        found = self.program.grants.get((rule, slot))
        if found is not None and (found.purse, found.graded) == (purse, graded):
            return found
        key = (rule, purse, slot, graded)
        if key not in self.former:
            self.former[key] = Grant(rule, purse, slot, "", graded)
        return self.former[key]
