"""Badges that must be kept up: given and lost when time is advanced, by what their criteria measure at that moment.

Award, loss and progress ask the same functions: ``KeepUpTerms.thresholds`` for what it takes, ``KeepUpTerms.met`` for whether
that is there.
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
from wiifm.program.measures import Number, exact, reaches
from wiifm.records import AwardKey, History, Outcomes
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import fields_of_time

Data: TypeAlias = Mapping[str, Any]
Only: TypeAlias = Callable[[Data], "int | float | None"]


@frozen
class KeepUpTerms:
    """What a badge takes, to be given and to be kept: by the data of the event that advances time.

    ``least`` are the thresholds of its criteria, ``shares`` which part of each it takes to keep it, ``only`` what else may be
    enough; the last ``barred`` of them must not be met.
    """

    badge: Badge
    least: tuple[Number, ...]
    shares: tuple[Number, ...]
    only: tuple[Only | None, ...]
    barred: int
    grace: timedelta

    @classmethod
    def of(cls, book: RuleBook, badge: Badge) -> KeepUpTerms:
        """That of a badge of a book."""
        assert badge.keep_up is not None
        share = exact(badge.keep_up.share)
        rolling = [
            part.over.startswith("last") and part not in badge.none_of for part in badge.asks
        ]
        return cls(
            badge,
            tuple(exact(next(iter(part.at_least.values()))) for part in badge.asks),
            tuple(share if each else 1 for each in rolling),
            tuple(_only(book, part) for part in badge.asks),
            len(badge.none_of),
            duration(badge.keep_up.grace) or timedelta(),
        )

    def thresholds(self, data: Data, holding: bool) -> list[Number | None]:
        """What each criterion takes; None where that depends on something that wasn't said."""
        found: list[Number | None] = []
        for least, share, only in zip(self.least, self.shares, self.only, strict=True):
            most = least if only is None else _smaller(least, only(data))
            found.append(most if most is None or not holding else most * share)
        return found

    def met(self, values: Sequence[Number | None], data: Data, holding: bool) -> bool:
        """Whether enough is there; what wasn't said neither gives a badge nor takes it."""
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
        """Of each criterion whether it must not be met."""
        return (False,) * (len(self.least) - self.barred) + (True,) * self.barred


def _only(book: RuleBook, part: Criterion) -> Only | None:
    if part.or_only is None:
        return None
    found = parse(part.or_only, fields_of_time(book), where="or_only", kind="number")
    return found.function({name: f"data.get({name!r})" for name in found.names}, "data")


def _smaller(least: Number, only: int | float | None) -> Number | None:
    return None if only is None else min(least, exact(only), key=Fraction)


def keeping(badge: KeepUpTerms, awaited: bool) -> Callable[..., bool]:
    """The function that gives a badge or takes it away when time is advanced; true where it is newly given."""
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
            if awaited:
                state.held = (state.held or set()) - known
        else:
            state.awards[award] = given = (e.occurred_at, e.id, None)
            out.awarded.append((h, e, award, given))
            if awaited:
                state.held = (state.held or set()) | known
        state.passed = (e.occurred_at, e.id)
        return cell is None

    return keep
