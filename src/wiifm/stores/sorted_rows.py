"""Sorted rows with cheap copies: a copy shares its rows with the original, and changing the copy leaves the original as it was.

The rows are cut into runs of some hundred. A copy shares all runs, and copies a run when it first changes it (copy on
write). ``MemoryStore`` runs each transaction on a copy: readers keep the original, and a rollback drops the copy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any

from attrs import define, field

from wiifm.stores.protocol import Key, Row

LONGEST = 512
"""A run that grows longer than this many rows is split in two."""


class _Top:
    """A value that sorts after every cell."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


TOP: Any = _Top()


@define(eq=False)
class _Run:
    """Consecutive rows, and the token of the ``SortedRows`` that may change them in place."""

    owner: object
    keys: list[Key]
    rows: list[Row]


@define(eq=False)
class SortedRows:
    """Rows in the order of their keys, which are unique.

    >>> sheet = SortedRows()
    >>> sheet.put(("plum", 2), ("plum", 2, "blue")); sheet.put(("apple", 3), ("apple", 3, "red"))
    >>> list(sheet.between(("apple",), ("apple", TOP)))
    [('apple', 3, 'red')]
    """

    _runs: list[_Run] = field(factory=list)
    _last: list[Key] = field(factory=list)
    """The last key of each run."""
    _token: object = field(factory=object, init=False)
    """The token by which this object owns runs. A reference to the object itself would be a cycle, freed only by the garbage collector."""

    def copy(self) -> SortedRows:
        """A copy. From now on the original must not be changed."""
        return SortedRows(list(self._runs), list(self._last))

    def get(self, key: Key) -> Row | None:
        """The row with this complete key, or None."""
        at = bisect_left(self._last, key)
        if at == len(self._runs):
            return None
        run = self._runs[at]
        place = bisect_left(run.keys, key)
        return run.rows[place] if run.keys[place] == key else None

    def put(self, key: Key, row: Row) -> None:
        """Add a row, or replace the one with its key."""
        at = bisect_left(self._last, key)
        if at == len(self._runs):
            self._append(key, row)
            return
        run = self._owned_run(at)
        place = bisect_left(run.keys, key)
        if run.keys[place] == key:
            run.rows[place] = row
            return
        run.keys.insert(place, key)
        run.rows.insert(place, row)
        if len(run.keys) > LONGEST:
            self._split(at)

    def remove(self, key: Key) -> None:
        """Remove the row with a key, which must exist."""
        at = bisect_left(self._last, key)
        run = self._owned_run(at)
        place = bisect_left(run.keys, key)
        assert run.keys[place] == key
        del run.keys[place], run.rows[place]
        if run.keys:
            self._last[at] = run.keys[-1]
        else:
            del self._runs[at], self._last[at]

    def between(self, low: Key, high: Key, *, backwards: bool = False) -> Iterator[Row]:
        """The rows with ``low <= key < high``."""
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
        """The position of a key, or the one at which it would be inserted: its run, and its index in that run."""
        at = bisect_left(self._last, key)
        return at, bisect_left(self._runs[at].keys, key) if at < len(self._runs) else 0

    def _append(self, key: Key, row: Row) -> None:
        """Add a row after all others."""
        if not self._runs or len(self._runs[-1].keys) >= LONGEST:
            self._runs.append(_Run(self._token, [], []))
            self._last.append(key)
        run = self._owned_run(-1)
        run.keys.append(key)
        run.rows.append(row)
        self._last[-1] = key

    def _owned_run(self, at: int) -> _Run:
        """The run at an index, copied first if another object owns it."""
        run = self._runs[at]
        if run.owner is not self._token:
            run = self._runs[at] = _Run(self._token, list(run.keys), list(run.rows))
        return run

    def _split(self, at: int) -> None:
        """Split a run in two."""
        run, half = self._runs[at], LONGEST // 2
        second = _Run(self._token, run.keys[half:], run.rows[half:])
        del run.keys[half:], run.rows[half:]
        self._runs.insert(at + 1, second)
        self._last.insert(at, run.keys[-1])
