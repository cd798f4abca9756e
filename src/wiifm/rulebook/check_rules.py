"""Checks rules: references, expressions, amounts, and sentences. ``check_criteria`` uses some of these checks, too."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from wiifm.expressions import Kind, parse
from wiifm.faults import Fault, InvalidInput, nearest, short
from wiifm.ledger import Role
from wiifm.periods import duration
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_amounts import (
    amount_faults,
    fixed_amount,
    gate_amount_faults,
    purse_faults,
    size_faults,
)
from wiifm.rulebook.check_sentences import say_faults
from wiifm.rulebook.check_units import has_relation, unit_faults
from wiifm.rulebook.names import intended_types, names_for, special_names
from wiifm.rules import MENTORS, MERIT_ROLES, SPLIT, Rule

# the measures that `by` of graded and of judged may name
GRADES = ("count", "sum", "max", "mean", "median", "latest", "distinct")
JUDGINGS = ("mean", "median", "trimmed")
MOST_FADES = 1_000
"""The largest ``times`` of a fade."""


def rule_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    """All faults of a rule, by key."""
    yield from on_faults(book, rule.on)
    yield from role_faults(book, rule.to)
    yield from of_faults(rule.to, rule.of)
    yield from time_faults(rule.since, rule.until)
    if rule.audience.units and not has_relation(book, "profile"):
        yield Fault("audience", "units", "an event type that relates 'profile', which sets units")
    yield from condition_faults(book, rule.on, rule.where)
    yield from _amount_faults(book, rule)
    yield from _graded_faults(book, rule)
    yield from _judged_faults(book, rule)
    yield from _weaker_faults(book, rule)
    yield from _fade_faults(rule)
    yield from _split_faults(book, rule)
    yield from _reference_faults(book, rule)
    yield from say_faults(book, rule.on, rule.say, special_names(book, rule))


def on_faults(book: RuleBook, on: tuple[str, ...]) -> Iterator[Fault]:
    """The faults of ``on``: event types that the book doesn't have, or whose events never credit anybody."""
    if not on:
        yield Fault("on", "nothing", "an event type, or a list of them")
    for name in on:
        if name not in book.types:
            expected = "a declared event type"
            parts = [part.strip() for part in name.split(",")]
            if book.types.keys() >= {*parts}:
                yield Fault("on", repr(name), f"several event types as a list: {parts}")
                continue
            yield Fault("on", f"the event type {name!r}", expected, nearest(name, book.types))
        elif book.types[name].retracts:
            yield Fault(
                "on",
                f"the event type {name!r}",
                "a type that can credit somebody, unlike a retraction",
            )
        elif book.types[name].advances:
            expected = "a type that can credit somebody, unlike one that advances time"
            yield Fault("on", f"the event type {name!r}", expected)


def role_faults(book: RuleBook, role: Role) -> Iterator[Fault]:
    """The fault of a role that nobody can ever have, since no event type says who has it."""
    needed = "mentoring starts" if role in MENTORS else "profile" if role == "unit" else ""
    if role == "former_mentor":
        needed = "mentoring ends"
    if needed and not has_relation(book, needed):
        yield Fault(
            "to",
            repr(role),
            f"an event type that relates {needed!r}; without it, nobody has this role",
        )


def of_faults(role: Role, of: str | None) -> Iterator[Fault]:
    """The fault of ``of`` with a role that isn't somebody's mentor or unit."""
    if of is not None and role not in MERIT_ROLES:
        yield Fault(
            "of", repr(of), "no `of` with this role: it says whose mentor or unit is credited"
        )


def time_faults(since: datetime | None, until: datetime | None) -> Iterator[Fault]:
    """The fault of ``since`` and ``until`` if no moment is between them."""
    if since and until and since >= until:
        yield Fault("until", until.isoformat(), f"a time after since, {since.isoformat()}")


def condition_faults(book: RuleBook, on: Collection[str], where: str | None) -> Iterator[Fault]:
    """The faults of a condition: its names, its kinds, or that it never holds."""
    if where is not None:
        yield from expression_faults(book, on, where, "where", "flag")


def expression_faults(
    book: RuleBook,
    on: Collection[str],
    text: str,
    key: str,
    kind: Kind | None,
    special: Iterable[str] = (),
) -> Iterator[Fault]:
    """The faults of an expression: its names, its kinds, or comparisons with a type that its events never have."""
    types = intended_types(book.types, on)
    if types is None:  # `on` has a fault, and others would only follow from it
        return
    names = names_for(book.types, types, special)
    faults = list(parse_faults(text, key, kind, names))
    yield from faults
    if faults:
        return
    found = parse(text, names, where=key, kind=kind)
    yield from unit_faults(book, key, found.names)
    if kind == "flag" and found.constant and not found.function({}, "")():
        yield Fault(key, repr(text), "a condition that can hold; this one never does")
    creates = {each.creates for each in book.types.values() if each.creates}
    for node in ast.walk(ast.parse(found.text, mode="eval")):
        if isinstance(node, ast.Compare):
            yield from _word_faults(
                key, node, "type", {*on, *types}, "one of the event types in `on`"
            )
            what = "a type of object that an event creates"
            yield from _word_faults(key, node, "object_type", creates, what)


def parse_faults(
    text: str, key: str, kind: Kind | None, names: Mapping[str, Kind]
) -> Iterator[Fault]:
    """The faults of an expression that may use these names."""
    try:
        parse(text, names, where=key, kind=kind)
    except InvalidInput as error:
        yield from error.faults


def _word_faults(
    key: str, node: ast.Compare, name: str, known: Iterable[str], what: str
) -> Iterator[Fault]:
    """The faults of comparisons of ``name`` with texts that aren't among its ``known`` values."""
    known = set(known)
    sides = [node.left, *node.comparators]
    if any(isinstance(side, ast.Name) and side.id == name for side in sides):
        for constant in ast.walk(node):
            word = constant.value if isinstance(constant, ast.Constant) else None
            if isinstance(word, str) and word not in known:
                yield Fault(key, f"{name} {word!r}", what, nearest(word, known))


def _amount_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    ways = [rule.points is not None, rule.kind is not None, bool(rule.graded and rule.graded.steps)]
    if sum(ways) != 1:
        expected = "exactly one of points, kind and graded steps"
        yield Fault("points", f"{sum(ways)} of points, kind and graded steps", expected)
    if isinstance(rule.points, str):
        special = special_names(book, rule)
        yield from expression_faults(book, rule.on, rule.points, "points", "number", special)
        yield from size_faults("points", [float(fixed_amount(book, rule) or 0)])
    elif rule.points:
        yield from amount_faults(book, rule.purse, "points", [rule.points])
    if rule.points == 0 or (isinstance(rule.points, str) and fixed_amount(book, rule) == 0):
        expected = "an amount; this rule could never give anything"
        yield Fault("points", short(rule.points), expected)
    if rule.kind is not None and rule.kind not in book.kinds:
        expected = ": ".join(filter(None, ["a rule kind of a plugin", ", ".join(book.kinds)]))
        yield Fault("kind", repr(rule.kind), expected, nearest(rule.kind, book.kinds))
    if rule.settings and rule.kind is None:
        yield Fault("settings", "settings", "none without kind, since a rule kind reads them")
    if rule.kind is not None and rule.graded is not None:
        yield Fault("graded", "graded", "no `graded` together with kind")


def _graded_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    graded = rule.graded
    if graded is None:
        return
    if graded.by not in GRADES:
        yield Fault(
            "graded", f"by {graded.by!r}", "one of " + ", ".join(GRADES), nearest(graded.by, GRADES)
        )
    elif (graded.by == "count") == bool(graded.value):
        yield Fault("graded", f"value {graded.value!r}", "a value for every measure except count")
    if graded.value:
        kind: Kind | None = None if graded.by == "distinct" else "number"
        yield from expression_faults(book, rule.on, graded.value, "graded", kind)
    thresholds = [step[0] for step in graded.steps]
    if thresholds != sorted(set(thresholds)):
        yield Fault("graded", f"steps at {short(thresholds)}", "thresholds in ascending order")
    if graded.steps and not any(step[1] for step in graded.steps):
        yield Fault("graded", "steps that are worth 0", "a step that gives something")
    yield from size_faults("graded", thresholds)
    yield from amount_faults(book, rule.purse, "graded", [step[1] for step in graded.steps])
    yield from _graded_gate_faults(book, rule)


def _graded_gate_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    """The fault of a gate in points for a graded or judged rule."""
    gate = book.gates.get(rule.gate) if isinstance(rule.gate, str) else None
    if gate and gate.points is not None:
        yield Fault(
            "gate",
            "a gate in points",
            "a gate in times: an event of a graded or judged rule has no amount of its own",
        )


def _judged_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    judged = rule.judged
    if judged is None:
        return
    known = [*JUDGINGS, *book.measures]
    if judged.by not in known:
        yield Fault(
            "judged", f"by {judged.by!r}", "one of " + ", ".join(known), nearest(judged.by, known)
        )
    if rule.graded or rule.kind:
        yield Fault("judged", "judged", "no `judged` together with graded or kind")
    yield from expression_faults(book, rule.on, judged.value, "judged", "number")
    if judged.original is not None:
        yield from expression_faults(book, rule.on, judged.original, "judged", "text")
    if (judged.original is not None) != (0 < judged.share <= 1):
        found = f"original {short(judged.original)} with a share of {short(judged.share)}"
        yield Fault("judged", found, "an original with a share above 0 and up to 1, or neither")
    if (judged.by == "trimmed") != (0 < judged.trim < 0.5):
        found = f"by {judged.by!r} with a trim of {short(judged.trim)}"
        yield Fault("judged", found, "'trimmed' with a trim above 0 and below 0.5, or neither")
    if isinstance(rule.points, str):
        yield from _judged_amount_faults(rule.points)
    elif rule.points is not None:
        yield Fault("points", short(rule.points), "an expression of value, such as 'value'")
    yield from _graded_gate_faults(book, rule)


def _weaker_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    weaker = rule.weaker
    if weaker is None:
        return
    if rule.graded or rule.judged:
        yield Fault("weaker", "weaker", "no `weaker` together with graded or judged")
    shares = [each for each in (weaker.mutual, weaker.reporting) if each is not None]
    if not shares or any(not 0 <= share < 1 for share in shares):
        found = f"mutual {short(weaker.mutual)} and reporting {short(weaker.reporting)}"
        yield Fault("weaker", found, "a share from 0 to less than 1 for one of them, or for both")
    if duration(weaker.within) is None:
        yield Fault(
            "weaker",
            f"within {weaker.within!r}",
            "a length of time such as '30 days' or '12 hours'",
        )
    if weaker.reporting is not None and not has_relation(book, "profile"):
        expected = "an event type that relates 'profile', which sets managers"
        yield Fault("weaker", "reporting", expected)


def _fade_faults(rule: Rule) -> Iterator[Fault]:
    fade = rule.fade
    if fade is None:
        return
    if rule.to != "former_mentor" or rule.graded or rule.judged:
        expected = "to = 'former_mentor', and neither graded nor judged"
        yield Fault("fade", f"to {rule.to!r}", expected)
    if not 0 < fade.share < 1:
        yield Fault("fade", f"a share of {short(fade.share)}", "a number above 0 and below 1")
    if duration(fade.per) is None:
        yield Fault("fade", f"per {fade.per!r}", "a length of time such as '30 days' or '12 hours'")
    if not 1 <= fade.times <= MOST_FADES:
        yield Fault("fade", f"times {short(fade.times)}", f"a number from 1 to {MOST_FADES}")


def _split_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    if not rule.split:
        return
    if rule.graded or rule.judged or rule.kind:
        yield Fault("split", "true", "no `split` together with graded, judged or kind")
    for name in rule.on:
        fields = book.types[name].fields if name in book.types else {}
        missing = [key for key in SPLIT if key not in fields or fields[key].type != "integer"]
        if missing and name in book.types:
            found = f"{name}, which has no integer {' and no integer '.join(missing)}"
            yield Fault("split", found, "event types with the fields among and number")


def _judged_amount_faults(points: str) -> Iterator[Fault]:
    """The faults of names other than ``value`` in the amount of a judged rule.

    A judgement may change the amount of other objects, too, so there is no one event that the names could be of.
    """
    try:
        parse(points, {"value": "number"}, where="points", kind="number")
    except InvalidInput as error:
        yield from error.faults


def _reference_faults(book: RuleBook, rule: Rule) -> Iterator[Fault]:
    yield from purse_faults(book, rule.purse)
    for name in rule.limit:
        limit = book.limits.get(str(name))
        if limit is None:
            expected = "a limit of the book, or a table such as { points = 200, per = 'day' }"
            yield Fault("limit", repr(name), expected, nearest(str(name), book.limits))
        elif limit.purse != rule.purse:
            yield Fault(
                "limit", f"{name!r}, which counts {limit.purse}", f"one that counts {rule.purse}"
            )
    everywhere = [name for name, limit in book.limits.items() if limit.all]
    for name in rule.exempt:
        if name not in everywhere:
            yield Fault("exempt", repr(name), "a limit with `all`", nearest(name, everywhere))
    if rule.gate is not None and rule.gate not in book.gates:
        expected = (
            "a gate of the book, or a table such as { of = 'actor', times = 5, per = 'week' }"
        )
        yield Fault("gate", repr(rule.gate), expected, nearest(str(rule.gate), book.gates))
    if isinstance(rule.gate, str) and rule.gate in book.gates:
        gate = book.gates[rule.gate]
        if gate.points is not None and rule.kind is not None:
            yield Fault(
                "gate", "a gate in points", "a gate in times: a rule kind decides its amount later"
            )
        yield from gate_amount_faults(book, rule, gate)
