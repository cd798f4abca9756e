"""Words of a language must be complete where they are there, and fill in what the original does."""

import pytest

import wiifm
from wiifm.testing import (
    WordsContract,
)


def words(po, language="nl"):
    class Plugin:
        @wiifm.hookimpl
        def wiifm_words(self, words):
            words.add(language, po)

    class Contract(WordsContract):
        def make_plugin(self):
            return Plugin()

    return Contract


HOURS = """
msgid "{name} gave {n} hour"
msgid_plural "{name} gave {n} hours"
"""


class TestDutch(words(f'''
msgid "Why?"
msgstr ""

msgid "Thanks, {{name}}"
msgstr "{{name}} bedankt"
{HOURS}
msgstr[0] "{{name}} gaf een uur"
msgstr[1] "{{name}} gaf {{n}} uur"
''')):  # fmt: skip
    """Right words; one isn't translated, and one has a number only where it is needed."""


class TestLatvian(words(f'''{HOURS}
msgstr[0] "{{name}} deva {{n}} stundu"
msgstr[1] "{{name}} deva {{n}} stundas"
msgstr[2] "{{name}} nedeva stundas"
''', "lv")):  # fmt: skip
    """Right words of a language whose last form is that for none."""


@pytest.mark.parametrize(
    ("po", "test", "told"),
    [
        ('msgid "Why?\n', "its_catalogues_can_be_read", "expected a gettext catalogue"),
        ('msgid "Why?"\nmsgstr "{why}"', "its_catalogues_can_be_read", "expected no braces"),
        ('msgid "Thanks, {name}"\nmsgstr "Bedankt"', "what_is_filled_in_is_kept", r"msgid 'Thanks, {name}': 'Bedankt' leaves out {name}"),
        (HOURS + 'msgstr[0] "{name} gaf"\nmsgstr[1] "{name} gaf uren"', "what_is_filled_in_is_kept", r"leaves out {n} of"),
        (HOURS + 'msgstr[0] "{name} gaf {n} uur"\nmsgstr[1] ""', "it_has_every_plural_form", r"found 1 forms, expected 2: msgstr\[0\] to msgstr\[1\]"),
        ('msgid "Why?"\nmsgid_plural "Whys?"\nmsgstr[0] "A"\nmsgstr[1] "B"', "numbers_are_where_wiifm_says_them", r"msgid 'Why\?': expected no msgid_plural, as in"),
        ('msgid "point"\nmsgstr "punt"', "numbers_are_where_wiifm_says_them", "expected a msgid_plural, as in"),
        ('#, fuzzy\nmsgid "Why?"\nmsgstr "Waarom?"', "nothing_is_left_unsure", "it is fuzzy"),
    ],
)  # fmt: skip
def test_that_words_that_would_not_be_told_are_found_out(po, test, told):
    with pytest.raises(AssertionError, match=told):
        getattr(words(po)(), f"test_that_{test}")()
