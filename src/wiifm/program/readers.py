"""How the values of criteria are read, as source: on a day and at a moment, which may lie after all that happened.

Awards that are given when time is advanced, what must not be met, progress, and how long it lasts: all ask these readers.
"""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.program.criteria import Watch
from wiifm.program.measures import Grouped, gap_on, gap_within
from wiifm.program.ratios import Ratio
from wiifm.program.spans import span_source
from wiifm.program.writing import Source


def write_readers(source: Source, watches: Iterable[Watch]) -> None:
    """Write the functions that read criteria: all values of each, and where time changes them also one by its key."""
    watches = list(watches)
    ratios = [each for each in watches if isinstance(each, Ratio)]
    both = {part.field for each in ratios for part in each.parts}
    parts = {part.field: part for each in watches for part in each.parts}
    for part in parts.values():
        _write_readers(source, part, both=part.passes or part.field in both)
    for each in ratios:
        each.write_readers(source)


def _write_readers(source: Source, watched: Watch, both: bool) -> None:
    watched.helper(source)
    _write_values(source, watched)
    if both:
        _write_value(source, watched)
    if watched.over.kind == "last":
        with source.block(f"def {watched.field}_moments(s, key, now):"):
            watched.window.read_moments(source)
        source.line("", "")


def _write_values(source: Source, watched: Watch) -> None:
    """The function that reads the value of each key."""
    name = watched.field
    if watched.remembers:
        with source.block(f"def {name}_between(s, now):"):
            watched.window.read(source)
        source.line("", "")
    with source.block(f"def {name}_values(s, day, now):"):
        if watched.remembers:
            found = f"(key, {_within(watched)}) for key, value in {name}_between(s, now)"
            source.line(f"return [{found}]")
        elif watched.over.kind == "last":
            watched.window.read(source)
        else:
            if watched.over.kind != "ever":
                with source.block(f"if s.{name}_span != {watched.span_source('day')}:"):
                    source.line("return []")
            if watched.keyed:
                read = _on_a_day(watched, "v")
                source.line(f"return [(key, {read}) for key, v in (s.{name} or {{}}).items()]")
            else:
                source.line(f"v = s.{name}")
                if watched.holds:
                    source.line("v = v or ()")
                source.line(f"return [(None, {_on_a_day(watched, 'v')})]")
    source.line("", "")


def _write_value(source: Source, watched: Watch) -> None:
    """The function that reads the value of one key; None where there is none."""
    name = watched.field
    if watched.remembers:
        with source.block(f"def {name}_between_one(s, key, now):"):
            watched.window.read_key(source)
        source.line("", "")
    with source.block(f"def {name}_value(s, key, day, now):"):
        if watched.remembers:
            source.line(f"value = {name}_between_one(s, key, now)")
            source.line(f"return {_within(watched)}")
        elif watched.over.kind == "last":
            watched.window.read_key(source)
        else:
            if watched.over.kind != "ever":
                with source.block(f"if s.{name}_span != {watched.span_source('day')}:"):
                    source.line("return None")
            source.line(f"v = (s.{name} or {{}}).get(key)" if watched.keyed else f"v = s.{name}")
            empty = "v is None" if watched.keyed or watched.holds else "False"
            source.line(f"return None if {empty} else {_on_a_day(watched, 'v')}")
    source.line("", "")


def _on_a_day(watched: Watch, v: str) -> str:
    """Source of a value as it is on a day: a streak that is broken by then counts for nothing any more, an absence so far."""
    measure = watched.measure
    if watched.criterion.measure == "gap":
        found = watched.constants.name("gap on", gap_on)
        return f"{found}({measure.read(v)}, {v}[0], day)"
    if watched.criterion.measure != "streak" or not isinstance(measure, Grouped):
        return measure.read(v)
    period = span_source(watched.constants, watched.criterion.group)
    return f"(0 if {measure.broken(v, period)} else {measure.read(v)})"


def _within(watched: Watch) -> str:
    """Source of the longest gap in a rolling window, as of a day."""
    last = f"s.{watched.field}_last" + ".get(key)" * watched.keyed
    length = watched.constants.name(f"last {watched.over.length}", watched.over.length)
    found = watched.constants.name("gap within", gap_within)
    return f"{found}(value, {last}, day, now - {length})"
