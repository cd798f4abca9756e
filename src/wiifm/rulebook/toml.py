"""TOML to a draft of a rule book, and a rule book back to TOML's tables.

cattrs structures each table into its noun; this module says how TOML spells what the nouns hold: one
text where a tuple has one member, a number where thresholds have one tier, the measure of a criterion as
a key of its own. Whatever a table has wrong becomes a fault that names file, table and key.
"""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import partial
from math import isfinite
from typing import Any, Literal, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo

import attrs
import cattrs
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from wiifm.badges import Badge
from wiifm.criteria import MEASURES, Criterion
from wiifm.event_types import Relation, zone_fault
from wiifm.events import YEARS
from wiifm.faults import Fault, nearest, short
from wiifm.rulebook.draft import SECTIONS, Draft, Header
from wiifm.rules import Gate, Limit, Rule

T = TypeVar("T")
Table = dict[str, Any]

SHARED_KEYS = ("to", "of", "on", "where", "since", "until", "over", "per", "again", "self_credit")
"""Keys of a criterion that a badge with several parts may give once for all of them."""


class Mismatch(Exception):
    """A value that isn't what its key takes."""

    def __init__(self, found: object, expected: str, hint: str | None = None) -> None:
        self.found, self.expected, self.hint = short(found), expected, hint
        super().__init__(expected)


def read_toml(text: str, source: str) -> Draft:
    """The draft that a TOML text means, with all its faults.

    >>> draft = read_toml("[[rule]]\\nid = 'a'\\non = 'x'\\npoint = 1", "acme.toml")
    >>> print(*draft.faults, sep="\\n")
    acme.toml: rule 'a', key 'point': found an unknown key, expected a key of a rule; did you mean 'points'?
    """
    draft = Draft(source)
    if not isinstance(text, str):
        draft.faults.append(Fault(source, short(text), "a text in TOML"))
        return draft
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        draft.faults.append(Fault(source, f"no TOML: {error}", "a rule book in TOML"))
        return draft
    known = ["book", *SECTIONS]
    for key in tables:
        if key not in known:
            hint = nearest(key, known)
            draft.faults.append(
                Fault(
                    f"{source}: key {key!r}", "an unknown table", "one of " + ", ".join(known), hint
                )
            )
    book = tables.get("book", {})
    if isinstance(book, dict):
        draft.header = _structured(draft, book, Header, f"{source}: book") or Header()
    else:
        draft.faults.append(Fault(f"{source}: book", short(book), "a table [book]"))
    zone = draft.header.zone
    if fault := zone_fault(f"{source}: book, key 'zone'", zone):
        draft.faults.append(fault)
        zone = "UTC"
    for section in SECTIONS:
        if section in tables:
            _read_section(draft, section, tables[section], ZoneInfo(zone))
    return draft


def read_rule(draft: Draft, table: Table, test: Callable[..., bool]) -> Rule | None:
    """A rule from the keys of its table and a test in Python; None (and faults in the draft) if it is none."""
    place = f"{draft.source}: rule {table.get('id')!r}"
    dated = _dated(_listed(table), ZoneInfo("UTC"))
    rule = _structured(draft, dated, Rule, place)
    return attrs.evolve(rule, test=test) if rule else None


def _listed(value: Any) -> Any:
    """Tuples as the lists that TOML would have."""
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value


def _read_section(draft: Draft, section: str, tables: object, zone: ZoneInfo) -> None:
    """Take in the tables of one section: a list of tables with ids, or a table of tables by id."""
    key = "name" if section == "event" else "id"
    where = f"{draft.source}: {section}"
    if section in ("rule", "badge"):
        if not isinstance(tables, list):
            draft.faults.append(
                Fault(where, short(tables), f"tables [[{section}]] with an id each")
            )
            return
        pairs = [(table.get(key) if isinstance(table, dict) else None, table) for table in tables]
    elif isinstance(tables, dict):
        pairs = list(tables.items())
    else:
        draft.faults.append(Fault(where, short(tables), f"tables [{section}.NAME]"))
        return
    for number, (name, table) in enumerate(pairs, 1):
        place = f"{where} {name!r}" if isinstance(name, str) else f"{where} number {number}"
        if not isinstance(table, dict):
            draft.faults.append(Fault(place, short(table), "a table"))
            continue
        table = _dated(table, zone)
        if section not in ("rule", "badge") and key not in table:
            table = {key: name, **table}
        if section == "ladder":
            table = _named_climbs(table, str(name))
        item = _structured(draft, table, SECTIONS[section], place)
        if item is not None:
            draft.add(item)


def _named_climbs(table: Table, ladder: str) -> Table:
    """A ladder's ``[[ladder.x.level]]`` tables as badges that come one after the other."""
    if not isinstance(table.get("level"), list):
        return table
    climbs, before = [], None
    for level in table["level"]:
        if isinstance(level, dict) and isinstance(level.get("id"), str):
            level = {**level, "id": f"{ladder}/{level['id']}"}
            if before:
                after = level.get("after", [])
                others = [after] if isinstance(after, str) else after
                level["after"] = [before, *others] if isinstance(others, list) else others
            before = level["id"]
        climbs.append(level)
    return {key: value for key, value in table.items() if key != "level"} | {"climbs": climbs}


def _dated(value: Any, zone: ZoneInfo) -> Any:
    """Dates and local times, at any depth, as moments in the book's zone."""
    match value:
        case dict():
            return {key: _dated(item, zone) for key, item in value.items()}
        case list():
            return [_dated(item, zone) for item in value]
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=zone)
        case date():
            return datetime.combine(value, time(), zone)
        case _:
            return value


def _structured(draft: Draft, table: object, noun: type[T], place: str) -> T | None:
    try:
        return CONVERTER.structure(table, noun)
    except (BaseValidationError, Mismatch) as error:
        draft.faults += _faults(error, place)
        return None


def _faults(error: BaseException, where: str) -> list[Fault]:
    """The faults in what cattrs raised, each with the path of keys that leads to it."""
    match error:
        case ClassValidationError() | BaseValidationError():
            found: list[Fault] = []
            for inner in error.exceptions:
                found += _faults(inner, where + _step(inner))
            return found
        case ForbiddenExtraKeysError():
            known = _keys_of(error.cl)
            what = f"a key of a {_NOUN_WORDS.get(error.cl.__name__, error.cl.__name__.lower())}"
            return [
                Fault(f"{where}, key {key!r}", "an unknown key", what, nearest(key, known))
                for key in sorted(error.extra_fields)
            ]
        case KeyError():
            return [Fault(where, "nothing", "a value, which is required")]
        case Mismatch():
            return [Fault(where, error.found, error.expected, error.hint)]
        case _:
            return [Fault(where, short(str(error)), "another value")]


_NOUN_WORDS = {"EventType": "event type", "Header": "book"}


def _step(error: BaseException) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f", key {note.name!r}"
        if isinstance(note, IterableValidationNote):
            return (
                f", number {note.index + 1}"
                if isinstance(note.index, int)
                else f", key {note.index!r}"
            )
    return ""


def _keys_of(noun: type) -> set[str]:
    keys = {attribute.name for attribute in attrs.fields(noun)} - {
        "measure",
        "test",
        "parts",
        "join",
    }
    if noun in (Criterion, Badge):
        keys |= {*MEASURES, "all_of", "any_of", *(a.name for a in attrs.fields(Criterion))} - {
            "parts"
        }
    return keys


def _exactly(kinds: tuple[type, ...], words: str) -> Any:
    def hook(value: object, _: object) -> object:
        if type(value) not in kinds or (type(value) is float and not isfinite(value)):
            raise Mismatch(value, words)
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


def _is_number(value: object) -> bool:
    return type(value) is int or (type(value) is float and isfinite(value))


def _thresholds(value: object, _: object) -> dict[str, float]:
    """A number, or a table of a number for each tier."""
    if _is_number(value):
        return {"": value}  # type: ignore[dict-item]
    if isinstance(value, dict) and value and all(map(_is_number, value.values())):
        return value
    raise Mismatch(value, "a number, or a table of numbers by tier such as { bronze = 10 }")


def _limits(value: object, _: object) -> tuple[str | Limit, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(
        item if isinstance(item, str) else CONVERTER.structure(item, Limit) for item in items
    )


def _gate(value: object, _: object) -> str | Gate | None:
    return value if value is None or isinstance(value, str) else CONVERTER.structure(value, Gate)


def _criterion(table: object, _: object = None) -> Criterion:
    """A criterion from its TOML spelling, in which the measure is a key of its own."""
    if isinstance(table, Criterion):
        return table
    if not isinstance(table, Mapping):
        raise Mismatch(table, "a table such as { count = 'answer.posted', at_least = 10 }")
    found = [key for key in MEASURES if key in table]
    if len(found) + ("measure" in table) != 1:
        raise Mismatch(sorted(table), "exactly one measure: " + ", ".join(MEASURES))
    rest = {"at_least": 1, **table}
    for key in found:
        rest = {**{k: v for k, v in rest.items() if k != key}, "measure": key}
        if table[key] not in ("", [], None):
            rest[MEASURES[key]] = table[key]
    return _CRITERION(rest, Criterion)


def _badge(table: object, _: object) -> Badge:
    """A badge from its TOML spelling, in which a single criterion stands among the badge's keys."""
    if not isinstance(table, Mapping):
        raise Mismatch(table, "a table")
    own = {attribute.name for attribute in attrs.fields(Badge)} - {"parts", "join"}
    rest = {key: value for key, value in table.items() if key in own}
    other = {key: value for key, value in table.items() if key not in own}
    joins = [key for key in ("all_of", "any_of") if key in other]
    if len(joins) > 1:
        raise Mismatch(joins, "either all_of or any_of")
    if joins:
        parts = other.pop(joins[0])
        if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
            raise Mismatch(parts, f"a list of criteria in {joins[0]}")
        shared = {key: other.pop(key) for key in SHARED_KEYS if key in other}
        rest["parts"] = [{**_fitting(shared, part), **part} for part in parts]
        rest["join"] = joins[0].removesuffix("_of")
    elif any(key in other for key in (*MEASURES, "measure")):
        rest["parts"], other = [_criterion(other)], {}
    return _BADGE({**rest, **other}, Badge)


def _fitting(shared: Table, part: Table) -> Table:
    """What a badge gives all its parts, without what a part's own measure says already."""
    own = {MEASURES[key] for key in MEASURES if key in part}
    return {key: value for key, value in shared.items() if key not in own}


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    made.register_structure_hook(str, _exactly((str,), "a text"))
    made.register_structure_hook(bool, _exactly((bool,), "true or false"))
    made.register_structure_hook(int, _exactly((int,), "an integer"))
    made.register_structure_hook(float, _exactly((int, float), "a number"))
    made.register_structure_hook(datetime, _exactly((datetime,), "a date, or a date and time"))
    made.register_structure_hook_func(_is_choice, _choice)
    for kind, hook in _SPELLINGS:
        made.register_structure_hook_func(partial(operator.eq, kind), hook)
    return made


_SPELLINGS: Iterable[tuple[Any, Any]] = (
    (tuple[str, ...], _names),
    (tuple[str | int, ...], _again),
    (Mapping[str, float], _thresholds),
    (tuple[str | Limit, ...], _limits),
    (str | Gate | None, _gate),
    (int | float | str | None, _exactly((int, float, str), "a number or an expression")),
    (datetime | None, _exactly((datetime,), "a date, or a date and time")),
    (Literal["actor", "recipient"] | None, _optional_choice),
    (Literal["actor"] | None, _optional_choice),
    (Relation | None, _optional_choice),
    (str | None, _exactly((str,), "a text")),
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
CONVERTER.register_structure_hook(Criterion, _criterion)
CONVERTER.register_structure_hook(Badge, _badge)
