"""A store in one SQLite file, by nothing but the standard library.

The file is in WAL mode: whoever reads doesn't wait for the writer, nor the writer for them. ``synchronous`` is FULL: what
was committed is on the disk when the block ends, and outlives a power cut. With NORMAL, the last transactions before a
power cut may be lost, although members have been told of them; what a commit would gain is one wait for the disk.
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
from wiifm.stores.protocol import Table
from wiifm.stores.sqlite_rows import TYPES, SqliteDatabase, SqliteReader, SqliteWriter

APPLICATION = 0x77696966
"""The number in the head of a file that says whose it is: "wiif"."""

WAL = [("wal",)]

PAUSE = 0.005
"""So many seconds whoever waits for others lets pass before asking again: all of them alike, however long they have waited."""

_WAYS_OUT = {
    sqlite3.SQLITE_NOTADB: "this is no SQLite database; name another file",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full; make room, and try again",
    sqlite3.SQLITE_READONLY: "it can't be written; allow it, for the file and for its folder, or read a copy in another one",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened; its folder must be there, and both be readable and writable: make it so, or read a copy in another one",
    sqlite3.SQLITE_PERM: "it can't be opened; allow it, for the file and for its folder",
    sqlite3.SQLITE_IOERR: "the disk fails or is full; look at the system's log",
}


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
        path: the file; where there is none, ``prepare`` makes it.
        timeout: for how many seconds a writer waits for its turn.

    Raises:
        StoreFault: the file can't be opened, or is something else.
    """

    pragmas: ClassVar[tuple[str, ...]] = (
        "synchronous = FULL",
        "cache_size = -16384",
        "wal_autocheckpoint = 8000",
        "journal_size_limit = 67108864",
    )
    """Each connection holds up to 16 MB of the file, in place of 2; and 32 MB are committed, in place of 4, before they are moved
    into the file, since many pages are written again and again till then. While somebody reads for long, none are: what that made the
    log of commits larger than 64 MB, it gives back."""

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 30) -> None:
        place = os.fspath(path)
        if place in ("", ":memory:"):
            raise StoreFault(
                f"{place!r}: found no file to keep rows in, expected a path; MemoryStore() keeps them in memory"
            )
        self._path = Path(place).absolute()
        self._file: tuple[int, int] | None = None
        """The device and number of the file that was opened: another one may come to stand under its name."""
        super().__init__(place, timeout)
        if self._is_there():
            self._connect().close()

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make the file, the tables and the indexes that aren't there yet; a copy may have lost the WAL mode."""
        with closing(self._connect("rwc")) as connection:
            if self.say(connection, "PRAGMA journal_mode") != WAL:
                self._switch_to_wal(connection)
        super().prepare(tables)

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        """Where others make the file at this moment, SQLite gives up at once: it is us who wait."""
        found = self._insist(connection, "PRAGMA journal_mode = WAL", self._timeout)
        if found != WAL:
            raise StoreFault(
                f"{self.place}: found a file system without shared memory, expected a local disk"
            )

    def told(self, error: sqlite3.Error) -> StoreFault:
        """What SQLite says, as a sentence that tells the way out."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreBusy(
                f"{self.place}: another process has been writing for {self._timeout:g} s; "
                "try again, or allow more time (timeout=60 in its URL)"
            )
        if code in _WAYS_OUT:
            return StoreFault(f"{self.place}: {_WAYS_OUT[code]} (SQLite says: {error})")
        if "no such table" in str(error):
            return NotPrepared(f"{self.place}: there is {error}")
        return StoreFault(f"{self.place}: {error}")

    def say(
        self, connection: sqlite3.Connection, sql: str, cells: Sequence[object] = ()
    ) -> list[Any]:
        """Have a statement executed; answers its rows."""
        try:
            return connection.execute(sql, cells).fetchall()
        except sqlite3.Error as error:
            raise self.told(error) from error

    def _is_there(self) -> bool:
        """Whether there is anything under the path."""
        try:
            return self._path.exists()
        except OSError as error:  # no way to it, or no name of a file
            raise StoreFault(f"{self.place}: it can't be looked at ({error.strerror})") from None

    def _address(self) -> str:
        return str(self._path)

    def _connect(self, mode: str = "rw") -> sqlite3.Connection:
        if self._connections.torn():
            # SQLite would take the parent's locks for its own, and lose what is written here.
            raise StoreFault(
                f"{self.place}: found a process that was forked in the middle of a transaction; "
                "fork between transactions, or spawn"
            )
        self._must_be_the_same()
        if self._is_there() and self._path.is_dir():
            raise StoreFault(f"{self.place}: found a folder, expected a file")
        if mode == "rw" and not self._is_there():
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
            raise self.told(error) from error
        try:
            self._recognise(connection)
            for each in self.pragmas:
                self.say(connection, f"PRAGMA {each}")
            self._file = self._file or self._found()
        except BaseException:
            connection.close()
            raise
        return connection

    def _found(self) -> tuple[int, int] | None:
        """The device and number of the file that stands under the path; None where none does."""
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _must_be_the_same(self) -> None:
        """SQLite would go on with a file that was removed, and lose what is written there."""
        if self._file is not None and self._file != self._found():
            raise StoreFault(
                f"{self.place}: the file was removed, or another one put in its place, since it was opened, and what is "
                "written there is lost; stop all that have it open, restore it, and record the rest once more"
            )

    def _recognise(self, connection: sqlite3.Connection) -> None:
        """The file must be a store, or be empty."""
        # In this order: another process may be making both at this moment, in one transaction.
        tables = self.say(connection, "SELECT name FROM sqlite_master")
        ((found,),) = self.say(connection, "PRAGMA application_id")
        if found != APPLICATION and (found or tables):
            raise StoreFault(
                f"{self.place}: found an SQLite database of something else, expected a store of wiifm; "
                "name another file"
            )

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    def _begin_reading(self, connection: sqlite3.Connection) -> None:
        self._must_be_the_same()
        self._be_patient(connection, self._timeout)
        self.say(connection, "BEGIN")
        # Its state of the tables is that of its first question.
        self.say(connection, "SELECT 1 FROM sqlite_master LIMIT 1")

    def _begin_writing(self, connection: sqlite3.Connection, timeout: float) -> None:
        # SQLite itself asks the less often the longer it waits: whoever came last would have the turn first.
        self._must_be_the_same()
        self._be_patient(connection, 0)
        self._insist(connection, "BEGIN IMMEDIATE", timeout)
        self._be_patient(connection, timeout)

    def _insist(self, connection: sqlite3.Connection, sql: str, timeout: float) -> list[Any]:
        """Say something again and again, as long as others are at it, for so many seconds; answers its rows."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.say(connection, sql)
            except StoreBusy:
                if time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE)

    def _be_patient(self, connection: sqlite3.Connection, timeout: float) -> None:
        self.say(connection, f"PRAGMA busy_timeout = {int(timeout * 1000)}")

    def _commit(self, connection: sqlite3.Connection) -> None:
        self.say(connection, "COMMIT")
        self._must_be_the_same()

    def _reader(self, connection: sqlite3.Connection) -> SqliteReader:
        return SqliteReader(self, connection)

    def _writer(self, connection: sqlite3.Connection) -> SqliteWriter:
        return SqliteWriter(self, connection)

    def _tables(self, connection: sqlite3.Connection, names: list[str]) -> dict[str, Table]:
        kinds: dict[str, str] = {type: kind for kind, type in TYPES.items()}
        asked = [json.dumps(names)]
        columns = self.say(connection, _COLUMNS, asked)
        return described(
            ((table, column, kinds.get(type, type), at) for table, column, type, at in columns),
            self.say(connection, _INDEXES, asked),
        )

    def _make_room(self, connection: sqlite3.Connection) -> None:
        self.say(connection, f"PRAGMA application_id = {APPLICATION}")
