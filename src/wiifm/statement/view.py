"""What is told of a statement, as nouns: figures, and lines in sections. Every face shows these, and makes no sentences of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.statement.nouns import Events
from wiifm.words.speech import is_named

MAX_LINES = 5
"""So many lines of one kind are told."""

Kind: TypeAlias = Literal["object", "member"]
"""What a line may be about: something that somebody made, or somebody."""


@frozen
class About:
    """What a line is about, by its id; a platform that knows where it is makes a link of that.

    ``title`` is what it is called: the part of the line that is the link, or the whole line where it has none. What somebody said is
    no link; the title stands beside it.

    >>> About("object", "q1").id
    'q1'
    """

    kind: Kind
    id: str
    title: str = ""


AddressOf: TypeAlias = Callable[[About | None], str | None]
"""Tells the address of what a line is about, which may be a link as it is; None where nothing leads to it."""


def unlinked(about: About | None) -> None:
    """Nothing leads anywhere.

    >>> unlinked(About("object", "q1"))
    """


def about_member(member: str, name: str = "") -> About | None:
    """A member that a line is about, and what they are called; None where they aren't named in it: who was forgotten, or is told by a number.

    >>> about_member("raj"), about_member("colleague 1")
    (About(kind='member', id='raj', title=''), None)
    """
    return About("member", member, name) if is_named(member) else None


def split_at(text: str, title: str) -> tuple[str, str, str]:
    """A text in three: what stands before a title in it, the title, and what stands behind it; the whole text in the middle where it has none.

    >>> split_at("raj is new here", "raj"), split_at("raj has a question", "")
    (('', 'raj', ' is new here'), ('', 'raj has a question', ''))
    """
    return text.partition(title) if title and title in text else ("", text, "")


@frozen(kw_only=True)
class Figure:
    """A number worth telling first, and what it counts."""

    name: str
    value: str
    label: str


@frozen(kw_only=True)
class Line:
    """A sentence, by the name that ``Statement.why`` knows it by, and the ids of the events behind it.

    ``value`` stands before it, such as what was earned; ``share`` is how much of the way is done, from 0 to 1, and ``means`` what
    counts for it; with ``by`` it is what somebody said, and who, whom ``giver`` leads to; ``about`` is the object or the member that
    it leads to, if it is about one.
    """

    name: str
    text: str
    value: str = ""
    share: float | None = None
    by: str = ""
    means: str = ""
    events: Events = ()
    about: About | None = None
    giver: About | None = None


@frozen(kw_only=True)
class Section:
    """Lines under a heading, and what is to be known about all of them."""

    name: str
    title: str
    lines: tuple[Line, ...]
    note: str = ""


@frozen(kw_only=True)
class Told:
    """A statement in the words of one language."""

    language: str
    member: str
    title: str
    period: str
    figures: tuple[Figure, ...]
    weeks: tuple[int, ...]
    caption: str
    sections: tuple[Section, ...]
    why: str
