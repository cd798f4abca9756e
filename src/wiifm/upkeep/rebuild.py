"""What an archive holds, decided anew from its log in another one, by the same or another rule book."""

from __future__ import annotations

import re
from typing import Self

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.paging import pages
from wiifm.archive.tables import HOLDERS
from wiifm.ledger import Holder
from wiifm.stores.protocol import Reading
from wiifm.upkeep.replay import SIZE, batches, commit_of, in_order_of_time, replay

KIND = "rescored behind "
"""How the kind of a commit begins by which all was decided anew."""

_ORDER = re.compile(KIND + r"(\d+)(?:, (\d+) at once)?")
_UNTOLD = 20_000
"""So many events at once were decided where the commit doesn't tell."""


@frozen
class Order:
    """In which order a log is decided anew: up to the commit ``base`` in that of time, ``size`` events at once; what came later, as it came.

    >>> Order(7, size=500).kind
    'rescored behind 7, 500 at once'
    >>> Order.of("rescored behind 7, 500 at once, archived before 0 up to 3")
    Order(base=7, size=500)
    >>> Order.of("rescored behind 7").size  # before it was told
    20000
    """

    base: int
    size: int

    @property
    def kind(self) -> str:
        """The kind of the commit by which it is done."""
        return f"{KIND}{self.base}, {self.size} at once"

    @classmethod
    def of(cls, kind: str) -> Self:
        """The order in which it was done, as the kind of the commit tells, which begins with ``KIND``.

        Raises:
            ValueError: it was changed by somebody else.
        """
        found = _ORDER.match(kind)
        if found is None:
            raise ValueError(f"found a commit {kind!r}, expected {KIND}a number")
        return cls(int(found[1]), int(found[2] or _UNTOLD))


def rebuild(
    reading: Reading,
    into: Archive,
    order: Order,
    upto: int | None = None,
    holders: int | None = None,
) -> None:
    """Decide anew what was recorded up to a commit (all of it unless given), as far as it wasn't yet.

    Holders keep their numbers: so many of them (unless given, all who have one when it is begun).

    Raises:
        InvalidEvent: the book can't take an event.
    """
    _enrol(reading, into, holders)
    in_order_of_time(reading, into, commit_of(reading, order.base)[1], order.size)
    replay(batches(reading, order.base, upto), into)


def _enrol(reading: Reading, into: Archive, most: int | None) -> None:
    """Number all holders that there are: somebody may have entries of whom another book knows nothing."""
    for page in pages(reading.scan(HOLDERS, most=most), SIZE):
        into.number_holders([Holder(row[1], str(row[2])) for row in page])  # type: ignore[arg-type]
