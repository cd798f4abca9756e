"""Makes the culture report of an engine, in memory or over a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby

from wiifm import arguments
from wiifm.activities import order_of
from wiifm.collector import young_generation_only
from wiifm.culture.badges import Awarded
from wiifm.culture.days import begins, days_of, ends
from wiifm.culture.deeds import EngineObjects, Scene
from wiifm.culture.nouns import Asked, Culture
from wiifm.culture.packing import unpacked, who_was_there
from wiifm.culture.parameters import check, fewest_of
from wiifm.culture.report import DayReader, build_report
from wiifm.culture.rewards import add_paid
from wiifm.culture.stored_days import StoredDays, stored_days_of
from wiifm.memory import Memory
from wiifm.rulebook.book import default_purse
from wiifm.statement.reach import MINUTES


def culture_of(
    memory: Memory,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    asking: Asked,
) -> Culture:
    """The report over a period. Without ``until`` it goes up to and includes ``now``, after which nothing happened.

    Over a store it reads tallies of days, and events only of the days that changed since those were made.
    """
    book = memory.book
    check(book, since, until, asking)
    since, until = (
        arguments.clamp(since),
        arguments.clamp(until) or now + timedelta.resolution,
    )
    purse = asking.get("purse") or default_purse(book)
    scene = Scene(dict(asking.get("units") or {}), dict(asking.get("managers") or {}))
    reader, days = DayReader(scene, purse), stored_days_of(memory)
    with young_generation_only():
        if days is None:
            _read_events(memory, reader, since, until)
        else:
            begun = None if since is None else min(since, until)  # nothing lies after the end
            _read_days(days, reader, begun, until if until <= now else None)
        begin = None if since is None else since.astimezone(UTC).toordinal()
        named = memory.flow.relations.listed(scene.members) if asking.get("named") else ()
        context = reader.context(until, fewest_of(book, asking), begin, frozenset(named))
        minutes = asking.get("minutes")
        assumed = MINUTES if minutes is None else minutes
        awarded = _awarded(memory, since, until)
        return build_report(context, book.id, since, assumed, purse, reader.paid, awarded)


def _awarded(memory: Memory, since: datetime | None, until: datetime) -> Awarded:
    """What badges members hold. They are read from the states of holders, and not from days: a late event can change an award of any day."""
    found = Awarded.by(memory.book, since, until)
    if found.tiers:
        for member, awards in memory.flow.histories.awards_of_members():
            found.add(member, awards)
    return found


def _read_events(
    memory: Memory, reader: DayReader, since: datetime | None, until: datetime
) -> None:
    """Read all events of an engine in memory."""
    objects, types, log = EngineObjects(memory.flow.relations), memory.book.types, memory.log
    before = (event for event in log.events.values() if event.occurred_at < until)
    events = sorted(filter(log.is_live, before), key=order_of)
    for inside, rest in groupby(events, key=lambda e: since is None or e.occurred_at >= since):
        for day in days_of(rest, types, objects):
            reader.take(day, inside=inside)
    for page in memory.accounts.of_time(since, until):
        add_paid(reader.purse, page, since, until, reader.paid)


def _read_days(
    days: StoredDays, reader: DayReader, since: datetime | None, until: datetime | None
) -> None:
    """Read the days of a store, and the events of those in which the period begins or ends. ``until`` is None if nothing comes after."""
    for ordinal, texts in days.texts():
        first, last = begins(ordinal), ends(ordinal)
        if until is not None and first >= until:
            return
        if since is not None and last <= since:
            reader.take(who_was_there(ordinal, texts), inside=False)
        elif (since is None or first >= since) and (until is None or last <= until):
            reader.take(unpacked(ordinal, texts), inside=True)
        else:
            edge = first if since is None else max(since, first)
            for part in days.part(first, edge):
                reader.take(part, inside=False)
            for part in days.part(edge, last if until is None else min(until, last)):
                reader.take(part, inside=True)
