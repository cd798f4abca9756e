"""Stores that stand for another one: with a ``with`` block, or for as long as an engine needs it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

from wiifm.faults import StoreClosed
from wiifm.stores.integrity import check_integrity
from wiifm.stores.protocol import OpenStore, Reading, Store, Table, Writing, place_of


class Held(OpenStore):
    """A store of a plugin, which a ``with`` block closes, too.

    >>> from wiifm.stores.memory import MemoryStore
    >>> with Held(MemoryStore()) as store:
    ...     store.prepare([])
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def __str__(self) -> str:
        return place_of(self._store)

    def prepare(self, tables: Iterable[Table]) -> None:
        """See :class:`~wiifm.stores.protocol.Store`."""
        self._store.prepare(tables)

    def reading(self) -> AbstractContextManager[Reading]:
        """See :class:`~wiifm.stores.protocol.Store`."""
        return self._store.reading()

    def writing(self) -> AbstractContextManager[Writing]:
        """See :class:`~wiifm.stores.protocol.Store`."""
        return self._store.writing()

    def check_integrity(self, longest: float) -> None:
        """Have the database check itself, if its store can do that."""
        check_integrity(self._store, longest)

    def close(self) -> None:
        """See :class:`~wiifm.stores.protocol.Store`."""
        self._store.close()


class Lent(Held):
    """A store that somebody else opened, and will close. Closing this one ends its use here, and leaves the other open.

    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> lent = Lent(store)
    >>> lent.close()
    >>> store.prepare([])
    >>> lent.prepare([])
    Traceback (most recent call last):
    wiifm.faults.StoreClosed: this engine is closed; open another one
    """

    _is_closed = False

    def prepare(self, tables: Iterable[Table]) -> None:
        """See :class:`~wiifm.stores.protocol.Store`."""
        self._check_open()
        super().prepare(tables)

    def reading(self) -> AbstractContextManager[Reading]:
        """See :class:`~wiifm.stores.protocol.Store`."""
        self._check_open()
        return super().reading()

    def writing(self) -> AbstractContextManager[Writing]:
        """See :class:`~wiifm.stores.protocol.Store`."""
        self._check_open()
        return super().writing()

    def close(self) -> None:
        """End the use of the store here."""
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreClosed("this engine is closed; open another one")
