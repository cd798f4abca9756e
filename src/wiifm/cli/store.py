"""The argument STORE and the options that go with it, and how commands open a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from wiifm.archive.stored_book import digest_in, kept_book
from wiifm.cli.books import load
from wiifm.cli.output import write_error
from wiifm.engine import Engine
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store
from wiifm.stores.urls import open_store, scheme_of

STORE = click.argument("store", metavar="STORE")
BOOK_OPTION = click.option(
    "--book",
    metavar="BOOK",
    help="The rule book of STORE, if it can't be loaded from STORE itself.",
)

KEEP = click.option(
    "--keep",
    metavar="FIELD",
    multiple=True,
    help="A field whose texts are not erased, because a function of a plugin reads it. Can be repeated.",
)
YES = click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
"""The options of commands that erase are KEEP and YES."""


def no_memory_store(_: click.Context, __: click.Parameter, store: str) -> str:
    """The callback of a store to write to. It refuses a store in memory, which would be lost when the command ends."""
    if scheme_of(store) == "memory":
        message = "memory: is lost when the command ends; expected a lasting store, such as sqlite:///acme.db"
        raise click.BadParameter(message)
    return store


def after_store(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """The callback of an argument that follows STORE. It detects that both were given in the wrong order."""
    store = context.params.get("store")
    if "://" in name and scheme_of(store or "") is None:
        command = f"{context.command_path} STORE {store}"
        raise click.BadParameter(f"found a store, which comes first: {command}")
    return name


def confirm(question: str) -> None:
    """Ask before something is erased. The answer may be no, or nobody may be there to answer, as in a cron job.

    Raises:
        click.Abort: the answer isn't yes.
    """
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort:
        write_error("Nothing was erased. To erase without being asked, use --yes.")
        raise


@contextmanager
def open_with_given_book(store: str, book: str | None) -> Iterator[tuple[Store, RuleBook | None]]:
    """Open a store, and load the rule book that the command line names, if it names one."""
    given = None if book is None else load(book)
    with closing(open_store(store, given.disabled_plugins if given else ())) as opened:
        yield opened, given


@contextmanager
def existing(store: str, book: str | None = None) -> Iterator[Engine]:
    """An engine over a store. The store isn't created if it doesn't exist.

    Args:
        store: its URL.
        book: the rule book that the command line names; unless given, the one that is kept in the store.

    Raises:
        StoreFault: it can't be opened, nothing was recorded in it, or it has another rule book.
    """
    with open_with_given_book(store, book) as (opened, given):
        digest_in(opened)
        yield Engine.over(opened, given)


@contextmanager
def open_with_book(store: str, book: str | None = None) -> Iterator[tuple[Store, RuleBook]]:
    """A store and its rule book, for commands that work on a store as a whole.

    Raises:
        StoreFault: it can't be opened, nothing was recorded in it, or its rule book can't be loaded from it.
    """
    with open_with_given_book(store, book) as (opened, given):
        yield opened, kept_book(opened) if given is None else given
