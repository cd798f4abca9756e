"""A store in a schema of a PostgreSQL database, by psycopg (extra ``postgres``).

A writer takes an advisory lock of the schema first, so there is one at a time over all processes and machines. Whoever
reads has a snapshot, and waits for nobody. Whether a commit outlives a power cut is as the server has it
(``synchronous_commit``; it does unless somebody has switched that off).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from typing import Any, TypeAlias

from wiifm.faults import StoreFault, literal
from wiifm.stores import statements
from wiifm.stores.catalogue import described
from wiifm.stores.database import DatabaseStore, Reader, Writer, counted
from wiifm.stores.fitting import distinct, fitting
from wiifm.stores.protocol import Columns, Key, Kind, Only, Row, Table
from wiifm.stores.statements import Dialect, Picked

try:
    import psycopg
    from psycopg import pq
    from psycopg.conninfo import conninfo_to_dict
except ImportError as missing_extra:
    raise ImportError(
        "a store in PostgreSQL needs psycopg; install the extra: pip install 'wiifm[postgres]'"
    ) from missing_extra

from wiifm.stores.refusals import Refusals, said

DIALECT = Dialect(
    types={"integer": "bigint", "text": 'text COLLATE "C"', "bytes": "bytea"},
    mark="%b",
    whole_index=True,
)

_KINDS: dict[str, str] = {"bigint": "integer", "text": "text", "bytea": "bytes"}

_AT_ONCE = 2_000
"""How many rows a scan fetches, or a statement writes, at once at most."""

_AT_FIRST = 32
"""How many rows a scan fetches first where nobody says how many: whoever looks for one often needs no more than the first."""

_MORE = 4
"""So many times more it fetches next, as long as somebody takes them."""

_IN_LINE = 50_000
"""When so many rows were changed, the server is heard: until then they are held."""

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relname = ANY(%s::name[]) AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum"""
_SCHEMA = "SELECT nspname FROM pg_namespace WHERE nspname = %s"
_INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE tablename = ANY(%s::name[]) AND schemaname = %s"

_READ_ONLY = ("in_hot_standby", "default_transaction_read_only")
"""What a server tells of itself where nothing can be written by a session."""

_Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]


class _Reader(Reader[_Connection]):
    """Reads, some thousands of rows at once."""

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: PostgreSQL picks."""
        keys = distinct(keys)
        if not keys:
            return []
        width, (count, wanted) = len(keys[0]), counted(only)
        picked = Picked(tuple(table.columns if columns is None else columns), count)
        if len(keys) == 1:
            sql = statements.pick(DIALECT, table, index, width, picked)
            return self._ask(sql, (*keys[0], *wanted))
        sql = statements.pick_all(DIALECT, table, index, width, picked)
        cells = _by_column(table, table.ordered_by(index)[:width], keys)
        return self._ask(sql, (*cells, *wanted))

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
        """See :class:`~wiifm.stores.protocol.Reading`.

        Rows are fetched at once, the more the more were taken, each time from behind the last one: nothing stays open at the server.
        """

        def part(since: Key | None, before: Key | None, size: int) -> list[Row]:
            widths = (len(key) if key is not None else None for key in (since, before))
            sql = statements.scan(DIALECT, table, index, len(within), *widths, backwards, True)
            cells = (*within, *(since or ()), *(before or ()), size)
            return self._ask(sql, cells)

        def taken(rows: list[Row], size: int) -> Iterator[Row]:
            while rows:
                for row in rows:
                    self.must_go_on()
                    yield row
                if len(rows) < size:
                    return
                last = tuple([rows[-1][place] for place in places])
                size = min(size * _MORE, _AT_ONCE)
                rows = part(since, last, size) if backwards else part(last, before, size + 1)[1:]

        places = tuple(map(table.place, table.ordered_by(index)[len(within) :]))
        size = min(_AT_FIRST if most is None else most, _AT_ONCE)
        return islice(taken(part(since, before, size), size), most)


class _Writer(_Reader, Writer[_Connection]):
    """The same, and changes.

    These go to the server in one line, and nobody waits for each answer: the server works meanwhile, and may be far
    away. What it says to all of them is heard before anything is read or committed.
    """

    def __init__(self, store: PostgresStore, connection: _Connection) -> None:
        super().__init__(store, connection)
        self._telling = store.telling
        self._line: AbstractContextManager[psycopg.Pipeline] | None = None
        self._in_line = 0

    def settle(self) -> None:
        """Hear what the server says to the line."""
        line, self._line, self._in_line = self._line, None, 0
        if line is not None:
            with self._heard():
                line.__exit__(None, None, None)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Where the server refuses something it leaves out the rest of the line, and psycopg doesn't know any more which
        statements it has prepared: the connection is closed.
        """
        try:
            with self._telling(self._connection):
                yield
        except StoreFault:
            self._connection.close()
            raise

    def end(self) -> None:
        """End; a line that is still open is broken off."""
        try:
            if self._process == os.getpid():
                with suppress(StoreFault):
                    self.settle()
        finally:
            super().end()

    def _line_up(self, sql: str, cells: Sequence[object], count: int) -> None:
        """Put a statement in the line, which changes so many rows; the line holds no more of them than it should."""
        with self:
            if self._in_line > _IN_LINE:
                self.settle()
            with self._heard():
                if self._line is None:
                    line = self._connection.pipeline()
                    line.__enter__()
                    self._line = line
                self._connection.execute(sql.encode(), cells or None)
            self._in_line += count

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = fitting(self._place, table, rows)
        sql = statements.insert_all(DIALECT, table)
        for start in range(0, len(found), _AT_ONCE):
            part = found[start : start + _AT_ONCE]
            self._line_up(sql, _by_column(table, table.columns, part), len(part))

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = fitting(self._place, table, rows)
        sql = statements.put_all(DIALECT, table)
        for part in _parts(table, found):
            self._line_up(sql, _by_column(table, table.columns, part), len(part))

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = distinct(keys)
        if len(found) == 1:
            self._line_up(statements.delete(DIALECT, table, len(found[0])), found[0], 1)
        elif found:
            width = len(found[0])
            cells = _by_column(table, table.key[:width], found)
            self._line_up(statements.delete_all(DIALECT, table, width), cells, len(found))


def _by_column(table: Table, columns: Iterable[str], rows: Iterable[Key]) -> list[object]:
    """Rows as an array for each column."""
    columns_of_cells = zip(columns, zip(*rows, strict=True), strict=True)
    return [_array(table.columns[column], cells) for column, cells in columns_of_cells]


def _array(kind: Kind, cells: tuple[Any, ...]) -> object:
    """Cells as PostgreSQL reads an array: quicker to write, and to read, than each cell by itself."""
    if kind == "bytes":
        return [*cells]
    if kind == "integer":
        return f"{{{','.join(['NULL' if cell is None else str(cell) for cell in cells])}}}"
    if None in cells:
        each = ["NULL" if cell is None else f'"{_escaped(cell)}"' for cell in cells]
        return f"{{{','.join(each)}}}"
    whole = _escaped("\0".join(cells)).replace("\0", '","')  # no text has a NUL
    return f'{{"{whole}"}}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _parts(table: Table, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, in parts that aren't large and in which no key comes twice: one statement can't put a row two times."""
    places = tuple(map(table.place, table.key))
    part: dict[Key, Row] = {}
    for row in rows:
        key = tuple([row[place] for place in places])
        if key in part or len(part) == _AT_ONCE:
            yield list(part.values())
            part = {}
        part[key] = row
    if part:
        yield list(part.values())


class PostgresStore(DatabaseStore[_Connection]):
    """A store in a schema of a PostgreSQL database, which any number of processes on any machines may use at once.

    >>> store = PostgresStore("postgresql://wiifm:secret@db.acme.example/community?schema=acme")
    >>> store.place
    'postgresql://db.acme.example/community?schema=acme'
    >>> store.close()

    Args:
        url: as libpq has it, and ``schema`` (``wiifm``, unless it says another), which ``prepare`` makes; ``prepare=off`` where a pooler
            stands in between that hands out another session of the server for each transaction: statements that were prepared in one are
            unknown in the next, or another's.
        timeout: for how many seconds a writer waits for its turn.

    Raises:
        StoreFault: it isn't such a URL.
    """

    dialect = DIALECT

    def __init__(self, url: str, *, timeout: float = 30) -> None:
        self._parameters, self._schema, place = _read(url)
        digest = hashlib.sha256(f"wiifm {self._schema}".encode()).digest()
        self._lock = int.from_bytes(digest[:8], "big", signed=True)
        self._refusals = Refusals(place, self._schema, self._parameters, timeout)
        super().__init__(place, timeout)

    def say(self, connection: _Connection, sql: str, cells: Sequence[object] = ()) -> list[Any]:
        """Have a statement executed; answers its rows."""
        with self.telling(connection):
            cursor = connection.execute(sql.encode(), cells or None, binary=True)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def telling(self, connection: _Connection) -> Iterator[None]:
        """Tell what the server says, as a sentence with a way out."""
        try:
            yield
        except psycopg.Error as error:
            raise self._refusals.fault(error, connection) from error

    def _address(self) -> str:
        return self.place

    def _connect(self) -> _Connection:
        try:
            return psycopg.connect(**self._parameters, autocommit=True)
        except psycopg.Error as error:
            raise StoreFault(
                f"{self.place}: found no way in, expected a server that runs and knows us ({said(error)})"
            ) from None

    def _roll_back(self, connection: _Connection) -> None:
        if connection.info.transaction_status != pq.TransactionStatus.IDLE:
            connection.execute("ROLLBACK")

    def _begin_reading(self, connection: _Connection) -> None:
        # Its state of the tables is that of its first question.
        self._begin(connection, "REPEATABLE READ READ ONLY", max(0.001, self._timeout), "SELECT 1")

    def _begin_writing(self, connection: _Connection, timeout: float) -> None:
        self._begin(
            connection,
            "READ COMMITTED",
            timeout,
            "SET LOCAL statement_timeout = 0",  # which is for work, and this only waits
            f"SELECT pg_advisory_xact_lock({self._lock})",
            "SET LOCAL statement_timeout TO DEFAULT",
        )
        if any(connection.info.parameter_status(each) == "on" for each in _READ_ONLY):
            raise self._refusals.only_read()

    def _begin(self, connection: _Connection, mode: str, timeout: float, *sentences: str) -> None:
        """All of it goes to the server at once, which is possible as it isn't prepared."""
        path = f'SET LOCAL search_path = "{self._schema}"'
        patience = f"SET LOCAL lock_timeout = {int(timeout * 1000)}"
        plainly = "SET LOCAL jit = off"  # what looks up many keys takes less than compiling it
        sql = "; ".join([f"BEGIN ISOLATION LEVEL {mode}", path, patience, plainly, *sentences])
        with self.telling(connection):
            connection.execute(sql.encode(), prepare=False)

    def _commit(self, connection: _Connection) -> None:
        try:
            with self.telling(connection):
                done = connection.execute("COMMIT").statusmessage
        except ConnectionError as error:
            raise StoreFault(
                f"{self.place}: the connection was lost while the transaction was being committed; "
                "look whether it was, before you do it again"
            ) from error
        if done != "COMMIT":
            raise StoreFault(
                f"{self.place}: the server rolled the transaction back instead ({done})"
            )

    def _end_reading(self, connection: _Connection) -> None:
        with suppress(ConnectionError), self.telling(connection):  # what was read is whole by now
            connection.execute("COMMIT")

    def _reader(self, connection: _Connection) -> _Reader:
        return _Reader(self, connection)

    def _writer(self, connection: _Connection) -> _Writer:
        return _Writer(self, connection)

    def _tables(self, connection: _Connection, names: list[str]) -> dict[str, Table]:
        columns = self.say(connection, _COLUMNS, [names, self._schema])
        return described(
            ((table, column, _KINDS.get(type, type), at) for table, column, type, at in columns),
            self.say(connection, _INDEXES, [names, self._schema]),
        )

    def _make_room(self, connection: _Connection) -> None:
        if not self.say(connection, _SCHEMA, [self._schema]):
            self.say(connection, f'CREATE SCHEMA "{self._schema}"')


def _read(url: str) -> tuple[dict[str, Any], str, str]:
    """What libpq is told, the schema, and the URL as it may be shown: without user and password."""
    address, _, query = url.partition("?")
    options = dict(option.partition("=")[::2] for option in query.split("&") if option)
    schema, prepare = options.pop("schema", "wiifm"), options.pop("prepare", "on")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{,62}", schema):
        raise StoreFault(
            f"schema {literal(schema)}: expected a letter or _, and up to 62 letters, digits, _ or -"
        )
    if prepare not in ("on", "off"):
        raise StoreFault(f"prepare {literal(prepare)}: expected on or off")
    try:
        rest = "&".join(f"{name}={value}" for name, value in options.items())
        parameters = conninfo_to_dict(f"{address}?{rest}")
    except psycopg.Error:
        parameters = {}
    host = ":".join(str(parameters[key]) for key in ("host", "port") if key in parameters)
    if not parameters or "@" in host:
        raise StoreFault(
            "store: found no URL that libpq reads, expected postgresql://user:password@host:5432/database?schema=acme; "
            "in a password, write %40 for @, %3A for : and %2F for /"
        )
    place = f"postgresql://{host}/{parameters.get('dbname', '')}?schema={schema}"
    defaults = {"connect_timeout": 10, "fallback_application_name": "wiifm"}
    own = {"prepare_threshold": None} if prepare == "off" else {}
    return {**defaults, **parameters, **own}, schema, place
