"""Criteria, as source: each sees the activities of some slots, and keeps its measure in fields of the holder's state.

Progress and awards use the same fields: :meth:`CompiledCriterion.write_fold` writes how an activity is folded into them,
``readers`` how they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeAlias

from attrs import frozen

from wiifm.activities import Slot
from wiifm.criteria import Criterion
from wiifm.expressions import parse
from wiifm.periods import Over
from wiifm.program.keys import counted_by, grouped_by
from wiifm.program.measures import Grouped, MeasureFailed, Plain, exact
from wiifm.program.spans import span_source
from wiifm.program.state import Fields, Holds
from wiifm.program.windows import PluginWindow, Window
from wiifm.program.writing import Constants, Function, Source, within
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import names_for

Then: TypeAlias = Callable[[str, str, str], None]
"""Writes what is done with a value; called with source of the key, of the number of the period, and of the value."""


@frozen
class CompiledCriterion:
    """A criterion: the field that its measure is kept in, the slots that it sees, and its thresholds by tier, as source."""

    book: RuleBook
    constants: Constants
    criterion: Criterion
    field: str
    slots: frozenset[Slot]
    measure: Plain | Grouped
    over: Over
    thresholds: tuple[tuple[str, str], ...]

    @property
    def inner(self) -> Criterion:
        """The criterion whose samples are measured: ``each``, if there is one."""
        return self.criterion.each or self.criterion

    @property
    def on(self) -> tuple[str, ...]:
        """The event types that it names."""
        return self.criterion.on or self.inner.on

    @property
    def keyed(self) -> bool:
        """Whether it counts by keys."""
        return self.criterion.per != "member"

    @property
    def parts(self) -> tuple[CompiledCriterion, ...]:
        """The criteria that have fields in the state: itself; of a ratio, its two terms."""
        return (self,)

    @property
    def earns(self) -> bool:
        """Whether it counts what rules have booked."""
        return self.inner.measure == "earned"

    @property
    def may_lack(self) -> bool:
        """Whether there may be no value right after an activity."""
        return self.foreign

    @property
    def of_nothing(self) -> int | None:
        """Its value if it has seen nothing."""
        found = self.measure
        lacks = isinstance(found, Plain) and (found.nullable or found.first == "None")
        return None if lacks else 0

    @property
    def passes(self) -> bool:
        """Whether time changes its value although nothing happens."""
        return self.over.kind != "ever" or self.criterion.measure in ("streak", "gap")

    @property
    def is_kept_as_it_is(self) -> bool:
        """Whether what is kept for each key is the value itself, so that a composite badge needs no copy of it."""
        if not self.keyed or self.over.kind != "ever" or self.foreign:
            return False
        return isinstance(self.measure, Plain) and self.measure.read("v") == "v"

    @property
    def remembers(self) -> bool:
        """Whether it needs the time of its last activity besides its rolling window."""
        return self.over.kind == "last" and self.criterion.measure == "gap"

    def span(self, day: int) -> int:
        """The number of the period of ``over`` that a day lies in."""
        return 0 if self.over.kind == "last" else self.over.span(day)

    @property
    def window(self) -> Window:
        """Its rolling window. Only for criteria over "last ..."."""
        place = (self.constants, self.field, self.over.length, self.criterion)
        return PluginWindow(*place, self.measure) if self.foreign else Window(*place)

    def register(self, fields: Fields) -> None:
        """Add the fields that it needs to the state."""
        name, what = self.field, f"{self.criterion.measure} of {', '.join(self.on) or 'points'}"
        if self.over.kind == "last":
            self.window.register(fields, what)
            if self.remembers:
                last = f"moment and day of the last of {name}"
                if self.keyed:
                    fields.add(f"{name}_last", "{}", "table", last)
                else:
                    fields.add(f"{name}_last", "None", "plain", last)
            return
        table: Holds = "table" if self.over.kind == "ever" else "container"
        if self.keyed:
            fields.add(name, "None", "containers" if self.holds else table, what)
        elif self.holds:
            fields.add(name, "None", "container", what)
        else:
            fields.add(name, self.measure.first, "foreign" if self.foreign else "plain", what)
        if self.over.kind in ("calendar", "every"):
            fields.add(f"{name}_span", "None", "plain", f"the period that {name} is of")
        if self._tabled:
            fields.add(f"{name}_inner", "None", table, f"what {name} has in each group")

    @property
    def _tabled(self) -> bool:
        """Whether each group has a state in a table of its own."""
        return isinstance(self.measure, Grouped) and not self.measure.by_period

    # ---- folding an activity in --------------------------------------------------------------------------

    def write_fold(
        self,
        f: Function,
        booked: dict[str, str],
        then: Then | None,
        refuse: str,
        skip: bool = False,
    ) -> None:
        """Write how an activity is folded in. If another badge has folded it into the same field already, only the value is read.

        ``booked`` has the locals with what rules have booked, by rule. ``then`` writes what is done with the value; without it
        the value isn't measured here, but read later. ``refuse`` is source that writes a refusal up to its reason, for faults
        of a plugin's measure. With ``skip``, ``then`` may be skipped if the value can't have changed.
        """
        if self.inner.measure == "earned" and self.on and f.slot[0] not in self.on:
            return
        body = f.body
        sample = self._sample(f, booked)
        if sample is None:
            return
        heads, x, numeric = sample
        if self.field in f.folded:
            if then is not None:
                with (
                    body.blocks(*self._conditions(f), *heads),
                    counted_by(self.criterion.per, f) as key,
                ):
                    self._write_look_up(body, key, then)
            return
        f.folded.add(self.field)
        with body.blocks(*self._conditions(f), *heads):
            if numeric:
                with body.block(f"if type({x}) is float:"):
                    body.line(f"{x} = {self.constants.name('exact', exact)}({x})")
            with counted_by(self.criterion.per, f) as key, self.guarded(body, refuse):
                self._fold(f, key, x, then, skip)

    def _write_look_up(self, body: Source, key: str, then: Then) -> None:
        """Write how the value is read after the activity was folded in."""
        if self.over.kind == "last":
            self.window.write_look_up(body, key)
            then(key, "0", "value")
            return
        span = self.span_source("day") if self.over.kind == "ever" else f"s.{self.field}_span"
        body.line(f"v = s.{self.field}" + f"[{key}]" * self.keyed)
        then(key, span, self._value(body, "v"))

    @property
    def foreign(self) -> bool:
        """Whether a plugin measures."""
        return self._plain.foreign

    @contextmanager
    def guarded(self, body: Source, refuse: str) -> Iterator[None]:
        """Open a block in which a plugin's measure may fail: then nothing is given for the key, a refusal says so, and others go on."""
        if not self.foreign:
            yield
            return
        self.constants.values["MeasureFailed"] = MeasureFailed
        with body.block("try:"):
            yield
        with body.block("except MeasureFailed as error:"):
            body.line(f"{refuse}, 'fault', str(error)))")

    def _conditions(self, f: Function) -> list[str]:
        """The heads of the blocks in which an activity counts."""
        conditions = within(self.constants, self.criterion.since, self.criterion.until)
        if not self.criterion.self_credit and self.inner.measure != "earned":
            conditions.append(f"not {f.need('is_self')}")
        for each in {id(c): c for c in (self.criterion, self.inner)}.values():
            if each.where is not None and each.measure != "run":
                conditions.append(self._condition(f, each.where))
        return [f"if {' and '.join(conditions)}:"] if conditions else []

    def _condition(self, f: Function, where: str) -> str:
        found = parse(where, names_for(self.book.types, self.on), where="where", kind="flag")
        return f.expression(found)

    def _sample(self, f: Function, booked: dict[str, str]) -> tuple[list[str], str, bool] | None:
        """Heads of blocks, source of the sample, and whether it must be made exact; None if there can't be a sample."""
        inner = self.inner
        if inner.measure == "earned":
            return self._earned(booked)
        if inner.measure == "run":
            return [], self._condition(f, inner.where) if inner.where else "True", False
        if not inner.value:
            return [], "day" if inner.measure == "gap" else "1", False
        found = parse(inner.value, names_for(self.book.types, self.on), where="value", kind=None)
        sample = f.expression(found)
        if sample.strip("(-)").isdecimal():
            return [], sample.strip("()"), False
        return [f"if (x := {sample}) is not None:"], "x", self._plain.numeric

    @property
    def _plain(self) -> Plain:
        """The measure of its samples."""
        return self.measure.inner if isinstance(self.measure, Grouped) else self.measure

    def _earned(self, booked: dict[str, str]) -> tuple[list[str], str, bool] | None:
        """Like ``_sample``, for what rules have booked."""
        purse, rules = self.book.purses[self.inner.purse], self.inner.rules or tuple(booked)
        amounts = [
            name
            for rule, name in booked.items()
            if rule in rules and self.book.rules[rule].purse == purse.id
        ]
        if not amounts:
            return None
        total = " + ".join(amounts)
        if purse.decimals:
            self.constants.values["Fraction"] = Fraction
            total = f"Fraction({total}, {10**purse.decimals})"
        return [f"if {' or '.join(amounts)}:"], f"({total})", False

    def _fold(self, f: Function, key: str, x: str, then: Then | None, skip: bool) -> None:
        """Write how a sample is folded in, for one key."""
        body, span = f.body, self.span_source("day")
        if isinstance(self.measure, Grouped):
            head, group = grouped_by(self.constants, self.criterion.group, f)
            if self.measure.by_zone:
                f.need("local")
        else:
            head, group = "", ""
        if self.over.kind == "last":
            self.window.write_roll(body, key, x, head, group)
            if self.remembers:
                place = f"s.{self.field}_last" + f"[{key}]" * self.keyed
                body.line(f"{place} = (e.occurred_at, day)")
            if then is not None:
                self.window.write_value(body, key)
                then(key, "0", "value")
            return
        if self.over.kind != "ever":
            self._turn_over(body, span)
            span = f"s.{self.field}_span"
        if isinstance(self.measure, Plain) and self.measure.adds and not self.keyed:
            name = f"s.{self.field}"
            body.line(f"{name} = v = {self.measure.step.format(v=name, x=x)}")
            if then is not None:
                then(key, span, "v")
            return
        v = self._load(body, key)
        if isinstance(self.measure, Grouped):
            self._fold_grouped(body, key, x, (head, group), v, skip and not self.keyed, then, span)
            return
        self.measure.write_step(body, v, x)
        self._store(body, key, v)
        if then is not None:
            then(key, span, self._value(body, v))

    def _fold_grouped(
        self,
        body: Source,
        key: str,
        x: str,
        where: tuple[str, str],
        v: str,
        skip: bool,
        then: Then | None,
        span: str,
    ) -> None:
        """Write how a sample of a group is folded in. ``where`` has the head of the block with its group, and the group."""
        assert isinstance(self.measure, Grouped)
        head, group = where
        settled = self.measure.settled(v, group) if skip else ""
        with body.blocks(f"if not ({settled}):" if settled else ""):
            inner = ""
            if self._tabled:
                inner = "inner"
                body.line(f"inner = s.{self.field}_inner")
                with body.block("if inner is None:"):
                    body.line(f"inner = s.{self.field}_inner = {{}}")
            place = f"({key}, {group})" if self.keyed else group
            with body.blocks(head):
                self.measure.write_step(body, v, x, group, inner, place)
            self._store(body, key, v)
            if then is not None:
                then(key, span, self._value(body, v))

    def _value(self, body: Source, v: str) -> str:
        """Source of the value; written into a local if it is more than a name."""
        found = self.measure.read(v)
        if found == v:
            return v
        body.line(f"value = {found}")
        return "value"

    def span_source(self, day: str) -> str:
        """Source of the number of the period of ``over`` that a day lies in."""
        if self.over.kind == "every":
            return f"{day} // {self.over.length.days}"
        return span_source(self.constants, self.over.period or "ever", day)

    def _turn_over(self, body: Source, span: str) -> None:
        """Write that the measure starts anew in a new period."""
        name = self.field
        body.line(f"span = {span}")
        with body.block(f"if s.{name}_span != span:"):
            first = "None" if self.keyed or self.holds else self.measure.first
            body.line(f"s.{name}_span, s.{name} = span, {first}")
            if self._tabled:
                body.line(f"s.{name}_inner = None")

    @property
    def holds(self) -> bool:
        """Whether the measure's state is a set that is changed in place."""
        return isinstance(self.measure, Plain) and self.measure.holds

    def _load(self, body: Source, key: str) -> str:
        """Write how the state of the measure is loaded; return its local."""
        name = self.field
        if not self.keyed:
            body.line(f"v = s.{name}")
            if self.holds:
                with body.block("if v is None:"):
                    body.line(f"v = s.{name} = set()")
            return "v"
        body.line(f"table = s.{name}")
        with body.block("if table is None:"):
            body.line(f"table = s.{name} = {{}}")
        if self.holds:
            body.line(f"v = table.get({key})")
            with body.block("if v is None:"):
                body.line(f"v = table[{key}] = set()")
        else:
            body.line(f"v = table.get({key}, {self.measure.first})")
        return "v"

    def _store(self, body: Source, key: str, v: str) -> None:
        """Write how the state of the measure is stored."""
        if not self.holds:
            body.line(f"table[{key}] = {v}" if self.keyed else f"s.{self.field} = {v}")

    # ---- reading -----------------------------------------------------------------------------------------

    def write_helper(self, source: Source) -> None:
        """Write the function that measures a rolling window, if it needs one."""
        if self.over.kind == "last":
            self.window.write_helper(source)
