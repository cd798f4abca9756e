"""The days that are kept in a store beside those that its events come to."""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.tables import COMMITS, DAYS, DAYS_UPTO
from wiifm.culture.packing import packed
from wiifm.culture.stale_days import touched
from wiifm.culture.stored_days import StoredDays, is_current, upto_of
from wiifm.stores.protocol import Reading, Row
from wiifm.upkeep.compare_rows import Difference


def other_day(reading: Reading, anew: Archive) -> Difference | None:
    """The first day that is kept and isn't what its events come to, as far as it didn't change since.

    Days whose texts are of another version are read by nobody, and so are told of by nobody.

    Args:
        anew: the same, decided once more.
    """
    rows = list(reading.scan(DAYS_UPTO))
    if not rows:
        stray = next(reading.scan(DAYS, most=1), None)
        return (
            None
            if stray is None
            else _told("days", stray[0], "a row", "none: they were read up to no commit")
        )
    found = upto_of(rows[0])
    if len(rows) > 1 or (found is not None and not is_current(reading, found)):
        return _told(
            "days_upto",
            rows[0][0],
            f"the link {rows[0][1]!r}",
            "one row, the link of a commit behind which nothing was erased",
        )
    if found is None:
        return None
    with anew.reading():
        return _first(reading, anew, found[0])


def _first(reading: Reading, anew: Archive, no: int) -> Difference | None:
    session = anew.scope.open
    ((_, events, entries, *_),) = session.find(COMMITS, [(no,)])
    changed = touched(session, anew.book, int(str(events)), int(str(entries)))
    stored: dict[int, Row] = {int(str(row[0])): row for row in reading.scan(DAYS)}
    for day in StoredDays(anew).all_days():
        found, expected = stored.pop(day.ordinal, None), (day.ordinal, *packed(day))
        if day.ordinal not in changed and found != expected:
            columns = [*DAYS.columns] if found else []
            differing = [
                c for c, one, two in zip(columns, found or (), expected, strict=False) if one != two
            ]
            what = " and ".join(differing)
            return _told(
                "days",
                day.ordinal,
                f"another text in {what}" if found else "nothing",
                "what its events come to",
            )
    stray = min(stored, default=None)
    return None if stray is None else _told("days", stray, "a row", "none: no event is of this day")


def _told(table: str, key: object, found: str, expected: str) -> Difference:
    return Difference(table, str(key), None, None, None, found, expected)
