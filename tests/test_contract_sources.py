"""A source must read what was written, tell what is wrong in its place, and look at nothing else."""

import io
import os
import random
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

import wiifm
from contracts import JsonLines, broken, year
from wiifm import Event
from wiifm.sources import Rejected, jsonl, read_lines


class TestQuickJsonLines(JsonLines):
    """Lines read by msgspec, where it is sure of them."""


class TestJsonLines(JsonLines):
    """The same lines read without msgspec."""

    @pytest.fixture(autouse=True)
    def _without_msgspec(self, monkeypatch):
        monkeypatch.setattr(jsonl, "quickly", lambda raw: None)


@pytest.mark.usefixtures("unshrunk")
def test_that_a_source_that_asks_for_the_zone_of_the_machine_is_found_out():
    def read(self, payload):
        for line in read_lines(io.BytesIO(payload), name="test"):
            if isinstance(line.found, Event):
                naive = line.found.occurred_at.replace(tzinfo=None)
                yield line._replace(found=evolve(line.found, occurred_at=naive.astimezone()))
            else:
                yield line

    contract = broken(JsonLines, read=read)
    with pytest.raises(AssertionError, match="on a machine in another time zone"):
        contract.test_that_the_same_payload_is_read_the_same()


def reading_after(act):
    """A contract for a source that does something before it reads."""

    def read(self, payload):
        act()
        return list(read_lines(io.BytesIO(payload), name="test"))

    return broken(JsonLines, examples=5, read=read)


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("impure", "told"),
    [
        (time.time, "reads a clock"),
        (random.random, "draws a random number"),
        (lambda: Path(os.devnull).read_bytes(), f"it reads {os.devnull}, which isn't the file"),
    ],
)
def test_that_a_source_that_looks_outside_is_found_out(impure, told):
    with pytest.raises(AssertionError, match=f"^a source must not do this: .*{told}"):
        reading_after(impure).test_that_the_same_payload_is_read_the_same()


def in_a_temporary_file():
    with tempfile.NamedTemporaryFile() as made:
        made.write(b"a")
        made.flush()
        return Path(made.name).read_bytes()


def test_that_a_source_may_read_files_of_its_package_and_its_own(tmp_path):
    (tmp_path / "members.csv").write_bytes(b"a")
    for act in (
        Path(__file__).read_bytes,
        in_a_temporary_file,
        (tmp_path / "members.csv").read_bytes,
    ):
        reading_after(act).test_that_the_same_payload_is_read_the_same()


@cache
def outside():
    return Path(os.devnull).read_bytes()


class ReadByYear(JsonLines):
    """Reads a clock once in each process."""

    def read(self, payload):
        year()
        return super().read(payload)


class ReadBesides(JsonLines):
    """Reads another file once in each process."""

    def read(self, payload):
        outside()
        return super().read(payload)


@pytest.mark.parametrize(
    ("contract", "cached", "told"),
    [(ReadByYear, year, "year .* reads a clock"), (ReadBesides, outside, f"it reads {os.devnull}")],
)
def test_that_a_source_that_looks_outside_once_is_found_out(contract, cached, told):
    cached()
    told = f"^a source must not do this, not even once: {told}"
    with pytest.raises(AssertionError, match=told):
        contract().test_that_the_same_payload_is_read_the_same()
    cached.cache_clear()
    here = reading_after(cached)
    here.test_that_it_reads_what_was_written()
    with pytest.raises(AssertionError, match=told):
        here.test_that_the_same_payload_is_read_the_same()


class Renaming(JsonLines):
    """A format with ids of its own, and a frame around its pieces."""

    def read(self, payload):
        for line in super().read(payload[2:]):  # without the frame
            named = isinstance(line.found, wiifm.Event)
            yield (
                line._replace(found=evolve(line.found, id=f"x:{line.found.id}")) if named else line
            )

    def expected(self, events):
        return [evolve(event, id=f"x:{event.id}") for event in events]

    def write(self, events):
        return b"[\n" + super().write(events)

    def with_wrong(self, before, after):
        return self.write(before) + self.wrong() + super().write(after)


class TestRenaming(Renaming):
    """What a format leaves out or names otherwise is no fault of its source."""


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda line: None, "one piece is wrong, and rejected is: nothing"),
        (
            lambda line: line._replace(number=0),
            "the piece is at events.jsonl, line 0; its Rejected",
        ),
        (
            lambda line: line._replace(number=0, found=evolve(line.found, line=0)),
            r"the wrong piece has the number 0; those before it have \[1",
        ),
        (
            lambda line: line._replace(found=evolve(line.found, faults=())),
            r"the source yields Line\(.*; faults: found \(\), expected a tuple of faults, at least one",
        ),
        (lambda line: line._replace(number="1"), r"the source yields Line\(.*; number: found '1'"),
    ],
    ids=["silent", "elsewhere", "misplaced", "dumb", "in words"],
)
def test_that_a_source_that_does_not_tell_of_a_wrong_piece_is_told_why(change, told):
    def read(self, payload):
        for line in JsonLines.read(self, payload):
            if changed := change(line) if isinstance(line.found, Rejected) else line:
                yield changed

    contract = broken(JsonLines, read=read)
    with pytest.raises(AssertionError, match=f"^{told}"):
        contract.test_that_a_wrong_piece_is_told_and_the_rest_goes_on()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_source_that_tells_what_is_wrong_in_the_end_is_found_out():
    def read(self, payload):
        lines = JsonLines.read(self, payload)
        return sorted(lines, key=lambda line: isinstance(line.found, Rejected))

    contract = broken(JsonLines, read=read)
    with pytest.raises(AssertionError, match="the numbers of pieces must not decrease"):
        contract.test_that_a_wrong_piece_is_told_and_the_rest_goes_on()
