"""Which activities a rule or a criterion asks for, as slots: event types, in roles, by whose merit."""

from __future__ import annotations

from wiifm.activities import Slot
from wiifm.criteria import PAIR_ROLES, Criterion, term_of
from wiifm.ledger import Role
from wiifm.rulebook.book import RuleBook
from wiifm.rules import HOLDER_KINDS, MERIT_ROLES, ROLES, Rule


def slot(book: RuleBook, event_type: str, role: Role, of: str | None = None) -> Slot:
    """The slot of a role in events of a type. Whose merit it is only matters to mentors and units."""
    if role not in MERIT_ROLES:
        return (event_type, role, "")
    return (event_type, role, of or book.types[event_type].merit)


def rank(found: Slot) -> int:
    """The order in which the roles of one event are folded, if one holder has several."""
    return 2 * ROLES.index(found[1]) + (found[2] == "recipient")


def rule_slots(book: RuleBook, rule: Rule) -> frozenset[Slot]:
    """The slots that a rule asks for."""
    return frozenset(slot(book, name, rule.to, rule.of) for name in rule.on)


def criterion_slots(book: RuleBook, criterion: Criterion) -> frozenset[Slot]:
    """The slots that a criterion asks for. A criterion of points earned asks for all slots in which rules grant."""
    if criterion.terms:
        terms = [term_of(criterion, each) for each in criterion.terms]
        first, second = (criterion_slots(book, each) for each in terms)
        return first | second
    inner = criterion.each or criterion
    on = criterion.on or inner.on
    if criterion.paired and inner.measure != "earned":
        return frozenset(slot(book, name, role) for name in on for role in PAIR_ROLES)
    if inner.measure != "earned":
        return frozenset(slot(book, name, criterion.to, criterion.of) for name in on)
    kind = HOLDER_KINDS[criterion.to]
    granted = {found for rule in book.rules.values() for found in rule_slots(book, rule)}
    roles = (
        PAIR_ROLES if criterion.paired else [role for role in ROLES if HOLDER_KINDS[role] == kind]
    )
    return frozenset(s for s in granted if s[1] in roles and (not on or s[0] in on))
