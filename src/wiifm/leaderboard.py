"""A reading: who earned most in a purse, over a time, in a community; with ties, and around a member."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import frozen

from wiifm.activities import Activity
from wiifm.faults import Fault, InvalidInput, short
from wiifm.ledger import Amount
from wiifm.periods import Over
from wiifm.program.amounts import in_points
from wiifm.records import Booked
from wiifm.rulebook.book import RuleBook


@frozen(kw_only=True)
class Rank:
    """One line: members with as many points share a rank, and the next one counts them all (1, 2, 2, 4).

    >>> Rank(rank=2, member="ann", points=5).member
    'ann'
    """

    rank: int
    member: str
    points: Amount


def leaderboard(
    book: RuleBook,
    rows: Iterable[Booked],
    look: Callable[[Booked], Activity | None],
    purse: str,
    over: str,
    community: str | None,
    at: datetime,
) -> list[Rank]:
    """All members that earned something, highest first, ties by id.

    ``over`` is ``ever``, a calendar period or ``every N days`` (the one that ``at`` lies in, by each
    member's own days), or ``last N days`` (before ``at``, both ends included). ``look`` tells the activity
    that a row was booked for; None where that no longer counts.

    Raises:
        InvalidInput: ``over`` is none of these.
    """
    window = Over.parse(over) if isinstance(over, str) else Fault("over", short(over), "a text")
    if isinstance(window, Fault):
        raise InvalidInput([window])
    sums: dict[str, int] = {}
    for row in rows:
        history, event, grant, minor, _ = row
        if grant.purse != purse or history.holder.kind != "member":
            continue
        if window.kind == "last" and not at - window.length <= event.occurred_at <= at:
            continue
        if community is not None or window.kind in ("calendar", "every"):
            a = look(row)
            if a is None or (community is not None and a.community != community):
                continue
            today = at.astimezone(a.local.tzinfo).toordinal()
            if window.kind != "last" and window.span(a.local.toordinal()) != window.span(today):
                continue
        sums[history.holder.id] = sums.get(history.holder.id, 0) + minor
    return _ranked(book, purse, {member: minor for member, minor in sums.items() if minor})


def _ranked(book: RuleBook, purse: str, sums: dict[str, int]) -> list[Rank]:
    decimals = book.purses[purse].decimals
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    ranks: list[Rank] = []
    for number, (member, minor) in enumerate(ordered, 1):
        points = in_points(minor, decimals)
        tied = bool(ranks) and ranks[-1].points == points
        ranks.append(Rank(rank=ranks[-1].rank if tied else number, member=member, points=points))
    return ranks


def around(ranks: list[Rank], member: str, most: int = 2) -> list[Rank]:
    """The lines around a member: theirs, and so many before and behind; nothing if they have none.

    >>> ranks = [Rank(rank=n, member=m, points=9 - n) for n, m in enumerate("abcde", 1)]
    >>> [rank.member for rank in around(ranks, "b", most=1)]
    ['a', 'b', 'c']
    """
    at = next((number for number, rank in enumerate(ranks) if rank.member == member), None)
    return [] if at is None else ranks[max(0, at - most) : at + most + 1]
