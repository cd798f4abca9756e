"""Campaigns in words, for the members who take part in them: all those of a rule book, and those that a statement tells are running."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from wiifm.campaigns import Campaign
from wiifm.event_types import zone_named
from wiifm.ledger import Amount
from wiifm.progress import share_of
from wiifm.rulebook.book import RuleBook
from wiifm.statement.amount_words import amount_of
from wiifm.statement.durations import ended, period
from wiifm.statement.nouns import Statement
from wiifm.statement.outlook import RunningCampaign
from wiifm.statement.rule_words import in_words, title
from wiifm.statement.view import Line, Section
from wiifm.words.speech import ENGLISH, Speech, capital


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


def campaigns(statement: Statement, speech: Speech, book: RuleBook | None) -> Section:
    """The campaigns that are running: until when, what the member earned, and how far all together are.

    With the book, also what there is to get; and days are those of its time zone.
    """
    lines: list[Line] = []
    for each in statement.campaigns:
        text = _state(each, speech, book)
        means = _purpose(each.campaign, speech, book)
        lines.append(Line(name=each.line, text=text, means=means, events=each.events))
        if each.together is not None and each.campaign.goal is not None:
            lines.append(_towards(each.line, each.together, each.campaign.goal, speech))
    return Section(name="campaigns", title=speech("Campaigns"), lines=tuple(lines))


def _state(running: RunningCampaign, s: Speech, book: RuleBook | None) -> str:
    """The name of a running campaign, its last day or moment, and what the member earned so far, if that is anything."""
    campaign, until = running.campaign, running.campaign.until
    text = title(campaign.id, s, "campaign")
    if until:
        local = until.astimezone(zone_named(book.zone)) if book else until
        text = s("{campaign}, until {day}", campaign=text, day=ended(local, s))
    if running.earned <= 0:
        return text
    amount = amount_of(running.earned, campaign.purse, s)
    return s("{campaign}: {amount} so far", campaign=text, amount=amount)


def _purpose(campaign: Campaign, s: Speech, book: RuleBook | None) -> str:
    """What a campaign is for; with the book, also what there is to get."""
    means = in_words(campaign.means, s).rstrip(".")
    gives = _gives(book, campaign, s) if book else ()
    return capital(s("; ").join(filter(None, (means, *gives))))


def _towards(line: str, together: Amount, goal: float, s: Speech) -> Line:
    """The line that tells how far all together are, with the events of nobody."""
    value, threshold = s.number(together), s.number(goal)
    words = {"what": s("All together"), "value": value, "threshold": threshold}
    text = s("{what}: {value} of {threshold}", **words)
    done, whole = share_of(together, goal)
    return Line(name=line, text=text, share=min(1.0, done / whole))


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
