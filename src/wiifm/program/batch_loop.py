"""The loop over events that come in order, as source: what is done with each, whichever type it is of.

It is one function, since one for each type, called for each event, took a twentieth of all. A few turns, each a local that is true
or false, lead to what is written for a type: in a loop so long Python compares numbers or texts by the slow way.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiifm.program.relating import CompiledType
from wiifm.program.writing import Constants, Source


def write_take(source: Source, constants: Constants, types: Sequence[CompiledType]) -> None:
    """Write ``take``, which folds a batch, and puts what comes late, and what credits nobody and why, into two lists."""
    depth = max(1, (len(types) - 1).bit_length())
    constants.found["BRANCHES"] = branches([each.kind.name for each in types], depth)
    names = [f"branch_{number}" for number in range(depth)]
    with source.blocks("def take(batch, late, uncredited):", "for e in batch:" if types else ""):
        if types:
            source.line("# the branches that lead to the code for its type")
            source.line(f"{', '.join(names)}{',' * (depth == 1)} = BRANCHES[e.type]")
            _fork(source, types, names)
    source.line("return take")


def branches(names: Sequence[str], depth: int) -> dict[str, tuple[bool, ...]]:
    """For each of some names which way to turn at each fork, to come to it among the others.

    >>> branches(["ann", "bob", "eve"], 2)
    {'ann': (False, False), 'bob': (True, False), 'eve': (True, True)}
    """
    if len(names) < 2:
        return dict.fromkeys(names, (False,) * depth)
    middle = len(names) // 2
    left, right = branches(names[:middle], depth - 1), branches(names[middle:], depth - 1)
    return {
        **{name: (False, *turns) for name, turns in left.items()},
        **{name: (True, *turns) for name, turns in right.items()},
    }


def _fork(source: Source, types: Sequence[CompiledType], names: Sequence[str]) -> None:
    """Write what is done with events of some types, below the turns that tell which of them it is."""
    if len(types) == 1:
        types[0].write_take(source)
        return
    middle = len(types) // 2
    with source.block(f"if {names[0]}:"):
        _fork(source, types[middle:], names[1:])
    with source.block("else:"):
        _fork(source, types[:middle], names[1:])
