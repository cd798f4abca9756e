"""The contract for words: tests that the gettext catalogues of a plugin inherit."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from wiifm.faults import literal
from wiifm.rulebook.names import names_in
from wiifm.testing.overridden import missing
from wiifm.testing.registered import contribution_of
from wiifm.words.catalogues import catalogues_of, forms_of_sentences, singular
from wiifm.words.speech import locale_of

HOOK = "wiifm_words"


class WordsContract:
    """What catalogues must be: in gettext's format, with all that sentences fill in, and with every plural form of the language.

    It needs Babel (extra ``words``). A sentence that isn't translated (``msgstr ""``) stays in English, which is no fault.

    >>> import wiifm
    >>> class Dutch:
    ...     @wiifm.hookimpl
    ...     def wiifm_words(self, words):
    ...         words.add("nl", 'msgid "Why?"\\nmsgstr "Waarom?"\\n')
    >>> class TestDutch(WordsContract):
    ...     def make_plugin(self):
    ...         return Dutch()
    >>> TestDutch().test_that_what_is_filled_in_is_kept()
    """

    def make_plugin(self) -> object:
        """The plugin under test: a module, or an object, with the hook ``wiifm_words``."""
        raise missing("make_plugin", "return a module or an object with the hook wiifm_words")

    def test_that_its_catalogues_can_be_read(self) -> None:
        """Each catalogue is of a language that Babel knows, in gettext's format, without braces that the original doesn't have."""
        _check_babel()
        found = catalogues_of(contribution_of(self.make_plugin(), HOOK))
        assert found, f"the hook {HOOK} registers no words"
        faults = [str(fault) for each in found for fault in each.faults()]
        assert not faults, "\n".join(faults)

    def test_that_what_is_filled_in_is_kept(self) -> None:
        """A translation fills in all that the original does; of several plural forms, one has to."""
        for place, message, _ in _messages(self):
            original = message.id if isinstance(message.id, str) else message.id[-1]
            wanted, texts = names_in(original), _texts(message)
            lost = min((wanted - names_in(text) for text in texts), key=len)
            assert not lost, (
                f"{place}: {literal(texts[-1])} leaves out {_braces(lost)} of {literal(original)}"
            )

    def test_that_it_has_every_plural_form(self) -> None:
        """A sentence that depends on a number has as many forms as the language, all of them translated."""
        for place, message, forms in _messages(self):
            if isinstance(message.id, tuple):
                texts = _texts(message)
                assert len(texts) == forms and all(texts), (
                    f"{place}: found {sum(map(bool, texts))} forms, expected {forms}: msgstr[0] to msgstr[{forms - 1}]"
                )

    def test_that_numbers_are_where_wiifm_says_them(self) -> None:
        """A sentence of wiifm's has forms for numbers exactly if wiifm asks for them: others would never be said."""
        asked = forms_of_sentences()
        for place, message, _ in _messages(self):
            has = message.pluralizable
            if message.context is None and asked.get(singular(message), has) != has:
                expected = "no msgid_plural" if has else "a msgid_plural"
                raise AssertionError(f"{place}: expected {expected}, as in wiifm's own catalogues")

    def test_that_nothing_is_left_unsure(self) -> None:
        """No translation is marked as fuzzy: gettext leaves those out, so that the sentence would stay in English."""
        for place, message, _ in _messages(self):
            assert not message.fuzzy, f"{place}: it is fuzzy; check it, and remove the mark"


def _messages(contract: WordsContract) -> Iterator[tuple[str, Any, int]]:
    """The translated messages of all catalogues, each with its place, and with how many forms its language has."""
    WordsContract.test_that_its_catalogues_can_be_read(contract)
    from babel.messages.pofile import read_po  # noqa: PLC0415

    for each in catalogues_of(contribution_of(contract.make_plugin(), HOOK)):
        catalogue = read_po(BytesIO(each.text.encode()), locale_of(each.language))
        for message in catalogue:
            if message.id and any(_texts(message)):
                msgid = literal(singular(message))
                place = f"{each.source}: words of {each.language!r}, msgid {msgid}"
                yield place, message, catalogue.num_plurals


def _check_babel() -> None:
    """Raise ImportError with what to install if Babel is missing, without which nothing can be checked."""
    if find_spec("babel") is None:
        raise ImportError(
            "WordsContract needs Babel; install the extra: pip install 'wiifm[words]'"
        )


def _texts(message: Any) -> tuple[str, ...]:
    """The texts of a translation: one, or one for each form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _braces(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
