"""The awards of kept badges (``keep``) that stay although events behind them died.

``docs/reference/semantics.md``, "Kept badges", has the definition: for each moment at which something died, what was alive just
before it is folded. Mostly that needn't be done: if events die after everything else, the awards of that moment are those that the
holder had.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import BEGINNING, Activity, Order, order_of
from wiifm.folds.repair import Repair
from wiifm.folds.reward import NOWHERE, fold
from wiifm.program import Program
from wiifm.records import Awards, History, Outcomes, State, earlier, spacing

Step: TypeAlias = tuple[Activity, Order, Order | None]
"""An activity, and between which deaths it counts: for those after the first position, up to and including the second one."""


def kept_now(
    program: Program,
    history: History,
    had: Awards,
    repair: Repair,
    everything: Callable[[], Iterable[Activity]],
) -> Awards:
    """The awards of kept badges of a history that stay, after a batch.

    They are computed again only if a ghost, or anything before the latest death in the history, changed.

    Args:
        program: the program that has the kept badges alone.
        had: the awards that the history had before the batch.
        everything: returns the activities that the holder has now.
    """
    died = repair.died.get(history.holder)
    first = min(repair.causes.get(history.holder, ()), default=None)
    last = max((death for death, _ in history.ghosts.values()), default=BEGINNING)
    if died is None and (first is None or first >= last):
        return history.kept
    if died is not None and _only_died(history, died, last, repair):
        kept = {each.badge.id for each in program.badges}
        return {key: cell for key, cell in had.items() if key[0] in kept}
    return kept_awards(program, history, everything())


def _only_died(
    history: History, died: Mapping[str, Order | None], last: Order, repair: Repair
) -> bool:
    """Whether all that happened to a history is that events died at ``last``, after everything else, with the activities that they had."""
    dying = {event for event, (death, _) in history.ghosts.items() if death == last}
    changed = (event for _, event in repair.causes.get(history.holder, ()))
    return (
        history.end < last
        and dying == {*died}
        and all(death == last for death in died.values())
        and all(event in died or not repair.differs(event, history.holder) for event in changed)
    )


def kept_awards(program: Program, history: History, items: Iterable[Activity]) -> Awards:
    """The awards of kept badges that stay although events behind them died.

    For each death that concerns the holder, the activities that were alive just before it are folded, from the first one on that
    wasn't alive, or wasn't dead, before the death ahead of it.

    Args:
        program: the program that has the kept badges alone.
        items: the activities that the holder has now.
    """
    deaths = {event: death for event, (death, _) in history.ghosts.items()}
    steps: list[Step] = [(a, deaths.get(a.event.id, BEGINNING), None) for a in items]
    steps += [(a, BEGINNING, death) for death, each in history.ghosts.values() for a in each]
    steps.sort(key=lambda step: step[0].order)
    places = [order_of(a.event) for a, _, _ in steps]
    ends = {death: bisect_left(places, death) for death in sorted(deaths.values())}
    changes = dict(ends)
    for number in reversed(range(len(steps))):
        if death := deaths.get(steps[number][0].event.id):
            changes[death] = min(number, ends[death])
    past = _Past(program, history, steps, sorted({*changes.values()}))
    found: Awards = {}
    for death, end in ends.items():
        for key, cell in past.awards(end, death).items():
            found[key] = earlier(found.get(key, cell), cell)
        past.rewind(changes[death])
    return found


@define
class _Past:
    """The folds over the beginnings of some steps, for one death after the other.

    Attributes:
        stops: the numbers of steps from which on a later death will have the rest folded again.
        states: states with the number of the step that comes after each. They are as far apart as snapshots of histories.
    """

    program: Program
    history: History
    steps: list[Step]
    stops: list[int]
    states: list[tuple[int, State]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.states = [(0, self.program.states[self.history.holder.kind]())]

    def awards(self, end: int, death: Order) -> Awards:
        """The awards after all steps before the number ``end`` that counted just before a death."""
        number, state = self.states[-1]
        then = History(self.history.holder, state.copy())
        first, last = bisect_left(self.stops, number), bisect_left(self.stops, end)
        for stop in (*self.stops[first:last], end):
            alive = [
                a
                for a, since, upto in self.steps[number:stop]
                if since < death and (upto is None or death <= upto)
            ]
            fold(self.program, then, alive, repeat(NOWHERE), Outcomes())
            number = stop
            if number - self.states[-1][0] >= spacing(then.state):
                self.states.append((number, then.state.copy()))
        return then.state.awards

    def rewind(self, number: int) -> None:
        """Forget the states that aren't right any more, since a step changes."""
        while self.states[-1][0] > number:
            self.states.pop()
