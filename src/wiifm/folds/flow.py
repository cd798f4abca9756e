"""The way of a batch through the three folds: relate all, gate all, reward all.

What a batch changes is found by who depends on what: new events, events whose object or member
changed, claims behind a changed one, and the histories of all whom these credit. Nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from attrs import define, evolve, field

from wiifm.activities import Activity, Related
from wiifm.events import Event
from wiifm.folds.gate import GateKey, Gates
from wiifm.folds.ghosts import Ghosts, kept_awards
from wiifm.folds.relate import Relations, Subject, activities, order_of, relate, subjects
from wiifm.folds.reward import Change, History, Place
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
    further: dict[Subject, set[str]] = field(factory=dict)
    histories: dict[Holder, History] = field(factory=dict)
    pending: set[str] = field(factory=set)
    ghosts: Ghosts = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.relations = Relations(self.program)
        self.gates = Gates(self.program)
        self.ghosts = Ghosts(self.program, self.log)

    def take(self, batch: Iterable[Event]) -> list[Turn]:
        """Take in a batch of new events; answers what it changed, holder by holder."""
        dirty: dict[str, str] = {}
        haunted: dict[str, str] = {}
        for event in batch:
            late = self.log.latest is not None and order_of(event) < self.log.latest
            self.log.append(event)
            self._receive(event, late, dirty, haunted)
        replaced = self._relate(dirty, haunted)
        replaced = self._gate(replaced, dirty)
        return list(self._reward(replaced, dirty, haunted))

    # ---- what a batch touches --------------------------------------------------------------------------

    def _receive(
        self, event: Event, late: bool, dirty: dict[str, str], haunted: dict[str, str]
    ) -> None:
        """Note which events a new one makes dirty: itself, or what it retracts, and who depends on it."""
        if self.log.is_retraction(event):
            target = self.log.events.get(str(event.retracts))
            if target is None or self.log.is_retraction(target):
                return
            haunted[target.id] = event.id
            if len(self.log.retractions[target.id]) == 1:
                dirty[target.id] = event.id
                self._mark(self.relations.unlearn(target), target, event.id, dirty)
            elif self.program.keeps:
                self._mark(self.relations.subject(target), target, event.id, dirty)
            return
        if self.program.keeps:
            self.ghosts.relations.learn(event)
        if event.id in self.log.retractions:
            haunted[event.id] = event.id
            if self.program.keeps:
                self._mark(self.relations.subject(event), event, event.id, dirty)
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
        if subject[0] == "object":
            self._mark_up_the_replies(subject, cause, dirty)
            return
        changed = order_of(event)
        for name in self._dependents_on(subject):
            if order_of(self.log.events[name]) >= changed:
                dirty.setdefault(name, cause)

    def _mark_up_the_replies(self, subject: Subject, cause: str, dirty: dict[str, str]) -> None:
        """Make dirty who depends on an object, on what was created in reply to it, and so on."""
        waiting, seen = [subject], {subject}
        while waiting:
            above = waiting.pop()
            self.relations.forget(above[1])
            self.ghosts.relations.forget(above[1])
            for name in self._dependents_on(above):
                dirty.setdefault(name, cause)
                event = self.log.events[name]
                made = ("object", str(event.object))
                if self.program.book.types[event.type].creates and made not in seen:
                    seen.add(made)
                    waiting.append(made)

    def _dependents_on(self, subject: Subject) -> Iterable[str]:
        further = self.further.get(subject)
        known = self.dependents.get(subject, ())
        return chain(known, sorted(further)) if further else known

    # ---- relate ----------------------------------------------------------------------------------------

    def _relate(
        self, dirty: dict[str, str], haunted: dict[str, str]
    ) -> dict[str, tuple[Activity, ...]]:
        """Relate the dirty events anew; answers the activities of those that changed."""
        found: dict[str, tuple[Activity, ...]] = {}
        for name, cause in dirty.items():
            event = self.log.events[name]
            before = self.related.get(name)
            if self.program.keeps and (name in self.ghosts.found or self.ghosts.death(event)):
                haunted.setdefault(name, cause)
            if not self.log.is_live(event):
                self.related.pop(name, None)
                self.pending.discard(name)
                found[name] = ()
                continue
            now = relate(self.relations, event)
            self.related[name] = now
            (self.pending.add if now.state == "pending" else self.pending.discard)(name)
            found[name] = activities(self.relations, now)
            self._depend(now, found[name], before)
        return found

    def _depend(self, now: Related, found: tuple[Activity, ...], before: Related | None) -> None:
        """Note on what an event depends, so that it is found when that changes.

        Most events are related once, and lists are small. One that is related again may have come to depend
        on more: sets take it in without counting what the lists know already.
        """
        name = now.event.id
        if before is None:
            for subject in subjects(self.relations, now, found):
                self.dependents.setdefault(subject, []).append(name)
        else:
            self._depend_further(name, subjects(self.relations, now, found))

    def _depend_further(self, name: str, found: Iterable[Subject]) -> None:
        for subject in found:
            self.further.setdefault(subject, set()).add(name)

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
        haunted: dict[str, str],
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
        touched = self._haunt(haunted) if self.program.keeps else {}
        for holder in dict.fromkeys([*changed, *touched]):
            history = self.histories.get(holder)
            if history is None:
                history = self.histories[holder] = History(holder, self.program)
            cause = touched.get(holder, "")
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
            history.kept = kept_awards(self.program, history)
            after = history.awards()
            given = {key: cell for key, cell in after.items() if key not in before}
            gone = {key: cell for key, cell in before.items() if key not in after}
        causes = [
            (c, dirty[c.activity.order[1]] if c.activity.order in changed else cause)
            for c in changes
        ]
        return Turn(history, causes, given, gone, cause)

    def _haunt(self, haunted: dict[str, str]) -> dict[Holder, str]:
        """Give died events to the histories that they concern; answers whose, and because of what."""
        touched: dict[Holder, str] = {}
        for name, cause in haunted.items():
            event = self.log.events[name]
            alive = self.activities.get(name, ())
            for holder in sorted(self.ghosts.place(event, alive, self.histories)):
                touched.setdefault(holder, cause)
            self._depend_further(name, self.ghosts.leans_on(event))
        return touched
