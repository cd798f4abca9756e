"""A reading: what a holder has now, from the state of the reward fold."""

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
    """What a holder has: points in every purse, badges by time, and the level on each ladder."""
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
    """The points in one purse; nothing in one that no rule fills for such a holder."""
    minor: int = getattr(state, purse_field(purse), 0)
    return in_points(minor, book.purses[purse].decimals)
