"""What a store must keep, as tests to inherit from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Index, Row, Store, Table
from wiifm.testing.store_machine import compare

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


class StoreContract:
    """What a store must keep, to the last letter of :mod:`wiifm.stores.protocol`.

    >>> from wiifm.stores.memory import MemoryStore
    >>> class TestMemoryStore(StoreContract):
    ...     lasting = False
    ...     def make_opener(self, timeout):
    ...         return lambda: MemoryStore(timeout=timeout)
    >>> TestMemoryStore().test_that_a_raise_undoes_all()
    """

    examples = 50
    """How many histories of a store are compared with its model."""

    lasting = True
    """Whether what was committed outlives the store that wrote it, and others may open it too. In memory: False."""

    def make_opener(self, timeout: float) -> Callable[[], Store]:
        """A call that opens a store in a place where there was none; each time the same place. It can be pickled.

        Args:
            timeout: for how many seconds a writer waits for its turn.
        """
        raise NotImplementedError

    def _opened(self, timeout: float = 30) -> Store:
        store = self.make_opener(timeout)()
        store.prepare([FRUIT, EATEN])
        return store

    def test_that_it_answers_like_lists_that_are_sorted(self) -> None:
        """Tables, transactions and questions made at random come to the same as in plain Python lists."""
        compare(lambda: self.make_opener(30), lasting=self.lasting, examples=self.examples)

    def test_that_a_raise_undoes_all(self) -> None:
        """Whatever is raised within the block, be it KeyboardInterrupt: nothing of the transaction stays."""
        store = self._opened()
        for error in (ValueError, StoreFault, KeyboardInterrupt, SystemExit, GeneratorExit):
            with pytest.raises(error):
                raising(store, error)
            assert all_of(store) == []
        with store.writing() as writing:
            writing.insert(FRUIT, [PLUM])
        assert all_of(store) == [PLUM]
        store.close()


def raising(store: Store, error: type[BaseException]) -> None:
    """Write a row, and raise."""
    with store.writing() as writing:
        writing.insert(FRUIT, [PLUM])
        raise error


def all_of(store: Store, table: Table = FRUIT) -> list[Row]:
    """All rows of a table, in order."""
    with store.reading() as reading:
        return list(reading.scan(table))
