"""What the pages and the API tell, read once for both."""

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
from wiifm.leaderboard import Rank, around
from wiifm.ledger import Award, Entry, Holder
from wiifm.privacy import Withheld
from wiifm.progress import Progress, share_of
from wiifm.statement.nouns import Person, Statement, evidence
from wiifm.statement.words import badge_means, title
from wiifm.web.months import Span
from wiifm.web.response_cache import Kept
from wiifm.words.speech import ENGLISH, Speech, is_named, is_seen

PAGE = 20
"""So many entries a page shows."""

FIRST = 10
"""So many of the first members a leaderboard shows, and of those whom a member may want to thank."""

EVENT_BYTES, RANK_BYTES, REPORT_BYTES = 130, 280, 100_000
"""About so many bytes take an event behind a line of a statement, a line of a leaderboard, and a culture report."""


@frozen(kw_only=True)
class BadgeSeen:
    """A badge as one member sees it: what they have of it, how far they are from more, and what it is for, by titles."""

    id: str
    title: str
    means: str
    awards: tuple[Award, ...]
    next: tuple[Progress, ...]
    titles: Mapping[str, str]


@frozen(kw_only=True)
class Entries:
    """Some entries of a member, the latest first; ``before`` is the number to ask for more with, if there are more."""

    entries: tuple[Entry, ...]
    before: int | None


@frozen(kw_only=True)
class Behind:
    """What is behind a line of a statement: entries of the member, and the events that brought them none, the latest first.

    ``before`` is how many of its events there are before these, to ask for more with, if there are more.
    """

    entries: tuple[Entry, ...]
    events: tuple[Event, ...]
    before: int | None


@frozen(kw_only=True)
class BoardSeen:
    """A leaderboard as one member sees it: the first ones, and those around themself."""

    first: tuple[Rank, ...]
    around: tuple[Rank, ...]


@frozen(kw_only=True)
class Own:
    """The unit of a member, and the topics that are most theirs: where leaderboards are small."""

    unit: str | None
    topics: tuple[str, ...]

    def alike(self, everybody: str) -> set[str]:
        """Those that sound like another one, or like what the leaderboard of everybody is called, and are to be told apart.

        >>> Own(unit="Design", topics=("design", "pricing")).alike("Everybody") == {"Design", "design"}
        True
        """
        found = [each for each in (self.unit, *self.topics) if each]
        labels = Counter(each.casefold() for each in (everybody, *found))
        return {each for each in found if labels[each.casefold()] > 1}


@define
class Readings:
    """Reads for members what an engine tells, and keeps it for a moment."""

    engine: AsyncEngine
    clock: Clock
    asked: Asked
    statements: Kept = field(init=False)
    """What pages are made of: they may be kept for longer, and nothing below them, so that nothing is older than they are."""
    boards: Kept = field(init=False)
    reports: Kept = field(init=False)
    """Culture reports, each by its time: what members record here doesn't have them made anew more often than they take."""

    def __attrs_post_init__(self) -> None:
        self.statements = Kept(self.engine.stamp, weigh=_bytes_of_statement)
        self.boards = Kept(self.engine.stamp, weigh=lambda ranks: RANK_BYTES * len(ranks))
        self.reports = Kept(self.engine.stamp, weigh=lambda _: REPORT_BYTES)

    def forget(self, member: str) -> None:
        """Keep nothing of a member, who recorded something here, nor any leaderboard."""
        self.statements.forget(member)
        self.boards.forget(member)

    async def statement(self, member: str, since: datetime | None = None) -> Statement:
        """A member's statement, since a moment."""
        key = ("statement", member, since)
        return await self.statements.get(key, lambda: self.engine.statement(member, since), member)

    async def answerers(self, member: str) -> list[Person]:
        """Who answered a member in the last 30 days and is there, whoever did so most first: whom they may want to thank."""
        found = (await self.statement(member, self.since("month"))).learning.answerers
        named = {each.member: each for each in found if is_named(each.member)}
        return [named[each] for each in await self.engine.there(named)][:FIRST]

    def since(self, over: str) -> datetime | None:
        """When a time begins that a page is asked for: month (the last 30 days), year, or all; days begin in the zone of the book."""
        local = self.clock().astimezone(zone_named(self.engine.book.zone))
        now = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if over == "month":
            return now - timedelta(days=30)
        return now.replace(month=1, day=1) if over == "year" else None

    async def culture(self, span: Span) -> Culture:
        """The culture report over some months.

        Raises:
            HTTPException: the extra ``culture`` is missing.
        """
        try:
            return await self.reports.get(
                span, lambda: self.engine.culture(span.since, span.until, **self.asked)
            )
        except ImportError as error:
            raise HTTPException(501, str(error)) from None

    async def why(self, member: str, number: int) -> Explanation:
        """Why there is an entry of a member's own.

        Raises:
            UnknownName: there is none, or it is somebody else's; nobody is told which.
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
        """A page of a member's entries, by a rule and in a purse, and before one of them.

        Raises:
            UnknownName: the book has no such rule or purse.
        """
        found = await self.engine.latest(member, purse, rule, before, PAGE + 1)
        shown = [(await self.engine.explain(each)).entry for each in found[:PAGE]]
        more = shown[-1].no if len(found) > PAGE else None
        return Entries(entries=tuple(shown), before=more)

    async def behind(
        self, member: str, line: str, since: datetime | None, before: int | None
    ) -> Behind:
        """What is behind a line of a member's statement, the latest first: a page of its events, before one of them, and what they brought.

        Raises:
            UnknownName: the statement has no such line.
        """
        try:
            events = (await self.statement(member, since)).why(line)[:before]
        except KeyError as error:
            raise UnknownName(f"a line of your statement: {error.args[0]}") from None
        shown, numbers, plain = events[-PAGE:], [], []
        for event in shown:
            entries = await self.engine.entries_of(event)
            mine = [each.no for each in entries if each.holder == Holder("member", member)]
            numbers += mine
            if not mine:
                plain.append(event)
        found = [(await self.engine.explain(no)).entry for no in sorted(numbers, reverse=True)]
        return Behind(
            entries=tuple(found),
            events=tuple(await self.engine.happened(member, plain[::-1])),
            before=len(events) - len(shown) or None,
        )

    async def badges(self, member: str, s: Speech = ENGLISH) -> list[BadgeSeen]:
        """All badges that a member has or can earn; those that they have, and then the nearest, first."""
        statement = await self.statement(member, self.since("month"))
        book, titles = self.engine.book, statement.titles
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
                    )
                )
        return sorted(seen, key=lambda each: (-len(each.awards), _far(each), each.id))

    async def leaderboard(self, member: str, **asked: Any) -> BoardSeen:
        """A leaderboard as a member sees it.

        Raises:
            Withheld: the book has no leaderboards.
            InvalidInput: what is asked for is none.
        """
        key = ("board", *sorted(asked.items()))
        ranks = await self.boards.get(key, lambda: self.engine.leaderboard(**asked))
        return BoardSeen(first=tuple(ranks[:FIRST]), around=tuple(around(ranks, member)))

    async def own(self, member: str) -> Own:
        """Where a member belongs to, and of what they know something; nobody is told what others have there."""
        found = await self.statement(member, self.since("month"))
        unit = await self.engine.unit_of(member)
        topics = tuple(filter(is_seen, found.needed.topics))
        return Own(unit=unit if unit and is_seen(unit) else None, topics=topics)


def _bytes_of_statement(statement: Statement) -> int:
    """About how many bytes a statement takes: those of its lines, and for the most part the names of events behind them."""
    return EVENT_BYTES * sum(1 + len(events) for _, events in evidence(statement))


def _far(seen: BadgeSeen) -> Fraction:
    shares = (Fraction(*share_of(each.value, each.threshold)) for each in seen.next)
    return 1 - max(shares, default=Fraction(0))
