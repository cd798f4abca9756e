"""Finds gaps in the sentences of a rule book: names that have nothing to be filled in with, for one event or other.

The names of a sentence are marked before events are recorded. So what stands for each of them can be read from what an entry says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any

from attrs import evolve, field, frozen

from wiifm.engine import Engine
from wiifm.event_types import EventType
from wiifm.events import ENVELOPE, Event
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import UNITS, names_in

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""The marks around what a name stands for: code points that are no characters, so that no text has them."""

_FILLED = re.compile(f"{_OPEN}(.*?){_CLOSE}", re.DOTALL)
_LEFT_OUT = ":,;-"
"""The marks that are left out, with the spaces around them, at the end of a sentence that was filled in."""

_UNITS = ("unit", *UNITS)


@frozen
class Gap:
    """A sentence with a gap: by which rule, what it says, for which event, and the names that this event has nothing for."""

    rule: str
    says: str
    event: Event = field(repr=False)
    lacking: tuple[str, ...]


def gaps(book: RuleBook, histories: Sequence[Sequence[Event]]) -> Iterator[Gap]:
    """The gaps in what the rules of a book, and its badges that give points, say for some histories.

    The histories are recorded as they are, and again without each optional field and key that a sentence names. If it names the
    unit of somebody, they are recorded again with members who have none.

    >>> from datetime import UTC, datetime
    >>> book = RuleBook.parse('''
    ... [book]
    ... id = "b"
    ... [[rule]]
    ... id = "asked"
    ... on = "question.asked"
    ... points = 1
    ... say = "You asked in {community} today"
    ... ''')
    >>> asked = Event(id="q", type="question.asked", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="ann", object="q", community="c")
    >>> next(gaps(book, [[asked]]))
    Gap(rule='asked', says='You asked in  today', lacking=('community',))
    """
    sentences = _sentences(book)
    marked = _marked(book)
    for history in histories:
        varied = dict[tuple[str, str], list[Event]]()
        for rule, event, said in _said(marked, history, sentences):
            yield from _gap(rule, event, sentences[rule], said)
            known = {each for of, each in varied if of == rule}
            for name in sorted(names_in(sentences[rule]) - known):
                if name in _UNITS:
                    varied[rule, name] = _without_unit(history, event, name, book)
                elif without := _without(event, name, book.types[event.type]):
                    varied[rule, name] = [
                        without if each.id == event.id else each for each in history
                    ]
        for changed in varied.values():
            for rule, event, said in _said(marked, changed, sentences):
                yield from _gap(rule, event, sentences[rule], said)


def _sentences(book: RuleBook) -> dict[str, str]:
    """The sentences that have names in them, by the rule that their entries are booked by."""
    rules = {rule.id: rule.say for rule in book.rules.values()}
    badges = {f"badge:{badge.id}": badge.say for badge in book.badges.values()}
    return {rule: say for rule, say in {**rules, **badges}.items() if names_in(say)}


def _marked(book: RuleBook) -> RuleBook:
    """A book with marks around the names in all sentences."""
    return evolve(
        book,
        rules={id: evolve(each, say=_with_marks(each.say)) for id, each in book.rules.items()},
        badges={id: evolve(each, say=_with_marks(each.say)) for id, each in book.badges.items()},
    )


def _with_marks(say: str) -> str:
    """A sentence with marks around its names.

    >>> ascii(_with_marks("{{a}} {b}"))
    "'{{a}} \\\\ufdd0{b}\\\\ufdd1'"
    """
    parts = []
    for text, name, _, _ in Formatter().parse(say):
        parts.append(text.replace("{", "{{").replace("}", "}}"))
        if name is not None:
            parts.append(f"{_OPEN}{{{name}}}{_CLOSE}")
    return "".join(parts)


def _said(
    marked: RuleBook, history: Sequence[Event], sentences: dict[str, str]
) -> list[tuple[str, Event, str]]:
    """By which rule, for which event, and what a marked book says, where its sentence has names."""
    events = {event.id: event for event in history}
    engine = Engine(marked)
    engine.record_many(history)
    found = [(each.rule, events[each.event], each.say) for each in engine.ledger()]
    return [each for each in found if each[0] in sentences]


def _without(event: Event, name: str, kind: EventType) -> Event | None:
    """An event without a field or key that it has; None if it has none of this name, or isn't valid without it."""
    if name in event.data:
        less = evolve(event, data={key: each for key, each in event.data.items() if key != name})
    elif name in ENVELOPE and getattr(event, name):
        nothing: dict[str, Any] = {name: () if ENVELOPE[name] == "texts" else None}
        less = evolve(event, **nothing)
    else:
        return None
    return None if any(True for _ in kind.faults(less)) else less


def _without_unit(history: Sequence[Event], event: Event, name: str, book: RuleBook) -> list[Event]:
    """A history in which nobody has a unit whom ``name`` may mean in a sentence about an event."""

    def is_meant(member: str | None) -> bool:
        return name == "unit" or (member == event.actor) is (name == "actor_unit")

    return [
        evolve(each, data={**each.data, "unit": ""})
        if "unit" in each.data and book.types[each.type].profiles and is_meant(each.actor)
        else each
        for each in history
    ]


def _gap(rule: str, event: Event, template: str, said: str) -> Iterator[Gap]:
    """The gap in what was said for an event, if there is one. A field that is there, but empty, makes none."""
    lacking = tuple(
        name
        for name in dict.fromkeys(_empty(template, _FILLED.findall(said)))
        if name not in event.data and not (name in ENVELOPE and getattr(event, name))
    )
    if lacking:
        says = said.replace(_OPEN, "").replace(_CLOSE, "").rstrip(f" {_LEFT_OUT}")
        yield Gap(rule, says, event, lacking)


def _empty(template: str, values: Sequence[str]) -> Iterator[str]:
    """The names of a sentence that are filled in with nothing, except behind a mark at the end, where both are left out.

    >>> list(_empty("{actor} thanked you: {text}", ["ann", ""])), list(_empty("You talked ({text})", [""]))
    ([], ['text'])
    """
    so_far, filled = "", list(values)
    whole = "".join(_pieces(template, filled)).rstrip(f" {_LEFT_OUT}")
    for text, name, _, _ in Formatter().parse(template):
        so_far += text
        if name is None:
            continue
        value = filled.pop(0)
        at_the_end = len(so_far) > len(whole) > 0 and so_far.rstrip().endswith((*_LEFT_OUT,))
        if not value.strip() and not at_the_end:
            yield name
        so_far += value


def _pieces(template: str, values: Sequence[str]) -> Iterator[str]:
    """The pieces of a sentence, each name replaced by its value."""
    left = iter(values)
    for text, name, _, _ in Formatter().parse(template):
        yield text
        if name is not None:
            yield next(left)
