"""What random rules and random badges have in common: who is credited for which events, where and when."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any, TypeAlias

from wiifm.rules import MENTORS

Table: TypeAlias = dict[str, Any]

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
SCORES = ("score", "score - 3", "score * 2 if score > 2 else 1")
ROLES = (*("actor", "recipient") * 6, *("unit", "community"), *MENTORS)
"""Most events have an actor and a recipient, and only few have the others."""


def maybe(random: Random, table: Table, chance: float, key: str, *values: Any) -> None:
    """Put one of the values into a table, or none."""
    if random.random() < chance:
        table[key] = random.choice(values)


def on(random: Random) -> str | list[str]:
    """One event type or several. With many, much happens."""
    kinds = random.sample(TYPES, random.choice([1, 2, 4, 8]))
    return kinds[0] if len(kinds) == 1 else kinds


def merit(random: Random, table: Table) -> None:
    """Say whose mentor or unit is credited, for a role where it makes a difference."""
    maybe(random, table, 0.4 * (table["to"] in ("unit", *MENTORS)), "of", "actor", "recipient")


def times(random: Random, table: Table, chance: float) -> None:
    """Put ``since`` and ``until`` into a table, or one of them, or neither."""
    maybe(random, table, chance, "since", "2026-03-27T00:00:00Z", "2026-03-29T01:00:00Z")
    maybe(random, table, chance, "until", "2026-03-31T00:00:00Z", "2026-03-29T02:00:00Z")
    for key in ("since", "until"):
        if key in table:
            table[key] = datetime.fromisoformat(table[key])


def where(random: Random, table: Table, chance: float) -> None:
    """Put a condition into a table, or none."""
    maybe(
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
