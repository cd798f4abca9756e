"""Serializes statements to JSON, with cattrs: moments in ISO 8601, amounts as numbers, empty parts as empty lists."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import attrs
import cattrs

from wiifm.ledger import Award, number
from wiifm.progress import Present, Progress
from wiifm.statement.nouns import Statement
from wiifm.statement.outlook import Step

Json: TypeAlias = dict[str, Any]


def as_json(statement: Statement) -> Json:
    """Return a statement as a JSON object.

    >>> from wiifm import Engine, RuleBook
    >>> as_json(Engine(RuleBook.load("plugin:sharing")).statement("ann"))["levels"]
    {'path': 'newcomer'}
    """
    found: Json = _CONVERTER.unstructure(statement)
    found["titles"] = {name: title for name, title in statement.titles.items() if title}
    del found["standing"]
    standing = statement.standing
    points = {purse: number(amount) for purse, amount in sorted(standing.points.items())}
    return {**found, "points": points, "levels": dict(sorted(standing.levels.items()))}


def _award(award: Award) -> Json:
    at = award.occurred_at.isoformat()
    return {
        "badge": award.badge,
        "at": at,
        "object": award.key,
        "tier": award.tier or None,
        "event": award.event,
    }


def _progress(progress: Progress) -> Json:
    return {
        "badge": progress.badge,
        "tier": progress.tier or None,
        "object": progress.key,
        "value": progress.value,
        "threshold": progress.threshold,
        "missing": progress.missing,
        "barred": progress.barred,
        "second": progress.second,
        "until": _iso(progress.until),
        "present": _present(progress.present),
    }


def _present(present: Present | None) -> Json | None:
    return attrs.asdict(present) | {"since": present.since.isoformat()} if present else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _step(step: Step) -> Json:
    return {
        "kind": step.kind,
        "name": step.name,
        "ladder": step.ladder,
        "tier": step.tier or None,
        "object": step.key,
        "value": number(step.value),
        "threshold": number(step.threshold),
        "missing": step.missing,
        "until": _iso(step.until),
        "present": _present(step.present),
        "second": step.second,
    }


def converter() -> cattrs.Converter:
    """Return a new cattrs converter that unstructures the parts of a statement."""
    made = cattrs.Converter()
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_unstructure_hook(Decimal, number)
    made.register_unstructure_hook(int | Decimal, number)
    made.register_unstructure_hook(Award, _award)
    made.register_unstructure_hook(Progress, _progress)
    made.register_unstructure_hook(Step, _step)
    return made


_CONVERTER = converter()
