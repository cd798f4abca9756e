"""Preview what another rule book would change for each holder, without changing the store."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.paging import pages
from wiifm.archive.stored_book import check_digest, deciding_book, facts
from wiifm.arguments import checked_book
from wiifm.differences import joined
from wiifm.ledger import Amount, Award, Holder, Standing
from wiifm.memory import is_credited
from wiifm.program import Program, compile_book
from wiifm.records import History
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.stores.protocol import Store
from wiifm.upkeep.checkpoint import open_checkpoint, scratch_store
from wiifm.upkeep.opening import folder_of, opened_for
from wiifm.upkeep.previous import PreviousHoldings
from wiifm.upkeep.rebuild import rebuild
from wiifm.upkeep.shadow import Shadow

PAGE = 500
"""How many holders are compared at once."""


@frozen
class Change:
    """What a holder has (``before``) and would have by another rule book (``after``).

    >>> ann = Holder("member", "ann")
    >>> one, two = (Standing(holder=ann, points={"points": each}) for each in (3, 5))
    >>> Change(ann, one, two).gains
    {'points': 2}
    >>> print(Change(ann, one, two))
    ann: points 3, then 5
    """

    holder: Holder
    before: Standing
    after: Standing

    def __str__(self) -> str:
        return joined(self.before, self.after, "then")

    @property
    def gains(self) -> Mapping[str, Amount]:
        """The change of each purse that would change; negative if it would have less."""
        before, after = self.before.points, self.after.points
        found = {purse: after.get(purse, 0) - before.get(purse, 0) for purse in {**before, **after}}
        return {purse: amount for purse, amount in found.items() if amount}

    @property
    def given(self) -> list[Award]:
        """The awards that the holder would have in addition."""
        return _missing_in(self.before, self.after)

    @property
    def gone(self) -> list[Award]:
        """The awards that the holder would lose."""
        return _missing_in(self.after, self.before)


def _missing_in(other: Standing, one: Standing) -> list[Award]:
    """The awards of ``one`` that ``other`` doesn't have."""
    there = {(each.badge, each.tier, each.occurrence) for each in other.badges}
    return [each for each in one.badges if (each.badge, each.tier, each.occurrence) not in there]


def preview(
    store: Store | str,
    book: RuleBook,
    before: RuleBook | None = None,
    folder: str | Path | None = None,
) -> Generator[Change, None, None]:
    """Preview a :func:`rescore`: iterate over a :class:`Change` for each holder whose points, badges or levels would change by another rule book.

    The store isn't changed, whatever the version of its tables. With a folder, the recomputed state is left in it, and ``rescore`` continues
    from there. It is recomputed when the first change is asked for. Until the iterator is exhausted or closed, it keeps a snapshot of the
    store open. Any thread may ask for the next change.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from wiifm.events import Event
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> other = RuleBook.parse("[book]\\nid = 'none'\\n[purse.points]\\n[purse.learning]\\ndecimals = 1")
    >>> [str(each).splitlines()[0] for each in preview(store, other)]
    ['ann: points 5, then 0']

    Args:
        store: an open store, or its URL.
        book: the other rule book.
        before: the rule book of the store; unless given, the one that is kept in it. None of its plugins' functions is called, so that
            they may be of a later version by now.
        folder: where to keep the recomputed state.

    Raises:
        InvalidInput: one of the rule books isn't one, or the folder can't be used.
        StoreFault: as :func:`rescore`, or the rule book of the store can't be loaded from it.
        InvalidEvent: the new book doesn't accept an event that was recorded.
    """
    was = None if before is None else checked_book(before, "before")
    found = _preview(store, checked_book(book), was, folder_of(folder))
    next(found)
    return found


def _preview(
    store: Store | str, book: RuleBook, before: RuleBook | None, folder: Path | None
) -> Generator[Any, None, None]:
    """Yield None once the store is open and its book is known, and then the changes. So what is wrong with the arguments is told at once."""
    with opened_for(store, book) as found:
        decided = compile_book(deciding_book(found, before))
        with found.reading() as reading:
            check_digest(decided.book, facts(reading)["book"], "preview again")
        yield None
        yield from _previewed(found, decided, book, folder)


def _previewed(
    store: Store, decided: Program, book: RuleBook, folder: Path | None
) -> Iterator[Change]:
    with scratch_store(folder, store, book) as scratch:
        shadow = Shadow.open(scratch, book)
        with store.reading() as reading:
            check_digest(decided.book, facts(reading)["book"], "preview again")
            rebuild(reading, shadow, open_checkpoint(reading, scratch, book).order)
            for page in _changes(PreviousHoldings(decided, reading), shadow):
                yield from page


def _changes(stored: PreviousHoldings, recomputed: Archive) -> Iterator[list[Change]]:
    """The changes: first of the holders that the new book credits, then of those that only the store credits.

    Between two pages no lock of a thread is held, so that each may be asked for in another thread.
    """
    after = 0
    while True:
        with recomputed.reading():
            page = recomputed.histories.page(after, PAGE)
            found = [*_of_credited(page, stored, recomputed)]
        yield found
        if len(page) < PAGE:
            break
        after = page[-1].no
    for standings in pages(stored.standings(), PAGE):
        with recomputed.reading():
            found = [*_of_others(standings, recomputed)]
        yield found


def _of_credited(
    page: Iterable[History], stored: PreviousHoldings, recomputed: Archive
) -> Iterator[Change]:
    for history in filter(is_credited, page):
        before = stored.standing(history.holder)
        after = standing_of(recomputed.program, history.holder, history)
        if before != after:
            yield Change(history.holder, before, after)


def _of_others(standings: Iterable[Standing], recomputed: Archive) -> Iterator[Change]:
    for before in standings:
        if not recomputed.knows(before.holder):
            after = _standing(recomputed, before.holder)
            if before != after:
                yield Change(before.holder, before, after)


def _standing(archive: Archive, holder: Holder) -> Standing:
    """The standing of a holder, whose history isn't cached: there may be many of them, and each is read once."""
    found = standing_of(archive.program, holder, archive.flow.histories.get(holder))
    archive.histories.forget_all()
    return found
