"""Turns a statement into text in one language: a headline, a few figures, and sections of sentences."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.ledger import Amount
from wiifm.rulebook.book import RuleBook
from wiifm.statement import holdings, sections
from wiifm.statement.campaign_words import campaigns
from wiifm.statement.durations import period, roughly
from wiifm.statement.nouns import Statement
from wiifm.statement.view import Figure, Told
from wiifm.words.speech import ENGLISH, Speech


def tell(statement: Statement, speech: Speech = ENGLISH, book: RuleBook | None = None) -> Told:
    """Return a statement in a language, English by default. With ``book``, the next awards also say what counts
    towards them, and campaigns what there is to get.

    >>> from wiifm import Engine, RuleBook
    >>> tell(Engine(RuleBook.load("plugin:sharing")).statement("ann")).sections[0].title
    'Where to begin'
    """
    member = speech.person(statement.member)
    found = (
        sections.beginning(statement, speech),
        sections.recognised(statement, speech),
        sections.reached(statement, speech),
        sections.gained(statement, speech),
        holdings.awards(statement, speech, book),
        sections.talents(statement, speech),
        sections.learned(statement, speech),
        holdings.grown(statement, speech),
        holdings.nearest(statement, speech, book),
        campaigns(statement, speech, book),
        sections.needed(statement, speech, book),
        sections.saved(statement, speech),
    )
    figures = tuple(_figures(statement, speech))
    new = figures or any(each.lines for each in found if each.name not in _OF_NOW)
    quiet = statement.since is not None and not new
    return Told(
        language=speech.language,
        member=member,
        title=speech("{member}: what's in it for you", member=member),
        period=period(statement.since, statement.until, speech),
        note=speech("There is nothing new to tell of this time.") if quiet else "",
        figures=figures,
        weeks=statement.weeks if any(statement.weeks) else (),
        caption=_caption(statement, speech),
        sections=tuple(each for each in found if each.lines),
        why=speech("Why?"),
    )


_OF_NOW = {"talents", "growth", "next", "campaigns", "needed"}
"""The sections that tell of more than the period, so that they have lines whatever happened in it."""


def _caption(statement: Statement, speech: Speech) -> str:
    """What the chart shows; with its last day if its weeks, which end with the latest event, lie before the period."""
    since, at = statement.since, statement.at
    if since is None or statement.until is not None or at >= since:
        return speech("How often you helped somebody, in each of twelve weeks")
    return speech(
        "How often you helped somebody, in each of twelve weeks up to {day}",
        day=speech.day(at.astimezone(since.tzinfo)),
    )


def _purses(statement: Statement) -> dict[str, Amount]:
    """What the member has in each purse; in a period, what they earned in it."""
    if statement.since is None and statement.until is None:
        return dict(statement.standing.points)
    found: dict[str, Amount] = dict.fromkeys(statement.standing.points, 0)
    for each in statement.earned:
        found[each.purse] = found.get(each.purse, 0) + each.amount
    return found


def _figures(statement: Statement, speech: Speech) -> Iterator[Figure]:
    for purse, amount in sorted(_purses(statement).items(), key=lambda each: -each[1]):
        if amount > 0:
            label = speech.purse(purse, amount)
            yield Figure(name=f"purse.{purse}", value=speech.number(amount), label=label)
    if helped := len(statement.reach.people):
        label = speech.many("colleague helped", "colleagues helped", helped)
        yield Figure(name="reach.people", value=speech.number(helped), label=label)
    if units := len(statement.reach.units):
        label = speech.many("other unit reached", "other units reached", units)
        yield Figure(name="reach.units", value=speech.number(units), label=label)
    if statement.saved.minutes:
        label = speech("saved for others (estimate)")
        yield Figure(name="saved", value=roughly(statement.saved.minutes, speech), label=label)
