"""The built-in plugin that registers wiifm's own sources, by the same hook as any plugin."""

from __future__ import annotations

from wiifm.hooks import hookimpl
from wiifm.registries import Sources
from wiifm.sources.jsonl import read_lines


@hookimpl
def wiifm_sources(sources: Sources) -> None:
    """Register the reader of JSON Lines."""
    sources.add("jsonl", read_lines)
