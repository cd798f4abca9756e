"""The argument BOOK, and how commands load rule books."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from wiifm.cli.output import write_error
from wiifm.plugins import find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.packs import PLUGIN_PREFIX
from wiifm.stores.urls import scheme_of
from wiifm.tried import tried


def shown_url(url: str) -> str:
    """The URL of a store for a message: only its scheme if it may contain a password.

    >>> shown_url("sqlite:///acme.db"), shown_url("postgresql://ann:secret@host/acme")
    ("'sqlite:///acme.db'", "'postgresql:...'")
    """
    scheme = scheme_of(url)
    return repr(url if "@" not in url else f"{scheme}:..." if scheme else "...")


def is_store(text: str) -> bool:
    """Whether a text that was given for a file is the URL of a store."""
    return "://" in text and scheme_of(text) is not None


def _refuse_others(book: str, hint: str = "") -> None:
    """Refuse the URL of a store, which would be taken for a file that doesn't exist; and a file of events, which would be invalid TOML."""
    expected = "expected a rule book: a file in TOML, or plugin:NAME"
    if is_store(book):
        raise click.BadParameter(f"found the store {shown_url(book)}, {expected}{hint}")
    if book.removesuffix(".gz").endswith(".jsonl"):
        raise click.BadParameter(f"found the file of events {book!r}, {expected}")


def _no_store(context: click.Context, _: click.Parameter, book: str) -> str:
    """The callback of BOOK."""
    _refuse_others(
        book, "; for a store, use wiifm standings STORE" if context.info_name == "score" else ""
    )
    return book


def _no_option(context: click.Context, _: click.Parameter, book: str | None) -> None:
    """The callback of an option that doesn't exist, as many expect it where BOOK is an argument."""
    if book is not None:
        usage = " ".join([context.command_path, *context.command.collect_usage_pieces(context)[1:]])
        raise click.UsageError(f"BOOK is an argument here, no option: {usage}", context)


Command = TypeVar("Command", bound=Callable[..., Any])


def _with_book(command: Command) -> Command:
    """Add the argument BOOK to a command, and an option of this name that is refused."""
    option = click.option(
        "--book", "_", hidden=True, is_eager=True, expose_value=False, callback=_no_option
    )
    return option(click.argument("book", metavar="BOOK", callback=_no_store)(command))


BOOK = _with_book


def is_there(book: str) -> bool:
    """Whether there is anything to check: a file that can be read, or the name of a plugin."""
    readable = os.path.exists(book) and os.access(book, os.R_OK) and not os.path.isdir(book)
    return readable or book.startswith(PLUGIN_PREFIX)


def load(path: str) -> RuleBook:
    """Load a rule book, and write to standard error which of the plugins that are tried it doesn't use.

    Raises:
        click.BadParameter: it is a store, or a file of events.
        InvalidRuleBook: it isn't valid, or one of those plugins isn't.
    """
    _refuse_others(path)
    book = RuleBook.load(path)
    if not tried():
        return book
    plugins = find_plugins(disabled=book.disabled_plugins)
    for name, text in plugins.tried.items():
        found = plugins.contributions[name]
        if name not in book.plugins and (found.draft.items or found.observers.registered):
            way = f"add {name!r} to `use` in [book], or to `vocabulary` for its event types alone"
            write_error(f"{path} doesn't use what {text} contributes: {way}")
    return book
