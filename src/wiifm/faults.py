"""Exceptions, and faults: what is wrong with input from outside, where, and how to fix it.

A validator yields one :class:`Fault` for each thing that is wrong, and doesn't stop at the first one. Its caller
collects all faults and raises them together. The helpers that word messages are here, too: ``short`` and ``literal``
quote a value, ``nearest`` finds what a misspelt name means.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from reprlib import Repr

from attrs import frozen


@frozen
class Fault:
    """One thing that is wrong: where it is, what was found there, and what was expected.

    >>> print(Fault("rule 'kudos', key 'gte'", "an unknown key", "one of: gate, limit", "gate"))
    rule 'kudos', key 'gte': found an unknown key, expected one of: gate, limit; did you mean 'gate'?
    """

    where: str
    found: str
    expected: str
    nearest: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, expected {self.expected}{_hint(self.nearest)}"

    def inside(self, place: str) -> Fault:
        """The same fault, with the place that contains it in front of ``where``.

        >>> Fault("actor", "nothing", "a text").inside("line 3").where
        'line 3, actor'
        """
        return Fault(f"{place}, {self.where}", self.found, self.expected, self.nearest)


class WiifmError(Exception):
    """The base class of all exceptions that callers of wiifm get from it.

    >>> issubclass(InvalidInput, WiifmError)
    True
    """


class InvalidInput(WiifmError, ValueError):
    """Input from outside is wrong: arguments, events, rule books, files. ``faults`` lists everything that is wrong with it.

    >>> error = InvalidInput([Fault("actor", "7", "a text")])
    >>> str(error)
    'actor: found 7, expected a text'
    >>> isinstance(error, ValueError)
    True
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by ``faults``, since ``__init__`` doesn't take the message: an error of a worker process arrives whole."""
        return type(self), (self.faults,), self.__dict__


class InvalidEvent(InvalidInput):
    """An event isn't valid, in itself or for its event type. It was not recorded.

    >>> print(InvalidEvent([Fault("event 'e1', actor", "7", "a text")]))
    event 'e1', actor: found 7, expected a text
    """


class InvalidRuleBook(InvalidInput):
    """A rule book isn't valid. ``faults`` lists all its faults, not only the first.

    >>> error = InvalidRuleBook([Fault("book", "nothing", "an id"), Fault("rule 'a'", "0", "points")])
    >>> len(error.faults)
    2
    """


class ConflictingEvent(InvalidInput):
    """An event has the id of a recorded event, but other content. The recorded event stays; the new one was not recorded.

    >>> issubclass(ConflictingEvent, InvalidInput)
    True
    """


class UnknownName(WiifmError, KeyError):
    """A reading was asked for something that doesn't exist, such as a purse, an entry or an event.

    ``nearest`` is the most similar name that exists, if there is one.

    >>> str(UnknownName("entry 9: there are entries 1 to 3"))
    'entry 9: there are entries 1 to 3'
    >>> print(UnknownName("member 'Rajj': there is none", nearest="Raj"))
    member 'Rajj': there is none; did you mean 'Raj'?
    """

    def __init__(self, message: str, nearest: str | None = None) -> None:
        self.nearest = nearest
        super().__init__(message + _hint(nearest))

    def __str__(self) -> str:
        return str(self.args[0])


class StillDeciding(WiifmError, RuntimeError):
    """A plugin's function that decides called the engine that is calling it, which is in the middle of a batch. The call did nothing.

    >>> issubclass(StillDeciding, RuntimeError)
    True
    """


class StoreFault(WiifmError):
    """A store can't do what it was asked to: it can't be opened, has a later version, or was changed by somebody else.

    >>> issubclass(StoreBusy, StoreFault)
    True
    """


class StoreBusy(StoreFault):
    """Others were at work in the store: they held its write lock for as long as this process waited, or ran upkeep meanwhile.

    Nothing was recorded or erased; try again.

    >>> print(StoreBusy("acme.db: another process has been writing for 30 s"))
    acme.db: another process has been writing for 30 s
    """


class NotPrepared(StoreFault):
    """A table of the store doesn't exist yet. ``found`` says what was found instead; ``prepare()`` creates the tables.

    >>> print(NotPrepared("acme.db: there is no such file"))
    acme.db: there is no such file; prepare() makes it
    """

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(f"{found}; prepare() makes it")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by ``found``, which the message is made from."""
        return type(self), (self.found,), self.__dict__


class NothingRecorded(StoreFault):
    """No engine has begun in the store yet, so that it has no rule book either: open one with a book, or wait for whoever does.

    >>> issubclass(NothingRecorded, StoreFault)
    True
    """


class StoreClosed(StoreFault):
    """The store, or the engine over it, was closed. Open another one.

    >>> print(StoreClosed("this engine is closed; open another one"))
    this engine is closed; open another one
    """


class StoreUnreachable(StoreFault, ConnectionError):
    """The server of a store can't be reached, or has closed the connection. Do it again once it runs.

    Nothing of the transaction is kept, unless the connection was lost during the commit: then the message says that it may be committed.
    An engine records nothing twice, so it may be given the same again in either case.

    >>> issubclass(StoreUnreachable, ConnectionError)
    True
    """


class InvalidURL(StoreFault, InvalidInput):
    """The URL of a store isn't valid. Nothing was opened. ``faults`` says what is wrong with it.

    >>> from wiifm.stores.urls import open_store
    >>> open_store("acme.db")
    Traceback (most recent call last):
    wiifm.faults.InvalidURL: store 'acme.db': found no scheme, expected a URL; did you mean 'sqlite:///acme.db'?
    """


class OtherBook(StoreFault):
    """Another rule book decided the contents of a store: ``given`` and ``kept`` are the digests of the two.

    When an open engine raises it, the store was rescored meanwhile: restart the process with the rule book that the store has now.

    >>> OtherBook("open it with that one, or rescore the store", given="1f", kept="2e").kept
    '2e'
    """

    def __init__(self, message: str, given: str, kept: str) -> None:
        self.given, self.kept = given, kept
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the arguments of ``__init__``."""
        return type(self), (*self.args, self.given, self.kept), self.__dict__


class OtherVersion(StoreFault):
    """The tables of a store have another version: ``found``, where this wiifm has ``expected``.

    If ``found`` is smaller, the message says how the tables are migrated. If it is greater, a later wiifm wrote them: use that one.

    >>> error = OtherVersion("open it once, which migrates them", found=3, expected=6)
    >>> error.found < error.expected
    True
    """

    def __init__(self, message: str, found: int, expected: int) -> None:
        self.found, self.expected = found, expected
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the arguments of ``__init__``."""
        return type(self), (*self.args, self.found, self.expected), self.__dict__


class BookUnavailable(StoreFault):
    """The rule book that a store keeps can't be made again here, as when a plugin is missing or has another version, or isn't there at all. Install the plugin, or give the book.

    >>> print(BookUnavailable("the plugin 'lunch' isn't installed"))
    the plugin 'lunch' isn't installed
    """


class BookChanged(StoreFault):
    """The rule book that a store keeps isn't the one that its digest names: somebody changed it. Restore a backup, or give the book.

    >>> issubclass(BookChanged, StoreFault)
    True
    """


MOST_NAMES, MOST_LETTERS = 5_000, 256
"""``nearest`` compares at most this many names, and words of at most this many letters: more would take too long."""

FEW_NAMES = 6
"""At most this many names are listed in a message."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt ``word`` most likely means; None if none is similar.

    >>> nearest("anser.posted", ["answer.posted", "post.shared"])
    'answer.posted'
    >>> nearest("zebra", ["answer.posted"]) is None
    True
    """
    names = sorted(set(known))
    if len(names) > MOST_NAMES or len(word) > MOST_LETTERS:
        return None
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return close[0] if close else None


def one_of(what: str, known: Iterable[str]) -> str:
    """What a message expects where a name must be one of ``known``: ``what``, with the names if they are few.

    >>> one_of("a purse of the book", ["points", "coins"]), one_of("a badge of the book", [])
    ('a purse of the book: coins, points', 'a badge of the book')
    """
    names = sorted(set(known))
    return f"{what}: {', '.join(names)}" if 0 < len(names) <= FEW_NAMES else what


def unknown_key(where: str, key: str, what: str, known: Iterable[str]) -> Fault:
    """The fault of an unknown key. It suggests the most similar known key, or else lists all known keys.

    >>> print(unknown_key("kudos, key 'lvl'", "lvl", "a key of a ladder", ["purse", "level"]))
    kudos, key 'lvl': found an unknown key, expected a key of a ladder; did you mean 'level'?
    >>> print(unknown_key("kudos, key 'x'", "x", "a key of a ladder", ["purse", "level"]))
    kudos, key 'x': found an unknown key, expected a key of a ladder: level, purse
    """
    hint, names = nearest(key, known), ", ".join(sorted(known))
    return Fault(where, "an unknown key", what if hint else f"{what}: {names}", hint)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message that suggests the most similar known name; "" if none is similar.

    >>> did_you_mean("actr", ["actor", "object"]), did_you_mean("x", ["actor"])
    ("; did you mean 'actor'?", '')
    """
    return _hint(nearest(name, known))


def _hint(name: str | None) -> str:
    return f"; did you mean {name!r}?" if name else ""


_LARGEST = 10**100
"""Messages don't write out integers of this size or more."""


class _Literal(Repr):
    """Quotes a value as JSON and TOML write it. It visits only as much of a large value as a message shows."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxtuple, self.maxdict = 4, 20, 20, 20
        self.maxstring = self.maxother = 1_000

    def repr_NoneType(self, x: None, level: int) -> str:  # noqa: N802 - Repr looks for this name
        return "null"

    def repr_bool(self, x: bool, level: int) -> str:
        return "true" if x else "false"

    def repr_instance(self, x: object, level: int) -> str:
        return shown(x)

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if -_LARGEST < x < _LARGEST else "an integer of more than 100 digits"


_quoted = _Literal().repr


FOREIGN_ERRORS = (Exception, SystemExit)
"""What wiifm catches where it calls foreign code, such as a plugin: this must not stop anything else."""


def shown(value: object) -> str:
    """The ``repr`` of a value, without NUL, surrogates and memory addresses, so that any store can keep it.

    If ``repr`` itself raises, the text names only the type.

    >>> class Shy:
    ...     def __repr__(self):
    ...         raise RuntimeError
    >>> shown(Shy()), shown("text")
    ('<Shy, which cannot be shown>', "'text'")
    """
    try:
        text = repr(value)
    except FOREIGN_ERRORS:  # a foreign repr; or an integer too long to be written out
        return f"<{type(value).__name__}, which cannot be shown>"
    text = text.encode(errors="backslashreplace").decode().replace("\0", r"\0")
    return _ADDRESS.sub("", text)


_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")
"""A memory address in a ``repr``, which differs from process to process."""


def origin(function: object) -> str:
    """Where a function or object was defined, as ``module:qualified.name``.

    >>> origin(shown)
    'wiifm.faults:shown'
    """
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}:{named.__qualname__}"


def counted(times: int, noun: str) -> str:
    """A number with its noun, in the singular or the plural.

    >>> counted(1, "event"), counted(0, "event"), counted(2, "entry")
    ('1 event', '0 events', '2 entries')
    """
    if times == 1:
        return f"1 {noun}"
    return f"{times} {noun[:-1]}ies" if noun.endswith("y") else f"{times} {noun}s"


def literal(value: object, most: int = 60) -> str:
    """A value as messages for programmers quote it: its Python literal, cut after ``most`` characters.

    >>> literal(None), literal("x" * 100, most=10)
    ('None', "'xxxxxx...")
    """
    text = shown(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def short(value: object, most: int = 60) -> str:
    """A value of an event or a rule book as messages quote it: as JSON and TOML write it, cut after ``most`` characters.

    >>> short("x" * 100, most=10), short([None, True])
    ("'xxxxxx...", '[null, true]')
    """
    text = _quoted(value)
    return text if len(text) <= most else text[: most - 3] + "..."
