"""The rule book of a store: kept there as TOML when an archive begins, and made again for whoever opens it without one."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from attrs import evolve

from wiifm.archive.codec import unpack
from wiifm.archive.tables import BOOKS, FACTS, VERSION
from wiifm.faults import InvalidRuleBook, NotPrepared, StoreFault, short
from wiifm.plugins import ENVIRONMENT, Plugins, find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import digest as digest_of
from wiifm.rulebook.digest import plugins_used
from wiifm.rulebook.dump import dumps
from wiifm.rulebook.gather import gather
from wiifm.rulebook.toml import read_toml
from wiifm.stores.protocol import Reading, Row, Store

GIVE = "give the rule book: Engine.open(url, book), or --book BOOK (--was BOOK of wiifm rescore)"
BEGIN = "begin with Engine.open(url, book), or with wiifm record STORE BOOK EVENTS"


def facts(session: Reading) -> dict[str, str]:
    """What an archive knows of itself; nothing where none has begun.

    Raises:
        StoreFault: a later version of wiifm wrote it.
    """
    known = {str(name): str(value) for name, value in session.scan(FACTS)}
    version = known.get("version", "")
    if known and not version.isdecimal():
        raise StoreFault(f"facts of the store: found the version {version!r}, expected a number")
    if known and int(version) > VERSION:
        raise StoreFault(
            f"the store has tables of version {version}, and this wiifm knows them up to version "
            f"{VERSION}: open it with the wiifm that wrote it, or a later one"
        )
    return known


def state_of(known: Mapping[str, str]) -> tuple[Any, ...]:
    """How far an archive has come, of what it knows of itself.

    Raises:
        StoreFault: that was changed by somebody else.
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


_ROWS: dict[int, Row] = {}
"""The rows of books that there are, by which object each is: one is written out once, however many stores are opened by it."""


def book_row(book: RuleBook) -> Row:
    """A rule book as it is kept: its TOML, or why there is none; and the plugins that it was made with."""
    which = id(book)
    if which not in _ROWS:
        weakref.finalize(book, _ROWS.pop, which, None).atexit = False
        _ROWS[which] = _written(book)
    return _ROWS[which]


def _written(book: RuleBook) -> Row:
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
    """What a book that TOML can't say was made with, as far as a later one can be told from it: the versions of rules' tests, and the holidays."""
    tested = {rule.id: rule.version for rule in book.rules.values() if rule.test}
    off = sorted(map(date.isoformat, book.calendar.holidays))
    return ({"tested": tested} if tested else {}) | ({"off": off} if off else {})


def purses_of(book: RuleBook) -> str:
    """The purses of a book with their decimals, in which the ledger's amounts are counted."""
    return json.dumps({name: purse.decimals for name, purse in sorted(book.purses.items())})


def digest_in(store: Store) -> str:
    """The digest of the rule book that decided what is in a store; nothing is written.

    Raises:
        StoreFault: nothing was recorded in it yet, or it can't be read.
    """
    try:
        with store.reading() as session:
            digest = facts(session).get("book")
    except NotPrepared as error:
        raise StoreFault(f"nothing was recorded here yet ({error.found}); {BEGIN}") from None
    if digest is None:
        raise StoreFault(f"nothing was recorded in the store yet; {BEGIN}")
    return digest


def decided_by(book: RuleBook, digest: str, otherwise: str) -> None:
    """Complain where the digest of the book that decided is another one; ``otherwise`` is what to do then.

    Raises:
        StoreFault: it is.
    """
    if digest != book.digest:
        raise StoreFault(
            f"the rule book {book.id!r} has the digest {book.digest}, and what is in the store was decided by the one "
            f"with the digest {digest}: {otherwise}"
        )


def kept_book(store: Store) -> RuleBook:
    """The rule book that decided what is in a store, made again; nothing is written.

    Raises:
        StoreFault: nothing was recorded in it yet; or its book can't be made again here, and why.
    """
    return made_again(_kept_row(store, digest_in(store)))


def _kept_row(store: Store, digest: str) -> Row:
    try:
        with store.reading() as session:
            rows = session.find(BOOKS, [(digest,)])
    except NotPrepared:
        rows = []
    if not rows:
        raise StoreFault(f"the rule book with the digest {digest} isn't kept in the store; {GIVE}")
    return rows[0]


def book_before(store: Store, given: RuleBook | None = None) -> RuleBook:
    """The rule book that decided, for whoever only reads what its functions came to; nothing is written.

    Who upgraded a plugin doesn't have the functions of before: those of now stand in for them, under the versions of before. Its
    calendars have the holidays of before.

    Args:
        given: that book, where it can't be made again of what is kept.

    Raises:
        StoreFault: nothing was recorded in the store yet; or its book can't be made again here, and why.
    """
    digest = digest_in(store)
    if given is not None and given.digest == digest:
        return given
    row = _kept_row(store, digest)
    was = _as_it_was(_gathered(row) if given is None else given, json.loads(str(row[3])))
    if was.digest == digest:
        return was
    return made_again(row) if given is None else given


def _as_it_was(book: RuleBook, made: Mapping[str, Any]) -> RuleBook:
    """A book whose functions have the versions, and whose calendar the holidays, that another one was made with."""
    found = {(what, name): version for what, name, version in made["used"]}
    tested = made.get("tested", {})
    off = made.get("off")
    was = evolve(
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
        calendar=book.calendar
        if off is None
        else evolve(book.calendar, holidays=frozenset(map(date.fromisoformat, off))),
    )
    return evolve(was, digest=digest_of(was))


class NotHere(StoreFault):
    """A rule book that is kept can't be made again, for a reason that lies outside of the store."""


def made_again(row: Row) -> RuleBook:
    """The rule book of a row, with the observers of its plugins, as far as they are here; it names the others all the same.

    Raises:
        NotHere: TOML can't say it; or a plugin is missing, or of another version.
        StoreFault: what is kept isn't the book any more.
    """
    digest, made, book = row[0], json.loads(str(row[3])), _gathered(row)
    there = find_plugins(disabled=made["disabled"])
    if book.digest != digest:
        wrong = [*_missing(made, there), *_changed(made, book)]
        other = f"{_told(row, made)} comes out with the digest {book.digest} here:"
        raise (NotHere if wrong else StoreFault)("\n".join([other, *wrong, GIVE]))
    here = {name: each.observers.registered for name, each in there.contributions.items()}
    named = {name: tuple(here.get(name, ())) for name in made["named"]}
    sources = {
        name: there.contributions[name].source for name in named if name in there.contributions
    }
    return evolve(book, observers=named, plugins=sources)


def _told(row: Row, made: Mapping[str, Any]) -> str:
    return f"the rule book {made['id']!r} with the digest {row[0]!s}, which decided what is in the store,"


def _gathered(row: Row) -> RuleBook:
    """The rule book of a row by the plugins that are here, whatever it comes to by them.

    Raises:
        NotHere, StoreFault: as :func:`made_again`.
    """
    text, lacks = (None if cell is None else str(cell) for cell in row[1:3])
    made = json.loads(str(row[3]))
    told = _told(row, made)
    if text is None and lacks is None:
        raise StoreFault(f"{told} isn't kept there any more; restore the store from a backup")
    if text is None:
        raise NotHere(f"{told} can't be kept there:\n{lacks}\n{GIVE}")
    draft = read_toml(text, "the kept rule book")
    header = evolve(draft.header, disabled_plugins=tuple(made["disabled"]))
    try:
        return gather(evolve(draft, header=header))
    except InvalidRuleBook as error:
        wrong = [*_missing(made, find_plugins(disabled=made["disabled"]))]
        says = "\n".join([f"{told} can't be made again here:", *(wrong or [str(error)]), GIVE])
        raise (NotHere if wrong else StoreFault)(says) from None


def _missing(made: Mapping[str, Any], there: Plugins) -> Iterator[str]:
    for name in made["named"]:
        if there.off.get(name) == ENVIRONMENT:
            yield f"the plugin {name!r} is installed, and {ENVIRONMENT} switches it off: name it there, or unset that"
        elif name not in there.contributions:
            yield f"the plugin {name!r} isn't installed"


def _changed(made: Mapping[str, Any], book: RuleBook) -> Iterator[str]:
    """The kinds and measures that are of another version now."""
    now = {(what, name): version for what, name, version in plugins_used(book)}
    for what, name, version in made["used"]:
        found = now.get((what, name))
        if found != version:
            anew = "go back to that one, or have all of it decided anew (wiifm rescore STORE BOOK)"
            yield f"the {what} {name!r} was of version {version!r}, and is now of {found!r}: {anew}"
