"""Upper bounds for what rules can give to one holder within a window, derived from their amounts, limits and gates.

``lint`` uses them to find thresholds that nobody can reach. A bound may be too high, but never too low.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from attrs import field, frozen

from wiifm.ledger import Role
from wiifm.periods import PERIODS, Over
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_amounts import fixed_amount
from wiifm.rulebook.check_criteria import most_days
from wiifm.rules import HOLDER_KINDS, Gate, Limit, Rule

_SHORTEST = {"day": 1, "week": 7, "month": 28, "year": 365}


@frozen
class Most:
    """An upper bound of points, infinite if there is none; ``by`` says what it follows from.

    >>> print(Most(3, "rule once gives"))
    rule once gives 3 at most
    >>> print(Most(1_234_567, "rule once gives"))
    rule once gives 1234567 at most
    """

    points: float = inf
    by: str = field(default="")

    def __str__(self) -> str:
        return f"{self.by} {self.points:.15g} at most"


def gives(rule: Rule) -> bool:
    """Whether a rule may give points, and not only take them.

    >>> gives(Rule(id="late", on=("post.shared",), points=-2))
    False
    """
    return not isinstance(rule.points, int | float) or rule.points > 0


def rules_giving(
    book: RuleBook, purse: str, to: Role | None, among: Iterable[str] = ()
) -> list[Rule]:
    """The rules that may give points in a purse to holders of a role's kind, or of any kind; only those ``among`` these ids, if given."""
    ids = tuple(among) or tuple(book.rules)
    return [
        rule
        for name, rule in book.rules.items()
        if name in ids and rule.purse == purse and gives(rule)
        if to is None or HOLDER_KINDS[rule.to] == HOLDER_KINDS[to]
    ]


def most_of(book: RuleBook, rules: list[Rule], over: Over, net: bool) -> Most:
    """The most that rules of one purse can give together to one holder within a window.

    ``net`` says whether deductions count, too: only then do limits with ``net`` bound the sum.

    >>> book = RuleBook.parse('''[book]
    ... id = "b"
    ... [[rule]]
    ... id = "shared"
    ... on = "post.shared"
    ... points = 2
    ... limit = { times = 1, per = "day" }''')
    >>> print(most_of(book, list(book.rules.values()), Over.parse("week"), net=True))
    rule shared gives 14 at most
    """
    names = ", ".join(rule.id for rule in rules)
    by = f"rule {names} gives" if len(rules) == 1 else f"rules {names} give"
    found = [Most(_sum_of_most(book, rules, over), by)]
    for limit in book.limits.values():
        limited = [rule for rule in rules if holds(limit, rule)]
        if limited and (not limit.net or (net and _is_made_of_periods(over, limit))):
            others = [rule for rule in rules if rule not in limited]
            points = (limit.points or inf) * _periods_within(limit, over) + _sum_of_most(
                book, others, over
            )
            found.append(Most(points, f"the limit {limit.id!r} leaves"))
    return min(found, key=lambda most: most.points)


def holds(limit: Limit, rule: Rule) -> bool:
    """Whether a limit holds for a rule: by name, or as one for all rules of the purse that aren't exempt."""
    everywhere = limit.all and limit.purse == rule.purse and limit.id not in rule.exempt
    return everywhere or limit.id in rule.limit


def _sum_of_most(book: RuleBook, rules: list[Rule], over: Over) -> float:
    return sum(_most_of_rule(book, rule, over) for rule in rules)


def _most_of_rule(book: RuleBook, rule: Rule, over: Over) -> float:
    """The most that one rule can give to one holder, by its own limits and gate."""
    known = not (rule.graded or rule.judged or rule.kind)
    amount = fixed_amount(book, rule) if known else None
    if amount is not None and amount <= 0:
        return 0
    each = inf if amount is None else float(amount)
    return min((_most_through(each, bound, over) for bound in _bounds(book, rule)), default=inf)


def _most_through(each: float, bound: Limit | Gate, over: Over) -> float:
    """The most that a limit or gate lets through if each grant has the amount ``each``."""
    return min((bound.times or inf) * each, bound.points or inf) * _periods_within(bound, over)


def _bounds(book: RuleBook, rule: Rule) -> Iterator[Limit | Gate]:
    """The limits and the gate of a rule that bound what one holder gets."""
    for name in rule.limit:
        limit = book.limits.get(str(name))
        if limit and not limit.net:
            yield limit
    gate = book.gates.get(str(rule.gate))
    if gate and gate.carry is None and gate.of in (("all",), (rule.to,)) and rule.to != "unit":
        yield gate


def _periods_within(bound: Limit | Gate, over: Over) -> float:
    """How many periods of a limit or gate a window can overlap; infinite if it isn't for each period alone."""
    per = (bound.per,) if isinstance(bound, Gate) else bound.per
    if len(per) != 1 or per[0] not in PERIODS:
        return inf
    (period,), days = per, most_days(over)
    if period == "ever":
        return 1
    if isinstance(bound, Gate):
        # it counts by local dates, of which there may be up to three more than effective days
        days = days + 3 if days and over.kind != "last" else days
    elif over.period in (period, "day") or (over.period, period) == ("month", "year"):
        return 1
    elif (over.period, period) == ("year", "month"):
        return 12
    return inf if days is None else (days - 2) // _SHORTEST[period] + 2


def _is_made_of_periods(over: Over, limit: Limit) -> bool:
    """Whether a window consists of whole periods of a limit.

    In a part of a period, more may be given than a limit with ``net`` leaves, if as much was taken before.
    """
    whole = {
        ("every", "day"),
        ("week", "day"),
        ("month", "day"),
        ("year", "day"),
        ("year", "month"),
    }
    return limit.per == (over.period,) or (over.period or over.kind, *limit.per) in whole
