"""Judged grades: what several judges say of an object, its duplicates included, as one number of points.

``said[object]`` is ``(worth, ((judge, value, original), ...))``: what the object is worth now, and what each judge said
last, in the order in which the judges first spoke. ``echoes[object]`` lists the objects that were called its duplicates.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from attrs import frozen

from wiifm.events import is_text
from wiifm.expressions import parse
from wiifm.program.amounts import expressible, in_minor
from wiifm.program.measures import Number, exact, guarded_measure
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Judged, Rule

Judgement: TypeAlias = tuple["str | None", "Number | None", "str | None"]
"""What a judge says of an object: the judge, the value, and the object that it is a duplicate of."""

Said: TypeAlias = dict["str | None", tuple[int, tuple[Judgement, ...]]]
Echoes: TypeAlias = dict[str, tuple["str | None", ...]]


def median(samples: list[Number]) -> Number:
    """The middle one of some samples; of an even number the mean of the two in the middle.

    >>> median([5, 1, 3]), median([1, 2])
    (3, Fraction(3, 2))
    """
    ordered, middle = sorted(samples), len(samples) // 2
    return (
        ordered[middle] if len(ordered) % 2 else Fraction(ordered[middle - 1] + ordered[middle], 2)
    )


def trimmed(samples: list[Number], trim: Number) -> Number:
    """The mean without the highest and the lowest samples: of each the share ``trim``, rounded down.

    >>> trimmed([1, 2, 3, 4, 90], Fraction(1, 5))
    Fraction(3, 1)
    """
    out = int(len(samples) * trim)
    left = sorted(samples)[out : len(samples) - out]
    return Fraction(sum(left), len(left))


def joined(book: RuleBook, judged: Judged) -> Callable[[list[Number]], Number | None]:
    """The function that makes one value of at least one sample, as a judged rule says."""
    trim = exact(judged.trim)
    ours: dict[str, Callable[[list[Number]], Number | None]] = {
        "mean": lambda samples: Fraction(sum(samples), len(samples)),
        "median": median,
        "trimmed": lambda samples: trimmed(samples, trim),
    }
    return ours.get(judged.by) or guarded_measure(book.measures[judged.by])


@frozen
class Judging:
    """How a judged rule folds a judgement.

    Attributes:
        join: makes one value of samples.
        points: what a value is worth.
        share: the part of the original's value that a duplicate gets.
    """

    join: Callable[[list[Number]], Number | None]
    points: Callable[[int | float], object]
    share: Number
    decimals: int

    @classmethod
    def of(cls, book: RuleBook, rule: Rule) -> Judging:
        """The judging of a rule."""
        assert rule.judged is not None, "only judged rules are asked"
        points = parse(str(rule.points), {"value": "number"}, where="points", kind="number")
        return cls(
            joined(book, rule.judged),
            points.function({"value": "value"}, "value"),
            exact(rule.judged.share),
            book.purses[rule.purse].decimals,
        )

    def take(self, said: Said, echoes: Echoes, target: str | None, judgement: Judgement) -> int:
        """Fold what a judge says of an object.

        Returns:
            By how much all objects together are worth more, in minor units.
        """
        judge, _, original = judgement
        worth, judgements = said.get(target, (0, ()))
        place = next((n for n, each in enumerate(judgements) if each[0] == judge), len(judgements))
        said[target] = (worth, (*judgements[:place], judgement, *judgements[place + 1 :]))
        if original is not None and is_text(original):  # else it is no object's id
            found = echoes.get(original, ())
            if target not in found:
                echoes[original] = (*found, target)
        more = 0
        for each in dict.fromkeys((target, *echoes.get(target or "", ()))):
            before, judgements = said.get(
                each, (0, ())
            )  # with ``get``, which loads it from a store
            now = self._worth(said, judgements)
            said[each] = (now, judgements)
            more += now - before
        return more

    def _worth(self, said: Said, judgements: tuple[Judgement, ...]) -> int:
        """What an object is worth, in minor units; 0 if nobody has judged it."""
        found = [self._sample(said, judgement) for judgement in judgements]
        samples = [each for each in found if each is not None]
        value = self.join(samples) if samples else None
        return 0 if value is None else in_minor(self.points(expressible(value)), self.decimals) or 0

    def _sample(self, said: Said, judgement: Judgement) -> Number | None:
        """The sample of a judge for an object. For a duplicate it is a share of what the same judge said of the original."""
        judge, value, original = judgement
        if original is None:
            return value
        judgements = said.get(original, (0, ()))[1]
        of_original = next((each[1] for each in judgements if each[0] == judge), None)
        return self.share * (of_original or 0)
