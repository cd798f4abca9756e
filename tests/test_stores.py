"""Our own stores keep the contract that we ask of others."""

from functools import partial
from itertools import count

import pytest

from wiifm.stores import sheet
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
    monkeypatch.setattr(sheet, "LONGEST", 4)
    compare(lambda: MemoryStore, lasting=False, examples=30)
