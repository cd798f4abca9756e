"""From a template and what it tells to HTML, with everything escaped that comes from outside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from wiifm.culture.telling import unit_name
from wiifm.event_types import zone_named
from wiifm.events import Event
from wiifm.ledger import Amount, Award, Entry
from wiifm.privacy import SOMEBODY
from wiifm.progress import Progress
from wiifm.rulebook.book import RuleBook
from wiifm.statement.titles import OBJECTS
from wiifm.statement.view import About, AddressOf, Line, about_member, split_at
from wiifm.statement.words import in_words, part_means, title
from wiifm.words.speech import Speech, capital, isolate, strip_overrides

_quoted = lru_cache(maxsize=1_000)(quote)


@lru_cache(maxsize=4_000)
def _asked(**query: object) -> str:
    """What an address asks for: pages of all members ask for the same lines."""
    return urlencode(query)


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
    to: AddressOf

    @property
    def key(self) -> tuple[str, str, bool, str]:
        """What tells pages apart that tell the same."""
        return self.root, self.skeleton, self.owner, self.speech.language

    def at(self, path: str, **query: Any) -> str:
        """The address of a page: below where the pages are mounted, whatever host they are on."""
        asked = {key: value for key, value in query.items() if value is not None}
        place = _quoted(self.root) + _quoted(path)
        return f"{place}?{_asked(**asked)}" if asked else place

    def behind(self, line: str, over: str) -> str:
        """The query that asks for what is behind a line of a statement: of one rule over all time its entries, else what the line names."""
        for purse in self.book.purses if over == "all" else ():
            start = f"earned.{purse}."
            rule = line.removeprefix(start)
            if line.startswith(start) and rule in self.book.rules:
                return "?" + _asked(rule=rule, purse=purse)
        return "?" + _asked(line=line, over=over)

    def person(self, member: str) -> str:
        """What a member is called; nobody asks the platform for a name where nobody is named."""
        if member == SOMEBODY and not self.book.individuals:
            return self.speech(SOMEBODY)
        return self.speech.person(member)

    def to_object(self, name: str) -> str | None:
        """Where an object is on the platform; None where nothing leads there."""
        return self.to(About("object", name))

    def to_member(self, name: str) -> str | None:
        """Where a member is; None where nothing leads there, as to anybody where nobody is named."""
        return self.to(about_member(name)) if self.book.individuals else None

    def parted(self, line: Line) -> tuple[str, str, str]:
        """A line, with what is a link of it in the middle."""
        return split_at(line.text, line.about.title if line.about else "")

    def shows_key(self, one: Progress | Award) -> bool:
        """Whether people know what a badge is counted by: a topic, say; not the id of an object."""
        badge = self.book.badges.get(one.badge)
        return badge is not None and badge.parts[getattr(one, "part", 0)].per not in OBJECTS

    def asks(self, one: Progress) -> str:
        """What of a badge this is, where it asks for several things."""
        badge = self.book.badges.get(one.badge)
        if badge is None or len(badge.parts) < 2:
            return ""
        return part_means(self.book, badge, one.part, self.speech)

    def said(self, entry: Entry, told: str) -> str:
        """What an entry says, as it is told; the title of its rule, where that has no sentence."""
        if told in ("", entry.rule):
            return title(entry.rule, self.speech, "rule")
        return in_words(told, self.speech)

    def happened(self, event: Event) -> str:
        """What happened, as its type says it; the type itself where that says nothing."""
        return capital(in_words(self.book.types[event.type].means, self.speech) or event.type)

    def amount(self, points: Amount, purse: str) -> str:
        """So many points."""
        number = self.speech.number(points).replace("-", "\N{MINUS SIGN}")
        return f"{number} {self.speech.purse(purse, points)}"

    def unit(self, name: str) -> str:
        """What a unit is called in the culture report."""
        return unit_name(name, self.speech)

    def shade(self, cell: int | None, row: Sequence[int | None]) -> int:
        """How dark a cell of a matrix is, from 0 to 9: by its part of the row."""
        return round(9 * (cell or 0) / (sum(each or 0 for each in row) or 1))

    def static(self, name: str) -> str:
        """The address of a file that never changes: another content has another address."""
        return f"{_quoted(self.root)}/static/{mark_of(name)}/{name}"


@cache
def static_file(name: str) -> bytes:
    """A file that pages need."""
    return files("wiifm.web").joinpath("static", name).read_bytes()


@cache
def mark_of(name: str) -> str:
    """A mark that changes with the content of a file."""
    return hashlib.sha256(static_file(name)).hexdigest()[:12]


@pass_context
def _day(context: Context, moment: datetime) -> str:
    """The date in words of what happened, in the zone of the book, in which its days begin and end."""
    frame: Frame = context["frame"]
    return frame.speech.day(moment.astimezone(zone_named(frame.book.zone)).date())


@pass_context
def _moment(context: Context, moment: datetime) -> str:
    """A moment in words, in UTC as it is known."""
    s = _speech(context)
    return s("{day}, {time} UTC", day=s.day(moment.date()), time=f"{moment:%H:%M}")


@pass_context
def _number(context: Context, found: Any) -> str:
    """A number as people write it; a minus that isn't a hyphen."""
    return _speech(context).number(found).replace("-", "\N{MINUS SIGN}")


@pass_context
def _called(context: Context, name: str, kind: str) -> str:
    """What something of the book is called."""
    return title(name, _speech(context), kind)


@pass_context
def _in_words(context: Context, text: str) -> str:
    """A sentence of the book."""
    return in_words(text, _speech(context))


def _speech(context: Context) -> Speech:
    frame: Frame = context["frame"]
    return frame.speech


def _shown(found: Any) -> Any:
    """What a template shows: nothing in it turns a line around. What was ``typed`` into a form comes back as it was."""
    return strip_overrides(found) if type(found) is str else found


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("wiifm.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters |= {
        "day": _day,
        "moment": _moment,
        "number": _number,
        "called": _called,
        "in_words": _in_words,
        "capital": capital,
        "typed": escape,
        "apart": isolate,
    }
    return found


def render(template: str, frame: Frame, told: Mapping[str, Any]) -> str:
    """A page, or a fragment of one."""
    words = {"frame": frame, "at": frame.at, "s": frame.speech, "many": frame.speech.many}
    return _environment().get_template(template).render(**words, **told)
