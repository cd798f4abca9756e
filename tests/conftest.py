"""Fixtures for several test modules: stores, engines, plugins as if they were installed, and a PostgreSQL server.

Without the server its tests are skipped, and a line at the end says what to start.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from hypothesis import Phase

from wiifm import Engine, RuleBook

SERVER = "127.0.0.1:5432"
NO_SERVER = (
    f"no PostgreSQL: start a server at {SERVER} with a database test that lets you in "
    "(PGUSER and PGPASSWORD say as whom)"
)
NO_BROWSER = "no browser: apt-get install chromium chromium-driver (the tests of pages in a browser were skipped)"

# Otherwise each process that a test starts would compile all of wiifm again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Otherwise each process that tests start in another folder would make Hypothesis's table of characters again.
os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parent.parent / ".hypothesis")
)

hypothesis.settings.register_profile("untimed", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("untimed")  # no test fails because the machine is busy


def connected() -> psycopg.Connection | None:
    """A connection to the server, as the first user that it accepts; None if there is no server."""
    for user in (None, "postgres"):
        parameters = {"user": user} if user else {}
        try:
            url = f"postgresql://{SERVER}/test"
            return psycopg.connect(url, **parameters, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            continue
    return None


DEAD = """
SELECT nspname FROM pg_namespace WHERE nspname ~ '^wiifm_test_[0-9]+_[0-9a-f]+$'
AND split_part(nspname, '_', 3)::bigint NOT IN (SELECT pid FROM pg_stat_activity)"""
"""The schemas of sessions that have ended. A schema has the number of the session in its name."""


def drop_remains(connection: psycopg.Connection) -> None:
    """Drop the schemas of tests that were killed. Those of running tests stay, as their sessions are there."""
    for (schema,) in connection.execute(DEAD).fetchall():
        with suppress(psycopg.Error):  # another run drops it at the same time
            connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


@pytest.fixture
def postgres_urls() -> Iterator[Callable[[], str]]:
    """A function that gives a URL of a new schema each time; the schemas are dropped after the test."""
    connection = connected()
    if connection is None:
        if os.environ.get("WIIFM_REQUIRE_SERVERS"):
            pytest.fail(NO_SERVER)
        pytest.skip(NO_SERVER)
    schemas: list[str] = []

    def new() -> str:
        schemas.append(f"wiifm_test_{connection.info.backend_pid}_{uuid4().hex}")
        return f"postgresql://{connection.info.user}@{SERVER}/test?schema={schemas[-1]}"

    with connection:
        drop_remains(connection)
        yield new
        for schema in schemas:
            connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """A function that gives a URL of a new store each time, in SQLite or in PostgreSQL."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_urls")
    numbers = count()
    return lambda: f"sqlite:///{tmp_path}/{next(numbers)}.db"


@pytest.fixture
def open_engine() -> Iterator[Callable[..., Engine]]:
    """A function that opens an engine over a store; the engines are closed after the test."""
    with ExitStack() as engines:

        def opened(url: str, book: RuleBook, *given: Any) -> Engine:
            return engines.enter_context(Engine.open(url, book, *given))

        yield opened


@pytest.fixture(scope="session")
def forking_process() -> Iterator[Executor]:
    """A pool of one process without threads, which may fork: see tests/processes.py."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture
def unshrunk() -> Iterator[None]:
    """Turns off Hypothesis's shrinking, for tests that expect a failure and don't read it."""
    before = hypothesis.settings.default
    hypothesis.settings.register_profile("unshrunk", phases=[Phase.explicit, Phase.generate])
    hypothesis.settings.load_profile("unshrunk")
    yield
    hypothesis.settings.register_profile("before", before)
    hypothesis.settings.load_profile("before")


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """Say once which server or browser was missing, if tests were skipped for it."""
    skipped = terminalreporter.stats.get("skipped", [])
    for missing in (NO_SERVER, NO_BROWSER):
        if any(missing in str(report.longrepr) for report in skipped):
            terminalreporter.write_line(missing, yellow=True)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that makes a plugin from text, as if its distribution were installed."""
    monkeypatch.delenv("WIIFM_PLUGINS", raising=False)
    made = []

    def put(name, text, distribution=None):
        distribution = distribution or f"wiifm-{name}"
        module = distribution.replace("-", "_") + "_plugin"
        site = tmp_path / distribution
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{module}.py").write_text(dedent(text), encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0")
        (info / "entry_points.txt").write_text(f"[wiifm]\n{name} = {module}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        made.append(module)
        return module

    yield put
    for module in made:
        sys.modules.pop(module, None)
