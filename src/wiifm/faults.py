"""Errors for people: what is wrong with something from outside, and how to mend it.

A validator turns bad input into a list of :class:`Fault`. Nothing stops at the first one: whoever
calls a validator gets all faults at once, and raises them together.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from inspect import (
    Signature,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)
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
        """The same fault, told from one level further out.

        >>> Fault("actor", "nothing", "a text").inside("line 3").where
        'line 3, actor'
        """
        return Fault(f"{place}, {self.where}", self.found, self.expected, self.nearest)


class WiifmError(Exception):
    """Whatever wiifm itself raises.

    >>> issubclass(InvalidInput, WiifmError)
    True
    """


class InvalidInput(WiifmError):
    """Something from outside is wrong; ``faults`` says all that is.

    >>> error = InvalidInput([Fault("actor", "7", "a text")])
    >>> str(error)
    'actor: found 7, expected a text'
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled and copied by its faults: a worker's error arrives as it was raised."""
        return type(self), (self.faults,), self.__dict__


class InvalidEvent(InvalidInput):
    """An event breaks its own rules or those of its type. Nothing of it was recorded.

    >>> print(InvalidEvent([Fault("event 'e1', actor", "7", "a text")]))
    event 'e1', actor: found 7, expected a text
    """


class InvalidRuleBook(InvalidInput):
    """A rule book can't mean what it says. All its faults are listed, not only the first.

    >>> error = InvalidRuleBook([Fault("book", "nothing", "an id"), Fault("rule 'a'", "0", "points")])
    >>> len(error.faults)
    2
    """


class ConflictingEvent(InvalidInput):
    """An id was used before for another content. The first event stays; nothing was recorded.

    >>> issubclass(ConflictingEvent, InvalidInput)
    True
    """


class UnknownName(WiifmError, KeyError):
    """A reading was asked for something that isn't there: a purse, an entry, an event. ``nearest`` is what may have been meant.

    >>> str(UnknownName("entry 9: there are entries 1 to 3"))
    'entry 9: there are entries 1 to 3'
    >>> print(UnknownName("member 'Rajj': there is none", nearest="Raj"))
    member 'Rajj': there is none; did you mean 'Raj'?
    """

    def __init__(self, told: str, nearest: str | None = None) -> None:
        self.nearest = nearest
        super().__init__(told + _hint(nearest))

    def __str__(self) -> str:
        return str(self.args[0])


class StoreFault(WiifmError):
    """A store can't do what it was asked for: it can't be opened, is of a later version, or was changed by others.

    >>> issubclass(StoreBusy, StoreFault)
    True
    """


class StoreBusy(StoreFault):
    """Another process was writing all the time that this one waited. Nothing was recorded; it may be tried again.

    >>> print(StoreBusy("acme.db: another process has been writing for 30 s"))
    acme.db: another process has been writing for 30 s
    """


class NotPrepared(StoreFault):
    """A store was asked for rows of a table that isn't there yet; ``found`` says what is.

    >>> print(NotPrepared("acme.db: there is no such file"))
    acme.db: there is no such file; prepare() makes it
    """

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(f"{found}; prepare() makes it")


MOST_NAMES, MOST_LETTERS = 5_000, 256
"""Among more names, and for longer words, no nearest one is looked for: it would take too long."""

FEW_NAMES = 6
"""So many names are all told."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name a misspelt ``word`` most likely means, or None.

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
    """What is expected where a name is to be one of some: with the names, if they are few.

    >>> one_of("a purse of the book", ["points", "coins"]), one_of("a badge of the book", [])
    ('a purse of the book: coins, points', 'a badge of the book')
    """
    names = sorted(set(known))
    return f"{what}: {', '.join(names)}" if 0 < len(names) <= FEW_NAMES else what


def unknown_key(where: str, key: str, what: str, known: Iterable[str]) -> Fault:
    """The fault of a key that isn't known: with the one that is meant, or else all that there are.

    >>> print(unknown_key("kudos, key 'lvl'", "lvl", "a key of a ladder", ["purse", "level"]))
    kudos, key 'lvl': found an unknown key, expected a key of a ladder; did you mean 'level'?
    >>> print(unknown_key("kudos, key 'x'", "x", "a key of a ladder", ["purse", "level"]))
    kudos, key 'x': found an unknown key, expected a key of a ladder: level, purse
    """
    hint, names = nearest(key, known), ", ".join(sorted(known))
    return Fault(where, "an unknown key", what if hint else f"{what}: {names}", hint)


def meant(name: str, known: Iterable[str]) -> str:
    """The question whether the most similar known name was meant; "" if none is similar.

    >>> meant("actr", ["actor", "object"]), meant("x", ["actor"])
    ("; did you mean 'actor'?", '')
    """
    return _hint(nearest(name, known))


def _hint(name: str | None) -> str:
    return f"; did you mean {name!r}?" if name else ""


_LARGEST = 10**100
"""A larger integer is told without its digits."""


class _Literal(Repr):
    """Quotes a value as JSON and TOML would write it, and walks no further into it than a message shows."""

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


DISTURBANCES = (Exception, SystemExit)
"""What foreign code may raise without stopping anything else."""


def shown(value: object) -> str:
    """A value's literal, as a text that any store takes, and without addresses; whatever can't even say that is named by its type.

    >>> class Shy:
    ...     def __repr__(self):
    ...         raise RuntimeError
    >>> shown(Shy()), shown("text")
    ('<Shy, which cannot be shown>', "'text'")
    """
    try:
        told = repr(value)
    except DISTURBANCES:  # a foreign repr; or an integer too long to be written out
        return f"<{type(value).__name__}, which cannot be shown>"
    written = told.encode(errors="backslashreplace").decode().replace("\0", r"\0")
    return _ADDRESS.sub("", written)


_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")
"""Where in memory something lies, which is another place in each process."""


def origin(function: object) -> str:
    """Where a function of a plugin comes from: its module and its name there.

    >>> origin(shown)
    'wiifm.faults:shown'
    """
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}:{named.__qualname__}"


_WIDEST = 200
"""No more of a function's arguments is told."""


def call_fault(place: str, function: object, *arguments: str) -> Fault | None:
    """What is wrong with what is to be called with some arguments; None where nothing is, as far as its signature tells.

    >>> print(call_fault("observers", lambda: None, "receipts"))
    observers: found wiifm.faults:<lambda>(), expected a function that takes (receipts)
    >>> async def late(receipts): ...
    >>> print(call_fault("observers", late, "receipts"))
    observers: found the coroutine function wiifm.faults:late, expected a function that is done when it returns: nobody awaits this one
    >>> def lazy(receipts): yield
    >>> print(call_fault("observers", lazy, "receipts"))
    observers: found the generator function wiifm.faults:lazy, expected a function that is done when it returns: nobody asks this one for what it yields
    """
    if _any_of(function, isgeneratorfunction):
        done = "a function that is done when it returns: nobody asks this one for what it yields"
        return Fault(place, f"the generator function {origin(function)}", done)
    return yielding_fault(place, function, *arguments)


def yielding_fault(place: str, function: object, *arguments: str) -> Fault | None:
    """The same for a function that may yield what it answers.

    >>> def lazy(stream, file): yield
    >>> yielding_fault("source", lazy, "stream", "file")
    """
    expected = f"a function that takes ({', '.join(arguments)})"
    if not callable(function):
        return Fault(place, literal(function), expected)
    if awaited(function):
        done = "a function that is done when it returns: nobody awaits this one"
        return Fault(place, f"the coroutine function {origin(function)}", done)
    try:
        taken = signature(function, follow_wrapped=False)
    except DISTURBANCES:  # some that are written in C don't tell
        return None
    try:
        taken.bind(*arguments)
    except TypeError:
        bare = [each.replace(annotation=each.empty) for each in taken.parameters.values()]
        told = f"{origin(function)}{Signature(bare)}"
        return Fault(place, told if len(told) <= _WIDEST else told[:_WIDEST] + "...", expected)
    return None


def awaited(function: object) -> bool:
    """Whether calling something does nothing until the answer is awaited."""
    return _any_of(function, iscoroutinefunction, isasyncgenfunction)


def _any_of(function: object, *kinds: Callable[[object], bool]) -> bool:
    """Whether a function, or the method that an object is called by, is of one of some kinds."""
    calls = (function, getattr(function, "__call__", None))  # noqa: B004 - the method, to look at
    return any(kind(each) for each in calls for kind in kinds)


def counted(times: int, noun: str) -> str:
    """How many of something, in words.

    >>> counted(1, "event"), counted(0, "event"), counted(2, "entry")
    ('1 event', '0 events', '2 entries')
    """
    if times == 1:
        return f"1 {noun}"
    return f"{times} {noun[:-1]}ies" if noun.endswith("y") else f"{times} {noun}s"


def literal(value: object, most: int = 60) -> str:
    """A value of a program as it is quoted in a message: its literal in Python, cut where it is long.

    >>> literal(None), literal("x" * 100, most=10)
    ('None', "'xxxxxx...")
    """
    text = shown(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def short(value: object, most: int = 60) -> str:
    """A value of an event or a rule book as it is quoted in a message: as JSON and TOML say it, cut where it is long.

    >>> short("x" * 100, most=10), short([None, True])
    ("'xxxxxx...", '[null, true]')
    """
    text = _quoted(value)
    return text if len(text) <= most else text[: most - 3] + "..."
