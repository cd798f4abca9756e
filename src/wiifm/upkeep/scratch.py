"""A file for what can be made again at any time: it is written fast, and need not outlive a power cut whole."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from wiifm.stores.protocol import Row, Table
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep.file_lock import lock

PREFIX = "wiifm-"
HELD = "held"
"""The file that whoever uses a folder holds locked."""

A_MOMENT = 60
"""So many seconds whoever makes a folder has to lock it."""


class Scratch(SqliteStore):
    """A store in one SQLite file of which a power cut may take the last transactions; a process that dies takes none.

    It waits for the disk only once in a while, holds more of the file in memory, and leaves it to SQLite to find rows that
    don't fit: they come from another store, or are looked at when they are moved to one.
    """

    pragmas = ("synchronous = NORMAL", "cache_size = -65536", "wal_autocheckpoint = 8000")

    @staticmethod
    def fitting(place: str, table: Table, rows: Iterable[Row]) -> list[Row]:
        """Rows, none of which is looked at."""
        return list(rows)


@contextmanager
def temporary() -> Iterator[Scratch]:
    """One that is gone when the block ends; those that others left who were killed go, too."""
    _clear_away()
    with (
        TemporaryDirectory(prefix=PREFIX) as folder,
        (Path(folder) / HELD).open("w") as held,
        closing(Scratch(Path(folder) / "scratch.db")) as scratch,
    ):
        lock(held)
        yield scratch


def _clear_away() -> None:
    """Remove what was left by whoever doesn't live any more."""
    for held in Path(gettempdir()).glob(f"{PREFIX}*/{HELD}"):
        with suppress(OSError):  # somebody else's, or gone already
            if time.time() - held.stat().st_mtime < A_MOMENT:
                continue
            with held.open("r+") as file:
                if lock(file):
                    shutil.rmtree(held.parent)
