"""What an archive holds, decided anew from its log in another one, by the same or another rule book."""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.paging import pages
from wiifm.archive.tables import HOLDERS
from wiifm.ledger import Holder
from wiifm.stores.protocol import Reading
from wiifm.upkeep.replay import SIZE, batches, commit_of, in_order_of_time, replay

KIND = "rescored behind "
"""The kind of commit by which all was decided anew: up to another one, in the order of time; what came later, as it came."""


def base_of(kind: str) -> int:
    """The commit up to which all was decided in the order of time, as the kind of another one tells.

    >>> base_of("rescored behind 7"), base_of("rescored behind 7, archived before 0 up to 3")
    (7, 7)
    """
    return int(kind.removeprefix(KIND).partition(",")[0])


def remade(
    reading: Reading,
    into: Archive,
    base: int,
    upto: int | None = None,
    holders: int | None = None,
) -> None:
    """Decide anew what was recorded up to a commit (all of it unless given), as far as it wasn't yet.

    Events up to the commit ``base`` come in the order of time, later ones as they came. Holders keep their numbers: so
    many of them (unless given, all who have one when it is begun).

    Raises:
        InvalidEvent: the book can't take an event.
    """
    _enrol(reading, into, holders)
    in_order_of_time(reading, into, commit_of(reading, base)[1])
    replay(batches(reading, base, upto), into)


def _enrol(reading: Reading, into: Archive, most: int | None) -> None:
    """Number all holders that there are: somebody may have entries of whom another book knows nothing."""
    for page in pages(reading.scan(HOLDERS, most=most), SIZE):
        into.enrol([Holder(row[1], str(row[2])) for row in page])  # type: ignore[arg-type]
