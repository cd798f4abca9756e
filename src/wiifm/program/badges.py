"""Badges, compiled: each looks at what its criteria have just seen, and awards what is met.

An award is a cell of its holder: its key is ``("award", badge, tier, occurrence)``, its value says when, by which
event, and for what. What stands there is never given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.activities import Activity
from wiifm.badges import Badge
from wiifm.program.amounts import in_minor
from wiifm.program.criteria import Watch, watch
from wiifm.program.grants import Outcome
from wiifm.program.measures import Cells, MeasureFailed, Number, reaches
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_badges import all_badges

MOST_AT_ONCE = 100
"""How many awards of one badge one activity can bring."""

Occurrence: TypeAlias = tuple[Hashable, ...]
Ask: TypeAlias = Callable[[Cells, Activity, int, Outcome], None]


@frozen
class Seeker:
    """A badge, compiled: its criteria, and the function that asks them and awards."""

    badge: Badge
    watches: tuple[Watch, ...]
    ask: Ask


def seekers(book: RuleBook) -> tuple[Seeker, ...]:
    """All badges and levels by criteria, those first that others come ``after``; ties by id."""
    known = all_badges(book)
    graph = {
        name: sorted({after.partition(":")[0] for after in badge.after})
        for name, badge in sorted(known.items())
    }
    sorter, ordered = TopologicalSorter(graph), []
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    return tuple(_seeker(book, known[name]) for name in ordered)


def _seeker(book: RuleBook, badge: Badge) -> Seeker:
    watches = tuple(
        watch(book, part, ("badge", badge.id, number)) for number, part in enumerate(badge.parts)
    )
    give = _give(book, badge)
    ask = _ask_parts(badge, watches, give) if badge.composite else _ask_one(badge, watches[0], give)
    return Seeker(badge, watches, _isolated(badge, ask) if book.measures else ask)


def _isolated(badge: Badge, ask: Ask) -> Ask:
    """A badge whose plugin's measure fails gives nothing, says so, and holds up nobody else."""

    def safe(cells: Cells, a: Activity, day: int, out: Outcome) -> None:
        try:
            ask(cells, a, day, out)
        except MeasureFailed as error:
            out.refuse(f"badge:{badge.id}", "fault", str(error))

    return safe


Give: TypeAlias = Callable[[Cells, Activity, Outcome, str, Occurrence, Hashable], None]


def _give(book: RuleBook, badge: Badge) -> Give:
    """How the badge is awarded: once for each tier and occurrence, with its bonus."""
    decimals = book.purses[badge.purse].decimals if badge.points else 0
    everyone = badge.points.get("", 0)

    def give(
        cells: Cells, a: Activity, out: Outcome, tier: str, occurrence: Occurrence, key: Hashable
    ) -> None:
        award = ("award", badge.id, tier, occurrence)
        if award in cells:
            return
        event = a.related.event
        cells[award] = (event.occurred_at, event.id, key)
        cells["held", badge.id, ""] = cells["held", badge.id, tier] = True
        out.awarded += (award,)
        bonus = in_minor(badge.points.get(tier, everyone), decimals) if badge.points else 0
        if bonus:
            out.book(cells, f"badge:{badge.id}", badge.purse, bonus)

    return give


def _ask_one(badge: Badge, watched: Watch, give: Give) -> Ask:
    """A badge with the tiers of one criterion."""
    again = badge.parts[0].again
    every = next((item for item in again if isinstance(item, int)), None)
    by_key = any(item not in ("period",) for item in again if isinstance(item, str))
    by_period = "period" in again

    def ask(cells: Cells, a: Activity, day: int, out: Outcome) -> None:
        for key, span, value in watched.see(cells, a, day, out):
            if value is None:
                continue
            for tier, threshold in watched.thresholds:
                if value < threshold:
                    break
                which: Occurrence = ((key,) if by_key else ()) + ((span,) if by_period else ())
                if every is None:
                    give(cells, a, out, tier, which, key)
                else:
                    for k in _new_repeats(cells, (badge.id, tier, which), value, threshold, every):
                        give(cells, a, out, tier, (*which, k), key)

    return ask


def _new_repeats(
    cells: Cells, award: tuple[Any, ...], value: Number, threshold: Number, every: int
) -> Iterator[int]:
    """The numbers of the awards that a value has newly come to: once more for every N."""
    counted = ("repeats", *award)
    given = cells.get(counted, 0)
    reached = min(int((value - threshold) // every) + 1, given + MOST_AT_ONCE)
    if reached > given:
        cells[counted] = reached
        yield from range(given, reached)


def _ask_parts(badge: Badge, watches: tuple[Watch, ...], give: Give) -> Ask:
    """A badge of several criteria, or one that comes after others."""
    join = any if badge.join == "any" else all
    by_key = bool(badge.parts and badge.parts[0].again)
    needed = tuple(name.partition(":") for name in badge.after)
    names = {other for other, _, _ in needed}
    tiers = _thresholds_by_tier(badge, watches)

    def met(cells: Cells, key: Hashable, thresholds: tuple[Number, ...]) -> bool:
        return not thresholds or join(
            reaches(cells.get(("value", badge.id, number, key)), threshold)
            for number, threshold in enumerate(thresholds)
        )

    def ask(cells: Cells, a: Activity, day: int, out: Outcome) -> None:
        touched: dict[Hashable, None] = {}
        for number, watched in enumerate(watches):
            if a.slot not in watched.slots:
                continue
            for key, _, value in watched.see(cells, a, day, out):
                cells["value", badge.id, number, key] = value
                touched[key] = None
        if names and any(award[1] in names for award in out.awarded):
            touched[None] = None
        for key in touched:
            for tier, thresholds in tiers:
                if met(cells, key, thresholds) and all(held(cells, o, t) for o, _, t in needed):
                    give(cells, a, out, tier, (key,) if by_key else (), key)

    return ask


def _thresholds_by_tier(
    badge: Badge, watches: tuple[Watch, ...]
) -> tuple[tuple[str, tuple[Number, ...]], ...]:
    """For each tier of a badge the threshold of each part: one part may have tiers, several have one each."""
    if len(watches) == 1:
        return tuple((tier or badge.tier, (most,)) for tier, most in watches[0].thresholds)
    return ((badge.tier, tuple(watched.thresholds[0][1] for watched in watches)),)


def held(cells: Cells, badge: str, tier: str) -> bool:
    """Whether a holder has an award of a badge, of one tier or of any."""
    return ("held", badge, tier) in cells
