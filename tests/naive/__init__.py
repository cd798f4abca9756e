"""The naive implementation: docs/reference/semantics.md as a program, in plain sorts and loops over all events.


It is written for clarity and shares no code with the folds of ``wiifm``. Nothing is kept from one event to the next: each result is
computed from all events again. The tests compare the engine and the readings with it.

``who`` relates events and applies gates, ``fold`` applies rules and limits, ``criteria`` measures badges; the other modules do the same
for one reading each (boards, campaigns, culture, progress, statement) or for one command (rescoring, rights, trying).
"""

from .fold import standings

__all__ = ["standings"]
