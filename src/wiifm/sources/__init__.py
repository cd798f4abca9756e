"""Sources: readers that turn files of some format into events, and each wrong line into a :class:`Rejected` with its place.

``find_source`` finds one by its name, ``read_lines`` is the one for JSON Lines, and ``pour`` records what a source reads in an engine.
"""

from wiifm.sources.by_name import find_source
from wiifm.sources.jsonl import read_jsonl, read_lines, write_jsonl
from wiifm.sources.lines import Line, Rejected
from wiifm.sources.pouring import Poured, pour

__all__ = [
    "Line",
    "Poured",
    "Rejected",
    "find_source",
    "pour",
    "read_jsonl",
    "read_lines",
    "write_jsonl",
]
