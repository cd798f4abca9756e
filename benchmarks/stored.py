"""Where a benchmark keeps its stores, and what the statements and the leaderboards of one take."""

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

with suppress(ImportError):  # SQLite does without
    import psycopg

SERVER = "postgresql://postgres@127.0.0.1:5432/test"


@contextmanager
def place(backend: str) -> Iterator[Callable[[], str]]:
    """The URL of a new store, as often as it is asked for; all of them are gone at the end."""
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
    """Milliseconds of processor time of statements, each read for the first time: of the last 30 days and of all time, of any member and of the busiest."""
    engine = Engine.open(url, BOOK)
    any_members = Random(1).sample(sorted(actors), min(500, len(actors)))
    busiest = [member for member, _ in actors.most_common(10)]
    month = end - timedelta(days=30)
    engine.statement("nobody", month)  # what reads statements is imported by the first

    gc.collect()
    gc.freeze()  # the events of this process are nobody's garbage, and a statement needn't look through them

    def taken(members: list[str], since: datetime | None) -> list[float]:
        found = []
        for member in members:
            begun = time.process_time()
            engine.statement(member, since)
            found.append(1e3 * (time.process_time() - begun))
        return found

    of_month, ever = taken(any_members, month), taken(any_members[:100], None)
    of_busiest = taken(busiest, month)
    gc.unfreeze()
    return {
        "statement_p50_ms": round(median(of_month), 2),
        "statement_p99_ms": round(quantiles(of_month, n=100)[98], 2),
        "statement_busiest_ms": round(median(of_busiest), 2),
        "statement_ever_p99_ms": round(quantiles(ever, n=100)[98], 2),
    }


def boards(url: str, end: datetime) -> dict[str, float]:
    """Milliseconds of processor time of leaderboards as of a moment, each by an engine that was just opened."""
    asked: dict[str, dict[str, str]] = {
        "ever": {},
        "month": {"over": "last 30 days"},
        "improved": {"over": "last 30 days", "by": "improvement"},
        "newcomers": {"over": "last 30 days", "newcomers": "last 30 days"},
        "year": {"over": "last 365 days"},
        "topic": {"over": "last 365 days", "topic": TOPIC},
    }
    found = {}
    for name, among in asked.items():
        engine = Engine.open(url, BOOK)
        begun = time.process_time()
        engine.leaderboard(at=end, **among)
        found[f"board_{name}_ms"] = round(1e3 * (time.process_time() - begun), 1)
        engine.close()
    return found


def stored_bytes(url: str) -> int:
    """How many bytes a store takes on the disk, or in its schema of the server."""
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
