"""JSON Lines in and out: each wrong line is data, the rest goes on, and no bytes end in a traceback."""

import gzip
import io
import json
import os
import pickle
from collections import deque
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given, settings
from hypothesis import strategies as st

from wiifm import Engine, Event, InvalidInput, RuleBook, StoreUnreachable
from wiifm.events import KEYS
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
        (line(topics=["x" * 257]), "topics: found ['xxx"),
        (line(data={"x": ["x" * 257]}), "data.x: found ['xxx"),
        (line(topics=[None]), "topics: found [null], expected"),
        (line(actor=True), "actor: found true, expected a text"),
        (line(data={"x": {"y": None}}), "data.x: found {'y': null}, expected"),
        (line(data={"": 1}), "data: found the key '', expected a text of 1 to 256 characters"),
        (line(data={str(n): n for n in range(65)}), "data: found 65 fields, expected at most 64"),
        (line(data={"x": "a\0"}), "data.x: found 'a\\x00' with NUL in it, which no store keeps"),
        (line(data={"x": "a" * 70_000}), "aaa..., of 70000 characters, expected a text of at most"),
        (line(data={"x" * 300: 1}), "xxx..., of 300 characters, expected a text of 1 to 256"),
        (line(actor="a" * 257), "aaa..., of 257 characters, expected a text of 1 to 256"),
        (line(topics=list(map(str, range(65)))), "expected a list of at most 64 texts"),
        (line(topics=["x" * 257]), "a list of at most 64 texts of 1 to 256 characters"),
        (line(data={"tags": [""]}), "or a list of at most 64 texts of 1 to 256 characters"),
        (b"null", "an event: found null, expected an object"),
        (line()[:-1] + b"\n", f"(Expecting ',' delimiter at column {len(line())})"),
        (line(id="\ud800"), "id: found '\\ud800' with half of a surrogate pair in it"),
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
    assert "truncated or damaged" in str(found[-1]) or "no JSON" in str(found[-1])
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


def test_that_a_store_that_is_gone_is_not_taken_for_a_file_that_cannot_be_written(tmp_path):
    def events():
        yield Event(**GOOD | {"occurred_at": datetime(2026, 5, 1, tzinfo=UTC), "topics": ()})
        raise StoreUnreachable("acme: the server closed the connection")

    with pytest.raises(StoreUnreachable, match="closed the connection"):
        write_jsonl(events(), tmp_path / "events.jsonl")


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


def differently(data: bytes, name: str = "e.jsonl") -> list[Event | Rejected]:
    """What some bytes say, which must be the same with msgspec and without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "quickly", lambda raw: None)
        carefully = read(data, name)
    quickly = read(data, name)
    assert quickly == carefully
    assert list(map(repr, quickly)) == list(map(repr, carefully))  # true isn't 1, 1.0 isn't 1
    assert all(hash(a) == hash(b) for a, b in zip(quickly, carefully, strict=True))
    return quickly


PLAIN = [
    line(),
    line(recipient="bob", in_reply_to="p0", community="sales", retracts="e0"),
    line(actor="Zo\u00eb", object="\U0001f600"),
    json.dumps({**GOOD, "actor": "Zo\u00eb"}, ensure_ascii=False).encode(),
    line(data={"text": 'she said "yes" \\ "no"\n', "hours": 1.5, "what": ["a", "b"], "done": True}),
    line(topics=["a", "b", "a"]),
    line(occurred_at="2026-05-01T09:00:00.123456789-11:30"),
    line(occurred_at="20260501T090000Z"),
    line(id="\U0001f600" * 256, data={"text": "x" * 65_536, "n": 2**53, "m": -(2**53)}),
    line().replace(b'"id": ', b'"\\u0069d"\t:\r'),
    b" \t" + line() + b" \r",
]


@pytest.mark.parametrize("raw", PLAIN)
def test_that_a_plain_line_is_read_quickly(raw: bytes) -> None:
    assert module.quickly(raw) is not None
    (found,) = differently(raw)
    assert isinstance(found, Event)
    assert Event(**{key: getattr(found, key) for key in KEYS}) == found


def test_that_what_was_read_is_an_event_like_any_other() -> None:
    (found,) = read(line())
    assert isinstance(found, Event) and pickle.loads(pickle.dumps(found)) == found
    assert found.occurred_at.tzinfo is UTC and found.topics == ("sales", "fr")
    with pytest.raises(FrozenInstanceError):
        found.id = "e2"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.data["words"] = 1  # type: ignore[index]


ODD = {
    "a key twice, hidden by a space": (line()[:-1] + b', "id" : "e2"}').replace(
        b'"id":', b'"id" :'
    ),
    "an unknown key, hidden by a space": (line()[:-1] + b', "x" : 1}').replace(b'"id":', b'"id" :'),
    "a key twice in data": line(data={"a": 1}).replace(b'"a": 1', b'"a": 1, "a": 1'),
    "a key twice, hidden by a quote": line(data={"a": "QQ"}).replace(
        b'"a": "QQ"', b'"a":1,"a":"QQ"'
    ),
    "quotes written as numbers": line(data={"a": "QQ"}).replace(
        b'"a": "QQ"', b'"a": 1, "a": "\\u0022\\u0022"'
    ),
    "a key that is null": line(actor=None, topics=None, data=None),
    "null in data": line(data={"a": None}),
    "empty topics and data": line(topics=[], data={}),
    "a NUL": line(actor="a\0"),
    "a NUL in data": line(data={"a": "a\0"}),
    "a backslash before u0000": line(data={"a": "\\u0000"}),
    "half a surrogate": line(data={"a": "\ud800"}),
    "two halves": line(actor="\U0001f600"),
    "a control character": line(actor="QQ").replace(b"QQ", b"\x01"),
    "UTF-8 that breaks off": line(actor="QQ").replace(b"QQ", b"\xe2\x82"),
    "UTF-8 of a surrogate": line(actor="QQ").replace(b"QQ", b"\xed\xa0\x80"),
    "UTF-8 longer than it need be": line(actor="QQ").replace(b"QQ", b"\xc0\xaf"),
    "no UTF-8 in an unknown key": line()[:-1] + b', "\xff": 1}',
    "an empty name": line(actor=""),
    "an empty text": line(data={"a": ""}),
    "an empty key": line(data={"": 1}),
    "a name too long": line(actor="x" * 257),
    "a text too long": line(data={"a": "x" * 65_537}),
    "too many topics": line(topics=list(map(str, range(65)))),
    "64 topics when said once": line(topics=[*map(str, range(64)), "0"]),
    "too many fields": line(data={str(n): n for n in range(65)}),
    "64 fields and one that is null": line(data={**{str(n): n for n in range(64)}, "x": None}),
    "a list of too many": line(data={"a": list(map(str, range(65)))}),
    "an empty list": line(data={"a": []}),
    "a list with a number": line(data={"a": [1]}),
    "a table in data": line(data={"a": {}}),
    "a list of tables": line(topics=[{}]),
    "an array": b'["e1", "x", "2026-05-01T09:00:00Z"]',
    "two objects": line() + line(id="e2"),
    "an object and a comma": line() + b",",
    **{
        f"the number {number}": line(data={"a": 7}).replace(b": 7", b": " + number.encode())
        for number in (
            *("9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775808"),
            *("18446744073709551616", "1" + "0" * 30, "-0", "0.0", "-0.0", "1.0", "1e2", "1E-400"),
            *("1e999", "-1e999", "0.1", "1.7976931348623157e308", "2.5e-324", "01", "1.", ".5"),
            *("+1", "NaN", "Infinity", "-Infinity", "0x1", "1_0", "true", "True", "tru", "1e5000"),
            *("0.30000000000000004", "123456789.123456789123456789", "9007199254740993.5"),
        )
    },
    **{
        f"the moment {moment}": line(occurred_at=moment)
        for moment in (
            *("2026-05-01T09:00:00z", "2026-05-01t09:00:00Z", "2026-05-01 09:00:00Z"),
            *("2026-05-01T09:00Z", "2026-05-01T24:00:00Z", "2026-05-01T09:00:60Z", "2026-W18-5"),
            *("2026-05-01T09:00:00.9999999Z", "2026-05-01T09:00:00,5Z", "2026-05-01T09:00:00.Z"),
            *("2026-05-01T09:00:00", "2026-02-30T09:00:00Z", "2026-05-01T09:00:00+24:00", ""),
            *("2026-05-01T09:00:00-00:00", "2026-05-01T09:00:00+02:00:30", "1899-12-31T23:59:59Z"),
            *(
                "0001-01-01T00:00:00+02:00",
                "9999-12-31T23:59:59-02:00",
                "2999-12-31T23:59:59-02:00",
            ),
            *("1900-01-01T00:00:00+02:00", "2999-12-31T23:59:59Z", "3000-01-01T01:00:00+02:00"),
            *("\u0662026-05-01T09:00:00Z", "2026-05-01T09:00:00Z\0", "2026-05-01\ud80009:00:00Z"),
        )
    },
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD.keys())
def test_that_an_odd_line_is_read_alike_with_msgspec_and_without(raw: bytes) -> None:
    assert len(differently(raw)) == 1


def test_that_a_key_is_told_twice_whatever_stands_around_it() -> None:
    (found,) = differently(ODD["a key twice, hidden by a space"])
    assert (
        str(found)
        == "e.jsonl, line 1, the key 'id': found it more than once, expected each key once"
    )
    (found,) = differently(ODD["an unknown key, hidden by a space"])
    assert "x: found an unknown key" in str(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(
    st.sampled_from([*GOOD, "recipient", "retracts", "typ"]) | st.text(), JSON
)
BOOK = RuleBook.load("plugin:sharing")


NAMES = st.sampled_from(["ann", 'Zo\u00eb "Dee"']) | st.text(min_size=1, max_size=4)
MOMENTS = st.datetimes() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))
ZONES = st.sampled_from(["Z", "Z", "+05:30", ""])
SOUND = st.fixed_dictionaries(
    {
        "id": NAMES,
        "type": NAMES,
        "occurred_at": st.builds(lambda at, zone: f"{at.isoformat()}{zone}", MOMENTS, ZONES),
    },
    optional={
        "actor": NAMES | st.none(),
        "object": NAMES,
        "recipient": NAMES,
        "in_reply_to": NAMES,
        "community": NAMES,
        "topics": st.lists(NAMES, max_size=3),
        "data": st.dictionaries(
            NAMES, st.text(max_size=4) | st.integers() | st.floats() | st.lists(NAMES), max_size=3
        ),
        "retracts": NAMES,
    },
)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A line in one of the many ways to write it, in which some bytes may have been spoilt."""
    pairs = list(draw(SOUND).items())
    pairs += draw(
        st.lists(st.sampled_from(pairs) | st.tuples(st.text(max_size=3), JSON), max_size=1)
    )
    pairs = draw(st.permutations(pairs))
    ascii, space = draw(st.booleans()), draw(st.sampled_from(["", " ", "\t\r"]))
    keys = [
        f"{json.dumps(key, ensure_ascii=ascii)}{space}:{json.dumps(value, ensure_ascii=ascii)}"
        for key, value in pairs
    ]
    raw = bytearray(f"{{{(space + ',').join(keys)}}}{space}".encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(raw)))
        piece = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b'\\"', b",", b":", b"\n"])
        )
        raw[at : at + draw(st.integers(0, 3))] = piece
    return bytes(raw)


@given(st.lists(written(), min_size=1, max_size=4))
@settings(max_examples=1_000 if os.environ.get("WIIFM_LONG") else 200, deadline=None)
def test_that_lines_are_read_alike_with_msgspec_and_without(lines: list[bytes]) -> None:
    data = b"\n".join([*lines, line(id="the-good-one")])
    if data[:2] != b"\x1f\x8b":
        assert ids(differently(data))[-1] == "the-good-one"


class Trickle(io.RawIOBase):
    """A stream that brings its bytes in pieces of its own."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = deque(piece for piece in pieces if piece)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self.pieces:
            return 0
        piece = self.pieces.popleft()
        if len(piece) > len(buffer):
            self.pieces.appendleft(piece[len(buffer) :])
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        return size


@given(
    st.lists(written() | st.just(b"") | st.just(b"\r"), max_size=6), st.sets(st.integers(0, 900))
)
def test_that_lines_are_read_alike_in_whatever_pieces_they_come(
    lines: list[bytes], cuts: set[int]
) -> None:
    data = line() + b"\n" + b"\n".join(lines)
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    assert list(read_jsonl(Trickle(pieces), "e.jsonl")) == read(data)  # type: ignore[arg-type]
    numbers = {number for number, raw in enumerate(data.split(b"\n"), 1) if raw.strip(b" \t\r\f\v")}
    assert {each.number for each in read_lines(io.BytesIO(data), "e.jsonl")} == numbers


def test_that_a_line_is_read_as_soon_as_it_is_there() -> None:
    stream = Trickle([line(id=f"e{number}") + b"\n" for number in range(3)])
    for found in read_jsonl(stream, "live"):  # type: ignore[arg-type]
        assert isinstance(found, Event) and found.id == f"e{2 - len(stream.pieces)}"


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
@settings(deadline=None)
def test_no_broken_gzip_ends_in_a_traceback(noise: bytes, at: int) -> None:
    zipped = bytearray(gzip.compress(b"\n".join([line()] * 20)))
    zipped[at : at + len(noise)] = noise
    for found in read(bytes(zipped), "e.gz"):
        assert isinstance(found, Event) or str(found)


ODD_KEYS = st.sampled_from(
    [
        *(
            '"id": "e1"',
            '"type": "x"',
            '"occurred_at": "2026-05-01T09:00:00Z"',
            '"id": "e2"',
            '"id": 7',
        ),
        *(
            '"actor": null',
            '"actor": "a\\u0000b"',
            '"actor": "\\ud800"',
            '"aktor": "ann"',
            '"actor": "x\\": 1"',
        ),
        *('"occurred_at": "2026-05-01T09:00:00z"', '"occurred_at": "2026-05-01T09:00:00.1234567Z"'),
        *('"occurred_at": "2026-05-01T23:59:59.9999999+02:00"', '"occurred_at": "2026-05-01"'),
        *(
            '"topics": []',
            '"topics": ["a", "a"]',
            '"topics": "a"',
            '"topics": [1]',
            '"data": {}',
            '"data": null',
        ),
        *(
            '"data": {"a": 1}',
            '"data": {"a": 1.5}',
            '"data": {"a": null}',
            '"data": {"a": 1, "a": 2}',
        ),
        *('"data": {"a": 99999999999999999999}', '"data": {"a": [1]}', '"data": {"a": {"b": 1}}'),
        *(
            '"data": {"a": true, "b": ["c"], "c": "d"}',
            '"data": {"a": NaN}',
            '"data": {"a": -9007199254740993}',
        ),
    ]
)


@given(st.lists(ODD_KEYS, max_size=6), st.sampled_from(["", " ", "\r\n", ",", "}"]))
@settings(max_examples=2_000, deadline=None)
def test_that_both_ways_to_read_a_line_say_the_same(keys: list[str], tail: str) -> None:
    start = ['"id": "e1"', '"type": "x"', '"occurred_at": "2026-05-01T09:00:00+02:00"']
    for parts in (keys, [*start, *keys]):
        differently(f"{{{', '.join(parts)}}}{tail}\n".encode())
