"""Reads a holder's standing from the state of the reward fold: points, badges and levels."""

from __future__ import annotations

from wiifm.journal import award
from wiifm.ledger import Amount, Award, Holder, Standing
from wiifm.levels import level_of
from wiifm.program import Program
from wiifm.program.amounts import in_points
from wiifm.program.grants import purse_field
from wiifm.records import History, State
from wiifm.rulebook.book import RuleBook


def standing_of(program: Program, holder: Holder, history: History | None) -> Standing:
    """Return the points of a holder in every purse, their badges by time, and their level on each ladder.

    ``history`` is None for a holder whom nothing credits.
    """
    book = program.book
    state = history.state if history else program.states[holder.kind]()
    awards = history.awards() if history else {}
    badges = [award(holder, key, cell) for key, cell in awards.items() if key[0] in book.badges]
    return Standing(
        holder=holder,
        points={name: points_of(book, state, name) for name in book.purses},
        badges=tuple(sorted(badges, key=_by_time)),
        levels={
            name: level_of(book, ladder, state, awards) for name, ladder in book.ladders.items()
        },
    )


def _by_time(found: Award) -> tuple[object, ...]:
    return (found.occurred_at, found.event, found.badge, found.tier, repr(found.occurrence))


def points_of(book: RuleBook, state: State, purse: str) -> Amount:
    """Return the points in one purse; 0 if no rule fills it for this kind of holder."""
    minor: int = getattr(state, purse_field(purse), 0)
    return in_points(minor, book.purses[purse].decimals)
