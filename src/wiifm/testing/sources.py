"""The contract for sources: subclass it, say what is yours, and pytest runs what it must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, zip_longest

from hypothesis import strategies as st

from wiifm.events import Event
from wiifm.faults import short
from wiifm.rulebook.book import RuleBook
from wiifm.sources.lines import Line, Rejected, line_fault
from wiifm.testing.examples import drawn, tried_on
from wiifm.testing.fresh_results import difference_afresh, parts_differing
from wiifm.testing.purity import elsewhere, impurities
from wiifm.testing.strategies import communities

_OF_NO_PAYLOAD = (" reads a clock ", " draws a random number ")
"""What a source must not do; unlike a rule it may do I/O, which is its trade."""


class SourceContract:
    """What a source must keep: what was written is read, a wrong piece is told with its place, the rest goes on.

    A format that carries less than an event has, or names it otherwise, says what must be read by ``expected``; one with
    a frame around its pieces, such as a JSON array, writes a wrong one among them by ``with_wrong``.

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
        """A book with the event types that the source brings; the default book unless overridden."""
        return RuleBook.load("plugin:sharing")

    def read(self, payload: bytes) -> Iterable[Line]:
        """Read a payload with the source."""
        raise NotImplementedError

    def write(self, events: Sequence[Event]) -> bytes:
        """A payload that the source must read as these events, or as what is ``expected`` of them."""
        raise NotImplementedError

    def expected(self, events: Sequence[Event]) -> Sequence[Event]:
        """What must be read of events that were written: the same, unless overridden."""
        return events

    def wrong(self) -> bytes:
        """One wrong piece, such as a line that is no event."""
        raise NotImplementedError

    def with_wrong(self, before: Sequence[Event], after: Sequence[Event]) -> bytes:
        """A payload with the wrong piece between events; unless overridden, what is written of both with the piece between."""
        return self.write(before) + self.wrong() + self.write(after)

    def test_that_it_reads_what_was_written(self) -> None:
        """Events go out and come in again the same."""

        @tried_on(self.examples, communities(self.make_book()))
        def holds(events: list[Event]) -> None:
            _read_as(self.read(self.write(events)), self.expected(events))

        holds()

    def test_that_a_wrong_piece_is_told_and_the_rest_goes_on(self) -> None:
        """A wrong piece is a :class:`~wiifm.sources.Rejected` with its place, between what is right."""

        @tried_on(self.examples, *2 * [communities(self.make_book())])
        def holds(before: list[Event], after: list[Event]) -> None:
            lines = _sound(self.read(self.with_wrong(before, after)))
            right = [line for line in lines if not isinstance(line.found, Rejected)]
            first, second = self.expected(before), self.expected(after)
            _read_as(right, [*first, *second])
            told = [line for line in lines if isinstance(line.found, Rejected)]
            assert len(told) == 1, f"one piece is wrong, and told is: {_shown(told) or 'nothing'}"
            _in_its_place(told[0], right[: len(first)], right[len(first) :])
            _in_order(lines)

        holds()

    def test_that_the_same_payload_is_read_the_same(self) -> None:
        """It reads no clock, draws no random number, asks for no zone of the machine, and keeps nothing to itself."""

        @tried_on(self.examples, communities(self.make_book()))
        def holds(events: list[Event]) -> None:
            payload = self.write(events) + self.wrong()
            read: list[list[Line]] = [[], []]
            found = impurities(lambda: read[0].extend(self.read(payload)))
            wrong = [each for each in found if any(what in each for what in _OF_NO_PAYLOAD)]
            assert not wrong, f"a source must not do this: {'; '.join(wrong)}"
            read[1] += self.read(payload)
            assert read[0] == read[1], "the second time, the same payload was read otherwise"
            with elsewhere():
                there = list(self.read(payload))
            assert there == read[0], "on a machine in another time zone, it was read otherwise"

        holds()

    def test_that_a_new_process_reads_the_same(self) -> None:
        """Whatever was read first, and however texts are hashed: an id is the same wherever a payload is read again.

        The class is made anew in other processes, without pytest but with the attributes that it has here; where it can't be, this
        test is skipped.
        """
        events = drawn(communities(self.make_book()), min(self.examples, 10))
        asked = [(payload, payload) for payload in map(self.write, events)]
        found = difference_afresh(self, lines_read, asked, parts_differing)
        assert found is None, f"{found.cause}; read in two orders, a payload came to {found.told}"

    def test_that_no_payload_makes_it_raise(self) -> None:
        """Whatever comes in is read as events or as what is wrong."""

        @tried_on(self.examples, st.binary(max_size=200))
        def holds(payload: bytes) -> None:
            _in_order(_sound(self.read(payload)))

        holds()


def lines_read(contract: SourceContract) -> Callable[[bytes], list[Line]]:
    """What a contract's source reads."""
    return lambda payload: list(contract.read(payload))


def _read_as(lines: Iterable[Line], expected: Sequence[Event]) -> None:
    """That what was read is what was expected, piece by piece, and in its place."""
    read = _sound(lines)
    found = [line.found for line in read]
    for number, (one, other) in enumerate(zip_longest(found, expected), 1):
        assert one == other, f"piece {number} was read as:\n  {one}\nexpected:\n  {other}"
    _in_order(read)


def _sound(lines: Iterable[Line]) -> list[Line]:
    """The lines that are read, each with a place, and with an event or what is wrong."""
    read = list(lines)
    for line in read:
        fault = line_fault(line)
        assert fault is None, f"it yields {short(line)}; {fault}"
    return read


def _in_order(lines: Iterable[Line]) -> None:
    """That the numbers of pieces grow."""
    for one, other in pairwise(line.number for line in lines):
        assert one <= other, (
            f"the numbers of pieces must grow, and that of {one} comes before {other}"
        )


def _in_its_place(wrong: Line, before: Sequence[Line], after: Sequence[Line]) -> None:
    """That a wrong piece says what is wrong, and its number that it lies between those that are right."""
    found = wrong.found
    assert isinstance(found, Rejected)
    assert (found.file, found.line) == (wrong.file, wrong.number), (
        f"the piece's place is {wrong.file}, line {wrong.number}; what is wrong with it is told of {found.file}, line {found.line}"
    )
    assert all(each.number < wrong.number for each in before) and all(
        wrong.number < each.number for each in after
    ), (
        f"the wrong piece has the number {wrong.number}; those before it have {[each.number for each in before]}, "
        f"those behind it {[each.number for each in after]}"
    )


def _shown(lines: Iterable[Line]) -> str:
    return "; ".join(str(line.found) for line in lines)
