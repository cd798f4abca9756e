"""The comparisons ``manufacturing`` and ``adoption``: culture reports and what is known about two communities.

README.md beside this file describes their folders, which are not part of the project.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import wiifm
from benchmarks.truth_praise import praise_events, rows
from wiifm.culture.figures import nakamoto

Figures = dict[str, Any]


class Letters:
    """The plugin with the event type of ``manufacturing``: a message from one person to another."""

    @wiifm.hookimpl
    def wiifm_event_types(self, types: Any) -> None:
        """Declare it."""
        needed = ("actor", "recipient")
        types.add(wiifm.EventType(name="mail.sent", requires=needed, act="replies"))


# ---- e-mails inside one company ----------------------------------------------------------------------------


def bosses(folder: Path) -> dict[str, str]:
    """The manager of each account; the head of the company reports to themselves."""
    with open(folder / "reportsto.csv", encoding="utf-8", newline="") as file:
        found = {row["ID"]: row["ReportsToID"] for row in csv.DictReader(file)}
    return {account: boss for account, boss in found.items() if boss.isdigit()}


def branches(managers: dict[str, str]) -> dict[str, str]:
    """The unit of each account: the direct report of the head under whom it is. The head is a unit of their own."""
    found = {}
    for account in managers:
        chain = [account]
        while (boss := managers.get(chain[-1], chain[-1])) != chain[-1]:
            chain.append(boss)
        found[account] = chain[-2] if len(chain) > 1 else chain[-1]
    return found


def mails(folder: Path) -> Iterator[wiifm.Event]:
    """One event for each e-mail and recipient."""
    path = folder / "communication.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";")):
            yield wiifm.Event(
                id=f"mail:{number}",
                type="mail.sent",
                occurred_at=datetime.fromisoformat(row["EventDate"]).replace(tzinfo=UTC),
                actor=row["Sender"],
                recipient=row["Recipient"],
            )


def measure_mail(folder: Path) -> Figures:
    """The shares of mails within units and along reporting lines, those expected by chance, and the Gini coefficient of sending."""
    managers = bosses(folder)
    book = wiifm.RuleBook.parse('[book]\nid = "mail"\nuse = []', plugins=[Letters()])
    engine = wiifm.Engine(book)
    engine.record_many(mails(folder))
    found = engine.culture(units=branches(managers), managers=managers)
    contact = found.flow.contact
    return {
        "mails": found.deeds,
        "within_unit": contact.within.value,
        "by_chance": contact.by_chance.value,
        "by_activity": contact.by_activity.value,
        "along_reporting_lines": found.flow.contact_along_lines.value,
        "lines_by_chance": found.flow.lines_by_chance.value,
        "gini_of_sending": found.participation.gini_contributing.value,
    }


# ---- praise in ten rounds ----------------------------------------------------------------------------------


def measure_praise(folder: Path) -> Figures:
    """For givers, receivers, new and lost members, and the Nakamoto coefficient: in how many rounds the figure is the published one.

    Each is [exact, all]; the key with ``_off_by`` has the largest difference. The published series were computed when the tables had up to 53
    praises per round less than now, so not all rounds can be exact.
    """
    with gzip.open(folder / "published_series.json.gz", "rt", encoding="utf-8") as file:
        published = {key: each["y"] for key, each in json.load(file)["10"]["series"].items()}
    praises = rows(folder / "praise.csv.gz")
    params = json.loads((folder / "params.json").read_text(encoding="utf-8"))
    engine = wiifm.Engine(wiifm.RuleBook.load("plugin:praise"))
    engine.record_many(e for e in praise_events(praises, params) if e.type == "praise.given")
    begins = round_begins(praises)
    end = begins[-1] + timedelta(days=60)
    reports = [engine.culture(a, b, fewest=1) for a, b in pairwise([*begins, end])]
    paid = payouts(folder)
    members = [set(each) for each in paid]
    ours = {
        "givers": ([each.flow.givers_of_thanks for each in reports], "total_praise_giver"),
        "receivers": (
            [each.flow.receivers_of_thanks for each in reports],
            "total_praise_receiver",
        ),
        "new": ([0, *(len(b - a) for a, b in pairwise(members))], "round_user_new"),
        "lost": ([0, *(len(a - b) for a, b in pairwise(members))], "round_user_left"),
        "nakamoto": ([nakamoto(each.values()) for each in paid], "nakamoto"),
    }
    figures: Figures = {}
    for key, (found, name) in ours.items():
        off = [
            abs(mine - theirs)
            for mine, theirs in zip(found, published[name], strict=True)
            if theirs is not None
        ]
        figures[key] = [off.count(0), len(off)]
        figures[f"{key}_off_by"] = int(max(off))
    return figures


def round_begins(praises: list[dict[str, str]]) -> list[datetime]:
    """The moment of the first praise of each round."""
    found: dict[int, datetime] = {}
    for row in praises:
        at, number = datetime.fromisoformat(row["date"]), int(row["round"])
        found[number] = min(at, found.get(number, at))
    return [found[number] for number in sorted(found)]


def payouts(folder: Path) -> list[dict[str, float]]:
    """What each person got in each round, in its first distribution."""
    found: dict[int, dict[str, float]] = {}
    for row in rows(folder / "allocation.csv.gz"):
        if row["results"] in ("distribution_results", "distribution_results.1"):
            found.setdefault(int(row["round"]), {})[row["person"]] = float(row["total"])
    return [found[number] for number in sorted(found)]
