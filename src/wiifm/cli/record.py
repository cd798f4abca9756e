"""``wiifm record``: record files of events in a store, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import click
from attrs import define, field

from wiifm.cli.books import BOOK, load
from wiifm.cli.feed import (
    EVENTS,
    SOURCE,
    leave_faults_to_the_end,
    lines_of,
    reader_of,
    rejected_json,
    report_faults,
    report_rejected,
)
from wiifm.cli.output import Json, json_option, tally_text, write, write_error, write_json
from wiifm.cli.stopping import Stop, Stopped, stopping
from wiifm.cli.store import no_memory_store
from wiifm.engine import Engine
from wiifm.faults import WiifmError
from wiifm.sources import Line, Poured, Rejected, pour


@define
class Import:
    """The progress of an import: the results of all lines up to the last one that is durable (``last``)."""

    recorded: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(factory=list)
    failed: int = 0
    last: Line | None = None

    def add(self, poured: Poured, last: Line) -> None:
        """Add the result of a batch, whose last line is ``last``, once it is durable."""
        self.recorded += poured.recorded
        self.duplicates += poured.duplicates
        self.rejected += poured.rejected
        self.failed += poured.failed
        self.last = last

    def __str__(self) -> str:
        if self.last is None:
            return "nothing was recorded from these files"
        return f"everything up to {self.last.file}, line {self.last.number}, was recorded"


@click.command("record")
@click.argument("store", metavar="STORE", callback=no_memory_store)
@BOOK
@EVENTS
@SOURCE
@json_option()
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

    STORE is created if it doesn't exist. Events that are in it already change nothing, so if anything interrupts the command, run it again.

    Exit status 0 if every event is durable; 1 if a line was rejected and the rest is durable, or a plugin raised where it should have decided.

    \b
    Examples:
      wiifm record sqlite:///acme.db acme.toml april.jsonl.gz may.jsonl
      curl -s https://esn.example/events.jsonl | wiifm record sqlite:///acme.db acme.toml -
    """
    leave_faults_to_the_end()
    found = load(book)
    read = reader_of(source, found.disabled_plugins)
    done, stopped = Import(), None
    with Engine.open(store, found) as engine:
        try:
            with stopping() as stop, lines_of(events, read) as lines:
                _record(engine, lines, done, stop)
        except Stopped as asked:
            stopped = asked
        except (WiifmError, OSError):
            report_rejected(done.rejected)
            write_error(f"Failed: {done}. Remove the cause, then run it again.")
            raise
        report_rejected(done.rejected)
        report_faults(engine, done.failed)
        if stopped:
            write_error(f"Stopped by {stopped}: {done}. Run the same command to continue.")
        _show(engine, done, stopped, as_json)
    context.exit(128 + stopped.number if stopped else 1 if done.rejected or done.failed else 0)


def _record(engine: Engine, lines: Iterator[Line], done: Import, stop: Stop) -> None:
    """Record lines batch by batch; a batch isn't interrupted."""
    while batch := list(islice(lines, engine.at_once)):
        with stop.held():
            done.add(pour(engine, batch), batch[-1])


def _show(engine: Engine, done: Import, stopped: Stopped | None, as_json: bool) -> None:
    pending = len(engine.pending())
    if as_json:
        write_json(record_json(engine, done, pending, stopped))
    else:
        write(tally_text(done.recorded, done.duplicates, pending, len(done.rejected)))


def record_json(engine: Engine, done: Import, pending: int, stopped: Stopped | None) -> Json:
    """The result of an import as JSON, with the last line that is durable."""
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
