"""JSON Lines in and out: each wrong line is data, the rest goes on, and no bytes end in a traceback."""

import gzip
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiifm import Engine, Event, InvalidInput, RuleBook
from wiifm.sources import Rejected, pour, read_jsonl, read_lines, write_jsonl
from wiifm.sources import jsonl as module

GOOD = {
    "id": "e1",
    "type": "post.shared",
    "occurred_at": "2026-05-01T09:00:00+02:00",
    "actor": "ann",
    "object": "p1",
    "topics": ["sales", "fr"],
    "data": {"words": 120},
}


def line(**keys: object) -> bytes:
    return json.dumps({**GOOD, **keys}).encode()


def read(data: bytes, name: str = "e.jsonl") -> list[Event | Rejected]:
    return list(read_jsonl(io.BytesIO(data), name))


def only(data: bytes) -> str:
    """What is wrong with the single line of some bytes."""
    (found,) = read(data)
    assert isinstance(found, Rejected)
    return str(found)


def ids(found: list[Event | Rejected]) -> list[object]:
    return [each.id if isinstance(each, Event) else each.line for each in found]


def test_wrong_lines_are_told_and_the_rest_goes_on() -> None:
    data = b"\n".join(
        [line(), b"", b"{", b'{"idd": 1}', b"  \r", line(id="e2"), b"[]", line(id="e3")]
    )
    assert ids(read(data)) == ["e1", 3, 4, "e2", 7, "e3"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"id": "a", "id": "b"}', "the key 'id': found it more than once"),
        (b'{"data": {"a": 1, "a": 1}}', "the key 'a': found it more than once"),
        (line()[:-1] + b', "actr": "x"}', "did you mean 'actor'?"),
        (b'{"id": NaN}', "found NaN, expected a finite number"),
        (b'{"id": -Infinity}', "found -Infinity, expected a finite number"),
        (line(data={"x": 1}).replace(b": 1}", b": 1e999}"), "data.x: found inf"),
        (line(data={"x": 1}).replace(b": 1}", b": " + b"9" * 5000 + b"}"), "an integer within"),
        (b'{"id": "caf\xe9"}', r"found b'\xe9' at byte 12, expected UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"7", "an event: found 7"),
        (b'{"id"', "no JSON (Expecting ':' delimiter at column 6)"),
        (line().decode().encode("utf-16"), "expected UTF-8"),
        (line(occurred_at="2026-05-01T09:00:00"), "expected ISO 8601 with a UTC offset"),
        (line(occurred_at="yesterday"), "occurred_at: found 'yesterday', expected ISO 8601"),
        (line(occurred_at="2026-05-01"), "occurred_at: found '2026-05-01', expected ISO 8601"),
        (line(occurred_at=1780000000), "occurred_at: found 1780000000, expected ISO 8601"),
        (line(occurred_at=False), "occurred_at: found false, expected ISO 8601"),
        (line(topics=[None]), "topics: found [null], expected"),
        (line(actor=True), "actor: found true, expected a text"),
        (line(data={"x": {"y": None}}), "data.x: found {'y': null}, expected"),
        (b"null", "an event: found null, expected an object"),
        (line()[:-1] + b"\n", f"(Expecting ',' delimiter at column {len(line())})"),
        (line(id="\ud800"), "id: found"),
        (b"{" + b",".join(b'"k%d": 1' % n for n in range(50_000)) + b"}", "with 50000 keys"),
    ],
)
def test_what_is_said_of_a_wrong_line(raw: bytes, said: str) -> None:
    assert said in only(raw)
    assert only(raw).startswith("e.jsonl, line 1, ")


def test_a_byte_order_mark_at_the_start_is_no_part_of_the_first_line() -> None:
    assert ids(read(b"\xef\xbb\xbf" + line() + b"\n" + line(id="e2"))) == ["e1", "e2"]
    assert ids(read(line() + b"\n\xef\xbb\xbf" + line(id="e2"))) == ["e1", 2]


def test_a_huge_line_is_skipped_without_being_kept() -> None:
    class Endless(io.RawIOBase):
        """A gigabyte without a line break, then one event: it can be read once, bit by bit."""

        left = 2**30
        tail = io.BytesIO(b"\n" + line(id="e2"))

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            if not self.left:
                return self.tail.readinto(buffer)
            size = min(len(buffer), self.left)
            self.left -= size
            buffer[:size] = b"x" * size
            return size

    found = list(read_jsonl(Endless(), "endless"))  # type: ignore[arg-type]
    assert ids(found) == [1, "e2"]
    assert "more than 1048576 bytes" in str(found[0])


def test_the_longest_line_is_read() -> None:
    body = line()
    assert ids(read(body + b" " * (module.LONGEST_LINE - len(body)))) == ["e1"]
    assert ids(read(body + b" " * (module.LONGEST_LINE - len(body) + 1) + b"\n" + body)) == [
        1,
        "e1",
    ]


def test_gzip_is_known_by_its_content() -> None:
    assert ids(read(gzip.compress(line()))) == ["e1"]


def test_a_file_that_is_named_gz_but_is_none_is_told() -> None:
    (found,) = read(line(), name="e.jsonl.gz")
    assert str(found).startswith("e.jsonl.gz, line 1, the file: found one that isn't compressed")
    assert read(b"", name="e.jsonl.gz") == []


@pytest.mark.parametrize("cut", [1, 10, 50, 95])
def test_what_was_read_before_a_break_counts(cut: int) -> None:
    whole = b"\n".join(line(id=f"e{n}", actor=f"{n * 7919 % 1000}") for n in range(400))
    zipped = gzip.compress(whole)
    found = read(zipped[: len(zipped) * cut // 100], "e.gz")
    assert isinstance(found[-1], Rejected)
    assert "breaks off" in str(found[-1]) or "no JSON" in str(found[-1])
    assert ids(found[:-1]) == [f"e{n}" for n in range(len(found) - 1)]
    if cut == 95:
        assert len(found) > 100


def test_a_path_or_a_stream_that_stays_open(tmp_path) -> None:
    path = tmp_path / "may.jsonl"
    path.write_bytes(line())
    assert ids(list(read_jsonl(path))) == ids(list(read_jsonl(str(path)))) == ["e1"]
    stream = io.BytesIO(line())
    list(read_jsonl(stream))
    assert not stream.closed
    with pytest.raises(InvalidInput, match="a file that can be read"):
        list(read_jsonl(tmp_path / "june.jsonl"))
    with pytest.raises(InvalidInput, match="a file that can be read"):
        list(read_jsonl(tmp_path))


@pytest.mark.parametrize("name", ["e.jsonl", "e.jsonl.gz"])
def test_what_is_written_is_read_again(tmp_path, name: str) -> None:
    events = [
        Event(id="é\u2028", type="x", occurred_at=datetime(2026, 5, 1, tzinfo=UTC)),
        Event(
            id="e2",
            type="y",
            occurred_at=datetime(2026, 5, 1, 1, 2, 3, 4, tzinfo=UTC),
            topics=("a", "b"),
            data={"n": 1.5, "flag": False, "list": ("x",), "none": "", "line": "a\nb"},
        ),
    ]
    path = tmp_path / name
    assert write_jsonl(events, path) == 2
    assert list(read_jsonl(path)) == events
    first = path.read_bytes()
    write_jsonl(events, path)
    assert path.read_bytes() == first
    with pytest.raises(InvalidInput, match="a file that can be written"):
        write_jsonl(events, tmp_path / "no" / "such")


def test_a_missing_object_is_told_once() -> None:
    engine = Engine(RuleBook.load("plugin:sharing"))
    poured = pour(engine, read_lines(io.BytesIO(line(object=None)), "e.jsonl"))
    (told,) = poured.rejected
    assert str(told) == (
        "e.jsonl, line 1, event 'e1', object: found nothing, expected the id of the post that post.shared creates"
    )


def test_pour_names_the_lines_that_the_book_refuses() -> None:
    book = RuleBook.load("plugin:sharing")
    lines = [
        line(),
        line(type="post.shred"),
        line(),
        line(actor="bob"),
        line(id="e2", data={"wrds": 1}),
        line(id="e2", object="p2"),
        b"}",
    ]
    engine = Engine(book)
    poured = pour(engine, read_lines(io.BytesIO(b"\n".join(lines)), "e.jsonl"))
    assert (poured.recorded, poured.duplicates) == (2, 1)
    assert [each.line for each in poured.rejected] == [2, 4, 5, 7]
    told = [str(each) for each in poured.rejected]
    assert "type was 'post.shared', now 'post.shred'" in told[0]
    assert "actor was 'ann', now 'bob'" in told[1]
    assert "did you mean 'words'?" in told[2]
    twin = Engine(book)
    twin.record_many(
        each for each in read(b"\n".join([lines[0], lines[5]])) if isinstance(each, Event)
    )
    assert twin.standing("ann") == engine.standing("ann")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(
    st.sampled_from([*GOOD, "recipient", "retracts", "typ"]) | st.text(), JSON
)
BOOK = RuleBook.load("plugin:sharing")


def survives(data: bytes) -> None:
    """Reading and recording ends, each line is an event or a fault in words, and the good line counts."""
    engine = Engine(BOOK)
    whole = data + b"\n" + line(id="the-good-one") + b"\n"
    poured = pour(engine, read_lines(io.BytesIO(whole), "fuzz"))
    assert all(": found " in str(each) for each in poured.rejected)
    if data[:2] != b"\x1f\x8b":
        assert poured.recorded >= 1


@given(st.binary())
def test_no_bytes_end_in_a_traceback(data: bytes) -> None:
    survives(data)


@given(st.lists(st.builds(lambda keys: json.dumps({**GOOD, **keys}).encode(), OBJECTS), max_size=4))
def test_no_json_ends_in_a_traceback(lines: list[bytes]) -> None:
    survives(b"\n".join(lines))


@given(st.data())
def test_no_mutation_of_a_valid_line_ends_in_a_traceback(data: st.DataObject) -> None:
    raw = bytearray(line())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    survives(bytes(raw))


@given(st.binary(max_size=40), st.integers(0, 200))
def test_no_broken_gzip_ends_in_a_traceback(noise: bytes, at: int) -> None:
    zipped = bytearray(gzip.compress(b"\n".join([line()] * 20)))
    zipped[at : at + len(noise)] = noise
    for found in read(bytes(zipped), "e.gz"):
        assert isinstance(found, Event) or str(found)
