"""All that a store holds about a member, as JSON, for the member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from wiifm.archive.archive import Archive
from wiifm.archive.codec import pack
from wiifm.archive.kept import digest_in
from wiifm.archive.ledger import HOLDER, SAID, SAY
from wiifm.archive.log import event_of
from wiifm.archive.tables import CELLS, CLAIMS, ENTRIES, EVENTS, HOLDERS, RECEIPTS, SNAPSHOTS
from wiifm.faults import StoreFault, UnknownName
from wiifm.ledger import Holder, Standing
from wiifm.outbox import undelivered
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.stores.protocol import Reading, Row, Store, Table
from wiifm.upkeep.redaction import Redaction

Json: TypeAlias = dict[str, Any]


def export(store: Store, book: RuleBook, member: str) -> Json:
    """All that a store holds about a member.

    ``standing`` is what they have; ``events`` those that name them, as they were recorded; ``entries`` their lines of
    the ledger; ``mentioned`` the lines of others whose sentences name them; ``receipts`` what else was said;
    ``undelivered`` what they weren't told yet; and ``remembered`` what the folds keep of them: rows by table, with each column.

    Args:
        book: the rule book by which it was recorded.

    Raises:
        UnknownName: nothing in the store names the member.
        StoreFault: another book decided what is in the store.
    """
    if digest_in(store) != book.digest:
        raise StoreFault(
            f"the rule book {book.id!r} has the digest {book.digest}, and what is in the store was decided by the one "
            f"with the digest {digest_in(store)}: export by that one"
        )
    archive, sought = Archive.open(store, book), Redaction(member, "", {})
    waiting = _undelivered(store, member)
