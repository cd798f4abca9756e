"""What a reading reads: a STORE, or else a BOOK and EVENTS that are scored by it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from attrs import frozen
from click.core import ParameterSource

from wiifm.cli.feed import FILE, feed
from wiifm.cli.store import existing
from wiifm.engine import Engine
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.packs import OFFERED
from wiifm.sources import Poured
from wiifm.stores.urls import scheme_of


@frozen
class Subject:
    """A store; or a book and events."""

    store: str | None = None
    book: str = ""
    events: tuple[str, ...] = ()


def _told_apart(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> Subject | None:
    """A URL alone is a store. A file whose name looks like one is a book where events come behind it."""
    if context.resilient_parsing:
        return None
    first, *events = given
    if scheme_of(first) and not first.startswith(OFFERED):
        if not events:
            return Subject(store=first)
        if not os.path.exists(first):
            raise click.BadParameter(
                f"found {events[0]!r} behind a STORE, which has its events in it: leave EVENTS out, "
                "or record them first"
            )
    elif not events:
        said = repr(first) if "@" not in first else "'...'"  # there may be a password in it
        raise click.BadParameter(
            f"found {said} alone, expected a STORE, which is a URL such as sqlite:///acme.db, "
            "or a BOOK with EVENTS behind it"
        )
    return Subject(
        book=first,
        events=tuple(str(FILE.convert(each, parameter, context)) for each in events),
    )


SUBJECT = click.argument(
    "subject",
    metavar="STORE | BOOK EVENTS...",
    nargs=-1,
    required=True,
    callback=_told_apart,
)


@contextmanager
def engine_of(subject: Subject, source: str, book: str | None) -> Iterator[tuple[Engine, Poured]]:
    """The engine over a store, or one that the events are poured into; and what became of their lines."""
    if subject.store is not None:
        _without("source", "a STORE has its events in it, and no source reads them")
        with existing(subject.store, book) as engine:
            yield engine, Poured(recorded=0, duplicates=0)
        return
    _without("book", "it is for a STORE; here the BOOK stands ahead of EVENTS")
    with Engine(RuleBook.load(subject.book)) as engine:
        yield engine, feed(engine, subject.events, source)


def _without(option: str, why: str) -> None:
    """Complain about an option that means nothing here."""
    context = click.get_current_context()
    if context.get_parameter_source(option) is ParameterSource.COMMANDLINE:
        raise click.BadParameter(why, param_hint=f"--{option}")
