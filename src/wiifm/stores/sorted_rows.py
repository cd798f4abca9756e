"""Rows in order, as a value: a copy costs next to nothing, and a change to it leaves the original as it was.

A sheet is cut into runs of some hundred rows. A copy shares them with its original, and copies a run when it first
changes it. So a transaction works on a copy: whoever reads keeps the original, and rolling back is to forget the copy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any

from attrs import define, field

from wiifm.stores.protocol import Key, Row

LONGEST = 512
"""A run that grows longer is cut into two."""


class _Top:
    """Behind every cell."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


TOP: Any = _Top()


@define(eq=False)
class _Run:
    """Neighbouring rows, and the mark of the sheet that may change them."""

    owner: object
    keys: list[Key]
    rows: list[Row]


@define(eq=False)
class SortedRows:
    """Rows in the order of their keys; no two have the same.

    >>> sheet = SortedRows()
    >>> sheet.put(("plum", 2), ("plum", 2, "blue")); sheet.put(("apple", 3), ("apple", 3, "red"))
    >>> list(sheet.between(("apple",), ("apple", TOP)))
    [('apple', 3, 'red')]
    """

    _runs: list[_Run] = field(factory=list)
    _last: list[Key] = field(factory=list)
    """The last key of each run."""
    _mark: object = field(factory=object, init=False)
    """What its own runs know it by: if they referred to it, it would only be free once Python's cycle collector came by."""

    def copy(self) -> SortedRows:
        """The same rows; from now on, neither sheet may be changed but the copy."""
        return SortedRows(list(self._runs), list(self._last))

    def get(self, key: Key) -> Row | None:
        """The row of a whole key."""
        at = bisect_left(self._last, key)
        if at == len(self._runs):
            return None
        run = self._runs[at]
        place = bisect_left(run.keys, key)
        return run.rows[place] if run.keys[place] == key else None

    def put(self, key: Key, row: Row) -> None:
        """Add a row, in place of the one that has its key."""
        at = bisect_left(self._last, key)
        if at == len(self._runs):
            self._append(key, row)
            return
        run = self._own(at)
        place = bisect_left(run.keys, key)
        if run.keys[place] == key:
            run.rows[place] = row
            return
        run.keys.insert(place, key)
        run.rows.insert(place, row)
        if len(run.keys) > LONGEST:
            self._cut(at)

    def remove(self, key: Key) -> None:
        """Take out the row of a key, which must be there."""
        at = bisect_left(self._last, key)
        run = self._own(at)
        place = bisect_left(run.keys, key)
        assert run.keys[place] == key
        del run.keys[place], run.rows[place]
        if run.keys:
            self._last[at] = run.keys[-1]
        else:
            del self._runs[at], self._last[at]

    def between(self, low: Key, high: Key, *, backwards: bool = False) -> Iterator[Row]:
        """The rows whose keys are at or behind ``low`` and ahead of ``high``."""
        first, start = self._place(low)
        last, end = self._place(high)
        runs = range(first, min(last + 1, len(self._runs)))
        for at in reversed(runs) if backwards else runs:
            rows = self._runs[at].rows
            low_at, high_at = start if at == first else 0, end if at == last else len(rows)
            if backwards:
                yield from islice(reversed(rows), len(rows) - high_at, max(len(rows) - low_at, 0))
            else:
                yield from islice(rows, low_at, high_at)

    def _place(self, key: Key) -> tuple[int, int]:
        """Where a key stands or would stand: its run, and its place therein."""
        at = bisect_left(self._last, key)
        return at, bisect_left(self._runs[at].keys, key) if at < len(self._runs) else 0

    def _append(self, key: Key, row: Row) -> None:
        """Add a row behind all others."""
        if not self._runs or len(self._runs[-1].keys) >= LONGEST:
            self._runs.append(_Run(self._mark, [], []))
            self._last.append(key)
        run = self._own(-1)
        run.keys.append(key)
        run.rows.append(row)
        self._last[-1] = key

    def _own(self, at: int) -> _Run:
        """A run that this sheet may change."""
        run = self._runs[at]
        if run.owner is not self._mark:
            run = self._runs[at] = _Run(self._mark, list(run.keys), list(run.rows))
        return run

    def _cut(self, at: int) -> None:
        run, half = self._runs[at], LONGEST // 2
        second = _Run(self._mark, run.keys[half:], run.rows[half:])
        del run.keys[half:], run.rows[half:]
        self._runs.insert(at + 1, second)
        self._last.insert(at, run.keys[-1])
