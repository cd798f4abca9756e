"""``wiifm score``: who earned what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from wiifm.cli.feed import BOOK, EVENTS, feed
from wiifm.cli.output import Json, counted, draw, holding, number, say, say_json, shown
from wiifm.engine import Engine
from wiifm.ledger import Entry, HolderKind, Standing
from wiifm.rulebook.book import RuleBook
from wiifm.sources import Poured
from wiifm.sources.jsonl import write_records

_PLURALS: dict[HolderKind, str] = {
    "member": "members",
    "unit": "units",
    "community": "communities",
}


def _in_a_folder(_: click.Context, __: click.Parameter, path: str | None) -> str | None:
    if path is not None and not Path(path).parent.is_dir():
        raise click.BadParameter(f"the folder of {path!r} doesn't exist")
    return path


def _same(one: str, other: str) -> bool:
    return Path(one).exists() and Path(other).exists() and Path(one).samefile(other)


@click.command("score")
@BOOK
@EVENTS
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.option(
    "--ledger",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    callback=_in_a_folder,
    help="Write the ledger's entries to FILE, as JSON Lines.",
)
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(min=0), help="How many to show."
)
@click.pass_context
def score_command(
    context: click.Context,
    book: str,
    events: tuple[str, ...],
    as_json: bool,
    ledger: str | None,
    top: int,
) -> None:
    """Score EVENTS by BOOK: points, badges and levels of each member."""
    if ledger is not None and any(_same(ledger, file) for file in (book, *events)):
        raise click.BadParameter(f"{ledger!r} is read from", param_hint="--ledger")
    engine = Engine(RuleBook.load(book))
    poured = feed(engine, events)
    if ledger is not None:
        write_records(map(entry_json, engine.ledger()), ledger)
    if as_json:
        say_json(score_json(engine, poured))
    else:
        draw(_table(engine, top))
        say(_summary(engine, poured))
    context.exit(1 if poured.rejected else 0)


def score_json(engine: Engine, poured: Poured) -> Json:
    """The whole score, in an order that doesn't depend on that of the events."""
    holders: dict[HolderKind, Json] = {"member": {}}
    for holder in sorted(engine.holders()):
        holders.setdefault(holder.kind, {})[holder.id] = holding(engine.standing(holder))
    return {
        "book": engine.book.digest,
        "events": poured.recorded,
        "duplicates": poured.duplicates,
        "pending": len(engine.pending()),
        "rejected": [
            {
                "file": shown(each.file),
                "line": each.line,
                "faults": [shown(str(fault)) for fault in each.faults],
            }
            for each in poured.rejected
        ],
        **{plural: holders[kind] for kind, plural in _PLURALS.items() if kind in holders},
    }


def entry_json(entry: Entry) -> Json:
    """An entry of the ledger as JSON."""
    return {
        "no": entry.no,
        "holder": {"kind": entry.holder.kind, "id": entry.holder.id},
        "purse": entry.purse,
        "amount": number(entry.amount),
        "rule": entry.rule,
        "event": entry.event,
        "occurred_at": entry.occurred_at.isoformat(),
        "role": entry.role,
        "say": entry.say,
        "corrects": entry.corrects,
        "because": entry.because,
        "book": entry.book,
    }


def _members(engine: Engine) -> Iterator[Standing]:
    return (engine.standing(each) for each in engine.holders() if each.kind == "member")


def _table(engine: Engine, top: int) -> Table:
    """The first members, by the points of the purse ``points`` or else the first one."""
    purses = sorted(engine.book.purses, key=lambda name: (name != "points", name))
    ladders = sorted(engine.book.ladders)
    best = sorted(_members(engine), key=lambda each: (-each.points[purses[0]], each.holder.id))
    table = Table("member")
    for purse in purses:
        table.add_column(purse, justify="right")
    table.add_column("badges", justify="right")
    for ladder in ladders:
        table.add_column(ladder)
    for each in best[:top]:
        cells = [shown(each.holder.id), *(str(each.points[purse]) for purse in purses)]
        cells += [str(len(each.badges)), *(each.levels[name] or "" for name in ladders)]
        table.add_row(*map(Text, cells))
    return table


def _summary(engine: Engine, poured: Poured) -> str:
    return ", ".join(
        (
            counted(poured.recorded, "event"),
            counted(poured.duplicates, "duplicate"),
            f"{len(engine.pending())} pending",
            f"{len(poured.rejected)} rejected",
        )
    )
