"""The most that rules can give to one holder in a time, by their limits and gates, as far as a book tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from attrs import field, frozen

from wiifm.periods import PERIODS, Over
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_amounts import fixed_amount
from wiifm.rulebook.check_criteria import most_days
from wiifm.rules import HOLDERS, Gate, Limit, Role, Rule

_SHORTEST = {"day": 1, "week": 7, "month": 28, "year": 365}


@frozen
class Most:
    """How much can be had at most, infinite where nothing bounds it, and what leaves no more.

    >>> print(Most(3, "rule once gives"))
    rule once gives 3 at most
    """

    points: float = inf
    by: str = field(default="")

    def __str__(self) -> str:
        return f"{self.by} {self.points:g} at most"


def gives(rule: Rule) -> bool:
    """Whether a rule can give anything, and doesn't only take.

    >>> gives(Rule(id="late", on=("post.shared",), points=-2))
    False
    """
    return not isinstance(rule.points, int | float) or rule.points > 0


def giving(book: RuleBook, purse: str, to: Role | None, among: Iterable[str] = ()) -> list[Rule]:
    """The rules that give something in a purse to holders of the kind of a role, or of any kind; all, or those of some ids."""
    named = tuple(among) or tuple(book.rules)
    return [
        rule
        for name, rule in book.rules.items()
        if name in named and rule.purse == purse and gives(rule)
        if to is None or HOLDERS[rule.to] == HOLDERS[to]
    ]


def most_of(book: RuleBook, rules: list[Rule], over: Over, net: bool) -> Most:
    """The most that rules of one purse give together; ``net`` says whether all that is taken counts as well.

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
    found = [Most(_together(book, rules, over), by)]
    for limit in book.limits.values():
        held = [rule for rule in rules if _holds(limit, rule)]
        if held and (not limit.net or (net and _made_up_of(over, limit))):
            others = [rule for rule in rules if rule not in held]
            points = (limit.points or inf) * _times(limit, over) + _together(book, others, over)
            found.append(Most(points, f"the limit {limit.id!r} leaves"))
    return min(found, key=lambda most: most.points)


def _holds(limit: Limit, rule: Rule) -> bool:
    """Whether a limit counts what a rule gives together with what others give."""
    everywhere = limit.all and limit.purse == rule.purse and limit.id not in rule.exempt
    return everywhere or limit.id in rule.limit


def _together(book: RuleBook, rules: list[Rule], over: Over) -> float:
    return sum(_alone(book, rule, over) for rule in rules)


def _alone(book: RuleBook, rule: Rule, over: Over) -> float:
    """The most that one rule gives to one holder, by its own limits and gate."""
    known = not (rule.graded or rule.judged or rule.kind)
    amount = fixed_amount(book, rule) if known else None
    if amount is not None and amount <= 0:
        return 0
    each = inf if amount is None else float(amount)
    return min((_of(each, held, over) for held in _holding(book, rule)), default=inf)


def _of(each: float, held: Limit | Gate, over: Over) -> float:
    """The most that a limit or gate lets through, where each time is worth so much."""
    return min((held.times or inf) * each, held.points or inf) * _times(held, over)


def _holding(book: RuleBook, rule: Rule) -> Iterator[Limit | Gate]:
    """The limits and the gate of a rule that bound what one holder gets."""
    for name in rule.limit:
        limit = book.limits.get(str(name))
        if limit and not limit.net:
            yield limit
    gate = book.gates.get(str(rule.gate))
    if gate and gate.carry is None and gate.of in (("all",), (rule.to,)) and rule.to != "unit":
        yield gate


def _times(held: Limit | Gate, over: Over) -> float:
    """In how many periods of a limit or gate a time can lie in part; infinite where what it is per isn't a period alone."""
    per = (held.per,) if isinstance(held, Gate) else held.per
    if len(per) != 1 or per[0] not in PERIODS:
        return inf
    (period,), days = per, most_days(over)
    if period == "ever":
        return 1
    if isinstance(held, Gate):  # its days are not the effective ones: these are up to three more
        days = days + 3 if days and over.kind != "last" else days
    elif over.period in (period, "day") or (over.period, period) == ("month", "year"):
        return 1
    elif (over.period, period) == ("year", "month"):
        return 12
    return inf if days is None else (days - 2) // _SHORTEST[period] + 2


def _made_up_of(over: Over, limit: Limit) -> bool:
    """Whether a time is made up of whole periods of a limit: in a part of one more may be given than the limit leaves, after as much was taken."""
    whole = {
        ("every", "day"),
        ("week", "day"),
        ("month", "day"),
        ("year", "day"),
        ("year", "month"),
    }
    return limit.per == (over.period,) or (over.period or over.kind, *limit.per) in whole
