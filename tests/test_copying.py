"""A copy of a store is the same store, wherever it lies."""

from contextlib import closing, contextmanager
from random import Random

import pytest

from histories import history
from processes import TEXT
from test_cli import EVENTS, lines
from test_rescore import rows_of as rows_in
from wiifm import Engine, RuleBook, StoreFault
from wiifm.archive.copying import copy_archive
from wiifm.archive.tables import COMMITS, FACTS, RECEIPTS, TABLES
from wiifm.archive.tables import EVENTS as LOG
from wiifm.cli.app import run
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store

BOOK = RuleBook.parse(TEXT)
OF_A_MOMENT = {COMMITS.name, FACTS.name}
"""They tell when each commit was made."""


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite", "sqlite to sqlite"])
def urls(request, tmp_path):
    """The URL of a store, and of the one that it is copied to."""
    kinds = request.param.split(" to ")
    new = request.getfixturevalue("postgres_urls") if "postgres" in kinds else None
    return [
        new() if kind == "postgres" else f"sqlite:///{tmp_path}/{number}.db"
        for number, kind in enumerate(kinds)
    ]


def rows_of(url):
    with closing(open_store(url)) as store:
        return rows_in(store)


@pytest.mark.parametrize("seed", range(3))
def test_that_a_copy_is_the_same_store_and_goes_on(urls, capsys, seed):
    source, target = urls
    events = history(Random(seed), 120)
    with Engine.open(source, BOOK) as engine:
        engine.record_many(events[:80])
    rows = rows_of(source)
    assert run(["copy", source, target]) == 0
    assert capsys.readouterr().out == f"{sum(map(len, rows.values()))} rows\n"
    assert rows_of(target) == rows
    for url in urls:
        with Engine.open(url) as engine:
            engine.record_many(events[80:])
    one, other = map(rows_of, urls)
    assert {name: one[name] for name in one.keys() - OF_A_MOMENT} == {
        name: other[name] for name in other.keys() - OF_A_MOMENT
    }


def test_that_a_copy_is_of_one_moment_though_others_record():
    source, events = MemoryStore(), history(Random(1), 60)
    engine = Engine.over(source, BOOK)
    engine.record_many(events[:30])
    before = list(engine.ledger())

    class Slow(MemoryStore):
        """Before it takes anything, somebody records in the source."""

        @contextmanager
        def writing(self):
            engine.record_many(events[30:])
            with super().writing() as writing:
                yield writing

    target = Slow()
    copy_archive(source, target)
    copied = list(Engine.over(target).ledger())
    assert copied == before != list(engine.ledger())


def test_that_nothing_is_copied_over_anything(new_url, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "may.jsonl").write_bytes(lines(EVENTS))
    one, other = new_url(), new_url()
    assert run(["copy", one, other]) == 2
    assert "nothing was recorded here yet" in capsys.readouterr().err
    for url in (one, other):
        assert run(["record", url, "plugin:sharing", "may.jsonl"]) == 0
    before = rows_of(other)
    for target in (other, one):
        assert run(["copy", one, target]) == 2
        assert "the target store isn't empty" in capsys.readouterr().err
    assert run(["copy", one, "memory:"]) == 2
    assert rows_of(other) == before


def test_that_a_copy_that_fails_leaves_nothing():
    """A row is in its way, of a table that comes late."""
    source, target = MemoryStore(), MemoryStore()
    engine = Engine.over(source, BOOK)
    engine.record_many(history(Random(2), 60))
    with source.reading() as reading:
        row = next(reading.scan(RECEIPTS))
    target.prepare(TABLES)
    with target.writing() as writing:
        writing.insert(RECEIPTS, [row])
    with pytest.raises(StoreFault, match="already"):
        copy_archive(source, target)
    with target.reading() as reading:
        assert not list(reading.scan(LOG))
