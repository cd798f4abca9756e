"""The contract for sources: tests that a plugin's source inherits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise, zip_longest
from pathlib import Path
from tempfile import gettempdir

from hypothesis import strategies as st

from wiifm.events import Event
from wiifm.faults import short
from wiifm.rulebook.book import RuleBook
from wiifm.sources.lines import Line, Rejected, line_fault
from wiifm.testing.examples import drawn, tried_on
from wiifm.testing.first_calls import first_impurities, watch_first_calls
from wiifm.testing.fresh_results import difference_afresh, parts_differing
from wiifm.testing.opened_files import files_opened
from wiifm.testing.overridden import missing, returned
from wiifm.testing.purity import impurities, in_another_time_zone
from wiifm.testing.strategies import communities

_OF_NO_PAYLOAD = (" reads a clock ", " draws a random number ")
"""What the reading of a payload must not do; a source may do I/O, such as in a temporary file."""


class SourceContract:
    """What a source must do: read what was written, and reject a wrong piece with its place, without stopping there.

    Override ``expected`` if the format carries less than an event has, or names it otherwise; override ``with_wrong`` if pieces stand
    within a frame, such as a JSON array.

    >>> class TestShouts(SourceContract):
    ...     examples = 5
    ...     def make_book(self):
    ...         return RuleBook.parse("[book]\\nid='b'\\nvocabulary=[]\\n[event.shouted]\\nrequires=['actor']")
    ...     def write(self, events):
    ...         return "".join(f"{event.actor}\\n" for event in events).encode()
    ...     def expected(self, events):
    ...         return [shout(event.actor) for event in events]
    ...     def wrong(self):
    ...         return b"\\n"
    ...     def read(self, payload):
    ...         for number, line in enumerate(payload.decode(errors="replace").splitlines(), 1):
    ...             fault = Fault("the line", "nothing", "a name")
    ...             yield Line("test", number, shout(line) if line else Rejected("test", number, (fault,)))
    >>> from datetime import UTC, datetime
    >>> from wiifm import Fault
    >>> shout = lambda name: Event(id=name, type="shouted", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor=name)
    >>> TestShouts().test_that_it_reads_what_was_written()
    >>> TestShouts().test_that_a_wrong_piece_is_told_and_the_rest_goes_on()
    """

    examples = 50
    """How many payloads are tried."""

    def make_book(self) -> RuleBook:
        """A book with the event types that the source yields; ``plugin:sharing`` unless overridden."""
        return RuleBook.load("plugin:sharing")

    def read(self, payload: bytes) -> Iterable[Line]:
        """Read a payload with the source under test."""
        raise missing("read", "return or yield lines")

    def write(self, events: Sequence[Event]) -> bytes:
        """A payload that the source must read as these events, or as what :meth:`expected` makes of them."""
        raise missing("write", "return bytes")

    def expected(self, events: Sequence[Event]) -> Sequence[Event]:
        """What must be read when these events were written: the same events, unless overridden."""
        return events

    def wrong(self) -> bytes:
        """One wrong piece of a payload, such as a line that is no event."""
        raise missing("wrong", "return bytes")

    def with_wrong(self, before: Sequence[Event], after: Sequence[Event]) -> bytes:
        """A payload with the wrong piece between events; unless overridden, the concatenation of what is written."""
        return _written(self, before) + _wrong(self) + _written(self, after)

    def test_that_it_reads_what_was_written(self) -> None:
        """Events that were written are read again."""

        @tried_on(self.examples, communities(_book(self)))
        def holds(events: list[Event]) -> None:
            _read_as(_read(self, _written(self, events)), self.expected(events))

        holds()

    def test_that_a_wrong_piece_is_told_and_the_rest_goes_on(self) -> None:
        """A wrong piece is read as a :class:`~wiifm.sources.Rejected` with its place, and the pieces around it are read."""

        @tried_on(self.examples, *2 * [communities(_book(self))])
        def holds(before: list[Event], after: list[Event]) -> None:
            with_wrong = returned("with_wrong", self.with_wrong(before, after), bytes, "bytes")
            lines = _sound(_read(self, with_wrong))
            right = [line for line in lines if not isinstance(line.found, Rejected)]
            first, second = self.expected(before), self.expected(after)
            _read_as(right, [*first, *second])
            rejected = [line for line in lines if isinstance(line.found, Rejected)]
            assert len(rejected) == 1, (
                f"one piece is wrong, and rejected is: {_shown(rejected) or 'nothing'}"
            )
            _in_its_place(rejected[0], right[: len(first)], right[len(first) :])
            _in_order(lines)

        holds()

    def test_that_the_same_payload_is_read_the_same(self) -> None:
        """A payload is read the same again: without a clock, random numbers or other files, in any time zone, and without memory.

        That holds for the first payload in a process, too. A source may read files of its package, and whatever it writes itself.
        """

        @tried_on(self.examples, communities(_book(self)))
        def holds(events: list[Event]) -> None:
            payload = _written(self, events) + _wrong(self)
            wrong = _dependencies(self, payload)
            assert not wrong, f"a source must not do this: {'; '.join(wrong)}"
            once, again = (list(_read(self, payload)) for _ in "12")
            assert once == again, "the second time, the same payload was read differently"
            with in_another_time_zone():
                there = list(_read(self, payload))
            assert there == once, (
                "on a machine in another time zone, the same payload was read differently"
            )

        holds()
        payloads = [_written(self, each) + _wrong(self) for each in self._histories()]
        at_first = first_impurities(self, dependencies_of, payloads)
        assert not at_first, f"a source must not do this, not even once: {'; '.join(at_first)}"

    def test_that_a_new_process_reads_the_same(self) -> None:
        """New processes read the same events with the same ids: nothing is remembered, and nothing depends on a hash.

        The class is instantiated in other processes, without pytest but with the attributes that it has here. If that isn't possible, the
        test is skipped.
        """
        asked = [(payload, payload) for payload in map(partial(_written, self), self._histories())]
        found = difference_afresh(self, lines_read, asked, parts_differing)
        assert found is None, (
            f"{found.cause}; read in two orders, a payload came to {found.answers}"
        )

    def _histories(self) -> list[list[Event]]:
        """Generated events, the same in every run."""
        return drawn(communities(_book(self)), min(self.examples, 10))

    def test_that_no_payload_makes_it_raise(self) -> None:
        """The source doesn't raise for any bytes: it reads them as events or rejects them."""

        @tried_on(self.examples, st.binary(max_size=200))
        def holds(payload: bytes) -> None:
            _in_order(_sound(_read(self, payload)))

        holds()


def _book(contract: SourceContract) -> RuleBook:
    return returned("make_book", contract.make_book(), RuleBook)


def _written(contract: SourceContract, events: Sequence[Event]) -> bytes:
    return returned("write", contract.write(events), bytes, "bytes")


def _wrong(contract: SourceContract) -> bytes:
    return returned("wrong", contract.wrong(), bytes, "bytes")


def _read(contract: SourceContract, payload: bytes) -> Iterable[Line]:
    """What a contract's source reads, after its first reading was watched, if that isn't done in another process."""
    watch_first_calls(contract, partial(_dependencies, contract, payload))
    return _lines(contract, payload)


def _lines(contract: SourceContract, payload: bytes) -> Iterable[Line]:
    lines = contract.read(payload)
    returned("read", lines, Iterable, "or yield lines")  # type: ignore[type-abstract]
    return lines


def _dependencies(contract: SourceContract, payload: bytes) -> list[str]:
    """What a contract's source does with a payload so that the result depends on something else."""
    found: list[str] = []

    def watch() -> None:
        found.extend(impurities(lambda: list(_lines(contract, payload))))

    opened = files_opened(watch, _homes)
    wrong = [each for each in found if any(what in each for what in _OF_NO_PAYLOAD)]
    return wrong + [f"it reads {path}, which isn't the file that it is given" for path in opened]


def _homes() -> Iterator[str]:
    """The files of all modules, and one among temporary files, which a fixture may have written."""
    yield from filter(None, (getattr(each, "__file__", None) for each in [*sys.modules.values()]))
    yield str(Path(gettempdir()) / "file")


def dependencies_of(contract: SourceContract) -> Callable[[bytes], list[str]]:
    """A function that reads a payload with a contract's source, and says what the result depends on besides."""
    return partial(_dependencies, contract)


def lines_read(contract: SourceContract) -> Callable[[bytes], list[Line]]:
    """A function that reads a payload with a contract's source."""
    return lambda payload: list(_read(contract, payload))


def _read_as(lines: Iterable[Line], expected: Sequence[Event]) -> None:
    """Check that what was read is what was expected, piece by piece and in order."""
    read = _sound(lines)
    found = [line.found for line in read]
    for number, (one, other) in enumerate(zip_longest(found, expected), 1):
        assert one == other, f"piece {number} was read as:\n  {one}\nexpected:\n  {other}"
    _in_order(read)


def _sound(lines: Iterable[Line]) -> list[Line]:
    """The lines, after checking that each has a place, and an event or what is wrong."""
    read = list(lines)
    for line in read:
        fault = line_fault(line)
        assert fault is None, f"the source yields {short(line)}; {fault}"
    return read


def _in_order(lines: Iterable[Line]) -> None:
    """Check that the numbers of pieces never decrease."""
    for one, other in pairwise(line.number for line in lines):
        assert one <= other, (
            f"the numbers of pieces must not decrease, but {one} comes before {other}"
        )


def _in_its_place(wrong: Line, before: Sequence[Line], after: Sequence[Line]) -> None:
    """Check that a rejected piece says its place, and that its number lies between those of the pieces around it."""
    found = wrong.found
    assert isinstance(found, Rejected)
    assert (found.file, found.line) == (wrong.file, wrong.number), (
        f"the piece is at {wrong.file}, line {wrong.number}; its Rejected says {found.file}, line {found.line}"
    )
    assert all(each.number < wrong.number for each in before) and all(
        wrong.number < each.number for each in after
    ), (
        f"the wrong piece has the number {wrong.number}; those before it have {[each.number for each in before]}, "
        f"those after it {[each.number for each in after]}"
    )


def _shown(lines: Iterable[Line]) -> str:
    return "; ".join(str(line.found) for line in lines)
