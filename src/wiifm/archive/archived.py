"""Which events were archived, and so had their free texts erased, as the commits that erased note it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from wiifm.archive.tables import COMMITS
from wiifm.stores.protocol import Reading, Row

_NOTE = re.compile(r", archived before (-?\d+) up to (\d+)")
_KIND, _BOOK, _LINK = (COMMITS.place(name) for name in ("kind", "book", "link"))


@frozen
class Span:
    """A range of archived events: those before a moment whose number in the log isn't greater than ``upto``.

    The moment is in microseconds since 1970. ``book`` is the digest of the rule book by which it was decided which texts are free; it isn't
    part of the range.

    >>> Span(before=1_000, upto=7).has(at=999, no=7)
    True
    """

    before: int
    upto: int
    book: str = field(default="", eq=False)

    @property
    def note(self) -> str:
        """What the kind of a commit says of it, at its end. It is part of the format of stores.

        >>> Span(before=1_000, upto=7).note
        ', archived before 1000 up to 7'
        """
        return f", archived before {self.before} up to {self.upto}"

    def has(self, at: int, no: int) -> bool:
        """Whether an event is one of those."""
        return at < self.before and no <= self.upto


def spans_of(commits: Iterable[Row]) -> Iterator[Span]:
    """What some commits say was archived."""
    for row in commits:
        if found := _NOTE.search(str(row[_KIND])):
            yield Span(int(found[1]), int(found[2]), str(row[_BOOK]))


@define
class ArchivedSpans:
    """What was archived in a store. Commits are read once, and later only those that were added."""

    _found: list[Span] = field(factory=list)
    _last: tuple[int, str] = (0, "")
    """The number and the link of the last commit that was read."""

    def read(self, reading: Reading) -> list[Span]:
        """All that was archived up to now."""
        no, link = self._last
        rows = reading.find(COMMITS, [(no,)])
        if not rows or rows[0][_LINK] != link:  # the first time; or a backup was restored
            no, self._found, self._last = 0, [], (0, "")
        for row in reading.scan(COMMITS, since=(no + 1,)):
            self._found += spans_of([row])
            self._last = int(str(row[0])), str(row[_LINK])
        return self._found
