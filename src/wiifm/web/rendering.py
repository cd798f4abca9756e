"""From a template and what it tells to HTML, with everything escaped that comes from outside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined

from wiifm.progress import Progress
from wiifm.rulebook.book import RuleBook
from wiifm.web.words import title
from wiifm.words.speech import Speech

STATIC = ("wiifm.css", "wiifm.svg", "drawer.js")
KINDS = {
    "svg": "image/svg+xml",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}


@frozen(kw_only=True)
class Frame:
    """What stands around what a page tells: where the pages are, which one it is, and what there is beside it."""

    root: str
    skeleton: str
    here: str
    book: RuleBook
    thanks: bool
    owner: bool
    speech: Speech

    @property
    def key(self) -> tuple[str, str, bool]:
        """What tells pages apart that tell the same."""
        return self.root, self.skeleton, self.owner

    def at(self, path: str, **query: Any) -> str:
        """The address of a page: below where the pages are mounted, whatever host they are on."""
        words = urlencode({key: value for key, value in query.items() if value is not None})
        return quote(self.root) + quote(path) + ("?" + words if words else "")

    def behind(self, line: str, over: str) -> dict[str, str]:
        """What to ask for to see what is behind a line of a statement."""
        part, _, rest = line.partition(".")
        purse, _, rule = rest.partition(".")
        if part == "earned" and over == "all":
            return {"rule": rule, "purse": purse}
        return {"line": line, "over": over}

    def person(self, member: str) -> str:
        """What a member is called."""
        return self.speech.person(member)

    @property
    def purse(self) -> str:
        """The purse that needs no name: ``points``, or else the first one."""
        return "points" if "points" in self.book.purses else next(iter(self.book.purses))

    def shows_key(self, one: Progress) -> bool:
        """Whether people know what a badge is counted by: a topic, say; not the id of an object."""
        badge = self.book.badges.get(one.badge)
        return badge is not None and badge.parts[one.part].per not in ("object", "in_reply_to")

    def shade(self, cell: int | None, row: Sequence[int | None]) -> int:
        """How dark a cell of a matrix is, from 0 to 9: by its part of the row."""
        return round(9 * (cell or 0) / (sum(each or 0 for each in row) or 1))

    def static(self, name: str) -> str:
        """The address of a file that never changes: another content has another address."""
        return f"{quote(self.root)}/static/{mark_of(name)}/{name}"


@cache
def static_file(name: str) -> bytes:
    """A file that pages need."""
    return files("wiifm.web").joinpath("static", name).read_bytes()


@cache
def mark_of(name: str) -> str:
    """A mark that changes with the content of a file."""
    return hashlib.sha256(static_file(name)).hexdigest()[:12]


def _day(moment: datetime) -> str:
    """A date in words.

    >>> _day(datetime(2026, 5, 4))
    '4 May 2026'
    """
    return f"{moment.day} {moment:%B %Y}"


def _moment(moment: datetime) -> str:
    """A moment in words, in UTC as it is known.

    >>> _moment(datetime(2026, 5, 4, 9, 5))
    '4 May 2026, 09:05 UTC'
    """
    return f"{_day(moment)}, {moment:%H:%M} UTC"


def _counted(number: int, one: str, many: str) -> str:
    """How many of something there are.

    >>> _counted(1, "person", "people"), _counted(14, "person", "people")
    ('1 person', '14 people')
    """
    return f"{number:,} {one if number == 1 else many}"


def _number(found: Any) -> str:
    """A number as people write it; a minus that isn't a hyphen.

    >>> _number(12345), _number(-2)
    ('12,345', '\N{MINUS SIGN}2')
    """
    plain = f"{found:,}" if not isinstance(found, float) else f"{found:,.12g}"
    return plain.replace("-", "\N{MINUS SIGN}")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("wiifm.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters |= {
        "day": _day,
        "moment": _moment,
        "counted": _counted,
        "number": _number,
        "title_of": title,
    }
    return found


def render(template: str, frame: Frame, told: Mapping[str, Any]) -> str:
    """A page, or a fragment of one."""
    return _environment().get_template(template).render(frame=frame, at=frame.at, **told)
