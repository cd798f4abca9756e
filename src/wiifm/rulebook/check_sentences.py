"""Checks sentences of rules and badges: that their braces match, and that each name in them is one that is filled in."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from string import Formatter

from wiifm.faults import Fault, nearest
from wiifm.ledger import Role
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_units import unit_faults
from wiifm.rulebook.names import ACROSS, UNITS, intended_types, names_for, names_in
from wiifm.rules import MENTORS

SENTENCE_NAMES = ("mentor", "points", "rule")
"""The names that a sentence may use in addition to those of an expression."""


def say_faults(
    book: RuleBook, on: Collection[str], say: str, special: Iterable[str] = ()
) -> Iterator[Fault]:
    """The faults of a sentence: braces that don't match, or names that the events don't have."""
    types = intended_types(book.types, on)
    try:
        parts = list(Formatter().parse(say))
    except ValueError:
        expected = "a sentence with each name in a pair of braces, and {{ or }} for a brace itself"
        yield Fault("say", repr(say), expected)
        return
    if types is None:
        return
    known = {*names_for(book.types, types, special), *SENTENCE_NAMES} - {ACROSS}
    yield from _unit_faults(book, {name for _, name, _, _ in parts if name})
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        normal = unicodedata.normalize("NFKC", name)
        if name not in known and normal in known:  # which look alike
            expected = f"{{{normal}}} ({normal!a}, in the normal form NFKC)"
            yield Fault("say", f"{{{name}}} ({name!a})", expected)
        elif name not in known:
            hint = nearest(name, known)
            names = "" if hint else ": " + ", ".join(sorted(known))
            yield Fault("say", f"{{{name}}}", f"a name that these events have{names}", hint)
        elif spec or conversion:
            formatted = (
                name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            )
            expected = f"{{{name}}}: a name without a format or a conversion"
            yield Fault("say", f"{{{formatted}}}", expected)


def unfilled_faults(book: RuleBook, on: Collection[str], to: Role, say: str) -> Iterator[Fault]:
    """The faults of names in a sentence that never have a value: a grade's value, and a mentor where none is credited."""
    try:
        names = names_in(say)
    except ValueError:  # a fault of its own
        return
    types = intended_types(book.types, on)
    if "value" in names and types is not None and "value" not in names_for(book.types, types):
        expected = "a name that is filled in, such as {points}: a sentence can't quote what `graded` or `judged` measures"
        yield Fault("say", "{value}", expected)
    if "mentor" in names and to not in MENTORS:
        credited = " or ".join(MENTORS)
        expected = f"a name that is filled in: {{mentor}} is the mentor who is credited, with to = {credited}"
        yield Fault("say", "{mentor}", expected)


def telling_faults(book: RuleBook, on: Collection[str], to: Role, say: str) -> Iterator[Fault]:
    """The fault of a sentence that tells a holder the unit of somebody else, where nobody is named."""
    try:
        names = names_in(say)
    except ValueError:  # a fault of its own
        return
    merits = {book.types[name].merit for name in on if name in book.types}
    if "unit" in names and not book.individuals and to != "unit" and merits - {to}:
        yield _telling("unit")


def _telling(name: str) -> Fault:
    expected = (
        "a sentence without it: under individuals = false, a small unit would tell who somebody is"
    )
    return Fault("say", f"{{{name}}}", expected)


def _unit_faults(book: RuleBook, names: Collection[str]) -> Iterator[Fault]:
    """The faults of sentences that name a unit that nobody has, or that would tell who somebody is."""
    yield from unit_faults(book, "say", names)
    for name in UNITS:
        if name in names and not book.individuals:
            yield _telling(name)
