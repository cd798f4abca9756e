"""Have a database check itself, if its store can do that."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from wiifm.stores.protocol import Store


@runtime_checkable
class ChecksItself(Protocol):
    """What a store may have besides the methods of every store."""

    def check_integrity(self, longest: float) -> None:
        """Have the database check itself, its indexes against its tables, for at most ``longest`` seconds.

        Raises:
            StoreDamaged: the database says that it is damaged.
        """


def check_integrity(store: Store, longest: float) -> None:
    """Have the database of a store check itself for at most ``longest`` seconds; nothing is done for a store that can't have that done.

    >>> from wiifm.stores.memory import MemoryStore
    >>> check_integrity(MemoryStore(), 5)

    Raises:
        StoreDamaged: the database says that it is damaged.
    """
    if isinstance(store, ChecksItself):
        store.check_integrity(longest)
