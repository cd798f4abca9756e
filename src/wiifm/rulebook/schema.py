"""Generates the JSON Schema of rule books in TOML, for editors, from the classes that their tables become.

The schema knows each key, the type of its value, and the possible words. What depends on the whole book, such as an unknown
event type, only ``wiifm rules check`` finds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from wiifm.badges import Badge, KeepUp, Ladder
from wiifm.criteria import GROUPS, MEASURES, PER_KEYS, STREAKS, Criterion
from wiifm.event_types import NAME, EventType, Field
from wiifm.events import ENVELOPE, LONGEST_NAME
from wiifm.periods import PERIODS, SPANS
from wiifm.rulebook.check_rules import GRADES
from wiifm.rulebook.draft import SECTIONS, Header
from wiifm.rulebook.keys import TABLES, meanings
from wiifm.rulebook.spelling import SHARED_KEYS
from wiifm.rules import (
    GATE_KEYS,
    LIMIT_KEYS,
    Audience,
    Fade,
    Gate,
    Graded,
    Judged,
    Limit,
    Rule,
    Weaker,
)

Schema: TypeAlias = dict[str, Any]

NOUNS: dict[type, str] = {
    **{noun: name for name, noun in SECTIONS.items()},
    Header: "book",
    Audience: "audience",
    Graded: "graded",
    Judged: "judged",
    Weaker: "weaker",
    Fade: "fade",
    Field: "field",
    KeepUp: "keep_up",
    Criterion: "criterion",
}
"""The classes that have a definition in the schema, and its name."""

_WORDS: dict[tuple[type, str], tuple[str, ...]] = {
    (Limit, "per"): (*PERIODS, *LIMIT_KEYS),
    (Gate, "of"): GATE_KEYS,
    (Gate, "per"): PERIODS,
    (Graded, "by"): GRADES,
    (Criterion, "per"): PER_KEYS,
    (EventType, "requires"): tuple(ENVELOPE),
}
_HIDDEN: dict[type, tuple[str, ...]] = {
    Rule: ("test",),
    Badge: ("parts", "join", "none_of"),
    Ladder: ("climbs",),
    Criterion: ("measure", "group", "purse", "terms"),
}
_SCALARS: dict[type, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "description": "A date, or a date and time."},
    date: {"type": "string", "format": "date"},
}
_NAME = {"pattern": f"^{NAME.pattern}$", "maxLength": LONGEST_NAME}
_OVER = rf"^({'|'.join(SPANS)})$|^\s*campaign .+$|^\s*(last|every) \s*\d{{1,6}}\s*(second|minute|hour|day|week)s?\s*$"
_CRITERION = {"$ref": "#/$defs/criterion"}
_CRITERIA = {"type": "array", "items": _CRITERION, "minItems": 1}


def json_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a rule book.

    >>> json_schema()["$defs"]["gate"]["properties"]["per"]
    {'enum': ['day', 'week', 'month', 'year', 'ever'], 'description': '`day`, `week`, `month`, `year` or `ever` (the default)'}
    """
    sections = {"book": {"$ref": "#/$defs/book"}, **{name: _section(name) for name in SECTIONS}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule book of wiifm",
        "type": "object",
        "properties": {
            name: {**found, "description": TABLES[name]} for name, found in sections.items()
        },
        "required": ["book"],
        "additionalProperties": False,
        "$defs": {
            name: _described(name, _SPECIAL.get(noun, _noun)(noun)) for noun, name in NOUNS.items()
        },
    }


def _described(name: str, table: Schema) -> Schema:
    """A table with the descriptions of its keys."""
    words = meanings(name)
    keys = table["properties"].items()
    return table | {"properties": {key: {**each, "description": words[key]} for key, each in keys}}


def _section(name: str) -> Schema:
    """The tables of a section. Limits and gates may also have the ids of those that are written inside a rule: ``kudos#1``."""
    table = {"$ref": f"#/$defs/{name}"}
    if name in ("rule", "badge"):
        return {"type": "array", "items": {**table, "properties": {"id": _NAME}}}
    names = {**_NAME, "pattern": f"{_NAME['pattern']}|#"} if name in ("limit", "gate") else _NAME
    return {"type": "object", "propertyNames": names, "additionalProperties": table}


def _noun(noun: type) -> Schema:
    """The table that becomes an object of a class: its keys, which of them are required, and its description."""
    properties = _properties(noun)
    required = [a.name for a in attrs.fields(noun) if a.default is attrs.NOTHING]
    return _table(noun, properties, [name for name in required if name in properties])


def _table(noun: type, properties: Schema, required: list[str]) -> Schema:
    """The schema of a table, described by the docstring of its class up to the first doctest."""
    text = (inspect.getdoc(noun) or "").partition(">>>")[0].strip()
    return {
        "description": text.replace("``", "`"),
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _is_key(noun: type, name: str) -> bool:
    """Whether an attribute is the key of the table, as in ``[purse.karma]``."""
    return (
        noun not in (Rule, Badge, Header) and name in ("id", "name") and noun in SECTIONS.values()
    )


def _properties(noun: type) -> Schema:
    """The keys that the attributes of a class become, without those that TOML doesn't have."""
    hints = get_type_hints(noun)
    hidden = _HIDDEN.get(noun, ())
    shown = [a.name for a in attrs.fields(noun)]
    shown = [name for name in shown if name not in hidden and not _is_key(noun, name)]
    return {name: _key(noun, name, hints[name]) for name in shown}


def _key(noun: type, name: str, kind: Any) -> Schema:
    """The schema of the value of a key, from the type of the attribute."""
    if words := _WORDS.get((noun, name)):
        one: Schema = {"enum": list(words)}
        return _one_or_many(one) if get_origin(kind) is tuple else one
    return (
        {"type": "string", "pattern": _OVER} if (noun, name) == (Criterion, "over") else _of(kind)
    )


def _of(kind: Any) -> Schema:
    """What TOML may have for a value of a type, as ``rulebook.spelling`` reads it."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in NOUNS:
        return {"$ref": f"#/$defs/{NOUNS[kind]}"}
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, UnionType):
        return _any_of([_of(each) for each in inner if each is not NoneType])
    if origin is tuple:
        return _tuple(inner)
    numbers = {"type": "object", "additionalProperties": _of(inner[1])}
    return {"anyOf": [_of(float), numbers]} if inner[1] is float else numbers


def _tuple(inner: tuple[Any, ...]) -> Schema:
    if inner[-1] is not Ellipsis:
        items = [_of(each) for each in inner]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    item = _of(inner[0])
    lists_only = inner[0] in (int, date) or get_origin(inner[0]) is tuple
    return {"type": "array", "items": item} if lists_only else _one_or_many(item)


def _one_or_many(item: Schema) -> Schema:
    return _any_of([item, {"type": "array", "items": item}])


def _any_of(choices: list[Schema]) -> Schema:
    """One of several schemas; nested choices are flattened."""
    flat = [each for choice in choices for each in choice.get("anyOf", [choice])]
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


# ---- criteria, badges and ladders, whose tables differ from their classes -----------------------------


def _measures() -> Schema:
    """The keys of the measures, and ``measure`` for one of a plugin."""
    hints = get_type_hints(Criterion)
    found = {name: _of(hints[key]) for name, key in MEASURES.items()}
    found["ratio"] = {**_CRITERIA, "minItems": 2, "maxItems": 2}
    found["groups"], found["streak"] = {"enum": list(GROUPS)}, {"enum": list(STREAKS)}
    return {**found, "measure": {"type": "string", "description": "The measure of a plugin."}}


def _exactly_one_measure() -> list[Schema]:
    return [{"required": [name]} for name in _measures()]


def _criterion(noun: type) -> Schema:
    return _table(noun, {**_measures(), **_properties(noun)}, []) | {
        "oneOf": _exactly_one_measure()
    }


def _badge(noun: type) -> Schema:
    """The table of a badge: its own keys, with those of one criterion, or ``all_of`` or ``any_of``, or only ``after``."""
    lists = {"all_of": _CRITERIA, "any_of": _CRITERIA}
    barred = {"none_of": _CRITERIA}
    keys = {**_measures(), **_properties(Criterion), **lists, **barred, **_properties(noun)}
    own = [*_properties(noun), *lists, *barred, *SHARED_KEYS]
    several = {"propertyNames": {"enum": own}}
    without = [name for name in own if name not in lists]
    alone = {"required": ["after"], "propertyNames": {"enum": without}}
    return _table(noun, keys, ["id"]) | {
        "oneOf": [
            *_exactly_one_measure(),
            {"required": ["all_of"], **several},
            {"required": ["any_of"], **several},
            alone,
        ]
    }


def _ladder(noun: type) -> Schema:
    levels = {"type": "array", "items": {"$ref": "#/$defs/badge"}, "minItems": 1}
    properties = {**_properties(noun), "level": levels}
    properties["levels"] = {"type": "object", "additionalProperties": {"type": "number"}}
    return _table(noun, properties, []) | {
        "oneOf": [{"required": ["levels"]}, {"required": ["level"]}]
    }


_SPECIAL: Mapping[type, Callable[[type], Schema]] = {
    Criterion: _criterion,
    Badge: _badge,
    Ladder: _ladder,
}
