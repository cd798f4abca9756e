"""The option ``--names``: a file that says what members are called."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click
from attrs import field, frozen


@frozen
class Directory:
    """The names of members by their ids.

    >>> known = Directory({"u7": "Ann Keller"})
    >>> known.called("u7"), known.called("u8"), known.whom("Ann Keller")
    ('Ann Keller', 'u8', 'u7')
    """

    names: Mapping[str, str] = field(factory=dict)
    _borne: Mapping[str, int] = field(init=False, eq=False, repr=False)
    """How many members bear each name."""

    @_borne.default
    def _count(self) -> Mapping[str, int]:
        return Counter(self.names.values())

    def called(self, member: str) -> str:
        """What a member is called: their name in the file, or else their id."""
        return self.names.get(member, member)

    def told_apart(self, member: str) -> str:
        """What a member is called in a table, where the id tells those of one name apart.

        >>> known = Directory({"u7": "Ann", "u8": "Ann", "u9": "Raj"})
        >>> [known.told_apart(each) for each in ("u7", "u8", "u9", "u1")]
        ['Ann (u7)', 'Ann (u8)', 'Raj', 'u1']
        """
        name = self.called(member)
        return name if self._borne.get(name, 0) < 2 else f"{name} ({member})"

    def whom(self, typed: str) -> str:
        """The id of the only member of a name; any other text is taken for an id."""
        found = [member for member, name in self.names.items() if name == typed]
        return found[0] if len(found) == 1 else typed


def _read(_: click.Context, __: click.Parameter, path: Path | None) -> Directory:
    """The directory of a file; an empty one without a file."""
    if path is None:
        return Directory()
    expected = 'one JSON object of names by id, such as {"u7": "Ann Keller"}'
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path}: found no JSON ({error}), expected {expected}") from None
    if not isinstance(found, dict):
        raise click.BadParameter(f"{path}: found a {type(found).__name__}, expected {expected}")
    for member, name in found.items():
        if not isinstance(name, str):
            raise click.BadParameter(f"{path}, {member!r}: found {name!r}, expected a name, a text")
    return Directory(found)


NAMES = click.option(
    "--names",
    "directory",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_read,
    help='What members are called: a JSON file of names by id, such as {"u7": "Ann Keller"}.',
)
