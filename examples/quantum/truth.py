"""Points by our rule book next to the reputation that the site published: ``python examples/quantum/truth.py``.

Prints the members with most points, how many active members come within 5 points of what the site
published, and the rank correlation. Active is who wrote a question or an answer. The site gives a bonus of 100 to
members that are known on another site, which these data don't say; it is added where the published figure shows it.
"""

import csv
from pathlib import Path
from statistics import correlation

from wiifm import Engine, Event, RuleBook
from wiifm.sources.jsonl import read_jsonl

HERE = Path(__file__).parent
BONUS = 100


def published() -> dict[str, int]:
    """Each member's reputation, as the site published it."""
    with (HERE / "reputation.csv").open(encoding="utf-8") as file:
        return {row["member"]: int(row["reputation"]) for row in csv.DictReader(file)}


def with_bonus(points: int, reputation: int) -> int:
    """The points, with the association bonus where that comes closer to the published reputation."""
    return min(points, points + BONUS, key=lambda each: abs(reputation - each))


def main() -> None:
    """Score the community, and compare."""
    engine = Engine(RuleBook.load(HERE / "book.toml"))
    lines = read_jsonl(HERE / "events.jsonl.gz")
    events = [event for event in lines if isinstance(event, Event)]
    tally = engine.record_many(events)
    truth = published()
    writes = ("question.asked", "answer.posted")
    active = sorted(
        {event.actor for event in events if event.type in writes and event.actor in truth}
    )
    points = {
        member: with_bonus(engine.standing(member).points["points"], truth[member])
        for member in active
    }
    off = {member: truth[member] - points[member] for member in active}

    print(f"{tally.recorded} events, {len(active)} active members")
    print(f"{'member':>8} {'points':>8} {'published':>10} {'off by':>7}")
    for rank in engine.leaderboard()[:10]:
        member = rank.member
        print(f"{member:>8} {points[member]:>8} {truth[member]:>10} {off[member]:>7}")
    within = sum(abs(each) <= 5 for each in off.values()) / len(active)
    print(f"within 5 points: {within:.1%}")
    ranks = [_ranks([each[member] for member in active]) for each in (points, truth)]
    print(f"Spearman's rank correlation: {correlation(*ranks):.4f}")


def _ranks(values: list[int]) -> list[float]:
    """Ranks from 1, ties sharing the mean of theirs."""
    ordered = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(ordered, 1)))}
    return [first[value] + (ordered.count(value) - 1) / 2 for value in values]


if __name__ == "__main__":
    main()
