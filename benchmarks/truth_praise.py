"""The comparison ``praise``: a judged praise pool (the pack ``praise``) and what its community published and paid.

The folder has ``praise.csv.gz``, ``allocation.csv.gz`` and ``params.json``, as README.md beside this file describes.
They are not part of the project.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import wiifm

POOLS = {
    "praise": "contributor_rewards",
    "judges": "quantifier_rewards",
    "board": "rewardboard_rewards",
}
"""The campaigns of the pack, and the names of their shares of the budget in the published parameters."""

Row = dict[str, str]
Figures = dict[str, list[int]]

# ---- from the community's files to events ------------------------------------------------------------------


def rows(path: Path) -> list[Row]:
    """The rows of a compressed CSV file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def praise_events(praises: list[Row], params: dict[str, Any]) -> Iterator[wiifm.Event]:
    """The events of some rounds: who is on the board, who praises whom, and the judgements.

    The files don't say when a judge judged, so all judgements of a round are dated by its last praise. A judge who changed nothing in a round
    didn't judge in it.
    """
    last: dict[str, datetime] = {}
    for row in praises:
        last[row["round"]] = max(_date(row), last.get(row["round"], _date(row)))
    for number, at in last.items():
        for member in params[number]["rewardboard"]:
            name = f"board:{number}:{member}"
            yield wiifm.Event(id=name, type="board.served", occurred_at=at, actor=member)
    judged = {
        (row["round"], each.judge) for row in praises for each in judgements(row) if each.judged
    }
    for row in praises:
        yield wiifm.Event(
            id=f"praise:{row['praise_id']}",
            type="praise.given",
            occurred_at=_date(row),
            actor=row["from"],
            object=row["praise_id"],
            recipient=row["to"],
        )
        for slot, each in enumerate(judgements(row)):
            if (row["round"], each.judge) in judged:
                yield _event(row, each, f"judged:{row['praise_id']}:{slot}", last[row["round"]])


class Judgement(NamedTuple):
    """A judge's columns of a praise in the table."""

    judge: str
    score: float
    original: str
    dismissed: bool

    @property
    def judged(self) -> bool:
        """Whether the judge changed anything."""
        return bool(self.score or self.original or self.dismissed)


def judgements(row: Row) -> Iterator[Judgement]:
    """The columns of all judges who were assigned to a praise."""
    columns = (
        row[key].split("|") for key in ("quantifiers", "scores", "duplicate_of", "dismissed")
    )
    for judge, score, original, dismissed in zip(*columns, strict=True):
        yield Judgement(judge, float(score or 0), original, dismissed == "1")


def _event(row: Row, judgement: Judgement, name: str, at: datetime) -> wiifm.Event:
    data: dict[str, Any] = {"score": judgement.score}
    if judgement.original:
        data["duplicate_of"] = judgement.original
    if judgement.dismissed:
        data["dismissed"] = True
    return wiifm.Event(
        id=name,
        type="praise.judged",
        occurred_at=at,
        actor=judgement.judge,
        object=row["praise_id"],
        recipient=row["to"],
        data=data,
    )


def _date(row: Row) -> datetime:
    return datetime.fromisoformat(row["date"])


# ---- the arithmetic of their tool --------------------------------------------------------------------------


def to_fixed(state: tuple[float, int]) -> Fraction:
    """A mean of doubles with two decimals, rounded as JavaScript's ``toFixed`` does: the exact value of the double, half up.

    >>> to_fixed((0.3, 4)), to_fixed((0.5, 4))
    (Fraction(7, 100), Fraction(13, 100))
    """
    exactly = Decimal(state[0] / state[1])
    return Fraction(exactly.quantize(Decimal("0.01"), ROUND_HALF_UP))


DOUBLES = wiifm.Measure(
    name="mean-of-doubles",
    start=(0.0, 0),
    add=lambda state, sample: (state[0] + float(sample), state[1] + 1),
    read=to_fixed,
    version="1",
)
"""The mean as the community's tool computes it: a sum of doubles, which exact arithmetic can't reproduce."""


class Doubles:
    """The plugin that registers this measure."""

    @wiifm.hookimpl
    def wiifm_measures(self, measures: Any) -> None:
        """Register the measure."""
        measures.add(DOUBLES)


def their_book() -> wiifm.RuleBook:
    """The pack, with its mean in the arithmetic of the community's tool."""
    pack = wiifm.RuleBook.load("plugin:praise")
    text = pack.dumps().replace('by = "mean"', f'by = "{DOUBLES.name}"')
    return wiifm.RuleBook.parse(text, plugins=[Doubles()])


# ---- the comparison ----------------------------------------------------------------------------------------


def scores(engine: wiifm.Engine) -> dict[str, Fraction]:
    """The score of each praise."""
    members = [each.id for each in engine.holders() if each.kind == "member"]
    found = [engine.scores("score", member) for member in members]
    return {praise: Fraction(score) for each in found for praise, score in each.items()}


def payouts(
    engine: wiifm.Engine, praises: list[Row], params: dict[str, Any]
) -> dict[tuple[str, str], Fraction]:
    """What each person is paid in each round, computed by closing its three pools."""
    found: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    begins: dict[str, datetime] = {}
    for row in praises:
        begins[row["round"]] = min(_date(row), begins.get(row["round"], _date(row)))
    numbers = sorted(begins, key=lambda number: begins[number])
    end = max(map(_date, praises)) + timedelta(seconds=1)
    for number, following in zip(numbers, [*numbers[1:], ""], strict=True):
        until = begins.get(following, end)
        for pool, part in POOLS.items():
            given = params[number]
            budget = Decimal(str(given["allocation"])) * Decimal(str(given["percentages"][part]))
            closing = engine.close_campaign(
                pool, since=begins[number], until=until, budget=float(budget), at=end
            )
            for place in closing.places:
                found[number, place.member] += Fraction(place.amount)
    return found


def compare(book: wiifm.RuleBook, folder: Path) -> Figures:
    """How many scores and payouts are the published ones: [exact, all]."""
    praises, published = rows(folder / "praise.csv.gz"), rows(folder / "allocation.csv.gz")
    params = json.loads((folder / "params.json").read_text(encoding="utf-8"))
    engine = wiifm.Engine(book)
    tally = engine.record_many(praise_events(praises, params))
    assert not tally.rejected, tally.rejected[:3]
    score_of, paid = scores(engine), payouts(engine, praises, params)
    within = Fraction("0.006"), Fraction("0.000001")
    judged = [
        abs(score_of.get(row["praise_id"], 0) - Fraction(row["avg_score"])) <= within[0]
        for row in praises
    ]
    held = [
        abs(paid.get((row["round"], row["person"]), 0) - Fraction(row["total"])) <= within[1]
        for row in published
        if row["has_address"] == "1"
    ]
    return {"scores": [sum(judged), len(judged)], "payouts": [sum(held), len(held)]}


def measure(folder: str | Path) -> Figures:
    """The figures of the comparison ``praise``, from the community's files in a folder.

    ``scores`` (within .006) and ``payouts`` (within 1e-6), each [exact, all], are in the arithmetic of the community's tool. The keys that begin
    with ``exact_`` are those of the pack alone, whose arithmetic is exact.
    """
    ours, theirs = (
        compare(book, Path(folder)) for book in (wiifm.RuleBook.load("plugin:praise"), their_book())
    )
    return {**theirs, **{f"exact_{key}": found for key, found in ours.items()}}
