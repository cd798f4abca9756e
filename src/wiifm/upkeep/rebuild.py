"""Recompute an archive from its log in another archive, by the same or another rule book.

The events of the past are taken in the order of time, which is fast. The events since a base commit are taken batch by batch, as they came, so
that a run can continue while others record.
"""

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
"""The beginning of the kind of each commit that replaced the derived tables by recomputed ones. It is part of the format of stores."""

_ORDER = re.compile(KIND + r"(\d+)(?:, (\d+) at once)?")
_DEFAULT_SIZE = 20_000
"""The size of commits of earlier versions, which don't say it."""


@frozen
class Order:
    """The order in which a log is recomputed: up to the commit ``base`` in the order of time, ``size`` events at once; after it, batch by batch.

    >>> Order(7, size=500).kind
    'rescored behind 7, 500 at once'
    >>> Order.of("rescored behind 7, 500 at once, archived before 0 up to 3")
    Order(base=7, size=500)
    >>> Order.of("rescored behind 7").size  # an earlier version, which doesn't say it
    20000
    """

    base: int
    size: int

    @property
    def kind(self) -> str:
        """The kind of a commit that used this order."""
        return f"{KIND}{self.base}, {self.size} at once"

    @classmethod
    def of(cls, kind: str) -> Self:
        """The order that a commit used, by its kind, which begins with :data:`KIND`.

        Raises:
            ValueError: no number follows, as somebody changed it.
        """
        found = _ORDER.match(kind)
        if found is None:
            raise ValueError(f"found a commit {kind!r}, expected {KIND}a number")
        return cls(int(found[1]), int(found[2] or _DEFAULT_SIZE))


def rebuild(
    reading: Reading,
    into: Archive,
    order: Order,
    upto: int | None = None,
    holders: int | None = None,
) -> None:
    """Recompute a log in the archive ``into``, continuing after the events that it has already.

    Args:
        reading: the archive that has the log.
        into: the archive to fill.
        order: the order of the events.
        upto: the last commit to take; unless given, all commits.
        holders: how many holders keep their numbers; unless given, all that have one now.

    Raises:
        InvalidEvent: the book of ``into`` doesn't accept an event.
    """
    _number_holders(reading, into, holders)
    in_order_of_time(reading, into, commit_of(reading, order.base)[1], order.size)
    replay(batches(reading, order.base, upto), into)


def _number_holders(reading: Reading, into: Archive, most: int | None) -> None:
    """Give the holders the numbers that they have. All of them: a holder whom the new book doesn't credit may have entries to correct."""
    for page in pages(reading.scan(HOLDERS, most=most), SIZE):
        into.number_holders([Holder(row[1], str(row[2])) for row in page])  # type: ignore[arg-type]
