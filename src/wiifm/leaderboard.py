"""A reading: who earned most, or more than before, in a purse, over a time, among whom one looks at; with ties, and around a member.

Boards are small on purpose: by unit, community, topic, or among those who began lately, so that nobody stands at the end
of a long list. Members that don't want to be listed aren't, nor is who had left.
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
"""What a leaderboard compares."""

BY: tuple[By, ...] = ("points", "improvement")


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
    window: Window = field(init=False, eq=False)
    beginning: Window | None = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        window, beginning = _time("over", self.over), None
        faults = [window] if isinstance(window, Fault) else []
        if self.at.year not in YEARS:
            expected = f"a time from {YEARS.start} to {YEARS.stop - 1}: no event is outside"
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
            faults.append(Fault("over", "'ever'", "a time that has one before it, such as 'month'"))
        if faults:
            raise InvalidInput(faults)
        assert isinstance(window, Over)
        object.__setattr__(self, "window", Window(window, self.at))
        begun = Window(beginning, self.at) if isinstance(beginning, Over) else None
        object.__setattr__(self, "beginning", begun)

    @property
    def looks(self) -> bool:
        """Whether it takes the places of events."""
        return self.community is not None or self.topic is not None

    @property
    def whole(self) -> bool:
        """Whether it compares all that members have."""
        return self.window.over.kind == "ever" and not self.looks and self.unit is None

    def has(self, community: str | None, topics: Collection[str]) -> bool:
        """Whether it counts what happened in a community, on some topics."""
        return self.community in (None, community) and (self.topic is None or self.topic in topics)


def _time(key: str, text: str) -> Over | Fault:
    found = Over.parse(text) if isinstance(text, str) else Fault(key, short(text), "a text")
    return Fault(key, found.found, found.expected) if isinstance(found, Fault) else found


@define
class Sums:
    """What members earned, in minor units: in the time that counts and in the one before."""

    board: Board
    now: dict[str, int] = field(factory=dict)
    before: dict[str, int] = field(factory=dict)

    def asks_for(self, row: Booked) -> bool:
        """Whether a row may count."""
        return row[0].holder.kind == "member" and row[2].purse == self.board.purse

    def add(self, row: Booked, local: datetime | None) -> None:
        """Count a row; ``local`` is the time of its event where its member lives, as far as that is asked for."""
        history, event, _, minor, _ = row
        self.count(self.board.window.ago(event.occurred_at, local), history.holder.id, minor)

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
        return {name: sum for name, sum in found.items() if sum}


def ranked(
    book: RuleBook,
    purse: str,
    sums: Mapping[str, int],
    shown: Callable[[Iterable[str]], Iterable[str]],
) -> list[Rank]:
    """The lines of those members that may be shown, by what they have in minor units of a purse, highest first, ties by id.

    ``shown`` tells which of some members may be.
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
    """The lines around a member: theirs, and so many before and behind; nothing if they have none.

    >>> ranks = [Rank(rank=n, member=m, points=9 - n) for n, m in enumerate("abcde", 1)]
    >>> [rank.member for rank in around(ranks, "b", most=1)]
    ['a', 'b', 'c']
    """
    at = next((number for number, rank in enumerate(ranks) if rank.member == member), None)
    return [] if at is None else ranks[max(0, at - most) : at + most + 1]
