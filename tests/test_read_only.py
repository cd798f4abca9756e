"""A store that may only be read says so to whoever would change it, before anything long is done for that."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wiifm import Engine, Event, RuleBook, StoreFault, UnknownName
from wiifm.retention import prune
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.urls import open_store
from wiifm.upkeep.forgetting import check_named, forget
from wiifm.upkeep.rescoring import rescore

BOOK = RuleBook.load("plugin:sharing")
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
ARCHIVE = Path("may.jsonl.gz")

WAYS = {
    "forget": lambda store: forget(store, BOOK, "bob"),
    "asked before": lambda store: check_named(store, BOOK, "bob"),
    "prune": lambda store: prune(store, BOOK, JUNE, ARCHIVE),
    "rescore": lambda store: rescore(store, BOOK),
}


@pytest.fixture
def reader(new_url, monkeypatch, tmp_path):
    """A store in which something was recorded, and which may only be read from then on."""
    monkeypatch.chdir(tmp_path)
    url, at = new_url(), datetime(2026, 5, 4, tzinfo=UTC)
    with Engine.open(url, BOOK) as engine:
        named = {"actor": "bob", "recipient": "ann", "data": {"text": "thanks"}}
        engine.record(Event(id="k1", type="kudos.given", occurred_at=at, **named))
    if url.startswith("sqlite"):  # as a file that nobody may write: SQLite goes on by reading
        connect = SqliteStore._connect
        monkeypatch.setattr(SqliteStore, "_connect", lambda store, _="": connect(store, "ro"))
        with closing(open_store(url)) as store:
            yield store
    else:
        only_reads = "options=-c%20default_transaction_read_only%3Don"
        with closing(open_store(f"{url}&{only_reads}")) as store:
            yield store


@pytest.mark.parametrize("way", WAYS)
def test_that_nothing_long_is_done_for_what_cannot_be_written(reader, way, monkeypatch):
    for module in ("wiifm.upkeep.erasing", "wiifm.upkeep.rescoring"):
        monkeypatch.setattr(f"{module}.scratch_store", lambda *_: pytest.fail("it began"))
    with pytest.raises(
        StoreFault, match=r"it can't be written; make the file|found a session that only"
    ):
        WAYS[way](reader)
    assert not ARCHIVE.exists()


def test_that_it_is_no_hindrance_that_others_write(tmp_path):
    path = tmp_path / "a.db"
    with Engine.open(f"sqlite:///{path}", BOOK):
        pass
    with (
        closing(SqliteStore(path)) as others,
        closing(SqliteStore(path, timeout=0.01)) as store,
        others.writing(),
        pytest.raises(UnknownName),
    ):
        check_named(store, BOOK, "nobody")
