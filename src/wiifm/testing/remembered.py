"""Finds what functions remember between calls: values within their reach that the same calls change again and again.

A cache changes, too, but only the first time: once it holds what the calls ask for, they leave it as it is. A counter changes with each
repetition, however rarely it matters for a result, and so does a cache that is emptied whenever it is full. What an object in C or of a library holds can't be seen.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial, partialmethod
from pathlib import PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeAlias

from wiifm.failures import module_of
from wiifm.testing.module_state import LIBRARIES
from wiifm.testing.written import CALLED, Written

TOOLS = {"hypothesis", "pytest", "_pytest", "pluggy", "coverage", "sybil"}
"""Test tools, whose objects hold what they please."""

Places: TypeAlias = Mapping[str, object]
"""By the name of a place that functions reach, what it holds, as :class:`~wiifm.testing.written.Written` writes it."""


def remembered(functions: Iterable[object], call: Callable[[], object]) -> list[str]:
    """The places within reach of some functions that a call still changes when it is made for the third time.

    These are default arguments, variables around a function, attributes of functions, classes and objects, and global variables.

    >>> def step(state, seen=[]):
    ...     seen.append(state)
    >>> remembered([step], lambda: step(1))  # doctest: +ELLIPSIS
    ["the default argument 'seen' of step (..., line 1)"]
    >>> def square(state, known={}):
    ...     return known.setdefault(state, state**2)
    >>> remembered([square], lambda: square(1))
    []
    """
    roots = list(functions)
    if not roots:
        return []
    call()
    call()
    before = within_reach(roots)
    call()
    after = within_reach(roots)
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def check_remembers_nothing(
    calling: str, functions: Iterable[object], call: Callable[[], object]
) -> None:
    """Check that a call that is repeated changes nothing within reach of some functions.

    Args:
        calling: what the call does, such as "record the same events".

    Raises:
        AssertionError: it changes something; the message says what.
    """
    found = remembered(functions, call)
    assert not found, (
        f"a function remembers something: each time you {calling}, it changes {', '.join(found)}; "
        "only the state that it is given may remember anything. A cache that is emptied when it is full looks the same: use "
        "functools.lru_cache(maxsize=...), or a bound that these events don't reach"
    )


def within_reach(functions: Iterable[object]) -> Places:
    """What functions can reach, and whatever that reaches, as far as it isn't of a library."""
    return _Reach(list(functions)).places


class _Reach:
    """The places that functions reach, found by following every function and class that one of them names or holds."""

    def __init__(self, roots: list[object]) -> None:
        self.places: dict[str, object] = {}
        self._written = Written(self._is_own, self._meet)
        self._met: dict[
            int, object
        ] = {}  # what was met, so that it stays there, and its id isn't given to something else
        self._next: deque[FunctionType | type] = deque()
        self._own = {_top(module_of(each)) for each in roots}
        for each in roots:
            self._hold(f"what {_name(each)} holds", each)
            if isinstance(each, FunctionType):
                self._next.append(each)  # even one of a library
        looked_at: set[int] = set()
        while self._next:
            found = self._next.popleft()
            if id(found) in looked_at:
                continue
            looked_at.add(id(found))
            if isinstance(found, type):
                self._look_at_class(found)
            else:
                self._look_at(found)

    def _meet(self, found: object) -> None:
        """Follow a function or class, unless it is a library's, and whatever it wraps."""
        if id(found) in self._met:
            return
        self._met[id(found)] = found
        if isinstance(found, FunctionType | type) and self._is_own(found.__module__):
            self._next.append(found)
        elif isinstance(found, FunctionType):
            self._meet_functions(_held(found).values())
        elif isinstance(found, MethodType):
            self._hold(f"the object that {_name(found)} is a method of", found.__self__)
        elif isinstance(found, partial | partialmethod):
            self._hold(
                f"the arguments of a partial {_name(found.func)}", (found.args, found.keywords)
            )
        if not isinstance(found, type):
            wrapped = ("__wrapped__", "__func__", "func", "fget", "fset")
            self._meet_functions(getattr(found, name, None) for name in wrapped)

    def _meet_functions(self, found: Iterable[object]) -> None:
        for each in found:
            if isinstance(each, CALLED):
                self._meet(each)

    def _look_at(self, function: FunctionType) -> None:
        of = _name(function)
        code, given = function.__code__, function.__defaults__ or ()
        defaults = dict(zip(code.co_varnames[code.co_argcount - len(given) :], given, strict=False))
        for name, value in {**defaults, **(function.__kwdefaults__ or {})}.items():
            self._hold(f"the default argument {name!r} of {of}", value)
        for name, value in _held(function).items():
            self._hold(f"the variable {name!r} around {of}", value)
        for name, value in vars(function).items():
            self._hold(f"the attribute {name!r} of {of}", value)
        names = {*_names(code)}
        for module, known in self._modules(function, names):
            for name in sorted(names & known.keys()):
                place = f"the global variable {name!r} of {module}"
                if place not in self.places:
                    self._hold(place, known[name])

    def _modules(
        self, function: FunctionType, names: Iterable[str]
    ) -> Iterator[tuple[str, Mapping[str, object]]]:
        """The names and the contents of a function's module, and of those that it names, or imports while it runs."""
        known = function.__globals__
        if self._is_own(function.__module__):
            yield str(function.__module__), known
        package = known.get("__package__")
        for name in sorted(names):
            for each in (
                known.get(name),
                sys.modules.get(name),
                sys.modules.get(f"{package}.{name}"),
            ):
                if isinstance(each, ModuleType) and self._is_own(each.__name__):
                    yield each.__name__, vars(each)

    def _look_at_class(self, found: type) -> None:
        for name, value in list(vars(found).items()):
            if not name.startswith("__") or isinstance(value, FunctionType):
                self._hold(f"the attribute {name!r} of the class {found.__qualname__}", value)
        for base in found.__bases__:
            self._meet(base)

    def _hold(self, place: str, value: object) -> None:
        """Note what a place holds. Another place of the same name gets a number."""
        name, number = place, 1
        while name in self.places:
            number += 1
            name = f"{place} ({number})"
        self.places[name] = None  # before it is written, as it may hold itself
        self.places[name] = self._written.of(value)

    def _is_own(self, module: object) -> bool:
        """Whether a module is neither a library's nor a test tool's; one that is installed only if it has a function under test."""
        top = _top(module)
        if top in LIBRARIES or top in TOOLS:
            return False
        file = getattr(sys.modules.get(str(module)), "__file__", None) or ""
        return top in self._own or not {"site-packages", "dist-packages"} & {*PurePath(file).parts}


def _top(module: object) -> str:
    return str(module).partition(".")[0]


def _held(function: FunctionType) -> dict[str, object]:
    """The variables around a function that it refers to."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # an empty cell
            found[name] = cell.cell_contents
    return found


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function and those within it look up: global variables, attributes, modules."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def _name(found: object) -> str:
    """A function by its name, file and line; something else by its type."""
    inner: Any = found.__func__ if isinstance(found, MethodType) else found
    if not isinstance(inner, FunctionType):
        return f"an object of the class {type(found).__name__}"
    code = inner.__code__
    return f"{code.co_name} ({PurePath(code.co_filename).name}, line {code.co_firstlineno})"
