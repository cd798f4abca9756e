"""Computes the digest of a rule book, which changes if and only if the meaning of the book changes.

These don't change it: words for people (``means``, ``say``), the ``act`` of event types, the order of tables, the spelling of
expressions, and limits and gates that nothing uses. A function in Python is represented by its module, its name and the
version that its author gives it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from wiifm.expressions import normalised
from wiifm.faults import origin
from wiifm.rulebook.book import RuleBook, all_badges

WORDS = frozenset({"means", "say", "act"})
"""The keys that are only for people and readings: they decide nothing."""

EXPRESSIONS = frozenset({"where", "points", "value", "original", "or_only"})
"""The keys of expressions, whose spelling doesn't matter."""

_ASCENDING = frozenset({"at_least", "levels"})
UNORDERED = frozenset(
    {"on", "limit", "exempt", "units", "communities", "per", "rules", "after", "again"}
)
"""The keys of lists whose order doesn't matter."""


def digest(book: RuleBook) -> str:
    """The digest of a book: the first 16 hexadecimal digits of the SHA-256 of its meaning.

    >>> from wiifm.rulebook import RuleBook
    >>> text = "[book]\\nid='b'\\n[[rule]]\\nid='a'\\non='post.shared'\\npoints={}\\nwhere=\\"{}\\""
    >>> one = RuleBook.parse(text.format(1, "hour<9"))
    >>> one.digest == RuleBook.parse(text.format(1, " hour  < 9 ")).digest
    True
    >>> one.digest == RuleBook.parse(text.format(2, "hour<9")).digest
    False
    """
    meaning = {
        "zone": book.zone,
        "calendar": _canonical(book.calendar),
        "types": {name: _canonical(each) for name, each in book.types.items()},
        "purses": {name: _canonical(each) for name, each in book.purses.items()},
        "rules": {name: _canonical(each) for name, each in book.rules.items()},
        "limits": {
            name: _canonical(each)
            for name, each in book.limits.items()
            if _is_limit_used(book, name)
        },
        "gates": {
            name: _canonical(each) for name, each in book.gates.items() if _is_gate_used(book, name)
        },
        "badges": {name: _canonical(each) for name, each in book.badges.items()},
        "ladders": {name: _canonical(each) for name, each in book.ladders.items()},
        "plugins": plugins_used(book),
    }
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def meaning_of(noun: Any) -> str:
    """The meaning of a part of a book, as a text that doesn't depend on spelling or words for people.

    >>> from wiifm.criteria import Criterion
    >>> one, other = (Criterion(measure="count", where=where, at_least={"": 1}) for where in ("hour<9", "hour < 9"))
    >>> meaning_of(one) == meaning_of(other)
    True
    """
    return json.dumps(_canonical(noun), sort_keys=True)


def _is_limit_used(book: RuleBook, limit: str) -> bool:
    return book.limits[limit].all or any(limit in rule.limit for rule in book.rules.values())


def _is_gate_used(book: RuleBook, gate: str) -> bool:
    return any(rule.gate == gate for rule in book.rules.values())


def kinds_used(book: RuleBook) -> set[str]:
    """The names of the rule kinds that the rules of a book use."""
    return {rule.kind for rule in book.rules.values() if rule.kind}


def measures_used(book: RuleBook) -> set[str]:
    """The names of the measures that the criteria and the judged rules of a book use, wiifm's own included."""
    outer = [part for badge in all_badges(book).values() for part in badge.asks]
    parts = [each for part in outer for each in (part, *part.terms)]
    judging = {rule.judged.by for rule in book.rules.values() if rule.judged}
    return judging | {
        part.measure for part in [*parts, *(part.each for part in parts if part.each)]
    }


def plugins_used(book: RuleBook) -> list[list[str]]:
    """The rule kinds and measures of plugins that a book uses, each as "kind" or "measure", its name and its version."""
    measures = measures_used(book) & set(book.measures)
    kinds = kinds_used(book) & set(book.kinds)
    return sorted(
        [["measure", name, book.measures[name].version] for name in measures]
        + [["kind", name, book.kinds[name].version] for name in kinds]
    )


def _canonical(value: Any, key: str = "") -> Any:
    """A part of a book as JSON: without words for people and defaults, and in the canonical spelling."""
    if attrs.has(type(value)):
        return {
            a.name: _canonical(found, a.name)
            for a in attrs.fields(type(value))
            if a.name not in WORDS and not _is_default(found := getattr(value, a.name), a)
        }
    if isinstance(value, str) and key in EXPRESSIONS:
        return normalised(value)
    if isinstance(value, Mapping):
        pairs = [(str(name), _canonical(item)) for name, item in value.items()]
        return pairs if key in _ASCENDING else dict(pairs)
    if isinstance(value, tuple | frozenset):
        items = [_canonical(item) for item in value]
        return (
            sorted(items, key=repr) if key in UNORDERED or isinstance(value, frozenset) else items
        )
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """The canonical spelling of a moment, a number or a function."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case float() if value.is_integer():
            return int(value)
        case _ if callable(value):
            return origin(value)
    return value


def _is_default(value: object, attribute: Any) -> bool:
    """Whether a value is the default of its attribute."""
    default = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory()
    return bool(value == default)
