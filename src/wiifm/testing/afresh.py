"""What a contract's rule book makes of histories in a process that has seen none of them yet.

Within one process a function that remembers what it has seen answers the same ever after, whatever it went by the first
time; and the order of a set is that of the process. A new one, with other hashes, tells both.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from operator import attrgetter
from types import ModuleType
from typing import TYPE_CHECKING

from attrs import frozen

from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.ledger import Amount, Holder, Standing
from wiifm.testing.law import alone, differing

if TYPE_CHECKING:
    from wiifm.testing.rules import RuleContract


@frozen
class Outcome:
    """What everybody has after a history, and what each event came to, by holder and rule, all corrections counted."""

    standings: dict[Holder, Standing]
    gains: dict[tuple[Holder, str, str], Amount]

    @classmethod
    def of(cls, engine: Engine) -> Outcome:
        """What an engine holds."""
        gains: dict[tuple[Holder, str, str], Amount] = {}
        for entry in engine.ledger():
            key = entry.holder, entry.event, entry.rule
            gains[key] = gains.get(key, 0) + entry.amount
        return cls({each: engine.standing(each) for each in engine.holders()}, gains)

    def difference(self, other: Outcome) -> str:
        """What differs, a line each; "" where nothing does."""
        told = [differing(self.standings, other.standings)]
        for key in sorted({**self.gains, **other.gains}):
            one, two = self.gains.get(key, 0), other.gains.get(key, 0)
            if one != two:
                holder, event, rule = key
                told.append(f"{holder}: {one} for {event} by {rule}, but {two}")
        return "\n".join(filter(None, told))


_CHILD = "from wiifm.testing.afresh import main; main()"


@frozen
class Unmade:
    """Why a contract can't be made in another process."""

    why: str


@frozen
class Place:
    """Where another process finds the class of a contract, and what pytest's fixtures made of this one."""

    module: str
    file: str | None
    name: str
    attributes: dict[str, object]

    @classmethod
    def of(cls, contract: RuleContract) -> Place:
        """The place of a contract."""
        made = type(contract)
        file = getattr(sys.modules.get(made.__module__), "__file__", None)
        return cls(made.__module__, file, made.__qualname__, vars(contract))

    def contract(self) -> RuleContract:
        """The contract, made anew."""
        made: RuleContract = attrgetter(self.name)(self._module())()
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


def afresh(
    contract: RuleContract, histories: Iterable[Sequence[Event]], hashes: int
) -> list[Outcome] | Unmade:
    """What comes of each history, recorded event by event, in a new process whose hashes are those of a seed.

    Raises:
        AssertionError: the process ended with an error.
    """
    paths = [each for each in sys.path if each]
    environment = os.environ | {
        "PYTHONHASHSEED": str(hashes),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    try:
        asked = pickle.dumps((Place.of(contract), [list(each) for each in histories]))
    except Exception as error:  # of whatever a test keeps at itself
        return Unmade(f"{type(error).__name__}: {error}")
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        check=False,
        input=asked,
        capture_output=True,
        env=environment,
    )
    assert not done.returncode, f"another process ended with {done.stderr.decode()[-2000:]}"
    found: list[Outcome] | Unmade = pickle.loads(done.stdout)
    return found


def told(place: Place, histories: Iterable[Sequence[Event]]) -> list[Outcome] | Unmade:
    """The same in this process."""
    try:
        book = alone(place.contract().make_book())
    except (
        Exception
    ) as error:  # a test's own module may need anything, a fixture of pytest's among it
        return Unmade(f"{type(error).__name__}: {error}")
    found = []
    for history in histories:
        engine = Engine(book)
        for event in history:
            engine.record(event)
        found.append(Outcome.of(engine))
    return found


def main() -> None:
    """Answer on standard output; what the tests' modules print goes elsewhere."""
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    place, histories = pickle.load(sys.stdin.buffer)
    answer.write(pickle.dumps(told(place, histories)))
