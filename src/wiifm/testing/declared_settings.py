"""Rule books with each setting at the ends of what its rule kind declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations, product
from typing import TypeAlias

from attrs import evolve, frozen

from wiifm.frozendict import frozen_mappings
from wiifm.rule_kinds import Setting
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Scalar
from wiifm.testing.large_numbers import INTEGERS

Values: TypeAlias = Callable[[Setting], Iterable[Scalar]]
"""Gives the valid values of a setting that are tried."""


@frozen(field_transformer=frozen_mappings)
class RuleSettings:
    """Settings to try a rule with."""

    rule: str
    settings: Mapping[str, Scalar]


def books_with_settings(book: RuleBook) -> Callable[[RuleSettings], RuleBook]:
    """A function that changes the settings of a rule in a book. It keeps the last result, which is compiled only once then."""

    @lru_cache(maxsize=1)
    def changed(tried: RuleSettings) -> RuleBook:
        rule = evolve(book.rules[tried.rule], settings=tried.settings)
        return evolve(book, rules={**book.rules, rule.id: rule})

    return changed


def tried_settings(book: RuleBook, values: Values) -> Iterator[RuleSettings]:
    """For each rule whose kind declares settings, each of these in turn with each of its values, and the others as the rule has them."""
    return _changed(book, values, 1)


def tried_pairs(book: RuleBook) -> Iterator[RuleSettings]:
    """The same for two settings at a time, both at their bounds."""
    return _changed(book, at_the_bounds, 2)


def _changed(book: RuleBook, values: Values, together: int) -> Iterator[RuleSettings]:
    """Each rule with so many of its settings changed at once, as far as the settings are valid then."""
    for rule in book.rules.values():
        kind = book.kinds.get(rule.kind or "")
        if kind is None or kind.settings is None:
            continue
        for names in combinations(kind.settings, together):
            for found in product(*(values(kind.settings[name]) for name in names)):
                settings = {**rule.settings, **dict(zip(names, found, strict=True))}
                if not any(kind.setting_faults(settings)):
                    yield RuleSettings(rule.id, settings)


def at_the_bounds(setting: Setting) -> list[Scalar]:
    """Valid values of a setting, at the ends of what it declares.

    >>> at_the_bounds(Setting("integer", 8, least=1))
    [1, 1000, 8]
    """
    if setting.type == "flag":
        return [True, False]
    if setting.type == "text":
        return [*(setting.choices or dict.fromkeys(("", "x", str(setting.default or ""))))]
    least, most, tried = setting.least, setting.most, [setting.default, 0]
    low = least if least is not None else min(-1, most if most is not None else -1)
    high = most if most is not None else max(1000, low)
    fraction = low + 0.5 if low % 1 == 0 else low
    found = [each for each in (low, high, fraction, *tried) if setting.accepts(each)]
    return [*dict.fromkeys(each for each in found if each is not None)]


def large_ones(setting: Setting) -> list[Scalar]:
    """The large integers that are valid for a setting.

    >>> large_ones(Setting("integer", 8, least=1, most=10**12))
    [1000000000]
    """
    return [each for each in INTEGERS if setting.accepts(each)]
