"""Badges that must be kept up: given and taken when time is advanced, by what their criteria measure at that moment.

Awards, losses and progress share :meth:`KeepUpTerms.thresholds` and :meth:`KeepUpTerms.met`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.badges import Badge
from wiifm.criteria import Criterion
from wiifm.events import Event
from wiifm.expressions import parse
from wiifm.periods import duration
from wiifm.program.measures import Number, exact, reaches, whole
from wiifm.records import AwardKey, History, Outcomes
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import time_fields

Data: TypeAlias = Mapping[str, Any]
Only: TypeAlias = Callable[[Data], "int | float | None"]


@frozen
class KeepUpTerms:
    """What it takes to be given a badge and to keep it, by the data of the event that advances time.

    Attributes:
        least: the thresholds of its criteria.
        shares: the part of each that is enough to keep the badge.
        kept: these parts of ``least``.
        only: for each criterion the function that computes ``or_only``, if there is one.
        barred: how many criteria, the last ones, must not be met.
        grace: how long after the award the badge can't be lost.
    """

    badge: Badge
    least: tuple[Number, ...]
    shares: tuple[Number, ...]
    kept: tuple[Number, ...]
    only: tuple[Only | None, ...]
    barred: int
    grace: timedelta

    @classmethod
    def of(cls, book: RuleBook, badge: Badge) -> KeepUpTerms:
        """The terms of a badge."""
        assert badge.keep_up is not None
        share = exact(badge.keep_up.share)
        rolling = [
            part.over.startswith("last") and part not in badge.none_of for part in badge.asks
        ]
        least = [exact(part.least) for part in badge.asks]
        shares = [share if each else 1 for each in rolling]
        return cls(
            badge,
            tuple(least),
            tuple(shares),
            tuple(whole(most * part) for most, part in zip(least, shares, strict=True)),
            tuple(_only(book, part) for part in badge.asks),
            len(badge.none_of),
            duration(badge.keep_up.grace) or timedelta(),
        )

    def thresholds(self, data: Data, holding: bool) -> Sequence[Number | None]:
        """The threshold of each criterion; None if it depends on a field that the event lacks."""
        if not any(self.only):
            return self.kept if holding else self.least
        found: list[Number | None] = []
        for least, share, only in zip(self.least, self.shares, self.only, strict=True):
            most = least if only is None else _smaller(least, only(data))
            found.append(most if most is None or not holding else most * share)
        return found

    def met(self, values: Sequence[Number | None], data: Data, holding: bool) -> bool:
        """Whether enough criteria are met. A criterion without a threshold neither gives a badge nor takes it."""
        fits = [
            holding if most is None else reaches(value, most) != barred
            for value, most, barred in zip(
                values, self.thresholds(data, holding), self.bars, strict=True
            )
        ]
        count = len(fits) - self.barred
        needed = self.badge.needs if self.badge.join == "any" else count
        return sum(fits[:count]) >= min(needed, count) and all(fits[count:])

    @property
    def bars(self) -> tuple[bool, ...]:
        """For each criterion whether it must not be met."""
        return (False,) * (len(self.least) - self.barred) + (True,) * self.barred


def _only(book: RuleBook, part: Criterion) -> Only | None:
    if part.or_only is None:
        return None
    found = parse(part.or_only, time_fields(book), where="or_only", kind="number")
    return found.function({name: f"data.get({name!r})" for name in found.names}, "data")


def _smaller(least: Number, only: int | float | None) -> Number | None:
    return None if only is None else min(least, exact(only), key=Fraction)


def keeping(badge: KeepUpTerms, is_prerequisite: bool) -> Callable[..., bool]:
    """Make the function that gives a badge or takes it when time is advanced. It returns whether the badge is newly given."""
    name, tier = badge.badge.id, badge.badge.tiers[0]
    award: AwardKey = (name, tier, ())
    known = {(name, ""), (name, tier)}

    def keep(
        h: History, e: Event, out: Outcomes, values: Sequence[Number | None], after: bool
    ) -> bool:
        state = h.state
        cell = state.awards.get(award)
        if (after and badge.met(values, e.data, cell is not None)) == (cell is not None):
            return False
        if cell is not None:
            if after and e.occurred_at < cell[0] + badge.grace:
                return False
            state.awards = {key: each for key, each in state.awards.items() if key != award}
            out.withdrawn.append((h, e, award, cell))
            if is_prerequisite:
                state.held = (state.held or set()) - known
        else:
            state.awards[award] = given = (e.occurred_at, e.id, None)
            out.awarded.append((h, e, award, given))
            if is_prerequisite:
                state.held = (state.held or set()) | known
        state.passed = (e.occurred_at, e.id)
        return cell is None

    return keep
