"""What objects are called: by their titles, and replies without one by the title of what they reply to."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from wiifm.events import Event
from wiifm.folds.relate import Relations
from wiifm.rulebook.book import RuleBook
from wiifm.statement.nouns import Reply
from wiifm.words.speech import Speech

HIGHEST = 64
"""How many objects up the replies are looked at, so that a long conversation isn't walked whole for each of its objects."""

_LONGEST = 80
"""The maximum length of a title."""


class Title(NamedTuple):
    """What an object is called: a title or a text, shortened. It is its own, or if ``reply`` is set, of something up its replies."""

    text: str
    reply: Reply | None = None


def told(title: str, reply: Reply | None, speech: Speech) -> str:
    """A title in quotation marks, and before it what the object is to what bears the title.

    >>> told("Which form?", None, Speech()), told("Which form?", "own answer", Speech())
    ('“Which form?”', 'your answer to “Which form?”')
    """
    match reply:
        case None:
            return speech("“{title}”", title=title)
        case "own answer":
            return speech("your answer to “{title}”", title=title)
        case "own reply":
            return speech("your reply to “{title}”", title=title)
        case "answer":
            return speech("an answer to “{title}”", title=title)
        case "reply":
            return speech("a reply to “{title}”", title=title)


def title_of(relations: Relations, book: RuleBook, thing: str, reader: str) -> Title | None:
    """The nearest title that an object, or anything up its replies, has; if none has one, the nearest text; None if there is none either.

    ``reader`` is the member to whom the object is named: it is theirs, or somebody else's.
    """
    above = [*islice(relations.creator_chain(thing), HIGHEST)]
    for key in ("title", "text"):
        for made in above:
            if text := _words(made, key):
                return Title(text, None if made is above[0] else _reply(above[0], book, reader))
    return None


def own_title(made: Event) -> str:
    """The title of the object that an event created, or else the beginning of its text; "" if it has neither."""
    return _words(made, "title") or _words(made, "text")


def _reply(made: Event, book: RuleBook, reader: str) -> Reply:
    answers = book.types[made.type].act == "answers"
    if made.actor == reader:
        return "own answer" if answers else "own reply"
    return "answer" if answers else "reply"


def _words(made: Event, key: str) -> str:
    """A text in the data of an event, shortened at the end of a word; if it has no space for long, as in Chinese, at the maximum length."""
    text = made.data.get(key)
    words = " ".join(text.split()) if isinstance(text, str) else ""
    if len(words) <= _LONGEST:
        return words
    end = words.rfind(" ", _LONGEST // 2, _LONGEST)
    return f"{words[:end] if end > 0 else words[: _LONGEST - 1]}…"
