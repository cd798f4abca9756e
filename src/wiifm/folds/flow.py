"""The way of a batch through the three folds: relate all, gate all, reward all.

What a batch changes is found by who depends on what: new events, events whose object or member
changed, claims behind a changed one, and the histories of all whom these credit. Nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from wiifm.activities import Activity, Related
from wiifm.events import Event
from wiifm.folds.gate import GateKey, Gates
from wiifm.folds.relate import Relations, Subject, activities, order_of, relate, subjects
from wiifm.folds.reward import Change, History, Place, kept_awards
from wiifm.ledger import Holder
from wiifm.log import Log
from wiifm.program import Program
from wiifm.program.measures import Cells


@define
class Turn:
    """What a batch changed in one history: the changes, each with the event that brought it about.

    ``given`` and ``gone`` are the cells of awards that came and went, by their keys.
    """

    history: History
    changes: list[tuple[Change, str]]
    given: Cells
    gone: Cells
    cause: str

    def cause_of(self, event: str) -> str:
        """The event of the batch that brought about what became of an event's activity."""
        return next(
            (why for each, why in self.changes if each.activity.event.id == event), self.cause
        )


@define(eq=False)
class Flow:
    """The state of the three folds over a log."""

    program: Program
    log: Log
    relations: Relations = field(init=False)
    gates: Gates = field(init=False)
    related: dict[str, Related] = field(factory=dict)
    activities: dict[str, tuple[Activity, ...]] = field(factory=dict)
    dependents: dict[Subject, list[str]] = field(factory=dict)
    histories: dict[Holder, History] = field(factory=dict)
    pending: set[str] = field(factory=set)
    ghostly: dict[str, tuple[Activity, ...]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.relations = Relations(self.program)
        self.gates = Gates(self.program)

    def take(self, batch: Iterable[Event]) -> list[Turn]:
        """Take in a batch of new events; answers what it changed, holder by holder."""
        dirty: dict[str, str] = {}
        ghosts: dict[str, str] = {}
        for event in batch:
            late = self.log.latest is not None and order_of(event) < self.log.latest
            self.log.append(event)
            self._receive(event, late, dirty, ghosts)
        replaced = self._relate(dirty, ghosts)
        replaced = self._gate(replaced, dirty)
        return list(self._reward(replaced, dirty, ghosts))

    # ---- what a batch touches --------------------------------------------------------------------------

    def _receive(
        self, event: Event, late: bool, dirty: dict[str, str], ghosts: dict[str, str]
    ) -> None:
        """Note which events a new one makes dirty: itself, or what it retracts, and who depends on it."""
        if self.log.is_retraction(event):
            target = self.log.events.get(str(event.retracts))
            if target is None or self.log.is_retraction(target):
                return
            ghosts[target.id] = event.id
            if len(self.log.retractions[target.id]) == 1:
                dirty[target.id] = event.id
                self._mark(self.relations.unlearn(target), target, event.id, dirty)
        elif event.id in self.log.retractions:
            ghosts[event.id] = event.id
        else:
            dirty[event.id] = event.id
            subject = self.relations.learn(event)
            if late or (subject and subject[0] == "object"):
                self._mark(subject, event, event.id, dirty)

    def _mark(
        self, subject: Subject | None, event: Event, cause: str, dirty: dict[str, str]
    ) -> None:
        """Make dirty who depends on a subject; on a member only from the event on that changed them."""
        if subject is None:
            return
        changed = order_of(event)
        for name in self.dependents.get(subject, ()):
            if subject[0] == "object" or order_of(self.log.events[name]) >= changed:
                dirty.setdefault(name, cause)

    # ---- relate ----------------------------------------------------------------------------------------

    def _relate(
        self, dirty: dict[str, str], ghosts: dict[str, str]
    ) -> dict[str, tuple[Activity, ...]]:
        """Relate the dirty events anew; answers the activities of those that changed."""
        found: dict[str, tuple[Activity, ...]] = {}
        for name, cause in dirty.items():
            event = self.log.events[name]
            before = self.related.get(name)
            if not self.log.is_live(event):
                self.related.pop(name, None)
                self.pending.discard(name)
                ghosts.setdefault(name, cause)
                found[name] = ()
                continue
            now = relate(self.relations, event)
            self._depend(now, before)
            self.related[name] = now
            (self.pending.add if now.state == "pending" else self.pending.discard)(name)
            found[name] = activities(self.relations, now)
        return found

    def _depend(self, now: Related, before: Related | None) -> None:
        """Note on what an event depends, so that it is found when that changes."""
        known = set(subjects(self.relations, before)) if before else set()
        for subject in subjects(self.relations, now):
            if subject not in known:
                self.dependents.setdefault(subject, []).append(now.event.id)

    # ---- gate ------------------------------------------------------------------------------------------

    def _gate(
        self, replaced: dict[str, tuple[Activity, ...]], dirty: dict[str, str]
    ) -> dict[str, tuple[Activity, ...]]:
        """Claim and settle; activities get the places of their claims, and moved ones become dirty too."""
        if not self.program.gated:
            return replaced
        keys: dict[GateKey, str] = {}
        for name, found in replaced.items():
            if self.log.events[name].type in self.program.gated:
                for key in self.gates.change(name, found):
                    keys.setdefault(key, dirty[name])
        for key, cause in keys.items():
            for name in self.gates.settle([key]):
                dirty.setdefault(name, cause)
                replaced.setdefault(name, self.activities.get(name, ()))
        return {name: self._placed(name, found) for name, found in replaced.items()}

    def _placed(self, name: str, found: tuple[Activity, ...]) -> tuple[Activity, ...]:
        if self.log.events[name].type not in self.program.gated:
            return found
        places = self.gates.places_of(name)
        return tuple(evolve(a, places=places) for a in found)

    # ---- reward ----------------------------------------------------------------------------------------

    def _reward(
        self,
        replaced: dict[str, tuple[Activity, ...]],
        dirty: dict[str, str],
        ghosts: dict[str, str],
    ) -> Iterator[Turn]:
        """Fold the histories whose activities changed."""
        changed: dict[Holder, dict[Place, Activity | None]] = {}
        for name, now in replaced.items():
            before = self.activities.get(name, ())
            if before == now:
                continue
            for a in before:
                changed.setdefault(a.holder, {})[a.order] = None
            for a in now:
                changed.setdefault(a.holder, {})[a.order] = a
            if now:
                self.activities[name] = now
            else:
                self.activities.pop(name, None)
        haunted = self._haunt(ghosts) if self.program.keeps else {}
        for holder in dict.fromkeys([*changed, *haunted]):
            history = self.histories.get(holder)
            if history is None:
                history = self.histories[holder] = History(holder, self.program)
            cause = haunted.get(holder, "")
            yield self._turn(history, changed.get(holder, {}), dirty, cause)

    def _turn(
        self,
        history: History,
        changed: dict[Place, Activity | None],
        dirty: dict[str, str],
        cause: str,
    ) -> Turn:
        """Fold one history, and find out what came of it."""
        late = not history.items or not changed or min(changed) <= history.items[-1].order
        before = history.awards() if late or history.ghosts else {}
        changes = history.change(changed) if changed else []
        if changed:
            cause = cause or dirty[min(changed)[1]]
        if not before and not history.ghosts and not late:
            given = {key: history.cells[key] for c in changes if c.after for key in c.after.awarded}
            gone: Cells = {}
        else:
            ghosts = list(history.ghosts.values())
            history.kept = kept_awards(self.program, history.items, ghosts)
            after = history.awards()
            given = {key: cell for key, cell in after.items() if key not in before}
            gone = {key: cell for key, cell in before.items() if key not in after}
        causes = [
            (c, dirty[c.activity.order[1]] if c.activity.order in changed else cause)
            for c in changes
        ]
        return Turn(history, causes, given, gone, cause)

    def _haunt(self, ghosts: dict[str, str]) -> dict[Holder, str]:
        """Give retracted events to the histories of those they would have credited, for kept badges."""
        touched: dict[Holder, str] = {}
        for name, cause in ghosts.items():
            event = self.log.events[name]
            death = self.log.death(event)
            assert death is not None, "a ghost was retracted"
            for a in self.ghostly.pop(name, ()):
                self.histories[a.holder].ghosts.pop(a.order, None)
                touched[a.holder] = cause
            self.ghostly[name] = self._as_if_alive(event)
            for a in self.ghostly[name]:
                if a.holder not in self.histories:
                    self.histories[a.holder] = History(a.holder, self.program)
                self.histories[a.holder].ghosts[a.order] = (a, death)
                touched[a.holder] = cause
        return touched

    def _as_if_alive(self, event: Event) -> tuple[Activity, ...]:
        """The activities of a retracted event, as if it alone still lived."""
        self.relations.learn(event)
        related = relate(self.relations, event)
        found = activities(self.relations, related)
        self._depend(related, None)
        self.relations.unlearn(event)
        return found
