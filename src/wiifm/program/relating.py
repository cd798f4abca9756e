"""The way of one event, as source: who is behind it, what it claims, what it earns whom.

For each event type two functions are written of the same parts. ``relate`` answers with a :class:`Related`; it is called
for late events, and by readings. ``take`` folds an event that comes in order through all three folds at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.activities import Slot
from wiifm.event_types import EventType
from wiifm.periods import day_around
from wiifm.program.gates import CompiledClaim, terms_of
from wiifm.program.reciprocity import states_name
from wiifm.program.slots import rank
from wiifm.program.uncredited import created_before, nobody_knows, wrong_object
from wiifm.program.writing import RELATED, Constants, Function, Source
from wiifm.rulebook.book import RuleBook
from wiifm.rules import HOLDER_KINDS, MENTORS, MERIT_ROLES

Mode: TypeAlias = Literal["relate", "take"]
_PARTIES = {
    "actor_unit": "unit_of(actor, e) or None if units else None",
    "recipient_unit": "unit_of(recipient, e) or None if units else None",
    "reporting": "reports(actor, recipient, e) if managers else False",
}
"""Source of what is known of actor and recipient. Only what the book asks for is found out."""

OF_THE_EVENT = frozenset(
    ["recipient", "target", "object_type", "community", "topics", "actor_day", *_PARTIES]
)
"""What is the same for all holders that an event credits."""


@frozen
class CompiledType:
    """An event type: its slots, each with the functions that are called for it.

    ``number`` tells its functions apart; ``claims`` are sorted as the claims of one event are.
    """

    book: RuleBook
    constants: Constants
    kind: EventType
    number: int
    slots: tuple[Slot, ...]
    rewards: Mapping[Slot, Function]
    claims: tuple[tuple[CompiledClaim, Slot, Function], ...]
    advances: bool
    """Whether its events advance time, and a badge must be kept up."""

    # ---- relate ------------------------------------------------------------------------------------------

    def write_relate(self, source: Source) -> None:
        """Write the function that returns a :class:`Related`."""
        with source.block(f"def relate_{self.number}(e):"):
            source.line(f"# who is behind {self.kind.name!r}")
            self._write_object(source, "relate", set(RELATED) if self.slots else {"recipient"})
            if not self.slots:
                source.line("return Related(e, 'live', '', recipient)")
                return
            source.line("found = ()")
            for number, slot in enumerate(self.slots):
                self._write_slot_activity(source, number, slot)
            between = "".join(f"{each}, " for each in self._between())
            more = f", ({between})" if between else ""
            source.line(f"return Related(e, 'live', '', recipient, found{more})")
        source.line("")

    # ---- take --------------------------------------------------------------------------------------------

    def write_take(self, source: Source) -> None:
        """Write what is done with an event of the type in the loop over events that come in order."""
        source.line(f"# {self.kind.name!r}, in order")
        if self.kind.retracts:
            source.line("late.append(e)")
            return
        if self.advances:
            source.line("advance(e, out)")
            return
        needs = self._needs()
        source.line("# relate")
        if self.kind.relates:
            source.line("learn(e)")
        if self.needs_day:
            with source.block("if not morning <= e.occurred_at < midnight:"):
                around = self.constants.name("day around", day_around)
                source.line(f"morning, midnight, home_day = {around}(e.occurred_at, HOME)")
        self._write_object(source, "take", needs)
        for number, slot in enumerate(self.slots):
            self._write_slot(source, number, slot)
        for member in sorted(self._further_members()):
            with source.blocks(self._if_there(member)):
                self._write_history(source, "other", "member", member, bool(self.slots))
        if self.claims:
            source.line("# gate")
            for compiled, slot, function in self.claims:
                self._write_gate(source, compiled, slot, function)
            source.line("# reward")
            for number, slot in enumerate(self.slots):
                with source.block(f"if h{number} is not None:"):
                    self._write_reward(source, number, slot)

    def _write_slot(self, source: Source, number: int, slot: Slot) -> None:
        """Write one slot: the holder, their history, and, if no gate stands between, what it earns them."""
        kind, needs = HOLDER_KINDS[slot[1]], self.needs_of(slot)
        holder = self._write_holder(source, number, slot)
        head = self._if_there(holder)
        with source.blocks(head):
            self._write_history(
                source, f"h{number}" if self.claims else "h", kind, holder, number > 0
            )
            if self.claims:
                self._write_related(source, number, slot, holder, needs)
            else:
                source.line(*[f"ended = ended{number}"] * (slot[1] == "former_mentor"))
                self._write_related(source, "", slot, holder, needs)
                self.rewards[slot].write(source)
        if head and self.claims:
            with source.block("else:"):
                source.line(f"h{number} = None")

    def _if_there(self, member: str) -> str:
        """The head of a block for a member who may be missing."""
        return "" if member in self.kind.requires else f"if {member} is not None:"

    def _write_reward(self, source: Source, number: int, slot: Slot) -> None:
        """Write what a slot earns after the gates, by what was computed before them."""
        reward = self.rewards[slot]
        names = [n for n in reward.arguments() if n in RELATED and n not in OF_THE_EVENT]
        source.line(*(f"{name} = {name}{number}" for name in ["h", *names]))
        reward.write(source)

    @property
    def needs_day(self) -> bool:
        """Whether ``take`` keeps the present day of the book's zone for its events."""
        return bool(self.slots) and self.book.zone != "UTC"

    def _needs(self) -> set[str]:
        """What the functions of all slots need to know of the event."""
        return {"recipient"}.union(*(self.needs_of(slot) for slot in self.slots))

    def needs_of(self, slot: Slot) -> set[str]:
        """What the functions of a slot need to know of the event."""
        needs = self._asked_of(slot)
        return set(RELATED) if "activity" in needs else needs

    def _asked_of(self, slot: Slot) -> set[str]:
        """What the functions of a slot ask for by name."""
        functions = [self.rewards[slot], *(f for _, each, f in self.claims if each == slot)]
        return set().union(*(f.needs for f in functions))

    @property
    def _asked(self) -> set[str]:
        """What the functions of all slots ask for by name."""
        return set().union(*map(self._asked_of, self.slots))

    @staticmethod
    def _arguments(function: Function, number: int) -> str:
        """The arguments of a claim's function, for a slot."""
        names = [
            f"{name}{number}" if name in RELATED and name not in OF_THE_EVENT else name
            for name in function.arguments()
        ]
        return "".join(f", {name}" for name in names)

    # ---- the object, and what the event inherits from it -------------------------------------------------

    def _write_object(self, source: Source, mode: Mode, needs: set[str]) -> None:
        """Write how the object that the event acts on, and its creator, are found; and what the event inherits from them."""
        kind = self.kind
        source.line("actor = e.actor")
        if kind.creates:
            self._write_creation(source, mode)
        key = "in_reply_to" if kind.creates else "object"
        sure = key in kind.requires and mode == "take"
        source.line(f"target = e.{key}" if sure else f"target, creator = e.{key}, None")
        with source.blocks("" if sure else "if target is not None:"):
            if mode == "take":
                with source.block("try:"):
                    source.line("creator = objects[target]")
                with source.block("except KeyError:"):
                    source.line("creator = objects[target] = None")
            else:
                source.line("creator = objects.get(target)")
        source.line("recipient = e.recipient")
        self._write_state(source, mode, "object_type" in needs)
        if {"community", "topics"} & needs or any(slot[1] == "community" for slot in self.slots):
            self._write_inherited(source)
        if kind.creates and "target" in needs:
            with source.block("if target is None:"):
                source.line("target = e.object")
        self._write_persons(source, mode, needs)

    def _write_persons(self, source: Source, mode: Mode, needs: set[str]) -> None:
        """Write what is asked about actor and recipient, and the actor's day."""
        asked = [name for name in _PARTIES if name in self._asked]
        source.line(*(f"{name} = {_PARTIES[name]}" for name in asked))
        if "activity" in needs:
            known = f"Parties({', '.join(f'{name}={name}' for name in asked)})"
            source.line(f"parties = {known if asked else 'NOTHING_ASKED'}")
        if "actor_day" in needs:
            day = self._local("actor", True) + ".toordinal()"
            if mode == "take":
                day = self._today("actor", True)
            source.line(f"actor_day = {day if self.claims else '0'}")

    def _write_creation(self, source: Source, mode: Mode) -> None:
        """Write how a new object is registered. An event whose object was mentioned before comes late; a second creation is void."""
        if mode == "take":
            source.line("created = e.object")
            with source.block("if created in objects:"):
                source.line("late.append(e)  # others mention the object already", "continue")
            source.line("objects[created] = e")
            return
        source.line("first = objects[e.object] if e.object in objects else e")
        with source.block("if first.id != e.id:"):
            why = self.constants.name("created before", created_before)
            source.line(f"return Related(e, 'void', {why}(e.object, first.id))")

    def _write_state(self, source: Source, mode: Mode, typed: bool) -> None:
        """Write whether the event is pending or void, whom it is for, and, if needed, the type of what it acts on."""
        kind = self.kind

        def answer(state: str, why: str) -> None:
            if mode == "relate":
                source.line(f"return Related(e, {state!r}, {why})")
            else:
                source.line(f"uncredited.append((e, {state!r}, {why}))", "continue")

        with source.block("if creator is not None:"):
            if kind.acts_on and "any" not in kind.acts_on:
                with source.block(f"if CREATES[creator.type] not in {kind.acts_on!r}:"):
                    why = self.constants.name(f"wrong object {kind.name}", wrong_object(kind))
                    answer("void", f"{why}(target, CREATES[creator.type])")
            with source.block("if recipient is None:"):
                source.line("recipient = creator.actor")
            source.line(*["object_type = CREATES[creator.type]"] * typed)
        if kind.acts_on and not kind.creates:
            unnamed = "" if kind.waits else " and recipient is None"
            with source.block(f"elif target is not None{unnamed}:"):
                why = self.constants.name("nobody knows", nobody_knows)
                answer("pending", f"{why}(target)")
        if typed:
            own = f"{kind.creates!r} if target is None else None" if kind.creates else "None"
            with source.block("else:"):
                source.line(f"object_type = {own}")

    def _write_inherited(self, source: Source) -> None:
        """Write the community and topics of the event."""
        source.line("community, topics = e.community, e.topics")
        with source.block("if target is not None and (community is None or not topics):"):
            source.line("passed = inheritance(target)")
            with source.block("if community is None:"):
                source.line("community = passed[0]")
            source.line("topics = topics or passed[1]")

    # ---- who may be credited -----------------------------------------------------------------------------

    def _write_slot_activity(self, source: Source, number: int, slot: Slot) -> None:
        """Write the activity of a slot."""
        holder = self._write_holder(source, number, slot)
        with source.block(f"if {holder} is not None:"):
            self._write_related(source, number, slot, holder, set(RELATED) - {"today"})
            source.line(f"found += (activity{number},)")

    def _merit(self, slot: Slot) -> str:
        """Whose merit a slot is about."""
        return "recipient" if (slot[2] or self.kind.merit) == "recipient" else "actor"

    def _write_holder(self, source: Source, number: int, slot: Slot) -> str:
        """Write how the holder of a slot is found; return the local with their name."""
        role, merit = slot[1], self._merit(slot)
        if role == "mentor":
            source.line(f"holder{number} = mentor_of({merit}, e) if mentors else None")
            return f"holder{number}"
        if role == "former_mentor":
            found = f"former_of({merit}, e) if mentors else (None, None)"
            source.line(f"holder{number}, ended{number} = {found}")
            return f"holder{number}"
        if role == "mentors_mentor":
            source.line(
                f"between{number} = mentor_of({merit}, e) if mentors else None",
                f"holder{number} = mentor_of(between{number}, e) if between{number} else None",
            )
            with source.block(f"if holder{number} == {merit}:"):
                source.line(f"holder{number} = None  # they mentor each other")
            return f"holder{number}"
        if role == "unit":
            source.line(f"holder{number} = unit_of({merit}, e) if units else None")
            return f"holder{number}"
        return role

    def _write_related(
        self, source: Source, number: int | str, slot: Slot, holder: str, needs: set[str]
    ) -> None:
        """Write what is needed to know of a holder, in locals that end in the slot's number."""
        role, merit, kind = slot[1], self._merit(slot), HOLDER_KINDS[slot[1]]
        values = {
            "unit": f"unit_of({merit}, e) if units else None",
            "holder_unit": {
                "member": f"unit_of({holder}, e) if units else None",
                "unit": holder,
                "community": "None",
            }[kind],
            "person": merit if role in MENTORS else "recipient" if role == "actor" else "actor",
            "is_self": self._is_self(role, holder),
            "local": self._local(holder, kind == "member"),
            "today": self._today(holder, kind == "member"),
        }
        source.line(*(f"{name}{number} = {values[name]}" for name in values if name in needs))
        if "activity" in needs:
            self._write_activity(source, number, slot, holder)

    def _is_self(self, role: str, holder: str) -> str:
        """Source of whether members would be credited for their own doing; never if the actor is unknown."""
        same = "actor == recipient"
        if role in MENTORS:
            same = f"({same} or actor == {holder})"
        sure = holder in ("actor", "recipient") or "actor" in self.kind.requires
        return same if sure else f"actor is not None and {same}"

    def _write_activity(self, source: Source, number: int | str, slot: Slot, holder: str) -> None:
        """Write the activity of a holder."""
        name = self.constants.name(f"slot {self.kind.name} {slot[1]}", slot)
        ended = f", ended{number}" if slot[1] == "former_mentor" else ""
        kind = HOLDER_KINDS[slot[1]]
        source.line(
            f"activity{number} = new_activity(e, {name}, {rank(slot)}, holder_of({kind!r}, {holder}), "
            f"recipient, target, object_type, community, topics, unit{number}, holder_unit{number}, "
            f"person{number}, is_self{number}, local{number}, actor_day, parties{ended})"
        )

    def _local(self, member: str, has_zone: bool) -> str:
        """Source of the local time of a member, or of the book."""
        home = "e.occurred_at" if self.book.zone == "UTC" else "e.occurred_at.astimezone(HOME)"
        if not has_zone:
            return home
        return f"(e.occurred_at.astimezone(zone_of({member}, e)) if zones else {home})"

    def _today(self, member: str, has_zone: bool) -> str:
        """Source of the ordinal of the local day, in ``take``."""
        home = "e.occurred_at.toordinal()" if self.book.zone == "UTC" else "home_day"
        return f"(day_of({member}, e) if zones else {home})" if has_zone else home

    # ---- take: whose histories the event belongs to, and gates -------------------------------------------

    def _write_history(
        self, source: Source, name: str, kind: str, holder: str, noted: bool
    ) -> None:
        """Write how the event is appended to the history of a holder."""
        with source.block("try:"):
            source.line(f"{name} = {kind}_histories[{holder}]")
        with source.block("except KeyError:"):
            source.line(f"{name} = new_history({kind!r}, {holder})")
        source.line(f"events = {name}.events")
        with source.blocks("if not events or events[-1] is not e:" if noted else ""):
            with source.block(f"if len(events) >= {name}.due:"):
                source.line(f"{name}.snapshot(len(events))")
            source.line("events.append(e)")

    def _further_members(self) -> set[str]:
        """The members whose facts the event depends on although it may not credit them."""
        found = set()
        for slot in self.slots:
            if slot[1] in MERIT_ROLES or {"unit", "activity"} & self.needs_of(slot):
                found.add("recipient" if (slot[2] or self.kind.merit) == "recipient" else "actor")
            if "actor_day" in self.needs_of(slot):
                found.add("actor")
        asked = self._asked
        found |= {m for m in ("actor", "recipient") if asked & {f"{m}_unit", "reporting"}}
        return found.union(self._between()) - {slot[1] for slot in self.slots}

    def _between(self) -> list[str]:
        """The locals of the mentors whose own mentors are credited."""
        return [f"between{n}" for n, slot in enumerate(self.slots) if slot[1] == "mentors_mentor"]

    def _write_gate(
        self, source: Source, compiled: CompiledClaim, slot: Slot, function: Function
    ) -> None:
        """Write how a claim is made, and its place is found."""
        number, place = self.slots.index(slot), compiled.place
        gate = compiled.gate
        states = states_name(self.book, gate.id)
        source.line(f"{place} = 0")
        with source.block(f"if h{number} is not None:"):
            source.line(f"claimed = {function.name}(e{self._arguments(function, number)})")
            with source.block("if claimed is not None:"):
                source.line("key, amount, period = claimed", f"gate = {states}.get(key)")
                with source.block("if gate is None:"):
                    terms = self.constants.name(f"gate {gate.id}", terms_of(gate))
                    source.line(f"gate = {states}[key] = GateState({terms})")
                claim = f"e.occurred_at, e.id, {compiled.rule.id!r}, {rank(slot)}"
                source.line(f"{place} = gate.enter(({claim}, amount, actor, period))")
