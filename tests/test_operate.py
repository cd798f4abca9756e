"""What the operating guide says of PostgreSQL, to the letter; tests/pages.py runs the other blocks of that page."""

import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

import pages
from histories import history
from processes import TEXT
from test_copying import rows_of
from wiifm import Engine, RuleBook

PAGE = Path(__file__).parent.parent / "docs" / "howto" / "operate.md"
BOOK = RuleBook.parse(TEXT)


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """Does what a block of the page says, for a store in PostgreSQL, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    found = [each.text for each in pages.blocks(PAGE.read_text("utf-8")) if each.language == "bash"]
    dump, restore, move = found

    def done(name, url):
        text = {"dump": dump, "restore": restore, "move": move}[name]
        database, schema = url.split("?schema=")
        for said in ("--schema=acme", "?schema=acme", "EXISTS acme"):
            text = text.replace(said, said.replace("acme", schema))
        path = f"{pages.BIN}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            env={**os.environ, "ACME": database, "PATH": path},
            check=True,
        )

    return done


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump isn't installed")
def test_that_a_dump_is_restored_and_recording_goes_on(postgres_urls, follow):
    url, events = postgres_urls(), history(Random(3), 120)
    with Engine.open(url, BOOK) as engine:
        engine.record_many(events[:80])
    before = rows_of(url)
    follow("dump", url)
    with Engine.open(url) as engine:
        engine.record_many(events[80:])
        whole = engine.standings()
    assert rows_of(url) != before
    follow("restore", url)
    assert rows_of(url) == before
    with Engine.open(url) as engine:
        engine.record_many(events)
        assert engine.standings() == whole


def test_that_a_file_is_moved_to_postgresql(postgres_urls, follow):
    url = postgres_urls()
    with Engine.open("sqlite:///acme.db", BOOK) as engine:
        engine.record_many(history(Random(4), 60))
    follow("move", url)
    assert rows_of(url) == rows_of("sqlite:///acme.db")
