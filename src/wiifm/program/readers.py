"""How the values of criteria are read, as source: on a day and at a moment, which may be after everything that happened.

Badges that are given when time is advanced, ``none_of``, progress, and until when something lasts: all use these readers.
"""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.program.criteria import CompiledCriterion
from wiifm.program.measures import Grouped, gap_on, gap_within
from wiifm.program.ratios import CompiledRatio
from wiifm.program.spans import span_source
from wiifm.program.writing import Source


def write_readers(source: Source, criteria: Iterable[CompiledCriterion]) -> None:
    """Write the readers of criteria: one that reads all keys, and if time changes the value, one that reads a single key."""
    criteria = list(criteria)
    ratios = [each for each in criteria if isinstance(each, CompiledRatio)]
    both = {part.field for each in ratios for part in each.parts}
    parts = {part.field: part for each in criteria for part in each.parts}
    for part in parts.values():
        _write_readers(source, part, both=part.passes or part.field in both)
    for each in ratios:
        each.write_readers(source)


def _write_readers(source: Source, criterion: CompiledCriterion, both: bool) -> None:
    """Write the readers of one criterion."""
    criterion.write_helper(source)
    _write_values(source, criterion)
    if both:
        _write_value(source, criterion)
    if criterion.over.kind == "last":
        with source.block(f"def {criterion.field}_moments(s, key, now):"):
            criterion.window.write_read_moments(source)
        source.line("", "")
    measure = criterion.measure
    kept = not criterion.keyed and criterion.over.kind != "last"
    if kept and isinstance(measure, Grouped) and measure.by_period and not measure.met_at_once:
        _write_present(source, criterion, measure)


def _write_present(source: Source, criterion: CompiledCriterion, measure: Grouped) -> None:
    """Write the function that reads what the present group has so far; None on a day off, of workdays."""
    name, period = criterion.field, span_source(criterion.constants, criterion.criterion.group)
    with source.block(f"def {name}_present(s, day, now):"):
        if criterion.criterion.group == "workday":
            with source.block(f"if not ({measure.works('day', 'now')}):"):
                source.line("return None")
        if criterion.over.kind != "ever":
            with source.block(f"if s.{name}_span != {criterion.span_source('day')}:"):
                source.line("return 0")
        source.line(f"period, w, *_ = s.{name}")
        source.line(f"return ({measure.inner.read('w')}) or 0 if period == {period} else 0")
    source.line("", "")


def _write_values(source: Source, criterion: CompiledCriterion) -> None:
    """Write the function that reads the values of all keys."""
    name = criterion.field
    if criterion.remembers:
        with source.block(f"def {name}_between(s, now):"):
            criterion.window.write_read(source)
        source.line("", "")
    with source.block(f"def {name}_values(s, day, now):"):
        if criterion.remembers:
            found = f"(key, {_within(criterion)}) for key, value in {name}_between(s, now)"
            source.line(f"return [{found}]")
        elif criterion.over.kind == "last":
            criterion.window.write_read(source)
        else:
            if criterion.over.kind != "ever":
                with source.block(f"if s.{name}_span != {criterion.span_source('day')}:"):
                    source.line("return []")
            if criterion.keyed:
                read = _on_a_day(criterion)
                source.line(f"return [(key, {read}) for key, v in (s.{name} or {{}}).items()]")
            else:
                source.line(f"v = s.{name}")
                if criterion.holds:
                    source.line("v = v or ()")
                source.line(f"return [(None, {_on_a_day(criterion)})]")
    source.line("", "")


def _write_value(source: Source, criterion: CompiledCriterion) -> None:
    """Write the function that reads the value of one key; None if there is none."""
    name = criterion.field
    if criterion.remembers:
        with source.block(f"def {name}_between_one(s, key, now):"):
            criterion.window.write_read_key(source)
        source.line("", "")
    with source.block(f"def {name}_value(s, key, day, now):"):
        if criterion.remembers:
            source.line(f"value = {name}_between_one(s, key, now)")
            source.line(f"return {_within(criterion)}")
        elif criterion.over.kind == "last":
            criterion.window.write_read_key(source)
        else:
            if criterion.over.kind != "ever":
                with source.block(f"if s.{name}_span != {criterion.span_source('day')}:"):
                    source.line("return None")
            source.line(f"v = (s.{name} or {{}}).get(key)" if criterion.keyed else f"v = s.{name}")
            empty = "v is None" if criterion.keyed or criterion.holds else "False"
            source.line(f"return None if {empty} else {_on_a_day(criterion)}")
    source.line("", "")


def _on_a_day(criterion: CompiledCriterion) -> str:
    """Source of the value of ``v`` on a day: a streak that is broken by then is 0, and a gap goes on until then."""
    measure = criterion.measure
    if criterion.criterion.measure == "gap":
        found = criterion.constants.name("gap on", gap_on)
        return f"{found}({measure.read('v')}, v[0], day)"
    if criterion.criterion.measure != "streak" or not isinstance(measure, Grouped):
        return measure.read("v")
    period = span_source(criterion.constants, criterion.criterion.group)
    return f"(0 if {measure.broken('v', period)} else {measure.read('v')})"


def _within(criterion: CompiledCriterion) -> str:
    """Source of the longest gap in a rolling window, as of a day."""
    last = f"s.{criterion.field}_last" + ".get(key)" * criterion.keyed
    length = criterion.constants.name(f"last {criterion.over.length}", criterion.over.length)
    found = criterion.constants.name("gap within", gap_within)
    return f"{found}(value, {last}, day, now - {length})"
