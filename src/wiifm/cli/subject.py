"""What a reading command reads: a STORE, or a BOOK and EVENTS that it scores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from attrs import frozen
from click.core import ParameterSource

from wiifm.cli.books import is_store, load, shown_url
from wiifm.cli.feed import FILE, feed
from wiifm.cli.store import existing
from wiifm.engine import Engine
from wiifm.rulebook.packs import PLUGIN_PREFIX
from wiifm.sources import Poured
from wiifm.stores.urls import scheme_of


@frozen
class Subject:
    """The URL of a store; or a rule book and files of events."""

    store: str | None = None
    book: str = ""
    events: tuple[str, ...] = ()


def _parse(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> Subject | None:
    """The callback of the argument. A URL alone is a store; a file whose name looks like a URL is a book if events follow it."""
    if context.resilient_parsing:
        return None
    if not given:
        raise _store_first(context) or click.MissingParameter(ctx=context, param=parameter)
    first, *events = given
    if scheme_of(first) and not first.startswith(PLUGIN_PREFIX):
        if not events:
            return Subject(store=first)
        if not os.path.exists(first):
            raise click.BadParameter(
                f"found {events[0]!r} after a STORE, which has its events in it: leave EVENTS out, "
                "or record them first"
            )
    elif not events:
        raise _store_first(context) or click.BadParameter(
            f"found {shown_url(first)} alone, expected a STORE, which is a URL such as sqlite:///acme.db, "
            "or a BOOK followed by EVENTS"
        )
    return Subject(
        book=first,
        events=tuple(str(FILE.convert(each, parameter, context)) for each in events),
    )


def _store_first(context: click.Context) -> click.UsageError | None:
    """The error of a STORE in the place of the argument before it, such as MEMBER; None if that isn't one."""
    for each in context.command.params:
        found = str(context.params.get(str(each.name)))
        if isinstance(each, click.Argument) and is_store(found):
            name = each.make_metavar(context)
            return click.UsageError(f"found the store {shown_url(found)} first, expected {name}")
    return None


SUBJECT = click.argument(
    "subject",
    metavar="STORE | BOOK EVENTS...",
    nargs=-1,
    callback=_parse,
)


@contextmanager
def engine_of(subject: Subject, source: str, book: str | None) -> Iterator[tuple[Engine, Poured]]:
    """The engine over a store, or a new one that has recorded the events; and the result of recording."""
    if subject.store is not None:
        _refuse("source", "it is for files of EVENTS; a STORE has its events in it")
        with existing(subject.store, book) as engine:
            yield engine, Poured(recorded=0, duplicates=0)
        return
    _refuse("book", "it is for a STORE; here BOOK is the argument before EVENTS")
    with Engine(load(subject.book)) as engine:
        yield engine, feed(engine, subject.events, source)


def _refuse(option: str, why: str) -> None:
    """Refuse an option that has no meaning here, if it was given."""
    context = click.get_current_context()
    if context.get_parameter_source(option) is ParameterSource.COMMANDLINE:
        raise click.BadParameter(why, param_hint=f"--{option}")
