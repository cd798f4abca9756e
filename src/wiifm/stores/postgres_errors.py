"""Translates the errors of a PostgreSQL server into messages that say how to solve the problem.

A server tells a role without USAGE on a schema that the table doesn't exist. So the role's privileges are queried, on a
connection of their own, since the one with the error answers nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from attrs import frozen
from psycopg import errors

from wiifm.faults import Fault, InvalidURL, NotPrepared, StoreBusy, StoreFault, StoreUnreachable

_RIGHTS_QUERY = """
SELECT quote_ident(current_user), quote_ident(%(schema)s), quote_ident(current_database()), n.oid IS NOT NULL,
  has_database_privilege(current_database(), 'CREATE'), has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
  bool_and(has_table_privilege(c.oid, 'SELECT')),
  bool_and(has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = %(schema)s LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
GROUP BY n.oid"""


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
"""What is said of settings by which no connection will ever be made. psycopg tells no SQLSTATE of a connection that wasn't made. A server
that speaks another language than English counts as one that can't be reached.
"""


def connection_fault(place: str, told: str) -> StoreFault:
    """The fault of a connection that couldn't be made, by what libpq or the server said first.

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
    if _REFUSED.search(told):
        return StoreFault(
            f"{place}: can't connect, expected a role and a database that exist, and settings that the server accepts ({told}); "
            "correct the URL, or have it set up on the server"
        )
    return StoreUnreachable(
        f"{place}: can't connect, expected a server that runs and accepts this role ({told})"
    )


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
                conflict = f"the transaction conflicted with another process; try again ({first_line(error)})"
                return StoreBusy(f"{self.place}: {conflict}")
            case errors.QueryCanceled():
                message = first_line(error) + _limit_hint("statement_timeout")
            case errors.InvalidSqlStatementName() | errors.DuplicatePreparedStatement():
                message = f"{first_line(error)}; if a pooler gives each transaction another session, say so in the URL: prepare=off"
            case errors.DiskFull():
                message = f"{first_line(error)}; make room on the disk of the server, and try again"
            case errors.ProgramLimitExceeded():
                message = f"{first_line(error)}; names that together form a key are too long for PostgreSQL: use shorter ids"
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
