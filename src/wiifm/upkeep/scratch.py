"""A file for what can be made again at any time: it is written fast, and need not outlive a power cut whole."""

from __future__ import annotations

from wiifm.stores.sqlite import SqliteStore


class Scratch(SqliteStore):
    """A store in one SQLite file of which a power cut may take the last transactions; a process that dies takes none.

    It waits for the disk only once in a while.
    """

    pragmas = ("synchronous = NORMAL",)
