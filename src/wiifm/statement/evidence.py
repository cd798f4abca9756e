"""Finds the events of the period behind what a statement says about growth and about the next awards.

The figures themselves are read from the state that awards badges. This module only finds the events that contributed to them: those of
the types and in the role that a badge's criteria name, and those that filled a purse. For a criterion with a condition (``where``, ``of``) it
returns no events rather than too many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wiifm.activities import order_of
from wiifm.badges import Badge
from wiifm.criteria import Criterion
from wiifm.events import Event
from wiifm.ledger import Standing
from wiifm.rulebook.book import all_badges
from wiifm.statement.earned import Net
from wiifm.statement.nouns import Events
from wiifm.statement.outlook import Growth, Step
from wiifm.statement.past import Past


def growth_evidence(
    past: Past, found: list[Net], standing: Standing, growth: Growth, nearest: Iterable[Step]
) -> Iterator[tuple[str, Events]]:
    """Yield the name of each line about growth and the next awards, with the events behind it."""
    book, badges, filled = past.book, all_badges(past.book), _filled(found)
    for ladder, level in growth.levels.items():
        events = _level_award(standing, f"{ladder}/{level}") or filled.get(
            book.ladders[ladder].purse, ()
        )
        yield f"growth.levels.{ladder}", events
    for streak in growth.streaks:
        yield f"growth.streaks.{streak.badge}", _towards(past, found, book.badges.get(streak.badge))
    for kept in growth.kept:
        yield kept.line, _towards(past, found, badges.get(kept.badge))
    if growth.compared:
        for purse in growth.compared.points:
            yield f"growth.compared.{purse}", filled.get(purse, ())
    for step in nearest:
        badge = badges.get(step.badge)
        if badge is None and step.ladder is not None:  # it takes points
            yield step.line, filled.get(book.ladders[step.ladder].purse, ())
        else:
            yield step.line, _towards(past, found, badge, step.key)


def _level_award(standing: Standing, name: str) -> Events:
    """The event by which a level was reached, if it isn't reached by points."""
    return tuple(each.event for each in standing.badges if each.badge == name)


def _filled(found: Iterable[Net]) -> dict[str, Events]:
    """The events that filled each purse."""
    events: dict[str, dict[str, None]] = {}
    for net in found:
        if net.amount > 0:
            line = net.context.line
            events.setdefault(line.purse, {})[line.event.id] = None
    return {purse: tuple(each) for purse, each in events.items()}


def _towards(past: Past, found: list[Net], badge: Badge | None, key: str | None = None) -> Events:
    """The events that count towards a badge; with ``key``, only those about this object, topic or person."""
    events: dict[str, None] = {}
    for criterion in badge.asks if badge else ():
        events |= dict.fromkeys(_counting(past, found, criterion, key))
    return tuple(events)


def _counting(past: Past, found: list[Net], criterion: Criterion, key: str | None) -> Iterator[str]:
    """The events that count for a criterion, and for a key if one is given."""
    inner = criterion.each or criterion
    if criterion.where or inner.where or criterion.of or inner.of:
        return
    if inner.measure == "earned":
        for net in found if key is None and not criterion.paired else ():
            line = net.context.line
            if line.purse == inner.purse and (not inner.rules or line.rule in inner.rules):
                yield line.event.id
        return
    types = criterion.on or inner.on
    for event in past.in_period(_asked_for(past, criterion)):
        if event.type in types and (key is None or _is_about(past, criterion, event, key)):
            yield event.id


def _asked_for(past: Past, criterion: Criterion) -> list[Event]:
    """The events in the role that a criterion names; for one about pairs, those in either role."""
    if criterion.paired:
        both = {event.id: event for event in (*past.mine, *past.received)}.values()
        return sorted((e for e in both if e.actor != past.relations.recipient(e)), key=order_of)
    return {"actor": past.mine, "recipient": past.received}.get(criterion.to, [])


def _is_about(past: Past, criterion: Criterion, event: Event, key: str) -> bool:
    """Whether an event counts for a key of a criterion."""
    if criterion.per == "object":
        return key in (past.relations.acted_on(event), event.object)
    if criterion.per == "topic":
        return key in past.topics(event)
    if criterion.per == "pair":
        return key in (event.actor, past.relations.recipient(event))
    if criterion.per == "person":
        other = event.actor if criterion.to == "recipient" else past.relations.recipient(event)
        return key == other
    return False
