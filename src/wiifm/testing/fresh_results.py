"""What a contract comes to in processes that have seen nothing of it yet.

Within one process a function that remembers what it has seen answers the same ever after, whatever it went by the first
time; and the order of a set is that of the process. New ones, with other hashes, tell both.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import zip_longest
from operator import attrgetter
from types import ModuleType
from typing import Any, Generic, TypeVar
from unittest import SkipTest

from attrs import frozen

from wiifm.faults import short
from wiifm.testing.fork_server import ask
from wiifm.testing.imports import imports_watched
from wiifm.testing.module_state import held, patched

Asked = TypeVar("Asked")
Told = TypeVar("Told")
Making = Callable[[Any], Callable[[Asked], Told]]
"""Makes of a contract what is asked in the other process; a function of a module, which that process finds by its name."""


@frozen
class Unmade:
    """Why a contract can't be made in another process."""

    why: str

    @classmethod
    def by(cls, error: Exception) -> Unmade:
        """Because of an error."""
        return cls(f"{type(error).__name__}: {error}")


@frozen
class Place:
    """Where another process finds the class of a contract, and what pytest's fixtures made of this one."""

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
        made: object = attrgetter(self.name)(self._module())()
        vars(made).update(self.attributes)
        return made

    def _module(self) -> ModuleType:
        """The module by its name; by its file where the name alone doesn't lead to it."""
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
    """What differs between two processes: what was asked, what differs in what they told, and what that comes from."""

    asked: Asked
    told: str
    cause: str


def difference_afresh(
    contract: object,
    making: Making[Asked, Told],
    asked: Sequence[tuple[Asked, Asked]],
    differing: Callable[[Told, Told], str],
    functions: Iterable[object] = (),
) -> Difference[Asked] | None:
    """The first difference between two new processes, where ``differing`` says that there is one; None where it never does.

    One is asked the first of each pair; the other, whose hashes are others, and that was started with other arguments, the second of
    each, from the last pair to the first.

    Args:
        functions: those that are tried; the package that they are of must not ask a clock while it is imported.

    Raises:
        SkipTest: the contract can't be made in another process.
        AssertionError: a process ended with an error; or something was patched there, or asked while it was imported.
    """
    packages = {_package(each) for each in functions} - {_package(type(contract))}
    forth = [one for one, _ in asked]
    back = [other for _, other in reversed(asked)]
    with ThreadPoolExecutor() as pool:
        once, again = pool.map(
            lambda way: _afresh(contract, making, packages, *way), [(forth, "1"), (back, "2")]
        )
    for each, one, other in zip(forth, once, reversed(again), strict=True):
        if told := differing(one, other):
            hashed = _afresh(contract, making, packages, forth, "2") != once
            return Difference(each, told, _OF_HASHES if hashed else _OF_MEMORY)
    return None


def parts_differing(one: Sequence[object], other: Sequence[object]) -> str:
    """The first of two answers' parts that differ; "" where none do.

    >>> parts_differing([1, 2], [1, 3])
    '2, and to 3'
    """
    pairs = zip_longest(one, other)
    return next((f"{short(a, 200)}, and to {short(b, 200)}" for a, b in pairs if a != b), "")


_OF_HASHES = (
    "a function goes by what differs from process to process: a hash, or the order of a set, "
    "or what a module asked when it was imported"
)
_OF_MEMORY = "a function remembers what it has seen"


def _package(function: object) -> str:
    """The first part of the name of the module that a function is of."""
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__module__", None)).partition(".")[0]


def _afresh(
    contract: object,
    making: Making[Asked, Told],
    packages: Collection[str],
    asked: list[Asked],
    hashes: str,
) -> list[Told]:
    """What a new process answers whose hashes are those of a seed, and that nothing was patched there."""
    try:
        work = pickle.dumps((answers, (Place.of(contract), making, asked)))
    except Exception as error:  # of whatever a test keeps at itself
        raise _skipped(Unmade.by(error)) from error
    found: Answered[Told] | Unmade = pickle.loads(ask(work, hashes))
    if isinstance(found, Unmade):
        raise _skipped(found)
    wrong = ", ".join(found.patched)
    assert not wrong, f"a function must not do this: it patches {wrong}"
    on_import = [
        told
        for name, each in found.on_import.items()
        if name.partition(".")[0] in packages
        for told in each
    ]
    assert not on_import, (
        f"{'; '.join(on_import)} while it is imported: what a rule goes by is the same whenever that is"
    )
    return found.answers


def _skipped(unmade: Unmade) -> SkipTest:
    return SkipTest(f"this class can't be made in another process: {unmade.why}")


@frozen
class Answered(Generic[Told]):
    """What a process answered; what modules asked a clock for while they were imported there, and which functions of libraries were patched."""

    answers: list[Told]
    on_import: Mapping[str, list[str]]
    patched: list[str]


def answers(
    place: Place, making: Making[Asked, Told], asked: list[Asked]
) -> Answered[Told] | Unmade:
    """What is answered in this process."""
    try:
        with imports_watched() as on_import:
            contract = place.contract()
            before = held()
            answer = making(contract)
    except Exception as error:  # a test's module may need anything, a fixture of pytest's among it
        return Unmade.by(error)
    return Answered([answer(each) for each in asked], on_import, patched(before))
