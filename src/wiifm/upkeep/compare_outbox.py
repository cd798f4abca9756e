"""What the outbox of a store holds, beside what the log gives to tell: no commit seals it, as it changes without one."""

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
"""How many rows are looked at at once."""


def not_to_be_told(outbox: Reading, log: Archive) -> Iterator[Difference]:
    """What a delivery can't have come to: notices that no event gives, and more events told than there are.

    What was told isn't kept anywhere, so nobody finds a row that is missing, nor when it is due.
    """
    with log.reading():
        size, upto = log.log.size, dict[Cell, int]()
        for name, no, *_ in outbox.scan(DELIVERIES):
            if not (isinstance(no, int) and 0 <= no <= size):
                told = f"told up to event {no!s}", f"one of {size} events"
                yield Difference("deliveries", str(name), None, None, None, *told)
            else:
                upto[name] = no
        for page in pages(outbox.scan(UNDELIVERED), PAGE):
            receipts = log.receipts_by_number(sorted({int(str(row[NO])) for row in page}))
            for row in page:
                if int(str(row[NO])) > upto.get(row[0], -1) + 1:
                    yield _difference(row, "no event that this delivery has come to")
                elif not _is_told(row, receipts):
                    yield _difference(row, f"no notice that event {row[NO]!s} of the log gives")
                elif None in (row[ATTEMPTS], row[REASON]):
                    yield _difference(row, "no number of attempts, or no reason")


def _is_told(row: Row, receipts: Mapping[int, Receipt]) -> bool:
    receipt = receipts.get(int(str(row[NO])))
    found = all_notices_of(receipt) if receipt else []
    told = row[NOTICE:ATTEMPTS]
    return any(told == (each.id, each.type, *each.holder, each.event) for each in found)


def _difference(row: Row, found: str) -> Difference:
    key, holder = " ".join(map(str, row[:NOTICE])), f"{row[EVENT - 2]!s} {row[EVENT - 1]!s}"
    expected = "a notice of the log; restore the row from a backup"
    return Difference("undelivered", key, str(row[EVENT]), None, holder, found, expected)
