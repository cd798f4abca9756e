"""The sources that come with wiifm, registered by the hook that anybody has."""

from __future__ import annotations

from wiifm.hooks import hookimpl
from wiifm.registries import Sources
from wiifm.sources.jsonl import read_lines


@hookimpl
def wiifm_sources(sources: Sources) -> None:
    """Register the reader of JSON Lines."""
    sources.add("jsonl", read_lines)
