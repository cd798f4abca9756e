"""A store in a schema of a PostgreSQL database, using psycopg (extra ``postgres``).

Each writer takes an advisory lock of the schema first, so that there is one at a time across all processes and machines.
Readers have a snapshot, and wait for nobody. Whether a commit survives a power cut depends on the server's
``synchronous_commit``; by default it does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from wiifm.faults import Fault, InvalidURL, StoreFault, StoreUnreachable, literal
from wiifm.stores.catalogue import described
from wiifm.stores.protocol import Table

try:
    import psycopg
    from psycopg import pq
    from psycopg.conninfo import conninfo_to_dict
except ImportError as missing_extra:
    raise ImportError(
        "a store in PostgreSQL needs psycopg; install the extra: pip install 'wiifm[postgres]'"
    ) from missing_extra

from wiifm.stores.postgres_errors import ErrorTranslator, connection_fault, first_line
from wiifm.stores.postgres_rows import Connection, PostgresDatabase, PostgresReader, PostgresWriter

_KINDS: dict[str, str] = {"bigint": "integer", "text": "text", "bytea": "bytes"}

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relname = ANY(%s::name[]) AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum"""
_SCHEMA = "SELECT nspname FROM pg_namespace WHERE nspname = %s"
_INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE tablename = ANY(%s::name[]) AND schemaname = %s"

_KEEPALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How soon the loss of a machine is noticed, unless the URL says otherwise. The system's own limit is two hours."""

_READ_ONLY = ("in_hot_standby", "default_transaction_read_only")
"""Parameters that a server reports, of which one is on if the session can't write."""


class PostgresStore(PostgresDatabase):
    """A store in a schema of a PostgreSQL database, which any number of processes on any machines may use at once.

    >>> store = PostgresStore("postgresql://wiifm:secret@db.acme.example/community?schema=acme")
    >>> store.place
    'postgresql://db.acme.example/community?schema=acme'
    >>> store.close()

    Args:
        url: a URL of libpq, with two more options. ``schema`` names the schema (``wiifm`` by default), which ``prepare`` creates.
            ``prepare=off`` turns off prepared statements; it is needed behind a pooler that may give each transaction another session,
            in which statements that were prepared in the last one are unknown.
        timeout: how many seconds a writer waits for its turn.

    Raises:
        InvalidURL: the URL isn't valid.
    """

    def __init__(self, url: str, *, timeout: float = 30) -> None:
        self._parameters, self._schema, place = _read(url)
        digest = hashlib.sha256(f"wiifm {self._schema}".encode()).digest()
        self._lock = int.from_bytes(digest[:8], "big", signed=True)
        self._errors = ErrorTranslator(place, self._schema, self._parameters, timeout)
        super().__init__(place, timeout)

    def execute(self, connection: Connection, sql: str, cells: Sequence[object] = ()) -> list[Any]:
        """Execute a statement with its cells; returns the rows of its result."""
        with self.translating_errors(connection):
            cursor = connection.execute(sql.encode(), cells or None, binary=True)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def translating_errors(self, connection: Connection) -> Iterator[None]:
        """Raise the server's errors as StoreFaults, which say how to solve the problem."""
        try:
            yield
        except psycopg.Error as error:
            raise self._errors.fault(error, connection) from error

    def _identity(self) -> str:
        return self.place

    def _connect(self) -> Connection:
        try:
            return psycopg.connect(**self._parameters, autocommit=True)
        except psycopg.Error as error:
            raise connection_fault(self.place, first_line(error), self._parameters) from None

    def _roll_back(self, connection: Connection) -> None:
        if connection.info.transaction_status != pq.TransactionStatus.IDLE:
            connection.execute("ROLLBACK")

    def _begin_reading(self, connection: Connection) -> None:
        # PostgreSQL takes the snapshot with the first query.
        self._begin(connection, "REPEATABLE READ READ ONLY", max(0.001, self._timeout), "SELECT 1")

    def _begin_writing(self, connection: Connection, timeout: float) -> None:
        self._begin(
            connection,
            "READ COMMITTED",
            timeout,
            "SET LOCAL statement_timeout = 0",  # waiting for the lock has a limit of its own
            f"SELECT pg_advisory_xact_lock({self._lock})",
            "SET LOCAL statement_timeout TO DEFAULT",
        )
        if any(connection.info.parameter_status(each) == "on" for each in _READ_ONLY):
            raise self._errors.read_only_fault()

    def _begin(self, connection: Connection, mode: str, timeout: float, *statements: str) -> None:
        """Begin a transaction and set it up, in one round trip: an unprepared query may have several statements."""
        path = f'SET LOCAL search_path = "{self._schema}"'
        lock_timeout = f"SET LOCAL lock_timeout = {int(timeout * 1000)}"
        no_jit = (
            "SET LOCAL jit = off"  # compiling a lookup of many keys takes longer than the lookup
        )
        sql = "; ".join([f"BEGIN ISOLATION LEVEL {mode}", path, lock_timeout, no_jit, *statements])
        with self.translating_errors(connection):
            connection.execute(sql.encode(), prepare=False)

    def _commit(self, connection: Connection) -> None:
        try:
            with self.translating_errors(connection):
                status = connection.execute("COMMIT").statusmessage
        except ConnectionError as error:
            raise StoreUnreachable(
                f"{self.place}: the connection was lost while the transaction was being committed, so it may be committed; "
                "give an engine the same again, since it records nothing twice; without an engine, look whether it was committed"
            ) from error
        if status != "COMMIT":
            raise StoreFault(
                f"{self.place}: the server rolled the transaction back instead ({status})"
            )

    def _end_reading(self, connection: Connection) -> None:
        # If the connection is lost now, everything has been read already.
        with suppress(ConnectionError), self.translating_errors(connection):
            connection.execute("COMMIT")

    def _reader(self, connection: Connection) -> PostgresReader:
        return PostgresReader(self, connection)

    def _writer(self, connection: Connection) -> PostgresWriter:
        return PostgresWriter(self, connection)

    def _tables(self, connection: Connection, names: list[str]) -> dict[str, Table]:
        columns = self.execute(connection, _COLUMNS, [names, self._schema])
        return described(
            ((table, column, _KINDS.get(type, type), at) for table, column, type, at in columns),
            self.execute(connection, _INDEXES, [names, self._schema]),
        )

    def _initialise(self, connection: Connection) -> None:
        if not self.execute(connection, _SCHEMA, [self._schema]):
            self.execute(connection, f'CREATE SCHEMA "{self._schema}"')


_EXPECTED = (
    "postgresql://user:password@host:5432/database?schema=acme; in a password, write %40 for @, %3A for : "
    "and %2F for /"
)


def _has_ports(parameters: dict[str, Any]) -> bool:
    """Whether the port is one, or a list of them for several hosts. A message must not quote another one: it may be a part of the password."""
    ports = str(parameters.get("port", "")).split(",")
    return all(
        re.fullmatch("0*[0-9]{1,5}|", each) and 0 < int(each or 1) < 65_536 for each in ports
    )


def _read(url: str) -> tuple[dict[str, Any], str, str]:
    """The parameters of the connection, the schema, and the URL as it may be shown: without user and password."""
    address, _, query = url.partition("?")
    options = dict(option.partition("=")[::2] for option in query.split("&") if option)
    schema, prepare = options.pop("schema", "wiifm"), options.pop("prepare", "on")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{,62}", schema):
        expected = "a letter or _, and up to 62 letters, digits, _ or -"
        raise InvalidURL([Fault("store, schema", literal(schema), expected)])
    if prepare not in ("on", "off"):
        raise InvalidURL([Fault("store, prepare", literal(prepare), "on or off")])
    try:
        rest = "&".join(f"{name}={value}" for name, value in options.items())
        parameters = conninfo_to_dict(f"{address}?{rest}")
    except psycopg.Error:
        parameters = {}
    host = ":".join(str(parameters[key]) for key in ("host", "port") if key in parameters)
    behind_host = address.partition("//")[2].partition("/")[2]
    if not parameters or "@" in host + behind_host:
        raise InvalidURL([Fault("store", "no URL that libpq reads", _EXPECTED)])
    if not _has_ports(parameters):
        raise InvalidURL([Fault("store, port", "no number from 1 to 65535", _EXPECTED)])
    place = f"postgresql://{host}/{parameters.get('dbname', '')}?schema={schema}"
    defaults = {"connect_timeout": 10, "fallback_application_name": "wiifm", **_KEEPALIVE}
    own = {"prepare_threshold": None} if prepare == "off" else {}
    return {**defaults, **parameters, **own}, schema, place
