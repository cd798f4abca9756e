"""Copies an archive into another store, as a snapshot, while others record."""

from __future__ import annotations

from wiifm.archive.paging import pages
from wiifm.archive.tables import FACTS, TABLES
from wiifm.archive.versions import check_version
from wiifm.faults import StoreFault
from wiifm.outbox.tables import TABLES as OUTBOX
from wiifm.outbox.tables import has_outbox
from wiifm.stores.protocol import Store

AT_ONCE = 5_000
"""How many rows are in memory at once."""


def copy_archive(source: Store, target: Store) -> int:
    """Copy an archive with its outbox in one transaction; returns the number of rows.

    >>> from wiifm import Engine, RuleBook
    >>> from wiifm.stores.memory import MemoryStore
    >>> one, other = MemoryStore(), MemoryStore()
    >>> _ = Engine.over(one, RuleBook.load("plugin:sharing"))
    >>> copy_archive(one, other)
    6
    >>> Engine.over(other).book.id
    'sharing'

    Raises:
        StoreFault: nothing was recorded in the source, its tables are of an earlier version, or something was recorded in the target.
    """
    check_version(source)
    tables = (*TABLES, *OUTBOX) if has_outbox(source) else TABLES
    target.prepare(tables)
    copied = 0
    with source.reading() as reading, target.writing() as writing:
        if any(writing.scan(FACTS, most=1)):
            raise StoreFault("the target store isn't empty; name one in which nothing was recorded")
        for table in tables:
            for page in pages(reading.scan(table), AT_ONCE):
                writing.insert(table, page)
                copied += len(page)
    return copied
