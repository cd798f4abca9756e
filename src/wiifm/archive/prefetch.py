"""Recalls what a batch is about to touch, in sets, before it is folded.

Nothing depends on it for correctness: what wasn't foreseen is recalled when it is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from wiifm.activities import Related
from wiifm.archive.cells import recall_cells
from wiifm.archive.gates import StoredGates
from wiifm.archive.holders import StoredHistories
from wiifm.archive.log import StoredLog
from wiifm.archive.relations import StoredRelations
from wiifm.archive.replies import recall_related
from wiifm.events import Event
from wiifm.program import Program

_NOTHING: Mapping[str, frozenset[str]] = {}
_MAX_DEPTH = 4
"""How far the topics of replies are followed. Most are no deeper: an answer to a comment on an answer to a question."""


def prefetch(
    events: Iterable[Event],
    log: StoredLog,
    relations: StoredRelations,
    histories: StoredHistories,
    gates: StoredGates,
    relate: Callable[[Event], Related],
) -> None:
    """Recall, for some events: recorded ones with the same ids, the objects that they depend on, whom they may concern, and the gates that they
    may pass.
    """
    valid = [event for event in events if type(event) is Event]
    relations.enable_lookups_for(valid)
    log.recall(valid)
    valid += [log.events[e.retracts] for e in valid if e.retracts and e.retracts in log.events]
    creators, members = recall_related(valid, relations)
    histories.member.recall(members)
    communities = {each.community for each in (*valid, *creators) if each.community is not None}
    histories.community.recall(communities)
    _prefetch_cells(valid, creators, relations, histories)
    units = {unit for name in members for _, unit in relations.units.get(name) or ()}
    histories.unit.recall(units)
    gate_keys: dict[str, list[tuple[Hashable, ...]]] = {}
    gated, accepts = gates.program.gated, gates.program.accepts
    for event in valid:
        if event.type in gated and accepts[event.type](event) and _fresh(event, log, relations):
            for (gate, key), _, _ in gates.claims(relate(event).activities):
                gate_keys.setdefault(gate, []).append(key)
    for gate, keys in gate_keys.items():
        gates.states[gate].recall(keys)


def _fresh(event: Event, log: StoredLog, relations: StoredRelations) -> bool:
    """Whether an event is new, and nobody has asked for its object before."""
    if event.id in log.events:
        return False
    return not (log.book.types[event.type].creates and event.object in relations.objects)


def _prefetch_cells(
    events: list[Event],
    creators: list[Event],
    relations: StoredRelations,
    histories: StoredHistories,
) -> None:
    """Recall what members have counted by the objects, persons and the like of some events, if anything is counted so."""
    found: list[Any] = []
    wanted = (
        _wanted_parts(events, creators, relations, histories.program)
        if histories.program.tabled
        else {}
    )
    for name, about in wanted.items():
        history = None if name is None else histories.member.get(name)
        if history is not None:
            found.append((history, about - {None}))
    recall_cells(histories.scope.open, found)


def _wanted_parts(
    events: list[Event], creators: list[Event], relations: StoredRelations, program: Program
) -> dict[str | None, set[str | None]]:
    """By member, the parts of their tables that some events may need."""
    types = relations.book.types
    creations = {e.object: e for e in reversed(events) if e.type in types and types[e.type].creates}
    creations |= {creator.object: creator for creator in creators}
    wanted: dict[str | None, set[str | None]] = defaultdict(set)
    for e in events:
        for role, needs in program.tabled.get(e.type, _NOTHING).items():
            target = e.object if e.in_reply_to is None else e.in_reply_to
            creator = creations.get(target)
            other = creator.actor if creator and e.recipient is None else e.recipient
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
                about.update(_topics(e, creations))
    return wanted


def _topics(event: Event | None, creations: Mapping[str | None, Event]) -> tuple[str, ...]:
    """The topics of an event, or of the nearest object above it that has any."""
    for _ in range(_MAX_DEPTH):
        if event is None or event.topics:
            break
        event = creations.get(event.object if event.in_reply_to is None else event.in_reply_to)
    return event.topics if event is not None else ()
