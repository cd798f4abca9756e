"""The description of the API in OpenAPI 3.1, generated from the attrs classes that it answers with."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import define, field, frozen

from wiifm.events import Event
from wiifm.ledger import Award, Holder
from wiifm.progress import Progress
from wiifm.statement.nouns import Statement
from wiifm.statement.outlook import Step

Schema: TypeAlias = dict[str, Any]


@frozen
class Parameter:
    """A parameter in the query of an address."""

    name: str
    type: Literal["string", "integer"]
    means: str


@frozen
class Operation:
    """An operation of the API: its path, the type of its answer, its parameters, and the type of its body if it records something.

    ``owned`` operations are only for owners.
    """

    path: str
    answers: Any
    means: str
    parameters: tuple[Parameter, ...] = ()
    takes: type | None = None
    owned: bool = False

    @property
    def method(self) -> str:
        """POST if it takes a body, else GET."""
        return "GET" if self.takes is None else "POST"


_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Event: {"type": "object"},
    Holder: {
        "type": "object",
        "properties": {
            "kind": {"enum": ["member", "unit", "community"]},
            "id": {"type": "string"},
        },
        "required": ["kind", "id"],
    },
}


def _text(*, or_nothing: bool = False) -> Schema:
    return {"type": ["string", "null"] if or_nothing else "string"}


_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_PRESENT: Schema = {
    "type": ["object", "null"],
    "properties": {
        "group": {"enum": ["day", "workday", "week", "month", "year"]},
        "since": {"type": "string", "format": "date"},
        "value": _NUMBER,
        "threshold": _NUMBER,
    },
    "required": ["group", "since", "value", "threshold"],
}
_FAR: Schema = {
    "tier": _text(or_nothing=True),
    "object": _text(or_nothing=True),
    "value": _NUMBER,
    "threshold": _NUMBER,
    "missing": _NUMBER,
    "until": {"type": ["string", "null"], "format": "date-time"},
    "present": _PRESENT,
    "second": _FLAG,
}
_OTHERWISE: dict[Any, Schema] = {
    Award: {
        "badge": _text(),
        "at": {"type": "string", "format": "date-time"},
        "object": _text(or_nothing=True),
        "tier": _text(or_nothing=True),
        "event": _text(),
    },
    Progress: {"badge": _text(), **_FAR, "barred": _FLAG},
    Step: {
        "kind": {"enum": ["badge", "level"]},
        "name": _text(),
        "ladder": _text(or_nothing=True),
        **_FAR,
    },
}
"""The properties of classes whose JSON has other keys than their attributes."""


@define
class Schemas:
    """The schemas of classes, by name; if two have the same name, the second gets the name of its package before it."""

    found: dict[str, Schema] = field(factory=dict)
    kinds: dict[str, type] = field(factory=dict)

    def of(self, kind: Any) -> Schema:
        """The schema of a type; for an attrs class, a reference to it."""
        if kind in _SCALARS:
            return _SCALARS[kind]
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(inner)}
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(each) for each in inner]}
        if origin in (list, tuple, Sequence):
            return self._several(inner)
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        if attrs.has(kind):
            return self._noun(kind)
        return {}

    def _several(self, inner: tuple[Any, ...]) -> Schema:
        if len(inner) == 1 or inner[-1] is Ellipsis:
            return {"type": "array", "items": self.of(inner[0])}
        return {"type": "array", "prefixItems": [self.of(each) for each in inner]}

    def _name(self, kind: type) -> str:
        name = kind.__name__
        if self.kinds.setdefault(name, kind) is not kind:
            name = kind.__module__.split(".")[1].capitalize() + name
            self.kinds.setdefault(name, kind)
        return name

    def _noun(self, kind: type) -> Schema:
        name = self._name(kind)
        if name not in self.found:
            self.found[name] = {}
            hints = get_type_hints(kind)
            text = (inspect.getdoc(kind) or "").partition(">>>")[0].strip().replace("``", "`")
            named = {each.name: self.of(hints[each.name]) for each in attrs.fields(kind)}
            found = _OTHERWISE.get(kind, named)
            if kind is Statement:
                del found["standing"]
                points = {"type": "object", "additionalProperties": _NUMBER}
                levels = {"type": "object", "additionalProperties": _text(or_nothing=True)}
                found |= {"points": points, "levels": levels}
            self.found[name] = {
                "description": text,
                "type": "object",
                "properties": found,
                "required": list(found),
            }
        return {"$ref": f"#/components/schemas/{name}"}


_WRONG = {
    "401": "nobody is signed in",
    "403": "the rule book, or this site, doesn't allow it",
    "404": "there is none, or it is somebody else's",
    "422": "what was sent can't be read",
    "503": "the store can't be read right now",
}
_WRONG_BODY = {"413": "the body is too large", "415": "the body isn't of this type"}

_ERROR: Schema = {
    "description": "What is wrong, in English.",
    "type": "object",
    "properties": {"error": _text()},
    "required": ["error"],
}
_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same body under the same key is recorded once.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
}


def document(operations: Sequence[Operation]) -> Schema:
    """The whole OpenAPI document.

    >>> from wiifm.leaderboard import Rank
    >>> found = document([Operation("/api/ranks", list[Rank], "Ranks")])
    >>> found["components"]["schemas"]["Rank"]["required"]
    ['rank', 'member', 'points']
    """
    schemas = Schemas()
    paths: Schema = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(schemas, each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "wiifm: what's in it for me?", "version": "1"},
        "paths": paths,
        "components": {"schemas": dict(sorted({**schemas.found, "Error": _ERROR}.items()))},
    }


def _operation(schemas: Schemas, each: Operation) -> Schema:
    answer = {"application/json": {"schema": schemas.of(each.answers)}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    wrong = _WRONG if each.takes is None else {**_WRONG, **_WRONG_BODY}
    found: Schema = {
        "summary": each.means,
        "operationId": each.path.removeprefix("/api/").partition("/")[0],
        "parameters": [_parameter(one) for one in each.parameters],
        "responses": {
            "200": {"description": each.means, "content": answer},
            **{key: {"description": told, "content": error} for key, told in wrong.items()},
        },
    }
    if "{no}" in each.path:
        number = {"name": "no", "in": "path", "required": True, "schema": {"type": "integer"}}
        found["parameters"].append(number)
    if each.takes is not None:
        content = {"application/json": {"schema": schemas.of(each.takes)}}
        found["requestBody"] = {"required": True, "content": content}
        found["parameters"].append(_KEY)
    return found


def _parameter(one: Parameter) -> Schema:
    return {
        "name": one.name,
        "in": "query",
        "description": one.means,
        "schema": {"type": one.type},
    }
