"""The way of events through the three folds: in order, or late.

An event that comes in order (later than all that count, not retracted, its object not mentioned before) goes through
relate, gate and reward in the program's loop, ``take``, which appends to each state. Late events, retractions and
events that create an object which others mention go through :meth:`Flow.repair` instead:

1. **Mark.** Find the events that depend on what the batch changes (they are *dirty*), and keep their old activities.
2. **Relate** the dirty events again, and compare their old and new activities.
3. **Gate.** Replace the claims that changed, and give places again from the first change at each key on.
4. **Reward.** Rewind each history that changed to the last snapshot before its first change, and fold it on from there.

Each step carries the *cause* along: the id of the event of the batch because of which something changed. The ledger
names it in the corrections. ``docs/explanation/law.md`` proves that the result is that of a single pass.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSet
from datetime import datetime
from functools import partial

from attrs import Factory, define, field

from wiifm.activities import BEGINNING, Activity, Order, Related, in_order, order_of
from wiifm.events import Event
from wiifm.folds.gate import Claimed, GateKey, Gates
from wiifm.folds.ghosts import Ghosts
from wiifm.folds.kept import kept_now
from wiifm.folds.relate import Relations, members_in
from wiifm.folds.repair import HistoryChange, Repair
from wiifm.folds.replies import down_the_replies
from wiifm.folds.reward import Histories, extend, refold
from wiifm.ledger import Holder
from wiifm.log import Log
from wiifm.program import Program, Take
from wiifm.records import History, Outcomes, last_advance

NOTHING = Outcomes()


def _ghosts(flow: Flow) -> Ghosts | None:
    return Ghosts(flow.program, flow.log) if flow.program.kept else None


@define(eq=False)
class Flow:
    """The three folds over a log, with their states. ``pending`` has the ids of events that wait for their object's creation."""

    program: Program
    log: Log
    out: Outcomes
    relations: Relations = field(
        default=Factory(lambda flow: Relations(flow.program.book), takes_self=True)
    )
    gates: Gates = field(default=Factory(lambda flow: Gates(flow.program), takes_self=True))
    histories: Histories = field(
        default=Factory(lambda flow: Histories(flow.program), takes_self=True)
    )
    ghosts: Ghosts | None = field(default=Factory(_ghosts, takes_self=True))
    pending: MutableSet[str] = field(factory=set)
    latest: Order = BEGINNING
    """The position of the last event folded; a later one may come in order."""
    take: Take = field(init=False)
    _relate: Mapping[str, Callable[[Event], Related]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        program = self.program
        self._relate = program.bind_relate(self.relations)
        self.bind(self.out)

    def bind(self, out: Outcomes) -> None:
        """Write outcomes to ``out`` from now on."""
        self.out = out
        self.take = self.program.bind_take(self.relations, self.histories, self.gates.states, out)

    def receive(self, events: list[Event]) -> tuple[list[Event], list[tuple[Event, str, str]]]:
        """Fold those of some events of the log that come in order.

        Returns the late ones, sorted, which have changed nothing yet; and, of the others, those that credit nobody, each with
        its state ("pending" or "void") and why.
        """
        events = in_order(events)
        latest = max(self.latest, self.ghosts.horizon) if self.ghosts else self.latest
        first = bisect_right(events, latest, key=order_of)
        late, coming = events[:first], events[first:] if first else events
        retracted = self.log.retractions
        if retracted:
            late += [event for event in coming if event.id in retracted]
            coming = [event for event in coming if event.id not in retracted]
        uncredited: list[tuple[Event, str, str]] = []
        self.take(coming, late, uncredited)
        for event, state, _ in uncredited:
            if state == "pending":
                self.pending.add(event.id)
        late.sort(key=order_of)
        self._note_folded(events, late)
        return late, uncredited

    def _note_folded(self, events: list[Event], late: list[Event]) -> None:
        """Note that these events, without the late ones among them, were folded in order."""
        if late:
            late_ids = {event.id for event in late}
            events = [event for event in events if event.id not in late_ids]
        self.relations.receive(events)
        if self.ghosts:
            for event in events:
                self.ghosts.relations.learn(event)
        if events:
            self.latest = order_of(events[-1])

    def now(self) -> datetime | None:
        """The time of the latest event that counts; None before there is one."""
        last = self.log.events.get(self.latest[1])
        if last is None or not self.log.is_live(last):
            last = self.log.latest()
        return last.occurred_at if last is not None else None

    def relate(self, event: Event) -> Related:
        """Who is behind an event, by all facts known now. The event must count."""
        return self._relate[event.type](event)

    def activities(self, event: Event) -> tuple[Activity, ...]:
        """The activities that an event has now; none where it doesn't count."""
        return self.relate(event).activities if self.log.is_live(event) else ()

    def activities_of(self, events: list[Event]) -> list[tuple[Activity, ...]]:
        """The activities that each of some events has now."""
        self.relations.prefetch(events)
        return [self.activities(event) for event in events]

    # ---- repair: mark what depends on a batch ------------------------------------------------------------

    def repair(self, events: Iterable[Event]) -> Iterator[HistoryChange]:
        """Take in events of the log that don't come in order; yield what they change, history by history.

        Exhaust the iterator: each history is folded when its change is asked for.
        """
        events = list(events)
        repair = Repair({event.id for event in events})
        for event in events:
            if self.log.is_retraction(event):
                self._retract(event, repair)
            else:
                self._receive(event, repair)
        self._relate_dirty(repair)
        self._fold_gates(repair)
        return self._fold_histories(repair)

    def _retract(self, event: Event, repair: Repair) -> None:
        """Take in a retraction: its target no longer counts, and neither does what it said."""
        if self.ghosts:
            self.ghosts.horizon = max(self.ghosts.horizon, order_of(event))
        target = self.log.events.get(str(event.retracts))
        if target is None or self.log.is_retraction(target):
            return
        if target.type in self.program.advancing:
            self._undo_advance(target, event, repair)
            return
        repair.ghostly[target.id] = event.id
        if self.log.retractions[target.id][0].id == event.id and target.id not in repair.batch:
            self._make_dirty([target], event.id, repair)
            if self.relations.changes(target):
                self._mark_dependents(target, event.id, repair)
            self.relations.unlearn(target)
        elif self.ghosts:
            self._mark_dependents(target, event.id, repair)

    def _undo_advance(self, target: Event, event: Event, repair: Repair) -> None:
        """Take in the retraction of an event that advances time."""
        first = self.log.retractions[target.id][0].id == event.id
        if first and target.id not in repair.batch:
            self.histories.unlearn(target)
            self._change_all(target, event.id, repair)

    def _change_all(self, event: Event, cause: str, repair: Repair) -> None:
        """Mark the histories of all holders for whom time matters as changed from an event on."""
        for holder in self.histories.holders_in_time():
            repair.change(holder, event, cause)

    def _receive(self, event: Event, repair: Repair) -> None:
        """Take in a late event that is no retraction."""
        if event.type in self.program.advancing:
            if event.id not in self.log.retractions:
                self.histories.learn(event)
                self._change_all(event, event.id, repair)
                self.latest = max(self.latest, order_of(event))
            return
        target = self.relations.acted_on(event)
        repair.before[event.id] = ()
        if event.id in self.log.retractions:
            repair.ghostly[event.id] = event.id
            if self.ghosts:
                self._mark_dependents(event, event.id, repair)
        else:
            repair.dirty[event.id] = event.id
            if self.relations.changes(event):
                self._mark_dependents(event, event.id, repair)
            self.relations.learn(event)
            self.latest = max(self.latest, order_of(event))
        if target is not None:
            self.relations.objects.setdefault(target, None)
        self.relations.receive([event])
        if self.ghosts:
            self.ghosts.relations.learn(event)

    def _make_dirty(self, events: list[Event], cause: str, repair: Repair) -> None:
        """Mark events to be related again, and keep the activities that they had before this batch."""
        events = [event for event in events if event.id not in repair.dirty]
        self.relations.prefetch(events)
        for event in events:
            repair.dirty[event.id] = cause
            if event.id not in repair.before:
                live = self._was_live(event, repair)
                repair.before[event.id] = self.relate(event).activities if live else ()

    def _was_live(self, event: Event, repair: Repair) -> bool:
        """Whether an event counted before this batch."""
        retractions = self.log.retractions.get(event.id)
        return event.id not in repair.batch and (
            retractions is None or retractions[0].id in repair.batch
        )

    def _mark_dependents(self, event: Event, cause: str, repair: Repair) -> None:
        """Mark as dirty the events that depend on what an event says: of a member, only those from the event on."""
        subject = self.relations.subject(event)
        if subject is None:
            return
        if subject[0] == "object":
            self._mark_replies(subject[1], cause, repair)
            return
        history = self.histories.member.get(subject[1])
        if history is not None:
            self._make_dirty(history.since(order_of(event)), cause, repair)

    def _mark_replies(self, name: str, cause: str, repair: Repair) -> None:
        """Mark as dirty the events that depend on an object, on what was created in reply to it, and so on down."""
        everything = self.ghosts.relations if self.ghosts else self.relations
        events, objects = down_the_replies(name, self.relations, everything)
        self._make_dirty(events, cause, repair)
        for each in objects:
            self.relations.forget_inheritance(each)
            everything.forget_inheritance(each)

    # ---- repair: relate ----------------------------------------------------------------------------------

    def _relate_dirty(self, repair: Repair) -> None:
        """Relate the dirty events again, and compare the result with what it was."""
        events = self.log.with_ids(repair.dirty)
        self.relations.prefetch(events)
        if self.ghosts:
            self.ghosts.prefetch(events)
        concerned: dict[Holder, list[Event]] = {}
        for event, (name, cause) in zip(events, repair.dirty.items(), strict=True):
            if self.ghosts and (name in self.ghosts.by_id or self.ghosts.death(event)):
                repair.ghostly.setdefault(name, cause)
            self.pending.discard(name)
            repair.after[name] = ()
            if self.log.is_live(event):
                now = self.relate(event)
                if now.state == "pending":
                    self.pending.add(name)
                repair.after[name] = now.activities
                for holder in self._holders_concerned(now):
                    concerned.setdefault(holder, []).append(event)
            repair.compare(event)
        self._note(concerned, repair)

    def _holders_concerned(self, now: Related) -> list[Holder]:
        """All holders whose histories must hold an event: those it credits, and members whose facts it may read."""
        holders = [a.holder for a in now.activities]
        holders += [self.relations.holder("member", member) for member in members_in(now)]
        return list(dict.fromkeys(holders))

    def _note(self, concerned: Mapping[Holder, list[Event]], repair: Repair) -> None:
        """Put events into the histories that they concern, and note where those ended before."""
        self.histories.prefetch(concerned)
        for holder in concerned:
            repair.ends.setdefault(holder, self.histories.of(holder).end)
        self.histories.add_events(concerned)

    # ---- repair: gate ------------------------------------------------------------------------------------

    def _fold_gates(self, repair: Repair) -> None:
        """Fold the gates at whose keys claims changed; events whose place changed make histories change, too."""
        if not self.program.claims:
            return
        moved: dict[str, str] = {}
        for key, cause in self._replace_claims(repair).items():
            for name in self.gates.settle(key):
                # A place that moved is caused by the nearest claim ahead of it that came or went.
                cause = moved[name] = repair.dirty.setdefault(name, cause)
        events = self.log.with_ids(moved)
        for event, activities in zip(events, self.activities_of(events), strict=True):
            for a in activities:
                repair.change(a.holder, event, moved[event.id])

    def _replace_claims(self, repair: Repair) -> dict[GateKey, str]:
        """Replace the old claims of the dirty events by the new ones; return the keys that changed, each with its cause."""
        keys: dict[GateKey, str] = {}
        removed: list[Claimed] = []
        added: list[Claimed] = []
        for name, cause in repair.dirty.items():
            found = (repair.before[name], repair.after[name])
            old, new = (dict.fromkeys(self.gates.claims(each)) for each in found)
            dropped, put = [c for c in old if c not in new], [c for c in new if c not in old]
            for key, _, _ in (*dropped, *put):
                keys.setdefault(key, cause)
            removed += dropped
            added += put
        self.gates.replace_claims(removed, added)
        return keys

    # ---- repair: reward ----------------------------------------------------------------------------------

    def _fold_histories(self, repair: Repair) -> Iterator[HistoryChange]:
        """Fold the changed histories again, one by one."""
        ghostly = self._place_ghosts(repair)
        holders = repair.holders(ghostly.keys())
        self.histories.prefetch(holders)
        for holder in holders:
            yield self._fold_history(holder, ghostly.get(holder, ""), repair)
        self._move_latest_back()

    def _move_latest_back(self) -> None:
        """If the latest event was retracted, go back to the last one that counts, so that later events come in order again.

        Without this, one event from a wrong clock would make all others late until its time has come. Histories must stay
        sorted, so what is after the new end leaves them. Kept badges need it there as ghosts; with them nothing moves back.
        """
        last = self.log.events.get(self.latest[1])
        if self.ghosts or last is None or self.log.is_live(last):
            return
        last = self.log.latest()
        self.latest = order_of(last) if last else BEGINNING
        self.histories.truncate(self.latest)

    def _fold_history(self, holder: Holder, cause: str, repair: Repair) -> HistoryChange:
        """Fold one history again from its first change on, if its activities changed; return what that changed."""
        history = self.histories.of(holder)
        had = dict(history.awards())
        causes = sorted(repair.causes.get(holder, {}).items())
        place = repair.changed.get(holder)
        events: list[Event] = []
        outcomes = NOTHING
        if place is not None:
            end = max(repair.ends.get(holder, place), last_advance(history.state))
            again = extend if end < place else refold
            events, outcomes = again(self.histories, self.gates, history, place, self.activities_of)
        if self.program.kept:
            everything = partial(self._all_activities, history)
            history.kept = kept_now(self.program.kept, history, had, repair, everything)
        has = history.awards()
        return HistoryChange(
            history=history,
            events=events,
            outcomes=outcomes,
            newly_credited=repair.newly_credited.get(holder, set()),
            gained={key: cell for key, cell in has.items() if key not in had},
            lost={key: cell for key, cell in had.items() if key not in has},
            causes=causes,
            cause=cause or causes[0][1],
        )

    def _all_activities(self, history: History) -> list[Activity]:
        """All activities that a holder has now."""
        found = self.activities_of(history.since(BEGINNING))
        return [a for each in found for a in each if a.holder == history.holder]

    def _place_ghosts(self, repair: Repair) -> dict[Holder, str]:
        """Put the ghosts that changed into the histories that they concern; return these holders, each with the cause."""
        touched: dict[Holder, str] = {}
        if self.ghosts is None:
            return touched
        events = self.log.with_ids(repair.ghostly)
        self.ghosts.prefetch(events)
        concerned: dict[Holder, list[Event]] = {}
        for event, alive in zip(events, self.activities_of(events), strict=True):
            was = repair.before.get(event.id, alive)
            placed = self.ghosts.place(event, was, alive, self.histories)
            for holder in sorted(placed):
                touched.setdefault(holder, repair.ghostly[event.id])
                repair.died.setdefault(holder, {})[event.id] = placed[holder]
            self.latest = max(self.latest, order_of(event))
            for member in members_in(self.ghosts.revive(event)):
                concerned.setdefault(self.relations.holder("member", member), []).append(event)
        self.histories.prefetch(concerned)
        self.histories.add_events(concerned)
        return touched


def refolded(program: Program, log: Log, out: Outcomes) -> Flow:
    """Make the folds anew over a whole log. Their outcomes are dropped, as they are known; later ones go to ``out``."""
    silent = Outcomes()
    flow = Flow(program, log, silent)
    late, _ = flow.receive([*log.events.values()])
    for _ in flow.repair(late):
        pass
    flow.bind(out)
    return flow
