"""Timelines: the values that a fact about a member took, each with its position in the order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TypeAlias

from wiifm.activities import Order, order_of
from wiifm.events import Event

Timeline: TypeAlias = list[tuple[Order, str]]
"""The values that a fact took, sorted, each with its position."""


def value_at(timeline: Timeline | None, event: Event) -> str | None:
    """The value of a timeline at an event, the event included."""
    if not timeline:
        return None
    place = (event.occurred_at, event.id)
    if timeline[-1][0] <= place:
        return timeline[-1][1]
    found = bisect_right(timeline, place, key=position)
    return timeline[found - 1][1] if found else None


def position(item: tuple[Order, object] | tuple[Order, object, object]) -> Order:
    """The position of an item of a timeline."""
    return item[0]


def remove_from(timelines: dict, key: str, event: Event) -> None:  # type: ignore[type-arg]
    """Remove what an event stated from the timeline of a member, and the timeline if it is empty then."""
    timeline = timelines[key]
    del timeline[bisect_left(timeline, order_of(event), key=position)]
    if not timeline:
        del timelines[key]
