"""The names next to a name in an index, among which a misspelt name may be found."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.stores.protocol import Key, Reading, Table

MOST = 500
"""How many names are read on each side."""


def neighbours(session: Reading, table: Table, index: str, within: Key, name: str) -> Iterator[str]:
    """The names on both sides of a name, which is in the column of the index after ``within``.

    >>> from wiifm.stores.memory import MemoryStore
    >>> from wiifm.stores.protocol import Index
    >>> fruit = Table("fruit", {"no": "integer", "name": "text"}, ("no",), {"name": Index(("name",))})
    >>> store = MemoryStore()
    >>> store.prepare([fruit])
    >>> with store.writing() as writing:
    ...     writing.insert(fruit, enumerate(["plum", "apple", "pear"]))
    >>> with store.reading() as reading:
    ...     list(neighbours(reading, fruit, "name", (), "peer"))
    ['plum', 'pear', 'apple']
    """
    place = table.place(table.ordered_by(index)[len(within)])
    for row in session.scan(table, within, index, since=(name,), most=MOST):
        yield str(row[place])
    for row in session.scan(table, within, index, before=(name,), backwards=True, most=MOST):
        yield str(row[place])
