"""Which events were archived, and so had their free texts erased, as the commits that erased note it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from attrs import define, field, frozen

from wiifm.archive.tables import COMMITS, EVENTS
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
class Archived:
    """What was archived in a store. Commits are read once, and later only those that were added."""

    _found: list[Span] = field(factory=list)
    _last: tuple[int, str] = (0, "")
    """The number and the link of the last commit that was read."""

    def books(self, reading: Reading, events: Collection[str]) -> dict[str, set[str]]:
        """For each of some events, the digests of the rule books by which its texts may have been erased when it was archived; none if it wasn't."""
        found: dict[str, set[str]] = {event: set() for event in events}
        spans, columns = self._spans(reading), ("id", "at", "no")
        keys = [(event,) for event in found] if spans else []
        for event, at, no in reading.pick(EVENTS, keys, "id", columns=columns):
            found[str(event)] |= {each.book for each in spans if each.has(int(at), int(no))}  # type: ignore[arg-type]
        return found

    def _spans(self, reading: Reading) -> list[Span]:
        """All that was archived up to now."""
        no, link = self._last
        rows = reading.find(COMMITS, [(no,)])
        if not rows or rows[0][_LINK] != link:  # the first time; or a backup was restored
            no, self._found, self._last = 0, [], (0, "")
        for row in reading.scan(COMMITS, since=(no + 1,)):
            self._found += spans_of([row])
            self._last = int(str(row[0])), str(row[_LINK])
        return self._found
