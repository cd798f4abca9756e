"""A STORE on a command line, and how it is opened: by whoever only reads, and by whoever records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from wiifm.archive.kept import digest_in
from wiifm.engine import Engine
from wiifm.rulebook.book import RuleBook
from wiifm.stores.urls import open_store

STORE = click.argument("store", metavar="STORE")
KEPT_BOOK = click.option(
    "--book",
    metavar="BOOK",
    help="The rule book that decided what is in STORE, where the one that is kept there can't be made again.",
)


@contextmanager
def existing(store: str, book: str | None = None) -> Iterator[Engine]:
    """An engine over a store in which something was recorded; where nothing was, nothing is made.

    Args:
        store: its URL.
        book: the rule book, as the command line names it; that of the store unless given.

    Raises:
        StoreFault: it can't be opened, nothing was recorded in it, or by another book.
    """
    given = None if book is None else RuleBook.load(book)
    with closing(open_store(store, given.disabled_plugins if given else ())) as opened:
        digest_in(opened)
        yield Engine.over(opened, given)
