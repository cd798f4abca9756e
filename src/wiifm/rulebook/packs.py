"""Rule books to build on, by the name of a pack or a file. Each is TOML, and is read when somebody asks for it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path

from attrs import evolve, frozen

from wiifm.faults import DISTURBANCES, Fault, InvalidRuleBook, literal
from wiifm.rulebook.draft import Draft
from wiifm.rulebook.toml import read_toml

OFFERED = "plugin:"
"""What stands before the name of a rule book that comes from a plugin, where else a file would be named."""


@frozen
class Pack:
    """A rule book by its name; ``source`` is how messages name it, ``toml`` its text or the file of it.

    >>> pack = Pack("thanks", "pack 'thanks'", "[[rule]]\\nid = 'kudos'\\non = 'kudos.given'\\npoints = 5")
    >>> pack.draft().header.id, list(pack.draft().items)
    ('thanks', [('rule', 'kudos')])
    """

    name: str
    source: str
    toml: str | Path | Traversable

    def draft(self) -> Draft:
        """What it says, and what is wrong with that; its id is its name unless it has one.

        Raises:
            InvalidRuleBook: it can't be read, or it is no TOML.
        """
        read = _read(self._text(), self.source)
        header = evolve(read.header, id=read.header.id or self.name)
        return evolve(
            read,
            header=header,
            items={**read.items},
            sources={**read.sources},
            faults=[*read.faults],
        )

    def _text(self) -> str:
        if isinstance(self.toml, str):
            return self.toml
        try:
            return self.toml.read_text(encoding="utf-8")
        except DISTURBANCES as error:
            fault = Fault(self.source, literal(error, 200), "a readable file in UTF-8")
            raise InvalidRuleBook([fault]) from None


@lru_cache(maxsize=32)
def _read(text: str, source: str) -> Draft:
    """What a text says, read once: packs hardly ever change, and books are loaded over them again and again."""
    return read_toml(text, source)
