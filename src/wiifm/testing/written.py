"""Writes values as tuples, frozensets and texts, so that what they hold now can be compared with what they hold later.

No code of their own runs for that: neither ``__eq__``, ``__hash__`` and ``__repr__`` nor properties.
"""

from __future__ import annotations

import gc
import re
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property, lru_cache, partial, partialmethod
from io import BytesIO, StringIO
from itertools import count, islice
from operator import length_hint
from pathlib import PurePath
from threading import local
from types import (
    FunctionType,
    GeneratorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any
from uuid import UUID

LARGEST = 10_000
"""Of containers with more items than this only the number of items is written."""

DEEPEST = 30
"""How deep values in values are written."""

_CACHING = type(lru_cache(len))

CALLED = (
    *(FunctionType, MethodType, type, partial, partialmethod),
    *(staticmethod, classmethod, property, cached_property, _CACHING),
)
"""Types of functions, classes, and of what wraps them."""

_BY_REPR = (
    *(Decimal, Fraction, date, time, timedelta, tzinfo),
    *(UUID, PurePath, re.Pattern, range, count),
)
"""Types whose values are written as Python shows them."""


_ATOMS: dict[type, Callable[[Any], object]] = {
    bool: bool,
    int: int.__pos__,
    float: float.__repr__,
    complex: complex.__repr__,
    str: str.__str__,
    bytes: bytes,
    bytearray: bytes,
    memoryview: bytes,
    array: bytes,
}
"""How values of these types, and of those that inherit from them, are written."""


class Written:
    """Writes values. What belongs to a library is written by its type only, since nobody knows what it may change.

    >>> written = Written(lambda module: False, print)
    >>> written.of([1, {"a"}]) == written.of([1, {"a"}]), written.of([1]) == written.of([True])
    (True, False)

    Args:
        is_own: whether objects of the classes of a module are written with what they hold.
        meet: is called with each function and class within a value.
    """

    def __init__(self, is_own: Callable[[str], bool], meet: Callable[[object], None]) -> None:
        self._is_own = is_own
        self._meet = meet
        self._path: list[object] = []

    def of(self, value: object) -> object:
        """A value, written."""
        kind = type(value)
        if kind in _ATOMS:
            return kind.__qualname__, _ATOMS[kind](value)
        if len(self._path) > DEEPEST or any(each is value for each in self._path):
            return kind.__qualname__
        self._path.append(value)
        try:
            return kind.__qualname__, self._plain(value, kind), self._attributes(value, kind)
        finally:
            self._path.pop()

    def _plain(self, value: Any, kind: type) -> object:
        """What a value of Python's own types holds; None for other values."""
        if issubclass(kind, CALLED):
            self._meet(value)
            return self._cached(value) if kind is _CACHING else _qualified(value)
        if issubclass(kind, Enum):
            return value._name_
        for of, written in _ATOMS.items():
            if issubclass(kind, of):
                return written(value)
        if issubclass(kind, _BY_REPR):
            return repr(value)
        return self._contained(value, kind)

    def _cached(self, value: object) -> object:
        """What a function with an ``lru_cache`` keeps. Its results may be changed later, and then remember something."""
        kept = gc.get_referents(value)
        return len(kept), frozenset(map(self.of, kept[:LARGEST]))

    def _contained(self, value: Any, kind: type) -> object:
        """What a container holds; None for other values."""
        if issubclass(kind, dict):
            items = list(dict.items(value))
            several = frozenset((self.of(key), self.of(each)) for key, each in items[:LARGEST])
            return len(items), several
        if issubclass(kind, list | tuple | deque):
            return len(value), tuple(map(self.of, islice(value, LARGEST)))
        if issubclass(kind, set | frozenset):
            return len(value), frozenset(map(self.of, value)) if len(value) <= LARGEST else None
        if issubclass(kind, MappingProxyType):
            return self._contained(dict(value), dict)
        return self._progress(value, kind)

    def _progress(self, value: Any, kind: type) -> object:
        """How far what is read or written piece by piece has come; None for other values."""
        if issubclass(kind, StringIO | BytesIO):
            return value.closed or (value.getvalue(), value.tell())
        if issubclass(kind, ContextVar):
            return self.of(value.get(None))
        if issubclass(kind, GeneratorType):
            return value.gi_frame and (
                value.gi_frame.f_lasti,
                self.of(dict(value.gi_frame.f_locals)),
            )
        if kind.__name__.endswith("_iterator"):
            return length_hint(value, -1)
        return None

    def _attributes(self, value: object, kind: type) -> object:
        """The attributes of an object, unless it is of a library's class."""
        if issubclass(kind, (*CALLED, ModuleType)):
            return None
        if not issubclass(kind, SimpleNamespace | local) and not self._is_own(kind.__module__):
            return None
        self._meet(kind)
        return self.of(attributes(value))


def attributes(value: object) -> Mapping[str, object]:
    """The attributes that an object holds, without those that it computes.

    >>> attributes(SimpleNamespace(a=1))
    {'a': 1}
    """
    found: dict[str, object] = {}
    for kind in type(value).__mro__:
        for name, member in vars(kind).items():
            if isinstance(member, MemberDescriptorType) and name != "__dict__":
                with suppress(AttributeError):  # it isn't set
                    found[name] = member.__get__(value, kind)
    with suppress(AttributeError):  # it has only slots
        found |= type(value).__getattribute__(value, "__dict__")
    return found


def _qualified(found: object) -> str | None:
    """The name of a function or class."""
    return found.__qualname__ if isinstance(found, FunctionType | type) else None
