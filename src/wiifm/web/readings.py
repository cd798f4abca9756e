"""The readings of the pages and the API, made once for both and cached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import define, field, frozen
from starlette.exceptions import HTTPException

from wiifm.asynchronous import AsyncEngine
from wiifm.culture.nouns import Asked, Culture
from wiifm.dispatch import Clock
from wiifm.event_types import zone_named
from wiifm.events import Event
from wiifm.explanation import Explanation
from wiifm.faults import UnknownName
from wiifm.frozendict import frozen_mappings
from wiifm.leaderboard import Rank, around
from wiifm.ledger import Award, Entry, Holder
from wiifm.privacy import Withheld
from wiifm.progress import Progress, share_of
from wiifm.pseudonyms import is_named
from wiifm.statement.badge_words import badge_means
from wiifm.statement.nouns import Person, Reply, Statement, evidence
from wiifm.statement.rule_words import title
from wiifm.web.months import Span
from wiifm.web.reader import EngineReader
from wiifm.web.response_cache import ResponseCache
from wiifm.words.speech import ENGLISH, Speech, is_seen

PAGE = 20
"""How many entries a page shows."""

FIRST = 10
"""How many members at the top of a leaderboard are shown, and how many that a member may want to thank."""

EVENT_BYTES, RANK_BYTES, REPORT_BYTES = 130, 280, 100_000
"""Estimates for the cache: the bytes of an event behind a line of a statement, of a line of a leaderboard, and of a culture report."""


@frozen(kw_only=True, field_transformer=frozen_mappings)
class BadgeSeen:
    """A badge as one member sees it: their awards, their progress, and the titles of the objects in both, as in a statement."""

    id: str
    title: str
    means: str
    awards: tuple[Award, ...]
    next: tuple[Progress, ...]
    titles: Mapping[str, str]
    replies: Mapping[str, Reply]


@frozen(kw_only=True)
class Entries:
    """Some entries of a member, the latest first; ``before`` is where the next page begins, if there is one."""

    entries: tuple[Entry, ...]
    before: int | None


@frozen(kw_only=True)
class Evidence:
    """What is behind a line of a statement: entries of the member, and the events that gave them none; the latest first.

    ``before`` is how many events come before these, to ask for the next page with; None if there are none.
    """

    entries: tuple[Entry, ...]
    events: tuple[Event, ...]
    before: int | None


@frozen(kw_only=True)
class BoardSeen:
    """A leaderboard as one member sees it: the top, and the lines around themself."""

    first: tuple[Rank, ...]
    around: tuple[Rank, ...]


@frozen(kw_only=True)
class Own:
    """A member's unit and strongest topics, whose leaderboards are offered first."""

    unit: str | None
    topics: tuple[str, ...]

    def alike(self, everybody: str) -> set[str]:
        """Those of the unit and topics that sound like each other, or like ``everybody``, and need to be told apart.

        >>> Own(unit="Design", topics=("design", "pricing")).alike("Everybody") == {"Design", "design"}
        True
        """
        found = [each for each in (self.unit, *self.topics) if each]
        labels = Counter(each.casefold() for each in (everybody, *found))
        return {each for each in found if labels[each.casefold()] > 1}


@define
class Readings:
    """The readings of an engine for members, cached.

    Args:
        engine: the engine.
        reader: reads the rest of it.
        clock: gives the current time.
        asked: arguments for the culture report, without its period.
    """

    engine: AsyncEngine
    reader: EngineReader
    clock: Clock
    asked: Asked
    statements: ResponseCache = field(init=False)
    """Statements, of which pages are made. Pages may be cached for longer, so nothing below them is, lest they get older than that."""
    boards: ResponseCache = field(init=False)
    reports: ResponseCache = field(init=False)
    """Culture reports, by period. When members record something here, they aren't dropped, as making them takes long."""

    def __attrs_post_init__(self) -> None:
        self.statements = ResponseCache(self.reader.stamp, weigh=_bytes_of_statement)
        self.boards = ResponseCache(self.reader.stamp, weigh=lambda ranks: RANK_BYTES * len(ranks))
        self.reports = ResponseCache(self.reader.stamp, weigh=lambda _: REPORT_BYTES)

    def forget(self, member: str) -> None:
        """Drop what is cached of a member who recorded something here, and all leaderboards."""
        self.statements.forget(member)
        self.boards.forget(member)

    async def statement(self, member: str, since: datetime | None = None) -> Statement:
        """A member's statement from a moment on, or from the beginning."""
        key = ("statement", member, since)
        return await self.statements.get(key, lambda: self.engine.statement(member, since), member)

    async def answerers(self, member: str) -> list[Person]:
        """Those who answered the member in the last 30 days and haven't left, the most frequent first: whom they may want to thank."""
        found = (await self.statement(member, self.since("month"))).learning.answerers
        named = {each.member: each for each in found if is_named(each.member)}
        return [named[each] for each in await self.reader.there(named)][:FIRST]

    def since(self, over: str) -> datetime | None:
        """The beginning of the period of a page: ``month`` (the last 30 days), ``year`` or ``ever``. Days are those of the book's zone."""
        local = self.clock().astimezone(zone_named(self.engine.book.zone))
        now = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if over == "month":
            return now - timedelta(days=30)
        return now.replace(month=1, day=1) if over == "year" else None

    async def culture(self, span: Span) -> Culture:
        """The culture report for a period.

        Raises:
            HTTPException: the extra ``culture`` isn't installed.
        """
        try:
            return await self.reports.get(
                span, lambda: self.engine.culture(span.since, span.until, **self.asked)
            )
        except ImportError as error:
            raise HTTPException(501, str(error)) from None

    async def why(self, member: str, number: int) -> Explanation:
        """Why a member has one of their entries.

        Raises:
            UnknownName: there is no such entry, or it is somebody else's; the message doesn't say which.
        """
        nothing = f"entry {number}: you have none with this number"
        try:
            found = await self.engine.explain(number)
        except (UnknownName, Withheld):
            raise UnknownName(nothing) from None
        if found.entry.holder != Holder("member", member):
            raise UnknownName(nothing)
        return found

    async def entries(
        self, member: str, rule: str | None, purse: str | None, before: int | None
    ) -> Entries:
        """A page of a member's entries, by a rule, in a purse, before an entry.

        Raises:
            UnknownName: the book has no such rule or purse.
        """
        found = await self.engine.latest_entries(member, purse, rule, before=before, limit=PAGE + 1)
        shown = [(await self.engine.explain(each)).entry for each in found[:PAGE]]
        more = shown[-1].no if len(found) > PAGE else None
        return Entries(entries=tuple(shown), before=more)

    async def evidence(
        self, member: str, line: str, since: datetime | None, before: int | None
    ) -> Evidence:
        """A page of the events behind a line of a member's statement, the latest first, and the entries that they gave the member.

        Raises:
            UnknownName: the statement has no such line.
        """
        events = (await self.statement(member, since)).why(line)[:before]
        shown, numbers, plain = events[-PAGE:], [], []
        for event in shown:
            entries = await self.engine.entries_of(event)
            mine = [each.no for each in entries if each.holder == Holder("member", member)]
            numbers += mine
            if not mine:
                plain.append(event)
        found = [(await self.engine.explain(no)).entry for no in sorted(numbers, reverse=True)]
        return Evidence(
            entries=tuple(found),
            events=tuple(await self.reader.happened(member, plain[::-1])),
            before=len(events) - len(shown) or None,
        )

    async def badges(self, member: str, s: Speech = ENGLISH) -> list[BadgeSeen]:
        """All badges that a member has or can earn: first those that they have, then the nearest."""
        statement = await self.statement(member, self.since("month"))
        book, titles, replies = self.engine.book, statement.titles, statement.replies
        seen = []
        for name, badge in book.badges.items():
            awards = tuple(each for each in statement.standing.badges if each.badge == name)
            ahead = tuple(each for each in statement.next if each.badge == name)
            keys = [each.key for each in awards if each.key]
            keys += [each.key for each in ahead if each.key]
            if awards or ahead:
                seen.append(
                    BadgeSeen(
                        id=name,
                        title=title(name, s),
                        means=badge_means(book, badge, s),
                        awards=awards,
                        next=ahead,
                        titles={key: titles[key] for key in keys if titles.get(key)},
                        replies={key: replies[key] for key in keys if key in replies},
                    )
                )
        return sorted(seen, key=lambda each: (-len(each.awards), _far(each), each.id))

    async def leaderboard(self, member: str, **asked: Any) -> BoardSeen:
        """A leaderboard as a member sees it. Its period is that of the clock, such as the month in which somebody looks at it.

        Raises:
            Withheld: the rule book has no leaderboards.
            InvalidInput: there is no such leaderboard.
        """
        now = self.clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        key = ("board", hour, *sorted(asked.items()))
        ranks = await self.boards.get(key, lambda: self.engine.leaderboard(at=now, **asked))
        return BoardSeen(first=tuple(ranks[:FIRST]), around=tuple(around(ranks, member)))

    async def own(self, member: str) -> Own:
        """The member's unit and strongest topics."""
        found = await self.statement(member, self.since("month"))
        unit = await self.reader.unit_of(member)
        topics = tuple(filter(is_seen, found.needed.topics))
        return Own(unit=unit if unit and is_seen(unit) else None, topics=topics)


def _bytes_of_statement(statement: Statement) -> int:
    """About how many bytes a statement takes: mostly the ids of the events behind its lines."""
    return EVENT_BYTES * sum(1 + len(events) for _, events in evidence(statement))


def _far(seen: BadgeSeen) -> Fraction:
    """How far the nearest criterion of a badge is from being met."""
    ahead = (each for each in seen.next if not each.barred)
    shares = (Fraction(*share_of(each.value, each.threshold)) for each in ahead)
    return 1 - max(shares, default=Fraction(0))
