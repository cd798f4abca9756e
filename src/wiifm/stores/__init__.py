"""Stores: transactional tables in which an engine keeps its data.

This module exports what opens and makes up a store: for those who use one, and for those who write one. Each name is imported from its
module when it is first used.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiifm.stores.catalogue import missing
    from wiifm.stores.fitting import checked_rows, twice
    from wiifm.stores.memory import MemoryStore
    from wiifm.stores.postgres import PostgresStore
    from wiifm.stores.protocol import (
        Cell,
        Columns,
        Index,
        Key,
        Kind,
        Only,
        OpenStore,
        Reading,
        Row,
        Store,
        Table,
        Those,
        Writing,
    )
    from wiifm.stores.sqlite import SqliteStore
    from wiifm.stores.transaction import Transaction
    from wiifm.stores.turns import Turns
    from wiifm.stores.urls import open_store
else:  # a type checker that saw __getattr__ would accept any name

    def __getattr__(name: str) -> object:
        """A public name, imported from its module, and kept for the next time."""
        home = _HOMES.get(name)
        if home is None:
            message = f"module 'wiifm.stores' has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=sys.modules[__name__])
        value = globals()[name] = getattr(import_module(home), name)
        return value


_HOMES = {
    "Cell": "wiifm.stores.protocol",
    "Columns": "wiifm.stores.protocol",
    "Index": "wiifm.stores.protocol",
    "Key": "wiifm.stores.protocol",
    "Kind": "wiifm.stores.protocol",
    "MemoryStore": "wiifm.stores.memory",
    "Only": "wiifm.stores.protocol",
    "OpenStore": "wiifm.stores.protocol",
    "PostgresStore": "wiifm.stores.postgres",
    "Reading": "wiifm.stores.protocol",
    "Row": "wiifm.stores.protocol",
    "SqliteStore": "wiifm.stores.sqlite",
    "Store": "wiifm.stores.protocol",
    "Table": "wiifm.stores.protocol",
    "Those": "wiifm.stores.protocol",
    "Transaction": "wiifm.stores.transaction",
    "Turns": "wiifm.stores.turns",
    "Writing": "wiifm.stores.protocol",
    "checked_rows": "wiifm.stores.fitting",
    "missing": "wiifm.stores.catalogue",
    "open_store": "wiifm.stores.urls",
    "twice": "wiifm.stores.fitting",
}
"""The module that defines each public name."""


def __dir__() -> list[str]:
    """The names of the module, with the public ones that aren't imported yet."""
    return sorted([*globals(), *__all__])


__all__ = [
    "Cell",
    "Columns",
    "Index",
    "Key",
    "Kind",
    "MemoryStore",
    "Only",
    "OpenStore",
    "PostgresStore",
    "Reading",
    "Row",
    "SqliteStore",
    "Store",
    "Table",
    "Those",
    "Transaction",
    "Turns",
    "Writing",
    "checked_rows",
    "missing",
    "open_store",
    "twice",
]
