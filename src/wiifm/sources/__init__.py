"""Where events come from: readers that turn what is outside into events, and each wrong line into data."""

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
