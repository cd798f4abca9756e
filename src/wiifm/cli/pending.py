"""``wiifm pending``: show the events that wait for the event that creates their object."""

from __future__ import annotations

from datetime import datetime

import click
from attrs import frozen

from wiifm.activities import in_order
from wiifm.cli.output import json_option, top_option, write, write_json
from wiifm.cli.store import BOOK_OPTION, STORE, existing
from wiifm.cli.tables import text_column, write_rest, write_table
from wiifm.engine import Engine
from wiifm.engine_readings import memory_of
from wiifm.plain_data import as_json as plain


@frozen
class Waiting:
    """An event that waits: its id, type and time, and the object that nobody has created yet."""

    event: str
    type: str
    occurred_at: datetime
    object: str | None


@click.command("pending")
@STORE
@BOOK_OPTION
@top_option("events in the table, the earliest first")
@json_option("the events")
def pending_command(store: str, book: str | None, top: int, as_json: bool) -> None:
    """Show the events of STORE that wait for their object.

    They credit nobody yet, since no event has created the object that they are about. They count as soon as such an event is recorded.

    \b
    Example:
      wiifm pending sqlite:///acme.db
    """
    with existing(store, book) as engine:
        found = waiting(engine)
    if as_json:
        write_json({"pending": plain(found)})
    elif found:
        columns = map(text_column, ("event", "type", "when", "waits for"))
        write_table(columns, map(_cells, found[:top]))
        write_rest(top, len(found), "events")
    else:
        write("no event waits")


def waiting(engine: Engine) -> list[Waiting]:
    """The pending events of an engine, in order of time."""
    memory = memory_of(engine)
    with memory.reading():
        events = in_order(memory.log.with_ids(engine.pending()))
        about = memory.flow.relations.acted_on
        return [Waiting(e.id, e.type, e.occurred_at, about(e)) for e in events]


def _cells(found: Waiting) -> tuple[str, ...]:
    when = f"{found.occurred_at:%Y-%m-%d %H:%M} UTC"
    return found.event, found.type, when, found.object or ""
