"""Renders templates to HTML; everything that comes from outside is escaped."""

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

from wiifm.badges import Badge
from wiifm.culture.telling import unit_name
from wiifm.event_types import zone_named
from wiifm.events import Event
from wiifm.ledger import Amount, Award, Entry
from wiifm.privacy import SOMEBODY
from wiifm.progress import Present, Progress
from wiifm.rulebook.book import RuleBook
from wiifm.rules import HOLDER_KINDS
from wiifm.statement.badge_words import ahead_means, badge_means, barring_means
from wiifm.statement.criterion_words import present_in_words
from wiifm.statement.durations import ended
from wiifm.statement.nouns import Reply
from wiifm.statement.rule_words import in_words, title
from wiifm.statement.titles import OBJECTS
from wiifm.statement.titling import told
from wiifm.statement.view import About, AddressOf, Line, about_member, split_at
from wiifm.words.speech import Kind, Speech, capital, isolate, strip_controls

_quoted = lru_cache(maxsize=1_000)(quote)


@lru_cache(maxsize=4_000)
def _query(**query: object) -> str:
    """The query of an address. It is cached, as the pages of all members link to the same lines."""
    return urlencode(query)


STATIC = ("wiifm.css", "wiifm.svg", "drawer.js")
KINDS = {
    "svg": "image/svg+xml",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}


@frozen(kw_only=True)
class Frame:
    """What surrounds the content of a page: where the pages are mounted, which page this is, what else there is; and the template helpers."""

    root: str
    skeleton: str
    here: str
    book: RuleBook
    thanks: bool
    owner: bool
    speech: Speech
    address_of: AddressOf

    @property
    def key(self) -> tuple[str, str, bool, str]:
        """What distinguishes cached pages with the same address."""
        return self.root, self.skeleton, self.owner, self.speech.language

    def at(self, path: str, **query: Any) -> str:
        """The address of a page: below where the pages are mounted, whatever host they are on."""
        asked = {key: value for key, value in query.items() if value is not None}
        place = _quoted(self.root) + _quoted(path)
        return f"{place}?{_query(**asked)}" if asked else place

    def line_query(self, line: str, over: str) -> str:
        """The query for what is behind a line of a statement: by rule and purse, if it is one rule's points ever; else by line."""
        for purse in self.book.purses if over == "ever" else ():
            start = f"earned.{purse}."
            rule = line.removeprefix(start)
            if line.startswith(start) and rule in self.book.rules:
                return "?" + _query(rule=rule, purse=purse)
        return "?" + _query(line=line, over=over)

    def person(self, member: str) -> str:
        """A member's name. If the book names nobody, the platform isn't asked for one."""
        if member == SOMEBODY and not self.book.individuals:
            return self.speech(SOMEBODY)
        return self.speech.person(member)

    def to_object(self, name: str) -> str | None:
        """The address of an object on the platform; None if it has none."""
        return self.address_of(About("object", name))

    def to_member(self, name: str) -> str | None:
        """The address of a member on the platform; None if they have none, or if the book names nobody."""
        return self.address_of(about_member(name)) if self.book.individuals else None

    def split_at_link(self, line: Line) -> tuple[str, str, str]:
        """A line in three parts: before its link, the link's text, and after it."""
        return split_at(line.text, line.about.title if line.about else "")

    def titled(self, title: str, reply: Reply | None) -> str:
        """What an object is called, of its title and of what it is to the object that bears it."""
        return told(title, reply, self.speech)

    def key_of(self, one: Progress | Award) -> str:
        """What the key of a badge is called: a topic, say, or a person by their name; "" for an object, whose id tells nobody anything."""
        badge = self.book.badges.get(one.badge)
        if badge is None or one.key is None:
            return ""
        per = badge.parts[getattr(one, "part", 0)].per
        if per in OBJECTS:
            return ""
        return self.person(one.key) if badge.by_person else one.key

    def asks(self, one: Progress) -> str:
        """What the progress is counted by, where the badge alone doesn't tell."""
        return ahead_means(self.book, one, self.speech)

    def bars(self, one: Progress) -> str:
        """What stands in the way of a badge."""
        return barring_means(self.book, one, self.speech)

    def present(self, one: Present) -> str:
        """What the present day, week, month or year has so far of what each must reach."""
        return capital(present_in_words(one, self.speech))

    @property
    def has_badges(self) -> bool:
        """Whether the rule book has badges for members: those for units and communities as a whole don't count."""
        kinds = {HOLDER_KINDS[part.to] for each in self.book.badges.values() for part in each.asks}
        return "member" in kinds

    def means(self, badge: Badge) -> str:
        """What a badge, or a level by criteria, is for."""
        return badge_means(self.book, badge, self.speech)

    def said(self, entry: Entry, sentence: str) -> str:
        """The sentence of an entry, or its rule's title if it has none. ``sentence`` is the engine's text for it."""
        if sentence in ("", entry.rule):
            return title(entry.rule, self.speech, "rule")
        return in_words(sentence, self.speech)

    def happened(self, event: Event) -> str:
        """What kind of event this is, in words, or its type if the book doesn't say."""
        return capital(in_words(self.book.types[event.type].means, self.speech) or event.type)

    def amount(self, points: Amount, purse: str) -> str:
        """Points with the name of their purse."""
        number = self.speech.number(points).replace("-", "\N{MINUS SIGN}")
        return f"{number} {self.speech.purse(purse, points)}"

    def unit(self, name: str) -> str:
        """The name of a unit in the culture report."""
        return unit_name(name, self.speech)

    def shade(self, cell: int | None, row: Sequence[int | None]) -> int:
        """How dark a cell of a matrix is, from 0 to 9, by its share of the row."""
        return round(9 * (cell or 0) / (sum(each or 0 for each in row) or 1))

    def static(self, name: str) -> str:
        """The address of a static file, which contains a hash of its content."""
        return f"{_quoted(self.root)}/static/{mark_of(name)}/{name}"


@cache
def static_file(name: str) -> bytes:
    """The content of a static file."""
    return files("wiifm.web").joinpath("static", name).read_bytes()


@cache
def mark_of(name: str) -> str:
    """A hash of the content of a static file, for its address."""
    return hashlib.sha256(static_file(name)).hexdigest()[:12]


@pass_context
def _day(context: Context, moment: datetime) -> str:
    """The date of a moment in words, in the book's zone."""
    frame: Frame = context["frame"]
    return frame.speech.day(moment.astimezone(zone_named(frame.book.zone)).date())


@pass_context
def _moment(context: Context, moment: datetime) -> str:
    """The last day before a moment if it is midnight in the book's zone, or else the moment in that zone."""
    frame: Frame = context["frame"]
    return ended(moment.astimezone(zone_named(frame.book.zone)), frame.speech)


@pass_context
def _number(context: Context, found: Any) -> str:
    """A number in the language's form, with a proper minus sign."""
    return _speech(context).number(found).replace("-", "\N{MINUS SIGN}")


@pass_context
def _called(context: Context, name: str, kind: Kind) -> str:
    """The title of something in the book."""
    return title(name, _speech(context), kind)


@pass_context
def _in_words(context: Context, text: str) -> str:
    """A sentence of the book, in the language."""
    return in_words(text, _speech(context))


def _speech(context: Context) -> Speech:
    frame: Frame = context["frame"]
    return frame.speech


def _shown(found: Any) -> Any:
    """Filter each text that a template shows against characters that change the direction of text or control a terminal. ``typed`` leaves a form's input alone."""
    return strip_controls(found) if type(found) is str else found


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
        "isolate": isolate,
    }
    return found


def render(template: str, frame: Frame, values: Mapping[str, Any]) -> str:
    """Render a template to a page or fragment; ``values`` are for the template."""
    words = {"frame": frame, "at": frame.at, "s": frame.speech, "many": frame.speech.many}
    return _environment().get_template(template).render(**words, **values)
