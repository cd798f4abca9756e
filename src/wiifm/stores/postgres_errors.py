"""Translates the errors of a PostgreSQL server into messages that say how to solve the problem.

A server tells a role without USAGE on a schema that the table doesn't exist. So the role's privileges are queried, on a
connection of their own, since the one with the error answers nothing more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from select import select
from types import MappingProxyType
from typing import Any

import psycopg
from attrs import frozen
from psycopg import errors, pq
from psycopg.conninfo import make_conninfo

from wiifm.faults import Fault, InvalidURL, NotPrepared, StoreBusy, StoreFault, StoreUnreachable
from wiifm.stores.damaged import StoreDamaged

_RIGHTS_QUERY = """
SELECT quote_ident(current_user), quote_ident(%(schema)s), quote_ident(current_database()), n.oid IS NOT NULL,
  has_database_privilege(current_database(), 'CREATE'), has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
  bool_and(has_table_privilege(c.oid, 'SELECT')),
  bool_and(has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = %(schema)s LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
GROUP BY n.oid"""


_SOLUTIONS = {
    errors.DiskFull: "make room on the disk of the server, and try again",
    errors.ProgramLimitExceeded: "names that together form a key are too long for PostgreSQL: use shorter ids",
}

_DAMAGED = "the database is damaged; restore it from a backup, or have a damaged index made again"

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})

_FATAL = {"FATAL", "PANIC"}
"""Severities with which the server ends the session, even if the connection hasn't noticed yet."""


_INVALID = re.compile(
    r"bad value for |could not match \d+ |could not parse network address |"
    r"(?!.*FATAL: ).*invalid (\w+ value|integer value|port number)\b"
)
"""What libpq and psycopg say of a setting that they can't read."""

_REFUSED = re.compile(
    r"FATAL: +(role|database) .* does not exist|authentication failed|no password supplied|no pg_hba\.conf entry|"
    r"is not permitted to log in|permission denied for database|unrecognized configuration parameter|"
    r"FATAL: +invalid value for parameter|does not support SSL|certificate (verify failed|file )"
)
"""What is said, in English, of settings by which no connection will ever be made."""

_ANSWER = re.compile(r": \w+:  ")
"""What precedes a message of the server: its severity, in the server's language, and two blanks."""

_REFUSED_STATES = re.compile("28...|3D000|42...|22023")
"""The SQLSTATEs of such settings: of the role, the database, a privilege, the name of a parameter, and its value."""

_STATE = re.compile(rb'\tErrorResponse\t.*? C "(\w{5})"')
"""The SQLSTATE in libpq's trace of the server's answer."""

_PATIENCE = 5
"""How many seconds the server has for each step of an attempt that is traced."""


def connection_fault(
    place: str, told: str, parameters: Mapping[str, Any] = NO_PARAMETERS
) -> StoreFault:
    """The fault of a connection that couldn't be made, by what libpq or the server said first.

    psycopg tells no SQLSTATE of a connection that wasn't made. So if the server speaks another language than English, it is asked once more,
    with the ``parameters`` of the connection.

    >>> print(connection_fault("postgresql://db/acme", 'connection is bad: invalid sslmode value: "bogus"'))
    store postgresql://db/acme: found a setting that libpq can't read (invalid sslmode value: "bogus"), expected its parameters: ...
    >>> print(connection_fault("postgresql://db/acme", 'connection failed: FATAL:  database "acme" does not exist'))
    postgresql://db/acme: can't connect, expected a role and a database that exist, ... (FATAL:  database "acme" does not exist); ...
    >>> type(connection_fault("postgresql://db/acme", "connection failed: Connection refused")).__name__
    'StoreUnreachable'
    """
    told = told.removeprefix("connection is bad: ").removeprefix("connection failed: ")
    if _INVALID.match(told):
        found = f"a setting that libpq can't read ({told})"
        expected = "its parameters: https://www.postgresql.org/docs/current/libpq-connect.html"
        return InvalidURL([Fault(f"store {place}", found, expected)])
    if _REFUSED.search(told) or (_ANSWER.search(told) and _is_refused(told, _settings(parameters))):
        return StoreFault(
            f"{place}: can't connect, expected a role and a database that exist, and settings that the server accepts ({told}); "
            "correct the URL, or have it set up on the server"
        )
    return StoreUnreachable(
        f"{place}: can't connect, expected a server that runs and accepts this role ({told})"
    )


@lru_cache(maxsize=64)
def _is_refused(told: str, settings: str) -> bool:
    """Whether the server refuses the settings, by the SQLSTATE with which it answers to them. False if that can't be found out.

    It is asked once for each message that it ``told``, as libpq never frees what a trace takes.
    """
    reading, writing = os.pipe()  # not a file, as the trace may have the password
    with open(reading, "rb", buffering=0) as trace:
        try:
            os.set_blocking(writing, False)
            _trace_attempt(settings, writing)
        except (psycopg.Error, OSError):  # such as: this libpq can't trace
            return False
        finally:
            os.close(writing)
        found = _STATE.search(trace.read(65_536))
    return found is not None and _REFUSED_STATES.fullmatch(found[1].decode()) is not None


def _settings(parameters: Mapping[str, Any]) -> str:
    """Parameters for psycopg as libpq reads them."""
    return make_conninfo(**{k: v for k, v in parameters.items() if k != "prepare_threshold"})


def _trace_attempt(settings: str, trace: int) -> None:
    """Try to connect, and have libpq write what is sent and received to a file descriptor."""
    attempt = pq.PGconn.connect_start(settings.encode())
    try:
        attempt.trace(trace)
        while (status := attempt.connect_poll()) in (
            pq.PollingStatus.READING,
            pq.PollingStatus.WRITING,
        ):
            sockets = [attempt.socket]
            reads = status == pq.PollingStatus.READING
            if not any(select(sockets if reads else (), () if reads else sockets, (), _PATIENCE)):
                break
        attempt.untrace()
    finally:
        attempt.finish()


@frozen
class _Rights:
    """The privileges of a role in a schema; None where there is no schema, or no table, to have them on."""

    role: str
    schema: str
    database: str
    schema_exists: bool
    can_create_schema: bool
    can_use: bool | None
    can_create_tables: bool | None
    can_read: bool | None
    can_write: bool | None

    def grants(self) -> list[str]:
        """The statements by which the owner grants what is missing. A role that can't read yet is told what recording takes, too."""
        if not self.schema_exists:
            grant = f"GRANT CREATE ON DATABASE {self.database} TO {self.role}"
            return [] if self.can_create_schema else [grant]
        inside = f"ON ALL TABLES IN SCHEMA {self.schema} TO {self.role}"
        found = []
        if self.can_use is False:
            found.append(f"GRANT USAGE ON SCHEMA {self.schema} TO {self.role}")
        if self.can_read is False:
            found.append(f"GRANT SELECT {inside} (to record, SELECT, INSERT, UPDATE, DELETE)")
        elif self.can_write is False:
            found.append(f"GRANT INSERT, UPDATE, DELETE {inside}")
        if not found and self.can_create_tables is False:
            found.append(f"GRANT CREATE ON SCHEMA {self.schema} TO {self.role}")
        return found


@frozen
class ErrorTranslator:
    """Makes a ``StoreFault`` of an error, for the store in ``schema``; ``timeout`` is how many seconds a writer waits."""

    place: str
    schema: str
    parameters: Mapping[str, Any]
    timeout: float

    def fault(self, error: psycopg.Error, connection: psycopg.Connection[Any]) -> StoreFault:
        """The fault that an error of the server is reported as."""
        if connection.closed or error.diag.severity_nonlocalized in _FATAL:
            message = f"the server closed the connection; nothing of the transaction is kept ({first_line(error)})"
            if isinstance(error, errors.IdleInTransactionSessionTimeout):
                message += _limit_hint("idle_in_transaction_session_timeout")
            return StoreUnreachable(f"{self.place}: {message}")
        match error:
            case errors.LockNotAvailable():
                return StoreBusy(
                    f"{self.place}: another process has been writing, or held a lock, for {self.timeout:g} s; "
                    "try again, or allow more time (timeout=60 in its URL)"
                )
            case errors.DeadlockDetected() | errors.SerializationFailure():
                conflict = "the transaction conflicted with another process; try again"
                return StoreBusy(f"{self.place}: {conflict} ({first_line(error)})")
            case errors.QueryCanceled():
                message = first_line(error) + _limit_hint("statement_timeout")
            case errors.InvalidSqlStatementName() | errors.DuplicatePreparedStatement():
                message = f"{first_line(error)}; if a pooler gives each transaction another session, say so in the URL: prepare=off"
            case errors.DataCorrupted() | errors.IndexCorrupted():
                return StoreDamaged(f"{self.place}: {_DAMAGED} ({first_line(error)})")
            case errors.DiskFull() | errors.ProgramLimitExceeded():
                message = f"{first_line(error)}; {_SOLUTIONS[type(error)]}"
            case errors.ReadOnlySqlTransaction():
                return self.read_only_fault()
            case errors.UniqueViolation():
                message = f"table {error.diag.table_name!r} has such a row already: {error.diag.message_detail}"
            case errors.InsufficientPrivilege():
                message = self._missing_rights(self._rights(), first_line(error))
            case errors.UndefinedTable():
                rights = self._rights()
                if rights is None or rights.can_use is not False:
                    return NotPrepared(f"{self.place}: {first_line(error)}")
                denied = f"permission denied for schema {self.schema}"
                message = self._missing_rights(rights, denied)
            case _:
                message = first_line(error)
        return StoreFault(f"{self.place}: {message}")

    def read_only_fault(self) -> StoreFault:
        """The fault of a session that can't write."""
        return StoreFault(
            f"{self.place}: found a session that only reads, expected one that may write: the server is a standby, or "
            "default_transaction_read_only is on, as where its disk is nearly full; name the server that writes, or ask whoever runs it"
        )

    def _rights(self) -> _Rights | None:
        """The privileges of the role; None if the server doesn't answer."""
        try:
            with psycopg.connect(**self.parameters, autocommit=True) as connection:
                (row,) = connection.execute(_RIGHTS_QUERY, {"schema": self.schema}).fetchall()
        except psycopg.Error:
            return None
        return _Rights(*row)

    def _missing_rights(self, rights: _Rights | None, why: str) -> str:
        grants = rights.grants() if rights else []
        if rights is None or not grants:
            return f"{why}; ask the owner of the schema"
        return f"the role {rights.role} may not do this ({why}); have the owner execute: {'; '.join(grants)}"


def _limit_hint(name: str) -> str:
    """How a time limit of the server is raised."""
    return f"; allow more time ({name}, on the server or by ?options=-c%20{name}%3D0)"


def first_line(error: psycopg.Error) -> str:
    """The first line of the server's message; the others show the statement."""
    return (error.diag.message_primary or str(error)).partition("\n")[0]
