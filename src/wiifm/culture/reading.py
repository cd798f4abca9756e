"""The report on what an engine remembers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Unpack

from wiifm import arguments
from wiifm.activities import order_of
from wiifm.collector import young_generation_only
from wiifm.culture.days import begins, days_of, ends
from wiifm.culture.deeds import Known, Scene
from wiifm.culture.nouns import Asked, Culture
from wiifm.culture.packing import unpacked, who_was_there
from wiifm.culture.parameters import check
from wiifm.culture.report import Reading, told
from wiifm.culture.rewards import paid_in
from wiifm.culture.stored_days import Kept, kept_days
from wiifm.memory import Memory
from wiifm.statement.reach import MINUTES


def culture_of(
    memory: Memory,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    **asking: Unpack[Asked],
) -> Culture:
    """The report over a time, up to and with ``now``, after which nothing was, where it has no end.

    Over a store it reads the days that are kept or were tallied before, and events only of those that changed since.
    """
    book = memory.book
    check(book, since, until, asking)
    since, until = (
        arguments.clamp(since),
        arguments.clamp(until) or now + timedelta.resolution,
    )
    purse = asking.get("purse") or next(iter(sorted(book.purses, key="points".__ne__)), "points")
    scene = Scene(dict(asking.get("units", {})), dict(asking.get("managers", {})))
    reading, kept = Reading(scene, purse), kept_days(memory)
    with young_generation_only():
        if kept is None:
            _read_events(memory, reading, since, until)
        else:
            begun = None if since is None else min(since, until)  # nothing lies behind the end
            _read_days(kept, reading, begun, until if until <= now else None)
        begin = None if since is None else since.astimezone(UTC).toordinal()
        named = memory.flow.relations.listed(scene.members) if asking.get("named") else ()
        context = reading.context(until, asking.get("fewest", book.fewest), begin, frozenset(named))
        return told(context, book.id, since, asking.get("minutes", MINUTES), purse, reading.paid)


def _read_events(memory: Memory, reading: Reading, since: datetime | None, until: datetime) -> None:
    """All that an engine in memory holds."""
    objects, types, log = Known(memory.flow.relations), memory.book.types, memory.log
    before = (event for event in log.events.values() if event.occurred_at < until)
    events = sorted(filter(log.is_live, before), key=order_of)
    for inside, rest in groupby(events, key=lambda e: since is None or e.occurred_at >= since):
        for day in days_of(rest, types, objects):
            reading.take(day, inside=inside)
    for page in memory.accounts.of_time(since, until):
        paid_in(reading.purse, page, since, until, reading.paid)


def _read_days(
    kept: Kept, reading: Reading, since: datetime | None, until: datetime | None
) -> None:
    """The days of a store; of those in which the time begins and ends, the events. It has no end where nothing comes after."""
    for ordinal, texts in kept.texts():
        first, last = begins(ordinal), ends(ordinal)
        if until is not None and first >= until:
            return
        if since is not None and last <= since:
            reading.take(who_was_there(ordinal, texts), inside=False)
        elif (since is None or first >= since) and (until is None or last <= until):
            reading.take(unpacked(ordinal, texts), inside=True)
        else:
            edge = first if since is None else max(since, first)
            for part in kept.part(first, edge):
                reading.take(part, inside=False)
            for part in kept.part(edge, last if until is None else min(until, last)):
                reading.take(part, inside=True)
