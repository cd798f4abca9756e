"""A store in one SQLite file, using only the standard library.

The file is in WAL mode: readers and the writer don't wait for each other. ``synchronous`` is FULL: what was committed is on
the disk when the block ends, and survives a power cut. NORMAL would save a commit one wait for the disk, but a power cut
could lose the last transactions, of which members may have been notified already.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from wiifm.faults import NotPrepared, StoreBusy, StoreFault
from wiifm.stores.catalogue import described
from wiifm.stores.damaged import StoreDamaged
from wiifm.stores.protocol import Table
from wiifm.stores.sqlite_rows import (
    SQLITE_ERRORS,
    TYPES,
    SqliteDatabase,
    SqliteReader,
    SqliteWriter,
)

APPLICATION_ID = 0x77696966
"""The ``application_id`` in the header of a store's file: "wiif"."""

WAL = [("wal",)]

RETRY_PAUSE = 0.005
"""The seconds between two attempts to get the writer's turn. They don't grow, so that all writers have the same chance."""

_SOLUTIONS = {
    sqlite3.SQLITE_NOTADB: "this isn't an SQLite database; name another file",
    sqlite3.SQLITE_FULL: "the disk is full; free some space, and try again",
    sqlite3.SQLITE_READONLY: "it can't be written; make the file and its folder writable, or read a copy in another folder",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened; its folder must exist, and the file and the folder must be readable and writable: "
    "make them so, or read a copy in another folder",
    sqlite3.SQLITE_PERM: "it can't be opened; make the file and its folder readable and writable",
    sqlite3.SQLITE_IOERR: "the disk fails or is full; look at the system's log",
}

_DAMAGED = "the file is damaged; restore it from a backup, once no process has it open"

_COLUMNS = """
SELECT sqlite_master.name, of.name, of.type, of.pk FROM sqlite_master, pragma_table_info(sqlite_master.name) AS of
WHERE sqlite_master.type = 'table' AND sqlite_master.name IN (SELECT value FROM json_each(?)) ORDER BY sqlite_master.name, of.cid"""
_INDEXES = """
SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND tbl_name IN (SELECT value FROM json_each(?))"""


class SqliteStore(SqliteDatabase):
    """A store in one SQLite file, which any number of threads and processes may use at once.

    >>> from tempfile import TemporaryDirectory
    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> with TemporaryDirectory() as folder:
    ...     store = SqliteStore(Path(folder) / "acme.db")
    ...     store.prepare([fruit])
    ...     with store.writing() as writing:
    ...         writing.insert(fruit, [("plum", 2), ("apple", 3)])
    ...     with store.reading() as reading:
    ...         found = list(reading.scan(fruit))
    ...     store.close()
    >>> found
    [('apple', 3), ('plum', 2)]

    Args:
        path: the file; if it doesn't exist, ``prepare`` creates it.
        timeout: how many seconds a writer waits for its turn.

    Raises:
        StoreFault: the file can't be opened, or isn't a store.
    """

    pragmas: ClassVar[tuple[str, ...]] = (
        "synchronous = FULL",
        "cache_size = -16384",
        "wal_autocheckpoint = 8000",
        "journal_size_limit = 67108864",
    )
    """Each connection caches 16 MB of the file, instead of 2. A checkpoint comes after 32 MB of commits, instead of 4, since many pages are
    written again and again until then. A long reading delays checkpoints; if the WAL then grows over 64 MB, it is truncated afterwards.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 30) -> None:
        place = os.fspath(path)
        if place in ("", ":memory:"):
            raise StoreFault(
                f"{place!r}: found no file to keep rows in, expected a path; MemoryStore() keeps them in memory"
            )
        self._path = Path(place).absolute()
        self._file: tuple[int, int] | None = None
        """The device and inode of the file that was opened, to notice if another file takes its place."""
        super().__init__(place, timeout)
        if self._exists():
            self._connect().close()

    def __str__(self) -> str:
        return f"sqlite:///{self.place}"

    def prepare(self, tables: Iterable[Table]) -> None:
        """Create the file, and the tables and indexes that don't exist yet. A copied file may have to be set to WAL mode again."""
        with closing(self._connect("rwc")) as connection:
            if self.execute(connection, "PRAGMA journal_mode") != WAL:
                self._switch_to_wal(connection)
        super().prepare(tables)

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL mode, waiting for other processes that create the file: for this, SQLite itself doesn't wait."""
        found = self._retry_while_busy(connection, "PRAGMA journal_mode = WAL", self._timeout)
        if found != WAL:
            raise StoreFault(
                f"{self.place}: found a file system without shared memory, expected a local disk"
            )

    def check_integrity(self, longest: float) -> None:
        """Have SQLite check itself for at most ``longest`` seconds; an index that lacks a row makes a lookup fail, and SQLite doesn't say so by itself.

        Raises:
            StoreDamaged: SQLite says that it is damaged.
        """
        end = time.monotonic() + longest
        with closing(self._connect()) as connection:
            connection.set_progress_handler(lambda: time.monotonic() >= end, 1_000)
            try:
                found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            except SQLITE_ERRORS as error:
                if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                    return
                raise self.fault(error) from error
        if found != "ok":
            last = found.splitlines()[-1]
            raise StoreDamaged(f"{self.place}: {_DAMAGED} (SQLite says: {last})")

    def fault(self, error: Exception) -> StoreFault:
        """The fault that an error of SQLite is reported as, with a message that says how to solve the problem."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreBusy(
                f"{self.place}: another process has been writing for {self._timeout:g} s; "
                "try again, or allow more time (timeout=60 in its URL)"
            )
        if code == sqlite3.SQLITE_CORRUPT or "decode" in str(
            error
        ):  # a text, or the message itself
            return StoreDamaged(f"{self.place}: {_DAMAGED} (SQLite says: {error})")
        if code in _SOLUTIONS:
            return StoreFault(f"{self.place}: {_SOLUTIONS[code]} (SQLite says: {error})")
        if "no such table" in str(error):
            return NotPrepared(f"{self.place}: there is {error}")
        return StoreFault(f"{self.place}: {error}")

    def execute(
        self, connection: sqlite3.Connection, sql: str, cells: Sequence[object] = ()
    ) -> list[Any]:
        """Execute a statement with its cells; returns the rows of its result."""
        try:
            return connection.execute(sql, cells).fetchall()
        except SQLITE_ERRORS as error:
            raise self.fault(error) from error

    def _exists(self) -> bool:
        """Whether the path exists."""
        try:
            return self._path.exists()
        except OSError as error:  # a folder may not be entered, or the path can't be one
            raise StoreFault(f"{self.place}: it can't be accessed ({error.strerror})") from None

    def _identity(self) -> str:
        return str(self._path)

    def _connect(self, mode: str = "rw") -> sqlite3.Connection:
        if self._connections.were_open_at_fork():
            # SQLite would take the parent's locks for its own, and writes would be lost.
            raise StoreFault(
                f"{self.place}: found a process that was forked in the middle of a transaction; "
                "fork between transactions, or spawn"
            )
        self._check_same_file()
        if self._exists() and self._path.is_dir():
            raise StoreFault(f"{self.place}: found a folder, expected a file")
        if mode == "rw" and not self._exists():
            raise NotPrepared(f"{self.place}: there is no such file")
        try:
            connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode={mode}",
                uri=True,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
        except sqlite3.Error as error:
            raise self.fault(error) from error
        try:
            self._check_application_id(connection)
            for each in self.pragmas:
                self.execute(connection, f"PRAGMA {each}")
            self._file = self._file or self._file_id()
        except BaseException:
            connection.close()
            raise
        return connection

    def _file_id(self) -> tuple[int, int] | None:
        """The device and inode of the file at the path; None if there is none."""
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _check_same_file(self) -> None:
        """Check that the file at the path is the one that was opened. SQLite would go on with a removed file, and lose what is written to it."""
        if self._file is not None and self._file != self._file_id():
            raise StoreFault(
                f"{self.place}: since it was opened the file was removed, or another one put in its place, and what is written to it "
                "is lost; stop all processes that have it open, restore it, and record again what is missing"
            )

    def _check_application_id(self, connection: sqlite3.Connection) -> None:
        """Check that the file is a store, or empty."""
        # In this order, since another process may be committing both right now, in one transaction.
        tables = self.execute(connection, "SELECT name FROM sqlite_master")
        ((found,),) = self.execute(connection, "PRAGMA application_id")
        if found != APPLICATION_ID and (found or tables):
            raise StoreFault(
                f"{self.place}: found an SQLite database of another application, expected a store of wiifm; "
                "name another file"
            )

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    def _begin_reading(self, connection: sqlite3.Connection) -> None:
        self._check_same_file()
        self._set_busy_timeout(connection, self._timeout)
        self.execute(connection, "BEGIN")
        # SQLite takes the snapshot with the first query.
        self.execute(connection, "SELECT 1 FROM sqlite_master LIMIT 1")

    def _begin_writing(self, connection: sqlite3.Connection, timeout: float) -> None:
        # SQLite's own busy handler retries less and less often, so the latest of several writers would win.
        self._check_same_file()
        self._set_busy_timeout(connection, 0)
        self._retry_while_busy(connection, "BEGIN IMMEDIATE", timeout)
        self._set_busy_timeout(connection, timeout)

    def _retry_while_busy(
        self, connection: sqlite3.Connection, sql: str, timeout: float
    ) -> list[Any]:
        """Execute a statement again and again while others hold the lock, for at most ``timeout`` seconds; returns its rows."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.execute(connection, sql)
            except StoreBusy:
                if time.monotonic() > deadline:
                    raise
            time.sleep(RETRY_PAUSE)

    def _set_busy_timeout(self, connection: sqlite3.Connection, timeout: float) -> None:
        self.execute(connection, f"PRAGMA busy_timeout = {int(timeout * 1000)}")

    def _commit(self, connection: sqlite3.Connection) -> None:
        self.execute(connection, "COMMIT")
        self._check_same_file()

    def _reader(self, connection: sqlite3.Connection) -> SqliteReader:
        return SqliteReader(self, connection)

    def _writer(self, connection: sqlite3.Connection) -> SqliteWriter:
        return SqliteWriter(self, connection)

    def _tables(self, connection: sqlite3.Connection, names: list[str]) -> dict[str, Table]:
        kinds: dict[str, str] = {type: kind for kind, type in TYPES.items()}
        asked = [json.dumps(names)]
        columns = self.execute(connection, _COLUMNS, asked)
        return described(
            ((table, column, kinds.get(type, type), at) for table, column, type, at in columns),
            self.execute(connection, _INDEXES, asked),
        )

    def _initialise(self, connection: sqlite3.Connection) -> None:
        self.execute(connection, f"PRAGMA application_id = {APPLICATION_ID}")
