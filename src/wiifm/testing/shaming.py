"""Finds words that a sentence for a member must not have; docs/explanation/no-shaming.md says why."""

from __future__ import annotations

import re
from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "en": "lost lose* losing fail* missed missing behind worst lowest rank* below unused wasted expire* only must hurry never less fewer poor unfortunately inactive lazy",
    "de": "verloren verlier* verpass* gescheitert fehl* schlecht* niedrigst* rang* platz unter ungenutzt verschwendet verfall* nur musst müssen beeil* nie weniger leider untätig faul*",
    "es": "perdi* pierd* fall* faltó faltan peor* puesto inferior desaprovech* desperdici* caduc* solo sólo debes apúrate nunca menos lamentablemente inactiv* perezos*",
    "fr": "perdu* perd* échou* manqu* retard pire* rang inférieur* inutilisé* gaspill* expir* seulement devez dépêch* jamais moins malheureusement inacti* paresseu*",
}
"""The words by language, separated by blanks; a star stands for any ending."""


def shaming(text: str, language: str) -> list[str]:
    """The words of a text that blame or urge somebody, and its exclamation marks, in order. ``language`` is a tag such as "de" or "de-AT".

    >>> shaming("Only today: don't lose it!", "en")
    ['Only', 'lose', '!']
    """
    words = WORDS.get(language.partition("-")[0], "").split()
    if not words:
        return re.findall("!", text)
    either = "|".join(re.escape(word[:-1]) + r"\w*" if word[-1] == "*" else word for word in words)
    return re.findall(rf"(?<!\w)(?:{either})(?!\w)|!|¡", text, re.IGNORECASE)
