"""Finds the catalogues of languages: those of wiifm, and over them those that plugins add (the hook ``wiifm_words``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from attrs import evolve

from wiifm.faults import Fault, InvalidInput, nearest
from wiifm.plugins import find_plugins
from wiifm.words.speech import ENGLISH, Speech, themselves

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
    return tuple(sorted({"en", *BUILT_IN, *(name for name, _ in _added(plugins))}))


def speech(
    language: str = "en",
    names: Callable[[str], str] = themselves,
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
        InvalidInput: there is no such language; or it needs the extra ``words``.
    """
    known, given = languages(plugins), tuple(plugins)
    tag = language.replace("_", "-")
    found = next((each for each in (tag, tag.partition("-")[0]) if each in known), None)
    if found is None:
        expected = "a language there is a catalogue of: " + ", ".join(known)
        raise InvalidInput([Fault("language", repr(language), expected, nearest(tag, known))])
    texts = [text for name, text in _added(given) if name == found]
    if found == "en" and not texts:
        return evolve(ENGLISH, names=names)
    return Speech(found, _translations(found, tuple(texts)), names)


def _added(plugins: Iterable[object]) -> list[tuple[str, str]]:
    """The catalogues of plugins, each with its language."""
    found = find_plugins(plugins, asked={"wiifm_words"}).found
    return [(name, text) for each in found.values() for name, text in each.words.found]


@cache
def _translations(language: str, added: tuple[str, ...]) -> NullTranslations:
    """What plugins say, and behind it wiifm's own catalogues."""
    texts = list(added)
    if language in BUILT_IN:
        own = (files("wiifm.words") / f"{language}{part}.po" for part in PARTS)
        texts += [each.read_text(encoding="utf-8") for each in own]
    first, *others = [_compiled(language, text) for text in texts]
    for each in others:
        first.add_fallback(each)
    return first


def _compiled(language: str, text: str) -> NullTranslations:
    try:
        from babel.messages.mofile import write_mo  # noqa: PLC0415
        from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415
    except ImportError:
        raise InvalidInput([Fault("language", repr(language), _MISSING)]) from None
    try:
        catalogue = read_po(BytesIO(text.encode()), locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        where = f"catalogue of the language {language!r}"
        raise InvalidInput([Fault(where, str(error), "a gettext catalogue (.po)")]) from None
    made = BytesIO()
    write_mo(made, catalogue)
    made.seek(0)
    return GNUTranslations(made)
