"""Our own stores keep the contract that we ask of others."""

from functools import partial
from itertools import count
from weakref import ref

import pytest

from wiifm.collector import young_generation_only
from wiifm.stores import sorted_rows
from wiifm.stores.memory import MemoryStore
from wiifm.stores.postgres import PostgresStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.testing import StoreContract
from wiifm.testing.store_machine import compare

NUMBERS = count()


class TestMemoryStore(StoreContract):
    lasting = False

    def make_opener(self, timeout):
        return partial(MemoryStore, timeout=timeout)


class TestSqliteStore(StoreContract):
    @pytest.fixture(autouse=True)
    def in_a_folder(self, tmp_path):
        self.folder = tmp_path

    def make_opener(self, timeout):
        return partial(SqliteStore, self.folder / f"{next(NUMBERS)}.db", timeout=timeout)


class TestPostgresStore(StoreContract):
    examples = 20

    @pytest.fixture(autouse=True)
    def at_a_server(self, postgres_urls):
        self.new_url = postgres_urls

    def make_opener(self, timeout):
        return partial(PostgresStore, self.new_url(), timeout=timeout)


def test_that_a_sheet_of_many_runs_is_like_any_other(monkeypatch):
    monkeypatch.setattr(sorted_rows, "LONGEST", 4)
    compare(lambda: MemoryStore, lasting=False, examples=30)


def test_that_a_sheet_that_nobody_reads_any_more_is_free_at_once():
    """Python's cycle collector rests while much is recorded: what only it would find would stay for as long."""
    with young_generation_only():
        rows = sorted_rows.SortedRows()
        rows.put(("apple",), ("apple", 3))
        before, rows = ref(rows), rows.copy()
        rows.put(("apple",), ("apple", 4))
        assert before() is None and rows.get(("apple",)) == ("apple", 4)
