"""Compares two rule books, table by table and key by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.criteria import MEASURES
from wiifm.expressions import normalised
from wiifm.faults import origin
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import EXPRESSIONS, UNORDERED, WORDS, plugins_used
from wiifm.rulebook.dump import to_toml_tables, without_tests

Tables: TypeAlias = Mapping[str, Any]


@frozen
class BookChange:
    """A difference between two books: a table that only one of them has (``key`` is None), or a key with another value.

    ``old`` and ``new`` are values as TOML has them; None if a book doesn't have the table or key.

    >>> print(BookChange("rule", "kudos", "points", 5, 7))
    rule kudos: points 5, now 7
    >>> print(BookChange("rule", "kudos", "limit", None, {"times": 1, "per": "day"}))
    rule kudos: limit nothing, now { times = 1, per = 'day' }
    >>> print(BookChange("rule", "kudos", "self_credit", True, None))
    rule kudos: self_credit true, now nothing
    """

    kind: str
    name: str
    key: str | None
    old: Any
    new: Any

    def __str__(self) -> str:
        where = f"{self.kind} {self.name}".rstrip()
        if self.key is None:
            return f"{where}: " + ("gone" if self.new is None else "new")
        was, now = (
            "nothing" if each is None else _displayed(each) for each in (self.old, self.new)
        )
        return f"{where}: {self.key} {was}, now {now}"

    @property
    def decides(self) -> bool:
        """Whether it may change what somebody holds. Words, what readings show, and campaigns (whose closings are events) don't."""
        shown = self.kind == "book" and self.key in ("individuals", "fewest")
        return self.key not in WORDS and self.kind != "campaign" and not shown


_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML has without quotes."""


def _displayed(value: Any) -> str:
    """A value as the book writes it: tables inline, dates and moments in ISO 8601."""
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case {}:
            names = (key if _BARE.fullmatch(key) else repr(key) for key in value)
            pairs = map(" = ".join, zip(names, map(_displayed, value.values()), strict=True))
            return f"{{ {', '.join(pairs)} }}"
        case [*items]:
            return f"[{', '.join(map(_displayed, items))}]"
        case _:
            return repr(value)


def changes(old: RuleBook, new: RuleBook) -> list[BookChange]:
    """The differences between two rule books, in the order of the tables. Other spellings of the same value are no difference.

    >>> one, other = (RuleBook.parse(f"[book]\\nid='b'\\n[[rule]]\\nid='r'\\non='post.shared'\\npoints={n}") for n in (2, 3))
    >>> [str(each) for each in changes(one, other)]
    ['rule r: points 2, now 3']
    """
    before, after = _tables(old), _tables(new)
    return list(_compare(before, after))


def _tables(book: RuleBook) -> dict[tuple[str, str], dict[str, Any]]:
    """All tables of a book by kind and name. A function in Python is represented by its module and name."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, tables in to_toml_tables(without_tests(book)).items():
        if kind == "book":
            found[kind, ""] = {key: value for key, value in tables.items() if key != "id"}
        elif isinstance(tables, list):
            found |= {(kind, each["id"]): {**each} for each in tables}
        else:
            found |= {(kind, name): {**each} for name, each in tables.items()}
    for name, rule in book.rules.items():
        if rule.test is not None:
            found["rule", name]["test"] = origin(rule.test)
    for what, name, version in plugins_used(book):
        found[what, name] = {"version": version}
    return found


def _compare(
    before: Mapping[tuple[str, str], Tables], after: Mapping[tuple[str, str], Tables]
) -> Iterator[BookChange]:
    """The differences between two books, given as tables by kind and name."""
    for kind, name in dict.fromkeys([*before, *after]):
        one, other = before.get((kind, name)), after.get((kind, name))
        if one is None or other is None:
            yield BookChange(kind, name, None, one, other)
            continue
        for key in dict.fromkeys([*one, *other]):
            was, now = one.get(key), other.get(key)
            if key != "id" and was != now and _normalized(was, key) != _normalized(now, key):
                yield BookChange(kind, name, key, was, now)


def _normalized(value: Any, key: str) -> Any:
    """The value of a key in its canonical spelling, as in the digest."""
    key = MEASURES.get(key, key)
    if isinstance(value, str) and key in EXPRESSIONS:
        return normalised(value)
    if isinstance(value, dict) and key != "settings":
        return {name: _normalized(item, name) for name, item in value.items()}
    if isinstance(value, list):
        found = [_normalized(item, "") for item in value]
        return sorted(found, key=repr) if key in UNORDERED else found
    return value
