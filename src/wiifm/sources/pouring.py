"""Record the lines of a source in an engine, and say of each event that was refused in which line it was."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.faults import InvalidInput
from wiifm.ledger import Tally
from wiifm.sources.lines import Line, Rejected, line_fault


@frozen(kw_only=True)
class Poured:
    """The result of :func:`pour`: how many events were recorded, how many were duplicates, the rejected lines in their order, and ``failed`` of
    :class:`~wiifm.ledger.Tally`."""

    recorded: int
    duplicates: int
    rejected: tuple[Rejected, ...] = ()
    failed: int = 0


def pour(engine: Engine, lines: Iterable[Line]) -> Poured:
    """Record the events of lines in an engine. Lines that are wrong, or whose event the engine rejects, are returned; all others are recorded.

    >>> import io
    >>> from wiifm import RuleBook
    >>> from wiifm.sources import read_lines
    >>> lines = b'{"id": "e1", "type": "post.shred", "occurred_at": "2026-05-01T09:00:00Z"}'
    >>> engine = Engine(RuleBook.load("plugin:sharing"))
    >>> print(*pour(engine, read_lines(io.BytesIO(lines), "may.jsonl")).rejected)
    may.jsonl, line 1, event 'e1', type: found 'post.shred', expected a type that the rule book declares; did you mean 'post.shared'?

    Raises:
        InvalidInput: ``lines`` yields something that is no line. The lines before it are recorded.
    """
    rejected: list[tuple[int, Rejected]] = []
    handed_over = _Places()

    def events() -> Iterator[Event]:
        for sequence, line in enumerate(lines):
            try:
                if isinstance(line.found, Rejected):
                    rejected.append((sequence, line.found))
                    continue
                handed_over.note(sequence, line)
            except (AttributeError, TypeError, OverflowError):
                if fault := line_fault(line):
                    raise InvalidInput([fault]) from None
                raise
            yield line.found

    return _poured(engine.record_many(events()), rejected, handed_over)


def _poured(tally: Tally, rejected: list[tuple[int, Rejected]], handed_over: _Places) -> Poured:
    """The result, with the events that the engine rejected merged into the rejected lines, in the order of the lines."""
    for each in tally.rejected:
        sequence, file, number = handed_over.of(each.index)
        rejected.append((sequence, Rejected(file, number, each.error.faults)))
    in_order = sorted(rejected, key=lambda pair: pair[0])
    return Poured(
        recorded=tally.recorded,
        duplicates=tally.duplicates,
        rejected=tuple(found for _, found in in_order),
        failed=tally.failed,
    )


@define
class _Places:
    """The place of each event that the engine was given: its sequence number, file and line. Compact, since there may be millions."""

    sequences: array[int] = field(factory=lambda: array("Q"))
    numbers: array[int] = field(factory=lambda: array("Q"))
    files: list[tuple[int, str]] = field(factory=list)

    def note(self, sequence: int, line: Line) -> None:
        if not self.files or self.files[-1][1] != line.file:
            self.files.append((len(self.numbers), line.file))
        self.sequences.append(sequence)
        self.numbers.append(line.number)

    def of(self, index: int) -> tuple[int, str, int]:
        first = bisect_right(self.files, index, key=lambda pair: pair[0]) - 1
        return self.sequences[index], self.files[first][1], self.numbers[index]
