"""What a batch is about to touch, recalled in sets before it is folded.

Nothing depends on it: whatever isn't foreseen is looked up when it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from wiifm.activities import Related
from wiifm.archive.cells import recall_cells
from wiifm.archive.holders import StoredGates, StoredHistories
from wiifm.archive.log import StoredLog, StoredRelations
from wiifm.archive.read_through import read_through
from wiifm.archive.replies import behind
from wiifm.events import Event
from wiifm.program import Program

_NOTHING: Mapping[str, frozenset[str]] = {}
_FAR = 4
"""Most replies are no deeper than this: an answer to a comment on an answer to a question."""


def prefetch(
    events: Iterable[Event],
    log: StoredLog,
    relations: StoredRelations,
    histories: StoredHistories,
    gates: StoredGates,
    relate: Callable[[Event], Related],
) -> None:
    """Recall the events of the same ids, the objects that events are about and stand on, whom they may concern, and
    the gates that they may come to.
    """
    sound = [event for event in events if type(event) is Event]
    relations.expect_of(sound)
    log.recall(sound)
    sound += [log.events[e.retracts] for e in sound if e.retracts and e.retracts in log.events]
    makers, members = behind(sound, relations)
    read_through(histories.member).recall(members)
    communities = {each.community for each in (*sound, *makers) if each.community is not None}
    read_through(histories.community).recall(communities)
    _cells(sound, makers, relations, histories)
    units = {unit for name in members for _, unit in relations.units.get(name) or ()}
    read_through(histories.unit).recall(units)
    gate_keys: dict[str, list[tuple[Hashable, ...]]] = {}
    gated, accepts = gates.program.gated, gates.program.accepts
    for event in sound:
        if event.type in gated and accepts[event.type](event) and _fresh(event, log, relations):
            for (gate, key), _, _ in gates.claims(relate(event).activities):
                gate_keys.setdefault(gate, []).append(key)
    for gate, keys in gate_keys.items():
        read_through(gates.states[gate]).recall(keys)


def _fresh(event: Event, log: StoredLog, relations: StoredRelations) -> bool:
    """Whether an event is new, and nobody has asked for its object before it."""
    if event.id in log.events:
        return False
    return not (log.book.types[event.type].creates and event.object in relations.objects)


def _cells(
    events: list[Event],
    makers: list[Event],
    relations: StoredRelations,
    histories: StoredHistories,
) -> None:
    """Recall what members have counted of the objects, persons and the like of events, where anything is counted so."""
    found: list[Any] = []
    wanted = (
        _wanted(events, makers, relations, histories.program) if histories.program.tabled else {}
    )
    for name, about in wanted.items():
        history = None if name is None else histories.member.get(name)
        if history is not None:
            found.append((history, about - {None}))
    recall_cells(histories.scope.open, found)


def _wanted(
    events: list[Event], makers: list[Event], relations: StoredRelations, program: Program
) -> dict[str | None, set[str | None]]:
    """By what the tables of members may be asked, member by member."""
    types = relations.book.types
    made = {e.object: e for e in reversed(events) if e.type in types and types[e.type].creates}
    made |= {maker.object: maker for maker in makers}
    wanted: dict[str | None, set[str | None]] = defaultdict(set)
    for e in events:
        for role, needs in program.tabled.get(e.type, _NOTHING).items():
            target = e.object if e.in_reply_to is None else e.in_reply_to
            maker = made.get(target)
            other = maker.actor if maker and e.recipient is None else e.recipient
            if role == "actor":
                about, person = wanted[e.actor], other
            elif role == "recipient":
                about, person = wanted[other], e.actor
            else:
                continue
            if "target" in needs:
                about.add(target)
            if "person" in needs:
                about.add(person)
            if "community" in needs:
                about.add(e.community)
            if "topics" in needs:
                about.update(_topics(e, made))
    return wanted


def _topics(event: Event | None, made: Mapping[str | None, Event]) -> tuple[str, ...]:
    """The topics of an event, or of the nearest object above it that has any."""
    for _ in range(_FAR):
        if event is None or event.topics:
            break
        event = made.get(event.object if event.in_reply_to is None else event.in_reply_to)
    return event.topics if event is not None else ()
