"""The view of a statement in one language: figures, and lines in sections.

Each output format (HTML, mail, Markdown, plain text, the web application) renders these and makes no sentences of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.pseudonyms import is_named
from wiifm.statement.nouns import Events

MAX_LINES = 5
"""The maximum number of lines of one kind in a section."""

Kind: TypeAlias = Literal["object", "member"]
"""What a line may be about: an object, or a member."""


@frozen
class About:
    """The object or member that a line is about; a platform that knows its address makes a link of it.

    ``title`` is the part of the line that becomes the link; if it is empty, the whole line does. A quotation never becomes a link: the title
    stands beside it.

    >>> About("object", "q1").id
    'q1'
    """

    kind: Kind
    id: str
    title: str = ""


AddressOf: TypeAlias = Callable[[About | None], str | None]
"""Maps what a line is about to an address that is safe to use as a link, or to None if it has none."""


def unlinked(about: About | None) -> None:
    """Make no links: the :data:`AddressOf` of a platform that has none.

    >>> unlinked(About("object", "q1"))
    """


def about_member(member: str, name: str = "") -> About | None:
    """The :class:`About` of a member; None if the line doesn't name them, since they were forgotten or are given by a number.

    ``name`` is what the member is called in the line.

    >>> from wiifm.pseudonyms import Numbered
    >>> about_member("raj"), about_member(Numbered(1))
    (About(kind='member', id='raj', title=''), None)
    """
    return About("member", member, name) if is_named(member) else None


def split_at(text: str, title: str) -> tuple[str, str, str]:
    """Split a text at a title: what stands before it, the title, and what follows. Without the title, the whole text is in the middle.

    >>> split_at("raj is new here", "raj"), split_at("raj has a question", "")
    (('', 'raj', ' is new here'), ('', 'raj has a question', ''))
    """
    return text.partition(title) if title and title in text else ("", text, "")


@frozen(kw_only=True)
class Figure:
    """A key figure at the head of a statement: its value and its label, both as text."""

    name: str
    value: str
    label: str


@frozen(kw_only=True)
class Line:
    """One sentence of a statement, with the ids of the events behind it.

    ``name`` is the name that :meth:`Statement.why` takes. ``value`` stands before the sentence, such as the points earned. ``share`` is the
    progress towards the next award, from 0 to 1, and ``means`` says what counts for it. If ``by`` is set, the text is a quotation, ``by`` the
    name of its author, and ``giver`` the member to link that name to. ``about`` is the object or the member that the line is about.
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
    """Lines under a heading, with a note that applies to all of them."""

    name: str
    title: str
    lines: tuple[Line, ...]
    note: str = ""


@frozen(kw_only=True)
class Told:
    """A statement in one language: everything that an output format shows of it.

    ``note`` says that there is nothing to tell of the time since the period began; "" if there is, or if it has no beginning.
    """

    language: str
    member: str
    title: str
    period: str
    note: str
    figures: tuple[Figure, ...]
    weeks: tuple[int, ...]
    caption: str
    sections: tuple[Section, ...]
    why: str
