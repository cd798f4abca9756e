"""Random badges of a rule book, with every kind of criterion and every combination of keys."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from wiifm.criteria import REPEATABLE
from wiifm.testing.draws import ROLES, SCORES, Table, maybe, merit, on, times, where

PERS = ("object", "topic", "community", "person", "unit", "in_reply_to", "pair")
MEASURES = ("count", "sum", "max", "mean", "median", "latest", "distinct", "run", "gap", "earned")
GROUPS = ("day", "week", "month", "object", "person", "topic", "community", "in_reply_to", "unit")
STREAKS = ("day", "day", "workday", "week", "month")
WINDOWS = ("day", "week", "month", "every 3 days", "last 2 days", "last 30 hours")
LOW_TIERS = {"low": -1, "mid": 2, "high": 2.5}
COUNTS = ("count", "distinct", "run", "gap", "groups", "streak")


def badge(random: Random, number: int, badges: Sequence[Table]) -> Table:
    """A random table of a badge, which may come after some of these badges."""
    table: Table = {"id": f"b{number}"}
    to = random.choice(ROLES)
    if random.random() < 0.25:
        _join(random, table, to)
    else:
        table |= criterion(random, to)
    if random.random() < 0.2:
        table["none_of"] = [criterion(random, to) for _ in range(random.choice([1, 2]))]
    if random.random() < 0.2:
        _keep_up(random, table)
    else:
        _again(random, table)
        maybe(random, table, 0.2, "keep", True)
        maybe(random, table, 0 if "keep" in table else 0.3, "points", 2, -1)
    if badges:
        maybe(random, table, 0.25, "after", *(each["id"] for each in badges))
    return table


def _join(random: Random, table: Table, to: str) -> None:
    """Make a badge one with several criteria."""
    parts = [criterion(random, to) for _ in range(random.choice([1, 2, 2, 3]))]
    join = random.choice(["all_of", "any_of"])
    table[join] = parts
    if join == "any_of":
        maybe(random, table, 0.5, "needs", len(parts))
    maybe(random, table, 0.3, "tier", "silver")


def _again(random: Random, table: Table) -> None:
    """Say for what a badge counts, in which tiers it is given, and how often."""
    maybe(random, table, 0.4, "per", *PERS)
    known: list[str | int] = [table["per"]] * 3 if "per" in table else []
    if not table.keys() & {"all_of", "any_of", "none_of"}:
        over, repeats = table.get("over", "ever"), table.keys() & REPEATABLE
        known += [] if over == "ever" or "last" in over else ["period"] * 2
        known += [] if not repeats or "last" in over else [2, 1]
    maybe(random, table, 0.5 if known else 0, "again", *known)
    if "again" in table and "per" in table and table["again"] != table["per"]:
        maybe(random, table, 0.5, "again", [table["per"], table["again"]])
    if "to" in table and table.get("again") not in (1, 2):
        maybe(random, table, 0.4, "at_least", {"bronze": 1, "gold": 3}, *_low(table, LOW_TIERS))


def _low(table: Table, *values: Any) -> Sequence[Any]:
    """These thresholds below 1, unless the criterion counts something."""
    return () if table.keys() & {*COUNTS} else values


def _keep_up(random: Random, table: Table) -> None:
    """Make a badge one that must be kept up."""
    table["keep_up"] = {}
    maybe(random, table["keep_up"], 0.5, "share", 0.5)
    maybe(random, table["keep_up"], 0.5, "grace", "1 days", "30 hours")
    parts: list[Table] = table.get("all_of") or table.get("any_of") or [table]
    for part in parts:
        part["at_least"] = random.choice([1, 2])  # so that it is had before it is lost
    for part in [*parts, *table.get("none_of", [])]:
        maybe(random, part, 0.3, "or_only", "most", "most / 2")
        if "over" in part:
            part["over"] = random.choice(["last 2 days", "last 5 days"])


def criterion(random: Random, to: str) -> Table:
    """A random criterion in a role."""
    table: Table = {"to": to}
    over = 0.4
    if random.random() < 0.3:
        shape = random.choice(["groups", "streak"])
        table[shape] = random.choice(GROUPS if shape == "groups" else STREAKS)
        table["each"] = {"at_least": random.choice([1, 1, 2, 2.5])}
        measure(random, table["each"])
        if shape == "streak":
            maybe(random, table, 0.4, "freeze", 1, 2)
            over = 0
    elif random.random() < 0.15:
        table["ratio"] = [term(random, table["to"]), term(random, table["to"])]
        maybe(random, table["ratio"][1], 0.5, "at_least", 2, 3, 0.5)
    else:
        measure(random, table)
    merit(random, table)
    maybe(random, table, 0.4, "self_credit", True)
    maybe(random, table, over, "over", *WINDOWS)
    times(random, table, 0.1)
    table["at_least"] = random.choice([1, 2, 2, 3, 2.5, *_low(table, -1, 0.5)])
    return table


def term(random: Random, to: str) -> Table:
    """One of the two criteria of a ratio, mostly in the role of actor or recipient."""
    table: Table = {}
    measure(random, table)
    if to not in ("unit", "community"):
        maybe(random, table, 0.6, "to", "actor", "recipient")
    maybe(random, table, 0.2, "self_credit", True)
    return table


def measure(random: Random, table: Table) -> None:
    """Put what a criterion measures into its table, and of which events."""
    found = random.choice(MEASURES)
    if found == "earned":
        table["earned"] = random.choice(["points", "karma"])
        maybe(random, table, 0.3, "on", on(random))
        return
    if found in ("count", "run", "gap"):
        table[found] = on(random)
    else:
        texts = ("actor", "recipient", "object") if found == "distinct" else ()
        table[found] = random.choice([*SCORES, "hour", "hour - 12", *texts])
        table["on"] = "post.judged" if "score" in table[found] else on(random)
    where(random, table, 0.9 if found == "run" else 0.2)
