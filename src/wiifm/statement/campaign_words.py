"""The campaigns of a rule book in words, for the members who take part in them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from wiifm.campaigns import Campaign
from wiifm.event_types import zone_named
from wiifm.rulebook.book import RuleBook
from wiifm.statement.rule_words import amount_of, in_words, title
from wiifm.statement.telling import period
from wiifm.words.speech import ENGLISH, Speech


@frozen
class CampaignInWords:
    """What members read about a campaign: its name, what it is for, its time, and what there is to get."""

    title: str
    means: str
    time: str
    gives: tuple[str, ...]


def campaigns_in_words(book: RuleBook, s: Speech = ENGLISH) -> list[CampaignInWords]:
    """The campaigns of a book in words, those that begin first at the front.

    >>> book = RuleBook.parse('''[book]
    ... id = "acme"
    ... [[rule]]
    ... id = "paid"
    ... on = "campaign.paid"
    ... to = "recipient"
    ... points = "amount"
    ... [campaign.spring]
    ... pays = "points"
    ... since = 2026-03-01
    ... until = 2026-06-01
    ... goal = 500
    ... budget = 100''')
    >>> for each in campaigns_in_words(book):
    ...     print(each.title, "|", each.time, "|", *each.gives)
    Spring | 1 March 2026 to 31 May 2026 | 100 points to share, by what each one earned if all together have 500 points
    >>> campaign = Campaign(id="summer", pays="points", rate=0.5, least=2)
    >>> list(_gives(book, campaign, ENGLISH))
    ['0.5 points to share for 1 point', 'at least 2 points']
    >>> list(_gives(book, Campaign(id="both", pays="points", rate=0.5, budget=100), ENGLISH))
    ['100 points to share, by what each one earned', 'at most 0.5 points for 1 point']
    """
    found = sorted(book.campaigns.values(), key=lambda each: (str(each.since or ""), each.id))
    return [
        CampaignInWords(
            title=title(each.id, s, "campaign"),
            means=in_words(each.means, s),
            time=_time(book, each, s),
            gives=tuple(_gives(book, each, s)),
        )
        for each in found
    ]


def _time(book: RuleBook, campaign: Campaign, s: Speech) -> str:
    """The days of a campaign; "" if it has none."""
    zone = zone_named(book.zone)
    since, until = (
        each.astimezone(zone) if each else None for each in (campaign.since, campaign.until)
    )
    return period(since, until, s) if since or until else ""


def _gives(book: RuleBook, campaign: Campaign, s: Speech) -> Iterator[str]:
    """What there is to get, and under which conditions."""
    step = Decimal(1).scaleb(-book.purses[campaign.pays].decimals)

    def paid(amount: float) -> Decimal:
        return Decimal(repr(amount)).quantize(step)

    if campaign.prizes:
        prizes = s.listed([s.number(paid(each)) for each in campaign.prizes])
        yield s("prizes: {amounts}", amounts=f"{prizes} {s.purse(campaign.pays, 2)}")
    elif campaign.team is not None:
        yield s(
            "{amount} for everybody in a unit of which {share} have points",
            amount=amount_of(paid(campaign.bonus or 0), campaign.pays, s), share=s.percent(campaign.team),
        )  # fmt: skip
    elif campaign.budget is not None:
        amount = amount_of(paid(campaign.budget), campaign.pays, s)
        if campaign.split == "equal":
            yield s("{amount} to share, in equal parts", amount=amount)
        else:
            yield s("{amount} to share, by what each one earned", amount=amount)
    if campaign.rate is not None:
        rate = amount_of(campaign.rate, campaign.pays, s)
        earned = amount_of(1, campaign.purse, s)
        if campaign.budget is None:
            yield s("{amount} to share for {earned}", amount=rate, earned=earned)
        else:
            yield s("at most {most} for {earned}", most=rate, earned=earned)
    if campaign.least:
        yield s("at least {least}", least=amount_of(paid(campaign.least), campaign.pays, s))
    if campaign.most is not None:
        yield s("at most {most}", most=amount_of(paid(campaign.most), campaign.pays, s))
    if campaign.goal is not None:
        goal = amount_of(campaign.goal, campaign.purse, s)
        yield s("if all together have {amount}", amount=goal)
