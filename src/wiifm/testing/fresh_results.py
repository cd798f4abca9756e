"""Compares the results of a contract's functions between new processes, to find hidden state.

Within one process, a function that remembers what it has seen answers consistently, and a set always has the same order. Two new
processes that get the same questions in opposite orders, with different hash seeds, reveal both.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import zip_longest
from operator import attrgetter
from types import ModuleType
from typing import Any, Generic, TypeVar
from unittest import SkipTest

from attrs import frozen

from wiifm.failures import module_of
from wiifm.faults import short
from wiifm.testing.fork_server import ask
from wiifm.testing.imports import imports_watched
from wiifm.testing.module_state import module_contents, patched

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Making = Callable[[Any], Callable[[Asked], Answer]]
"""Makes the function that is asked, from a contract. It must be a module-level function, which the other process imports by name."""


@frozen
class Unmade:
    """Why a contract can't be made in another process."""

    why: str

    @classmethod
    def by(cls, error: Exception) -> Unmade:
        """From the error that was raised."""
        return cls(f"{type(error).__name__}: {error}")


@frozen
class Place:
    """Where another process finds the class of a contract, and the attributes that pytest's fixtures gave its instance."""

    module: str
    file: str | None
    name: str
    attributes: dict[str, object]

    @classmethod
    def of(cls, contract: object) -> Place:
        """The place of a contract."""
        made = type(contract)
        file = getattr(sys.modules.get(made.__module__), "__file__", None)
        return cls(made.__module__, file, made.__qualname__, vars(contract))

    def contract(self) -> object:
        """The contract, made anew."""
        contract: object = attrgetter(self.name)(self._module())()
        vars(contract).update(self.attributes)
        return contract

    def _module(self) -> ModuleType:
        """Import the module by its name, or by its file if its name isn't importable there."""
        try:
            return import_module(self.module)
        except ModuleNotFoundError:
            spec = spec_from_file_location(self.module, self.file) if self.file else None
            if spec is None or spec.loader is None:
                raise
            module = sys.modules[self.module] = module_from_spec(spec)
            spec.loader.exec_module(module)
            return module


@frozen
class Difference(Generic[Asked]):
    """A difference between two processes: the question, how the answers differ, and the probable cause."""

    asked: Asked
    answers: str
    cause: str


def difference_afresh(
    contract: object,
    making: Making[Asked, Answer],
    asked: Sequence[tuple[Asked, Asked]],
    differing: Callable[[Answer, Answer], str],
    functions: Iterable[object] = (),
) -> Difference[Asked] | None:
    """The first difference between the answers of two new processes; None if there is none.

    One process answers the first question of each pair, in order. The other one, with other hashes and other command-line arguments,
    answers the second of each, from the last pair to the first.

    Args:
        differing: says how two answers differ; "" if they don't.
        functions: those under test; their packages must not read a clock while they are imported.

    Raises:
        SkipTest: the contract can't be made in another process.
        AssertionError: a process failed, something was patched there, or a package under test read a clock while it was imported.
    """
    packages = {_package(each) for each in functions} - {_package(type(contract))}
    forth = [one for one, _ in asked]
    back = [other for _, other in reversed(asked)]
    with ThreadPoolExecutor() as pool:
        once, again = pool.map(
            lambda way: _afresh(contract, making, packages, *way), [(forth, "1"), (back, "2")]
        )
    for each, one, other in zip(forth, once, reversed(again), strict=True):
        if found := differing(one, other):
            hashed = _afresh(contract, making, packages, forth, "2") != once
            return Difference(each, found, _BY_HASHES if hashed else _BY_MEMORY)
    return None


def parts_differing(one: Sequence[object], other: Sequence[object]) -> str:
    """The first parts in which two answers differ; "" if there are none.

    >>> parts_differing([1, 2], [1, 3])
    '2, and to 3'
    """
    pairs = zip_longest(one, other)
    return next((f"{short(a, 200)}, and to {short(b, 200)}" for a, b in pairs if a != b), "")


_BY_HASHES = (
    "the results depend on something that differs between processes: a hash, or the order of a set, "
    "or what a module read when it was imported"
)
_BY_MEMORY = "a function remembers earlier calls"


def _package(function: object) -> str:
    """The top-level package of the module that a function is defined in."""
    return module_of(function).partition(".")[0]


def _afresh(
    contract: object,
    making: Making[Asked, Answer],
    packages: Collection[str],
    asked: list[Asked],
    hashes: str,
) -> list[Answer]:
    """The answers of a new process with a hash seed, after checking that it patched nothing and read no clock on import."""
    found: Answered[Answer] = in_a_new_process(hashes, answers, contract, making, asked)
    wrong = ", ".join(found.patched)
    assert not wrong, f"a function must not do this: it patches {wrong}"
    on_import = [
        line
        for name, each in found.on_import.items()
        if name.partition(".")[0] in packages
        for line in each
    ]
    assert not on_import, (
        f"{'; '.join(on_import)} while it is imported: a rule must not depend on when that happens"
    )
    return found.answers


def in_a_new_process(
    hashes: str, work: Callable[..., Any], contract: object, *given: object
) -> Any:
    """What a module-level function returns in a new process with a hash seed, for the :class:`Place` of a contract and other arguments.

    Raises:
        SkipTest: the contract can't be made there, as the function says by returning :class:`Unmade`.
        Failed: the process failed.
    """
    try:
        pickled = pickle.dumps((work, (Place.of(contract), *given)))
    except Exception as error:  # a test may keep anything in its attributes
        raise _skipped(Unmade.by(error)) from error
    found = pickle.loads(ask(pickled, hashes))
    if isinstance(found, Unmade):
        raise _skipped(found)
    return found


def _skipped(unmade: Unmade) -> SkipTest:
    return SkipTest(f"this class can't be made in another process: {unmade.why}")


@frozen
class Answered(Generic[Answer]):
    """A process's answers, which modules read a clock there while they were imported, and which functions of libraries were patched."""

    answers: list[Answer]
    on_import: Mapping[str, list[str]]
    patched: list[str]


def answers(
    place: Place, making: Making[Asked, Answer], asked: list[Asked]
) -> Answered[Answer] | Unmade:
    """Answer questions in this process; this is what the other process runs."""
    try:
        with imports_watched() as on_import:
            contract = place.contract()
            before = module_contents()
            answer = making(contract)
    except Exception as error:  # a test's module may need anything, such as a fixture of pytest
        return Unmade.by(error)
    return Answered([answer(each) for each in asked], on_import, patched(before))
