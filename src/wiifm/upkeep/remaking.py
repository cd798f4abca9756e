"""What an archive holds, decided anew from its log in another one, by the same or another rule book."""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.tables import HOLDERS
from wiifm.ledger import Holder
from wiifm.stores.protocol import Reading
from wiifm.upkeep.replay import batches, commit_of, in_order_of_time, replay

KIND = "rescored behind "
"""The kind of commit by which all was decided anew: up to another one, in the order of time; what came later, as it came."""


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
    with into.reading():
        begun = into.histories.count > 0
    if not begun:
        rows = reading.scan(HOLDERS, most=holders)
        into.enrol(Holder(row[1], str(row[2])) for row in rows)  # type: ignore[arg-type]
    in_order_of_time(reading, into, commit_of(reading, base)[1])
    replay(batches(reading, base, upto), into)
