"""Conditions and amounts of rules: from the text in a rule book to a checked, compiled function.

``parse`` reads a text, checks its names and kinds, and translates it to plain Python in which null
does no harm. Any name may be null when it is evaluated; evaluation never raises. Never evaluate the
text of an expression in another way: only what ``parse`` made is safe.
"""

from wiifm.expressions.checking import Expression, Kind, parse
from wiifm.expressions.operations import OPERATIONS
from wiifm.expressions.reading import normalised, number_in

__all__ = ["OPERATIONS", "Expression", "Kind", "normalised", "number_in", "parse"]
