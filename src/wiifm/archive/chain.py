"""The hash chain of commits: it shows whether a row or a commit was changed afterwards.

The body of a commit is the hash of everything that it added to the log, the ledger and the receipts, and of a random salt,
so that nobody can guess the content of an erased row. Its link is the hash of the previous link and the body. So the links
stay valid when rows are erased, and the last link stands for everything before it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import TypeAlias

from wiifm.stores.protocol import Row

Counts: TypeAlias = tuple[int, int, int, int]
"""The number of a commit, and how many events, entries and holders there are after it."""

BATCH = "batch"
"""The kind of a commit that records new events."""

SEALED = 12
"""How many columns of an event are hashed: those of the event itself. The others follow from the rule book."""


class Seal:
    """The hash of a commit that is being written.

    >>> seal = Seal("batch", "b1", salt="00")
    >>> seal.add([(1, "e1")])
    >>> seal.body()[:12], link("", seal.body())[:12]
    ('e457881679fb', '337af1d0ef88')
    """

    def __init__(self, kind: str, book: str, salt: str | None = None) -> None:
        self.kind, self.book = kind, book
        self.salt = secrets.token_hex(16) if salt is None else salt
        self._hash = hashlib.sha256(f"{self.salt} {kind} {book}\n".encode())

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows to the hash."""
        self._hash.update("\n".join([*map(repr, rows), ""]).encode())

    def add_events(self, rows: Iterable[Row]) -> None:
        """Add events to the hash, without the columns that follow from the book."""
        self.add([row[:SEALED] for row in rows])

    def body(self) -> str:
        """The hash of everything that was added."""
        return self._hash.hexdigest()

    def commit(self, counts: Counts, before: str) -> Row:
        """The row of the commit that follows the one with the link ``before``."""
        self.add([counts])
        body = self.body()
        return (*counts, self.kind, self.book, self.salt, body, link(before, body))


def link(before: str, body: str) -> str:
    """The link of a commit, from the previous link and its body."""
    return hashlib.sha256(f"{before} {body}".encode()).hexdigest()
