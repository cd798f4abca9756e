"""A store in one SQLite file, by nothing but the standard library.

The file is in WAL mode: whoever reads doesn't wait for the writer, nor the writer for them. ``synchronous`` is FULL: what
was committed is on the disk when the block ends, and outlives a power cut. With NORMAL, the last transactions before a
power cut may be lost, although members have been told of them; what a commit would gain is one wait for the disk.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, TypeVar

from wiifm.faults import NotPrepared, StoreBusy, StoreFault
from wiifm.stores import statements
from wiifm.stores.behind import Behind, Work
from wiifm.stores.catalogue import described
from wiifm.stores.database import DatabaseStore, Reader, Writer
from wiifm.stores.fitting import distinct, fitting, twice
from wiifm.stores.protocol import Key, Kind, Row, Table
from wiifm.stores.statements import Dialect

T = TypeVar("T")

_Adding: TypeAlias = Callable[[Dialect, Table, int], str]
"""What says that so many rows are added."""

APPLICATION = 0x77696966
"""The number in the head of a file that says whose it is: "wiif"."""

WAL = [("wal",)]

_TYPES: dict[Kind, str] = {"integer": "INTEGER", "text": "TEXT", "bytes": "BLOB"}
_STRICT = ["STRICT"] if sqlite3.sqlite_version_info >= (3, 37) else []

DIALECT = Dialect(
    types=_TYPES,
    mark="?",
    whole_index=False,
    hint='INDEXED BY "{}"',
    by_integer=", ".join(_STRICT),
    by_others=", ".join([*_STRICT, "WITHOUT ROWID"]),
)

_MANY = 256
"""How many rows are worth a thread."""

_SIZES = (128, 32, 8, 4, 2, 1)
"""For how many keys at once there are statements: few, so that each is compiled once; and no more than 999 cells."""

_ADDED = (512, 128, 32, 8, 1)
"""For how many rows at once there are statements; SQLite works on each of these without Python."""

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
WHERE sqlite_master.type = 'table' ORDER BY sqlite_master.name, of.cid"""
_INDEXES = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'"


class _Reader(Reader[sqlite3.Connection]):
    """Reads, and takes rows one by one from cursors."""

    def __init__(self, store: SqliteStore, connection: sqlite3.Connection) -> None:
        super().__init__(store, connection)
        self._told, self._fitting = store.told, store.fitting
        self._cursors: set[sqlite3.Cursor] = set()

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        rows: list[Row] = []
        for part in _parts(distinct(keys), _SIZES):
            width, count = len(part[0]), len(part)
            if count == 1:
                sql = statements.select(DIALECT, table, index, width)
            else:
                sql = statements.select_each(DIALECT, table, index, width, count)
            rows += self._ask(sql, tuple(chain.from_iterable(part)))
        return rows

    def scan(
        self,
        table: Table,
        within: Key = (),
        index: str | None = None,
        *,
        since: Key | None = None,
        before: Key | None = None,
        backwards: bool = False,
        most: int | None = None,
    ) -> Iterator[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        bounds = (len(key) if key is not None else None for key in (since, before))
        sql = statements.scan(
            DIALECT, table, index, len(within), *bounds, backwards, most is not None
        )
        limit = (most,) if most is not None else ()
        cells = (*within, *(since or ()), *(before or ()), *limit)
        with self:
            self.settle()
            try:
                cursor = self._connection.execute(sql, cells)
            except sqlite3.Error as error:
                raise self._told(error) from error
        self._cursors.add(cursor)
        return self._taken(cursor)

    def _taken(self, cursor: sqlite3.Cursor) -> Iterator[Row]:
        try:
            yield from chain(cursor)  # which doesn't close it, as the cursor alone would be
        except sqlite3.Error as error:
            with self:
                raise self._told(error) from error
        finally:
            if cursor in self._cursors:
                self._cursors.discard(cursor)
                cursor.close()

    def end(self) -> None:
        """End, and take no more rows: a cursor that is still open would hold on to its state of the tables."""
        super().end()
        if self._process == os.getpid():
            while self._cursors:
                self._cursors.pop().close()


class _Writer(_Reader, Writer[sqlite3.Connection]):
    """The same, and changes. Many rows are written by a thread of its own, while whoever wrote them goes on."""

    def __init__(self, store: SqliteStore, connection: sqlite3.Connection) -> None:
        super().__init__(store, connection)
        self._behind = Behind()

    def _have(self, work: Work, count: int) -> None:
        """Have so many rows written: behind those that are being written, or at once."""
        with self:
            alone = not self._cursors  # nobody takes rows one by one meanwhile
            if alone and (self._behind.busy or count >= _MANY):
                self._behind.do(work)
            else:
                self.settle()
                work()

    def settle(self) -> None:
        """Wait until all is written that is to be."""
        self._behind.wait()

    def end(self) -> None:
        """End; what is still to be written isn't."""
        try:
            self._behind.end()
        finally:
            super().end()

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        self._add(statements.insert_each, table, rows)

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        self._add(statements.put_each, table, rows)

    def _add(self, sql: _Adding, table: Table, rows: Iterable[Row]) -> None:
        with self:
            found = self._fitting(self._place, table, rows)
            self._have(lambda: self._write(sql, table, found), len(found))

    def _write(self, sql: _Adding, table: Table, rows: list[Row]) -> None:
        for part in _parts(rows, _ADDED):
            try:
                cells = list(chain.from_iterable(part))
                self._connection.execute(sql(DIALECT, table, len(part)), cells)
            except sqlite3.IntegrityError as error:
                if len(part) > 1:  # one of them can't be added: none of them was
                    self._write(sql, table, part[: len(part) // 2])
                    self._write(sql, table, part[len(part) // 2 :])
                else:  # it says "UNIQUE constraint failed: fruit.name"
                    fitting(self._place, table, part)
                    columns = re.findall(r"\.(\w+)", str(error))
                    raise StoreFault(f"{self._place}: {twice(table, columns, part[0])}") from error
            except (OverflowError, UnicodeError):
                fitting(self._place, table, part)
                raise
            except sqlite3.Error as error:
                raise self._told(error) from error

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = distinct(keys)
            if found:
                self._have(lambda: self._delete(table, found), len(found))

    def _delete(self, table: Table, keys: list[Key]) -> None:
        try:
            sql = statements.delete(DIALECT, table, len(keys[0]))
            self._connection.executemany(sql, keys)
        except sqlite3.Error as error:
            raise self._told(error) from error


def _parts(rows: list[T], sizes: Iterable[int]) -> Iterator[list[T]]:
    """Keys or rows, cut into parts of the sizes for which there are statements."""
    start = 0
    for size in sizes:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


class SqliteStore(DatabaseStore[sqlite3.Connection]):
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

    dialect = DIALECT
    pragmas: ClassVar[tuple[str, ...]] = ("synchronous = FULL",)
    fitting = staticmethod(fitting)

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 30) -> None:
        place = os.fspath(path)
        if place in ("", ":memory:"):
            raise StoreFault(
                f"{place!r}: found no file to keep rows in, expected a path; MemoryStore() keeps them in memory"
            )
        self._path = Path(place).absolute()
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
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                found = self.say(connection, "PRAGMA journal_mode = WAL")
                break
            except StoreBusy:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.01)
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
                "try again, or allow more time (timeout=...)"
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
        except BaseException:
            connection.close()
            raise
        return connection

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
        self._be_patient(connection, self._timeout)
        self.say(connection, "BEGIN")
        # Its state of the tables is that of its first question.
        self.say(connection, "SELECT 1 FROM sqlite_master LIMIT 1")

    def _begin_writing(self, connection: sqlite3.Connection, timeout: float) -> None:
        self._be_patient(connection, timeout)
        self.say(connection, "BEGIN IMMEDIATE")

    def _be_patient(self, connection: sqlite3.Connection, timeout: float) -> None:
        self.say(connection, f"PRAGMA busy_timeout = {int(timeout * 1000)}")

    def _commit(self, connection: sqlite3.Connection) -> None:
        self.say(connection, "COMMIT")

    def _reader(self, connection: sqlite3.Connection) -> _Reader:
        return _Reader(self, connection)

    def _writer(self, connection: sqlite3.Connection) -> _Writer:
        return _Writer(self, connection)

    def _tables(self, connection: sqlite3.Connection) -> dict[str, Table]:
        kinds: dict[str, str] = {type: kind for kind, type in _TYPES.items()}
        columns = self.say(connection, _COLUMNS)
        return described(
            ((table, column, kinds.get(type, type), at) for table, column, type, at in columns),
            self.say(connection, _INDEXES),
        )

    def _make_room(self, connection: sqlite3.Connection) -> None:
        self.say(connection, f"PRAGMA application_id = {APPLICATION}")
