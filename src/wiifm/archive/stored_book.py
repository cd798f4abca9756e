"""The rule book of a store: kept as TOML when an archive begins, and rebuilt if the store is opened without a book."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from wiifm.archive.codec import unpack
from wiifm.archive.kept_days_off import days_off_of, with_days_off
from wiifm.archive.tables import BOOKS, FACTS, VERSION
from wiifm.faults import (
    BookChanged,
    BookUnavailable,
    Fault,
    InvalidInput,
    InvalidRuleBook,
    NothingRecorded,
    NotPrepared,
    OtherBook,
    OtherVersion,
    StoreFault,
    short,
)
from wiifm.plugins import ENVIRONMENT, Plugins, find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_attributes import with_article
from wiifm.rulebook.digest import plugins_used
from wiifm.rulebook.dump import dumps
from wiifm.rulebook.gather import gather_kept
from wiifm.rulebook.toml import read_toml
from wiifm.stores.protocol import Reading, Row, Store, Writing

GIVE_BOOK = (
    "give the rule book: Engine.open(url, book), or --book BOOK (--was BOOK of wiifm rescore)"
)
_OTHER_BOOK = (
    "open it with that one, or rescore the store (wiifm rescore --preview shows what would change)"
)
_BOOK_REPLACED = (
    "it was replaced while this engine was open; restart this process with the rule book that the store has now "
    "(rescore the store only if yours is the newer one)"
)
KEPT_TEXT_CHANGED = "its kept text was changed, or another version of wiifm wrote it"
START = "begin with Engine.open(url, book), or with wiifm record STORE BOOK EVENTS"


def facts(session: Reading) -> dict[str, str]:
    """What an archive knows of itself, from ``FACTS``; empty if there is no archive.

    Raises:
        OtherVersion: a later version of wiifm wrote it.
    """
    known = {str(name): str(value) for name, value in session.scan(FACTS)}
    version = known.get("version", "")
    if known and not version.isdecimal():
        raise StoreFault(f"facts of the store: found the version {version!r}, expected a number")
    if known and int(version) > VERSION:
        raise OtherVersion(
            f"the store has tables of version {version}, and this wiifm knows versions up to "
            f"{VERSION}: open it with the wiifm that wrote it, or a later one",
            int(version),
            VERSION,
        )
    if known and (gone := {"book", "chain", "purses", "state"} - known.keys()):
        raise StoreFault(f"facts of the store: found no {min(gone)}; restore a backup")
    return known


def write_first_facts(session: Writing, book: RuleBook, state: str) -> None:
    """Write the book of a new archive, and the facts with its progress."""
    initial = {
        "version": str(VERSION),
        "book": book.digest,
        "purses": purses_of(book),
        "chain": "",
        "state": state,
    }
    session.insert(FACTS, initial.items())
    session.put(BOOKS, [book_row(book)])


def state_of(known: Mapping[str, str]) -> tuple[Any, ...]:
    """The progress of an archive, from its facts.

    Raises:
        StoreFault: the progress was changed by somebody else.
    """
    try:
        state = unpack(known["state"])
        *counts, (_, _), (_, _) = state
        if len(counts) == 6 and all(type(each) is int for each in counts):
            return state  # type: ignore[no-any-return]
    except (ValueError, TypeError, LookupError):
        pass
    raise StoreFault(
        f"facts of the store: found the state {short(known.get('state'))}, which wiifm didn't write; "
        "restore the store from a backup (wiifm verify tells what else was changed)"
    )


_BOOK_ROWS: dict[int, Row] = {}
"""The rows of books by ``id(book)``: each book is dumped only once, however many stores are opened with it."""


def book_row(book: RuleBook) -> Row:
    """A rule book as a row of ``BOOKS``: its TOML, or why there is none; and the plugins that it was made with."""
    key = id(book)
    if key not in _BOOK_ROWS:
        weakref.finalize(book, _BOOK_ROWS.pop, key, None).atexit = False
        _BOOK_ROWS[key] = _as_row(book)
    return _BOOK_ROWS[key]


def row_to_keep(reading: Reading, book: RuleBook) -> Row | None:
    """The row of a book, if the store doesn't keep it, or keeps it with other words; else None.

    Raises:
        StoreFault: the store keeps a book with this digest, and must not replace it by this one, which can't be read back.
    """
    row = book_row(book)
    kept = reading.find(BOOKS, [row[:1]])
    if kept == [row]:
        return None
    if kept:
        try:
            rebuilt_book(row)
        except BookUnavailable:  # a plugin is missing here
            pass
        except BookChanged as error:
            raise StoreFault(
                f"the rule book {book.id!r} can't replace the one that the store keeps with the same digest, since its TOML (book.dumps()) "
                "can't be read back; make it with RuleBook.load or RuleBook.parse, which validate it"
            ) from error
    return row


def _as_row(book: RuleBook) -> Row:
    text = lacks = None
    try:
        text = dumps(book)
        text.encode()
    except (InvalidRuleBook, UnicodeEncodeError) as error:
        text, lacks = None, str(error)
    made = {
        "id": book.id,
        "named": [*book.observers],
        "disabled": [*book.disabled_plugins],
        "used": plugins_used(book),
        **_only_in_python(book),
    }
    return book.digest, text, lacks, json.dumps(made)


def _only_in_python(book: RuleBook) -> dict[str, object]:
    """What TOML can't say of a book but a later one has to be compared with: the versions of tests in Python, and the holidays."""
    tested = {rule.id: rule.version for rule in book.rules.values() if rule.test}
    return ({"tested": tested} if tested else {}) | days_off_of(book.calendar)


def purses_of(book: RuleBook) -> str:
    """The purses of a book with their decimals, which define the minor units of the ledger's amounts."""
    return json.dumps({name: purse.decimals for name, purse in sorted(book.purses.items())})


def check_store(store: object) -> None:
    """Check that what was given for a store isn't something else, such as its URL; that isn't quoted, as it may have a password.

    >>> check_store("sqlite:///acme.db")
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: store: found a str, expected a store: open it with wiifm.open_store("sqlite:///acme.db")

    Raises:
        InvalidInput: it is something else.
    """
    if not callable(getattr(store, "reading", None)):
        expected = 'a store: open it with wiifm.open_store("sqlite:///acme.db")'
        raise InvalidInput([Fault("store", with_article(type(store)), expected)])


def digest_in(store: Store) -> str:
    """The digest of the rule book that decided the contents of a store. Nothing is written.

    Raises:
        InvalidInput: the store is something else, such as its URL.
        NothingRecorded: nothing was recorded in it yet.
        StoreFault: it can't be read.
    """
    check_store(store)
    try:
        with store.reading() as session:
            digest = facts(session).get("book")
    except NotPrepared as error:
        raise NothingRecorded(f"nothing was recorded here yet ({error.found}); {START}") from None
    if digest is None:
        raise NothingRecorded(f"nothing was recorded in the store yet; {START}")
    return digest


def check_digest(book: RuleBook, digest: str, advice: str) -> None:
    """Check that a book has a digest, which is that of the book that decided. ``advice`` ends the message: it says what to do.

    Raises:
        OtherBook: it has another one.
    """
    if digest != book.digest:
        raise OtherBook(
            f"the rule book {book.id!r} has the digest {book.digest}, but the contents of the store were decided by the one "
            f"with the digest {digest}: {advice}",
            book.digest,
            digest,
        )


def check_deciding(book: RuleBook, known: Mapping[str, str], *, opened: bool = False) -> None:
    """Check that a book decided the contents of a store, by the store's facts; ``opened``: an engine with this book is open over the store.

    Raises:
        OtherBook: another book did. The message says what to do.
    """
    check_digest(book, known["book"], _BOOK_REPLACED if opened else _OTHER_BOOK)


def kept_book(store: Store) -> RuleBook:
    """The rule book that decided the contents of a store, rebuilt from what is kept. Nothing is written.

    Raises:
        NothingRecorded: nothing was recorded in it yet.
        BookUnavailable, BookChanged: its book can't be rebuilt here. The message says why.
        StoreFault: it can't be read.
    """
    return rebuilt_book(_kept_row(store, digest_in(store)))


def _kept_row(store: Store, digest: str) -> Row:
    try:
        with store.reading() as session:
            rows = session.find(BOOKS, [(digest,)])
    except NotPrepared:
        rows = []
    if not rows:
        raise BookUnavailable(
            f"the rule book with the digest {digest} isn't kept in the store; {GIVE_BOOK}"
        )
    return rows[0]


def deciding_book(store: Store, given: RuleBook | None = None) -> RuleBook:
    """The rule book that decided the contents of a store, to read what its functions produced. Nothing is written.

    After the upgrade of a plugin its old functions are gone. The current ones stand in for them, with the old versions. The
    calendar gets the old holidays.

    Args:
        given: that book, if it can't be rebuilt from what is kept.

    Raises:
        StoreFault: nothing was recorded in the store yet; or its book can't be rebuilt here. The message says why.
    """
    digest = digest_in(store)
    if given is not None and given.digest == digest:
        return given
    row = _kept_row(store, digest)
    was = _with_versions_of(_gathered(row) if given is None else given, _made_with(row))
    if was.digest == digest:
        return was
    return rebuilt_book(row) if given is None else given


def _with_versions_of(book: RuleBook, made: Mapping[str, Any]) -> RuleBook:
    """A book whose functions have the versions, and whose calendar has the holidays, of the book that ``made`` describes."""
    found = {(what, name): version for what, name, version in made["used"]}
    tested = made.get("tested", {})
    return evolve(
        book,
        kinds={
            name: evolve(each, version=found.get(("kind", name), each.version))
            for name, each in book.kinds.items()
        },
        measures={
            name: evolve(each, version=found.get(("measure", name), each.version))
            for name, each in book.measures.items()
        },
        rules={
            name: evolve(each, version=tested.get(name, each.version))
            for name, each in book.rules.items()
        },
        calendar=with_days_off(book.calendar, made),
    )


def rebuilt_book(row: Row) -> RuleBook:
    """The rule book of a row, with the observers of its plugins that are installed. It names the other plugins, too.

    Raises:
        BookUnavailable: TOML can't express it; or a plugin is missing, or has another version.
        BookChanged: what is kept was changed.
    """
    digest, made, book = row[0], _made_with(row), _gathered(row)
    plugins = find_plugins(disabled=made["disabled"])
    if book.digest != digest:
        wrong = [*_missing_plugins(made, plugins), *_changed_versions(made, book)]
        other = f"{_named(row, made)} has the digest {book.digest} when it is rebuilt here:"
        raise (BookUnavailable if wrong else BookChanged)(
            "\n".join([other, *(wrong or [KEPT_TEXT_CHANGED]), GIVE_BOOK])
        )
    there = plugins.contributions
    observers = {
        name: tuple(there[name].observers.registered) if name in there else ()
        for name in made["named"]
    }
    sources = {name: there[name].source for name in observers if name in there}
    return evolve(book, observers=observers, plugins=sources)


def _made_with(row: Row) -> dict[str, Any]:
    """What is kept beside the text of a rule book: its id, and the plugins that it was made with.

    Raises:
        BookChanged: somebody else wrote it.
    """
    try:
        made = json.loads(str(row[3]))
    except ValueError:
        made = None
    if isinstance(made, dict) and {"id", "named", "disabled", "used"} <= made.keys():
        return made
    raise BookChanged(
        f"the rule book with the digest {row[0]!s}: found {short(row[3])} for the plugins that it was made with, which "
        f"wiifm didn't write; restore the store from a backup, or {GIVE_BOOK}"
    )


def _named(row: Row, made: Mapping[str, Any]) -> str:
    return f"the rule book {made['id']!r} with the digest {row[0]!s}, which decided the contents of the store,"


def _gathered(row: Row) -> RuleBook:
    """The rule book of a row, made with the installed plugins, whatever its digest is then.

    Raises:
        BookUnavailable, BookChanged: as :func:`rebuilt_book`.
    """
    text, lacks = (None if cell is None else str(cell) for cell in row[1:3])
    made = _made_with(row)
    book_name = _named(row, made)
    if text is None and lacks is None:
        raise BookChanged(f"{book_name} is missing there; restore the store from a backup")
    if text is None:
        raise BookUnavailable(f"{book_name} can't be written as TOML:\n{lacks}\n{GIVE_BOOK}")
    try:
        draft = read_toml(text, "the kept rule book")
    except InvalidRuleBook as error:
        raise BookChanged(f"{book_name} isn't TOML any more:\n{error}\n{GIVE_BOOK}") from None
    header = evolve(draft.header, disabled_plugins=tuple(made["disabled"]))
    try:
        return gather_kept(evolve(draft, header=header))
    except InvalidRuleBook as error:
        plugins = find_plugins(disabled=made["disabled"])
        wrong = [*_missing_plugins(made, plugins)]
        if faults := _plugin_faults(plugins):
            wrong = [*wrong, *dict.fromkeys(map(str, (*faults, *error.faults)))]
        says = "\n".join(
            [f"{book_name} can't be rebuilt here:", *(wrong or [str(error)]), GIVE_BOOK]
        )
        raise (BookUnavailable if wrong else BookChanged)(says) from None


def _missing_plugins(made: Mapping[str, Any], plugins: Plugins) -> Iterator[str]:
    for name in made["named"]:
        if plugins.off.get(name) == ENVIRONMENT:
            yield f"the plugin {name!r} is installed, but {ENVIRONMENT} disables it: name it there, or unset the variable"
        elif name not in plugins.contributions:
            yield f"the plugin {name!r} isn't installed (to try it from its file: wiifm --plugin {name}=FILE)"


def _plugin_faults(plugins: Plugins) -> list[Fault]:
    """The faults of the plugins here. With them it can't be told whether a book that isn't valid was changed."""
    return [
        *plugins.faults,
        *(fault for each in plugins.contributions.values() for fault in each.faults),
    ]


def _changed_versions(made: Mapping[str, Any], book: RuleBook) -> Iterator[str]:
    """Messages about the kinds and measures that have another version now."""
    now = {(what, name): version for what, name, version in plugins_used(book)}
    for what, name, version in made["used"]:
        found = now.get((what, name))
        if found != version:
            solution = "install that version again, or rescore the store (wiifm rescore STORE BOOK)"
            yield f"the {what} {name!r} had the version {version!r}, and now has {found!r}: {solution}"
