"""Stores for benchmarks, and the times of statements and leaderboards on a store."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.community import TOPIC
from benchmarks.memory import BOOK
from wiifm import Engine

with suppress(ImportError):  # needed only for PostgreSQL
    import psycopg

SERVER = "postgresql://postgres@127.0.0.1:5432/test"


@contextmanager
def place(backend: str) -> Iterator[Callable[[], str]]:
    """A function that returns the URL of a new store at each call. All these stores are removed at the end."""
    if backend == "sqlite":
        with TemporaryDirectory() as folder:
            yield lambda: f"sqlite:///{Path(folder) / uuid4().hex}.db"
        return
    schemas: list[str] = []

    def url() -> str:
        schemas.append(f"benchmark_{uuid4().hex}")
        return f"{SERVER}?schema={schemas[-1]}"

    try:
        yield url
    finally:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            for each in schemas:
                connection.execute(f"DROP SCHEMA IF EXISTS {each} CASCADE")


def statements(url: str, actors: Counter[str], end: datetime) -> dict[str, float]:
    """Milliseconds of processor time for statements that are read for the first time.

    They are of the last 30 days or of all time, and of random members or of the busiest ones.
    """
    engine = Engine.open(url, BOOK)
    any_members = Random(1).sample(sorted(actors), min(500, len(actors)))
    busiest = [member for member, _ in actors.most_common(10)]
    month = end - timedelta(days=30)
    engine.statement("nobody", month)  # imports the modules that make statements

    gc.collect()
    gc.freeze()  # so that garbage collection doesn't traverse the events that this process still holds

    def milliseconds(members: list[str], since: datetime | None) -> list[float]:
        found = []
        for member in members:
            start = time.process_time()
            engine.statement(member, since)
            found.append(1e3 * (time.process_time() - start))
        return found

    of_month, ever = milliseconds(any_members, month), milliseconds(any_members[:100], None)
    of_busiest = milliseconds(busiest, month)
    gc.unfreeze()
    return {
        "statement_p50_ms": round(median(of_month), 2),
        "statement_p99_ms": round(quantiles(of_month, n=100)[98], 2),
        "statement_busiest_ms": round(median(of_busiest), 2),
        "statement_ever_p99_ms": round(quantiles(ever, n=100)[98], 2),
    }


def boards(url: str, end: datetime) -> dict[str, float]:
    """Milliseconds of processor time for leaderboards as of a moment, each read by an engine that was just opened."""
    kinds: dict[str, dict[str, str]] = {
        "ever": {},
        "month": {"over": "last 30 days"},
        "improved": {"over": "last 30 days", "by": "improvement"},
        "newcomers": {"over": "last 30 days", "newcomers": "last 30 days"},
        "year": {"over": "last 365 days"},
        "topic": {"over": "last 365 days", "topic": TOPIC},
    }
    found = {}
    for name, options in kinds.items():
        engine = Engine.open(url, BOOK)
        start = time.process_time()
        engine.leaderboard(at=end, **options)
        found[f"board_{name}_ms"] = round(1e3 * (time.process_time() - start), 1)
        engine.close()
    return found


def stored_bytes(url: str) -> int:
    """The size of a store: its files on the disk, or its schema on the server."""
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:///"))
        return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
    address, _, schema = url.partition("?schema=")
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relkind = 'r'",
            (schema,),
        ).fetchone()
    return int(found[0])
