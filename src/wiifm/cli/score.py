"""``wiifm score``: who earned what."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from wiifm.cli.feed import BOOK, EVENTS, SOURCE, feed
from wiifm.cli.output import Json, counted, draw, holding, say, say_json, shown
from wiifm.engine import Engine
from wiifm.ledger import HolderKind, Standing
from wiifm.rulebook.book import RuleBook
from wiifm.sources import Poured
from wiifm.sources.jsonl import write_records

_PLURALS: dict[HolderKind, str] = {
    "member": "members",
    "unit": "units",
    "community": "communities",
}


def _writable(_: click.Context, __: click.Parameter, path: str | None) -> str | None:
    """Find out before anything is scored whether a file can be written; what stands in it stays."""
    if path is None or path == "-" or (os.path.exists(path) and not os.path.isfile(path)):
        return path
    new = not os.path.lexists(path)
    try:
        with open(path, "ab"):
            pass
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path!r} can't be written: {error}") from None
    if new:
        os.unlink(path)
    return path


def _same(one: str, other: str) -> bool:
    return Path(one).exists() and Path(other).exists() and Path(one).samefile(other)


@click.command("score")
@BOOK
@EVENTS
@SOURCE
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.option(
    "--ledger",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    callback=_writable,
    help="Write the ledger's entries to FILE, as JSON Lines; to standard output instead of the table if it is -.",
)
@click.option(
    "--top",
    default=10,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many members the table shows; --json always has all.",
)
@click.pass_context
def score_command(
    context: click.Context,
    book: str,
    events: tuple[str, ...],
    source: str,
    as_json: bool,
    ledger: str | None,
    top: int,
) -> None:
    """Score EVENTS by BOOK: points, badges and levels of each member."""
    if ledger == "-" and as_json:
        message = "- is standard output, which --json writes to; name a file for the ledger"
        raise click.BadParameter(message, param_hint="--ledger")
    if ledger is not None and any(_same(ledger, file) for file in (book, *events)):
        raise click.BadParameter(f"{ledger!r} is read from", param_hint="--ledger")
    engine = Engine(RuleBook.load(book))
    poured = feed(engine, events, source)
    if ledger is not None:
        write_records((entry.as_json() for entry in engine.ledger()), ledger)
    if as_json:
        say_json(score_json(engine, poured))
    elif ledger != "-":
        _say_table(engine, poured, top)
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


def _say_table(engine: Engine, poured: Poured, top: int) -> None:
    members = [engine.standing(each) for each in engine.holders() if each.kind == "member"]
    draw(_table(engine, members, top))
    if len(members) > top:
        say(f"{top} of {len(members)} members; --top {len(members)} shows all")
    say(_summary(engine, poured))


def _table(engine: Engine, members: list[Standing], top: int) -> Table:
    """The first members, by the points of the purse ``points`` or else the first one."""
    purses = sorted(engine.book.purses, key=lambda name: (name != "points", name))
    ladders = sorted(engine.book.ladders)
    best = sorted(members, key=lambda each: (-each.points[purses[0]], each.holder.id))
    table = Table()
    table.add_column("member", overflow="fold")
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
