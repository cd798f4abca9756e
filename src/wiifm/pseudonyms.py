"""Names that name nobody: the pseudonyms of members who were forgotten, and the numbers that a reading gives to members whom it doesn't name.

A pseudonym is known by its whole form, as it also comes with events that another store archived. A number is known by its type, as a member's
own id may read the same.
"""

from __future__ import annotations

import re
from typing import Self

_PREFIX = "forgotten-"
_PSEUDONYM = re.compile(rf"{_PREFIX}[0-9a-f]{{16}}")
_IN_TEXT = re.compile(rf"\b{_PSEUDONYM.pattern}\b")


def pseudonym(digits: str) -> str:
    """The pseudonym of a member, from 16 hexadecimal digits that no other one has.

    >>> pseudonym("0123456789abcdef")
    'forgotten-0123456789abcdef'
    """
    assert is_pseudonym(_PREFIX + digits)
    return _PREFIX + digits


def is_pseudonym(name: str) -> bool:
    """Whether a name is the pseudonym of a member who was forgotten.

    >>> [is_pseudonym(each) for each in ("forgotten-0123456789abcdef", "forgotten-hope", "forgotten-12ab")]
    [True, False, False]
    """
    return name.startswith(_PREFIX) and _PSEUDONYM.fullmatch(name) is not None


def without_pseudonyms(text: str, instead: str) -> str:
    """A text with other words in place of all pseudonyms in it.

    >>> without_pseudonyms("forgotten-0123456789abcdef liked your answer", "somebody")
    'somebody liked your answer'
    """
    return _IN_TEXT.sub(lambda _: instead, text)


class Numbered(str):
    """What a member is called whom a reading doesn't name. It is a text, of a type of its own.

    >>> Numbered(3), Numbered(3) == "colleague 3", Numbered(3).number
    ('colleague 3', True, 3)
    """

    __slots__ = ("number",)

    number: int

    def __new__(cls, number: int) -> Self:
        """The name for a number."""
        found = super().__new__(cls, f"colleague {number}")
        found.number = number
        return found

    def __getnewargs__(self) -> tuple[int]:  # type: ignore[override]
        """What to make a copy from, as ``pickle`` does."""
        return (self.number,)


def is_named(member: str) -> bool:
    """Whether a name that a reading gives is a member's: not if the member was forgotten, or isn't named.

    >>> is_named("raj"), is_named("forgotten-0123456789abcdef"), is_named(Numbered(1)), is_named("colleague 1")
    (True, False, False, True)
    """
    return not isinstance(member, Numbered) and not is_pseudonym(member)
