"""Finds the catalogues of languages: those of wiifm, and over them those that plugins add (the hook ``wiifm_words``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from string import Formatter
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from wiifm.contributions import Contribution
from wiifm.faults import DISTURBANCES, Fault, InvalidInput, literal, nearest
from wiifm.plugins import Plugins, find_plugins
from wiifm.words.speech import ENGLISH, Speech, id_as_name, locale_of

if TYPE_CHECKING:
    from babel.messages import Message

BUILT_IN = ("de", "es", "fr")
"""The languages of wiifm's own catalogues; English needs none."""

PARTS = ("", ".pages", ".culture", ".sharing")
"""What each of these languages has a catalogue of: statements, the pages around them, the culture report, the built-in book."""

_MISSING = "the extra: pip install 'wiifm[words]' (it brings Babel)"


def languages(plugins: Iterable[object] = ()) -> tuple[str, ...]:
    """The languages there are.

    >>> languages()
    ('de', 'en', 'es', 'fr')
    """
    return _known(_added(find_plugins(plugins, asked={"wiifm_words"})))


def match(tags: Iterable[str], known: Iterable[str]) -> str | None:
    """The first of some tags that is known, as it is or without its region.

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
    """How a language is spoken, ``de`` or ``de-AT`` (which is told in ``de`` where it has no catalogue of its own).

    >>> speech("fr").many("{n} other", "{n} others", 1).startswith("1")
    True

    Args:
        language: its tag, such as ``de``.
        names: makes of a member's id what they are called.
        plugins: plugins beside those that are installed.

    Raises:
        InvalidInput: there is no such language, or what a plugin says in it can't be told; or it needs the extra ``words``.
    """
    there = find_plugins(plugins, asked={"wiifm_words"})
    added = _added(there)
    known = _known(added)
    found = match([language], known)
    if found is None:
        expected = "a language there is a catalogue of: " + ", ".join(known) + there.without()
        broken = [*there.faults, *(fault for each in there.found.values() for fault in each.faults)]
        raise InvalidInput(
            [Fault("language", repr(language), expected, nearest(language, known)), *broken]
        )
    plain = found.partition("-")[0]
    tags = dict.fromkeys([found, plain])  # what a region leaves out is told as without it
    catalogues = tuple(each for tag in tags for each in added if each.language == tag)
    if found == "en" and not catalogues:
        return evolve(ENGLISH, names=names)
    return Speech(found, _translations(plain, catalogues), names)


@frozen
class Catalogue:
    """What a plugin says in a language, in gettext's format; ``source`` is how messages name the plugin."""

    language: str
    text: str
    source: str

    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with it, as far as Babel is there to tell."""
        try:
            _compiled(self)
        except InvalidInput as error:
            return () if find_spec("babel") is None else error.faults
        return ()


def catalogues_of(plugin: Contribution) -> list[Catalogue]:
    """The catalogues that a plugin adds."""
    return [Catalogue(name, text, plugin.source) for name, text in plugin.words.found]


def _added(there: Plugins) -> list[Catalogue]:
    """The catalogues of all plugins."""
    return [made for each in there.found.values() for made in catalogues_of(each)]


def _known(added: Iterable[Catalogue]) -> tuple[str, ...]:
    return tuple(sorted({"en", *BUILT_IN, *(each.language for each in added)}))


@cache
def _translations(language: str, added: tuple[Catalogue, ...]) -> NullTranslations:
    """What plugins say, and behind it wiifm's own catalogues."""
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


def _compiled(catalogue: Catalogue) -> NullTranslations:
    place = f"{catalogue.source}: words of {catalogue.language!r}"
    try:
        from babel.messages.mofile import write_mo  # noqa: PLC0415
        from babel.messages.pofile import read_po  # noqa: PLC0415
    except ImportError:
        raise InvalidInput([Fault("language", repr(catalogue.language), _MISSING)]) from None
    try:
        locale = locale_of(catalogue.language)
    except (ValueError, LookupError):
        unknown = Fault(place, literal(catalogue.language), "a language that Babel knows")
        raise InvalidInput([unknown]) from None
    try:
        read = read_po(BytesIO(catalogue.text.encode()), locale, abort_invalid=True)
        made = BytesIO()
        write_mo(made, read)
        made.seek(0)
        spoken = GNUTranslations(made)
    except DISTURBANCES as error:  # of Babel, of gettext, and of codecs that aren't there
        raise InvalidInput([Fault(place, str(error), "a gettext catalogue (.po)")]) from None
    if faults := [fault for each in read if (fault := _filled(place, each))]:
        raise InvalidInput(faults)
    return spoken


def _filled(place: str, message: Message) -> Fault | None:
    """What is wrong with a sentence that is to be filled in otherwise than the one that it translates."""
    known = _fields(message.id)
    if known is None or message.context:
        return None
    texts = message.string if isinstance(message.string, tuple) else (message.string or "",)
    for text in texts:
        found = _fields(text)
        if found is None or found - known:
            expected = "no braces beside " + ", ".join(sorted(map("{{{}}}".format, known)))
            where = f"{place}, msgid {literal(message.id)}"
            return Fault(where, literal(text), expected if known else "no braces")
    return None


def _fields(text: str | Iterable[str]) -> set[str] | None:
    """The names in braces; None where no words can be filled in."""
    try:
        texts = (text,) if isinstance(text, str) else text
        return {
            name for each in texts for _, name, _, _ in Formatter().parse(each) if name is not None
        }
    except ValueError:
        return None
