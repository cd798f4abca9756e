"""Compiles a rule book to Python source for exactly this book, and to the functions that the folds call.

A generated function contains only what the book needs for one event type and role: no loop over rules, no look-up of
names. ``wiifm rules show BOOK --program`` prints the source. The classes ``CompiledRule``, ``CompiledLimit``,
``CompiledClaim``, ``CompiledBadge``, ``CompiledCriterion`` and ``CompiledType`` each write their part of it: ``register``
adds the fields that it needs to the holder's state, and ``write...`` adds lines to a function.

In generated code ``h`` is a history, ``s`` its state, ``e`` an event, ``a`` an activity, ``out`` the outcomes and ``r``
the relations; ``v`` is the state of a measure, and ``x`` a sample.
"""

from wiifm.program.compile import compile_book
from wiifm.program.program import Program, Take

__all__ = ["Program", "Take", "compile_book"]
