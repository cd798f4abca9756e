"""Puts a rule book into plain words for members: what is rewarded, how much, how often, and why.

Sentences from the book itself are translated if the catalogue of the language has them; otherwise they stay as they are in the book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from attrs import frozen

from wiifm.event_types import zone_named
from wiifm.periods import duration
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Gate, Limit, Rule
from wiifm.statement.amount_words import amount_of, formula, gives
from wiifm.statement.conditions import condition, fields_of
from wiifm.statement.durations import at_moment, ended, is_midnight, lasting
from wiifm.words.speech import ENGLISH, Kind, Speech, capital


@frozen(kw_only=True)
class RuleInWords:
    """A rule in words for members.

    ``title`` is its sentence, ``when`` says which events it is about, ``gives`` what it gives, ``bounds`` its condition, limits and audience, and
    ``means`` what it is for. ``heading`` groups rules by whom they credit. ``only`` is the condition as an expression, if it
    can't be put into words among the bounds, and ``formula`` the expression by which the points are computed, if ``gives``
    has it.
    """

    id: str
    title: str
    heading: str
    when: tuple[str, ...]
    gives: str
    only: str
    bounds: tuple[str, ...]
    means: str
    formula: str = ""


def in_words(text: str, s: Speech) -> str:
    """Translate a sentence of a book, if the catalogue of the language has it.

    >>> in_words("what likes can earn in a day", ENGLISH)
    'what likes can earn in a day'
    """
    return s(text) if text else ""


def headings(s: Speech) -> Mapping[str, str]:
    """The headings of rules in their order, by whom the rules credit."""
    return {
        "actor": s("For what you do"),
        "recipient": s("For what others do with your contributions, or say to you"),
        "mentor": s("For the people you mentor"),
        "former_mentor": s("For the people you mentored"),
        "mentors_mentor": s("For the people whose mentors you mentor"),
        "unit": s("For your unit as a whole"),
        "community": s("For your community as a whole"),
    }


def rules_in_words(book: RuleBook, s: Speech = ENGLISH) -> list[RuleInWords]:
    """Return all rules of a book, sorted by their headings and ids.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[rule]]\\nid='post'\\non='post.shared'\\npoints=2\\n"
    ...                       "limit = { times = 3, per = 'day' }")
    >>> rule = rules_in_words(book)[0]
    >>> rule.when, rule.gives, rule.bounds
    (('Somebody shares what they know or found.',), '2 points', ('at most 3 times a day',))
    """
    order = list(headings(s))
    found = sorted(book.rules.values(), key=lambda rule: (order.index(rule.to), rule.id))
    return [_rule(book, each, s) for each in found]


def _rule(book: RuleBook, rule: Rule, s: Speech) -> RuleInWords:
    fields = fields_of(book.types[name] for name in rule.on)
    about = condition(rule.where, fields, s)
    return RuleInWords(
        id=rule.id,
        title=_title(rule, s),
        heading=headings(s)[rule.to],
        when=tuple(in_words(book.types[name].means, s) or name for name in rule.on),
        gives=gives(rule, fields, s),
        only="" if about else rule.where or "",
        bounds=(*([about] if about else ()), *_bounds(book, rule, s)),
        means=in_words(rule.means, s),
        formula=formula(rule, fields, s),
    )


_UNKNOWN_END = re.compile(r"[ :,;-]*[:,;-][ :,;…-]*$")
"""The end of a sentence behind a mark, if there is nothing but "…" or nothing at all."""


class _Placeholders(dict[str, str]):
    """The values for a sentence in general: "…" for whatever only an event knows."""

    def __missing__(self, name: str) -> str:
        return "…"


def _title(rule: Rule, s: Speech) -> str:
    """The sentence of a rule in general; its id as a title if it has none."""
    return in_general(rule.say, s) if rule.say else title(rule.id, s)


def in_general(say: str, s: Speech) -> str:
    """The sentence of a rule or badge in general, with "somebody" in place of names.

    >>> in_general("{actor} thanked you: {text}", ENGLISH)
    'Somebody thanked you'
    >>> in_general("You answered somebody of {recipient_unit}", ENGLISH)
    'You answered somebody of …'
    """
    sentence = in_words(say, s)
    if sentence == say:  # untranslated: so are the placeholders
        s = ENGLISH
    somebody = s("somebody")
    known = {"actor": somebody, "recipient": somebody, "mentor": somebody, "object": ""}
    words = _Placeholders(known, object_type=s("contribution"))
    return capital(_UNKNOWN_END.sub("", " ".join(sentence.format_map(words).split())))


def _bounds(book: RuleBook, rule: Rule, s: Speech) -> Iterator[str]:
    for name in rule.limit:
        if isinstance(name, str):
            yield _limit(book.limits[name], s)
    for name, limit in book.limits.items():
        if limit.all and limit.purse == rule.purse and name not in rule.exempt:
            yield s("{limit}, together with all other rules", limit=_limit(limit, s))
    if isinstance(rule.gate, str):
        yield _gate(book.gates[rule.gate], rule.purse, s)
    if rule.split:
        yield s("shared by all whom it is given to at once")
    yield from _shares(rule, s)
    if rule.audience.units:
        yield s("in {units}", units=s.listed(rule.audience.units))
    if rule.audience.communities:
        yield s("in the communities {names}", names=s.listed(rule.audience.communities))
    yield from dates(rule.since, rule.until, book.zone, s)


def _shares(rule: Rule, s: Speech) -> Iterator[str]:
    """Which share of the amount is left between people who are close, and after a mentoring has ended.

    >>> from wiifm.rules import Weaker
    >>> close = Weaker(mutual=0.5, within="30 days", reporting=0)
    >>> list(_shares(Rule(id="thanks", on=("kudos.given",), points=4, weaker=close), ENGLISH))
    ['50% of it if it is given back within 30 days', 'nothing between managers and those who report to them']
    """
    if rule.weaker is not None and rule.weaker.mutual is not None:
        back = s(
            "if it is given back within {time}",
            time=lasting(duration(rule.weaker.within) or timedelta(), s),
        )
        yield _share(rule.weaker.mutual, back, s)
    if rule.weaker is not None and rule.weaker.reporting is not None:
        close = s("between managers and those who report to them")
        yield _share(rule.weaker.reporting, close, s)
    if rule.fade is not None:
        each = duration(rule.fade.per) or timedelta()
        time, whole = lasting(each, s), lasting(each * rule.fade.times, s)
        share = s.percent(rule.fade.share)
        if rule.fade.times == 1:
            yield s("all of it after the mentoring ended; for {time}", time=time)
        else:
            yield s(
                "after the mentoring ended, all of it at first ({time}), then each time {share} of the last; for {whole}",
                time=time,
                share=share,
                whole=whole,
            )


def _share(share: float, when: str, s: Speech) -> str:
    """Which share of the amount is left in a case."""
    if not share:
        return s("nothing {when}", when=when)
    return s("{share} of it {when}", share=s.percent(share), when=when)


def dates(
    since: datetime | None, until: datetime | None, zone: str, s: Speech = ENGLISH
) -> Iterator[str]:
    """The beginning and the end of a time, if it has them, in a time zone: by their days, or if it isn't midnight, by the moment.

    >>> from datetime import UTC
    >>> list(dates(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, 18, tzinfo=UTC), "UTC"))
    ['since 1 June 2026', 'until 1 July 2026, 18:00 UTC']
    """
    if since:
        local = since.astimezone(zone_named(zone))
        yield s("since {day}", day=s.day(local) if is_midnight(local) else at_moment(local, s))
    if until:
        yield s("until {day}", day=ended(until.astimezone(zone_named(zone)), s))


def _times(times: int, s: Speech) -> str:
    return s("once") if times == 1 else s.many("{n} time", "{n} times", times)


def _per(period: str, s: Speech) -> str:
    """A period, or what else a limit is counted by, as the end of a sentence."""
    found = {
        "day": s("a day"),
        "week": s("a week"),
        "month": s("a month"),
        "quarter": s("a quarter"),
        "year": s("a year"),
        "object": s("for each contribution"),
        "person": s("with each person"),
        "topic": s("on each topic"),
        "community": s("in each community"),
    }
    return found.get(period) or s("in each {period}", period=period)


def _limit(limit: Limit, s: Speech) -> str:
    most = []
    if limit.points is not None:
        most.append(amount_of(limit.points, limit.purse, s))
    if limit.times is not None:
        most.append(_times(limit.times, s))
    last = {"object", "person", "topic", "community"}
    per = sorted((each for each in limit.per if each != "ever"), key=last.__contains__)
    return s("at most {most}", most=" ".join([s.listed(most), *(_per(each, s) for each in per)]))


def _gate(gate: Gate, purse: str, s: Speech) -> str:
    """A gate of a rule that gives points in a purse.

    >>> _gate(Gate(id="thanks#", of=("actor",), points=5, per="week"), "kudos", ENGLISH)
    '5 kudos a week for each giver'
    """
    of = {
        "actor": s("for each giver"),
        "recipient": s("for each receiver"),
        "object": s("for each contribution"),
        "in_reply_to": s("for each contribution that is answered"),
        "community": s("in each community"),
        "unit": s("for each unit"),
        "all": s("for everybody together"),
    }
    most = (
        _times(gate.times, s) if gate.times is not None else amount_of(gate.points or 0, purse, s)
    )
    period = [] if gate.per == "ever" else [_per(gate.per, s)]
    told = " ".join([most, *period, s.listed([of[each] for each in gate.of])])
    if gate.distinct:
        told = s("; ").join([told, s("each giver counts once")])
    if gate.carry is None:
        return told
    left = s.number(gate.carry) if gate.times is not None else amount_of(gate.carry, purse, s)
    return s("{gate}; up to {most} of what is left is carried over", gate=told, most=left)


def title(name: str, s: Speech = ENGLISH, kind: Kind = "badge") -> str:
    """Return an id of the book as a title.

    >>> title("good-answer"), title("path/guide")
    ('Good answer', 'Guide')
    """
    last = name.rpartition("/")[2]
    return capital(s.called("level" if "/" in name else kind, last))


def tiered(name: str, tier: str, s: Speech = ENGLISH) -> str:
    """The name of a badge and of its tier, if it has one.

    >>> tiered("Helper", "gold"), tiered("Helper", "")
    ('Helper, Gold', 'Helper')
    """
    return f"{name}, {s.called('tier', tier)}" if tier else name
