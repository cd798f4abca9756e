"""The third fold: what a holder's activities earn them.

``step`` folds one activity into the holder's cells and says what it came to. A ``History`` holds all
activities of one holder in order, what each came to, and snapshots of the cells on the way. A change
at the end is one step; a change further back folds again from the last snapshot before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from attrs import define, field

from wiifm.activities import Activity, Order
from wiifm.ledger import Holder
from wiifm.program import Program
from wiifm.program.grants import Outcome
from wiifm.program.measures import Cells

DAY = ("day",)
NOTHING = Outcome()
"""What most activities come to; one object for all of them."""

SPACING = 256
"""At least so many activities lie between two snapshots."""

Place: TypeAlias = tuple[Any, str, int]
"""Where an activity stands in a history: time, event, rank."""


def effective_day(cells: Cells, a: Activity) -> int:
    """The day that an activity counts for: the holder's own, and never one before an earlier activity's."""
    day: int = a.local.toordinal()
    before: int = cells.get(DAY, 0)
    if before > day:
        return before
    cells[DAY] = day
    return day


def step(program: Program, cells: Cells, a: Activity) -> Outcome:
    """Fold one activity into the cells of its holder: grants first, then badges."""
    day, out = effective_day(cells, a), Outcome()
    plan = program.plans[a.slot]
    for grant in plan.grants:
        grant(cells, a, day, out)
    for seeker in plan.seekers:
        seeker.ask(cells, a, day, out)
    return out


@define
class Change:
    """What one activity came to before and after: None where it wasn't there, or no longer is."""

    activity: Activity
    before: Outcome | None
    after: Outcome | None


@define(eq=False)
class History:
    """All that one holder did, in order, and what came of it.

    ``snapshots`` are pairs of a number of activities and the cells after so many; they lie the further
    apart the longer ago they are.
    """

    holder: Holder
    program: Program
    items: list[Activity] = field(factory=list)
    outcomes: list[Outcome] = field(factory=list)
    cells: Cells = field(factory=dict)
    snapshots: list[tuple[int, Cells]] = field(factory=list)
    snapshot_due: int = SPACING
    ghosts: dict[str, tuple[Order, list[Activity]]] = field(factory=dict)
    kept: Cells = field(factory=dict)

    def change(self, changed: Mapping[Place, Activity | None]) -> list[Change]:
        """Put activities in, replace them, or take them out (None); answers what came to differ."""
        places = sorted(changed)
        if not self.items or places[0] > self.items[-1].order:
            return [self._append(a) for a in map(changed.get, places) if a is not None]
        start = bisect_left(self.items, places[0], key=place_of)
        before = list(zip(self.items[start:], self.outcomes[start:], strict=True))
        after = {a.order: a for a, _ in before} | dict(changed)
        self._rewind(start)
        changes = {a.order: Change(a, outcome, None) for a, outcome in before}
        for _, a in sorted(after.items(), key=lambda pair: pair[0]):
            if a is not None:
                new = self._append(a)
                old = changes.get(a.order)
                changes[a.order] = Change(a, old.before if old else None, new.after)
        return [change for _, change in sorted(changes.items(), key=lambda pair: pair[0])]

    def _append(self, a: Activity) -> Change:
        outcome = step(self.program, self.cells, a)
        self.items.append(a)
        self.outcomes.append(outcome if outcome.booked or outcome.awarded else NOTHING)
        if len(self.items) >= self.snapshot_due:
            self._snapshot()
        return Change(a, None, outcome)

    def _snapshot(self) -> None:
        """Keep the cells as they are now, and drop those of earlier snapshots that lie too close."""
        count = len(self.items)
        self.snapshots.append((count, self.cells.copy()))
        self.snapshot_due = count + max(SPACING, len(self.cells))
        kept: list[tuple[int, Cells]] = []
        for number, (at, cells) in enumerate(self.snapshots):
            follower = self.snapshots[number + 2][0] if number + 2 < len(self.snapshots) else None
            spare = (
                kept and follower is not None and follower - kept[-1][0] <= (count - follower) // 2
            )
            if not spare:
                kept.append((at, cells))
        self.snapshots = kept

    def _rewind(self, start: int) -> None:
        """Go back to the state before the activity number ``start``, from the last snapshot before it."""
        while self.snapshots and self.snapshots[-1][0] > start:
            self.snapshots.pop()
        count, cells = self.snapshots[-1] if self.snapshots else (0, {})
        self.cells = cells.copy()
        self.snapshot_due = count + max(SPACING, len(self.cells))
        again = self.items[count:start]
        del self.items[start:], self.outcomes[start:]
        for a in again:
            step(self.program, self.cells, a)

    def remember_ghost(self, event: str, death: Order, revived: list[Activity]) -> None:
        """Know of a died event that concerns this holder, and what it credited them while it lived."""
        self.ghosts[event] = (death, revived)

    def forget_ghost(self, event: str) -> None:
        """Know no longer of a died event."""
        self.ghosts.pop(event, None)

    def awards(self) -> Cells:
        """The awards that the holder has, kept ones included: their keys, and (time, event, what for)."""
        found = dict(self.kept)
        for key, award in awards_in(self.cells):
            found[key] = earlier(found.get(key, award), award)
        return found


def awards_in(cells: Cells) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """The awards among the cells of a holder: their keys, and (time, event, what for)."""
    return ((key, cell) for key, cell in cells.items() if type(key) is tuple and key[0] == "award")


def earlier(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of two cells of one award the one that was given first, by time and event."""
    return min(one, other, key=lambda award: award[:2])


def place_of(a: Activity) -> Place:
    """Where an activity stands in a history."""
    return a.order
