"""``wiifm record``: events into a store, batch by batch, as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import click
from attrs import define, field

from wiifm.cli.feed import BOOK, EVENTS, SOURCE, lines_of, rejected_json, tell_faults, tell_rejected
from wiifm.cli.output import Json, say, say_json, tallied, tell
from wiifm.cli.stopping import Stop, Stopped, stopping
from wiifm.cli.store import lasting
from wiifm.engine import Engine
from wiifm.faults import WiifmError
from wiifm.rulebook.book import RuleBook
from wiifm.sources import Line, Poured, Rejected, find_source, pour


@define
class Import:
    """How far an import has come: what became of all lines up to the last one that is durable."""

    recorded: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(factory=list)
    failed: int = 0
    last: Line | None = None

    def add(self, poured: Poured, last: Line) -> None:
        """A batch more is durable."""
        self.recorded += poured.recorded
        self.duplicates += poured.duplicates
        self.rejected += poured.rejected
        self.failed += poured.failed
        self.last = last

    def __str__(self) -> str:
        if self.last is None:
            return "nothing of these files was recorded"
        return f"recorded is everything up to {self.last.file}, line {self.last.number}"


@click.command("record")
@click.argument("store", metavar="STORE", callback=lasting)
@BOOK
@EVENTS
@SOURCE
@click.option("--json", "as_json", is_flag=True, help="What became of the events, as JSON.")
@click.pass_context
def record_command(
    context: click.Context,
    store: str,
    book: str,
    events: tuple[str, ...],
    source: str,
    as_json: bool,
) -> None:
    """Record EVENTS in STORE by BOOK.

    STORE is made if it isn't there.

    What was recorded before changes nothing, so whatever interrupts it: run the same command again. Exit
    status 0 only when every event is durable, 1 when some line was rejected and the rest is durable, or a plugin
    raised where it should have decided.
    """
    found = RuleBook.load(book)
    read = find_source(source, found.disabled_plugins)
    done, stopped = Import(), None
    with Engine.open(store, found) as engine:
        try:
            with stopping() as stop, lines_of(events, read) as lines:
                _record(engine, lines, done, stop)
        except Stopped as asked:
            stopped = asked
        except (WiifmError, OSError):
            tell_rejected(done.rejected)
            tell(f"It stopped: {done}. Once this is mended, the same command goes on.")
            raise
        tell_rejected(done.rejected)
        tell_faults(engine, done.failed)
        if stopped:
            tell(f"Stopped by {stopped}: {done}. The same command goes on.")
        _say(engine, done, stopped, as_json)
    context.exit(128 + stopped.number if stopped else 1 if done.rejected or done.failed else 0)


def _record(engine: Engine, lines: Iterator[Line], done: Import, stop: Stop) -> None:
    """Record lines, a batch at a time."""
    while batch := list(islice(lines, engine.at_once)):
        with stop.held():
            done.add(pour(engine, batch), batch[-1])


def _say(engine: Engine, done: Import, stopped: Stopped | None, as_json: bool) -> None:
    pending = len(engine.pending())
    if as_json:
        say_json(record_json(engine, done, pending, stopped))
    else:
        say(tallied(done.recorded, done.duplicates, pending, len(done.rejected)))


def record_json(engine: Engine, done: Import, pending: int, stopped: Stopped | None) -> Json:
    """What became of the lines, and the last one that is durable."""
    return {
        "book": engine.book.digest,
        "events": done.recorded,
        "duplicates": done.duplicates,
        "pending": pending,
        "rejected": rejected_json(done.rejected),
        "failed": done.failed,
        "last": done.last and {"file": done.last.file, "line": done.last.number},
        "stopped": stopped and str(stopped),
    }
