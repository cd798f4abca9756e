"""Checks campaigns."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.campaigns import CLOSED, PAID, Campaign
from wiifm.faults import Fault, short
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_amounts import amount_faults, purse_faults
from wiifm.rulebook.check_rules import time_faults

LONGEST = 200
"""The longest id of a campaign. The ids of its closings contain it, and an event's id has a limit, too."""

_OF_A_POOL = ("budget", "rate", "least", "most")


def campaign_faults(book: RuleBook, campaign: Campaign) -> Iterator[Fault]:
    """All faults of a campaign, by key."""
    if len(campaign.id) > LONGEST:
        yield Fault(
            "id", short(campaign.id), f"at most {LONGEST} characters, as ids of events contain it"
        )
    yield from time_faults(campaign.since, campaign.until)
    for key, purse in (("purse", campaign.purse), ("pays", campaign.pays)):
        yield from purse_faults(book, purse, key)
    if missing := [name for name in (CLOSED, PAID) if name not in book.types]:
        yield Fault("pays", f"no event type {missing[0]}", "vocabulary = ['sharing'] in [book]")
    elif not any(r.purse == campaign.pays and PAID in r.on for r in book.rules.values()):
        expected = f"a rule on {PAID} to the recipient that books the amount to it"
        yield Fault("pays", f"{campaign.pays!r}, which nothing is paid into", expected)
    yield from _pool_faults(book, campaign)
    yield from _team_faults(book, campaign)


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
        yield Fault(
            "prizes", "prizes", "no prizes together with budget, rate, split, least or most"
        )
    if campaign.most is not None and campaign.most < campaign.least:
        yield Fault(
            "most", short(campaign.most), f"at least as much as least, {campaign.least:.15g}"
        )


def _team_faults(book: RuleBook, campaign: Campaign) -> Iterator[Fault]:
    if (campaign.team is None) != (campaign.bonus is None):
        yield Fault(
            "team",
            "one of team and bonus",
            "both: the share of a unit's members, and the bonus of each",
        )
    if campaign.team is not None and not 0 < campaign.team <= 1:
        yield Fault("team", short(campaign.team), "a share above 0, up to 1")
    if campaign.bonus is not None and campaign.bonus <= 0:
        yield Fault("bonus", short(campaign.bonus), "a number above 0")
    yield from amount_faults(book, campaign.pays, "bonus", [campaign.bonus or 0])
    others = [key for key in (*_OF_A_POOL, "goal", "prizes") if getattr(campaign, key)]
    if campaign.team is not None and (others or campaign.split != "points"):
        found = f"team together with {', '.join(others) or 'split'}"
        yield Fault("team", found, "only team and bonus, or no team")
    if campaign.team is not None and not any(
        kind.profiles and "unit" in kind.fields for kind in book.types.values()
    ):
        expected = "an event type that relates 'profile' with a field unit"
        yield Fault("team", "no event type that sets units", expected)
