"""A reading: who earned most, or more than before, in a purse, over a time, among whom one looks at; with ties, and around a member.

Boards are small on purpose: by unit, community, topic, or among those who began lately, so that nobody stands at the end
of a long list. Members that don't want to be listed aren't.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias, TypedDict

from attrs import define, field, frozen

from wiifm.activities import Activity
from wiifm.events import YEARS
from wiifm.faults import Fault, InvalidInput, short
from wiifm.ledger import Amount
from wiifm.periods import Over, Span
from wiifm.program.amounts import in_points
from wiifm.records import Booked
from wiifm.rulebook.book import RuleBook

By: TypeAlias = Literal["points", "improvement"]
"""What a leaderboard compares."""

BY: tuple[By, ...] = ("points", "improvement")

AROUND = timedelta(days=1)
"""A member's midnight is away from that of UTC by no more."""

LONGEST = 36_601
"""No period has more days but ``ever``."""

SHIFT = timedelta(hours=3)
"""Clocks that are changed at midnight are changed by no more."""


class Among(TypedDict, total=False):
    """Among whom one looks, and what is compared: see :class:`Board`.

    >>> Among(unit="Sales", by="points")
    {'unit': 'Sales', 'by': 'points'}
    """

    unit: str | None
    topic: str | None
    newcomers: str | None
    by: By


@frozen(kw_only=True)
class Rank:
    """One line: members with as many points share a rank, and the next one counts them all (1, 2, 2, 4).

    >>> Rank(rank=2, member="ann", points=5).member
    'ann'
    """

    rank: int
    member: str
    points: Amount


class Part(NamedTuple):
    """A part of the times of a board: rows of its events lie ``ago`` of them back (see :meth:`Board.periods_ago`); None where each is to be
    looked at.
    """

    ago: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def time(self) -> tuple[datetime | None, datetime | None]:
        """When it begins, and ends."""
        return self.since, self.until


@frozen(kw_only=True)
class Board:
    """What a leaderboard is asked for.

    ``over`` is the time that counts, as of ``at``: by each member's own days. ``community``, ``unit`` and ``topic`` count only what was
    earned there, while in this unit, or on this topic. ``newcomers`` is a time, too: only members whose first
    points lie in it are shown. By ``improvement`` it is compared how much more somebody earned than in the time before.

    >>> from datetime import UTC
    >>> Board(at=datetime(2026, 5, 4, tzinfo=UTC), over="month", topic="pricing").purse
    'points'

    Raises:
        InvalidInput: with all that is none of these, and a time in which no event can be.
    """

    at: datetime
    purse: str = "points"
    over: str = "ever"
    community: str | None = None
    unit: str | None = None
    topic: str | None = None
    newcomers: str | None = None
    by: By = "points"
    window: Over = field(init=False, eq=False)
    beginning: Over | None = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        window, beginning = _time("over", self.over), None
        faults = [window] if isinstance(window, Fault) else []
        if self.at.year not in YEARS:
            expected = f"a time from {YEARS.start} to {YEARS.stop - 1}: no event is outside"
            faults.append(Fault("at", short(self.at), expected))
        if self.newcomers is not None:
            beginning = _time("newcomers", self.newcomers)
            faults += [beginning] if isinstance(beginning, Fault) else []
        if self.by not in BY:
            faults.append(Fault("by", short(self.by), " or ".join(BY)))
        elif self.by == "improvement" and isinstance(window, Over) and window.kind == "ever":
            faults.append(Fault("over", "'ever'", "a time that has one before it, such as 'month'"))
        if faults:
            raise InvalidInput(faults)
        object.__setattr__(self, "window", window)
        object.__setattr__(self, "beginning", beginning)

    @property
    def looks(self) -> bool:
        """Whether it takes the activities behind rows, and not their events alone."""
        return any(each is not None for each in (self.community, self.unit, self.topic))

    @property
    def by_days(self) -> bool:
        """Whether it takes the days of those whom it shows."""
        return any(each.kind in ("calendar", "every") for each in self._windows)

    @property
    def _windows(self) -> list[Over]:
        return [each for each in (self.window, self.beginning) if each]

    @property
    def whole(self) -> bool:
        """Whether it compares all that members have."""
        return self.window.kind == "ever" and not self.looks and self.beginning is None

    def parts(self, home: tzinfo | None) -> list[Part]:
        """The times in which anything may count; ``home`` is the zone in which all members live, None where they don't live in one."""
        if self.window.kind == "ever" or self.beginning is not None:
            return [Part()]
        times, now = 2 if self.by == "improvement" else 1, self.at.astimezone(UTC)
        if self.window.kind == "last":
            starts = [now - n * self.window.length for n in range(times + 1)]
            found = [Part(n, starts[n + 1], starts[n]) for n in range(times)]
            return [found[0]._replace(until=now + timedelta.resolution), *found[1:]]
        span, today = self.window.span, self.at.astimezone(home or UTC).toordinal()
        days = [today] if home else [today - 1, today, today + 1]
        last = span(days[-1])
        edges = [
            _edge(span, number, today, home)
            for number in range(last + 1, span(days[0]) - times, -1)
        ]
        if span(days[0]) != last:  # and for some of them one time has come, for others another
            return [Part(None, edges[-1][0], edges[0][1])]
        return [*_parts(edges)]

    def has(self, a: Activity) -> bool:
        """Whether it counts what an activity brought."""
        return (
            (self.community is None or a.community == self.community)
            and (self.unit is None or a.holder_unit == self.unit)
            and (self.topic is None or self.topic in a.topics)
        )

    def periods_ago(self, window: Over, moment: datetime, local: datetime | None) -> int | None:
        """In which of its times a moment lies: 0 for the one of ``at``, 1 for that before; None for one later."""
        if window.kind == "ever":
            return 0
        if window.kind == "last":
            if moment > self.at:
                return None
            ago = max(0, -((moment - self.at) // window.length) - 1)
        else:
            assert local is not None
            today = self.at.astimezone(local.tzinfo).toordinal()
            ago = window.span(today) - window.span(local.toordinal())
        return ago if ago >= 0 else None


def _time(key: str, text: str) -> Over | Fault:
    found = Over.parse(text) if isinstance(text, str) else Fault(key, short(text), "a text")
    return Fault(key, found.found, found.expected) if isinstance(found, Fault) else found


def _edge(span: Span, number: int, today: int, home: tzinfo | None) -> tuple[datetime, datetime]:
    """Between which moments the first day of a period begins for all members."""
    days = range(1, today + LONGEST)
    first = datetime.fromordinal(days[bisect_left(days, number, key=span)])
    wide = SHIFT if home else AROUND
    midnight = first.replace(tzinfo=home or UTC).astimezone(UTC)
    return midnight - wide, midnight + wide


def _parts(edges: list[tuple[datetime, datetime]]) -> Iterator[Part]:
    """Edges, the last one first, and what lies between them."""
    for ago, ((low, high), (_, behind)) in enumerate(pairwise(edges)):
        yield Part(None, max(low, behind), high)
        if behind < low:
            yield Part(ago, behind, low)
    yield Part(None, *edges[-1])


@define
class Sums:
    """What members earned, in minor units: in the time that counts and in the one before; and when they began."""

    board: Board
    now: dict[str, int] = field(factory=dict)
    before: dict[str, int] = field(factory=dict)
    firsts: dict[tuple[str, str, str], tuple[int, int | None]] = field(factory=dict)

    def asks_for(self, row: Booked) -> bool:
        """Whether a row may count, or tell when somebody began."""
        mine = row[0].holder.kind == "member"
        return mine and (self.board.beginning is not None or row[2].purse == self.board.purse)

    def add(self, row: Booked, a: Activity | None, local: datetime | None) -> None:
        """Count a row, with the activity that it was booked for and the time of its event where its member lives, as far as these are asked for."""
        history, event, grant, minor, _ = row
        board, member = self.board, history.holder.id
        if board.beginning is not None:
            ago = board.periods_ago(board.beginning, event.occurred_at, local)
            key = (member, event.id, grant.purse)
            sum, _ = self.firsts.get(key, (0, None))
            self.firsts[key] = (sum + minor, ago)
        if grant.purse == board.purse and (a is None or board.has(a)):
            self.count(board.periods_ago(board.window, event.occurred_at, local), member, minor)

    def count(self, ago: int | None, member: str, minor: int) -> None:
        """Count what somebody earned in a time so many times back."""
        if ago in (0, 1):
            sums = (self.now, self.before)[ago]
            sums[member] = sums.get(member, 0) + minor

    def result(self) -> dict[str, int]:
        """What is compared, by member; nobody is shown with nothing, or as having become less, and none as better for doing nothing."""
        found = self.now
        if self.board.by == "improvement":
            more = {name: n - self.before.get(name, 0) for name, n in found.items() if n > 0}
            found = {name: sum for name, sum in more.items() if sum > 0}
        if self.board.beginning is not None:
            old = {name for (name, _, _), (sum, ago) in self.firsts.items() if sum and ago}
            found = {name: sum for name, sum in found.items() if name not in old}
        return {name: sum for name, sum in found.items() if sum}


def ranked(
    book: RuleBook,
    purse: str,
    sums: Mapping[str, int],
    listed: Callable[[Iterable[str]], Iterable[str]],
) -> list[Rank]:
    """The lines of those members that may be listed, by what they have in minor units of a purse, highest first, ties by id.

    ``listed`` tells which of some members may be shown.
    """
    decimals = book.purses[purse].decimals
    shown = [(name, sums[name]) for name in listed(sums)]
    ranks: list[Rank] = []
    for number, (member, minor) in enumerate(sorted(shown, key=_highest_first), 1):
        points = in_points(minor, decimals)
        tied = bool(ranks) and ranks[-1].points == points
        ranks.append(Rank(rank=ranks[-1].rank if tied else number, member=member, points=points))
    return ranks


def _highest_first(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def around(ranks: list[Rank], member: str, most: int = 2) -> list[Rank]:
    """The lines around a member: theirs, and so many before and behind; nothing if they have none.

    >>> ranks = [Rank(rank=n, member=m, points=9 - n) for n, m in enumerate("abcde", 1)]
    >>> [rank.member for rank in around(ranks, "b", most=1)]
    ['a', 'b', 'c']
    """
    at = next((number for number, rank in enumerate(ranks) if rank.member == member), None)
    return [] if at is None else ranks[max(0, at - most) : at + most + 1]
