"""The PostgreSQL server that some tests talk to; without one they are skipped, and a line says what to start."""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

SERVER = "127.0.0.1:5432"
NO_SERVER = (
    f"no PostgreSQL: start a server at {SERVER} with a database test that lets you in "
    "(PGUSER and PGPASSWORD say as whom)"
)


def connected() -> psycopg.Connection | None:
    """A connection to the server, as whoever it lets in."""
    for user in (None, "postgres"):
        parameters = {"user": user} if user else {}
        try:
            url = f"postgresql://{SERVER}/test"
            return psycopg.connect(url, **parameters, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            continue
    return None


@pytest.fixture
def postgres_urls() -> Iterator[Callable[[], str]]:
    """Makes URLs of schemas that aren't there yet, and drops these schemas in the end."""
    connection = connected()
    if connection is None:
        if os.environ.get("WIIFM_REQUIRE_SERVERS"):
            pytest.fail(NO_SERVER)
        pytest.skip(NO_SERVER)
    schemas: list[str] = []

    def new() -> str:
        schemas.append(f"wiifm_test_{uuid4().hex}")
        return f"postgresql://{connection.info.user}@{SERVER}/test?schema={schemas[-1]}"

    with connection:
        yield new
        for schema in schemas:
            connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once what was missing."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_SERVER in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_SERVER, yellow=True)
