"""The way of events through the three folds.

An event later than all before it is one call of the program. Whatever comes late, is retracted, or was awaited goes the
other way, ``mend``: what it changes is found by who depends on what (events whose object or member changed, claims
behind a changed one, the histories of all whom these credit), and only that is folded again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSet
from datetime import datetime
from operator import lt

from attrs import Factory, define, field

from wiifm.activities import BEGINNING, Activity, Order, Related, order_of
from wiifm.events import Event
from wiifm.folds.gate import Claimed, GateKey, Gates
from wiifm.folds.ghosts import Ghosts, kept_awards
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
    """The state of the three folds over a log, and how events change it."""

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
    """The end of the latest history; an event behind it comes in order."""
    take: Take = field(init=False)
    _relate: Mapping[str, Callable[[Event], Related]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        program = self.program
        self._relate = program.bind_relate(self.relations)
        self.bind(self.out)

    def bind(self, out: Outcomes) -> None:
        """Have what events come to be put out there from now on."""
        self.out = out
        self.take = self.program.bind_take(self.relations, self.histories, self.gates.states, out)

    def receive(self, events: list[Event]) -> tuple[list[Event], list[tuple[Event, str, str]]]:
        """Fold events of the log, as far as they are later than all that count.

        Answers those that come late, which have changed nothing yet, and of the others those that credit nobody: each with
        its state, and why.
        """
        events = in_order(events)
        behind = max(self.latest, self.ghosts.horizon) if self.ghosts else self.latest
        first = bisect_right(events, behind, key=order_of)
        late, coming = events[:first], events[first:] if first else events
        gone = self.log.retractions
        if gone:
            late += [event for event in coming if event.id in gone]
            coming = [event for event in coming if event.id not in gone]
        told: list[tuple[Event, str, str]] = []
        self.take(coming, late, told)
        for event, state, _ in told:
            if state == "pending":
                self.pending.add(event.id)
        late.sort(key=order_of)
        self._note_folded(events, late)
        return late, told

    def _note_folded(self, events: list[Event], late: list[Event]) -> None:
        """Note that events were folded, in order, but for the late ones among them."""
        if late:
            behind = {event.id for event in late}
            events = [event for event in events if event.id not in behind]
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
        """Who is behind an event that counts, by all that is known now."""
        return self._relate[event.type](event)

    def activities(self, event: Event) -> tuple[Activity, ...]:
        """The activities that an event has now: none where it doesn't count."""
        return self.relate(event).activities if self.log.is_live(event) else ()

    def activities_of(self, events: list[Event]) -> list[tuple[Activity, ...]]:
        """The activities that each of some events has now."""
        self.relations.prefetch(events)
        return [self.activities(event) for event in events]

    # ---- what a repair touches ----------------------------------------------------------------------------

    def repair(self, events: Iterable[Event]) -> Iterator[HistoryChange]:
        """Take in events that are in the log, but not in order; answers what they changed, holder by holder."""
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
        if self.ghosts:
            self.ghosts.horizon = max(self.ghosts.horizon, order_of(event))
        target = self.log.events.get(str(event.retracts))
        if target is None or self.log.is_retraction(target):
            return
        if target.type in self.program.advancing:
            self._undo_advance(target, event, repair)
            return
        repair.ghostly[target.id] = event.id
        if self.log.retractions[target.id][0].id == event.id and target.id not in repair.new:
            self._make_dirty([target], event.id, repair)
            if self.relations.changes(target):
                self._mark_dependents(target, event.id, repair)
            self.relations.unlearn(target)
        elif self.ghosts:
            self._mark_dependents(target, event.id, repair)

    def _undo_advance(self, target: Event, event: Event, repair: Repair) -> None:
        """Have an advance of time not have happened."""
        first = self.log.retractions[target.id][0].id == event.id
        if first and target.id not in repair.new:
            self.histories.unlearn(target)
            self._change_all(target, event.id, repair)

    def _change_all(self, event: Event, cause: str, repair: Repair) -> None:
        """Note that time passes otherwise for everybody from an event on."""
        for holder in self.histories.holders_in_time():
            repair.change(holder, event, cause)

    def _receive(self, event: Event, repair: Repair) -> None:
        if event.type in self.program.advancing:
            if event.id not in self.log.retractions:
                self.histories.learn(event)
                self._change_all(event, event.id, repair)
                self.latest = max(self.latest, order_of(event))
            return
        thing = self.relations.acted_on(event)
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
        if thing is not None:
            self.relations.objects.setdefault(thing, None)
        self.relations.receive([event])
        if self.ghosts:
            self.ghosts.relations.learn(event)

    def _make_dirty(self, events: list[Event], cause: str, repair: Repair) -> None:
        """Have events looked at again, and note what they are before anything changes."""
        events = [event for event in events if event.id not in repair.dirty]
        self.relations.prefetch(events)
        for event in events:
            repair.dirty[event.id] = cause
            if event.id not in repair.before:
                live = self._was_live(event, repair)
                repair.before[event.id] = self.relate(event).activities if live else ()

    def _was_live(self, event: Event, repair: Repair) -> bool:
        """Whether an event counted before this repair."""
        gone = self.log.retractions.get(event.id)
        return event.id not in repair.new and (gone is None or gone[0].id in repair.new)

    def _mark_dependents(self, event: Event, cause: str, repair: Repair) -> None:
        """Make dirty who depends on what an event says; on a member only from the event on that says it."""
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
        """Make dirty who depends on an object, on what was created in reply to it, and so on."""
        everything = self.ghosts.relations if self.ghosts else self.relations
        events, objects = down_the_replies(name, self.relations, everything)
        self._make_dirty(events, cause, repair)
        for each in objects:
            self.relations.forget_inheritance(each)
            everything.forget_inheritance(each)

    # ---- relate ------------------------------------------------------------------------------------------

    def _relate_dirty(self, repair: Repair) -> None:
        """Relate the dirty events anew."""
        events = self.log.with_ids(repair.dirty)
        self.relations.prefetch(events)
        if self.ghosts:
            self.ghosts.prefetch(events)
        concerned: dict[Holder, list[Event]] = {}
        for event, (name, cause) in zip(events, repair.dirty.items(), strict=True):
            if self.ghosts and (name in self.ghosts.found or self.ghosts.death(event)):
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
        """All whom an event concerns."""
        holders = [a.holder for a in now.activities]
        holders += [self.relations.holder("member", member) for member in members_in(now)]
        return list(dict.fromkeys(holders))

    def _note(self, concerned: Mapping[Holder, list[Event]], repair: Repair) -> None:
        """Put events into the histories of all whom they concern."""
        self.histories.prefetch(concerned)
        for holder in concerned:
            repair.ends.setdefault(holder, self.histories.of(holder).end)
        self.histories.add_events(concerned)

    # ---- gate --------------------------------------------------------------------------------------------

    def _fold_gates(self, repair: Repair) -> None:
        """Claim and settle; the histories of all whom moved places concern change, too."""
        if not self.program.claims:
            return
        moved: dict[str, str] = {}
        for key, cause in self._replace_claims(repair).items():
            for name in self.gates.settle(key):
                # Whoever has another place owes it to the nearest ahead of them that came or went.
                cause = moved[name] = repair.dirty.setdefault(name, cause)
        events = self.log.with_ids(moved)
        for event, activities in zip(events, self.activities_of(events), strict=True):
            for a in activities:
                repair.change(a.holder, event, moved[event.id])

    def _replace_claims(self, repair: Repair) -> dict[GateKey, str]:
        """Put what the dirty events claim now in place of what they did; answers where that differs, each with its cause."""
        keys: dict[GateKey, str] = {}
        gone: list[Claimed] = []
        come: list[Claimed] = []
        for name, cause in repair.dirty.items():
            found = (repair.before[name], repair.after[name])
            old, new = (dict.fromkeys(self.gates.claims(each)) for each in found)
            dropped, put = [c for c in old if c not in new], [c for c in new if c not in old]
            for key, _, _ in (*dropped, *put):
                keys.setdefault(key, cause)
            gone += dropped
            come += put
        self.gates.change(gone, come)
        return keys

    # ---- reward ------------------------------------------------------------------------------------------

    def _fold_histories(self, repair: Repair) -> Iterator[HistoryChange]:
        """Fold the changed histories again."""
        ghostly = self._place_ghosts(repair)
        holders = repair.holders(ghostly.keys())
        self.histories.prefetch(holders)
        for holder in holders:
            yield self._fold_history(holder, ghostly.get(holder, ""), repair)
        self._move_latest_back()

    def _move_latest_back(self) -> None:
        """Where the latest event was taken back, have those behind it come in order again.

        One wrong clock would else make all events late until its time has come. What died behind the new latest one
        leaves the ends of the histories, which must stay in order. Kept badges need it there, so with them it stays.
        """
        last = self.log.events.get(self.latest[1])
        if self.ghosts or last is None or self.log.is_live(last):
            return
        last = self.log.latest()
        self.latest = order_of(last) if last else BEGINNING
        self.histories.truncate(self.latest)

    def _fold_history(self, holder: Holder, cause: str, repair: Repair) -> HistoryChange:
        history = self.histories.of(holder)
        had = dict(history.awards())
        causes = sorted(repair.causes.get(holder, {}).items())
        place = repair.changed.get(holder)
        events: list[Event] = []
        after = NOTHING
        if place is not None:
            end = max(repair.ends.get(holder, place), last_advance(history.state))
            again = extend if end < place else refold
            events, after = again(self.histories, self.gates, history, place, self.activities_of)
        self._refold_kept_badges(history, causes, bool(cause))
        has = history.awards()
        return HistoryChange(
            history=history,
            events=events,
            after=after,
            newly_credited=repair.newly_credited.get(holder, set()),
            given={key: cell for key, cell in has.items() if key not in had},
            gone={key: cell for key, cell in had.items() if key not in has},
            causes=causes,
            cause=cause or causes[0][1],
        )

    def _refold_kept_badges(
        self, history: History, causes: list[tuple[Order, str]], ghostly: bool
    ) -> None:
        """Ask anew for kept badges, where what lived before some death has changed."""
        deaths = [death for death, _ in history.ghosts.values()]
        earlier = deaths and causes and causes[0][0] < max(deaths)
        if self.program.kept and (ghostly or earlier):
            found = self.activities_of(history.since(BEGINNING))
            items = [a for each in found for a in each if a.holder == history.holder]
            history.kept = kept_awards(self.program.kept, history, items)

    def _place_ghosts(self, repair: Repair) -> dict[Holder, str]:
        """Give died events to the histories that they concern; answers whose, and because of what."""
        touched: dict[Holder, str] = {}
        if self.ghosts is None:
            return touched
        events = self.log.with_ids(repair.ghostly)
        self.ghosts.prefetch(events)
        concerned: dict[Holder, list[Event]] = {}
        for event, alive in zip(events, self.activities_of(events), strict=True):
            for holder in sorted(self.ghosts.place(event, alive, self.histories)):
                touched.setdefault(holder, repair.ghostly[event.id])
            self.latest = max(self.latest, order_of(event))
            for member in members_in(self.ghosts.revive(event)):
                concerned.setdefault(self.relations.holder("member", member), []).append(event)
        self.histories.prefetch(concerned)
        self.histories.add_events(concerned)
        return touched


def in_order(events: list[Event]) -> list[Event]:
    """Events in the order in which they happened; most come so."""
    moments = [event.occurred_at for event in events]
    if all(map(lt, moments, moments[1:])):
        return events
    return sorted(events, key=order_of)


def refolded(program: Program, log: Log, out: Outcomes) -> Flow:
    """The folds over a log from the beginning; what they come to is known already, and isn't put out again."""
    silent = Outcomes()
    flow = Flow(program, log, silent)
    late, _ = flow.receive([*log.events.values()])
    for _ in flow.repair(late):
        pass
    flow.bind(out)
    return flow
