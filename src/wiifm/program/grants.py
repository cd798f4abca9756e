"""Rules, as source: whether a rule sees an activity, what that is worth, and what limits leave of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache

from attrs import frozen

from wiifm.expressions import parse
from wiifm.faults import origin
from wiifm.program.amounts import expressible, in_minor
from wiifm.program.checked_steps import checked_step
from wiifm.program.discounts import write_discounts
from wiifm.program.judging import Judging
from wiifm.program.limits import CompiledLimit, times_words
from wiifm.program.measures import MeasureFailed, Plain, exact, number, plain
from wiifm.program.state import Fields
from wiifm.program.writing import Constants, Function, within
from wiifm.records import Grant
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import names_for, names_in, special_names
from wiifm.rules import Gate, Judged, Rule

_DERIVED = frozenset(
    [
        *("recipient", "community", "topics", "object_type"),
        *("unit", "actor_unit", "recipient_unit"),
        *("hour", "weekday", "day", "month"),
    ]
)
"""Names in sentences whose words are inferred for an event and may be inferred differently later, so they are stored."""


def eligible(book: RuleBook, constants: Constants, rule: Rule, f: Function) -> str:
    """Source of whether a rule sees an activity, a plugin's test and self-credit aside; "" if it always does."""
    conditions = within(constants, rule.since, rule.until)
    for key, among in (
        ("community", rule.audience.communities),
        ("holder_unit", rule.audience.units),
    ):
        if among:
            conditions.append(
                f"{f.need(key)} in {constants.name(f'{rule.id} {key}', frozenset(among))}"
            )
    if rule.where is not None:
        names = names_for(book.types, rule.on)
        conditions.append(f.expression(parse(rule.where, names, where="where", kind="flag")))
    return " and ".join(conditions)


def words_needed(template: str, f: Function) -> str:
    """Source of the words of a sentence that have to be stored, beyond the fields of the event; "None" if there are none."""
    pairs = ", ".join(f"{name!r}: {f.read(name)}" for name in sorted(names_in(template) & _DERIVED))
    return f"{{{pairs}}}" if pairs else "None"


@frozen
class CompiledRule:
    """A rule that writes itself into the functions of its slots; the names of its fields and locals begin with ``prefix``."""

    book: RuleBook
    constants: Constants
    rule: Rule
    prefix: str
    limits: tuple[CompiledLimit, ...]

    @property
    def decimals(self) -> int:
        """The decimals of its purse."""
        return self.book.purses[self.rule.purse].decimals

    def register(self, fields: Fields) -> None:
        """Add the fields that it needs to the state."""
        rule = self.rule
        fields.add(purse_field(rule.purse), "0", "plain", f"the purse {rule.purse}")
        for each in self.limits:
            each.register(fields)
        if rule.graded:
            fields.add(f"{self.prefix}_grade", "None", "table", f"measure of {rule.id}, by object")
            fields.add(f"{self.prefix}_given", "None", "table", f"points from {rule.id}, by object")
        if rule.judged:
            fields.add(f"{self.prefix}_said", "None", "table", f"what judges say under {rule.id}")
            fields.add(f"{self.prefix}_echoes", "None", "table", "duplicates, by their original")
            fields.add(f"{self.prefix}_owed", "0", "plain", f"what limits held back of {rule.id}")
        if rule.kind is not None:
            start = self.constants.name(f"{rule.kind} start", self.book.kinds[rule.kind].start)
            fields.add(f"{self.prefix}_state", start, "foreign", f"the state of {rule.id}")

    def write(self, f: Function, booked: str) -> None:
        """Write it into the function of a slot. ``booked`` is the local for what it books, if a badge asks for that."""
        rule, body = self.rule, f.body
        body.line(f"# the rule {rule.id!r}")
        template = rule.say or (rule.means or rule.id).replace("{", "{{").replace("}", "}}")
        graded = rule.graded is not None or rule.judged is not None
        noun = self.constants.grant(Grant(rule.id, rule.purse, f.slot, template, graded))
        grant = self.constants.name(f"rule {rule.id}", noun)
        refuse = f"refuse((h, e, {grant}"
        condition = eligible(self.book, self.constants, rule, f)
        with (
            body.blocks(f"if {condition}:" if condition else ""),
            self._tested(f, refuse),
            self._of_others(f, refuse),
            self._through_the_gate(f, refuse),
        ):
            if self._fixed is not None and not (rule.split or rule.weaker or rule.fade):
                with ExitStack() as left:
                    self._write_limits(f, refuse, left, repr(self._fixed))
                    self._write_booking(f, grant, booked, template)
            else:
                self._write_amount(f, refuse)
                write_discounts(self.constants, rule, self.prefix, f, refuse)
                with body.block("if amount:"), ExitStack() as left:
                    self._write_limits(f, refuse, left, "amount")
                    self._write_booking(f, grant, booked, template)

    @property
    def _fixed(self) -> int | None:
        """The amount in minor units, if it is always the same; else None."""
        rule = self.rule
        if rule.graded or rule.judged or rule.kind is not None or isinstance(rule.points, str):
            return None
        return in_minor(rule.points, self.decimals)

    @property
    def _gains(self) -> bool:
        """Whether it surely never deducts."""
        return self._fixed is not None and self._fixed > 0

    @contextmanager
    def _tested(self, f: Function, refuse: str) -> Iterator[None]:
        """Open a block for activities that pass a plugin's test. If the test raises, a refusal says so, and other rules go on."""
        if self.rule.test is None:
            yield
            return
        body, test = f.body, self.constants.name(f"{self.rule.id} test", self.rule.test)
        with body.block("try:"):
            body.line(f"holds = bool({test}({f.need('activity')}))  # the test of {self.rule.id}")
        with body.block("except FOREIGN_ERRORS as error:"):
            text = f"its test {origin(self.rule.test)} "
            body.line("holds = False", f"{refuse}, 'fault', {text!r} + FAILURE(error, {test})))")
        with body.block("if holds:"):
            yield

    @contextmanager
    def _of_others(self, f: Function, refuse: str) -> Iterator[None]:
        """Open a block for activities that aren't self-credit."""
        if self.rule.self_credit:
            yield
            return
        with f.body.block(f"if {f.need('is_self')}:"):
            f.body.line(f"{refuse}, 'self', 'it would credit members for their own doing'))")
        with f.body.block("else:"):
            yield

    @contextmanager
    def _through_the_gate(self, f: Function, refuse: str) -> Iterator[None]:
        if self.rule.gate is None:
            yield
            return
        shut = f"{gate_words(self.book.gates[str(self.rule.gate)], self.rule.purse)} was shut"
        with f.body.block(f"if not {f.place(place_name(self.prefix))}:"):
            f.body.line(f"{refuse}, 'gate', {shut!r}))")
        with f.body.block("else:"):
            yield

    def _write_amount(self, f: Function, refuse: str) -> None:
        """Write how ``amount`` is computed, in minor units."""
        rule, body = self.rule, f.body
        if rule.kind is not None:
            self._write_custom(f, refuse)
            return
        if rule.judged is not None:
            self._write_judgement(f, refuse, rule.judged)
            return
        if rule.graded is None:
            self._write_worth(f, "amount", refuse)
            return
        grade, given = f"s.{self.prefix}_grade", f"s.{self.prefix}_given"
        with body.block(f"if {grade} is None:"):
            body.line(f"{grade}, {given} = {{}}, {{}}")
        target = f.need("target")
        found = plain(self.book, self.constants, rule.graded.by)
        self._write_grade(f, found, grade, target)
        self._write_worth(f, "worth", refuse)
        body.line(f"amount = None if worth is None else worth - {given}.get({target}, 0)")

    def _write_judgement(self, f: Function, refuse: str, judged: Judged) -> None:
        """Write how a judgement is folded in: ``amount`` is by how much more all is worth, plus what limits held back before."""
        body, constants = f.body, self.constants
        said, echoes, owed = (f"s.{self.prefix}_{name}" for name in ("said", "echoes", "owed"))
        names = names_for(self.book.types, self.rule.on)
        value = parse(judged.value, names, where="value", kind="number")
        original = "None"
        if judged.original is not None:
            original = f.expression(parse(judged.original, names, where="original", kind="text"))
        judging = constants.name(f"{self.rule.id} judging", Judging.of(self.book, self.rule))
        constants.values["MEASURE_FAILED"] = MeasureFailed
        with body.block(f"if {said} is None:"):
            body.line(f"{said}, {echoes} = {{}}, {{}}")
        body.line(f"x = {f.expression(value)}")
        with body.block("if type(x) is float:"):
            body.line(f"x = {constants.name('exact', exact)}(x)")
        judgement = f"({f.read('actor')}, x, {original})"
        with body.block("try:"):
            body.line(
                f"amount = {owed} + {judging}.take({said}, {echoes}, {f.need('target')}, {judgement})"
            )
        with body.block("except MEASURE_FAILED as error:"):
            body.line("amount = None", f"{refuse}, 'fault', str(error)))")
        with body.block("else:"):
            body.line(f"{owed} = amount")

    def _write_grade(self, f: Function, found: Plain, grade: str, target: str) -> None:
        """Write how a sample is folded into the grade of an object, and its ``value`` is read."""
        assert self.rule.graded is not None
        body = f.body
        body.line(f"v = {grade}.get({target}, {found.first})")
        if self.rule.graded.value:
            names = names_for(self.book.types, self.rule.on)
            sample = parse(self.rule.graded.value, names, where="value", kind=None)
            with body.block(f"if (x := {f.expression(sample)}) is not None:"):
                if found.numeric:
                    with body.block("if type(x) is float:"):
                        body.line(f"x = {self.constants.name('exact', exact)}(x)")
                found.write_step(body, "v", "x")
                body.line(f"{grade}[{target}] = v")
        else:
            found.write_step(body, "v", "1")
            body.line(f"{grade}[{target}] = v")
        body.line(f"value = {found.read('v')}")

    def _write_worth(self, f: Function, name: str, refuse: str) -> None:
        """Write how much the rule gives into a local; for a graded rule, how much the object is worth in all."""
        rule, constants = self.rule, self.constants
        if isinstance(rule.points, str):
            f.body.line(f"found = {self._expressed(f, rule.points)}")
            minor = constants.name("in_minor", in_minor)
            f.body.line(f"{name} = {minor}(found, {self.decimals})")
            with f.body.block(f"if {name} is None and found is not None:"):
                f.body.line(
                    f"{refuse}, 'fault', f'an amount of {{found:g}} is beyond all bounds'))"
                )
        elif rule.graded and rule.graded.steps:
            worth = "0"
            for at, points in rule.graded.steps:
                least = number(constants, at)
                worth = f"{in_minor(points, self.decimals)} if value >= {least} else {worth}"
            f.body.line(f"{name} = 0 if value is None else {worth}")
        else:
            f.body.line(f"{name} = {in_minor(rule.points, self.decimals)!r}")

    def _expressed(self, f: Function, points: str) -> str:
        """Source of an amount that is an expression."""
        special = special_names(self.book, self.rule)
        names = names_for(self.book.types, self.rule.on, special)
        sources = {"place": place_name(self.prefix)} if "place" in special else {}
        if "value" in special:
            shown = self.constants.name("expressible", expressible)
            sources["value"] = f"(None if value is None else {shown}(value))"
        return f.expression(parse(points, names, where="points", kind="number"), **sources)

    def _write_custom(self, f: Function, refuse: str) -> None:
        """Write a plugin's rule kind: its step folds the activities that the rule sees."""
        kind, body, constants = self.book.kinds[str(self.rule.kind)], f.body, self.constants
        step = constants.name(f"{kind.name} step", checked_step(kind, self.rule.settings))
        number = constants.name("in_minor", in_minor)
        with body.block("try:"):
            body.line(
                f"state, given = {step}(s.{self.prefix}_state, {f.need('activity')})  # the kind of {self.rule.id}"
            )
            body.line(f"s.{self.prefix}_state, amount = state, {number}(given, {self.decimals})")
        with body.block("except FOREIGN_ERRORS as error:"):
            body.line("amount = None")
            by = f" of {kind.by}" if kind.by else ""
            text = f"the rule kind {kind.name}{by}, {origin(kind.step)}, "
            own = constants.name(f"{kind.name} own step", kind.step)
            body.line(f"{refuse}, 'fault', {text!r} + FAILURE(error, {own})))")

    def _write_limits(self, f: Function, refuse: str, left: ExitStack, amount: str) -> None:
        """Write what limits and the floor leave of an amount, as ``left``."""
        purse = self.book.purses[self.rule.purse]
        body, limits = f.body, self.limits
        if_cut = [f"{refuse}, 'capped' if left else 'limit', (tightest, left, {amount})))"]
        body.line(f"left = {amount}")
        several = len(limits) > 1
        body.line(*["tightest = None"] * several)
        for each in limits:
            left.enter_context(each.write_limit(f, refuse, self._gains, if_cut * (not several)))
        if several and any(each.most is not None for each in limits):
            with body.block("if tightest:"):
                body.line(*if_cut)
        if purse.floor is not None and not self._gains:
            self._write_floor(f, refuse)
        if (
            self._fixed is None
            or purse.floor is not None
            or any(m.most is not None for m in limits)
        ):
            left.enter_context(body.block("if left:"))

    def _write_floor(self, f: Function, refuse: str) -> None:
        purse, body = self.book.purses[self.rule.purse], f.body
        floor, field = in_minor(purse.floor, purse.decimals), purse_field(purse.id)
        with body.block("if left < 0:"):
            body.line(f"wanted, left = left, min(0, max(left, {floor} - s.{field}))")
            with body.block("if left != wanted:"):
                words = f"the floor of {purse.floor:.15g} {purse.id}"
                body.line(f"{refuse}, 'floor', ({words!r}, left, wanted)))")

    def _write_booking(self, f: Function, grant: str, booked: str, template: str) -> None:
        body = f.body
        for each in self.limits:
            each.write_count(f, self._gains)
        body.line(f"s.{purse_field(self.rule.purse)} += left")
        if self.rule.graded:
            target, given = f.need("target"), f"s.{self.prefix}_given"
            body.line(f"{given}[{target}] = {given}.get({target}, 0) + left")
        if self.rule.judged:
            body.line(f"s.{self.prefix}_owed -= left")
        if booked:
            body.line(f"{booked} = left")
        body.line(f"book((h, e, {grant}, left, {self._words(f, template)}))")

    def _words(self, f: Function, template: str) -> str:
        found = words_needed(template, f)
        uses_place = "{place}" in template and "place" in special_names(self.book, self.rule)
        if not uses_place:
            return found
        place = f"{{'place': {place_name(self.prefix)}}}"
        return place if found == "None" else f"{{**{found}, **{place}}}"


def compiled_rule(
    book: RuleBook,
    constants: Constants,
    rule: Rule,
    prefix: str,
    limits: Mapping[str, CompiledLimit],
) -> CompiledRule:
    """A rule with all limits that hold for it."""
    of_all = {name for name, x in book.limits.items() if x.all and x.purse == rule.purse}
    names = {*map(str, rule.limit)} | (of_all - {*rule.exempt})
    own = tuple(limits[name] for name in sorted(names))
    return CompiledRule(book, constants, rule, prefix, own)


@lru_cache(maxsize=256)
def purse_field(purse: str) -> str:
    """The field of the state with the points in a purse."""
    return "purse_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c)}_" for c in purse)


def place_name(prefix: str) -> str:
    """The local with the place of a gated rule's claim."""
    return f"{prefix}_place"


def gate_words(gate: Gate, purse: str) -> str:
    """The words for the gate of a rule that gives points in a purse: its name, or its terms if it has none.

    >>> gate_words(Gate(id="kudos#", of=("actor",), times=5, per="week"), "points")
    'the gate of 5 times per week for each actor'
    >>> gate_words(Gate(id="first#", of=("object",), points=1_000_000), "points")
    'the gate of 1000000 points for each object'
    """
    if "#" not in gate.id:
        return f"the gate {gate.id!r}"
    most = f"{gate.points:.15g} {purse}" if gate.times is None else times_words(gate.times)
    more = f", and {gate.carry:.15g} carried over," if gate.carry is not None else ""
    per = "" if gate.per == "ever" else f" per {gate.per}"
    what = " and ".join(gate.of)
    return f"the gate of {most}{per}{more}" + ("" if what == "all" else f" for each {what}")
