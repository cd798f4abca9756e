"""Compiles a rule book to the program that the folds run: its Python source, and the functions in it.

The source has, in this order, the state classes of the kinds of holders; readers of criteria; the functions for passing
time; for each slot what an activity earns (reward) and what it claims (gate); the quick check of new events (admit); for
each event type who is behind it (relate); and all three folds at once for events in order (take).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
from attrs import define, evolve, field

from wiifm.activities import NOTHING_ASKED, Parties, Related, Slot, are_across, new_activity
from wiifm.event_types import EventType, zone_named
from wiifm.failures import failure
from wiifm.faults import FOREIGN_ERRORS, InvalidRuleBook
from wiifm.gate_state import GateState
from wiifm.ledger import KINDS, HolderKind
from wiifm.program.admission import write_admission
from wiifm.program.badges import CompiledBadge, compiled_badges, identifiers
from wiifm.program.batch_loop import write_take
from wiifm.program.discounts import is_mutual
from wiifm.program.gates import CompiledClaim
from wiifm.program.grants import CompiledRule, compiled_rule
from wiifm.program.limits import compiled_limit
from wiifm.program.program import Program
from wiifm.program.readers import write_readers
from wiifm.program.reciprocity import PairClaim, gates_of, states_name
from wiifm.program.relating import CompiledType
from wiifm.program.slots import rank, rule_slots
from wiifm.program.state import Fields
from wiifm.program.time_passing import advancing, passing, write_passing
from wiifm.program.writing import BINDING, Constants, Function, Source, load
from wiifm.rulebook.book import RuleBook
from wiifm.rules import HOLDER_KINDS


@define(eq=False)
class _Compiler:
    """Writes the program of a book. ``wanted`` are further slots, which need no rule or badge."""

    book: RuleBook
    wanted: Iterable[Slot] = ()
    constants: Constants = field(factory=Constants)
    fields: dict[HolderKind, Fields] = field(init=False)
    badges: tuple[CompiledBadge, ...] = field(init=False)
    rules: list[CompiledRule] = field(init=False)
    rewards: dict[Slot, Function] = field(factory=dict)
    passing: dict[HolderKind, Function] = field(factory=dict)
    claims: dict[Slot, list[tuple[CompiledClaim, Function]]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        book = self.book
        self.fields = {kind: Fields(f"{kind.capitalize()}State") for kind in KINDS}
        self.badges = compiled_badges(book, self.constants)
        for compiled in self.badges:  # even if nothing can give it: readings ask for it
            for part in compiled.badge.asks[:1]:
                compiled.register(self.fields[HOLDER_KINDS[part.to]])
        limit_names = identifiers(sorted(book.limits), "limit")
        limits = {
            name: compiled_limit(book, self.constants, limit, limit_names[name])
            for name, limit in book.limits.items()
        }
        rule_names = identifiers(sorted(book.rules), "rule")
        self.rules = [
            compiled_rule(book, self.constants, book.rules[name], rule_names[name], limits)
            for name in sorted(book.rules)
        ]

    def slots(self) -> dict[str, tuple[Slot, ...]]:
        """The slots of each event type that the book asks for, sorted by rank."""
        wanted = {slot for each in self.rules for slot in rule_slots(self.book, each.rule)}
        wanted |= {s for compiled in self.badges for each in compiled.criteria for s in each.slots}
        wanted |= set(self.wanted)
        found: dict[str, list[Slot]] = {}
        for slot in sorted(wanted, key=lambda each: (each[0], rank(each))):
            found.setdefault(slot[0], []).append(slot)
        return {name: tuple(each) for name, each in found.items()}

    def write_functions(self, slots: Mapping[str, tuple[Slot, ...]]) -> None:
        """Write the functions of all slots: what they earn, and what gated rules claim."""
        number = 0
        for of_type in slots.values():
            for slot in of_type:
                self.rewards[slot] = self._reward(slot, f"reward_{number}")
                self.claims[slot] = list(self._claims(slot, number))
                number += 1
        for kind, fields in self.fields.items():
            found = passing(self.book, self.badges, kind, fields)
            if found is not None:
                self.passing[kind] = found

    def _reward(self, slot: Slot, name: str) -> Function:
        """The function that folds an activity of a slot into its holder's state."""
        f, fields = Function(name, slot), self.fields[HOLDER_KINDS[slot[1]]]
        f.body.line("s = h.state", f"day = {f.need('today')}")
        with f.body.block("if day > s.day:"):
            f.body.line("s.day = day")
        with f.body.block("else:"):
            f.body.line("day = s.day")
        asked = self._asked(slot)
        granted = [each for each in self.rules if slot in rule_slots(self.book, each.rule)]
        earns = any(each.earns for compiled in asked for each in compiled.criteria)
        booked = {each.rule.id: f"{each.prefix}_booked" for each in granted} if earns else {}
        if booked:
            f.body.line(" = ".join(booked.values()) + " = 0")
        for each in granted:
            each.register(fields)
            each.write(f, booked.get(each.rule.id, ""))
        flags = {f"{s.prefix}_new" for s in asked if s.is_prerequisite} | {
            n for s in asked for n in s.given_flags
        }
        if flags:
            f.body.line(" = ".join(sorted(flags)) + " = False")
        for compiled in asked:
            compiled.register(fields)
            compiled.write(f, booked)
        return f

    def _asked(self, slot: Slot) -> list[CompiledBadge]:
        """The badges to ask in a slot: those whose criteria see it, and those that come after such a badge."""
        asked: dict[str, CompiledBadge] = {}
        for compiled in self.badges:
            sees = any(slot in each.slots for each in compiled.criteria)
            if sees or any(name.partition(":")[0] in asked for name in compiled.badge.after):
                asked[compiled.badge.id] = compiled
        return list(asked.values())

    def _claims(self, slot: Slot, number: int) -> Iterable[tuple[CompiledClaim, Function]]:
        """The claims that rules make in a slot, each with its function."""
        for each in self.rules:
            if each.rule.gate is not None and slot in rule_slots(self.book, each.rule):
                claim = CompiledClaim(self.book, self.constants, each.rule, each.prefix)
                function = Function(f"claim_{number}_{each.prefix}", slot)
                claim.write(function)
                yield claim, function
            if is_mutual(each.rule) and slot in rule_slots(self.book, each.rule):
                pair_claim = PairClaim(self.book, self.constants, each.rule, each.prefix)
                function = Function(f"return_{number}_{each.prefix}", slot)
                pair_claim.write(function)
                yield pair_claim, function

    # ---- the source ------------------------------------------------------------------------------------

    def text(self, slots: Mapping[str, tuple[Slot, ...]]) -> str:
        """The source of the program."""
        source = Source()
        for each in self.fields.values():
            each.write(source)
        write_readers(source, (each for compiled in self.badges for each in compiled.criteria))
        for found in self.passing.values():
            write_passing(source, found)
        for slot, f in self.rewards.items():
            source.line(
                f"# reward: {slot[0]!r}, to {slot[1]}{f' of the {slot[2]}' if slot[2] else ''}"
            )
            self._function(source, f, "h, e, out", "h, a, out, places", "h, a.event, out", BINDING)
            for compiled, claim in self.claims[slot]:
                source.line(f"# gate: what {compiled.rule.id!r} claims")
                self._function(source, claim, "e", "a", "a.event")
        write_admission(source, self.constants, self._kinds())
        types = [self._type(number, kind, slots) for number, kind in enumerate(self._kinds())]
        self._write_bind_relate(source, types)
        self._write_bind_take(source, types)
        return str(source)

    def _functions(self) -> Iterator[Function]:
        """The functions of all slots."""
        yield from self.rewards.values()
        for claims in self.claims.values():
            yield from (function for _, function in claims)

    def _kinds(self) -> list[EventType]:
        """The event types of the book, by name."""
        return [kind for _, kind in sorted(self.book.types.items())]

    def _type(
        self, number: int, kind: EventType, slots: Mapping[str, tuple[Slot, ...]]
    ) -> CompiledType:
        """An event type with its slots, and their functions."""
        mine = slots.get(kind.name, ())
        claims = [(c, slot, f) for slot in mine for c, f in self.claims[slot]]
        claims.sort(key=lambda each: (each[0].rule.id, rank(each[1])))
        advances = kind.name in advancing(self.book)
        return CompiledType(
            self.book, self.constants, kind, number, mine, self.rewards, tuple(claims), advances
        )

    @staticmethod
    def _function(
        source: Source, f: Function, given: str, again: str, of_activity: str, *first: str
    ) -> None:
        """Write a function, and ``..._again``, which calls it with an activity."""
        arguments = f.arguments()
        with source.block(f"def {f.name}({', '.join([given, *arguments])}):"):
            source.line(*first)
            f.write(source)
        source.line("")
        with source.block(f"def {f.name}_again({again}):"):
            values = {
                **{name: f"a.{name}" for name in arguments},
                **{name: f"a.parties.{name}" for name in Parties._fields},
                "today": "a.local.toordinal()",
                "activity": "a",
                **{place: f"places.get({place!r}, 0)" for place in f.places},
            }
            source.line(
                f"return {f.name}({', '.join([of_activity, *(values[n] for n in arguments)])})"
            )
        source.line("")

    @contextmanager
    def _bound(self, source: Source, name: str, arguments: str) -> Iterator[None]:
        """Write a function that looks up once what the functions in its block use."""
        with source.block(f"def {name}({arguments}):"):
            source.line("objects, zones, units, mentors = r.objects, r.zones, r.units, r.mentors")
            source.line(
                "unit_of, zone_of, mentor_of, inheritance = r.unit, r.zone, r.mentor, r.inheritance"
            )
            if any(slot[1] == "former_mentor" for slot in self.rewards):
                source.line("former_of = r.former")
            if any("reporting" in f.needs for f in self._functions()):
                source.line("managers, reports = r.managers, r.reports")
            source.line("holder_of = r.holder")
            yield
        source.line("", "")

    def _write_bind_relate(self, source: Source, types: list[CompiledType]) -> None:
        with self._bound(source, "bind_relate", "r"):
            for each in types:
                each.write_relate(source)
            names = ", ".join(f"{each.kind.name!r}: relate_{each.number}" for each in types)
            source.line(f"return {{{names}}}")

    def _write_bind_take(self, source: Source, types: list[CompiledType]) -> None:
        with self._bound(source, "bind_take", "r, histories, gates, out"):
            source.line("day_of, learn, new_history = r.day, r.learn, histories.new", BINDING)
            source.line(*["advance = histories.advance"] * bool(self.passing))
            source.line(*(f"{kind}_histories = histories.{kind}" for kind in KINDS))
            source.line(
                *(
                    f"{states_name(self.book, gate)} = gates[{gate!r}]"
                    for gate in gates_of(self.book)
                )
            )
            write_take(source, self.constants, types)


def compile_book(book: RuleBook) -> Program:
    """The program of a rule book. It is cached, since a platform may have an engine for each of many communities.

    >>> from wiifm.rulebook import RuleBook
    >>> program = compile_book(RuleBook.load("plugin:sharing"))
    >>> program.slots["kudos.given"]
    (('kudos.given', 'recipient', ''),)

    Raises:
        InvalidRuleBook: the book was made without validation, and its parts don't fit together.
    """
    recent = tuple(_RECENT)  # another thread may add one meanwhile
    for known in recent:
        if known.book is book:
            return known
    same = (evolve(known, book=book) for known in recent if _decide_alike(known.book, book))
    program = next(same, None) or _checked(book)
    _RECENT.appendleft(program)
    return program


_RECENT: deque[Program] = deque(maxlen=8)
"""The latest programs."""

_DECIDING = [each.name for each in attrs.fields(RuleBook) if each.eq]


def _decide_alike(one: RuleBook, other: RuleBook) -> bool:
    """Whether two books differ at most in their observers: everything that decides is the very same."""
    return all(getattr(one, name) is getattr(other, name) for name in _DECIDING)


def _checked(book: RuleBook) -> Program:
    """The program of a book. If that fails, the faults of the book are told instead of the first one that the compiler stumbles over."""
    try:
        return _with_kept(book)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        from wiifm.rulebook.check import check  # noqa: PLC0415 - only for a book that wasn't validated
        from wiifm.rulebook.draft import Draft  # noqa: PLC0415

        faults = list(check(book, Draft(f"the rule book {book.id!r}")))
        if not faults:
            raise
        raise InvalidRuleBook(dict.fromkeys(faults)) from error


def _with_kept(book: RuleBook) -> Program:
    """The program of a book, with that of its kept badges if it has any."""
    program = _compiled(book, f"{book.id} {book.digest}")
    if not any(compiled.badge.keep for compiled in program.badges):
        return program
    slots = [slot for each in program.slots.values() for slot in each]
    name = f"{book.id}, kept badges {book.digest}"
    return evolve(program, kept=_compiled(_kept_only(book), name, slots))


def _kept_only(book: RuleBook) -> RuleBook:
    """The book with its kept badges alone."""
    return evolve(
        book,
        rules={},
        limits={},
        badges={name: badge for name, badge in book.badges.items() if badge.keep},
        ladders={
            name: evolve(ladder, climbs=tuple(badge for badge in ladder.climbs if badge.keep))
            for name, ladder in book.ladders.items()
        },
    )


def _readers(
    compiler: _Compiler, made: Mapping[str, Any], what: str
) -> dict[str, Callable[..., Any]]:
    """The functions with a suffix, by the field of their criterion."""
    criteria = [criterion for compiled in compiler.badges for criterion in compiled.criteria]
    fields = {each.field for criterion in criteria for each in (criterion, *criterion.parts)}
    return {field: made[name] for field in fields if (name := f"{field}_{what}") in made}


def _tabled(
    compiler: _Compiler, made: Mapping[str, Any]
) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """See ``Program.tabled``: the slots whose functions use a table of the state, and what these need."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for (kind, role, _), f in compiler.rewards.items():
        tables = made[compiler.fields[HOLDER_KINDS[role]].name].tables
        if not set(tables).isdisjoint(made[f.name].__code__.co_names):
            of_type = found.setdefault(kind, {})
            of_type[role] = of_type.get(role, frozenset()) | f.needs
    return found


_NOUNS = {
    "new_activity": new_activity,
    "Related": Related,
    "GateState": GateState,
    "Parties": Parties,
    "NOTHING_ASKED": NOTHING_ASKED,
    "are_across": are_across,
}
"""What each program refers to."""


def _compiled(book: RuleBook, name: str, wanted: Iterable[Slot] = ()) -> Program:
    """Write, load and gather the program of a book. ``name`` is how tracebacks and notes of errors call it."""
    compiler = _Compiler(book, wanted)
    slots = compiler.slots()
    compiler.write_functions(slots)
    text = compiler.text(slots)
    more = {
        "CREATES": {name: kind.creates for name, kind in book.types.items()},
        "HOME": zone_named(book.zone),
        "FOREIGN_ERRORS": FOREIGN_ERRORS,
        "FAILURE": failure,
    }
    made = load(name, text, {**compiler.constants.values, **_NOUNS, **more})
    return Program(
        book=book,
        text=text,
        slots=slots,
        states={kind: made[compiler.fields[kind].name] for kind in KINDS},
        bind_relate=made["bind_relate"],
        bind_take=made["bind_take"],
        reward={slot: made[f"{f.name}_again"] for slot, f in compiler.rewards.items()},
        tabled=_tabled(compiler, made),
        advancing=frozenset(advancing(book)),
        gates=gates_of(book),
        passing={kind: made[f.name] for kind, f in compiler.passing.items()},
        claims={
            slot: tuple((c.gate.id, c.rule, c.place, made[f"{f.name}_again"]) for c, f in each)
            for slot, each in compiler.claims.items()
            if each
        },
        badges=compiler.badges,
        values=_readers(compiler, made, "values"),
        value=_readers(compiler, made, "value"),
        moments=_readers(compiler, made, "moments"),
        present=_readers(compiler, made, "present"),
        accepts=made["ACCEPTS"],
        admit=made["admit"],
        grants=compiler.constants.grants,
    )
