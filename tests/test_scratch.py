"""What is made beside a store is gone afterwards, also what somebody left who was killed."""

import os
import subprocess
import sys
from sqlite3 import sqlite_version_info

import pytest

from wiifm import StoreFault
from wiifm.stores.protocol import Table
from wiifm.upkeep import scratch

pytest.importorskip("fcntl")

USED = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from wiifm.upkeep.scratch import temporary
with temporary():
    print("there", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def used(folder):
    """A process that has a scratch file in use."""
    found = subprocess.Popen(
        [sys.executable, "-c", USED, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert found.stdout.readline() == b"there\n"
    return found


def grown_old(folder):
    """Have all folders lie there for an hour."""
    for held in folder.glob("wiifm-*/held"):
        os.utime(held, (0, 0))


def test_that_what_a_killed_process_left_is_removed_by_the_next(folder):
    killed, living = used(folder), used(folder)
    killed.kill()
    killed.communicate()
    assert len(list(folder.glob("wiifm-*"))) == 2
    with scratch.temporary():  # it may be somebody who is about to lock theirs
        assert len(list(folder.glob("wiifm-*"))) == 3
    grown_old(folder)
    with scratch.temporary() as mine:
        assert len(list(folder.glob("wiifm-*"))) == 2
        grown_old(folder)
        with scratch.temporary() as other:  # another thread leaves alone what this one uses
            assert mine._path.parent.exists() and other._path.parent.exists()
    living.communicate()
    assert list(folder.glob("wiifm-*")) == []


FRUIT = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (("plum", 2**70), "column 'weight': found 1180591620717411303424"),
        pytest.param(
            ("plum", "heavy"),
            "column 'weight': found 'heavy'",
            marks=pytest.mark.skipif(sqlite_version_info < (3, 37), reason="no STRICT tables"),
        ),
        (("\ud800", 2), "column 'name': found '\\ud800'"),
        (("apple", 2), "has a row with name 'apple' already"),
    ],
)
def test_that_a_row_that_does_not_fit_is_told_though_nobody_looked_for_it(folder, row, found):
    with scratch.temporary() as store:
        store.prepare([FRUIT])
        with pytest.raises(StoreFault) as raised, store.writing() as writing:
            writing.insert(FRUIT, [("apple", 3), row, ("pear", 4)])
        assert found in str(raised.value)
        with store.reading() as reading:
            assert not list(reading.scan(FRUIT))
