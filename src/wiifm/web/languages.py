"""The language of a request: what the platform says, else what the browser prefers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from typing import TypeAlias

from attrs import define, field
from starlette.types import Scope

from wiifm.faults import InvalidInput
from wiifm.signatures import call_fault
from wiifm.words.catalogues import languages, match, speech
from wiifm.words.speech import Speech, id_as_name

LanguageOf: TypeAlias = Callable[[Scope], str | None]
"""Gives the language of a request, such as ``de``, from its ASGI scope; None leaves it to the browser."""

_MOST = 20
"""How many languages in a browser's header are looked at."""


def left_to_the_browser(scope: Scope) -> str | None:
    """None: the browser decides."""
    return None


@cache
def spoken() -> tuple[str, ...]:
    """The languages that are available; only English without the extra ``words``."""
    return languages() if find_spec("babel") else ("en",)


@define
class Speeches:
    """The :class:`Speech` for each request.

    Args:
        names: the name that people see for a member's id.
        language: gives the language of a request; or the language of all requests.

    Raises:
        InvalidInput: there is no such language, or one of the functions can't be called.
    """

    names: Callable[[str], str] = id_as_name
    language: LanguageOf | str = left_to_the_browser
    _spoken: dict[str, Speech] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.language, str):
            self._speech(self.language)
        elif fault := call_fault("language", self.language, "scope"):
            raise InvalidInput([fault])
        if fault := call_fault("names", self.names, "member"):
            raise InvalidInput([fault])

    def of(self, scope: Scope) -> Speech:
        """The speech in which a request is answered."""
        if isinstance(self.language, str):
            return self._speech(self.language)
        wanted = self.language(scope)
        known = match([wanted], spoken()) if isinstance(wanted, str) else None
        return self._speech(known or preferred(scope, spoken()))

    def _speech(self, language: str) -> Speech:
        if language not in self._spoken:
            self._spoken[language] = speech(language, self.names)
        return self._spoken[language]


def preferred(scope: Scope, known: Iterable[str]) -> str:
    """The available language that a browser prefers most (RFC 9110, 12.5.4); English if there is none.

    >>> asked = {"headers": [(b"accept-language", b"nl, de-AT;q=0.7, fr;q=0.8, en;q=0.1")]}
    >>> preferred(asked, ["de", "en", "fr"])
    'fr'
    """
    sent = [value for key, value in scope.get("headers", ()) if key.lower() == b"accept-language"]
    wanted = [_weighed(each) for each in b",".join(sent).decode("latin-1").split(",")[:_MOST]]
    tags = [tag for weight, tag in sorted(wanted, key=lambda each: -each[0]) if weight > 0]
    return match(tags, known) or "en"


def _weighed(text: str) -> tuple[float, str]:
    tag, _, parameters = text.partition(";")
    name, _, weight = parameters.strip().partition("=")
    try:
        found = float(weight) if name.strip() == "q" else 1.0
    except ValueError:
        found = 0.0
    return (found if 0 <= found <= 1 else 0.0), tag.strip()
