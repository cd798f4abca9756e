"""Claims at gates, as source: which claim a gated rule makes for an activity, and at which key of its gate."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from wiifm.event_types import zone_named
from wiifm.expressions import parse
from wiifm.gate_state import Terms
from wiifm.program.amounts import in_minor
from wiifm.program.discounts import split_source
from wiifm.program.grants import eligible, place_name
from wiifm.program.spans import span_source
from wiifm.program.writing import Constants, Function
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import names_for, special_names
from wiifm.rules import GATE_DECIMALS, Gate, Rule

_PARTS = {
    "recipient": "recipient",
    "object": "target",
    "community": "community",
    "unit": "unit",
}


@frozen
class CompiledClaim:
    """A gated rule. Its function returns the key of the claim, the amount and the period; or None if it claims nothing."""

    book: RuleBook
    constants: Constants
    rule: Rule
    prefix: str

    @property
    def gate(self) -> Gate:
        """The gate of the rule."""
        return self.book.gates[str(self.rule.gate)]

    @property
    def place(self) -> str:
        """The local with the place of the claim."""
        return place_name(self.prefix)

    def write(self, f: Function) -> None:
        """Write the body of its function for one slot."""
        rule, body = self.rule, f.body
        conditions = []
        if not rule.self_credit:
            conditions.append(f"not {f.need('is_self')}")
        condition = eligible(self.book, self.constants, rule, f)
        if condition:
            conditions.append(condition)
        with body.blocks(f"if {' and '.join(conditions)}:" if conditions else ""):
            if rule.test is not None:
                test = self.constants.name(f"{rule.id} test", rule.test)
                with body.block("try:"):
                    body.line(
                        f"holds = bool({test}({f.need('activity')}))  # the test of {rule.id}"
                    )
                with body.block("except FOREIGN_ERRORS:"):
                    body.line("holds = False  # the receipt says so where the rule is asked")
                with body.block("if holds:"):
                    self._claim(f)
            else:
                self._claim(f)
        body.line("return None")

    def _claim(self, f: Function) -> None:
        """Write that the claim is returned."""
        body, key = f.body, self._key(f)
        if self.gate.points is None:
            body.line(f"return {key}, 0, {self._carried_in(f)}")
            return
        body.line(f"amount = {self._amount(f)}")
        with body.block("if amount is not None:"):
            if self.rule.split:
                body.line(split_source(self.constants, f))
            scale = 10 ** (GATE_DECIMALS - self.book.purses[self.rule.purse].decimals)
            body.line(f"return {key}, max(0, amount) * {scale}, {self._carried_in(f)}")

    def _amount(self, f: Function) -> str:
        """Source of the amount in minor units; may be None."""
        rule, decimals = self.rule, self.book.purses[self.rule.purse].decimals
        if rule.graded and rule.graded.steps:
            return "0"
        if not isinstance(rule.points, str):
            return repr(in_minor(rule.points, decimals))
        names = names_for(self.book.types, rule.on, special_names(self.book, rule))
        found = parse(rule.points, names, where="points", kind="number")
        minor = self.constants.name("in_minor", in_minor)
        return f"{minor}({f.expression(found, place='None', value='None')}, {decimals})"

    def _key(self, f: Function) -> str:
        """Source of the key: the period, and what the gate is ``of``."""
        gate = self.gate
        parts = [self._part(f, part) for part in gate.of]
        return f"({', '.join([self._period(f) if gate.carry is None else '0', *parts])},)"

    def _carried_in(self, f: Function) -> str:
        """Source of the number of the period, if claims of all periods are at one key; else 0."""
        return "0" if self.gate.carry is None else self._period(f)

    @staticmethod
    def _part(f: Function, part: str) -> str:
        """Source of a part of the key."""
        if part == "all":
            return "None"
        return f.read(part) if part in ("actor", "in_reply_to") else f.need(_PARTS[part])

    def _period(self, f: Function) -> str:
        """Source of the number of the gate's period, by the actor's day if the gate is for each actor, else by the book's."""
        gate = self.gate
        if gate.per == "ever":
            return "0"
        if self.book.zone == "UTC":
            home = "e.occurred_at.toordinal()"
        else:
            zone = self.constants.name("home", zone_named(self.book.zone))
            home = f"e.occurred_at.astimezone({zone}).toordinal()"
        day = home
        if "actor" in gate.of:
            day = f"({f.need('actor_day')} if {f.read('actor')} is not None else {home})"
        return span_source(self.constants, gate.per, day)


@frozen(kw_only=True)
class Pairing(Gate):
    """What two members give each other by a rule, as a gate that refuses nothing; the place 1 marks what is given back."""

    within: timedelta


def terms_of(gate: Gate) -> Terms:
    """The terms of a gate, in the units of its claims.

    >>> terms_of(Gate(times=5, per="week", carry=10)).carry
    10
    """
    decimals = 0 if gate.points is None else GATE_DECIMALS
    most = gate.times if gate.points is None else in_minor(gate.points, decimals)
    carry = None if gate.carry is None else in_minor(gate.carry, decimals)
    return Terms(gate, most, carry, gate.within if isinstance(gate, Pairing) else None)
