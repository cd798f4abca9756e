"""docs/reference/semantics.md as a program: plain sorts and loops over all events, written to be read in five minutes.

It shares no code with the folds: whatever it says, it finds out by looking at everything again.
"""

from .fold import standings

__all__ = ["standings"]
