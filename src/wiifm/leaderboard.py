"""Leaderboards: who earned most, or improved most, in a purse over a period.

Boards are meant to be small, by unit, community or topic, or among newcomers, so that nobody is at the end of a long list. Members who don't
want to be listed aren't, and neither are members who had left. Members with equal points share a rank.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

from attrs import define, field, frozen

from wiifm.events import YEARS, text_fault
from wiifm.faults import Fault, InvalidInput, short
from wiifm.ledger import Amount
from wiifm.periods import Over
from wiifm.program.amounts import in_points
from wiifm.records import Booked
from wiifm.rulebook.book import RuleBook
from wiifm.windows import Window

By: TypeAlias = Literal["points", "improvement"]
"""What a leaderboard compares: the points of the period, or how much more they are than in the period before."""

BY: tuple[By, ...] = ("points", "improvement")


class Among(TypedDict, total=False):
    """The keyword arguments that narrow a leaderboard, and what it compares: see :class:`Board`.

    >>> Among(unit="Sales", by="points")
    {'unit': 'Sales', 'by': 'points'}
    """

    unit: str | None
    topic: str | None
    newcomers: str | None
    by: By


@frozen(kw_only=True)
class Rank:
    """A line of a leaderboard. Members with equal points share a rank, and the next rank counts all of them (1, 2, 2, 4).

    >>> Rank(rank=2, member="ann", points=5).member
    'ann'
    """

    rank: int
    member: str
    points: Amount


@frozen(kw_only=True)
class Board:
    """The parameters of a leaderboard.

    ``over`` is the period that counts, as of ``at``, by the days of each member's time zone. ``community``, ``unit`` and ``topic`` limit it to
    what was earned in a community, while in a unit, or on a topic. ``newcomers`` is a period, too: only members whose first points
    lie in it are shown. With ``by="improvement"``, members are compared by how much more they earned than in the period before.

    >>> from datetime import UTC
    >>> Board(at=datetime(2026, 5, 4, tzinfo=UTC), over="month", topic="pricing").purse
    'points'

    Raises:
        InvalidInput: one or more of them are invalid, or no event can lie in the period.
    """

    at: datetime
    purse: str = "points"
    over: str = "ever"
    community: str | None = None
    unit: str | None = None
    topic: str | None = None
    newcomers: str | None = None
    by: By = "points"
    window: Window = field(init=False, eq=False)
    beginning: Window | None = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        window, beginning = _time("over", self.over), None
        faults = [window] if isinstance(window, Fault) else []
        if self.at.year not in YEARS:
            expected = f"a moment from {YEARS.start} to {YEARS.stop - 1}: no event lies outside"
            faults.append(Fault("at", short(self.at), expected))
        if self.newcomers is not None:
            beginning = _time("newcomers", self.newcomers)
            faults += [beginning] if isinstance(beginning, Fault) else []
        for key in ("community", "unit", "topic"):
            name = getattr(self, key)
            if name is not None and (fault := text_fault(key, name)):
                faults.append(fault)
        if self.by not in BY:
            faults.append(Fault("by", short(self.by), " or ".join(BY)))
        elif self.by == "improvement" and isinstance(window, Over) and window.kind == "ever":
            faults.append(
                Fault("over", "'ever'", "a period that has one before it, such as 'month'")
            )
        if faults:
            raise InvalidInput(faults)
        assert isinstance(window, Over)
        object.__setattr__(self, "window", Window(window, self.at))
        begun = Window(beginning, self.at) if isinstance(beginning, Over) else None
        object.__setattr__(self, "beginning", begun)

    @property
    def looks(self) -> bool:
        """Whether the community and topics of events must be looked up."""
        return self.community is not None or self.topic is not None

    @property
    def whole(self) -> bool:
        """Whether it compares the members' totals, without any limit."""
        return self.window.over.kind == "ever" and not self.looks and self.unit is None

    def has(self, community: str | None, topics: Collection[str]) -> bool:
        """Whether an event in a community and on some topics counts."""
        return self.community in (None, community) and (self.topic is None or self.topic in topics)


def _time(key: str, text: str) -> Over | Fault:
    found = Over.parse(text) if isinstance(text, str) else Fault(key, short(text), "a text")
    return Fault(key, found.found, found.expected) if isinstance(found, Fault) else found


@define
class Sums:
    """What members earned, in minor units, in the period of a board and in the one before."""

    board: Board
    now: dict[str, int] = field(factory=dict)
    before: dict[str, int] = field(factory=dict)

    def asks_for(self, row: Booked) -> bool:
        """Whether a ledger row may count: it is a member's, in the purse of the board."""
        return row[0].holder.kind == "member" and row[2].purse == self.board.purse

    def add(self, row: Booked, local: datetime | None) -> None:
        """Count a row; ``local`` is the time of its event in the time zone of its member, if the window needs it."""
        history, event, _, minor, _ = row
        self.count(self.board.window.ago(event.occurred_at, local), history.holder.id, minor)

    def count(self, ago: int | None, member: str, minor: int) -> None:
        """Count what a member earned in the period (``ago`` is 0) or in the one before (1)."""
        if ago in (0, 1):
            sums = (self.now, self.before)[ago]
            sums[member] = sums.get(member, 0) + minor

    def result(self) -> dict[str, int]:
        """Return what is compared, by member.

        Members with nothing are left out, and by improvement also those who didn't improve, or earned nothing in the period.
        """
        found = self.now
        if self.board.by == "improvement":
            more = {name: n - self.before.get(name, 0) for name, n in found.items() if n > 0}
            found = {name: sum for name, sum in more.items() if sum > 0}
        return {name: sum for name, sum in found.items() if sum}


def ranked(
    book: RuleBook,
    purse: str,
    sums: Mapping[str, int],
    shown: Callable[[Iterable[str]], Iterable[str]],
) -> list[Rank]:
    """Rank the members that may be shown, the highest first, ties by id.

    Args:
        book: the rule book that has the purse.
        purse: the purse that ``sums`` are in.
        sums: what each member has, in minor units.
        shown: filters members by whether they may be shown.
    """
    decimals = book.purses[purse].decimals
    pairs = [(name, sums[name]) for name in shown(sums)]
    ranks: list[Rank] = []
    for number, (member, minor) in enumerate(sorted(pairs, key=_highest_first), 1):
        points = in_points(minor, decimals)
        tied = bool(ranks) and ranks[-1].points == points
        ranks.append(Rank(rank=ranks[-1].rank if tied else number, member=member, points=points))
    return ranks


def _highest_first(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def around(ranks: list[Rank], member: str, most: int = 2) -> list[Rank]:
    """Return the line of a member, with up to ``most`` lines before and after it; nothing if they have no line.

    >>> ranks = [Rank(rank=n, member=m, points=9 - n) for n, m in enumerate("abcde", 1)]
    >>> [rank.member for rank in around(ranks, "b", most=1)]
    ['a', 'b', 'c']
    """
    index = next((number for number, rank in enumerate(ranks) if rank.member == member), None)
    return [] if index is None else ranks[max(0, index - most) : index + most + 1]
