"""One language: its sentences with their plural forms, and how it writes numbers, dates and lists.

English needs nothing else. Any other language takes a catalogue (see :mod:`wiifm.words.catalogues`) and the extra ``words``. Texts from
outside, such as names and titles, are isolated (:func:`isolate`) when they become part of a sentence, so that letters that run from right to
left can't reorder it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from wiifm.ledger import Amount
from wiifm.pseudonyms import Numbered, is_pseudonym, without_pseudonyms

Kind: TypeAlias = Literal[
    "badge", "tier", "level", "ladder", "rule", "purse", "object", "field", "campaign"
]
"""What has a name in a catalogue: a message with its kind as the context, and its id as the ``msgid``."""

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

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e]")
"""Embeddings and overrides, which change the direction of all text that follows (UAX 9); and the controls that a terminal obeys, apart from spaces."""

_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]+")
"""Line breaks, and tabs."""

_ISOLATES = re.compile("[\u2066-\u2069]")
"""The beginnings and ends of isolates: parts that don't change the direction of the text around them."""

_ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")

_NESTED = 3
"""How deep isolates may be nested."""

_FROM_RIGHT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters that run from right to left: the blocks that Unicode reserves for them."""

_STARTS_WITH_I_SOUND = re.compile(r"í|h?i(?![aeo])|y(?![aeiou])", re.IGNORECASE)

MOST_NAMES = 3
"""How many names of a list are shown before "and n others"; if there is only one other, their name is shown instead."""


def id_as_name(name: str) -> str:
    """Return a member's id as their name: the default of ``names``."""
    return name


def is_seen(text: str) -> bool:
    """Whether a text has any visible character: not if it has only spaces, or only characters that control the direction of others.

    >>> is_seen("raj"), is_seen(" \u200b"), is_seen("\u202e")
    (True, False, False)
    """
    return any(each.isprintable() and not each.isspace() for each in text)


@frozen
class Speech:
    """The sentences, numbers, dates and names of one language.

    ``names`` maps a member's id to what they are called; by default, to the id itself.

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
        """Translate a sentence, and fill in its placeholders."""
        sentence = self.translations.gettext(text)
        return sentence.format(**_isolated(words)) if words else sentence

    def many(self, one: str, more: str, n: int, /, **words: object) -> str:
        """Translate a sentence in the plural form for a number, and fill in its placeholders; ``{n}`` is the number."""
        sentence = self.translations.ngettext(one, more, n)
        return sentence.format(n=self.number(n), **_isolated(words))

    def called(self, kind: Kind, name: str) -> str:
        """Return the name of a badge, tier, level, ladder, rule, purse, campaign, type of object or field of events (``kind``): from the catalogue, or else its id as words.

        >>> Speech().called("badge", "good-answer")
        'Good answer'
        """
        translated = self.translations.pgettext(kind, name)
        if translated != name:
            return translated
        words = name.replace("-", " ").replace("_", " ").replace(".", " ")
        return words if kind in ("purse", "object", "field") else capital(words)

    def purse(self, name: str, n: Amount | float) -> str:
        """Return the name of a purse beside a number.

        >>> Speech().purse("points", 1), Speech().purse("kudos", 1)
        ('point', 'kudos')
        """
        if name != "points":
            return self.called("purse", name)
        whole = n == int(n) or self._plain == "fr"  # French: 1.5 takes the singular
        return self.translations.ngettext("point", "points", abs(int(n)) if whole else 2)

    def number(self, value: Amount | float) -> str:
        """Format a number. A broken amount has all decimals of its purse, as money has.

        >>> Speech().number(Decimal("47.80")), Speech().number(Decimal("70.00")), Speech().number(47.8)
        ('47.80', '70', '47.8')
        """
        if self.language != "en":
            return _decimal(value, self.language)
        text = f"{value:,}" if isinstance(value, int) else f"{value:,f}"
        if "." not in text or _decimals(value):
            return text
        return text.rstrip("0").rstrip(".")

    def percent(self, share: float) -> str:
        """Format a share as a percentage.

        >>> Speech().percent(0.083)
        '8.3%'
        """
        if self.language == "en":
            return f"{self.number(round(share * 100, 1))}%"
        return _percent(share, self.language)

    def day(self, day: date) -> str:
        """Format a date in full.

        >>> Speech().day(date(2026, 5, 4))
        '4 May 2026'
        """
        if self.language == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        written = _date(date(day.year, day.month, day.day), "long", self.language)
        return f"1er{written[1:]}" if self._plain == "fr" and day.day == 1 else written

    def short_day(self, day: date) -> str:
        """Format a date in its short form.

        >>> Speech().short_day(date(2026, 9, 4))
        '4 Sep 2026'
        """
        if self.language == "en":
            return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"
        return _date(date(day.year, day.month, day.day), "medium", self.language)

    def month(self, day: date) -> str:
        """Format the month and year of a date."""
        if self.language == "en":
            return f"{MONTHS[day.month - 1]} {day.year}"
        return _month(day.year, day.month, self.language)

    def month_name(self, month: int) -> str:
        """Return the name of a month by its number.

        >>> Speech().month_name(5)
        'May'
        """
        return MONTHS[month - 1] if self.language == "en" else _month_name(month, self.language)

    def person(self, member: str) -> str:
        """Return what a member is called; a member who was forgotten is "a former colleague".

        >>> Speech().person("forgotten-0123456789abcdef"), Speech().person("forgotten-hope")
        ('a former colleague', 'forgotten-hope')
        """
        if is_pseudonym(member):
            return self("a former colleague")
        if isinstance(member, Numbered):
            return self("colleague {number}", number=member.number)
        called = self.names(member) or member  # a directory may know nobody of this id any more
        return isolate(called if is_seen(called) else self("somebody"))

    def former(self, text: str) -> str:
        """Replace the names of forgotten members in a recorded sentence by "a former colleague".

        >>> Speech().former("forgotten-0123456789abcdef liked your answer")
        'a former colleague liked your answer'
        """
        return without_pseudonyms(text, self("a former colleague"))

    def quote(self, text: str) -> str:
        """Put a text in the quotation marks of the language."""
        return self("“{text}”", text=isolate(text))

    def of(self, what: str, who: str) -> str:
        """Join two parts by the colon of the language."""
        return self("{what}: {who}", what=what, who=who)

    def listed(self, words: Iterable[str]) -> str:
        """Join words as a list in a sentence."""
        *others, last = words
        if not others:
            return last
        text = self("{first} and {last}", first=", ".join(others), last=last)
        if self._plain == "es" and _STARTS_WITH_I_SOUND.match(last):  # Ana e Inés
            return f"{text[: -len(last)].removesuffix('y ')}e {last}"
        return text

    def people(self, members: Iterable[str]) -> str:
        """List some members by name, and the number of the others."""
        names = [self.person(each) for each in members]
        rest = len(names) - MOST_NAMES
        if rest <= 1:
            return self.listed(names)
        first = ", ".join(names[:MOST_NAMES])
        return self.many("{names} and {n} other", "{names} and {n} others", rest, names=first)


def strip_controls(text: str) -> str:
    """Remove the characters from a text by which it could reorder the letters of a line and so show another text (UAX 9), or control a terminal.

    Line breaks become blanks, so that the text stays in its line.

    >>> strip_controls("raj\u202e txet"), strip_controls("raj" + chr(27) + "[2J")
    ('raj txet', 'raj[2J')
    >>> strip_controls("Paris" + chr(10) + "office")
    'Paris office'
    """
    if text.isascii() and text.isprintable():
        return text
    found = _CONTROLS.sub("", _BREAKS.sub(" ", text))
    return _ISOLATES.sub("", found) if _ISOLATES.search(_outside(found)) else found


def isolate(text: str) -> str:
    """Make a text from outside a safe part of a sentence: if it runs from right to left, it is isolated from the text around it (UAX 9).

    A text that consists of isolated parts stays as it is.

    >>> isolate("Ann"), ascii(isolate("\u05e0\u05d5\u05e2\u05d4"))
    ('Ann', "'\\\\u2068\\\\u05e0\\\\u05d5\\\\u05e2\\\\u05d4\\\\u2069'")
    >>> isolate(isolate("\u05e0\u05d5\u05e2\u05d4")) == isolate("\u05e0\u05d5\u05e2\u05d4")
    True
    """
    if text.isascii() and text.isprintable():
        return text
    found = strip_controls(text)
    return f"\u2068{found}\u2069" if _FROM_RIGHT.search(_outside(found)) else found


def _outside(text: str) -> str:
    """A text without its isolated parts."""
    for _ in range(_NESTED):
        text = _ISOLATED.sub("", text)
    return text


def _isolated(words: Mapping[str, object]) -> dict[str, object]:
    return {name: isolate(word) if type(word) is str else word for name, word in words.items()}


def capital(words: str) -> str:
    """Return words with a capital first letter.

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
    """Return Babel's locale of a language tag.

    >>> str(locale_of("pt-BR"))
    'pt_BR'

    Raises:
        ValueError: it isn't a language tag.
        LookupError: Babel doesn't know the language.
    """
    try:
        return _babel().Locale.parse(language, sep="-")
    except _babel().UnknownLocaleError as error:
        raise LookupError(str(error)) from None


# Babel takes some 20 microseconds to format a number or a date, and the pages of all members have the same ones.
_cached = lru_cache(maxsize=4_000, typed=True)


def _decimals(value: Amount | float) -> int:
    """With how many decimals at least a number is written."""
    if not isinstance(value, Decimal) or value == value.to_integral_value():
        return 0
    return max(0, -int(value.as_tuple().exponent))


@_cached
def _decimal(value: Amount | float, language: str) -> str:
    locale, least = locale_of(language), _decimals(value)
    pattern = f"#,##0.{'0' * least}" if least else None
    grouped = language not in _GROUPED_FROM_FIVE or not -10_000 < value < 10_000
    return str(
        _babel().numbers.format_decimal(
            value, format=pattern, locale=locale, group_separator=grouped
        )
    )


_GROUPED_FROM_FIVE = ("es", "es-ES")
"""The languages in which a number of four digits is written without a separator."""


@_cached
def _percent(share: float, language: str) -> str:
    numbers = _babel().numbers
    return str(
        numbers.format_percent(share, locale=locale_of(language), decimal_quantization=False)
    )


@_cached
def _date(day: date, how: str, language: str) -> str:
    return str(_babel().dates.format_date(day, format=how, locale=locale_of(language)))


@_cached
def _month(year: int, month: int, language: str) -> str:
    return str(
        _babel().dates.format_skeleton("yMMMM", date(year, month, 1), locale=locale_of(language))
    )


@_cached
def _month_name(month: int, language: str) -> str:
    names = _babel().dates.get_month_names("wide", "stand-alone", locale_of(language))
    return str(names[month])


ENGLISH = Speech()
