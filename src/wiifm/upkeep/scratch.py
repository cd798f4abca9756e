"""A file for what can be made again at any time: it is written fast, and need not outlive a power cut whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wiifm.stores.sqlite import SqliteStore


class Scratch(SqliteStore):
    """A store in one SQLite file of which a power cut may take the last transactions; a process that dies takes none.

    It waits for the disk only once in a while.
    """

    pragmas = ("synchronous = NORMAL",)


@contextmanager
def temporary() -> Iterator[Scratch]:
    """One that is gone when the block ends."""
    with (
        TemporaryDirectory(prefix="wiifm-") as folder,
        closing(Scratch(Path(folder) / "scratch.db")) as scratch,
    ):
        yield scratch
