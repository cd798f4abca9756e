"""Finds and compiles the gettext catalogues of languages: those of wiifm, and those of plugins (hook ``wiifm_words``), which come first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from string import Formatter
from typing import TYPE_CHECKING, get_args

from attrs import evolve, frozen

from wiifm.contributions import Contribution
from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidInput, literal, nearest
from wiifm.plugins import Plugins, find_plugins
from wiifm.words.speech import ENGLISH, Kind, Speech, id_as_name, locale_of

if TYPE_CHECKING:
    from babel.messages import Message

BUILT_IN = ("de", "es", "fr")
"""The languages of wiifm's own catalogues, beside English, which needs none."""

PARTS = ("", ".pages", ".culture", ".sharing")
"""The suffixes of the catalogues that each of them has: for statements, the web pages, the culture report, and the built-in book."""

_LINE = re.compile(r'((msgctxt|msgid|msgid_plural|msgstr(\[\d+\])?)\s+)?"(([^"\\]|\\.)*)"')
"""A line of a catalogue that is neither empty nor a comment: a keyword and a text in double quotes, or more of that text."""

_CONTEXTS = get_args(Kind)
"""The contexts that messages may have."""

_MISSING = "the extra: pip install 'wiifm[words]' (it brings Babel)"
_A_CATALOGUE = "a gettext catalogue (.po)"


def languages(plugins: Iterable[object] = ()) -> tuple[str, ...]:
    """Return the tags of all languages that there are, sorted.

    >>> languages()
    ('de', 'en', 'es', 'fr')
    """
    return _known(_added(find_plugins(plugins, hooks={"wiifm_words"})))


def match(tags: Iterable[str], known: Iterable[str]) -> str | None:
    """Return the known tag for the first of some language tags that is known, with its region or without.

    >>> match(["nl", "DE-at"], ["de", "en"])
    'de'
    """
    here = {each.lower(): each for each in known}
    for tag in tags:
        plain = tag.replace("_", "-").lower()
        for each in (plain, plain.partition("-")[0]):
            if each in here:
                return here[each]
    return None


def speech(
    language: str = "en",
    names: Callable[[str], str] = id_as_name,
    plugins: Iterable[object] = (),
) -> Speech:
    """Return the :class:`Speech` of a language, such as ``de`` or ``de-AT`` (which falls back to ``de`` where it has no translation of its own).

    >>> speech("fr").many("{n} other", "{n} others", 1).startswith("1")
    True

    Args:
        language: a language tag.
        names: maps a member's id to what they are called.
        plugins: plugins in addition to those that are installed.

    Raises:
        InvalidInput: there is no such language, the catalogue of a plugin for it is broken, or the extra ``words`` is missing.
    """
    there = find_plugins(plugins, hooks={"wiifm_words"})
    added = _added(there)
    known = _known(added)
    found = match([language], known)
    if found is None:
        expected = (
            "a language there is a catalogue of: " + ", ".join(known) + there.switched_off_note()
        )
        broken = [
            *there.faults,
            *(fault for each in there.contributions.values() for fault in each.faults),
        ]
        raise InvalidInput(
            [Fault("language", repr(language), expected, nearest(language, known)), *broken]
        )
    plain = found.partition("-")[0]
    tags = dict.fromkeys([found, plain])  # a region falls back to its language
    catalogues = tuple(each for tag in tags for each in added if each.language == tag)
    if found == "en" and not catalogues:
        return evolve(ENGLISH, names=names)
    return Speech(found, _translations(plain, catalogues), names)


@frozen
class Catalogue:
    """A catalogue of a language in gettext's format (.po); ``source`` names the plugin in messages."""

    language: str
    text: str
    source: str

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong with it; nothing if Babel isn't installed, without which it can't be checked."""
        try:
            _compiled(self)
        except InvalidInput as error:
            return () if find_spec("babel") is None else error.faults
        return ()


def catalogues_of(plugin: Contribution) -> list[Catalogue]:
    """Return the catalogues that a plugin adds."""
    return [Catalogue(name, text, plugin.source) for name, text in plugin.words.registered]


def _added(there: Plugins) -> list[Catalogue]:
    """The catalogues of all plugins."""
    return [made for each in there.contributions.values() for made in catalogues_of(each)]


def _known(added: Iterable[Catalogue]) -> tuple[str, ...]:
    return tuple(sorted({"en", *BUILT_IN, *(each.language for each in added)}))


@cache
def _translations(language: str, added: tuple[Catalogue, ...]) -> NullTranslations:
    """The translations of plugins, with wiifm's own catalogues as the fallback."""
    catalogues = list(added)
    if language in BUILT_IN:
        own = (files("wiifm.words") / f"{language}{part}.po" for part in PARTS)
        catalogues += [
            Catalogue(language, each.read_text(encoding="utf-8"), "wiifm") for each in own
        ]
    first, *others = map(_compiled, catalogues)
    for each in others:
        first.add_fallback(each)
    return first


@cache
def forms_of_sentences() -> dict[str, bool]:
    """Return wiifm's own sentences, each with whether it has forms for numbers. It needs Babel (extra ``words``).

    >>> forms_of_sentences()["Why?"]
    False
    """
    from babel.messages.pofile import read_po  # noqa: PLC0415

    first, *_ = BUILT_IN  # all have the same sentences
    texts = [(files("wiifm.words") / f"{first}{part}.po").read_bytes() for part in PARTS]
    messages = [each for text in texts for each in read_po(BytesIO(text), first)]
    return {singular(each): each.pluralizable for each in messages if not each.context}


def singular(message: Message) -> str:
    """Return the ``msgid`` of a message."""
    return message.id if isinstance(message.id, str) else message.id[0]


def _compiled(catalogue: Catalogue) -> NullTranslations:
    """Compile a catalogue, or raise InvalidInput with what is wrong with it."""
    place = f"{catalogue.source}: words of {catalogue.language!r}"
    try:
        from babel.messages.mofile import write_mo  # noqa: PLC0415
        from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415
    except ImportError:
        raise InvalidInput([Fault("language", repr(catalogue.language), _MISSING)]) from None
    try:
        locale = locale_of(catalogue.language)
    except (ValueError, LookupError):
        unknown = Fault(place, literal(catalogue.language), "a language that Babel knows")
        raise InvalidInput([unknown]) from None
    if faults := [*_line_faults(place, catalogue.text)]:
        raise InvalidInput(faults)
    if faults := [*_repetition_faults(place, catalogue.text)]:
        raise InvalidInput(faults)
    try:
        messages = read_po(BytesIO(catalogue.text.encode()), locale, abort_invalid=True)
        binary = BytesIO()
        write_mo(binary, messages)
        binary.seek(0)
        translations = GNUTranslations(binary)
    except (
        PoFileError
    ) as error:  # its message ends with the number of the line, which it counts from 0
        where, found = f"{place}, line {error.lineno + 1}", str(error).rpartition(" on ")[0]
        raise InvalidInput([Fault(where, found, _A_CATALOGUE)]) from None
    except FOREIGN_ERRORS as error:  # Babel and gettext raise all kinds, and codecs may be missing
        raise InvalidInput([Fault(place, str(error), _A_CATALOGUE)]) from None
    if not len(messages):
        raise InvalidInput([Fault(place, "no msgid", f"{_A_CATALOGUE} with at least one msgid")])
    if faults := [fault for each in messages for fault in _message_faults(place, each)]:
        raise InvalidInput(faults)
    return translations


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a catalogue that are neither empty nor comments, with their numbers."""
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if line and not line.startswith("#"):
            yield number, line


def _line_faults(place: str, text: str) -> Iterator[Fault]:
    """What is wrong with single lines. Babel drops the last character of a line, whether it is the closing quote or not."""
    for number, line in _lines(text):
        if not _LINE.fullmatch(line):
            expected = f"{_A_CATALOGUE}: on each line, a keyword and a text in double quotes"
            yield Fault(f"{place}, line {number}", literal(line), expected)


def _repetition_faults(place: str, text: str) -> Iterator[Fault]:
    """The messages that a catalogue has twice, of which Babel keeps one."""
    context, first = "", dict[tuple[str, str], int]()
    for number, keyword, name in _parts(text):
        if keyword == "msgctxt":
            context = name
        elif keyword == "msgid":
            before = first.setdefault((context, name), number)
            if before != number:
                found = f"msgid {literal(name)} again" if name else "a second header"
                yield Fault(f"{place}, line {number}", found, f"only the one in line {before}")
            context = ""


def _parts(text: str) -> list[tuple[int, str, str]]:
    """The keywords of a catalogue, each with the number of its line, and with its text as it is written there. All lines are right."""
    found: list[tuple[int, str, str]] = []
    for number, line in _lines(text):
        matched = _LINE.fullmatch(line)
        assert matched is not None
        if matched[2]:
            found.append((number, matched[2], matched[4]))
        elif found:
            begun, keyword, words = found[-1]
            found[-1] = begun, keyword, words + matched[4]
    return found


def _message_faults(place: str, message: Message) -> Iterator[Fault]:
    """What is wrong with a message that gettext would never find, or that couldn't be filled in."""
    where, context = f"{place}, msgid {literal(singular(message))}", message.context
    if context is None:
        if fault := _placeholder_fault(where, message):
            yield fault
    elif context not in _CONTEXTS:
        expected = "one of " + ", ".join(_CONTEXTS)
        yield Fault(f"{where}, msgctxt", literal(context), expected, nearest(context, _CONTEXTS))
    elif message.pluralizable:
        yield Fault(where, "a msgid_plural", f"only one form of the name of a {context}")


def _placeholder_fault(where: str, message: Message) -> Fault | None:
    """What is wrong with a translation whose placeholders differ from those of the original."""
    known = _placeholders(message.id)
    if known is None:
        return None
    texts = message.string if isinstance(message.string, tuple) else (message.string or "",)
    for text in texts:
        found = _placeholders(text)
        if found is None or found - known:
            expected = "no braces beside " + ", ".join(sorted(map("{{{}}}".format, known)))
            return Fault(where, literal(text), expected if known else "no braces")
    return None


def _placeholders(text: str | Iterable[str]) -> set[str] | None:
    """What is in braces in some texts, a conversion or format included (``n:d``); None if one is no valid format string."""
    try:
        return {
            name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            for each in ((text,) if isinstance(text, str) else text)
            for _, name, spec, conversion in Formatter().parse(each)
            if name is not None
        }
    except ValueError:
        return None
