"""What members give back to each other, as claims: all that two members give each other by one rule is one list of claims.

The place of a claim tells whether the other member gave something before it, within the time that the rule says.
"""

from __future__ import annotations

from attrs import frozen

from wiifm.periods import duration
from wiifm.program.discounts import is_mutual, returned_name
from wiifm.program.gates import CompiledClaim, Pairing
from wiifm.program.writing import Function
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Gate, Rule


@frozen
class PairClaim(CompiledClaim):
    """A rule that gives less for what is given back: each event between two members is a claim of the pair."""

    @property
    def gate(self) -> Gate:
        """The gate of the pairs."""
        return pairing(self.rule)

    @property
    def place(self) -> str:
        """The local that tells whether it is given back."""
        return returned_name(self.prefix)

    def _claim(self, f: Function) -> None:
        one, other = f.read("actor"), f.need("recipient")
        with f.body.block(f"if {one} is not None and {other} is not None:"):
            f.body.line(f"return (({one}, {other}) if {one} < {other} else ({other}, {one})), 0, 0")


def pairing(rule: Rule) -> Pairing:
    """The gate of the pairs of a rule.

    >>> from wiifm.rules import Rule, Weaker
    >>> pairing(Rule(id="kudos", on=("kudos.given",), weaker=Weaker(mutual=0.5))).within.days
    30
    """
    assert rule.weaker is not None
    within = duration(rule.weaker.within)
    assert within is not None  # checked with the book
    return Pairing(id=f"{rule.id}<>", within=within)


def gates_of(book: RuleBook) -> dict[str, Gate]:
    """All gates at which claims are made: those of the book, and those of pairs."""
    pairs = (pairing(rule) for rule in book.rules.values() if is_mutual(rule))
    return {**book.gates, **{each.id: each for each in pairs}}


def states_name(book: RuleBook, gate: str) -> str:
    """The local of generated code with the states of a gate by key."""
    return f"gate_{[*gates_of(book)].index(gate)}"
