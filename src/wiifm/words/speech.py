"""One language: its sentences, with the plural that a number takes, and how it writes numbers, dates and lists.

English needs nothing. Any other language comes from a catalogue (see :mod:`wiifm.words.catalogues`) and takes the extra ``words``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from gettext import NullTranslations
from typing import Any

from attrs import field, frozen

from wiifm.events import FORGOTTEN
from wiifm.ledger import Amount

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_OVERRIDES = re.compile("[\u202a-\u202e]")
"""What has all that follows run in another direction (UAX 9)."""

_ISOLATES = re.compile("[\u2066-\u2069]")
"""What begins and ends a part that turns nothing around it."""

_ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")

_NESTED = 3
"""So deep parts of sentences lie in each other."""

_FROM_RIGHT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters that run from right to left: the blocks that Unicode keeps for them."""

_NUMBERED = re.compile(r"colleague (\d+)")
"""What others are called where a rule book has nobody named."""

_FORGOTTEN = re.compile(rf"\b{FORGOTTEN}[0-9a-f]{{16}}\b")
"""How somebody is called who was forgotten, as `forget` does it."""

_SOUNDS_LIKE_I = re.compile(r"í|h?i(?![aeo])|y(?![aeiou])", re.IGNORECASE)

MOST_NAMES = 3
"""So many names of a list are told, and one more where it is the last."""


def id_as_name(name: str) -> str:
    """A member's id as their name."""
    return name


def is_named(member: str) -> bool:
    """Whether an id is told as somebody's name: not of whoever was forgotten, or is told by a number.

    >>> is_named("raj"), is_named("forgotten-12ab"), is_named("colleague 1")
    (True, False, False)
    """
    return not member.startswith(FORGOTTEN) and _NUMBERED.fullmatch(member) is None


def is_seen(text: str) -> bool:
    """Whether there is anything to see of a text: of spaces alone, or of signs that only direct others, nobody can tell that they are there.

    >>> is_seen("raj"), is_seen(" \u200b"), is_seen("\u202e")
    (True, False, False)
    """
    return any(each.isprintable() and not each.isspace() for each in text)


@frozen
class Speech:
    """How one language is spoken.

    ``names`` makes of a member's id what they are called, for platforms that know; the id itself unless given.

    >>> english = Speech()
    >>> english.many("{n} person", "{n} people", 1200)
    '1,200 people'
    >>> english.people(["raj", "mia", "tom", "noor", "sam"])
    'raj, mia, tom and 2 others'
    """

    language: str = "en"
    translations: NullTranslations = field(factory=NullTranslations)
    names: Callable[[str], str] = id_as_name

    @property
    def _plain(self) -> str:
        """The language without its region."""
        return self.language.partition("-")[0]

    def __call__(self, text: str, /, **words: object) -> str:
        """A sentence, with words filled in."""
        told = self.translations.gettext(text)
        return told.format(**_apart(words)) if words else told

    def many(self, one: str, more: str, n: int, /, **words: object) -> str:
        """A sentence in the form that a number takes; ``{n}`` is that number."""
        told = self.translations.ngettext(one, more, n)
        return told.format(n=self.number(n), **_apart(words))

    def called(self, kind: str, name: str) -> str:
        """What a badge, tier, level or purse is called: as the catalogue says, or its id as words.

        >>> Speech().called("badge", "good-answer")
        'Good answer'
        """
        told = self.translations.pgettext(kind, name)
        if told != name:
            return told
        words = name.replace("-", " ").replace("_", " ").replace(".", " ")
        return words if kind == "purse" else capital(words)

    def purse(self, name: str, n: Amount | float) -> str:
        """What a purse is called beside a number.

        >>> Speech().purse("points", 1), Speech().purse("kudos", 1)
        ('point', 'kudos')
        """
        if name != "points":
            return self.called("purse", name)
        whole = n == int(n) or self._plain == "fr"  # one and a half are one there
        return self.translations.ngettext("point", "points", abs(int(n)) if whole else 2)

    def number(self, value: Amount | float) -> str:
        """A number, as the language writes it."""
        if self.language == "en":
            text = f"{value:,f}" if not isinstance(value, int) else f"{value:,}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return _decimal(value, self.language)

    def percent(self, share: float) -> str:
        """A share in hundredths.

        >>> Speech().percent(0.083)
        '8.3%'
        """
        if self.language == "en":
            return f"{self.number(round(share * 100, 1))}%"
        return _percent(share, self.language)

    def day(self, day: date) -> str:
        """A day.

        >>> Speech().day(date(2026, 5, 4))
        '4 May 2026'
        """
        if self.language == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        told = _date(date(day.year, day.month, day.day), "long", self.language)
        return f"1er{told[1:]}" if self._plain == "fr" and day.day == 1 else told

    def short_day(self, day: date) -> str:
        """A day where there is little room.

        >>> Speech().short_day(date(2026, 9, 4))
        '4 Sep 2026'
        """
        if self.language == "en":
            return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"
        return _date(date(day.year, day.month, day.day), "medium", self.language)

    def month(self, day: date) -> str:
        """The month of a day."""
        if self.language == "en":
            return f"{MONTHS[day.month - 1]} {day.year}"
        return _month(day.year, day.month, self.language)

    def person(self, member: str) -> str:
        """What a member is called; one who was forgotten isn't called by the name that stands in place of theirs.

        >>> Speech().person("forgotten-12ab")
        'a former colleague'
        """
        if member.startswith(FORGOTTEN):
            return self("a former colleague")
        if numbered := _NUMBERED.fullmatch(member):
            return self("colleague {number}", number=numbered[1])
        told = self.names(member) or member  # a directory may have nothing for whoever left
        return isolate(told if is_seen(told) else self("somebody"))

    def former(self, text: str) -> str:
        """A sentence that was recorded, in which whoever was forgotten isn't called by the name that stands in place of theirs.

        >>> Speech().former("forgotten-0123456789abcdef liked your answer")
        'a former colleague liked your answer'
        """
        return _FORGOTTEN.sub(self("a former colleague"), text)

    def quote(self, text: str) -> str:
        """What somebody said, between the quotation marks of the language."""
        return self("“{text}”", text=isolate(text))

    def of(self, what: str, who: str) -> str:
        """Something, and behind a colon whose or what it is."""
        return self("{what}: {who}", what=what, who=who)

    def listed(self, words: Iterable[str]) -> str:
        """Several words as a list in a sentence."""
        *others, last = words
        if not others:
            return last
        told = self("{first} and {last}", first=", ".join(others), last=last)
        if self._plain == "es" and _SOUNDS_LIKE_I.match(last):  # Ana e Inés
            return f"{told[: -len(last)].removesuffix('y ')}e {last}"
        return told

    def people(self, members: Iterable[str]) -> str:
        """Some members by name, and how many others there are."""
        names = [self.person(each) for each in members]
        rest = len(names) - MOST_NAMES
        if rest <= 1:
            return self.listed(names)
        told = ", ".join(names[:MOST_NAMES])
        return self.many("{names} and {n} other", "{names} and {n} others", rest, names=told)


def strip_overrides(text: str) -> str:
    """A text from outside without what would turn the letters of a line around, as is done to make another text of it (UAX 9).

    >>> strip_overrides("raj\u202e txet")
    'raj txet'
    """
    if text.isascii():
        return text
    found = _OVERRIDES.sub("", text)
    return _ISOLATES.sub("", found) if _ISOLATES.search(_outside(found)) else found


def isolate(text: str) -> str:
    """A text from outside as a part of a sentence: what runs from right to left in it turns nothing around it (UAX 9).

    A sentence that was made of such parts stays as it is.

    >>> isolate("Ann"), ascii(isolate("\u05e0\u05d5\u05e2\u05d4"))
    ('Ann', "'\\\\u2068\\\\u05e0\\\\u05d5\\\\u05e2\\\\u05d4\\\\u2069'")
    >>> isolate(isolate("\u05e0\u05d5\u05e2\u05d4")) == isolate("\u05e0\u05d5\u05e2\u05d4")
    True
    """
    if text.isascii():
        return text
    found = strip_overrides(text)
    return f"\u2068{found}\u2069" if _FROM_RIGHT.search(_outside(found)) else found


def _outside(text: str) -> str:
    """What lies in no part that turns nothing around it."""
    for _ in range(_NESTED):
        text = _ISOLATED.sub("", text)
    return text


def _apart(words: Mapping[str, object]) -> dict[str, object]:
    return {name: isolate(word) if type(word) is str else word for name, word in words.items()}


def capital(words: str) -> str:
    """Words as the beginning of a sentence.

    >>> capital("points")
    'Points'
    """
    return words[:1].upper() + words[1:]


@cache
def _babel() -> Any:
    import babel.dates  # noqa: PLC0415 - the extra `words`
    import babel.numbers  # noqa: PLC0415

    return babel


@cache
def locale_of(language: str) -> Any:
    """What Babel knows of a language, by its tag.

    >>> str(locale_of("pt-BR"))
    'pt_BR'

    Raises:
        ValueError: it is no tag.
        LookupError: Babel doesn't know the language.
    """
    try:
        return _babel().Locale.parse(language, sep="-")
    except _babel().UnknownLocaleError as error:
        raise LookupError(str(error)) from None


# Babel takes some 20 microseconds for a number or a date, and the same ones stand on the pages of all members.
_kept = lru_cache(maxsize=4_000, typed=True)


@_kept
def _decimal(value: Amount | float, language: str) -> str:
    return str(_babel().numbers.format_decimal(value, locale=locale_of(language)))


@_kept
def _percent(share: float, language: str) -> str:
    numbers = _babel().numbers
    return str(
        numbers.format_percent(share, locale=locale_of(language), decimal_quantization=False)
    )


@_kept
def _date(day: date, how: str, language: str) -> str:
    return str(_babel().dates.format_date(day, format=how, locale=locale_of(language)))


@_kept
def _month(year: int, month: int, language: str) -> str:
    return str(
        _babel().dates.format_skeleton("yMMMM", date(year, month, 1), locale=locale_of(language))
    )


ENGLISH = Speech()
