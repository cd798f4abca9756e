"""A reading: what each object is worth by what its judges say."""

from __future__ import annotations

from wiifm.asked import known
from wiifm.ledger import Amount
from wiifm.program import Program
from wiifm.program.amounts import in_points
from wiifm.program.badges import words
from wiifm.records import History


def scores_of(program: Program, rule: str, history: History | None) -> dict[str, Amount]:
    """What each object of a holder is worth under a judged rule, by object; what limits left of it, the ledger tells.

    >>> from wiifm.program import compile_book
    >>> from wiifm.rulebook import RuleBook
    >>> scores_of(compile_book(RuleBook.load("plugin:praise")), "score", None)
    {}

    Raises:
        UnknownName: the book has no such judged rule.
    """
    book = program.book
    known("judged rule", rule, [each.id for each in book.rules.values() if each.judged])
    field = f"{words(sorted(book.rules), 'rule')[rule]}_said"
    said = getattr(history.state, field, None) if history else None
    decimals = book.purses[book.rules[rule].purse].decimals
    return {
        str(target): in_points(worth, decimals)
        for target, (worth, _) in sorted(said.items() if said is not None else ())
    }
