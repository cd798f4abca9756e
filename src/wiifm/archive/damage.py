"""Tells a damaged store from a bug, once work over a store has failed: it looks for a row that wiifm can't have written.

A store is changed by hand, or by a disk, and that shows wherever a row is used: in decoding it, in a fold, in a reading. So nothing is
checked on the way there. Whatever fails in the end is looked into here, which costs nothing while all is well. What can't be
shown to be damage isn't called so: a bug stays the error that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from math import inf
from time import monotonic
from traceback import walk_tb
from typing import TypeVar

from attrs import define, field

from wiifm.archive.commits import body_of, commits, present_seal, redactions_of
from wiifm.archive.paging import pages
from wiifm.archive.sound import UNREADABLE, Soundness
from wiifm.archive.stored_book import digest_in, kept_book
from wiifm.archive.tables import COMMITS, TABLES
from wiifm.archive.unsound import Unsound
from wiifm.faults import InvalidEvent, NotPrepared, WiifmError
from wiifm.program import Program, compile_book
from wiifm.rulebook.book import RuleBook
from wiifm.stores.damaged import StoreDamaged
from wiifm.stores.integrity import check_integrity
from wiifm.stores.protocol import Reading, Row, Store, Table, place_of

T = TypeVar("T")

PAGE = 5_000
"""How many rows are looked at together."""


@define(eq=False)
class Damage:
    """Looks for damage in a store, by the program of its rule book.

    That takes as long as reading the whole store. So if there is none, it doesn't look again for an error from the same line, and an engine,
    for which others wait meanwhile, stops after a time.
    """

    store: Store
    program: Callable[[], Program]
    tables: Collection[Table]
    """The tables in which it looks. There are none where a store is recomputed, whose damage another one would be blamed for."""
    unreadable: dict[str, Callable[[Row], str | None]] = field(factory=dict)
    """By table, what finds the column of a row that can't be read, for rows that modules write of which this one doesn't know."""
    longest: float = 5.0
    """After how many seconds it stops looking."""
    _cleared: set[tuple[type, str, int]] = field(factory=set)

    def tell(self, error: BaseException) -> None:
        """Look whether an error is due to damage, if it is one that damage can lead to.

        Raises:
            StoreDamaged: it is. The message says where the damage is, and what to do.
        """
        if self.tables and isinstance(error, UNREADABLE) and not isinstance(error, WiifmError):
            self.look_into(error)

    def look_into(self, error: BaseException) -> None:
        """The same for an error that damage may have led to."""
        raised_at = _place_of(error)
        if raised_at in self._cleared:
            return
        try:
            found = next(self._unsound(), None)
        except StoreDamaged as damaged:
            raise damaged from error
        except (WiifmError, *UNREADABLE):
            return
        if found is not None:
            raise found.fault(place_of(self.store)) from error
        self._cleared.add(raised_at)
        error.add_note(
            "If somebody may have changed the store, wiifm verify tells whether they did."
        )

    def _unsound(self) -> Iterator[Unsound]:
        """The cells that wiifm can't have written: first those that can't be right by themselves, then those whose commit sealed others.

        Raises:
            StoreDamaged: there are none, but the database says that it is damaged.
        """
        end = monotonic() + self.longest
        soundness = Soundness(self.program(), self.unreadable)
        with self.store.reading() as reading:
            yield from unsound_cells(reading, soundness, self.tables, end)
            if COMMITS in self.tables:
                yield from _unsealed(reading, end)
        check_integrity(self.store, end - monotonic())


def unsound_cells(
    reading: Reading, soundness: Soundness, tables: Iterable[Table], end: float = inf
) -> Iterator[Unsound]:
    """The cells of some tables that wiifm can't have written, as far as the tables exist, and the cells are found until ``end``."""
    for table in tables:
        try:
            for page in _until(end, pages(reading.scan(table), PAGE)):
                yield from soundness.unsound(reading, table, page)
        except NotPrepared:
            continue


def _until(end: float, found: Iterable[T]) -> Iterator[T]:
    """What is found until a moment of the monotonic clock."""
    return takewhile(lambda _: monotonic() < end, found)


def _unsealed(reading: Reading, end: float) -> Iterator[Unsound]:
    """The commits that sealed other rows than there are now, as far as they are found until ``end``."""
    for commit in _until(end, commits(reading)):
        salt, body = present_seal(commit, redactions_of(reading, commit))
        if body_of(reading, commit, salt) != body:
            (row,) = reading.find(COMMITS, [(commit.no,)])
            first, last = commit.events
            expected = f"the hash of events {first + 1} to {last}, of their entries and receipts"
            yield Unsound(COMMITS, row, "body", expected)


def _place_of(error: BaseException) -> tuple[type, str, int]:
    """The type of an error, and the file and line in which it was raised."""
    *_, (frame, line) = walk_tb(error.__traceback__)
    return type(error), frame.f_code.co_filename, line


@contextmanager
def damage_told(
    store: Store, book: RuleBook | None, tables: Collection[Table] = TABLES
) -> Iterator[None]:
    """A block of upkeep over a store. If it fails because of damage, that is what it raises.

    An event that the store's own rule book doesn't accept is damage, too.

    Args:
        store: the store.
        book: its rule book, if that isn't to be taken from the store, or another one.
        tables: the tables in which damage is looked for.

    Raises:
        StoreDamaged: it failed because of damage.
    """

    def program() -> Program:
        is_own = book is not None and book.digest == digest_in(store)
        return compile_book(book if is_own and book is not None else kept_book(store))

    try:
        yield
    except InvalidEvent as error:
        Damage(store, program, tables, longest=inf).look_into(error)
        raise
    except Exception as error:
        Damage(store, program, tables, longest=inf).tell(error)
        raise
