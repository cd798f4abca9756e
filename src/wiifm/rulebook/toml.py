"""TOML to a draft of a rule book.

cattrs structures each table into its noun (``spelling`` says how TOML spells them). Whatever a table has
wrong becomes a fault that names file, table and key; what is sound is kept beside it.
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
from wiifm.event_types import zone_fault, zone_named
from wiifm.faults import Fault, InvalidRuleBook, nearest, short, unknown_key
from wiifm.rulebook.draft import SECTIONS, Draft, Header
from wiifm.rulebook.spelling import CONVERTER, Mismatch, Table
from wiifm.rules import Rule

T = TypeVar("T")


def read_toml(text: str, source: str) -> Draft:
    """The draft that a TOML text means, with all its faults.

    >>> draft = read_toml("[[rule]]\\nid = 'a'\\non = 'x'\\npoint = 1", "acme.toml")
    >>> print(*draft.faults, sep="\\n")
    acme.toml: rule 'a', key 'point': found an unknown key, expected a key of a rule; did you mean 'points'?

    Raises:
        InvalidRuleBook: it is no TOML at all.
    """
    if not isinstance(text, str):
        raise InvalidRuleBook([Fault(source, short(text), "a text in TOML")])
    try:
        return read_tables(tomllib.loads(text.removeprefix("\ufeff")), source)
    except RecursionError:
        fault = Fault(source, "tables nested too deep", "a rule book in TOML")
    except ValueError as error:  # also an integer of more digits than Python reads
        fault = Fault(source, f"no TOML: {error}", "a rule book in TOML")
    raise InvalidRuleBook([fault])


def read_tables(tables: Table, source: str) -> Draft:
    """The draft that the tables of a TOML text mean, with all its faults.

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
    """Take in the ``[book]`` table, key by key, so that a wrong one doesn't hide what the others say."""
    where = f"{draft.source}: book"
    if not isinstance(book, dict):
        draft.faults.append(Fault(where, short(book), "a table [book]"))
        return
    for key, value in book.items():
        if header := _structured(draft, {key: value}, Header, where):
            draft.header = attrs.evolve(draft.header, **{key: getattr(header, key)})


def read_rule(draft: Draft, table: Table, test: Callable[..., bool]) -> Rule | None:
    """A rule from the keys of its table and a test in Python; None (and faults in the draft) if it is none."""
    place = f"{draft.source}: rule {table.get('id')!r}"
    dated = _dated(_listed(table), UTC)
    rule = _structured(draft, dated, Rule, place)
    return attrs.evolve(rule, test=test) if rule else None


def _listed(value: Any) -> Any:
    """Tuples as the lists that TOML would have."""
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value


def _read_section(draft: Draft, section: str, tables: object, zone: tzinfo) -> None:
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


def _dated(value: Any, zone: tzinfo) -> Any:
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
        draft.faults += _faults(error, place, table)
        return None


def _faults(error: BaseException, where: str, table: object) -> list[Fault]:
    """The faults in what cattrs raised for a table, each with the path of keys that leads to it."""
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
            what = f"a key of {_NOUN_WORDS.get(name, f'a {name.lower()}')}"
            return [
                unknown_key(f"{where}, key {key!r}", key, what, known)
                for key in sorted(error.extra_fields)
            ]
        case KeyError():
            return [Fault(where, "nothing", "a value, which is required")]
        case Mismatch():
            return [Fault(where, error.found, error.expected, error.hint)]
        case AttributeError():  # what has no keys, where cattrs goes through those of a table
            return [Fault(where, short(table), "a table")]
        case TypeError():  # or no items, where it goes through those of a list
            return [Fault(where, short(table), "a list")]
        case _:
            return [Fault(where, short(str(error)), "another value")]


_WRITTEN = {"terms": ("ratio",), "climbs": ("level",), "parts": ("all_of", "any_of")}
_NOUN_WORDS = {"EventType": "an event type", "Header": "a book"}


def _step(error: BaseException, table: object) -> tuple[str, object]:
    """One step of the path to an error, as it is written in the table, and what lies there."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            measured = (each for each, key in MEASURES.items() if key == note.name)
            written = _WRITTEN.get(note.name, (note.name, *measured))
            keys = _keyed(table)
            name = next((each for each in written if each in keys), written[0])
            return f", key {name!r}", keys.get(name, keys.get(note.name))
        if isinstance(note, IterableValidationNote):
            if isinstance(note.index, int):
                item = table[note.index] if isinstance(table, list) else None
                return f", number {note.index + 1}", item
            return f", key {note.index!r}", _keyed(table).get(note.index)
    return "", table


def _keyed(table: object) -> Mapping[str, object]:
    return table if isinstance(table, Mapping) else {}


def _keys_of(noun: type) -> set[str]:
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
    return {written for key in keys for written in _WRITTEN.get(key, (key,))}
