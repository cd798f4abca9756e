"""An archive that is made beside another one, to be moved in: nobody is told of it, and nobody proves how it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from attrs import define

from wiifm.archive.archive import Archive
from wiifm.archive.chain import Seal
from wiifm.journal import Mark
from wiifm.stores.protocol import Row


class _Unsealed(Seal):
    """The body of a commit that depends on nothing but that it is one."""

    def add(self, rows: Iterable[Row]) -> None:
        """Have it depend on nothing more."""


@define(eq=False, kw_only=True)
class Draft(Archive):
    """An archive without receipts, whose commits seal nothing: both stay as they are where it is moved in."""

    sealing: ClassVar[type[Seal]] = _Unsealed

    def _write_ledger(self, since: Mark, seal: Seal) -> None:
        self._write_entries(seal)
