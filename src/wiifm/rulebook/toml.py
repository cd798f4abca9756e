"""Reads a rule book in TOML into a draft.

cattrs turns each table into an object (see ``spelling``). Each mistake becomes a fault that names the file, the table and
the key. Tables without mistakes are kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, TypeVar

import attrs
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from wiifm.badges import Badge
from wiifm.criteria import MEASURES, Criterion
from wiifm.event_types import EventType, zone_fault, zone_named
from wiifm.faults import Fault, InvalidRuleBook, nearest, short, unknown_key
from wiifm.rulebook.draft import SECTIONS, Draft, Header
from wiifm.rulebook.spelling import CONVERTER, Mismatch, Table, quoted
from wiifm.rules import Rule

T = TypeVar("T")


def read_toml(text: str, source: str) -> Draft:
    """Read a TOML text into a draft, with all its faults.

    >>> draft = read_toml("[[rule]]\\nid = 'a'\\non = 'x'\\npoint = 1", "acme.toml")
    >>> print(*draft.faults, sep="\\n")
    acme.toml: rule 'a', key 'point': found an unknown key, expected a key of a rule; did you mean 'points'?

    Raises:
        InvalidRuleBook: the text isn't TOML.
    """
    if not isinstance(text, str):
        raise InvalidRuleBook([Fault(source, short(text), "a text in TOML")])
    try:
        return read_tables(tomllib.loads(text.removeprefix("\ufeff")), source)
    except RecursionError:
        fault = Fault(source, "tables nested too deep", "a rule book in TOML")
    except ValueError as error:  # also an integer of more digits than Python reads
        fault = Fault(source, f"invalid TOML: {error}", "a rule book in TOML")
    raise InvalidRuleBook([fault])


def read_tables(tables: Table, source: str) -> Draft:
    """Read the tables of a TOML text into a draft, with all its faults.

    >>> draft = read_tables({"book": {"id": "acme"}, "rules": []}, "acme.toml")
    >>> print(*draft.faults)
    acme.toml: key 'rules': found an unknown table, expected one of book, purse, event, rule, limit, gate, badge, ladder, campaign; did you mean 'rule'?
    """
    draft = Draft(source)
    known = ["book", *SECTIONS]
    for key in [each for each in tables if each not in known]:
        what = "one of " + ", ".join(known)
        where = f"{source}: key {key!r}"
        draft.faults.append(Fault(where, "an unknown table", what, nearest(key, known)))
    _read_header(draft, tables.get("book", {}))
    zone = draft.header.zone
    if fault := zone_fault(f"{source}: book, key 'zone'", zone):
        draft.faults.append(fault)
        zone = "UTC"
    for section in SECTIONS:
        if section in tables:
            _read_section(draft, section, tables[section], zone_named(zone))
    return draft


def _read_header(draft: Draft, book: object) -> None:
    """Read the ``[book]`` table key by key, so that a fault in one key doesn't affect the others."""
    where = f"{draft.source}: book"
    if not isinstance(book, dict):
        draft.faults.append(Fault(where, quoted(book), "a table [book]"))
        return
    for key, value in book.items():
        if header := _structure(draft, {key: value}, Header, where):
            draft.header = attrs.evolve(draft.header, **{key: getattr(header, key)})


def read_rule(draft: Draft, table: Table, test: Callable[..., bool]) -> Rule | None:
    """Read a rule from the keys of its table and a test in Python. If it isn't valid: None, and faults in the draft."""
    place = f"{draft.source}: rule {table.get('id')!r}"
    dated = _with_zone(_tuples_to_lists(table), UTC)
    rule = _structure(draft, dated, Rule, place)
    return attrs.evolve(rule, test=test) if rule else None


def _tuples_to_lists(value: Any) -> Any:
    """A value with lists, which TOML has, in place of tuples, at any depth."""
    if isinstance(value, Mapping):
        return {key: _tuples_to_lists(item) for key, item in value.items()}
    return [_tuples_to_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def _read_section(draft: Draft, section: str, tables: object, zone: tzinfo) -> None:
    """Read the tables of one section: a list of tables with ids, or a table of tables by id."""
    key = "name" if section == "event" else "id"
    where = f"{draft.source}: {section}"
    if section in ("rule", "badge"):
        if not isinstance(tables, list):
            draft.faults.append(
                Fault(where, quoted(tables), f"tables [[{section}]] with an id each")
            )
            return
        pairs = [(table.get(key) if isinstance(table, dict) else None, table) for table in tables]
    elif isinstance(tables, dict):
        pairs = list(tables.items())
    else:
        draft.faults.append(Fault(where, quoted(tables), f"tables [{section}.NAME]"))
        return
    for number, (name, table) in enumerate(pairs, 1):
        place = f"{where} {name!r}" if isinstance(name, str) else f"{where} number {number}"
        if not isinstance(table, dict):
            draft.faults.append(Fault(place, quoted(table), "a table"))
            continue
        table = _with_zone(table, zone)
        if section not in ("rule", "badge") and key not in table:
            table = {key: name, **table}
        if section == "ladder":
            table = _levels_to_climbs(table, str(name))
        if section == "event" and (dotted := _dotted(table)):
            expected = f'[event."{name}.{dotted}"]: a name with a dot is in quotes'
            draft.faults.append(Fault(f"{place}, key {dotted!r}", "a table", expected))
            continue
        item = _structure(draft, table, SECTIONS[section], place)
        if item is not None:
            draft.add(item)


def _dotted(table: Table) -> str | None:
    """The rest of the name of an event type whose name TOML has split at its dot, as in ``[event.talk.given]``."""
    known = _keys_of(EventType)
    tables = (key for key, value in table.items() if isinstance(value, dict))
    return next((key for key in tables if key not in known and not nearest(key, known)), None)


def _levels_to_climbs(table: Table, ladder: str) -> Table:
    """The table of a ladder, with its ``[[ladder.x.level]]`` tables as badges, each of which comes ``after`` the one before."""
    if "level" not in table:
        return table
    levels, climbs, before = table["level"], [], None
    for level in levels if isinstance(levels, list) else ():
        if isinstance(level, dict) and isinstance(level.get("id"), str):
            level = {**level, "id": f"{ladder}/{level['id']}"}
            if before:
                after = level.get("after", [])
                others = [after] if isinstance(after, str) else after
                level["after"] = [before, *others] if isinstance(others, list) else others
            before = level["id"]
        climbs.append(level)
    rest = {key: value for key, value in table.items() if key != "level"}
    return rest | {"climbs": climbs if isinstance(levels, list) else levels}


def _with_zone(value: Any, zone: tzinfo) -> Any:
    """A value with moments in the book's zone in place of dates and local times, at any depth."""
    match value:
        case dict():
            return {key: _with_zone(item, zone) for key, item in value.items()}
        case list():
            return [_with_zone(item, zone) for item in value]
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=zone)
        case date():
            return datetime.combine(value, time(), zone)
        case _:
            return value


def _structure(draft: Draft, table: object, noun: type[T], place: str) -> T | None:
    """An object of a class from its table. If it isn't valid: None, and faults in the draft."""
    try:
        return CONVERTER.structure(table, noun)
    except (BaseValidationError, Mismatch) as error:
        draft.faults += _faults(error, place, table)
        return None


def _faults(error: BaseException, where: str, table: object) -> list[Fault]:
    """The faults in what cattrs raised for a table, each with the path of keys to it."""
    match error:
        case ClassValidationError() | BaseValidationError():
            found: list[Fault] = []
            for inner in error.exceptions:
                step, under = _step(inner, table)
                found += _faults(inner, where + step, under)
            return found
        case ForbiddenExtraKeysError():
            known = _keys_of(error.cl)
            name = error.cl.__name__
            what = f"a key of {_NOUN_NAMES.get(name, f'a {name.lower()}')}"
            return [
                unknown_key(f"{where}, key {key!r}", key, what, known)
                for key in sorted(error.extra_fields)
            ]
        case KeyError():
            return [Fault(where, "nothing", "a value, which is required")]
        case Mismatch():
            return [Fault(where, error.found, error.expected, error.hint)]
        case AttributeError():  # cattrs expected a table, and this value has no keys
            return [Fault(where, quoted(table), "a table")]
        case TypeError():  # cattrs expected a list, and this value has no items
            return [Fault(where, quoted(table), "a list")]
        case _:
            return [Fault(where, short(str(error)), "another value")]


_TOML_KEYS = {"terms": ("ratio",), "climbs": ("level",), "parts": ("all_of", "any_of")}
_NOUN_NAMES = {
    "EventType": "an event type",
    "Header": "a book",
    "KeepUp": "`keep_up`",
    **{name: f"`{name.lower()}`" for name in ("Audience", "Fade", "Graded", "Judged", "Weaker")},
}


def _step(error: BaseException, table: object) -> tuple[str, object]:
    """One step of the path to an error, as TOML names it, and the value there."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            measured = (each for each, key in MEASURES.items() if key == note.name)
            written = _TOML_KEYS.get(note.name, (note.name, *measured))
            keys = _as_mapping(table)
            name = next((each for each in written if each in keys), written[0])
            return f", key {name!r}", keys.get(name, keys.get(note.name))
        if isinstance(note, IterableValidationNote):
            if isinstance(note.index, int):
                item = table[note.index] if isinstance(table, list) else None
                return f", number {note.index + 1}", item
            return f", key {note.index!r}", _as_mapping(table).get(note.index)
    return "", table


def _as_mapping(table: object) -> Mapping[str, object]:
    """The table; an empty one if it isn't a mapping."""
    return table if isinstance(table, Mapping) else {}


def _keys_of(noun: type) -> set[str]:
    """The keys that TOML has for a class."""
    keys = {attribute.name for attribute in attrs.fields(noun)} - {
        "measure",
        "test",
        "parts",
        "join",
        "terms",
    }
    if noun in (Criterion, Badge):
        keys |= {
            *MEASURES,
            "all_of",
            "any_of",
            "none_of",
            *(a.name for a in attrs.fields(Criterion)),
        } - {"parts", "terms"}
    return {written for key in keys for written in _TOML_KEYS.get(key, (key,))}
