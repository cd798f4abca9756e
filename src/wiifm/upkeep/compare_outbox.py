"""Compare the outbox of a store with its log.

The outbox changes without commits, so the chain doesn't seal it. What can be checked is that it doesn't contradict the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wiifm.archive.archive import Archive
from wiifm.archive.paging import pages
from wiifm.ledger import Receipt
from wiifm.outbox.rounds import all_notices_of
from wiifm.outbox.tables import ATTEMPTS, DELIVERIES, EVENT, NO, NOTICE, REASON, UNDELIVERED
from wiifm.stores.protocol import Cell, Reading, Row
from wiifm.upkeep.compare_rows import Difference

PAGE = 1_000
"""How many rows are compared at once."""


def outbox_differences(outbox: Reading, log: Archive) -> Iterator[Difference]:
    """Rows of the outbox that contradict the log: notices that no event gives, and deliveries that are further than the log.

    Delivered notices aren't kept, so a missing row can't be detected, and neither can a wrong due time.
    """
    with log.reading():
        size, upto = log.log.size, dict[Cell, int]()
        for name, no, *_ in outbox.scan(DELIVERIES):
            if not (isinstance(no, int) and 0 <= no <= size):
                texts = f"delivered up to event {no!s}", f"one of {size} events"
                yield Difference("deliveries", str(name), None, None, None, *texts)
            else:
                upto[name] = no
        for page in pages(outbox.scan(UNDELIVERED), PAGE):
            receipts = log.receipts_by_number(sorted({int(str(row[NO])) for row in page}))
            for row in page:
                if int(str(row[NO])) > upto.get(row[0], -1) + 1:
                    yield _difference(row, "an event that this delivery hasn't reached yet")
                elif not _is_in_log(row, receipts):
                    yield _difference(
                        row, f"a notice that event {row[NO]!s} of the log doesn't give"
                    )
                elif None in (row[ATTEMPTS], row[REASON]):
                    yield _difference(row, "no number of attempts, or no reason")


def _is_in_log(row: Row, receipts: Mapping[int, Receipt]) -> bool:
    """Whether the receipt of the row's event gives the row's notice."""
    receipt = receipts.get(int(str(row[NO])))
    notices = all_notices_of(receipt) if receipt else []
    cells = row[NOTICE:ATTEMPTS]
    return any(cells == (each.id, each.type, *each.holder, each.event) for each in notices)


def _difference(row: Row, found: str) -> Difference:
    key, holder = " ".join(map(str, row[:NOTICE])), f"{row[EVENT - 2]!s} {row[EVENT - 1]!s}"
    expected = "a notice of the log; restore the row from a backup"
    return Difference("undelivered", key, str(row[EVENT]), None, holder, found, expected)
