"""A store and its model, side by side: tables, transactions and questions made at random must come to the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Index, Key, Kind, Row, Store, Table
from wiifm.testing.store_model import Model

_CELLS: dict[Kind, list[Any]] = {
    "integer": [-(2**63), -5, -1, 0, 1, 2, 10, 2**31, 2**63 - 1],
    "text": [
        "",
        "a",
        "A",
        "ä",
        "z",
        "aa",
        "a b",
        "%s",
        "?",
        "'\"",
        "\\",
        "\n",
        "\uffff",
        "\U0001f351",
        "Ω",
        "1",
        "null",
    ],
    "bytes": [b"", b"\0", b"\0\0", b"a", b"\x7f", b"\x80\xff", b"\\x00"],
}
"""Few of each kind, so that rows meet; and those that are sorted or written wrong where somebody was careless."""

_NAMES = ("a", "b", "c", "order", "e")


class Left(BaseException):
    """Breaks off a transaction from within its block."""


def _columns(kinds: list[Kind]) -> dict[str, Kind]:
    return dict(zip(_NAMES, kinds, strict=False))


@st.composite
def tables(draw: Callable[[Any], Any], name: str) -> Table:
    """A table of any columns, with any key and indexes."""
    kinds = draw(st.lists(st.sampled_from(sorted(_CELLS)), min_size=1, max_size=len(_NAMES)))
    columns = _columns(kinds)
    some = st.permutations(list(columns)).flatmap(
        lambda order: st.integers(1, len(order)).map(lambda size: tuple(order[:size]))
    )
    indexes = draw(
        st.dictionaries(
            st.sampled_from(["x", "y"]), st.builds(Index, some, st.booleans()), max_size=2
        )
    )
    return Table(name, columns, draw(some), indexes)


def _cells(table: Table, columns: tuple[str, ...]) -> st.SearchStrategy[Key]:
    return st.tuples(*(st.sampled_from(_CELLS[table.columns[column]]) for column in columns))


def _rows(table: Table) -> st.SearchStrategy[Row]:
    return st.tuples(
        *(
            st.sampled_from(_CELLS[kind] if column in table.key else [None, *_CELLS[kind]])
            for column, kind in table.columns.items()
        )
    )


@st.composite
def _find(draw: Callable[[Any], Any], table: Table) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    index = draw(st.sampled_from([None, *table.indexes]))
    ordered = table.ordered_by(index)
    width = draw(st.integers(0, len(ordered)))
    keys = draw(st.lists(_cells(table, ordered[:width]), max_size=12))
    return "find", (table, keys, index), {}


@st.composite
def _scan(draw: Callable[[Any], Any], table: Table) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    index = draw(st.sampled_from([None, *table.indexes]))
    ordered = table.ordered_by(index)
    width = draw(st.integers(0, len(ordered)))
    bounds = {}
    for bound in ("since", "before"):
        size = draw(st.integers(0, len(ordered) - width))
        cells = _cells(table, ordered[width : width + size])
        bounds[bound] = draw(st.none() | cells)
    options = {"backwards": draw(st.booleans()), "most": draw(st.none() | st.integers(0, 5))}
    return "scan", (table, draw(_cells(table, ordered[:width])), index), {**bounds, **options}


@st.composite
def _change(
    draw: Callable[[Any], Any], table: Table
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    call = draw(st.sampled_from(["insert", "insert", "put", "put", "delete", "cut"]))
    if call in ("insert", "put"):
        return call, (table, draw(st.lists(_rows(table), max_size=8))), {}
    width = draw(st.integers(0, len(table.key)))
    if call == "delete":
        return call, (table, draw(st.lists(_cells(table, table.key[:width]), max_size=4))), {}
    size = draw(st.integers(0, len(table.key) - width))
    within, since = (
        _cells(table, part) for part in (table.key[:width], table.key[width : width + size])
    )
    return call, (table, draw(within), draw(since)), {}


def _answer(what: Any, call: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> object:
    """What a call comes to; found rows are sorted, as nobody promises them in order."""
    try:
        found = getattr(what, call)(*arguments, **options)
    except StoreFault:
        return "a fault"
    if call == "find":
        return sorted(found, key=repr)
    return list(found) if call == "scan" else found


class StoreMachine(RuleBasedStateMachine):
    """Whatever happens to a store happens to its model."""

    lasting: bool

    @staticmethod
    def make_opener() -> Callable[[], Store]:
        """A call that opens a store in a new place."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.opener = self.make_opener()
        self.store = self.opener()
        self.model = Model()
        self.tables: list[Table] = []
        self.readers: list[tuple[Any, Model]] = []
        self.held = ExitStack()

    @initialize(first=tables("first"), second=tables("second"))
    def open(self, first: Table, second: Table) -> None:
        """Two tables of any columns."""
        self.tables = [first, second]
        self.store.prepare(self.tables)

    def same(self, store: Any, model: Model, question: Any) -> object:
        """A call must come to the same in both."""
        found, expected = _answer(store, *question), _answer(model, *question)
        assert found == expected, f"{question}: found {found}, expected {expected}"
        return found

    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        """Ask for anything."""
        with self.store.reading() as reading:
            for _ in range(3):
                self.same(reading, self.model, data.draw(self.question()))

    @rule(data=st.data(), kept=st.booleans())
    def write(self, data: st.DataObject, kept: bool) -> None:
        """A transaction, which may fail, or be left by a raise."""
        after = self.model.copy()
        with suppress(Left), self.store.writing() as writing:
            for change in data.draw(
                st.lists(st.sampled_from(self.tables).flatmap(_change), max_size=6)
            ):
                if self.same(writing, after, change) == "a fault":
                    raise Left
                self.same(writing, after, data.draw(self.question()))
            if not kept:
                raise Left
            self.model = after

    @rule()
    def hold(self) -> None:
        """Begin to read, and go on later."""
        if len(self.readers) < 3:
            reading = self.held.enter_context(self.store.reading())
            self.readers.append((reading, self.model))

    @rule(data=st.data())
    def ask_held(self, data: st.DataObject) -> None:
        """What one began to read stays as it was."""
        for reading, then in self.readers:
            self.same(reading, then, data.draw(self.question()))

    @rule()
    def let_go(self) -> None:
        """Stop reading."""
        self.held.close()
        self.readers = []

    @rule()
    def open_again(self) -> None:
        """What was committed outlives the store; and prepare leaves it alone."""
        if self.lasting:
            self.let_go()
            self.store.close()
            self.store = self.opener()
        self.store.prepare(self.tables)

    def question(self) -> st.SearchStrategy[Any]:
        """Any question about any table."""
        return st.sampled_from(self.tables).flatmap(lambda table: _find(table) | _scan(table))

    def teardown(self) -> None:
        """Close it."""
        self.held.close()
        self.store.close()


def compare(
    make_opener: Callable[[], Callable[[], Store]], *, lasting: bool, examples: int
) -> None:
    """Run a store beside its model."""
    keys = {"make_opener": staticmethod(make_opener), "lasting": lasting}
    run_state_machine_as_test(
        type("Compared", (StoreMachine,), keys),
        settings=settings(thoroughly(examples), stateful_step_count=20),
    )


def thoroughly(examples: int) -> settings:
    """As many examples as are asked for, and as long as they take."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
