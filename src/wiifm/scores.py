"""Reads the scores of objects under judged rules: what each is worth by what its judges say."""

from __future__ import annotations

from wiifm.arguments import check_known
from wiifm.ledger import Amount, Holder
from wiifm.memory import Memory
from wiifm.program import Program
from wiifm.program.amounts import in_points
from wiifm.program.badges import identifiers
from wiifm.records import History
from wiifm.standings import check_readable


def scores_in(memory: Memory, rule: str, holder: Holder) -> dict[str, Amount]:
    """Return the score of each object of a holder under a judged rule, as they may read it.

    Raises:
        UnknownName: the book has no such judged rule.
        Withheld: the holder is a unit or a community of too few members.
    """
    check_readable(memory, holder)
    return scores_of(memory.program, rule, memory.flow.histories.get(holder))


def scores_of(program: Program, rule: str, history: History | None) -> dict[str, Amount]:
    """Return the score of each object of a holder under a judged rule, before limits: the ledger has what was given for it.

    >>> from wiifm.program import compile_book
    >>> from wiifm.rulebook import RuleBook
    >>> scores_of(compile_book(RuleBook.load("plugin:praise")), "score", None)
    {}

    Raises:
        UnknownName: the book has no such judged rule.
    """
    book = program.book
    check_known("judged rule", rule, [each.id for each in book.rules.values() if each.judged])
    field = f"{identifiers(sorted(book.rules), 'rule')[rule]}_said"
    said = getattr(history.state, field, None) if history else None
    decimals = book.purses[book.rules[rule].purse].decimals
    return {
        str(target): in_points(worth, decimals)
        for target, (worth, _) in sorted(said.items() if said is not None else ())
    }
