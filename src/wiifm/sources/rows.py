"""Read tables in XML, as data dumps have them: ``<row Id="1" .../>`` inside one element, plain or compressed with gzip.

A table is read in chunks, and never held in memory as a whole. A fault of the file, such as broken XML, is yielded with the line where it was
found, and ends the table.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from wiifm.faults import Fault, InvalidInput, literal

_CHUNK = 2**16
_LIMIT = 2**24
"""How many bytes may be read without completing a row. A dump has no larger rows, and a crafted one would fill the memory."""

_GZIP = b"\x1f\x8b"
_FORBIDDEN = "XML that declares no entities"
_NOTHING_ELSE = "nothing but rows in one element, as data dumps have them"
_TOO_LONG = Fault("the file", "a row of more than 16 MiB", "rows of a data dump")


class Row(NamedTuple):
    """A row: the line of the file on which it begins, and its attributes, or what is wrong there."""

    line: int
    found: Mapping[str, str] | Fault


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a table, in the order of the file.

    Raises:
        InvalidInput: the file can't be opened.
    """
    try:
        file = path.open("rb")
        zipped = file.peek(2)[:2] == _GZIP
    except OSError as error:
        why = error.strerror or str(error)
        raise InvalidInput([Fault(str(path), why, "a file that can be read")]) from None
    rows: list[Row] = []
    parser = _parser(rows)
    with file:
        stream = gzip.GzipFile(fileobj=file, mode="rb") if zipped else file
        waiting = 0
        try:
            while chunk := stream.read(max(_CHUNK, waiting)):
                parser.Parse(chunk, False)
                waiting = 0 if rows else waiting + len(chunk)
                if waiting > _LIMIT:
                    raise InvalidInput([_TOO_LONG])
                yield from rows
                rows.clear()
            parser.Parse(b"", True)
        except (expat.ExpatError, OSError, EOFError, zlib.error) as error:
            yield from rows
            found = f"a truncated or damaged one ({error})"
            yield Row(parser.CurrentLineNumber, Fault("the file", found, "complete XML"))
        except InvalidInput as error:
            yield from rows
            yield Row(parser.CurrentLineNumber, error.faults[0])


def _parser(rows: list[Row]) -> expat.XMLParserType:
    """A parser that appends each row to a list. It refuses any other element than one around the rows, and entities (they can grow without bound)."""
    parser = expat.ParserCreate()
    around = iter([True])  # yields once, for the element around the rows

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            rows.append(Row(parser.CurrentLineNumber, attributes))
        elif not next(around, False):
            raise InvalidInput([Fault("the file", f"the element {literal(name)}", _NOTHING_ELSE)])

    def entity(name: str, *_: object) -> NoReturn:
        raise InvalidInput([Fault("the file", f"the entity {literal(name)}", _FORBIDDEN)])

    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    return parser
