"""Limits, as source: how much a holder may still get, and the fields in which that is counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from attrs import frozen

from wiifm.periods import PERIODS
from wiifm.program.amounts import in_minor
from wiifm.program.spans import span_source
from wiifm.program.state import Fields
from wiifm.program.writing import Constants, Function
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Limit

_PARTS = {"object": "target", "person": "person", "community": "community", "topic": "topics"}


@frozen
class CompiledLimit:
    """A limit. What is counted in the present period is kept in a field: points, times, or both, for each key if it has keys.

    ``parts`` are what the keys consist of.
    """

    limit: Limit
    field: str
    constants: Constants
    most: int | None
    period: str
    parts: tuple[str, ...]

    @property
    def words(self) -> str:
        """The words for the limit."""
        return limit_words(self.limit)

    def register(self, fields: Fields) -> None:
        """Add the fields that it needs to the state."""
        if self.parts:
            for_ever = self.period == "ever"
            fields.add(self.field, "None", "table" if for_ever else "container", self.words)
        else:
            if self.limit.points is not None:
                fields.add(f"{self.field}_points", "0", "plain", f"points counted by {self.words}")
            if self.limit.times is not None:
                fields.add(f"{self.field}_times", "0", "plain", f"grants counted by {self.words}")
        if self.period != "ever":
            fields.add(f"{self.field}_span", "None", "plain", f"the period counted by {self.words}")

    def _write_reset(self, f: Function) -> None:
        """Write that the count starts anew in a new period, and how the keys of the activity are found."""
        body, name = f.body, self.field
        if self.period != "ever":
            span = span_source(self.constants, self.period)
            if not span.isidentifier():
                body.line(f"span = {span}")
                span = "span"
            with body.block(f"if s.{name}_span != {span}:"):
                body.line(f"s.{name}_span = {span}")
                if self.parts:
                    body.line(f"s.{name} = None")
                else:
                    body.line(*(f"s.{name}_{part} = 0" for part in self._counted))
        if self.parts:
            with body.block(f"if s.{name} is None:"):
                body.line(f"s.{name} = {{}}")
            body.line(
                f"{name}_keys = {self._keys(f)}" if self._many else f"{name}_key = {self._key(f)}"
            )

    @property
    def _counted(self) -> list[str]:
        """What is counted: points, times, or both."""
        limit = self.limit
        return ["points"] * (limit.points is not None) + ["times"] * (limit.times is not None)

    @property
    def _many(self) -> bool:
        """Whether one activity may count for several keys."""
        return "topic" in self.parts

    def _key(self, f: Function) -> str:
        """Source of the key that an activity counts for. A missing part is a key like any other."""
        values = [f.need(_PARTS[part]) for part in self.parts]
        return values[0] if len(values) == 1 else f"({', '.join(values)})"

    def _keys(self, f: Function) -> str:
        """Source of the keys of an activity, one for each topic."""
        options = [
            f"({f.need('topics')} or (None,))" if part == "topic" else f"({f.need(_PARTS[part])},)"
            for part in self.parts
        ]
        if len(options) == 1:
            return options[0]
        self.constants.values["product"] = product
        return f"tuple(product({', '.join(options)}))"

    @contextmanager
    def write_limit(
        self, f: Function, refuse: str, gains: bool, if_cut: list[str]
    ) -> Iterator[None]:
        """Write how ``left`` is cut to what the limit leaves; open a block in which the limit isn't used up.

        Args:
            f: the function to write into.
            refuse: source that writes a refusal up to its reason.
            gains: whether the rule never deducts, so that deductions need no check.
            if_cut: lines to write where something was cut. They may use ``tightest``, the limit's words.
        """
        body, limit, words = f.body, self.limit, repr(self.words)
        self._write_reset(f)
        used_up = f"{refuse}, 'limit', {self.words + ' is used up'!r}))"
        points, times = self._read(f)
        if limit.times is None:
            self._cut(f, points, words, gains, if_cut)
            yield
            return
        with body.block(f"if {times} >= {limit.times}:"):
            body.line(used_up)
        with body.block("else:"):
            self._cut(f, points, words, gains, if_cut)
            yield

    def _read(self, f: Function) -> tuple[str, str]:
        """Write how the counts are read; return source of the points and of the times."""
        name = self.field
        if not self.parts:
            return f"s.{name}_points", f"s.{name}_times"
        if not self._many:
            f.body.line(f"{name}_was = s.{name}.get({name}_key, {self._nothing})")
            both = len(self._counted) == 2
            return (f"{name}_was[0]", f"{name}_was[1]") if both else (f"{name}_was", f"{name}_was")
        f.body.line(f"counted = [s.{name}.get(key, (0, 0)) for key in {name}_keys]")
        return "max(points for points, _ in counted)", "max(times for _, times in counted)"

    @property
    def _nothing(self) -> str:
        """Source of the count of a new key."""
        return "(0, 0)" if len(self._counted) == 2 else "0"

    def _cut(self, f: Function, points: str, words: str, gains: bool, if_cut: list[str]) -> None:
        """Write how ``left`` is cut to the points that the limit leaves."""
        if self.most is None:
            return
        f.body.line(f"room = {self.most} - {points}")
        with f.body.block("if left > room:" if gains else "if left > room and left > 0:"):
            f.body.line(f"left, tightest = max(0, room), {words}", *if_cut)

    def write_count(self, f: Function, gains: bool) -> None:
        """Write how what is left of an amount is counted."""
        body, name, limit = f.body, self.field, self.limit
        gain = "left" if limit.net or gains else "max(0, left)"
        if self._many:
            with body.block(f"for key in {name}_keys:"):
                body.line(f"points, times = s.{name}.get(key, (0, 0))")
                body.line(f"s.{name}[key] = (points + {gain}, times + 1)")
            return
        if self.parts:
            more = [gain] * (limit.points is not None) + ["1"] * (limit.times is not None)
            now = f"{name}_was + {more[0]}"
            if len(more) == 2:
                now = f"({name}_was[0] + {gain}, {name}_was[1] + 1)"
            body.line(f"s.{name}[{name}_key] = {now}")
            return
        if limit.points is not None:
            body.line(f"s.{name}_points += {gain}")
        if limit.times is not None:
            body.line(f"s.{name}_times += 1")


def compiled_limit(book: RuleBook, constants: Constants, limit: Limit, field: str) -> CompiledLimit:
    """A limit that counts in the field ``field``."""
    decimals = book.purses[limit.purse].decimals
    return CompiledLimit(
        limit=limit,
        field=field,
        constants=constants,
        most=None if limit.points is None else in_minor(limit.points, decimals),
        period=next((name for name in limit.per if name in PERIODS), "ever"),
        parts=tuple(name for name in limit.per if name not in PERIODS),
    )


def limit_words(limit: Limit) -> str:
    """The words for a limit: its name, or its terms if it has none.

    >>> limit_words(Limit(id="answer-liked#1", points=200, per=("day",)))
    'the limit of 200 points per day'
    >>> limit_words(Limit(id="posted#1", points=1_000_000, per=("ever",)))
    'the limit of 1000000 points'
    """
    if "#" not in limit.id:
        return f"the limit {limit.id!r}"
    most = [f"{limit.points:.15g} {limit.purse}"] if limit.points is not None else []
    most += [times_words(limit.times)] if limit.times is not None else []
    per = " and ".join(each for each in limit.per if each != "ever")
    return f"the limit of {' and '.join(most)}" + (per and f" per {per}")


def times_words(times: int) -> str:
    """A number of times, in words.

    >>> times_words(1), times_words(3)
    ('1 time', '3 times')
    """
    return "1 time" if times == 1 else f"{times} times"
