"""Sample tables and rows, and helpers that many tests of stores use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from wiifm.stores.protocol import Index, Row, Store, Table

Opener: TypeAlias = Callable[[], Store]

FRUIT = Table(
    "fruit",
    {"name": "text", "weight": "integer", "colour": "text", "photo": "bytes", "label": "text"},
    key=("name",),
    indexes={"colour": Index(("colour",)), "label": Index(("label",), unique=True)},
)
EATEN = Table(
    "eaten",
    {"member": "text", "at": "integer", "fruit": "text"},
    key=("member", "at"),
    indexes={"fruit": Index(("fruit", "at"))},
)
PLUM: Row = ("plum", 2, "blue", None, None)
APPLE: Row = ("apple", 3, "red", b"\x00\xff", "a1")
PEAR: Row = ("pear", -4, None, b"", "p1")

_ANN = enumerate(("plum", "plum", "apple", "fig", None), 1)
ATE: list[Row] = [*(("ann", at, fruit) for at, fruit in _ANN), ("raj", 1, "pear")]


def opened(opener: Opener, rows: Iterable[Row] = ()) -> Store:
    """A store with both tables, and these rows in ``FRUIT``."""
    store = opener()
    store.prepare([FRUIT, EATEN])
    add(store, *rows)
    return store


def add(store: Store, *rows: Row) -> None:
    """Insert rows into ``FRUIT``, in a transaction of its own."""
    with store.writing() as writing:
        writing.insert(FRUIT, rows)


def all_of(store: Store, table: Table = FRUIT) -> list[Row]:
    """All rows of a table, in the order of its key."""
    with store.reading() as reading:
        return list(reading.scan(table))


def count_up(store: Store, times: int) -> None:
    """Read a number and write the next one, so many times; steps are lost if another writer comes in between."""
    for _ in range(times):
        with store.writing() as writing:
            found = writing.find(EATEN, [("counter", 0)])
            count = int(str(found[0][2])) if found else 0
            writing.put(EATEN, [("counter", 0, str(count + 1))])
