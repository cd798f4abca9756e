"""The period that a leaderboard counts, and the periods before it, by the days of each member's time zone.

Most events lie in the same period for all members. Only those near its edges depend on the time zone of their member, and are looked up one
by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from attrs import frozen

from wiifm.periods import Over

AROUND = timedelta(days=1)
"""The most by which a member's midnight can differ from that of UTC."""

SHIFT = timedelta(hours=3)
"""The most by which clocks are changed at midnight."""

LONGEST = 36_601
"""Every period except ``ever`` has fewer days than this."""

Edge: TypeAlias = tuple[datetime, datetime]
"""The first and the last moment at which a period may begin for some member."""


class Part(NamedTuple):
    """A part of the time of a window and of the periods before it, from ``since`` until ``until``.

    It lies in the period ``ago`` periods back, for all members; if ``ago`` is None, that must be asked for each event.
    """

    since: datetime | None
    until: datetime | None
    ago: int | None


@frozen
class Window:
    """The period that counts as of a moment: the day, week, month or year that it lies in, a duration up to it, or all time.

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
        """Whether it depends on the time zone of a member."""
        return self.over.kind in ("calendar", "every")

    def ago(self, moment: datetime, local: datetime | None) -> int | None:
        """Return how many periods back a moment lies: 0 is the period of ``at``, 1 the one before; None if it is later.

        ``local`` is the moment in the time zone of its member, needed if :attr:`by_days`.
        """
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
        """Return the parts of this period and of those before it, the latest first.

        Args:
            times: the number of periods; 1 is this one alone.
            home: the time zone of all members; None if they have several.
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
        if first != last:  # for some members a period has ended that goes on for others
            return [Part(edges[-1][0], edges[0][1], None)]
        return [*_parts(edges)]

    def _edge(self, number: int, today: int, home: tzinfo | None) -> Edge:
        """Return when the period with a number begins."""
        days, span = range(1, today + LONGEST), self.over.span
        first = datetime.fromordinal(days[bisect_left(days, number, key=span)])
        midnight, wide = (
            first.replace(tzinfo=home or UTC).astimezone(UTC),
            SHIFT if home else AROUND,
        )
        return midnight - wide, midnight + wide


def _parts(edges: list[Edge]) -> Iterator[Part]:
    """Yield the edges, the latest first, and what lies between them."""
    for ago, ((low, high), (_, earlier)) in enumerate(pairwise(edges)):
        yield Part(max(low, earlier), high, None)
        if earlier < low:
            yield Part(earlier, low, ago)
    yield Part(*edges[-1], None)
