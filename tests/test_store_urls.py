"""A URL names a store, and one that names none is told in a sentence, without its password."""

from pathlib import Path

import pytest

from wiifm import InvalidInput, InvalidURL, StoreFault
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.urls import open_store


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_that_memory_has_no_place():
    assert isinstance(open_store("memory:"), MemoryStore)


@pytest.mark.parametrize("url", ["sqlite:///acme.db", "SQLITE:///acme.db", "sqlite:///./acme.db"])
def test_that_three_slashes_are_a_file_of_this_folder(url):
    store = open_store(url)
    assert isinstance(store, SqliteStore)
    store.prepare([])
    assert Path("acme.db").exists()


def test_that_four_slashes_are_a_file_of_anywhere(tmp_path):
    open_store(f"sqlite:///{tmp_path}/deep.db").prepare([])
    assert (tmp_path / "deep.db").exists()


def test_that_a_url_says_how_long_to_wait():
    assert open_store("sqlite:///acme.db?timeout=0.5")._timeout == 0.5
    assert open_store("memory:?timeout=2")._timeout == 2
    store = open_store("postgresql://host/acme?schema=a&timeout=7&sslmode=require")
    assert (store._timeout, store.place) == (7, "postgresql://host/acme?schema=a")
    assert store._parameters["sslmode"] == "require"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "acme.db",
            "store 'acme.db': found no scheme, expected a URL; did you mean 'sqlite:///acme.db'?",
        ),
        ("/srv/acme.db", "did you mean 'sqlite:////srv/acme.db'?"),
        (r"C:\acme.db", "did you mean 'sqlite:///C:"),
        (
            "acme.toml",
            "store 'acme.toml': found no scheme, expected a URL, such as sqlite:///acme.db",
        ),
        ("may.jsonl.gz", "found no scheme, expected a URL, such as sqlite:///acme.db"),
        ("", "store '': found no scheme, expected a URL, such as sqlite:///acme.db"),
        ("sqlite:acme.db", "expected sqlite:///acme.db (in this folder) or sqlite:////srv/acme.db"),
        (
            "sqlite://acme.db",
            "expected sqlite:///acme.db (in this folder) or sqlite:////srv/acme.db",
        ),
        ("sqlite:///", "found no path"),
        ("sqlite:///:memory:", "found no file to keep rows in, expected a path; memory: is"),
        ("sqlite:///acme.db?timeout=long", "found 'long', expected seconds, such as 60"),
        ("sqlite:///acme.db?timeout=-1", "found '-1', expected seconds, such as 60"),
        ("sqlite:///acme.db?timeout=nan", "found 'nan', expected seconds, such as 60"),
        ("sqlite:///acme.db?mode=ro", "found the option 'mode', expected timeout=SECONDS"),
        ("memory:?size=1", "found the option 'size', expected timeout=SECONDS"),
        ("postgrse://host/acme", "found the scheme 'postgrse'"),
        ("postgrse://host/acme", "did you mean 'postgres'?"),
        ("mysql://root:secret@host/acme", "expected one of: memory, postgres, postgresql, sqlite"),
        ("root:secret@host/acme", "found the scheme 'root'"),
        ("host=h password=secret", "store '...': found no scheme"),
        ("sqlite://root:secret@host/acme", "store 'sqlite:...': found no path"),
    ],
)
def test_that_whatever_names_no_store_is_told(url, told):
    with pytest.raises(InvalidURL) as fault:
        open_store(url)
    assert told in str(fault.value) and "secret" not in str(fault.value)
    assert isinstance(fault.value, StoreFault) and isinstance(fault.value, InvalidInput)
    assert fault.value.faults
