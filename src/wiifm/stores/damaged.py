"""``StoreDamaged``: the fault of a store that somebody changed by hand, or a failing disk."""

from __future__ import annotations

from wiifm.faults import StoreFault


class StoreDamaged(StoreFault):
    """What is in the store isn't what wiifm wrote: somebody changed it by hand, or a disk did. Nothing of the transaction is kept.

    ``table``, ``key`` (the cells of the row's key) and ``column`` say where; all are None if the database itself says that it is damaged.
    The message says what to do: restore a backup, or rescore. Trying again doesn't help.

    >>> error = StoreDamaged("acme.db: ...: restore a backup", table="entries", key=(7,), column="amount")
    >>> error.table, error.key, error.column
    ('entries', (7,), 'amount')
    """

    def __init__(
        self,
        message: str,
        table: str | None = None,
        key: tuple[object, ...] | None = None,
        column: str | None = None,
    ) -> None:
        self.table, self.key, self.column = table, key, column
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the arguments of ``__init__``."""
        return type(self), (*self.args, self.table, self.key, self.column), self.__dict__
