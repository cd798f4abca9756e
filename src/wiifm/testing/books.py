"""Random rule books, with every kind of rule and criterion and every combination of keys.

A table is made key by key, and kept if the checker accepts it. So the checker is tested too: whatever it accepts must run, and mean
what the naive implementation says. Keys are drawn that fit together, as tables that are refused leave the plainer ones; and rules
that have limits in common, and see enough events for them to matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from typing import Any

import tomli_w

from wiifm.faults import InvalidRuleBook
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.gather import gather
from wiifm.rulebook.toml import read_tables
from wiifm.testing.badges import badge
from wiifm.testing.draws import ROLES, SCORES, Table, maybe, merit, on, times, where

HEAD: Table = {
    "book": {"id": "generated", "zone": "Europe/Paris", "workdays": [1, 2, 3, 4, 5]},
    "purse": {"points": {}, "karma": {"decimals": 1, "floor": -3}},
    "event": {
        "post.judged": {
            "acts_on": "any",
            "merit": "recipient",
            "act": "confirms",
            "requires": "object",
            "fields": {"score": {"type": "number"}, "original": {}},
        },
        "time.advanced": {"advances": True, "fields": {"most": {"type": "integer"}}},
    },
    "limit": {
        "everything": {"points": 15, "per": "week", "all": True},
        "shared": {"points": 4, "per": "week", "net": True},
        "gross": {"points": 4, "per": "week"},
        "fine": {"points": 2.5, "times": 4, "per": ["day", "person"], "purse": "karma"},
    },
    "gate": {
        "scarce": {"of": ["actor", "object"], "times": 2, "per": "day"},
        "budget": {"of": "actor", "points": 6, "per": "week"},
    },
}
WITH_OFFICES: Table = HEAD | {
    "book": HEAD["book"]
    | {
        "days_off": {
            "UTC": [date(2026, 3, 30)],
            "Asia/Tokyo": [date(2026, 3, 27), date(2026, 3, 31)],
            "Europe/Paris": [date(2026, 4, 6), date(2026, 4, 7)],
        }
    }
}
PERIODS = ("day", "week", "month", "year", "ever")
KEYS = ("object", "person", "topic", "community")
POINTS: tuple[int | str, ...] = (
    *(1, 2, 3, 7, -1, -2, -3, "hour - 10"),
    *("score", "amount", "score / 3", "place", "6 // place", "5 if across_units else 2"),
)
HALVES = (0.5, -0.5, 2.5)
VALUES = ("value", "value * 2 - 3", "10 / value")
WEAKER: tuple[Table, ...] = (
    {"mutual": 0.5, "within": "5 days"},
    {"reporting": 0},
    {"mutual": 0.25, "reporting": 0.6},
)
FADE: tuple[Table, ...] = (
    {"share": 0.5, "per": "2 days", "times": 4},
    {"share": 0.3, "per": "20 hours", "times": 2},
)


def book(random: Random) -> RuleBook:
    """A random rule book with some rules, badges and a ladder.

    >>> len(book(Random(7)).ladders)
    1
    """
    rules = [_accepted(random, "rule", _rule, number) for number in range(random.choice([1, 4, 8]))]
    badges: list[Table] = []
    for number in range(random.choice([1, 3, 6])):
        badges.append(
            _accepted(random, "badge", lambda r, n: badge(r, n, badges), number, rules, badges)
        )
    head = WITH_OFFICES if len(rules) % 2 else HEAD
    ladder = {"points": {"levels": {"low": -1, "some": 3.5, "much": 12}, "purse": "points"}}
    return RuleBook.parse(tomli_w.dumps({**head, "rule": rules, "badge": badges, "ladder": ladder}))


def _accepted(
    random: Random,
    section: str,
    make: Callable[[Random, int], Table],
    number: int,
    rules: Sequence[Table] = (),
    badges: Sequence[Table] = (),
) -> Table:
    """The first random table that the checker accepts, along with the rules and badges that it may name."""
    while True:
        table = make(random, number)
        tables = {**HEAD, "rule": list(rules), "badge": list(badges)}
        tables[section] = [*tables[section], table]
        draft = read_tables(tables, "rule book")
        if draft.faults:
            continue
        try:
            gather(draft)
        except InvalidRuleBook:
            continue
        return table


def _rule(random: Random, number: int) -> Table:
    table: Table = {"id": f"r{number}", "on": on(random), "to": random.choice(ROLES)}
    maybe(random, table, 0.4, "purse", "karma")
    kind = random.choice([_graded, _judged, *[_valued] * 5])
    kind(random, table)
    if "score" in str(table):
        table["on"] = "post.judged"
    merit(random, table)
    maybe(random, table, 0.4, "self_credit", True)
    maybe(random, table, 0.2, "exempt", "everything")
    where(random, table, 0.3)
    times(random, table, 0.15)
    maybe(random, table, 0.6, "limit", *_limits(random, table))
    _gates(random, table)
    maybe(random, table, 0.15, "audience", {"units": ["UTC"]}, {"communities": ["c1"]})
    return table


def _graded(random: Random, table: Table) -> None:
    by = random.choice(["count", "sum", "max", "mean", "median", "latest", "distinct"])
    table["graded"] = {"by": by} if by == "count" else {"by": by, "value": random.choice(SCORES)}
    if random.random() < 0.5:
        half = 4.5 if "purse" in table else 4
        table["graded"]["steps"] = [[1, 2], [3, half], [4, 1]]
    else:
        table["points"] = random.choice(VALUES)


def _judged(random: Random, table: Table) -> None:
    judged: Table = {
        "value": random.choice(["score", "null if score == 1 else score", "score - 3"])
    }
    judged["by"] = random.choice(["mean", "median", "trimmed"])
    if judged["by"] == "trimmed":
        judged["trim"] = random.choice([0.2, 0.4])
    if random.random() < 0.6:
        originals = ["original", "null if score == 2.5 else original", "object"]
        judged |= {"original": random.choice(originals), "share": random.choice([0.1, 0.5, 1])}
    table |= {"judged": judged, "points": random.choice(VALUES)}


def _valued(random: Random, table: Table) -> None:
    """Add an amount of its own, and keys that reduce it: ``weaker``, ``fade`` and ``split``."""
    table["points"] = random.choice(POINTS + (HALVES if "purse" in table else ()))
    if table["points"] == "amount":
        table["on"] = "kudos.given"
    maybe(random, table, 0.4, "weaker", *WEAKER)
    maybe(random, table, 0.6 if table["to"] == "former_mentor" else 0, "fade", *FADE)
    maybe(random, table, 0.9 if table["on"] == "kudos.given" else 0, "split", True)


def _limits(random: Random, table: Table) -> list[Any]:
    """Limits for the purse of a rule, most of them shared with other rules."""
    if "purse" in table:
        return ["fine", "fine", ["fine", {"times": 2}], _limit(random, 2.5)]
    shared = ["shared", "gross", ["gross", "shared"], ["shared", {"times": 2}]]
    return [*shared, _limit(random), _limit(random)]


def _limit(random: Random, *more: float) -> Table:
    per = [random.choice(PERIODS), *random.sample(KEYS, random.choice([0, 1, 2]))]
    limit: Table = {"per": per}
    points = random.random() < 0.7
    maybe(random, limit, points, "points", 3, 5, *more)
    maybe(random, limit, 0.4 if points else 1, "times", 1, 3)
    maybe(random, limit, 0.4, "net", True)
    return limit


def _gates(random: Random, table: Table) -> None:
    """Add a gate, always to an amount that asks for the place there; not in points to graded and judged rules."""
    counts = "times" if table.keys() & {"graded", "judged"} else random.choice(["times", "points"])
    shared = "scarce" if counts == "times" else "budget"
    chance = 1 if "place" in str(table.get("points")) else 0.4
    maybe(random, table, chance, "gate", shared, _gate(random, counts), _gate(random, counts))


def _gate(random: Random, counts: str) -> Table:
    of = random.sample(
        ["actor", "recipient", "object", "in_reply_to", "community", "unit", "all"], 1
    )
    of += random.sample(["actor", "object"], random.choice([0, 1]))
    gate: Table = {"of": list(dict.fromkeys(of)), "per": random.choice(PERIODS)}
    gate[counts] = random.choice([1, 2, 5])
    maybe(random, gate, 0.3, "distinct", "actor")
    maybe(random, gate, 0.4, "carry", 1, 3, 2.5)
    return gate
