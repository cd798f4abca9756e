"""What members did, looked up by the indexes of the log, and by the places that its events mention."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from operator import itemgetter

from attrs import define

from wiifm.archive.codec import bounds_of, micros
from wiifm.archive.log import (
    ACTOR,
    AT,
    EVENT_COLUMNS,
    ID,
    StoredLog,
    event_from_cells,
    trusted_event,
)
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import EVENTS, MENTIONS, RECEIVED
from wiifm.deeds import WANTED, Deeds, Named, Place, Types, mentions
from wiifm.events import Event
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Key, Only, Row, Those

_COMMUNITY, _NAME = EVENTS.place("community"), MENTIONS.place("name")
_order = itemgetter(AT - ID, 0)
_moment = itemgetter(MENTIONS.place("at"))

MAX_PAGE = 128
"""How many rows are read at once, at most, for a caller that may need only a few."""


def mention_rows(book: RuleBook, rows: Iterable[Row], events: Iterable[Event]) -> Iterator[Row]:
    """The rows of ``MENTIONS`` for some events, which are given with their rows in the log."""
    for row, event in zip(rows, events, strict=True):
        if not (event.topics or event.data):  # as most: there is nothing to mention
            continue
        kind = book.types[event.type]
        for place, name in mentions(kind, event):
            yield place, name, event.type, row[AT], row[0]
        for topic in () if kind.creates else dict.fromkeys(event.topics):
            yield "tagged", topic, event.type, row[AT], row[0]


def pages_by_moment(
    last: Callable[[Key | None, int], list[Row]], at: int, until: datetime | None, wanted: int
) -> Iterator[list[Row]]:
    """Pages of rows, the latest first. Rows of one moment are always on one page, since they aren't sorted by event id.

    Each page is sorted as ``last`` sorts it.

    Args:
        last: returns the last rows before a moment (or of all), at most so many, in ascending order.
        at: the place of the moment in a row.
        until: only rows before this moment.
        wanted: how many rows the caller probably consumes.
    """
    before, most = bounds_of(None, until)["before"], min(wanted + 1, MAX_PAGE)
    while len(rows := last(before, most)) == most:
        if done := [row for row in rows if row[at] != rows[0][at]]:
            yield done
            before = (int(rows[0][at]) + 1,)  # type: ignore[arg-type]
        else:
            most *= 2
    yield rows


def _only(of: Types) -> Only | None:
    return None if of is None else ("type", of)


@define(eq=False, kw_only=True)
class StoredDeeds(Deeds):
    """The events of a stored log by member, by recipient, by object and by place."""

    log: StoredLog
    scope: TransactionScope

    def by(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        of: Types = None,
    ) -> list[Event]:
        """What a member did in a time span, in order; ``of`` limits it to some event types."""
        bounds, only = bounds_of(since, until), _only(of)
        return self._live(
            self.scope.open.sift(
                EVENTS, (member,), index="actor", **bounds, only=only, columns=EVENT_COLUMNS
            )
        )

    def toward(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        of: Types = None,
    ) -> list[Event]:
        """What others did in a time span that may be for a member, in order."""
        bounds, only = bounds_of(since, until), _only(of)
        by_key = Those(table=RECEIVED, column="no", within=(member,), **bounds, only=only)
        return self._live(self.scope.open.follow(by_key, EVENTS, columns=EVENT_COLUMNS))

    def lately_by(
        self, member: str, until: datetime | None, of: Types = None, wanted: int = WANTED
    ) -> Iterator[Event]:
        """What a member did before a moment, the latest first. About ``wanted`` are expected to be consumed."""
        sift, prefix, only = self.scope.open.sift, (member,), _only(of)

        def last(before: Key | None, most: int) -> list[Row]:
            return sift(
                EVENTS, prefix, "actor", before=before, only=only, columns=EVENT_COLUMNS, last=most
            )

        for page in pages_by_moment(last, EVENT_COLUMNS.index("at"), until, wanted):
            yield from reversed(self._live(page))

    def lately_toward(
        self, member: str, until: datetime | None, of: Types = None, wanted: int = WANTED
    ) -> Iterator[Event]:
        """What others did before a moment that may be for a member, the latest first. About ``wanted`` are expected to be consumed."""
        reading, prefix, only, columns = self.scope.open, (member,), _only(of), ("at", "no")

        def last(before: Key | None, most: int) -> list[Row]:
            return reading.sift(
                RECEIVED, prefix, before=before, only=only, columns=columns, last=most
            )

        for page in pages_by_moment(last, 0, until, wanted):
            numbers = [row[1:] for row in page]
            yield from reversed(self._live(reading.pick(EVENTS, numbers, columns=EVENT_COLUMNS)))

    def about(self, objects: Collection[str], of: Types = None) -> dict[str, list[Event]]:
        """What happened to some objects, in order; ``of`` limits it to some event types."""
        keys, columns = [(name,) for name in objects], (*EVENT_COLUMNS, "about")
        rows = self.scope.open.pick(EVENTS, keys, "about", only=_only(of), columns=columns)
        places = {row[0]: str(row[-1]) for row in rows}
        found: dict[str, list[Event]] = {name: [] for name in objects}
        for event in self._live([row[:-1] for row in rows]):
            found[places[event.id]].append(event)
        return found

    def first_by(self, member: str) -> Event | None:
        """The first event of a member that counts."""
        for row in self.scope.open.scan(EVENTS, (member,), index="actor"):
            event = trusted_event(row)
            if self.log.is_live(event):
                return event
        return None

    def did_before(self, members: Iterable[str], moment: datetime) -> set[str]:
        """Those of some members who did something before a moment. Mostly their last event before it shows that."""
        keys, before = [(name,) for name in members], (micros(moment),)
        rows = self.scope.open.last_of(
            EVENTS, keys, "actor", before=before, most=1, columns=EVENT_COLUMNS
        )
        found = {str(event.actor) for event in self._live(rows)}
        taken_back = {str(row[ACTOR - ID]) for row in rows} - found
        return found | super().did_before(taken_back, moment)

    def lately(
        self,
        place: Place,
        names: Iterable[str],
        types: Mapping[str, int],
        until: datetime | None = None,
    ) -> list[Event]:
        """The latest events of some types at some places before a moment, in order: for each place and type at most ``types[type]``."""
        keys: dict[Key, int] = {
            (place, name, kind): most for name in names for kind, most in types.items()
        }
        by_key = self._latest_numbers(keys, until)
        numbers = {no for each in by_key.values() for no in each}
        columns = ("no", *EVENT_COLUMNS)
        rows = {
            row[0]: row[1:]
            for row in self.scope.open.pick(EVENTS, [(no,) for no in numbers], columns=columns)
        }
        found: dict[Cell, Row] = {}
        for key, each in by_key.items():
            mentions = [rows[no] for no in each]
            if len(mentions) > keys[key]:
                mentions = sorted(mentions, key=_order)[-keys[key] :]
            found |= {row[0]: row for row in mentions}
        return self._live(found.values())

    def _latest_numbers(
        self, keys: Mapping[Key, int], until: datetime | None
    ) -> dict[Key, list[Cell]]:
        """For each place and type, the numbers of the latest events, as many as wanted, and of all others at the moment of the earliest of these."""
        found: dict[Key, list[Row]] = {key: [] for key in keys}
        for most in {*keys.values()}:
            those = [key for key, wanted in keys.items() if wanted == most < MAX_PAGE]
            rows = self.scope.open.last_of(
                MENTIONS, those, before=bounds_of(None, until)["before"], most=most + 1
            )
            for row in sorted(rows, key=_moment, reverse=True):
                found[row[:3]].append(row)
        for key, most in keys.items():
            mentions = found[key]
            if most >= MAX_PAGE or (
                len(mentions) > most and _moment(mentions[-1]) == _moment(mentions[-2])
            ):
                mentions = self._scan_by_moment(key, most, until)
            if len(mentions) > most:
                first = _moment(mentions[most - 1])
                mentions = [row for row in mentions if _moment(row) >= first]
            found[key] = mentions
        return {key: [row[-1] for row in rows] for key, rows in found.items()}

    def names_of(self, kind: Named) -> set[str]:
        """The names of all communities, units or topics that any event names, a retracted one included."""
        scan = self.scope.open.scan
        if kind == "community":
            communities = (row[_COMMUNITY] for row in scan(EVENTS))
            return {str(name) for name in communities if name is not None}
        places = ("topic", "tagged") if kind == "topic" else (kind,)
        return {str(row[_NAME]) for place in places for row in scan(MENTIONS, (place,))}

    def _scan_by_moment(self, key: Key, most: int, until: datetime | None) -> list[Row]:
        """The mentions of the latest events of a type at a place, the latest first: at least ``most``, in whole moments."""
        reading = self.scope.open

        def last(before: Key | None, most: int) -> list[Row]:
            return reading.sift(MENTIONS, key, before=before, last=most)

        if most >= MAX_PAGE:
            return reading.sift(MENTIONS, key, **bounds_of(None, until))[::-1]
        found: list[Row] = []
        for page in pages_by_moment(last, MENTIONS.place("at"), until, most):
            found += reversed(page)
            if len(found) >= most:
                break
        return found

    def _live(self, rows: Iterable[Row]) -> list[Event]:
        """The events, from rows of ``EVENT_COLUMNS``, that count, in order. Cached events aren't read from their cells again."""
        known, cached = self.log.events, dict.get
        found = [cached(known, row[0]) or event_from_cells(row) for row in sorted(rows, key=_order)]  # type: ignore[misc]
        events = {event.id: event for event in found}
        known.hold(events, events)
        retractions = self.log.retractions
        if not retractions.enabled:
            return found
        is_cached, types = dict.__contains__, self.log.book.types
        retractions.recall(event.id for event in found)
        return [e for e in found if not (is_cached(retractions, e.id) or types[e.type].retracts)]
