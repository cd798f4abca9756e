"""Source of ``take``, the loop over events that come in order: relate, gate and reward of every event type in one function.

Calling one function per type for each event took a twentieth of the time. Instead, a few flags that are looked up by the
event's type lead through a binary decision tree to its code. Comparing numbers or texts there would be slower: in so
long a function Python doesn't specialise them.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiifm.activities import BEGINNING
from wiifm.program.relating import CompiledType
from wiifm.program.writing import Constants, Source


def write_take(source: Source, constants: Constants, types: Sequence[CompiledType]) -> None:
    """Write ``take(batch, late, uncredited)``.

    It folds a batch, and appends to ``late`` the events that come late, before they have changed anything, and to
    ``uncredited`` those that credit nobody, as (event, state, why).
    """
    depth = max(1, (len(types) - 1).bit_length())
    constants.values["BRANCHES"] = branches([each.kind.name for each in types], depth)
    names = [f"branch_{number}" for number in range(depth)]
    with source.block("def take(batch, late, uncredited):"):
        if any(each.needs_day for each in types):
            constants.values["BEGINNING"] = BEGINNING[0]
            source.line("morning = midnight = BEGINNING  # of the day that is known")
        if types:
            with source.block("for e in batch:"):
                source.line("# the branches that lead to the code for its type")
                source.line(f"{', '.join(names)}{',' * (depth == 1)} = BRANCHES[e.type]")
                _fork(source, types, names)
    source.line("return take")


def branches(names: Sequence[str], depth: int) -> dict[str, tuple[bool, ...]]:
    """For each name the flags that lead to it in a binary decision tree.

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
    """Write the code of some event types, below the flags that select them."""
    if len(types) == 1:
        types[0].write_take(source)
        return
    middle = len(types) // 2
    with source.block(f"if {names[0]}:"):
        _fork(source, types[middle:], names[1:])
    with source.block("else:"):
        _fork(source, types[:middle], names[1:])
