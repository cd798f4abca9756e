"""The loop over events that come in order, as source: what is done with each, whichever type it is of.

It is one function, since one for each type, called for each event, took a twentieth of all. A few turns, each a local that is true
or false, lead to what is written for a type: in a loop so long Python compares numbers or texts by the slow way.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiifm.program.relating import Way
from wiifm.program.writing import Constants, Source


def write_taking(source: Source, constants: Constants, ways: Sequence[Way]) -> None:
    """Write ``take``, which folds a batch, and puts what comes late, and what credits nobody and why, into two lists."""
    depth = max(1, (len(ways) - 1).bit_length())
    constants.found["TURNS"] = turns_to([way.kind.name for way in ways], depth)
    names = [f"turn_{number}" for number in range(depth)]
    with source.blocks("def take(batch, late, told):", "for e in batch:" if ways else ""):
        if ways:
            source.line("# the turns to what is written for its type")
            source.line(f"{', '.join(names)}{',' * (depth == 1)} = TURNS[e.type]")
            _fork(source, ways, names)
    source.line("return take")


def turns_to(names: Sequence[str], depth: int) -> dict[str, tuple[bool, ...]]:
    """For each of some names which way to turn at each fork, to come to it among the others.

    >>> turns_to(["ann", "bob", "eve"], 2)
    {'ann': (False, False), 'bob': (True, False), 'eve': (True, True)}
    """
    if len(names) < 2:
        return dict.fromkeys(names, (False,) * depth)
    middle = len(names) // 2
    left, right = turns_to(names[:middle], depth - 1), turns_to(names[middle:], depth - 1)
    return {
        **{name: (False, *turns) for name, turns in left.items()},
        **{name: (True, *turns) for name, turns in right.items()},
    }


def _fork(source: Source, ways: Sequence[Way], names: Sequence[str]) -> None:
    """Write what is done with events of some types, below the turns that tell which of them it is."""
    if len(ways) == 1:
        ways[0].write_take(source)
        return
    middle = len(ways) // 2
    with source.block(f"if {names[0]}:"):
        _fork(source, ways[middle:], names[1:])
    with source.block("else:"):
        _fork(source, ways[:middle], names[1:])
