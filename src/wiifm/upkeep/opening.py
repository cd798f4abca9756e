"""Opens the store that a function of upkeep works on, and finds its rule book."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wiifm.archive.damage import damage_told
from wiifm.archive.stored_book import kept_book
from wiifm.archive.tables import TABLES
from wiifm.arguments import checked_book
from wiifm.faults import Fault, InvalidInput, literal, short
from wiifm.outbox.tables import TABLES as OUTBOX
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store
from wiifm.stores.urls import opened

_ALL = (*TABLES, *OUTBOX)


def path_of(what: str, found: object, expected: str) -> Path:
    """The path that an argument means. ``what`` is how the message calls the argument.

    >>> path_of("archive", 3, "a file: a str or a Path")
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: archive: found 3, expected a file: a str or a Path

    Raises:
        InvalidInput: it is neither a text nor a path, or it is empty.
    """
    if not (isinstance(found, str | Path) and str(found)):
        raise InvalidInput([Fault(what, literal(found), expected)])
    return Path(found)


def folder_of(found: str | Path | None) -> Path | None:
    """The folder that an argument means, if there is one.

    >>> folder_of("scratch").name, folder_of(None)
    ('scratch', None)

    Raises:
        InvalidInput: it is something else.
    """
    return None if found is None else path_of("folder", found, "a folder: a str or a Path")


@contextmanager
def opened_for(store: Store | str, book: RuleBook | None) -> Iterator[Store]:
    """A store, or the one that a URL names, which is opened without the plugins that the book switches off, and closed at the end.

    If the block fails because the store is damaged, it raises StoreDamaged.

    Raises:
        InvalidInput: it is no store, or what is given as the book is none.
        StoreFault: the store can't be opened.
    """
    if book is not None:
        checked_book(book)
    disabled = () if book is None else book.disabled_plugins
    with opened(store, disabled) as found, damage_told(found, book, _ALL):
        yield found


@contextmanager
def opened_with_book(store: Store | str, book: RuleBook | None) -> Iterator[tuple[Store, RuleBook]]:
    """A store and its rule book: the given one, or else the one that it keeps.

    >>> with opened_with_book("memory:", RuleBook.load("plugin:sharing")) as (store, book):
    ...     print(store, book.id)
    in memory sharing

    Raises:
        InvalidInput, StoreFault: as :func:`opened_for`; or nothing was recorded in the store, or its book can't be rebuilt here.
    """
    if not isinstance(book, RuleBook | None):
        expected = (
            "a RuleBook; without one, name the arguments that follow it, such as member='ann'"
        )
        raise InvalidInput([Fault("book", short(book), expected)])
    with opened_for(store, book) as found:
        yield found, kept_book(found) if book is None else book
