"""Read and write events as JSON Lines: one JSON object per line, in UTF-8, plain or compressed with gzip.

A wrong line doesn't stop reading: it becomes a :class:`Rejected`, and the next line is read. Only a file that can't be opened raises.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeAlias, cast

from wiifm.events import MOST_FIELDS, Event, read_event
from wiifm.faults import Fault, InvalidEvent, InvalidInput, WiifmError, short
from wiifm.sources.fast import quickly
from wiifm.sources.lines import Line, Rejected

Source: TypeAlias = str | Path | BinaryIO
"""A path, ``-`` for standard input, or an open binary stream."""

LONGEST_LINE = 2**20
"""The maximum length of a line in bytes. A longer one is rejected, and never held in memory as a whole."""

MOST_KEYS = 2 * MOST_FIELDS
"""The maximum number of keys of an object. One with more is rejected without looking at each of them."""

_CHUNK = 2**15
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_UTF_16 = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE


def read_jsonl(source: Source, name: str | None = None) -> Iterator[Event | Rejected]:
    """Read the events of a file or stream; a wrong line yields a :class:`Rejected`. ``name`` is how faults name the source.

    >>> lines = b'{"id": "e1", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}\\n{"id": 7}\\n'
    >>> first, second = read_jsonl(io.BytesIO(lines), name="may.jsonl")
    >>> first.id
    'e1'
    >>> second.line, [fault.where for fault in second.faults]
    (2, ['an event, type', 'an event, occurred_at'])

    Raises:
        InvalidInput: the file can't be opened.
    """
    for _, found in _read(source, name or _name(source)):
        yield from filter(None, found)


def read_lines(source: Source, name: str | None = None) -> Iterator[Line]:
    """Read what :func:`read_jsonl` reads, with the place of each line; ``name`` is how lines and faults name the source.

    Raises:
        InvalidInput: the file can't be opened.
    """
    file = name or _name(source)
    for first, found in _read(source, file):
        for number, each in enumerate(found, first):
            if each is not None:
                yield Line(file, number, each)


def _read(source: Source, file: str) -> Iterator[tuple[int, list[Event | Rejected | None]]]:
    """The events or faults of consecutive lines, chunk by chunk, each chunk with the number of its first line; None stands for a blank line."""
    number = 1
    with _opened(source, file) as stream:
        if _is_misnamed(stream, file):
            expected = "gzip, as .gz says, or a name without .gz"
            yield 1, [_broken(file, 1, "one that isn't compressed", expected)]
            return
        try:
            if _begins_with(stream, *_UTF_16):
                expected = "UTF-8: save it in that encoding, or use iconv -f UTF-16 -t UTF-8"
                yield 1, [_broken(file, 1, "UTF-16", expected)]
                return
            for lines in _lines(stream):
                yield (
                    number,
                    [
                        (quickly(raw) if len(raw) <= LONGEST_LINE else None)
                        or _parse(raw, file, at)
                        for at, raw in enumerate(lines, number)
                    ],
                )
                number += len(lines)
        except (OSError, EOFError, zlib.error) as error:
            found = f"a truncated or damaged one ({error})"
            yield number, [_broken(file, number, found, "a complete file")]


def _broken(file: str, number: int, found: str, expected: str) -> Rejected:
    return Rejected(file, number, (Fault("the file", found, expected),))


def _lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    """The lines of a stream, chunk by chunk; a line that is too long is cut, to a length that is still too long."""
    kept = bytearray()
    while chunk := cast(io.BufferedReader, stream).read1(_CHUNK):
        *whole, last = chunk.split(b"\n")
        if whole:
            whole[0] = bytes(kept) + whole[0]
            yield whole
            kept.clear()
        kept += last[: LONGEST_LINE + 1 - len(kept)]
    if kept:
        yield [bytes(kept)]


def _name(source: Source) -> str:
    if isinstance(source, str | Path):
        return "standard input" if str(source) == "-" else str(source)
    return str(getattr(source, "name", "events"))


@contextmanager
def _opened(source: Source, name: str) -> Iterator[BinaryIO]:
    """The source as a buffered stream of uncompressed bytes. A stream that the caller opened isn't closed."""
    ours = isinstance(source, str | Path) and str(source) != "-"
    try:
        stream = _stream(source)
        buffered = cast(io.BufferedReader, stream)
        if not hasattr(stream, "peek"):
            buffered = io.BufferedReader(cast(io.RawIOBase, stream), _CHUNK)
        zipped = buffered.peek(2)[:2] == _GZIP
    except (OSError, ValueError) as error:
        raise InvalidInput([Fault(name, str(error), "a file that can be read")]) from None
    try:
        yield gzip.GzipFile(fileobj=buffered, mode="rb") if zipped else buffered  # type: ignore[misc]
    finally:
        if ours:
            buffered.close()
        elif buffered is not stream:
            buffered.detach()


def _is_misnamed(stream: BinaryIO, name: str) -> bool:
    """Whether a file has a name that ends with ``.gz``, but isn't compressed; an empty file doesn't count."""
    if not name.endswith(".gz") or isinstance(stream, gzip.GzipFile):
        return False
    return bool(cast(io.BufferedReader, stream).peek(1))


def _begins_with(stream: BinaryIO, *marks: bytes) -> bool:
    """Whether the first bytes of a stream, which are still to be read, are one of some marks."""
    return cast(io.BufferedReader, stream).peek(2).startswith(marks)


def _stream(source: Source) -> BinaryIO:
    if not isinstance(source, str | Path):
        return source
    if str(source) != "-":
        return open(source, "rb")
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.buffer


def _parse(raw: bytes, file: str, number: int) -> Event | Rejected | None:
    """Parse one line with the ``json`` module and check all of it; None for a blank line."""
    if number == 1:
        raw = raw.removeprefix(_BOM)
    if not raw or raw.isspace():
        return None
    found = _event_or_faults(raw)
    return found if isinstance(found, Event) else Rejected(file, number, found)


def _event_or_faults(raw: bytes) -> Event | tuple[Fault, ...]:
    if len(raw) > LONGEST_LINE:
        return (Fault("the line", f"more than {LONGEST_LINE} bytes", "one event"),)
    try:
        return read_event(_decode(raw.rstrip(b"\r").decode("utf-8")))
    except UnicodeDecodeError as error:
        found = f"{short(raw[error.start : error.end])} at byte {error.start + 1}"
        return (Fault("the line", found, "UTF-8"),)
    except InvalidInput as error:
        return error.faults
    except json.JSONDecodeError as error:
        found = f"no JSON ({error.msg} at column {error.colno})"
        return (Fault("the line", found, "one JSON object"),)
    except ValueError as error:  # an integer with thousands of digits
        return (Fault("the line", short(str(error)), "an integer within 2**53"),)
    except RecursionError:
        return (Fault("the line", "JSON that is nested too deeply", "the flat object of an event"),)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_KEYS:
        found = f"an object with {len(pairs)} keys"
        raise InvalidEvent([Fault("the line", found, f"at most {MOST_KEYS}")])
    read = dict(pairs)
    if len(read) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = sorted(key for key in times if times[key] > 1)
        raise InvalidEvent(
            Fault(f"the key {short(key)}", "it more than once", "each key once") for key in twice
        )
    return read


def _constant(word: str) -> NoReturn:
    raise InvalidEvent([Fault("the line", word, "a finite number")])


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant).decode


def write_jsonl(events: Iterable[Event], path: str | Path) -> int:
    """Write events to a file, and return how many. The same events always give the same bytes.

    Args:
        events: the events.
        path: the file, which is compressed if its name ends with ``.gz``; ``-`` is standard output.

    Raises:
        InvalidInput: the file can't be written.
    """
    return write_records((event.as_json() for event in events), path)


def write_records(records: Iterable[Mapping[str, Any]], path: str | Path) -> int:
    """Write JSON objects, one per line, as :func:`write_jsonl` writes events, and return how many.

    Raises:
        InvalidInput: the file can't be written.
    """
    written = 0
    try:
        with _open_for_writing(str(path)) as stream:
            for record in records:
                line = json.dumps(record, ensure_ascii=False, allow_nan=False)
                stream.write(line.encode("utf-8") + b"\n")
                written += 1
    except (
        BrokenPipeError,
        WiifmError,
    ):  # no fault of the file: the reader of a pipe has gone, or a store that is read
        raise
    except OSError as error:
        where = "standard output" if str(path) == "-" else str(path)
        why = error.strerror or str(error)
        raise InvalidInput([Fault(where, why, "a file that can be written")]) from None
    return written


@contextmanager
def _open_for_writing(path: str) -> Iterator[BinaryIO]:
    """A binary stream to a file, or to standard output, which stays open."""
    if path == "-":
        if sys.stdout is None:
            raise OSError("standard output is closed")
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with open(path, "wb") as raw:
        if not path.endswith(".gz"):
            yield raw
            return
        with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as zipped:
            yield cast(BinaryIO, zipped)
