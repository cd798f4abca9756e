"""Packs: rule books in TOML that others build on. They are read when they are used, and cached."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path

from attrs import evolve, frozen

from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidRuleBook, literal
from wiifm.rulebook.draft import Draft
from wiifm.rulebook.locations import unreadable
from wiifm.rulebook.toml import read_toml

PLUGIN_PREFIX = "plugin:"
"""The prefix of the name of a pack or plugin where the path of a file is possible, too."""


@frozen
class Pack:
    """A pack, or a file that a book builds on. ``source`` is how messages name it, ``toml`` its text or its file.

    >>> pack = Pack("thanks", "pack 'thanks'", "[[rule]]\\nid = 'kudos'\\non = 'kudos.given'\\npoints = 5")
    >>> pack.draft().header.id, list(pack.draft().items)
    ('thanks', [('rule', 'kudos')])
    """

    name: str
    source: str
    toml: str | Path | Traversable

    def draft(self) -> Draft:
        """Read it into a draft, with its faults. The default of its id is its name.

        Raises:
            InvalidRuleBook: the file can't be read, or isn't TOML.
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
        """The TOML text.

        Raises:
            InvalidRuleBook: the file can't be read.
        """
        if isinstance(self.toml, str):
            return self.toml
        try:
            return self.toml.read_text(encoding="utf-8")
        except (PermissionError, UnicodeDecodeError) as error:
            raise InvalidRuleBook([unreadable(Path(self.source), error)]) from None
        except FOREIGN_ERRORS as error:
            fault = Fault(self.source, literal(error, 200), "a readable file in UTF-8")
            raise InvalidRuleBook([fault]) from None


@lru_cache(maxsize=32)
def _read(text: str, source: str) -> Draft:
    """The draft of a text, cached: packs hardly ever change, and many books are loaded over them. It must not be modified."""
    return read_toml(text, source)
