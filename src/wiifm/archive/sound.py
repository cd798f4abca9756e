"""What the rows of a store may be: which cells wiifm writes into each column, and which rows a row refers to.

Nobody asks for this while all is well. Once something failed over a store, ``damage`` looks here for a row that wiifm can't have written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from attrs import define, evolve, field, frozen

from wiifm.archive.codec import moment_of, unpack
from wiifm.archive.gates import placed_of
from wiifm.archive.log import ABOUT, ACTOR, derived_columns, event_of
from wiifm.archive.receipts import receipt_of
from wiifm.archive.state_codec import unpack_state
from wiifm.archive.tables import (
    CLAIMS,
    DOORS,
    ENTRIES,
    EVENTS,
    FACTS,
    HOLDERS,
    RECEIPTS,
    SNAPSHOTS,
)
from wiifm.archive.unsound import DERIVED_COLUMNS, Unsound
from wiifm.faults import Fault, InvalidEvent, WiifmError, literal
from wiifm.folds.relate import Relations
from wiifm.gate_state import GateState, Terms
from wiifm.ledger import KINDS
from wiifm.program import Program
from wiifm.program.gates import terms_of
from wiifm.program.slots import rank
from wiifm.rulebook.check_attributes import noun_faults
from wiifm.stores.protocol import Cell, Reading, Row, Table

UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""The exceptions in which it can end to work with a row that somebody changed."""

GATE, RULE, RANK = map(CLAIMS.place, ("gate", "rule", "rank"))

_NUMBERS = (int, float, Fraction)


class Check(NamedTuple):
    """What a column holds: in words, and as a function that tells whether a cell is that, which may raise if it isn't."""

    expected: str
    holds: Callable[[Any], object]


def _is(kind: type) -> Callable[[object], bool]:
    return lambda cell: type(cell) is kind


def _unless_null(check: Check) -> Check:
    return Check(f"{check.expected}, or NULL", lambda cell: cell is None or check.holds(cell))


_PLAIN = {
    "integer": Check("an integer", _is(int)),
    "text": Check("a text", _is(str)),
    "bytes": Check("bytes", _is(bytes)),
}
_COUNT = Check("a number from 0 on", lambda cell: type(cell) is int and cell >= 0)
_MOMENT = Check(
    "a moment in microseconds since 1970", lambda cell: type(cell) is int and moment_of(cell)
)
_AMOUNT = Check("an integer as text", lambda cell: type(cell) is str and str(int(cell)) == cell)
_KIND = Check("member, unit or community", KINDS.__contains__)
_VALUE = Check("a value as JSON, as wiifm encodes it", lambda cell: (unpack(cell),))
_WORDS = Check("an object of words as JSON", lambda cell: type(unpack(cell)) is dict)
_TUPLE = Check("an array as JSON", lambda cell: type(unpack(cell)) is tuple)
_LIST = Check("a list as JSON", lambda cell: type(json.loads(cell)) is list)
_OBJECT = Check("an object as JSON", lambda cell: type(json.loads(cell)) is dict)
_DAY = Check("the ordinal of a day", lambda cell: type(cell) is int and date.fromordinal(cell))
_SLOT = Check("an event type, a role and a merit as JSON", lambda cell: _is_slot(json.loads(cell)))
_AWARDS = Check("awards as JSON", lambda cell: all(map(_is_award, unpack(cell).items())))


def _is_slot(found: Any) -> bool:
    event_type, role, merit = found
    return type(event_type) is type(role) is str and (merit is None or type(merit) is str)


def _is_award(item: tuple[Any, Any]) -> bool:
    (badge, tier, occurrence), (at, event, _) = item
    texts = {type(badge), type(tier), type(event)} == {str}
    return texts and type(occurrence) is tuple and type(at) is datetime


_NULL: Mapping[str, tuple[str, ...]] = {
    "events": (*[*EVENTS.columns][ACTOR:],),
    "books": ("text", "lacks"),
    "holders": ("kept",),
    "doors_2": ("period",),
    "claims_2": ("actor",),
    "entries": ("said", "corrects", "because", "grade", "was"),
    "undelivered": ("due",),
}
"""The columns that may be NULL."""

_COLUMNS: Mapping[str, Mapping[str, Check]] = {
    "events": {"at": _MOMENT, "topics": _LIST, "data": _OBJECT},
    "mentions_2": {"at": _MOMENT},
    "received_2": {"at": _MOMENT},
    "holders": {"kind": _KIND, "count": _COUNT, "at": _MOMENT, "epoch": _COUNT, "kept": _AWARDS},
    "ghosts": {"at": _MOMENT},
    "histories": {"at": _MOMENT},
    "snapshots": {"at": _MOMENT, "count": _COUNT, "epoch": _COUNT},
    "cells": {"key": _VALUE, "epoch": _COUNT, "value": _VALUE},
    "doors_2": {"key": _TUPLE, "through": _COUNT, "points": _AMOUNT, "carried": _AMOUNT},
    "days": {"day": _DAY},
    "claims_2": {"key": _TUPLE, "at": _MOMENT, "amount": _AMOUNT, "place": _COUNT},
    "entries": {"slot": _SLOT, "amount": _AMOUNT, "said": _WORDS},
    "undelivered": {"kind": _KIND, "attempts": _COUNT},
}
"""What columns hold of which more can be said than that they are integers or texts."""


@frozen
class _Reference:
    """A row that a column names: its table, the index by which it is found (None: by its key), and the columns in which both rows agree."""

    table: Table
    index: str | None
    expected: str
    same: tuple[str, ...] = ()


_AN_EVENT = _Reference(EVENTS, "id", "the id of a recorded event")
_AT_EVENT = evolve(_AN_EVENT, same=("at",))
_A_NUMBER = _Reference(EVENTS, None, "the number of a recorded event", ("at", "type"))
_A_HOLDER = _Reference(HOLDERS, None, "the number of a holder")
_AN_ENTRY = _Reference(ENTRIES, None, "the number of an entry")

_REFERENCES: Mapping[str, Mapping[str, _Reference]] = {
    "mentions_2": {"no": _A_NUMBER},
    "received_2": {"no": _A_NUMBER},
    "pending": {"event": _AN_EVENT},
    "ghosts": {"holder": _A_HOLDER, "event": _AN_EVENT},
    "histories": {"holder": _A_HOLDER, "id": _AT_EVENT},
    "snapshots": {"holder": _A_HOLDER, "id": _AT_EVENT},
    "cells": {"holder": _A_HOLDER},
    "claims_2": {"id": _AT_EVENT},
    "entries": {
        "holder": _A_HOLDER,
        "event": _AN_EVENT,
        "because": _AN_EVENT,
        "corrects": _AN_ENTRY,
    },
    "receipts": {"event": _AN_EVENT},
}
"""The columns that name a row, which is never deleted."""


@define(eq=False)
class Soundness:
    """Checks rows of a store whose contents the book of a program decided."""

    program: Program
    unreadable: Mapping[str, Callable[[Row], str | None]] = field(factory=dict)
    _checks: dict[str, tuple[Check, ...]] = field(factory=dict)
    _relations: Relations = field(init=False)
    _claiming: set[tuple[str, str, int]] = field(init=False)
    """The gates with the rules that pass them, and the rank of their roles."""

    def __attrs_post_init__(self) -> None:
        self._relations = Relations(self.program.book)
        claims = self.program.claims.items()
        self._claiming = {
            (gate, rule.id, rank(slot)) for slot, each in claims for gate, rule, *_ in each
        }

    def unsound(self, reading: Reading, table: Table, rows: Sequence[Row]) -> Iterator[Unsound]:
        """The cells of some rows of a table that wiifm can't have written."""
        checks = self._checks_of(table)
        for row in rows:
            wrong = False
            for column, cell, check in zip(table.columns, row, checks, strict=True):
                if not _holds(check, cell):
                    wrong = True
                    yield Unsound(table, row, column, check.expected)
            if not wrong:
                yield from self._unsound_together(reading, table, row)
        for column, reference in _REFERENCES.get(table.name, {}).items():
            yield from _dangling(reading, table, rows, column, reference)
        if table is CLAIMS:
            yield from _homeless(reading, rows)

    def _checks_of(self, table: Table) -> tuple[Check, ...]:
        if table.name not in self._checks:
            known, nullable = dict(_COLUMNS.get(table.name, {})), _NULL.get(table.name, ())
            if table is ENTRIES:
                known["purse"] = Check("a purse of the book", self.program.book.purses.__contains__)
            found = {name: known.get(name, _PLAIN[kind]) for name, kind in table.columns.items()}
            found |= {name: _unless_null(found[name]) for name in nullable}
            self._checks[table.name] = tuple(found.values())
        return self._checks[table.name]

    def _unsound_together(self, reading: Reading, table: Table, row: Row) -> Iterator[Unsound]:
        """What is wrong with a row each of whose cells might be right."""
        if table is FACTS and row[0] == "purses" and not _holds(_OBJECT, row[1]):
            yield Unsound(table, row, "value", _OBJECT.expected)
        elif table is EVENTS:
            for column, expected in self._faults_of_event(row):
                yield Unsound(table, row, column, expected)
        elif table in (HOLDERS, SNAPSHOTS):
            kinds = [str(row[table.place("kind")])] if table is HOLDERS else self.program.states
            if not any(self._is_state(row[table.place("state")], kind) for kind in kinds):
                yield Unsound(table, row, "state", _STATE)
        elif table is DOORS:
            yield from self._unsettled(reading, row)
        elif table is CLAIMS and (row[GATE], row[RULE], row[RANK]) not in self._claiming:
            yield Unsound(
                table, row, "rule", "a rule that passes this gate, in a role of this rank"
            )
        elif table.name in self.unreadable:
            if (unreadable := self.unreadable[table.name](row)) is not None:
                yield Unsound(table, row, unreadable, "what wiifm encodes as JSON")
        elif table is RECEIPTS and not _is_receipt(*row):
            yield Unsound(table, row, "body", "what a receipt says as JSON")

    def _faults_of_event(self, row: Row) -> Iterator[tuple[str, str]]:
        """The columns of an event that make it one that couldn't be recorded, each with what was expected."""
        try:
            event = event_of(row)
        except InvalidEvent as error:
            yield from map(_of_column, error.faults)
            return
        kind = self.program.book.types.get(event.type)
        if kind is None:
            yield "type", "an event type of the book"
            return
        yield from map(_of_column, kind.faults(event))
        for column, found, right in zip(
            DERIVED_COLUMNS, row[ABOUT:], derived_columns(event, self._relations), strict=True
        ):
            if found != right:
                yield column, literal(right)

    def _unsettled(self, reading: Reading, door: Row) -> Iterator[Unsound]:
        """The row of a gate's key, if the claims there don't come to it."""
        gate = self.program.gates.get(str(door[0]))
        claims = list(reading.scan(CLAIMS, door[:2]))
        if gate is None:
            yield Unsound(DOORS, door, "gate", "a gate of the book")
        elif not _is_settled(terms_of(gate), door, claims):
            yield Unsound(DOORS, door, "through", "what the claims there come to")

    def _is_state(self, text: Cell, kind: str) -> bool:
        """Whether a text is a state of a kind of holder: each field is like that of a fresh one. Those of plugins may hold anything."""
        fresh = self.program.states[kind]  # type: ignore[index]
        first = fresh()
        try:
            found = unpack_state(str(text), fresh, {})
            found.copy().weight()  # raises where a container isn't one
            own = [name for name in first.__slots__ if name not in (*first.tables, *first.foreign)]  # type: ignore[attr-defined]
            alike = all(_is_like(getattr(found, name), getattr(first, name)) for name in own)
            queues = all(_are_queues(getattr(found, name)) for name in first.queues)
            return alike and queues and all(map(_is_award, found.awards.items()))
        except UNREADABLE:
            return False


def _are_queues(value: Any) -> bool:
    """Whether what a field has for its queue, or for each of its queues, begins with moments."""
    queues = value.values() if isinstance(value, dict) else () if value is None else (value,)
    items = [item for each in queues for item in each.inside()]
    return all(type(each[0] if type(each) is tuple else each) is datetime for each in items)


_STATE = "a state as JSON, with the fields that the book needs"


def _is_like(found: Any, first: Any) -> bool:
    """Whether a value may be that of a field which is ``first`` in a fresh state: where that is a number, so is the value."""
    if first is None:
        return True
    if isinstance(first, _NUMBERS):
        return isinstance(found, _NUMBERS)
    if type(first) is tuple:
        return (
            type(found) is tuple and len(found) == len(first) and all(map(_is_like, found, first))
        )
    return type(first) is frozenset or type(found) is type(first)


def _is_receipt(event: Cell, body: Cell) -> bool:
    try:
        return not any(noun_faults(receipt_of(str(event), (), str(body))))
    except (WiifmError, *UNREADABLE):
        return False


def _of_column(fault: Fault) -> tuple[str, str]:
    """The column of an event's field that a fault is about, and what was expected there."""
    key = fault.where.rpartition(", ")[2].partition(".")[0]
    return "at" if key == "occurred_at" else key, fault.expected


def _holds(check: Check, cell: Cell) -> bool:
    try:
        return bool(check.holds(cell))
    except UNREADABLE:
        return False


def _dangling(
    reading: Reading, table: Table, rows: Sequence[Row], column: str, reference: _Reference
) -> Iterator[Unsound]:
    """The cells of a column that name a row which isn't there, and those that differ from that row."""
    other, index, same = reference.table, reference.index, reference.same
    place, columns = table.place(column), (*other.ordered_by(index)[:1], *same)
    keys = [(cell,) for cell in {row[place] for row in rows} if cell is not None]
    known = {row[0]: row[1:] for row in reading.pick(other, keys, index, columns=columns)}
    for row in rows:
        if row[place] is None:
            continue
        if row[place] not in known:
            yield Unsound(table, row, column, reference.expected)
            continue
        for name, cell in zip(same, known[row[place]], strict=True):
            if row[table.place(name)] != cell:
                yield Unsound(table, row, name, f"{literal(cell)}, as the event has it")


def _is_settled(terms: Terms, door: Row, claims: list[Row]) -> bool:
    """Whether the claims at a key of a gate, each given in order with its place, come to what the row of the gate says.

    Claims that can't be read are found when the rows of their own table are checked.
    """
    try:
        placed = [*map(placed_of, claims)]
    except UNREADABLE:
        return True
    state = GateState(terms)
    for *claim, place in placed:
        if state.enter(tuple(claim)) != place:  # type: ignore[arg-type]
            return False
    _, _, through, points, _, carried = door
    return (state.through, str(state.points), str(state.carried)) == (through, points, carried)


def _homeless(reading: Reading, claims: Sequence[Row]) -> Iterator[Unsound]:
    """The claims at keys of which no gate knows."""
    known = {row[:2] for row in reading.find(DOORS, list({row[:2] for row in claims}))}
    for row in claims:
        if row[:2] not in known:
            yield Unsound(CLAIMS, row, "key", "a key of the gate")
