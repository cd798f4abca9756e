"""The expression language of conditions and amounts: parses, checks and compiles the texts in a rule book.

``parse`` checks the names and kinds in a text, and translates it to Python code that handles null. Any name may be null
when the expression is evaluated, and evaluation never raises. Never evaluate the text of an expression in another way:
only the code that ``parse`` makes is safe.
"""

from wiifm.expressions.checking import Expression, Kind, parse
from wiifm.expressions.operations import OPERATIONS
from wiifm.expressions.parsing import normalised, number_in

__all__ = ["OPERATIONS", "Expression", "Kind", "normalised", "number_in", "parse"]
