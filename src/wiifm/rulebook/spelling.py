"""The cattrs converter from the tables of TOML to the classes of a rule book.

It reads the short spellings that TOML allows: a text for a tuple with one item, a number for thresholds without tiers, a
text that is a number as an amount, the measure of a criterion as a key. A value of another type raises a
:class:`Mismatch`, which ``toml`` turns into a fault.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import partial
from math import isfinite
from typing import Any, Literal, TypeAlias, get_args, get_origin

import attrs
import cattrs

from wiifm.badges import Badge, KeepUp
from wiifm.criteria import MEASURES, Criterion
from wiifm.event_types import Act, Relation
from wiifm.events import YEARS
from wiifm.expressions import number_in
from wiifm.faults import nearest, short
from wiifm.rulebook.check_attributes import is_number
from wiifm.rules import Audience, Gate, Limit

Table: TypeAlias = dict[str, Any]

SHARED_KEYS = ("to", "of", "on", "where", "since", "until", "over", "per", "again", "self_credit")
"""The keys of a criterion that a badge with several criteria may have, for all of them."""

TERM_KEYS = ("to", "of", "on", "where", "self_credit")
"""The keys of a criterion that a ratio may have, for both of its criteria."""

_CRITERION_KEYS = {each.name for each in attrs.fields(Criterion)} | set(MEASURES)
"""All keys of a criterion."""


def quoted(value: object) -> str:
    """A value as messages quote it, which for a date or a time is as TOML has it.

    >>> quoted(date(2026, 5, 4)), quoted(7)
    ('2026-05-04', '7')
    """
    return value.isoformat() if isinstance(value, date | time) else short(value)


class Mismatch(Exception):
    """A value isn't what its key takes. ``expected`` says what is, ``hint`` what may be meant.

    >>> CONVERTER.structure(7, str)
    Traceback (most recent call last):
    wiifm.rulebook.spelling.Mismatch: a text
    """

    def __init__(self, found: object, expected: str, hint: str | None = None) -> None:
        self.found, self.expected, self.hint = quoted(found), expected, hint
        super().__init__(expected)


def _exactly(kinds: tuple[type, ...], words: str) -> Any:
    """A hook that accepts values of these types, and no subclasses (so no flag as a number)."""

    def hook(value: object, _: object) -> object:
        if type(value) not in kinds or (type(value) is float and not isfinite(value)):
            raise Mismatch(value, words)
        if type(value) is int and not is_number(value):
            raise Mismatch(value, f"{words} within 2**53")
        if isinstance(value, datetime) and value.year not in YEARS:
            raise Mismatch(value, "a year from 1900 to 2999")
        return value

    return hook


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _choice(value: object, kind: Any) -> object:
    words = get_args(kind)
    if value not in words:
        raise Mismatch(value, "one of " + ", ".join(words), nearest(str(value), words))
    return value


def _optional_choice(value: object, kind: Any) -> object:
    return value if value is None else _choice(value, get_args(kind)[0])


def _names(value: object, _: object) -> tuple[str, ...]:
    """One text, or a list of texts, as a tuple."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Mismatch(value, "a text or a list of texts")


def _again(value: Any, _: object) -> tuple[str | int, ...]:
    items = value if isinstance(value, list) else [value]
    if all(type(item) in (str, int) for item in items):
        return tuple(item for item in items if item != "once")
    raise Mismatch(value, "'once', 'period', the name of `per`, a number, or a list of these")


def _days_off(value: object, _: object) -> tuple[str | date, ...]:
    """A name or a date, or a list of them, as a tuple."""
    items = value if isinstance(value, list) else [value]
    if all(type(item) in (str, date) for item in items):
        return tuple(items)
    raise Mismatch(value, "names of holiday calendars and dates without a time, as a list")


def _weekdays(value: object, _: object) -> tuple[int, ...]:
    if isinstance(value, list) and all(type(item) is int for item in value):
        return tuple(value)
    raise Mismatch(value, "a list of ISO weekdays, from 1 (Monday) to 7 (Sunday)")


_is_amount = _exactly((int, float, str), "a number or an expression")


def _amount(value: object, kind: object) -> object:
    """A number, or an expression; a text that is a number becomes that number."""
    found = number_in(value) if isinstance(value, str) else value
    return found if is_number(found) else _is_amount(value, kind)


def _thresholds(value: object, _: object) -> dict[str, float]:
    """A number, or a table of a number for each tier."""
    if is_number(value):
        return {"": value}  # type: ignore[dict-item]
    if isinstance(value, dict) and value and all(map(is_number, value.values())):
        return value
    raise Mismatch(value, "a number, or a table of numbers such as { bronze = 10 }")


def _steps(value: object, _: object) -> tuple[tuple[float, float], ...]:
    """A list of pairs: a threshold, and the points that reaching it is worth."""
    if not isinstance(value, list):
        raise Mismatch(value, "a list of steps such as [[10, 2], [50, 5]]")
    for step in value:
        if not (isinstance(step, list) and len(step) == 2 and all(map(is_number, step))):
            raise Mismatch(step, "steps of a threshold and its points, such as [10, 2]")
    return tuple((at, points) for at, points in value)


def _limits(value: object, _: object) -> tuple[str | Limit, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(
        item if isinstance(item, str) else CONVERTER.structure(item, Limit) for item in items
    )


def _gate(value: object, _: object) -> str | Gate | None:
    return value if value is None or isinstance(value, str) else CONVERTER.structure(value, Gate)


def _audience(table: object, _: object) -> Audience:
    """An audience, which must not be empty: an empty one would mean everybody."""
    found = _AUDIENCE(table, Audience) if isinstance(table, Mapping) else Audience()
    if found == Audience():
        raise Mismatch(table, "a table of units, communities or both")
    return found


def _keep_up(table: object, _: object) -> KeepUp | None:
    return table if table is None else CONVERTER.structure(table, KeepUp)


def _one_measure(table: Mapping[str, object], found: list[str]) -> str:
    """What is expected of a criterion that has several measures, or none."""
    outer = next((key for key in ("streak", "groups") if key in found), None)
    inner = next((key for key in found if key != outer), None)
    if outer and inner:
        each = f"each = {{ {inner} = {table[inner]!r} }}"
        return f"exactly one measure: what is measured within {outer} belongs into {each}"
    return "exactly one measure: " + ", ".join(MEASURES)


def _criterion(table: object, _: object = None) -> Criterion:
    """A criterion from its table, in which the measure is a key."""
    if isinstance(table, Criterion):
        return table
    if not isinstance(table, Mapping):
        raise Mismatch(table, "a table such as { count = 'answer.posted', at_least = 10 }")
    found = [key for key in MEASURES if key in table]
    if len(found) + ("measure" in table) != 1:
        raise Mismatch(sorted(table), _one_measure(table, found))
    if "ratio" in table:
        table = _with_terms(table)
    rest = {"at_least": 1, **table}
    for key in found:
        rest = {**{k: v for k, v in rest.items() if k != key}, "measure": key}
        if table[key] not in ("", [], None):
            rest[MEASURES[key]] = table[key]
    return _CRITERION(rest, Criterion)


def _with_terms(table: Mapping[str, Any]) -> Table:
    """The table of a ratio, with the keys that it has for both criteria moved into these."""
    terms = table["ratio"]
    if (
        not isinstance(terms, list)
        or len(terms) != 2
        or not all(isinstance(t, dict) for t in terms)
    ):
        example = "[{ count = 'answer.accepted' }, { count = 'answer.posted', at_least = 10 }]"
        raise Mismatch(terms, f"a list of two measures in ratio, such as {example}")
    shared = {key: table[key] for key in TERM_KEYS if key in table}
    first, second = ({**_applicable(shared, term), **term} for term in terms)
    rest = {key: value for key, value in table.items() if key not in shared}
    return {**rest, "ratio": [first, second], "to": second.get("to", "actor")}


def _badge(table: object, _: object) -> Badge:
    """A badge from its table, in which a single criterion is written among the badge's keys."""
    if not isinstance(table, Mapping):
        raise Mismatch(table, "a table")
    own = {attribute.name for attribute in attrs.fields(Badge)} - {"parts", "join", "none_of"}
    rest = {key: value for key, value in table.items() if key in own}
    other = {key: value for key, value in table.items() if key not in own}
    joins = [key for key in ("all_of", "any_of") if key in other]
    if len(joins) > 1:
        raise Mismatch(joins, "either all_of or any_of")
    alone = any(key in other for key in (*MEASURES, "measure"))
    keys = ("per", "again") if alone else SHARED_KEYS
    shared = {key: other[key] for key in keys if key in other}
    if "none_of" in other:
        rest["none_of"] = _criteria(other, "none_of", shared)
    if not alone and (joins or "none_of" in rest):
        other = {key: value for key, value in other.items() if key not in shared}
    if joins:
        rest["parts"] = _criteria(other, joins[0], shared)
        rest["join"] = joins[0].removesuffix("_of")
    elif alone:
        rest["parts"], other = [_criterion(other)], {}
    return _BADGE({**rest, **_unknown_keys(other, joins)}, Badge)


def _unknown_keys(left: Table, joins: list[str]) -> Table:
    """The keys left over from a badge that neither a badge nor a criterion has.

    Raises:
        Mismatch: the keys left over are all those of a criterion, but the badge has no measure.
    """
    strange = {key: value for key, value in left.items() if key not in _CRITERION_KEYS}
    if left and not strange:
        expected = f"a measure together with these keys: {', '.join(MEASURES)}"
        if joins:
            expected = f"these keys in each criterion of {joins[0]}; next to it only {', '.join(SHARED_KEYS)}"
        raise Mismatch(sorted(left), expected)
    return strange


def _criteria(other: Table, key: str, shared: Table) -> list[Table]:
    """The tables of a list of criteria, with the keys that the badge has for all of them. Removes the list from ``other``."""
    parts = other.pop(key)
    if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
        raise Mismatch(parts, f"a list of criteria in {key}")
    return [{**_applicable(shared, part), **part} for part in parts]


def _applicable(shared: Table, part: Table) -> Table:
    """The shared keys, without the one that the measure of this criterion already sets."""
    own = {MEASURES[key] for key in MEASURES if key in part}
    return {key: value for key, value in shared.items() if key not in own}


def _table(converter: cattrs.Converter, noun: type[attrs.AttrsInstance]) -> Any:
    """A hook that reads an object of a class from its table, and from nothing else."""
    structure = cattrs.gen.make_dict_structure_fn(noun, converter)
    keys = ", ".join(attribute.name for attribute in attrs.fields(noun)[:3])

    def hook(value: Any, _: object) -> object:
        if not isinstance(value, Mapping):
            raise Mismatch(value, f"a table with keys such as {keys}")
        return structure(value, noun)

    return hook


_MOMENT = "a date, or a date and time, without quotes"


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    made.register_structure_hook_factory(attrs.has, partial(_table, made))
    made.register_structure_hook(str, _exactly((str,), "a text"))
    made.register_structure_hook(bool, _exactly((bool,), "true or false"))
    made.register_structure_hook(int, _exactly((int,), "an integer"))
    made.register_structure_hook(float, _exactly((int, float), "a number"))
    made.register_structure_hook(datetime, _exactly((datetime,), _MOMENT))
    made.register_structure_hook(date, _exactly((date,), "a date, without quotes"))
    made.register_structure_hook_func(_is_choice, _choice)
    for kind, hook in _SPELLINGS:
        made.register_structure_hook_func(partial(operator.eq, kind), hook)
    return made


_SPELLINGS: Iterable[tuple[Any, Any]] = (
    (tuple[str, ...], _names),
    (tuple[str | int, ...], _again),
    (tuple[str | date, ...], _days_off),
    (tuple[int, ...], _weekdays),
    (Mapping[str, float], _thresholds),
    (tuple[tuple[float, float], ...], _steps),
    (tuple[str | Limit, ...], _limits),
    (str | Gate | None, _gate),
    (int | float | str | None, _amount),
    (datetime | None, _exactly((datetime,), _MOMENT)),
    (Literal["actor", "recipient"] | None, _optional_choice),
    (Literal["actor"] | None, _optional_choice),
    (Relation | None, _optional_choice),
    (Act | None, _optional_choice),
    (str | None, _exactly((str,), "a text")),
    (KeepUp | None, _keep_up),
    (float | None, _exactly((int, float), "a number")),
    (int | None, _exactly((int,), "an integer")),
    (
        str | int | float | bool,
        _exactly((str, int, float, bool), "a text, a number, true or false"),
    ),
)
CONVERTER = _converter()
_CRITERION = cattrs.gen.make_dict_structure_fn(Criterion, CONVERTER)
_BADGE = cattrs.gen.make_dict_structure_fn(Badge, CONVERTER)
_AUDIENCE = cattrs.gen.make_dict_structure_fn(Audience, CONVERTER)
CONVERTER.register_structure_hook(Audience, _audience)
CONVERTER.register_structure_hook(Criterion, _criterion)
CONVERTER.register_structure_hook(Badge, _badge)
