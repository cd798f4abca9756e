"""A time that readings look at, as of a moment, and the times before it: by the days of each member, wherever they live."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from attrs import frozen

from wiifm.periods import Over

AROUND = timedelta(days=1)
"""A member's midnight is away from that of UTC by no more."""

SHIFT = timedelta(hours=3)
"""Clocks that are changed at midnight are changed by no more."""

LONGEST = 36_601
"""No period has as many days but ``ever``."""

Edge: TypeAlias = tuple[datetime, datetime]
"""Between which moments a period begins, for all members."""


class Part(NamedTuple):
    """A part of a window and of the times before it, from ``since`` until ``until``: it lies in the one ``ago`` times back, for all members; None
    where that is to be asked for each event.
    """

    since: datetime | None
    until: datetime | None
    ago: int | None


@frozen
class Window:
    """The time that counts as of a moment: the day, week, month or year it lies in, a while up to it, or all.

    >>> from datetime import UTC
    >>> month = Window(Over.parse("month"), datetime(2026, 5, 4, tzinfo=UTC))
    >>> month.ago(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
    2
    >>> [(str(each.since.date()), each.ago) for each in reversed(month.parts(1, UTC))]
    [('2026-04-30', None), ('2026-05-01', 0), ('2026-05-31', None)]
    """

    over: Over
    at: datetime

    @property
    def by_days(self) -> bool:
        """Whether it depends on where a member lives."""
        return self.over.kind in ("calendar", "every")

    def ago(self, moment: datetime, local: datetime | None) -> int | None:
        """In which of its times a moment lies, which is ``local`` where its member lives: 0 for the one of ``at``, 1 for that before; None for one later."""
        if self.over.kind == "ever":
            return 0
        if self.over.kind == "last":
            if moment > self.at:
                return None
            return max(0, -((moment - self.at) // self.over.length) - 1)
        assert local is not None
        span, today = self.over.span, self.at.astimezone(local.tzinfo).toordinal()
        ago = span(today) - span(local.toordinal())
        return ago if ago >= 0 else None

    def parts(self, times: int, home: tzinfo | None) -> list[Part]:
        """So many of its times, the latest first: what lies in one for all members, and what in between is to be looked at.

        Args:
            times: how many; 1 is itself alone.
            home: the zone in which all members live; None where they don't live in one.
        """
        if self.over.kind == "ever":
            return [Part(None, None, 0)]
        if self.over.kind == "last":
            now = self.at.astimezone(UTC)
            starts = [now - n * self.over.length for n in range(times + 1)]
            ends = [now + timedelta.resolution, *starts[1:]]
            return [Part(starts[n + 1], ends[n], n) for n in range(times)]
        today = self.at.astimezone(home or UTC).toordinal()
        first, last = map(self.over.span, (today, today) if home else (today - 1, today + 1))
        edges = [self._edge(n, today, home) for n in range(last + 1, first - times, -1)]
        if first != last:  # for some a time has ended that goes on for others
            return [Part(edges[-1][0], edges[0][1], None)]
        return [*_parts(edges)]

    def _edge(self, number: int, today: int, home: tzinfo | None) -> Edge:
        """Where the period of a number begins."""
        days, span = range(1, today + LONGEST), self.over.span
        first = datetime.fromordinal(days[bisect_left(days, number, key=span)])
        midnight, wide = (
            first.replace(tzinfo=home or UTC).astimezone(UTC),
            SHIFT if home else AROUND,
        )
        return midnight - wide, midnight + wide


def _parts(edges: list[Edge]) -> Iterator[Part]:
    """Edges, the last one first, and what lies between them."""
    for ago, ((low, high), (_, behind)) in enumerate(pairwise(edges)):
        yield Part(max(low, behind), high, None)
        if behind < low:
            yield Part(behind, low, ago)
    yield Part(*edges[-1], None)
