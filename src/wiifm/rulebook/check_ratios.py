"""Checks criteria with a ratio, and criteria of pairs."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.criteria import MEASURES, Criterion
from wiifm.faults import Fault
from wiifm.rules import HOLDER_KINDS

# the keys of the ratio itself, and those of its two criteria
OF_THE_WHOLE = ("since", "until", "over", "per", "again", "or_only")
OF_THE_TERMS = ("on", "of", "where", "value", "self_credit", "each", "freeze", "rules", "purse")
_PLAIN = Criterion(measure="", at_least={})


def ratio_faults(part: Criterion) -> Iterator[Fault]:
    """The faults of a ratio, by key, apart from those that its two criteria have by themselves."""
    if (part.measure == "ratio") != bool(part.terms):
        found = "nothing" if part.measure == "ratio" else "two measures"
        yield Fault("ratio", found, "a list of two measures with ratio, and with no other measure")
    if not part.terms:
        return
    if len(part.terms) != 2:
        yield Fault("ratio", f"{len(part.terms)} measures", "two of them")
        return
    for key in OF_THE_TERMS:
        if getattr(part, key) != getattr(_PLAIN, key):
            yield Fault(key, f"the key {key!r}", f"{key!r} in the two measures of the ratio")
    first, second = part.terms
    for number, term in enumerate(part.terms, 1):
        for fault in _term_faults(part, term):
            yield fault.inside(f"ratio, number {number}")
    if dict(first.at_least) != {"": 1}:
        expected = "no at_least in the first measure; the ratio has its own at_least"
        yield Fault("ratio, number 1, at_least", str(dict(first.at_least)), expected)
    if min(second.at_least.values(), default=1) <= 0:
        expected = "a number above 0, since the first measure is divided by this one"
        yield Fault("ratio, number 2, at_least", str(dict(second.at_least)), expected)
    if part.to != second.to:
        yield Fault("to", repr(part.to), f"{second.to!r}, as in the second measure")


def _term_faults(part: Criterion, term: Criterion) -> Iterator[Fault]:
    if term.measure not in MEASURES or term.measure in ("groups", "streak", "ratio"):
        known = ", ".join(name for name in MEASURES if name not in ("groups", "streak", "ratio"))
        yield Fault("measure", repr(term.measure), f"one of {known}")
    for key in OF_THE_WHOLE:
        if getattr(term, key) != getattr(_PLAIN, key):
            yield Fault(key, f"the key {key!r}", f"{key!r} outside of the list, next to `ratio`")
    if len(term.at_least) > 1 or any(term.at_least):
        yield Fault("at_least", "tiers", "one number")
    if HOLDER_KINDS.get(term.to) != HOLDER_KINDS.get(part.to):
        expected = f"the same in both: {part.to!r} is a {HOLDER_KINDS.get(part.to)}"
        yield Fault("to", repr(term.to), expected)


def pair_faults(part: Criterion) -> Iterator[Fault]:
    """The faults of a criterion of pairs, by key."""
    if not part.paired:
        return
    key = "per" if part.per == "pair" else "groups"
    if part.per == part.group:
        yield Fault(
            "groups", "'pair'", "another group, since each count of per = 'pair' is about one pair"
        )
    for each in (part, *part.terms):
        if each.to != "actor":
            expected = (
                f"no `to` with {key} = 'pair': what either does for the other counts for both"
            )
            yield Fault("to", repr(each.to), expected)
