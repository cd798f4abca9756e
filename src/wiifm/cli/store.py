"""A STORE on a command line, and how it is opened: by whoever only reads, and by whoever records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from wiifm.archive.stored_book import digest_in, kept_book
from wiifm.engine import Engine
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store
from wiifm.stores.urls import open_store, scheme_of

STORE = click.argument("store", metavar="STORE")
KEPT_BOOK = click.option(
    "--book",
    metavar="BOOK",
    help="The rule book that decided what is in STORE, where the one that is kept there can't be made again.",
)

KEEP = click.option(
    "--keep",
    metavar="FIELD",
    multiple=True,
    help="A field whose texts stay, since a plugin's function reads them.",
)
YES = click.option("--yes", is_flag=True, help="Don't ask.")
RECEIPT = click.option("--json", "as_json", is_flag=True, help="The receipt as JSON.")
"""The options of whoever erases."""


def lasting(_: click.Context, __: click.Parameter, store: str) -> str:
    """A store that is there when the command has ended: the callback of whoever writes into it."""
    if scheme_of(store) == "memory":
        told = "memory: is gone when the command ends; expected a store that lasts, such as sqlite:///acme.db"
        raise click.BadParameter(told)
    return store


def behind_a_store(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """Who or what is named behind a store: the callback that tells whoever has them the other way round."""
    store = context.params.get("store")
    if "://" in name and scheme_of(store or "") is None:
        command = f"{context.command_path} STORE {store}"
        raise click.BadParameter(f"found a store, which comes first: {command}")
    return name


@contextmanager
def at_hand(store: str, book: str | None) -> Iterator[tuple[Store, RuleBook | None]]:
    """A store, and the rule book that the command line names, if it does."""
    given = None if book is None else RuleBook.load(book)
    with closing(open_store(store, given.disabled_plugins if given else ())) as opened:
        yield opened, given


@contextmanager
def existing(store: str, book: str | None = None) -> Iterator[Engine]:
    """An engine over a store in which something was recorded; where nothing was, nothing is made.

    Args:
        store: its URL.
        book: the rule book, as the command line names it; that of the store unless given.

    Raises:
        StoreFault: it can't be opened, nothing was recorded in it, or by another book.
    """
    with at_hand(store, book) as (opened, given):
        digest_in(opened)
        yield Engine.over(opened, given)


@contextmanager
def at_rest(store: str, book: str | None = None) -> Iterator[tuple[Store, RuleBook]]:
    """A store in which something was recorded, and the rule book by which; for whoever looks at it as a whole.

    Raises:
        StoreFault: it can't be opened, nothing was recorded in it, or its book can't be made again here.
    """
    with at_hand(store, book) as (opened, given):
        yield opened, kept_book(opened) if given is None else given
