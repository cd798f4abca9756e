"""In which language pages are told: the platform says so, or else the browser, which sends what its owner reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from typing import TypeAlias

from attrs import define, field
from starlette.types import Scope

from wiifm.faults import InvalidInput, call_fault
from wiifm.words.catalogues import languages, match, speech
from wiifm.words.speech import Speech, id_as_name

Tongue: TypeAlias = Callable[[Scope], str | None]
"""Tells the language of a request from its ASGI scope, such as ``de``; None leaves it to the browser."""

_MOST = 20
"""So many languages of a browser are looked at."""


def left_to_the_browser(scope: Scope) -> str | None:
    """None, whatever is asked."""
    return None


@cache
def spoken() -> tuple[str, ...]:
    """The languages that there are; English alone where the extra ``words`` is missing."""
    return languages() if find_spec("babel") else ("en",)


@define
class Tongues:
    """Speaks the language of each request.

    Args:
        names: makes of a member's id what people call them.
        tongue: tells the language; or the only one that is spoken.

    Raises:
        InvalidInput: there is no such language, or one of these can't be asked.
    """

    names: Callable[[str], str] = id_as_name
    tongue: Tongue | str = left_to_the_browser
    _spoken: dict[str, Speech] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.tongue, str):
            self._speech(self.tongue)
        elif fault := call_fault("language", self.tongue, "scope"):
            raise InvalidInput([fault])
        if fault := call_fault("names", self.names, "member"):
            raise InvalidInput([fault])

    def of(self, scope: Scope) -> Speech:
        """How a request is answered."""
        if isinstance(self.tongue, str):
            return self._speech(self.tongue)
        said = self.tongue(scope)
        known = match([said], spoken()) if isinstance(said, str) else None
        return self._speech(known or preferred(scope, spoken()))

    def _speech(self, language: str) -> Speech:
        if language not in self._spoken:
            self._spoken[language] = speech(language, self.names)
        return self._spoken[language]


def preferred(scope: Scope, known: Iterable[str]) -> str:
    """The language that a browser asks for first among those that are known (RFC 9110, 12.5.4); English if there is none.

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
