"""Queues of what happened in a rolling window, each with the value of its measure.

A queue only grows at its end, so copies share its list. A copy costs nothing, whatever the length, but for the
dictionaries of some measures. If one continues from an earlier copy, that copy gets a list of its own with the first new item.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any, Self, TypeAlias

from wiifm.program.medians import Number
from wiifm.program.running import Running

Item: TypeAlias = tuple[datetime, Any] | tuple[datetime, Hashable, Any]
"""A sample with its time, and its group if there are groups."""

SLACK = 8
"""A list is cut once an eighth of it has left the window."""

QUICK = 8
"""How many items of a dictionary are copied as fast as one other thing."""


class Queue:
    """What happened, in order: those of ``items`` after the first ``gone``, up to ``end``."""

    __slots__ = ("end", "gone", "items")

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self.items: list[Any] = list(items)
        self.gone, self.end = 0, len(self.items)

    def inside(self) -> list[Any]:
        """What hasn't left the window."""
        return self.items[self.gone : self.end]

    def copy(self) -> Self:
        """A copy that later steps on this queue don't change."""
        other = self.__new__(type(self))
        other.items, other.gone, other.end = self.items, self.gone, self.end
        return other

    def weight(self) -> int:
        """How much copying it costs."""
        return 1

    def _append(self, item: Any) -> None:
        """Add an item."""
        if len(self.items) != self.end:  # another copy went on from here
            self._cut()
        self.items.append(item)
        self.end += 1

    def _tidy(self) -> None:
        if self.gone * SLACK > self.end:
            self._cut()

    def _cut(self) -> None:
        self.items = self.items[self.gone : self.end]
        self.gone, self.end = 0, len(self.items)


class Moments(Queue):
    """Moments, of which only the number counts."""

    __slots__ = ()

    enter = Queue._append

    def roll(self, first: datetime) -> None:
        """Drop what was before ``first``."""
        if self.gone < self.end and self.items[self.gone] < first:
            self.gone = bisect_left(self.items, first, self.gone, self.end)
            self._tidy()

    def current(self) -> int:
        """How many there are since the moment of the last ``roll``."""
        return self.end - self.gone

    def value(self, first: datetime) -> int:
        """How many there are since a moment, which must not be before that of the last ``roll``."""
        return self.end - bisect_left(self.items, first, self.gone, self.end)

    def moments(self, first: datetime) -> list[datetime]:
        """The moments since ``first``."""
        return self.items[bisect_left(self.items, first, self.gone, self.end) : self.end]


class _Measured(Queue):
    """Items with the state of their measure. For a queue that was read from a store that is computed when it is first needed."""

    __slots__ = ("known",)

    def __init__(self, items: Iterable[Item] = ()) -> None:
        super().__init__(items)
        self.known = not self.items

    def copy(self) -> Self:
        """A copy that later steps on this queue don't change."""
        other = super().copy()
        other.known = self.known
        return other

    def roll(self, first: datetime) -> None:
        """Drop what was before ``first``."""
        if not self.known:
            self.take_in()
        items, gone, end = self.items, self.gone, self.end
        if gone == end or items[gone][0] >= first:
            return
        while gone < end and items[gone][0] < first:
            self._leave(items[gone])
            gone += 1
        self.gone = gone
        self._tidy()

    def value(self, first: datetime) -> Number | None:
        """The value since a moment, which must not be before that of the last ``roll``."""
        if self.known and (self.gone == self.end or self.items[self.gone][0] >= first):
            return self.current()
        later = self.copy()
        later.roll(first)
        return later.current()

    def moments(self, first: datetime) -> list[datetime]:
        """The times of the items since ``first``."""
        since = bisect_left(self.items, (first,), self.gone, self.end)
        return [each[0] for each in self.items[since : self.end]]

    def take_in(self) -> None:
        """Compute the state of the measure from the items that came from a store."""
        self.known = True
        for each in self.inside():
            self._enter(each)

    def _enter(self, item: Any) -> None:
        raise NotImplementedError

    def _leave(self, item: Any) -> None:
        raise NotImplementedError

    def current(self) -> Number | None:
        """The value since the moment of the last ``roll``."""
        raise NotImplementedError


class Samples(_Measured):
    """Samples with their times, and the state of their measure.

    >>> from datetime import UTC, timedelta
    >>> from wiifm.program.running import RUNNING
    >>> queue, monday = Samples(RUNNING["max"]), datetime(2026, 5, 4, tzinfo=UTC)
    >>> for day, sample in enumerate([5, 3, 4]):
    ...     queue.enter(monday + timedelta(days=day), sample)
    >>> queue.value(monday), queue.value(monday + timedelta(days=1))
    (5, 4)
    """

    __slots__ = ("measure", "state")

    def __init__(self, measure: Running, items: Iterable[Item] = ()) -> None:
        super().__init__(items)
        self.measure, self.state = measure, measure.begin()

    def copy(self) -> Self:
        """A copy that later steps on this queue don't change."""
        other = super().copy()
        other.measure = self.measure
        other.state = self.state.copy() if self.measure.holds else self.state
        return other

    def weight(self) -> int:
        """How much copying it costs."""
        return 1 + len(self.state) // QUICK if self.measure.holds else 1

    def enter(self, at: datetime, sample: Any) -> None:
        """Add a sample."""
        if not self.known:
            self.take_in()
        self._append((at, sample))
        self.state = self.measure.enter(self.state, sample)

    def _enter(self, item: tuple[datetime, Any]) -> None:
        self.state = self.measure.enter(self.state, item[1])

    def _leave(self, item: tuple[datetime, Any]) -> None:
        self.state = self.measure.leave(self.state, item[1])

    def current(self) -> Number | None:
        """The value since the moment of the last ``roll``."""
        return self.measure.read(self.state)


class Groups(_Measured):
    """Samples with their groups, the state of the measure of each group, and how many groups reach a threshold."""

    __slots__ = ("least", "measure", "reached", "states")

    def __init__(self, measure: Running, least: Number, items: Iterable[Item] = ()) -> None:
        super().__init__(items)
        self.measure, self.least = measure, least
        self.states: dict[Hashable, Any] = {}
        self.reached = 0

    def copy(self) -> Self:
        """A copy that later steps on this queue don't change."""
        other = super().copy()
        other.measure, other.least, other.reached = self.measure, self.least, self.reached
        if self.measure.holds:
            other.states = {group: state.copy() for group, state in self.states.items()}
        else:
            other.states = self.states.copy()
        return other

    def weight(self) -> int:
        """How much copying it costs."""
        if not self.measure.holds:
            return 1 + len(self.states) // QUICK
        return 1 + len(self.states) + sum(map(len, self.states.values())) // QUICK

    def enter(self, at: datetime, group: Hashable, sample: Any) -> None:
        """Add a sample of a group."""
        if not self.known:
            self.take_in()
        self._append((at, group, sample))
        self._enter((at, group, sample))

    def _enter(self, item: tuple[datetime, Hashable, Any]) -> None:
        self._change(item[1], self.measure.enter, item[2])

    def _leave(self, item: tuple[datetime, Hashable, Any]) -> None:
        self._change(item[1], self.measure.leave, item[2])
        if self.states[item[1]] == self.measure.begin():
            del self.states[item[1]]

    def _change(self, group: Hashable, how: Callable[[Any, Any], Any], sample: Any) -> None:
        state = self.states[group] if group in self.states else self.measure.begin()
        before = self._reaches(state)
        self.states[group] = state = how(state, sample)
        self.reached += self._reaches(state) - before

    def _reaches(self, state: Any) -> bool:
        value = self.measure.read(state)
        return value is not None and value >= self.least

    def current(self) -> int:
        """The value since the moment of the last ``roll``."""
        return self.reached
