"""The ratio of two measures, as source: each of the two is folded and kept like a criterion of its own.

An activity that either of them sees is folded into both first; then the ratio is computed from what their readers read.
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
    """The first value divided by the second; None if the second is less than ``least`` or not positive, or one is missing.

    >>> ratio(3, 4, 1), ratio(3, 4, 5), ratio(3, None, 1)
    (Fraction(3, 4), None, None)
    """
    if first is None or second is None or second < least:
        return None
    return Fraction(first, second) if second > 0 else None


NOTHING = Plain("None", "None")
"""The measure of a ratio, which keeps nothing itself."""


@frozen
class CompiledRatio(CompiledCriterion):
    """A criterion that is the ratio of two ``terms``; ``least`` is how much there must be of the second."""

    terms: tuple[CompiledCriterion, CompiledCriterion]
    least: str

    @property
    def parts(self) -> tuple[CompiledCriterion, ...]:
        """The criteria that have fields in the state: its two terms."""
        return self.terms

    @property
    def earns(self) -> bool:
        """Whether it counts what rules have booked."""
        return any(each.earns for each in self.terms)

    @property
    def may_lack(self) -> bool:
        """Whether there may be no value right after an activity."""
        return True

    @property
    def is_kept_as_it_is(self) -> bool:
        """Never: only its terms are kept."""
        return False

    def register(self, fields: Fields) -> None:
        """Add the fields that it needs to the state."""
        for each in self.terms:
            each.register(fields)

    def write_fold(
        self,
        f: Function,
        booked: dict[str, str],
        then: Then | None,
        refuse: str,
        skip: bool = False,
    ) -> None:
        """Write how an activity is folded into the terms that see it, and what is done with their ratio."""
        body, touched = f.body, f"{self.field}_touched"
        seen = [each for each in self.terms if f.slot in each.slots]

        def note(key: str, span: str, value: str) -> None:
            body.line(f"{touched}[{key}] = None")

        if then is not None:
            body.line(f"{touched} = {{}}")
        for each in seen:
            each.write_fold(f, booked, None if then is None else note, refuse)
        if then is not None:
            span = "0" if self.over.kind in ("ever", "last") else self.span_source("day")
            with body.block(f"for key in {touched}:"):
                for each in self.terms if self.over.kind == "last" else ():
                    each.window.write_expiry(body, "key")  # so that it isn't looked at again
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
        """Source of the first term's value if it has seen nothing."""
        return "None" if self.terms[0].of_nothing is None else "0"


def compiled_criterion(
    book: RuleBook, constants: Constants, criterion: Criterion, field: str, kept: dict[str, str]
) -> CompiledCriterion:
    """A criterion that keeps its measure in ``field``; a ratio keeps two.

    ``kept`` has the fields so far, by what they keep: what two criteria measure alike is kept, and folded, once.
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
        least = number(constants, criterion.terms[1].least)
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
    """What a criterion keeps, whatever is asked of it and however it is spelled: its meaning without its thresholds.

    Books with the same digest must keep the same, since one may continue with the states of the other.
    """
    return meaning_of(evolve(criterion, at_least={}, or_only=None, again=()))
