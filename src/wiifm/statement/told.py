"""What is told of a statement, as nouns: figures, and lines in sections. Every face shows these, and makes no sentences of its own."""

from __future__ import annotations

from attrs import frozen

from wiifm.statement.nouns import Events


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
    counts for it; with ``by`` it is what somebody said, and who.
    """

    name: str
    text: str
    value: str = ""
    share: float | None = None
    by: str = ""
    means: str = ""
    events: Events = ()


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
