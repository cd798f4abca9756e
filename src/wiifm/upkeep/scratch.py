"""A store in an SQLite file for data that can be recomputed: it writes fast, and gives up durability over a power failure."""

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
LOCK_FILE = "held"
"""The file in a temporary folder that the process that uses the folder keeps locked."""

GRACE = 60
"""How many seconds old a lock file has to be before its folder can count as abandoned: a new one may not be locked yet."""


class Scratch(SqliteStore):
    """A store in an SQLite file that may lose its last transactions in a power failure, but none if the process is killed.

    It seldom waits for the disk, and caches more of the file in memory. It doesn't check rows before it writes them: they come from another store,
    or are checked when they are moved to one.
    """

    pragmas = ("synchronous = NORMAL", "cache_size = -65536", "wal_autocheckpoint = 8000")

    @staticmethod
    def fitting(place: str, table: Table, rows: Iterable[Row]) -> list[Row]:
        """The rows as they are, unchecked."""
        return list(rows)


@contextmanager
def temporary() -> Iterator[Scratch]:
    """A scratch store in a temporary folder, which is removed when the block ends. It also removes folders that killed processes left."""
    _remove_abandoned()
    with (
        TemporaryDirectory(prefix=PREFIX) as folder,
        (Path(folder) / LOCK_FILE).open("w") as held,
        closing(Scratch(Path(folder) / "scratch.db")) as scratch,
    ):
        lock(held)
        yield scratch


def _remove_abandoned() -> None:
    """Remove the temporary folders whose lock file no process has locked."""
    for held in Path(gettempdir()).glob(f"{PREFIX}*/{LOCK_FILE}"):
        with suppress(OSError):  # another user's, or gone already
            if time.time() - held.stat().st_mtime < GRACE:
                continue
            with held.open("r+") as file:
                if lock(file):
                    shutil.rmtree(held.parent)
