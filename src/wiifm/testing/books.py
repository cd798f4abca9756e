"""Random rule books, with every kind of rule and criterion and every combination of keys.

A table is made key by key, and kept if the checker accepts it. So the checker is tested too: whatever it accepts must run, and mean
what the naive implementation says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from random import Random
from typing import Any, TypeAlias

import tomli_w

from wiifm.faults import InvalidRuleBook
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.gather import gather
from wiifm.rulebook.toml import read_tables
from wiifm.rules import MENTORS

Table: TypeAlias = dict[str, Any]

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
        "everything": {"points": 40, "per": "week", "all": True},
        "shared": {"points": 9, "per": "day", "net": True},
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
TYPES = [
    "question.asked",
    "answer.posted",
    "comment.posted",
    "post.shared",
    "object.liked",
    "object.disliked",
    "post.judged",
    "kudos.given",
    "campaign.paid",
    "answer.accepted",
    "member.updated",
    "mentoring.started",
]
PERIODS = ("day", "week", "month", "year", "ever")
KEYS = ("object", "person", "topic", "community")
PERS = ("object", "topic", "community", "person", "unit", "in_reply_to", "pair")
POINTS: tuple[int | float | str, ...] = (
    *(1, 3, -2, 0.25, -0.5, 7),
    *(
        "score",
        "amount",
        "hour - 10",
        "place",
        "6 // place",
        "score / 3",
        "5 if across_units else 2",
    ),
)
WEAKER: tuple[Table, ...] = (
    {"mutual": 0.5, "within": "2 days"},
    {"reporting": 0},
    {"mutual": 0.25, "reporting": 0.6},
)
FADE: tuple[Table, ...] = (
    {"share": 0.5, "per": "2 days", "times": 4},
    {"share": 0.3, "per": "20 hours", "times": 2},
)
SCORES = ("score", "score - 3", "score * 2 if score > 2 else 1")


def book(random: Random) -> RuleBook:
    """A random rule book with some rules, badges and a ladder.

    >>> len(book(Random(7)).ladders)
    1
    """
    rules = [_accepted(random, "rule", _rule, number) for number in range(random.choice([1, 3, 6]))]
    badges: list[Table] = []
    for number in range(random.choice([1, 3, 6])):
        badges.append(
            _accepted(random, "badge", lambda r, n: _badge(r, n, badges), number, rules, badges)
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


def _maybe(random: Random, table: Table, chance: float, key: str, *values: Any) -> None:
    if random.random() < chance:
        table[key] = random.choice(values)


def _on(random: Random) -> str | list[str]:
    kinds = random.sample(TYPES, random.choice([1, 1, 2, 3]))
    return kinds[0] if len(kinds) == 1 else kinds


def _times(random: Random, table: Table, chance: float) -> None:
    _maybe(random, table, chance, "since", "2026-03-27T00:00:00Z", "2026-03-29T01:00:00Z")
    _maybe(random, table, chance, "until", "2026-03-31T00:00:00Z", "2026-03-29T02:00:00Z")
    for key in ("since", "until"):
        if key in table:
            table[key] = datetime.fromisoformat(table[key])


def _where(random: Random, table: Table, chance: float) -> None:
    _maybe(
        random,
        table,
        chance,
        "where",
        "hour < 12",
        "weekday <= 5",
        "actor == null or actor != 'ann'",
        "object_type == 'answer'",
        "score >= 3",
        "'t1' in topics",
        "unit == 'UTC'",
        "across_units",
        "actor_unit == 'UTC'",
        "recipient_unit != null and not across_units",
        "not (community == 'c1')",
        "len(topics) > 0",
        "recipient in ['bob', 'cy']",
        "day % 2 == 0",
    )


def _judged(random: Random) -> Table:
    table: Table = {"value": random.choice(["score", "null if score == 1 else score", "score - 3"])}
    table["by"] = random.choice(["mean", "median", "trimmed"])
    if table["by"] == "trimmed":
        table["trim"] = random.choice([0.2, 0.4])
    if random.random() < 0.6:
        originals = ["original", "null if score == 2.5 else original", "object"]
        table |= {"original": random.choice(originals), "share": random.choice([0.1, 0.5, 1])}
    return table


def _rule(random: Random, number: int) -> Table:
    table: Table = {"id": f"r{number}", "on": _on(random)}
    table["to"] = random.choice(
        ["actor", "recipient", "recipient", "mentor", "unit", "community", *MENTORS[1:]]
    )
    if random.random() < 0.2:
        by = random.choice(["count", "sum", "max", "mean", "median", "latest", "distinct"])
        table["graded"] = (
            {"by": by} if by == "count" else {"by": by, "value": random.choice(SCORES)}
        )
        if random.random() < 0.5:
            table["graded"]["steps"] = [[1, 2], [3, 4.5], [4, 1]]
        else:
            table["points"] = random.choice(["value", "value * 2 - 3", "10 / value"])
    elif random.random() < 0.2:
        table["judged"] = _judged(random)
        table["points"] = random.choice(["value", "value * 2 - 3", "10 / value"])
    else:
        table["points"] = random.choice(POINTS)
        _reductions(random, table)
    _maybe(random, table, 0.4, "purse", "karma")
    _maybe(random, table, 0.2, "of", "actor", "recipient")
    _maybe(random, table, 0.3, "self_credit", True)
    _maybe(random, table, 0.2, "exempt", "everything")
    _where(random, table, 0.3)
    _times(random, table, 0.15)
    _maybe(
        random,
        table,
        0.5,
        "limit",
        "shared",
        "fine",
        ["shared", {"times": 2}],
        _limit(random),
        _limit(random),
    )
    _maybe(random, table, 0.4, "gate", "scarce", "budget", _gate(random), _gate(random))
    _maybe(random, table, 0.15, "audience", {"units": ["UTC"]}, {"communities": ["c1"]})
    return table


def _reductions(random: Random, table: Table) -> None:
    """Add keys that reduce an amount: ``weaker``, ``fade`` and ``split``."""
    _maybe(random, table, 0.4, "weaker", *WEAKER)
    _maybe(random, table, 0.6 if table["to"] == "former_mentor" else 0, "fade", *FADE)
    _maybe(random, table, 0.9 if table["on"] == "kudos.given" else 0, "split", True)


def _limit(random: Random) -> Table:
    per = [random.choice(PERIODS), *random.sample(KEYS, random.choice([0, 1, 2]))]
    limit: Table = {"per": per}
    _maybe(random, limit, 0.7, "points", 3, 5, 2.5)
    _maybe(random, limit, 0.5, "times", 1, 3)
    _maybe(random, limit, 0.4, "net", True)
    return limit


def _gate(random: Random) -> Table:
    of = random.sample(
        ["actor", "recipient", "object", "in_reply_to", "community", "unit", "all"], 1
    )
    of += random.sample(["actor", "object"], random.choice([0, 1]))
    gate: Table = {"of": list(dict.fromkeys(of)), "per": random.choice(PERIODS)}
    gate[random.choice(["times", "points"])] = random.choice([1, 2, 5])
    _maybe(random, gate, 0.3, "distinct", "actor")
    _maybe(random, gate, 0.4, "carry", 1, 3, 2.5)
    return gate


def _measure(random: Random, table: Table) -> None:
    measures = [
        "count",
        "sum",
        "max",
        "mean",
        "median",
        "latest",
        "distinct",
        "run",
        "gap",
        "earned",
    ]
    measure = random.choice(measures)
    if measure == "earned":
        table["earned"] = random.choice(["points", "karma"])
        _maybe(random, table, 0.3, "on", _on(random))
    elif measure in ("count", "run", "gap"):
        table[measure] = _on(random)
    else:
        texts = ("actor", "recipient", "object", "hour") if measure == "distinct" else ()
        table[measure] = random.choice([*SCORES, "hour", *texts])
        table["on"] = "post.judged" if "score" in table[measure] else _on(random)
    _where(random, table, 0.9 if measure == "run" else 0.2)


ROLES = (*("actor", "recipient") * 2, *("mentor", "unit", "community"), *MENTORS[1:])


def _criterion(random: Random) -> Table:
    table: Table = {"to": random.choice(ROLES)}
    if random.random() < 0.3:
        shape = random.choice(["groups", "streak"])
        groups = ["day", "week", "month", "object", "person", "topic", "community", "in_reply_to"]
        groups += ["unit"]
        table[shape] = random.choice(
            groups if shape == "groups" else ["day", "workday", "week", "month"]
        )
        table["each"] = {"at_least": random.choice([1, 1, 2, 2.5])}
        _measure(random, table["each"])
        if shape == "streak":
            _maybe(random, table, 0.4, "freeze", 1, 2)
    elif random.random() < 0.15:
        table["ratio"] = [_term(random, table["to"]), _term(random, table["to"])]
        _maybe(random, table["ratio"][1], 0.5, "at_least", 2, 3, 0.5)
    else:
        _measure(random, table)
    _maybe(random, table, 0.2, "of", "actor", "recipient")
    _maybe(random, table, 0.3, "self_credit", True)
    _maybe(
        random,
        table,
        0.4,
        "over",
        "day",
        "week",
        "month",
        "every 3 days",
        "last 2 days",
        "last 30 hours",
    )
    _times(random, table, 0.1)
    table["at_least"] = random.choice([1, 2, 3, 2.5, -1] + [0.5] * ("ratio" in table))
    return table


def _term(random: Random, to: str) -> Table:
    """One of the two criteria of a ratio, mostly in the role of actor or recipient."""
    table: Table = {}
    _measure(random, table)
    if to not in ("unit", "community"):
        _maybe(random, table, 0.6, "to", "actor", "recipient")
    _maybe(random, table, 0.2, "self_credit", True)
    return table


def _keep_up(random: Random, table: Table) -> None:
    """Make a badge one that must be kept up."""
    table["keep_up"] = {}
    _maybe(random, table["keep_up"], 0.5, "share", 0.5)
    _maybe(random, table["keep_up"], 0.5, "grace", "1 days", "30 hours")
    parts: list[Table] = table.get("all_of") or table.get("any_of") or [table]
    for part in [*parts, *table.get("none_of", [])]:
        _maybe(random, part, 0.3, "or_only", "most", "most / 2")


def _badge(random: Random, number: int, badges: Sequence[Table]) -> Table:
    table: Table = {"id": f"b{number}"}
    others = [badge["id"] for badge in badges]
    if random.random() < 0.25:
        parts = [_criterion(random) for _ in range(random.choice([1, 2, 3]))]
        join = random.choice(["all_of", "any_of"])
        table[join] = parts
        if join == "any_of":
            _maybe(random, table, 0.5, "needs", len(parts))
        _maybe(random, table, 0.3, "tier", "silver")
    else:
        table |= _criterion(random)
        _maybe(
            random,
            table,
            0.4,
            "at_least",
            {"bronze": 1, "gold": 3},
            {"low": -1, "mid": 2, "high": 2.5},
        )
    if random.random() < 0.2:
        table["none_of"] = [_criterion(random) for _ in range(random.choice([1, 2]))]
    if random.random() < 0.2:
        _keep_up(random, table)
    _maybe(random, table, 0.4, "per", *PERS)
    if "per" in table and random.random() < 0.6:
        table["again"] = table["per"]
    _maybe(random, table, 0.3, "again", "period", 2, 1)
    if random.random() < 0.2 and "per" in table:
        table["again"] = [table["per"], random.choice(["period", 2])]
    _maybe(random, table, 0.2, "keep", True)
    _maybe(random, table, 0.2, "points", 2, 1.5, -1)
    if others:
        _maybe(random, table, 0.25, "after", *others)
    return table
