"""Compare the days of culture reports that a store keeps with those that its events give."""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.tables import COMMITS, DAYS, DAYS_UPTO
from wiifm.culture.packing import packed
from wiifm.culture.stale_days import touched
from wiifm.culture.stored_days import StoredDays, is_current, upto_of
from wiifm.stores.protocol import Reading, Row
from wiifm.upkeep.compare_rows import Difference


def differing_day(reading: Reading, recomputed: Archive) -> Difference | None:
    """The first stored day that isn't what its events give.

    A day that has changed since it was stored is left out, as reports tally it anew. So are days in a format of another version, as no
    report reads them.

    Args:
        reading: the store.
        recomputed: the archive that was recomputed from its events.
    """
    rows = list(reading.scan(DAYS_UPTO))
    if not rows:
        stray = next(reading.scan(DAYS, most=1), None)
        return (
            None
            if stray is None
            else _difference("days", stray[0], "a row", "none: no commit is noted for the days")
        )
    found = upto_of(rows[0])
    if len(rows) > 1 or (found is not None and not is_current(reading, found)):
        return _difference(
            "days_upto",
            rows[0][0],
            f"the link {rows[0][1]!r}",
            "one row, with the link of a commit since which nothing was erased",
        )
    if found is None:
        return None
    with recomputed.reading():
        return _first_since(reading, recomputed, found[0])


def _first_since(reading: Reading, recomputed: Archive, no: int) -> Difference | None:
    """The first difference among the days that didn't change after the commit ``no``."""
    session = recomputed.scope.open
    ((_, events, entries, *_),) = session.find(COMMITS, [(no,)])
    changed = touched(session, recomputed.book, int(str(events)), int(str(entries)))
    stored: dict[int, Row] = {int(str(row[0])): row for row in reading.scan(DAYS)}
    for day in StoredDays(recomputed).all_days():
        found, expected = stored.pop(day.ordinal, None), (day.ordinal, *packed(day))
        if day.ordinal not in changed and found != expected:
            columns = [*DAYS.columns] if found else []
            differing = [
                c for c, one, two in zip(columns, found or (), expected, strict=False) if one != two
            ]
            what = " and ".join(differing)
            return _difference(
                "days",
                day.ordinal,
                f"another text in {what}" if found else "nothing",
                "what the events of the day give",
            )
    stray = min(stored, default=None)
    if stray is None:
        return None
    return _difference("days", stray, "a row", "none: no event is of this day")


def _difference(table: str, key: object, found: str, expected: str) -> Difference:
    return Difference(table, str(key), None, None, None, found, expected)
