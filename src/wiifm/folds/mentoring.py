"""Who mentors a member, and who did last, according to events that start and end mentoring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

from wiifm.activities import Order

Mentored: TypeAlias = tuple[str | None, str | None, datetime | None]
"""The present mentor; the mentor whose mentoring ended last, and when."""

NOBODY: Mentored = (None, None, None)


def mentoring_timeline(said: Iterable[tuple[Order, str, bool]], mentee: str) -> Iterator[Mentored]:
    """Yield the mentors of ``mentee`` after each event, given as (position, mentor, whether it starts).

    Of several active mentors the one that started last counts. Nobody can mentor themselves.

    >>> moments = [datetime(2026, 5, day) for day in (1, 2)]
    >>> said = [((moments[0], "e1"), "ann", True), ((moments[1], "e2"), "ann", False)]
    >>> [each[:2] for each in mentoring_timeline(said, "tom")]
    [('ann', None), (None, 'ann')]
    """
    active: dict[str, None] = {}
    ended: dict[str, datetime] = {}
    for order, mentor, starts in said:
        was = active.pop(mentor, mentor)
        if mentor == mentee:
            pass
        elif starts:
            active[mentor] = None
            ended.pop(mentor, None)
        elif was is None:
            ended[mentor] = order[0]
        last = next(reversed(ended), None)
        yield next(reversed(active), None), last, ended.get(last or "")
