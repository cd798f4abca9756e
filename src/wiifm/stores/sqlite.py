"""A store in one SQLite file, by the standard library alone.

The file is in WAL mode: whoever reads never waits for the writer, nor the writer for them. ``synchronous`` is FULL: what
is committed is on the disk before the block ends, so that it outlives a power cut. NORMAL would be faster for many
small transactions, but loses the last of them when the machine goes down, after observers have told members of them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from wiifm.faults import StoreBusy, StoreFault
from wiifm.stores import statements
from wiifm.stores.connections import Connections
from wiifm.stores.fitting import changed, distinct, misfit, twice
from wiifm.stores.protocol import Key, Kind, Row, Table
from wiifm.stores.statements import Dialect
from wiifm.stores.transaction import Transaction
from wiifm.stores.turns import Turns

APPLICATION = 0x77696966
"""The number in the head of the file that says whose it is: "wiif"."""

_STRICT = sqlite3.sqlite_version_info >= (3, 37)
_TYPES: dict[Kind, str] = {"integer": "INTEGER", "text": "TEXT", "bytes": "BLOB"}
DIALECT = Dialect(
    types=_TYPES,
    mark="?",
    whole_index=False,
    hint='INDEXED BY "{}"',
    by_integer="STRICT" if _STRICT else "",
    by_others="STRICT, WITHOUT ROWID" if _STRICT else "WITHOUT ROWID",
)

_SIZES = (128, 32, 8, 2, 1)
"""For how many keys at once there are statements: few of them, so that each is compiled once."""

_WAYS_OUT = {
    sqlite3.SQLITE_NOTADB: "this is no SQLite database; name another file",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full; make room, and try again",
    sqlite3.SQLITE_READONLY: "it can't be written; allow it for the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened; look whether the folder exists, and whether file and folder may be read and written",
    sqlite3.SQLITE_PERM: "it can't be opened; allow reading and writing for the file and its folder",
    sqlite3.SQLITE_IOERR: "the disk fails; look at the system's log",
}


def _told(place: str, timeout: float, error: Exception) -> StoreFault:
    """What SQLite says, as one sentence that tells the way out."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"{place}: another process has been writing for {timeout:g} s; try again, or allow more time (timeout=...)"
        )
    if code in _WAYS_OUT:
        return StoreFault(f"{place}: {_WAYS_OUT[code]} (SQLite says: {error})")
    return StoreFault(f"{place}: {error}")


class _Reading(Transaction):
    """Reads over a connection on which a transaction is open."""

    def __init__(self, store: SqliteStore, connection: sqlite3.Connection) -> None:
        super().__init__(store.place)
        self._store = store
        self._connection = connection
        self._cursors: set[sqlite3.Cursor] = set()

    def _execute(self, sql: str, cells: Iterable[object]) -> sqlite3.Cursor:
        self.must_go_on()
        try:
            return self._connection.execute(sql, tuple(cells))
        except sqlite3.Error as error:
            raise self._store.told(error) from error

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        rows: list[Row] = []
        for part in _parts(distinct(keys)):
            width, count = len(part[0]), len(part)
            if count == 1:
                sql = statements.select(DIALECT, table, index, width)
            else:
                sql = statements.select_each(DIALECT, table, index, width, count)
            rows += self._execute(sql, chain.from_iterable(part))
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
        widths = (len(within), *(None if key is None else len(key) for key in (since, before)))
        sql = statements.scan(DIALECT, table, index, *widths, backwards, most is not None)
        limit = () if most is None else (most,)
        cursor = self._execute(sql, (*within, *(since or ()), *(before or ()), *limit))
        self._cursors.add(cursor)
        return self._taken(cursor)

    def _taken(self, cursor: sqlite3.Cursor) -> Iterator[Row]:
        try:
            yield from cursor
        except sqlite3.Error as error:
            self.must_go_on()
            raise self._store.told(error) from error
        finally:
            self._cursors.discard(cursor)
            cursor.close()

    def end(self) -> None:
        """End, and take no more rows: a cursor that is still open would keep its state of the tables alive."""
        super().end()
        if self._process == os.getpid():
            for cursor in self._cursors:
                cursor.close()


class _Writing(_Reading):
    """The same, and changes, within one transaction."""

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        self._each_row(statements.insert(DIALECT, table), table, rows)

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        self._each_row(statements.put(DIALECT, table), table, rows)

    def _each_row(self, sql: str, table: Table, rows: Iterable[Row]) -> None:
        with self.changing():
            rows = list(rows)
            before = self._connection.total_changes
            try:
                self._connection.executemany(sql, rows)
            except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
                wrong = misfit(table, rows)
                if wrong is None and isinstance(error, sqlite3.IntegrityError):
                    columns = [
                        part.rpartition(".")[2]
                        for part in str(error).partition(": ")[2].split(", ")
                    ]
                    wrong = twice(table, columns, rows[self._connection.total_changes - before])
                if wrong is not None:
                    raise StoreFault(f"{self._place}: {wrong}") from error
                raise self._store.told(error) from error

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self.changing():
            keys = distinct(keys)
            if keys:
                sql = statements.delete(DIALECT, table, len(keys[0]))
                try:
                    self._connection.executemany(sql, keys)
                except sqlite3.Error as error:
                    raise self._store.told(error) from error

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self.changing():
            sql = statements.cut(DIALECT, table, len(within), len(since))
            self._execute(sql, (*within, *since))


def _parts(keys: list[Key]) -> Iterator[list[Key]]:
    """The keys, cut into parts of the sizes for which there are statements."""
    start = 0
    for size in _SIZES:
        while len(keys) - start >= size:
            yield keys[start : start + size]
            start += size


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _table_there(connection: sqlite3.Connection, name: str) -> Table | None:
    """What a table looks like in the file; None if it isn't there."""
    found = connection.execute(
        "SELECT name, type, pk FROM pragma_table_info(?)", (name,)
    ).fetchall()
    kinds = {declared: kind for kind, declared in _TYPES.items()}
    key = [column for place, column in sorted((pk, column) for column, _, pk in found if pk)]
    return (
        Table(name, {column: kinds[type] for column, type, _ in found}, tuple(key))
        if found
        else None
    )


class SqliteStore:
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
        path: the file; ``prepare`` makes it where there is none.
        timeout: for how many seconds a writer waits for its turn.

    Raises:
        StoreFault: the file can't be opened, or is that of something else.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 30) -> None:
        self.place = os.fspath(path)
        if self.place in ("", ":memory:"):
            raise StoreFault(
                f"{self.place!r}: found no path of a file; MemoryStore() keeps rows in memory"
            )
        self._timeout = timeout
        self._turns = Turns(self.place)
        self._connections = Connections(self.place, self._connect, _roll_back)
        if Path(self.place).exists():
            self._connect().close()

    def told(self, error: Exception) -> StoreFault:
        """What SQLite says, as one sentence that tells the way out."""
        return _told(self.place, self._timeout, error)

    def _connect(self, mode: str = "rw") -> sqlite3.Connection:
        path = Path(self.place).absolute()
        if path.is_dir():
            raise StoreFault(f"{self.place}: found a folder, expected a file")
        if mode == "rw" and not path.exists():
            raise StoreFault(f"{self.place}: there is no such file; prepare() makes it")
        try:
            connection = sqlite3.connect(
                f"{path.as_uri()}?mode={mode}",
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
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException as error:
            connection.close()
            if isinstance(error, sqlite3.Error):
                raise self.told(error) from error
            raise
        return connection

    def _recognise(self, connection: sqlite3.Connection) -> None:
        """The file must be new, or a store.

        Raises:
            StoreFault: it is the database of something else.
        """
        (found,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if found != APPLICATION and (found or tables):
            raise StoreFault(
                f"{self.place}: this is an SQLite database, but no store of wiifm; name another file"
            )

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make the file, the tables and the indexes that aren't there yet."""
        with self._turns.taken(self._timeout), closing(self._connect("rwc")) as connection:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                for table in tables:
                    self._make(connection, table)
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise self.told(error) from error
        if mode != "wal":
            raise StoreFault(
                f"{self.place}: this file system can't hold a store; expected a local disk"
            )

    def _make(self, connection: sqlite3.Connection, table: Table) -> None:
        there = _table_there(connection, table.name)
        if there is None:
            connection.execute(statements.create_table(DIALECT, table))
        elif changed(there, table):
            raise StoreFault(f"{self.place}: {changed(there, table)}")
        for index in table.indexes:
            connection.execute(statements.create_index(DIALECT, table, index))

    @contextmanager
    def reading(self) -> Iterator[_Reading]:
        """One state of all tables."""
        with self._connections.lent() as connection:
            reading = _Reading(self, connection)
            try:
                # A transaction of SQLite has its state of the tables from its first question on.
                self._ask(connection, "BEGIN", "SELECT 1 FROM sqlite_master")
                yield reading
            finally:
                reading.end()

    @contextmanager
    def writing(self) -> Iterator[_Writing]:
        """A transaction."""
        start = time.monotonic()
        with self._turns.taken(self._timeout), self._connections.lent() as connection:
            writing = _Writing(self, connection)
            left = max(0.0, self._timeout - (time.monotonic() - start))
            try:
                self._ask(
                    connection, f"PRAGMA busy_timeout = {int(left * 1000)}", "BEGIN IMMEDIATE"
                )
                yield writing
                writing.must_go_on()
                self._ask(connection, "COMMIT")
            finally:
                writing.end()

    def _ask(self, connection: sqlite3.Connection, *sentences: str) -> None:
        try:
            for sentence in sentences:
                connection.execute(sentence).close()
        except sqlite3.Error as error:
            raise self.told(error) from error

    def close(self) -> None:
        """Close the file; the store can't be used any more."""
        self._connections.close()
