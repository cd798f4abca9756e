"""What another rule book would change for whom, without touching anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.stored_book import check_digest, deciding_book, facts
from wiifm.differences import difference
from wiifm.ledger import Amount, Award, Holder, Standing
from wiifm.program import compile_book
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.stores.protocol import Store
from wiifm.upkeep.checkpoint import begun, scratch_store
from wiifm.upkeep.previous import PreviousHoldings
from wiifm.upkeep.rebuild import rebuild
from wiifm.upkeep.shadow import Shadow


@frozen
class Change:
    """What a holder has, and would have.

    >>> ann = Holder("member", "ann")
    >>> one, two = (Standing(holder=ann, points={"points": each}) for each in (3, 5))
    >>> Change(ann, one, two).gains
    {'points': 2}
    >>> print(Change(ann, one, two))
    ann: points 3, but 5
    """

    holder: Holder
    before: Standing
    after: Standing

    def __str__(self) -> str:
        return difference(self.before, self.after)

    @property
    def gains(self) -> Mapping[str, Amount]:
        """What would come to each purse that would have more or less."""
        before, after = self.before.points, self.after.points
        found = {purse: after.get(purse, 0) - before.get(purse, 0) for purse in {**before, **after}}
        return {purse: amount for purse, amount in found.items() if amount}

    @property
    def given(self) -> list[Award]:
        """The badges that would appear."""
        return _only(self.after, self.before)

    @property
    def gone(self) -> list[Award]:
        """The badges that would go."""
        return _only(self.before, self.after)


def _only(one: Standing, other: Standing) -> list[Award]:
    there = {(each.badge, each.tier, each.occurrence) for each in other.badges}
    return [each for each in one.badges if (each.badge, each.tier, each.occurrence) not in there]


def preview(
    store: Store, book: RuleBook, before: RuleBook | None = None, folder: Path | None = None
) -> Iterator[Change]:
    """Who would have more, or less, or other badges or levels by another rule book, holder by holder.

    Nothing in the store is changed, of whichever version its tables are. What is made meanwhile is left in the folder, if one is given, so that
    ``rescore`` goes on from there.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from wiifm.events import Event
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> other = RuleBook.parse("[book]\\nid = 'none'\\n[purse.points]\\n[purse.learning]\\ndecimals = 1")
    >>> [str(each).splitlines()[0] for each in preview(store, other)]
    ['ann: points 5, but 0']

    Args:
        before: the book that decided what is there; the one that is kept in the store unless given. Of its plugins' functions none is
            called, so that they may be of a later version by now.

    Raises:
        StoreFault: as :func:`rescore`, or the book before can't be made again.
        InvalidEvent: the book can't take an event that was recorded.
    """
    decided = compile_book(deciding_book(store, before))
    with scratch_store(folder, store, book) as scratch:
        anew = Shadow.open(scratch, book)
        with store.reading() as reading:
            check_digest(decided.book, facts(reading)["book"], "look at it again")
            rebuild(reading, anew, begun(reading, scratch, book).order)
            with anew.reading():
                yield from _changes(PreviousHoldings(decided, reading), anew)


def _changes(there: PreviousHoldings, anew: Archive) -> Iterator[Change]:
    """Holder by holder: first those who would have anything, then those who wouldn't any more."""
    for history in anew.credited():
        before = there.standing(history.holder)
        after = standing_of(anew.program, history.holder, history)
        if before != after:
            yield Change(history.holder, before, after)
    for before in there.standings():
        if not anew.knows(before.holder):
            after = _standing(anew, before.holder)
            if before != after:
                yield Change(before.holder, before, after)


def _standing(archive: Archive, holder: Holder) -> Standing:
    """What a holder has; many are asked for, one after the other, so nothing of them is held."""
    found = standing_of(archive.program, holder, archive.flow.histories.get(holder))
    archive.histories.forget_all()
    return found
