"""Compare the pack ``stackexchange`` with what a site published: reputation and badges.

It reads a Stack Exchange data dump, or a folder with ``events.jsonl.gz``, ``reputation.csv`` and ``badges.csv``; ``python -m
benchmarks.truth_stackexchange DUMP FOLDER`` writes these tables. The site once gives 100 to members who have an account on another
site, which no dump says: it is assumed to be given, on joining, to those whom it brings closer to the published figure. Everything else is
decided from the events alone.
"""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import correlation
from typing import NamedTuple

from wiifm import Engine, Event, RuleBook
from wiifm.faults import Fault
from wiifm.sources import Line, Rejected, read_lines
from wiifm.sources.rows import read_rows
from wiifm.sources.stackexchange import read_dump

RESCORED = datetime(2019, 11, 13, tzinfo=UTC)
"""The moment from which the site gives 10 for each upvote of a question, including past ones."""

WRITES = ("question.asked", "answer.posted")
NEEDS = {
    "object.edited": {"editor", "organizer", "cleanup", "strunk-white", "copy-editor"},
    "member.visited": {"enthusiast", "fanatic"},
}
"""The badges that need events of a type that a dump may not have at all."""

HIDDEN = {"electorate", "suffrage", "vox-populi", "tag-bronze", "tag-silver", "tag-gold"}
"""The badges that need to know who voted on what, which every dump hides; and those that the site names by tags."""

BONUS = 100
Badges = Counter[tuple[str, str]]


class Truth(NamedTuple):
    """What the site published: reputation by member, and how many of each badge each member has."""

    reputation: dict[str, int]
    badges: Badges


def measure(folder: Path) -> dict[str, object]:
    """The figures of the comparison ``stackexchange``, from a dump or a folder with events and tables."""
    is_dump = not (folder / "events.jsonl.gz").exists()
    lines = read_dump(folder) if is_dump else read_lines(folder / "events.jsonl.gz")
    events = list(_events(lines))
    truth = (_read_dump if is_dump else _read_tables)(folder)
    book = RuleBook.load(_book_for(events))
    joined = {event.actor for event in events if event.type == "member.joined"}
    known = joined & truth.reputation.keys()
    active = sorted({each.actor for each in events if each.type in WRITES and each.actor in known})
    plain = _scored(book, events)
    bonus = [member for member in active if _misses_bonus(plain, member, truth)]
    engine = _scored(book, [*events, *_granted(bonus, events)])
    points = {member: _points(engine, member) for member in active}
    return {
        "data": folder.name,
        "book": book.id,
        "members": len(active),
        **_reputation(points, truth.reputation),
        **_badges(engine, events, truth),
    }


def kebab(name: str) -> str:
    """A badge's id in the pack, from its name on the site.

    >>> kebab("Strunk & White")
    'strunk-white'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _events(lines: Iterable[Line]) -> Iterator[Event]:
    """The events of lines; rejected lines are printed to standard error."""
    for line in lines:
        if isinstance(line.found, Rejected):
            print(line.found, file=sys.stderr)
        else:
            yield line.found


def _read_dump(folder: Path) -> Truth:
    users = (row for row in _rows(folder, "Users", "Id", "Reputation") if row["Id"] != "-1")
    badges = (
        (row["UserId"], kebab(row["Name"]))
        for row in _rows(folder, "Badges", "UserId", "Name")
        if row.get("TagBased", "False") == "False" and row["UserId"] != "-1"
    )
    return Truth({row["Id"]: int(row["Reputation"]) for row in users}, Counter(badges))


def _rows(folder: Path, table: str, *needed: str) -> Iterator[Mapping[str, str]]:
    """The rows of a table that have the needed columns. Others are ignored here, as the conversion reports them."""
    there = {path.name.lower(): path for path in sorted(folder.iterdir())}
    plain = f"{table.lower()}.xml"
    path = there.get(f"{plain}.gz") or there.get(plain) or folder / f"{table}.xml"
    for row in read_rows(path):
        if not isinstance(row.found, Fault) and all(key in row.found for key in needed):
            yield row.found


def _read_tables(folder: Path) -> Truth:
    with (folder / "reputation.csv").open(encoding="utf-8") as file:
        reputation = {row["member"]: int(row["reputation"]) for row in csv.DictReader(file)}
    with (folder / "badges.csv").open(encoding="utf-8") as file:
        rows = ((row["member"], row["badge"], int(row["times"])) for row in csv.DictReader(file))
        return Truth(reputation, Counter({(member, badge): n for member, badge, n in rows}))


def write_truth(dump: Path, folder: Path) -> None:
    """Write what a site published, from its dump, as ``reputation.csv`` and ``badges.csv``."""
    truth = _read_dump(dump)
    with (folder / "reputation.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["member", "reputation"])
        table.writerows(truth.reputation.items())
    with (folder / "badges.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["member", "badge", "times"])
        table.writerows((*key, times) for key, times in sorted(truth.badges.items()))


def _book_for(events: list[Event]) -> str:
    """The pack for a dump: from :data:`RESCORED` on, dumps have the reputation that the site recomputed."""
    later = any(event.occurred_at >= RESCORED for event in events)
    return "plugin:stackexchange-rescored" if later else "plugin:stackexchange"


def _scored(book: RuleBook, events: list[Event]) -> Engine:
    engine = Engine(book)
    engine.record_many(sorted(events, key=lambda event: (event.occurred_at, event.id)))
    return engine


def _points(engine: Engine, member: str) -> int:
    return int(engine.standing(member).points["points"])


def _misses_bonus(engine: Engine, member: str, truth: Truth) -> bool:
    off = truth.reputation[member] - _points(engine, member)
    return abs(off - BONUS) < abs(off)


def _granted(members: list[str], events: list[Event]) -> Iterator[Event]:
    joined = {event.actor: event.occurred_at for event in events if event.type == "member.joined"}
    for member in members:
        name, at = f"association-{member}", joined[member]
        yield Event(id=name, type="association.granted", occurred_at=at, actor=member)


def _reputation(points: dict[str, int], truth: dict[str, int]) -> dict[str, float | None]:
    """How close the reputation is to the published one; None if there are too few members."""
    within = sum(abs(truth[member] - found) <= 5 for member, found in points.items())
    ranks = [_ranks([each[member] for member in points]) for each in (points, truth)]
    differ = all(len(set(each)) > 1 for each in ranks)
    return {
        "within5": round(within / len(points), 3) if points else None,
        "spearman": round(correlation(*ranks), 4) if differ else None,
    }


def _ranks(values: list[int]) -> list[float]:
    """The ranks of values, from 1; equal values share the mean of their ranks."""
    ordered, times = sorted(values), Counter(values)
    first = {value: place for place, value in reversed(list(enumerate(ordered, 1)))}
    return [first[value] + (times[value] - 1) / 2 for value in values]


def _badges(engine: Engine, events: list[Event], truth: Truth) -> dict[str, object]:
    """Compare the awards of all badges that the pack has and for which the dump has events."""
    there = {event.type for event in events}
    hidden = HIDDEN.union(*(badges for kind, badges in NEEDS.items() if kind not in there))
    compared = set(engine.book.badges) - hidden
    ours = Counter(
        (member, award.badge)
        for member in truth.reputation
        for award in engine.standing(member).badges
        if award.badge in compared
    )
    theirs = Counter({key: n for key, n in truth.badges.items() if key[1] in compared})
    both = ours & theirs
    return {
        "kinds": len({badge for _, badge in theirs}),
        "awards": [theirs.total(), ours.total(), both.total()],
        "precision": round(both.total() / max(ours.total(), 1), 3),
        "recall": round(both.total() / max(theirs.total(), 1), 3),
        "by_kind": {
            badge: [_awards(each, badge) for each in (theirs, ours, both)]
            for badge in sorted({badge for _, badge in (*ours, *theirs)})
        },
    }


def _awards(badges: Badges, badge: str) -> int:
    return sum(n for (_, each), n in badges.items() if each == badge)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m benchmarks.truth_stackexchange DUMP_DIR FOLDER")
    write_truth(*map(Path, sys.argv[1:]))
