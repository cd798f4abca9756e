"""The digest of a rule book: it changes when, and only when, the meaning changes.

Words for people (``means``, ``say``), what readings call an event (``act``), the order in files, the spelling of expressions, and what
nothing uses do not change it. A function in Python is known by its module, its name and the version that its
author gives it.
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

_WORDS = frozenset({"means", "say", "act"})
EXPRESSIONS = frozenset({"where", "points", "value", "original", "or_only"})
"""Keys of expressions, which are the same however they are spelled."""
_ASCENDING = frozenset({"at_least", "levels"})
UNORDERED = frozenset(
    {"on", "limit", "exempt", "units", "communities", "per", "rules", "after", "again"}
)
"""Keys of lists that are the same in any order."""


def digest(book: RuleBook) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of what the book means.

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
        "calendar": _plain(book.calendar),
        "types": {name: _plain(each) for name, each in book.types.items()},
        "purses": {name: _plain(each) for name, each in book.purses.items()},
        "rules": {name: _plain(each) for name, each in book.rules.items()},
        "limits": {name: _plain(each) for name, each in book.limits.items() if _used(book, name)},
        "gates": {name: _plain(each) for name, each in book.gates.items() if _asked(book, name)},
        "badges": {name: _plain(each) for name, each in book.badges.items()},
        "ladders": {name: _plain(each) for name, each in book.ladders.items()},
        "plugins": plugins_used(book),
    }
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def meaning_of(noun: Any) -> str:
    """What a noun of a book means, as text: the same whatever its spelling and its words, as the digest has it.

    >>> from wiifm.criteria import Criterion
    >>> one, other = (Criterion(measure="count", where=where, at_least={"": 1}) for where in ("hour<9", "hour < 9"))
    >>> meaning_of(one) == meaning_of(other)
    True
    """
    return json.dumps(_plain(noun), sort_keys=True)


def _used(book: RuleBook, limit: str) -> bool:
    return book.limits[limit].all or any(limit in rule.limit for rule in book.rules.values())


def _asked(book: RuleBook, gate: str) -> bool:
    return any(rule.gate == gate for rule in book.rules.values())


def kinds_used(book: RuleBook) -> set[str]:
    """The names of the rule kinds that the rules of a book ask for."""
    return {rule.kind for rule in book.rules.values() if rule.kind}


def measures_used(book: RuleBook) -> set[str]:
    """The names of the measures that the criteria and the judged rules of a book ask for, wiifm's own among them."""
    asked = [part for badge in all_badges(book).values() for part in badge.asks]
    parts = [each for part in asked for each in (part, *part.terms)]
    judging = {rule.judged.by for rule in book.rules.values() if rule.judged}
    return judging | {
        part.measure for part in [*parts, *(part.each for part in parts if part.each)]
    }


def plugins_used(book: RuleBook) -> list[list[str]]:
    """The kinds and measures of plugins that a book uses: what each is, its name, and the version its author gives it."""
    measures = measures_used(book) & set(book.measures)
    kinds = kinds_used(book) & set(book.kinds)
    return sorted(
        [["measure", name, book.measures[name].version] for name in measures]
        + [["kind", name, book.kinds[name].version] for name in kinds]
    )


def _plain(value: Any, key: str = "") -> Any:
    """A noun as JSON: no words for people, no defaults, one spelling for one meaning."""
    if attrs.has(type(value)):
        return {
            a.name: _plain(found, a.name)
            for a in attrs.fields(type(value))
            if a.name not in _WORDS and not _is_default(found := getattr(value, a.name), a)
        }
    if isinstance(value, str) and key in EXPRESSIONS:
        return normalised(value)
    if isinstance(value, Mapping):
        pairs = [(str(name), _plain(item)) for name, item in value.items()]
        return pairs if key in _ASCENDING else dict(pairs)
    if isinstance(value, tuple | frozenset):
        items = [_plain(item) for item in value]
        return (
            sorted(items, key=repr) if key in UNORDERED or isinstance(value, frozenset) else items
        )
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """One spelling for a moment, a number or a function."""
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
    default = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory()
    return bool(value == default)
