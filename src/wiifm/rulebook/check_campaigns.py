"""What a campaign can't mean: purses that aren't there, amounts that nobody could be paid."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.campaigns import CLOSED, PAID, Campaign
from wiifm.faults import Fault, nearest, short
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_amounts import amount_faults
from wiifm.rulebook.check_rules import time_faults

_OF_A_POOL = ("budget", "rate", "least", "most")


def campaign_faults(book: RuleBook, campaign: Campaign) -> Iterator[Fault]:
    """All that is wrong with one campaign, by key."""
    yield from time_faults(campaign.since, campaign.until)
    for key, purse in (("purse", campaign.purse), ("pays", campaign.pays)):
        if purse not in book.purses:
            yield Fault(key, repr(purse), "a purse of the book", nearest(purse, book.purses))
    if missing := [name for name in (CLOSED, PAID) if name not in book.types]:
        yield Fault("pays", f"no event type {missing[0]}", "vocabulary = ['sharing'] in [book]")
    elif not any(r.purse == campaign.pays and PAID in r.on for r in book.rules.values()):
        expected = f"a rule on {PAID} to the recipient that books the amount to it"
        yield Fault("pays", f"{campaign.pays!r}, which nothing is paid into", expected)
    yield from _pool_faults(book, campaign)


def _pool_faults(book: RuleBook, campaign: Campaign) -> Iterator[Fault]:
    amounts = {key: getattr(campaign, key) for key in (*_OF_A_POOL, "goal")}
    for key, value in amounts.items():
        if value is not None and (value < 0 or (value == 0 and key != "least")):
            yield Fault(key, short(value), "a number above 0")
    for key in ("budget", "least", "most"):
        yield from amount_faults(book, campaign.pays, key, [amounts[key] or 0])
    yield from amount_faults(book, campaign.pays, "prizes", campaign.prizes)
    if any(prize <= 0 for prize in campaign.prizes):
        yield Fault("prizes", short(list(campaign.prizes)), "numbers above 0")
    if campaign.prizes and (campaign.split != "points" or any(amounts[k] for k in _OF_A_POOL)):
        yield Fault("prizes", "prizes", "none where a pool is split, or no keys of a pool")
    if campaign.most is not None and campaign.most < campaign.least:
        yield Fault("most", short(campaign.most), f"at least as much as least, {campaign.least:g}")
