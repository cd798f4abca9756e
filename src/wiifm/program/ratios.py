"""The ratio of two measures, as source: each of the two is seen and kept like a criterion of its own.

An activity that either of them sees is taken in by both of them first; then the ratio is what their readers read.
"""

from __future__ import annotations

from fractions import Fraction

from attrs import evolve, frozen

from wiifm.criteria import Criterion, term_of
from wiifm.periods import Over
from wiifm.program.criteria import CompiledCriterion, Then
from wiifm.program.measures import Number, Plain, grouped, number, plain
from wiifm.program.slots import criterion_slots
from wiifm.program.state import Fields
from wiifm.program.writing import Constants, Function, Source
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import meaning_of


def ratio(first: Number | None, second: Number | None, least: Number) -> Number | None:
    """So much of the second there is of the first; None where there isn't ``least`` of the second.

    >>> ratio(3, 4, 1), ratio(3, 4, 5), ratio(3, None, 1)
    (Fraction(3, 4), None, None)
    """
    if first is None or second is None or second < least:
        return None
    return Fraction(first) / second if second > 0 else None


NOTHING = Plain("None", "None")
"""The measure of a ratio: it keeps nothing itself."""


@frozen
class CompiledRatio(CompiledCriterion):
    """A criterion that is the ratio of two; ``terms`` are these two, and ``least`` how much of the second there must be."""

    terms: tuple[CompiledCriterion, CompiledCriterion]
    least: str

    @property
    def parts(self) -> tuple[CompiledCriterion, ...]:
        """The criteria whose fields are in the state."""
        return self.terms

    @property
    def earns(self) -> bool:
        """Whether it asks for what rules have booked."""
        return any(each.earns for each in self.terms)

    @property
    def may_lack(self) -> bool:
        """Whether there may be no value right after an activity."""
        return True

    @property
    def is_kept_as_it_is(self) -> bool:
        """Never: only its terms are."""
        return False

    def register(self, fields: Fields) -> None:
        """Add the fields that it needs to the state."""
        for each in self.terms:
            each.register(fields)

    def see(
        self,
        f: Function,
        booked: dict[str, str],
        then: Then | None,
        refuse: str,
        skip: bool = False,
    ) -> None:
        """Write how an activity is folded in by the terms that see it, and what then comes of their ratio."""
        body, touched = f.body, f"{self.field}_touched"
        seen = [each for each in self.terms if f.slot in each.slots]

        def note(key: str, span: str, value: str) -> None:
            body.line(f"{touched}[{key}] = None")

        if then is not None:
            body.line(f"{touched} = {{}}")
        for each in seen:
            each.see(f, booked, None if then is None else note, refuse)
        if then is not None:
            span = "0" if self.over.kind in ("ever", "last") else self.span_source("day")
            with body.block(f"for key in {touched}:"):
                for each in self.terms if self.over.kind == "last" else ():
                    each.window.let_go(body, "key")  # so that no step looks at it once more
                body.line(f"value = {self.field}_value(s, key, day, e.occurred_at)")
                then("key", span, "value")

    def write_readers(self, source: Source) -> None:
        """Write how it is read, by the readers of its terms."""
        name, (first, second) = self.field, (each.field for each in self.terms)
        found = self.constants.name("ratio", ratio)
        with source.block(f"def {name}_values(s, day, now):"):
            source.line(f"firsts = dict({first}_values(s, day, now))")
            source.line(
                f"return [(key, {found}(firsts.get(key, {self._nothing}), each, {self.least})) "
                f"for key, each in {second}_values(s, day, now)]"
            )
        source.line("", "")
        with source.block(f"def {name}_value(s, key, day, now):"):
            source.line(
                f"first, second = {first}_value(s, key, day, now), {second}_value(s, key, day, now)",
                f"return {found}({self._nothing} if first is None else first, second, {self.least})",
            )
        source.line("", "")
        if self.over.kind == "last":
            with source.block(f"def {name}_moments(s, key, now):"):
                source.line(
                    f"return sorted([*{first}_moments(s, key, now), *{second}_moments(s, key, now)])"
                )
            source.line("", "")

    @property
    def _nothing(self) -> str:
        """Source of what the first comes to where there is nothing of it."""
        return "None" if self.terms[0].of_nothing is None else "0"


def compiled_criterion(
    book: RuleBook, constants: Constants, criterion: Criterion, field: str, kept: dict[str, str]
) -> CompiledCriterion:
    """One criterion, to be kept in a field; one that is a ratio in two.

    ``kept`` are the fields so far, by what is kept in them: what two criteria measure alike is kept, and folded, once.
    """
    over = Over.parse(criterion.over)
    assert isinstance(over, Over), "the book was checked"
    thresholds = tuple((tier, number(constants, most)) for tier, most in criterion.at_least.items())
    slots = criterion_slots(book, criterion)
    if criterion.terms:
        first, second = (
            compiled_criterion(book, constants, term_of(criterion, each), f"{field}_{n}", kept)
            for n, each in enumerate(criterion.terms)
        )
        least = number(constants, next(iter(criterion.terms[1].at_least.values())))
        place = (book, constants, criterion, field, slots)
        return CompiledRatio(*place, NOTHING, over, thresholds, (first, second), least)
    if (criterion.each or criterion).measure not in book.measures:
        field = kept.setdefault(_kept(criterion), field)
    place = (book, constants, criterion, field, slots)
    if criterion.each is not None:
        return CompiledCriterion(*place, grouped(book, constants, criterion), over, thresholds)
    alone = over.kind != "last"
    return CompiledCriterion(
        *place, plain(book, constants, criterion.measure, alone), over, thresholds
    )


def _kept(criterion: Criterion) -> str:
    """What is kept of a criterion, whatever is asked of it and however it is spelled: all that it means but for its thresholds.

    Books of one digest must keep the same: one may go on with what another one has kept.
    """
    return meaning_of(evolve(criterion, at_least={}, or_only=None, again=()))
