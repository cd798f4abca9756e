"""What a PostgreSQL server says no with, as sentences that name a way out.

A role that may not look into a schema is told by the server that there is no such table; so what a role lacks is asked
for, on a connection of its own: the one that was refused answers nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from attrs import frozen
from psycopg import errors

from wiifm.faults import NotPrepared, StoreBusy, StoreFault

_MAY = """
SELECT quote_ident(current_user), quote_ident(%(schema)s), quote_ident(current_database()), n.oid IS NOT NULL,
  has_database_privilege(current_database(), 'CREATE'), has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
  bool_and(has_table_privilege(c.oid, 'SELECT')),
  bool_and(has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = %(schema)s LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
GROUP BY n.oid"""


_ENDING = {"FATAL", "PANIC"}
"""With these the server ends the session, though the connection may not have noticed yet."""


class Lost(StoreFault, ConnectionError):
    """The server has closed the connection."""


@frozen
class _Rights:
    """What a role may do in a schema; None where there is no schema, or no table."""

    role: str
    schema: str
    database: str
    there: bool
    begin: bool
    look: bool | None
    make: bool | None
    read: bool | None
    write: bool | None

    def grants(self) -> list[str]:
        """What the owner would have to say; whoever can't look yet is told, too, what recording takes."""
        if not self.there:
            return (
                [] if self.begin else [f"GRANT CREATE ON DATABASE {self.database} TO {self.role}"]
            )
        inside = f"ON ALL TABLES IN SCHEMA {self.schema} TO {self.role}"
        found = []
        if self.look is False:
            found.append(f"GRANT USAGE ON SCHEMA {self.schema} TO {self.role}")
        if self.read is False:
            found.append(f"GRANT SELECT {inside} (to record, SELECT, INSERT, UPDATE, DELETE)")
        elif self.write is False:
            found.append(f"GRANT INSERT, UPDATE, DELETE {inside}")
        if not found and self.make is False:
            found.append(f"GRANT CREATE ON SCHEMA {self.schema} TO {self.role}")
        return found


@frozen
class Refusals:
    """What is told of a schema that is spoken to with some parameters; ``timeout`` is how long a writer waits."""

    place: str
    schema: str
    parameters: Mapping[str, Any]
    timeout: float

    def fault(self, error: psycopg.Error, connection: psycopg.Connection[Any]) -> StoreFault:
        """What an error of the server's comes to."""
        if connection.closed or error.diag.severity_nonlocalized in _ENDING:
            told = f"the server closed the connection; nothing of the transaction is kept ({said(error)})"
            if isinstance(error, errors.IdleInTransactionSessionTimeout):
                told += _allow("idle_in_transaction_session_timeout")
            return Lost(f"{self.place}: {told}")
        match error:
            case errors.LockNotAvailable():
                return StoreBusy(
                    f"{self.place}: another process has been writing, or held a lock, for {self.timeout:g} s; "
                    "try again, or allow more time (timeout=60 in its URL)"
                )
            case errors.DeadlockDetected() | errors.SerializationFailure():
                return StoreBusy(
                    f"{self.place}: another process was in the way; try again ({said(error)})"
                )
            case errors.QueryCanceled():
                told = said(error) + _allow("statement_timeout")
            case errors.InvalidSqlStatementName() | errors.DuplicatePreparedStatement():
                told = f"{said(error)}; where a pooler hands out another session for each transaction, say so in the URL: prepare=off"
            case errors.DiskFull():
                told = f"{said(error)}; make room on the disk of the server, and try again"
            case errors.ProgramLimitExceeded():
                told = f"{said(error)}; names that stand together in a key are too long for PostgreSQL: record them by shorter ids"
            case errors.ReadOnlySqlTransaction():
                return self.only_read()
            case errors.UniqueViolation():
                told = f"table {error.diag.table_name!r} has such a row already: {error.diag.message_detail}"
            case errors.InsufficientPrivilege():
                told = self._lacking(self._rights(), said(error))
            case errors.UndefinedTable():
                rights = self._rights()
                if rights is None or rights.look is not False:
                    return NotPrepared(f"{self.place}: {said(error)}")
                told = self._lacking(rights, f"permission denied for schema {self.schema}")
            case _:
                told = said(error)
        return StoreFault(f"{self.place}: {told}")

    def only_read(self) -> StoreFault:
        """That nothing can be written by a session."""
        return StoreFault(
            f"{self.place}: found a session that only reads, expected one that may write: the server is a standby, or "
            "default_transaction_read_only is on, as where its disk is nearly full; name the server that writes, or ask whoever runs it"
        )

    def _rights(self) -> _Rights | None:
        """What the role may do; None where the server doesn't tell."""
        try:
            with psycopg.connect(**self.parameters, autocommit=True) as connection:
                (row,) = connection.execute(_MAY, {"schema": self.schema}).fetchall()
        except psycopg.Error:
            return None
        return _Rights(*row)

    def _lacking(self, rights: _Rights | None, why: str) -> str:
        grants = rights.grants() if rights else []
        if rights is None or not grants:
            return f"{why}; ask whoever owns the schema"
        return f"the role {rights.role} may not do this ({why}); have the owner say: {'; '.join(grants)}"


def _allow(name: str) -> str:
    """How a limit of the server's is lifted."""
    return f"; allow more time ({name}, on the server or by ?options=-c%20{name}%3D0)"


def said(error: psycopg.Error) -> str:
    """The first line of what the server says; the others show statements."""
    return (error.diag.message_primary or str(error)).partition("\n")[0]
