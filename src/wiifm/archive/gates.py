"""The states of gates, whose past claims lie in a store. New claims of a batch are in memory; past ones are recalled only where they change.

New claims are written before anything is repaired, so that repairs find all claims in the store.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from attrs import define, field

from wiifm.archive.codec import micros, moment_of, pack, unpack
from wiifm.archive.past import Tail
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import CLAIMS, DOORS
from wiifm.folds.gate import Claimed, GateKey, Gates
from wiifm.gate_state import Claim, GateState, Placed
from wiifm.program.gates import terms_of
from wiifm.stores.protocol import Key, Row

PAGE = 250
"""How many past claims are recalled at once."""

MICROSECOND = timedelta(microseconds=1)

AT, ACTOR, PLACE = map(CLAIMS.place, ("at", "actor", "place"))


@define(eq=False, kw_only=True)
class StoredGateState(GateState):
    """The state of a gate at one key. In memory are only what is used up, and what this batch claimed.

    If something changes among past claims, those from there on are recalled, page by page, as far as they are needed.
    """

    where: tuple[str, str]
    scope: TransactionScope
    touched: dict[tuple[str, str], StoredGateState]
    """The gate states that have to be written."""
    since: Key | None = None
    """Past claims are in memory from here on; None if none are."""
    upto: Key | None = None
    """Past claims are in memory up to here, exclusive; None: up to the last one."""
    written: dict[Key, Placed | None] = field(factory=dict)
    """Changes of past claims, by key: claims with a new place, inserted claims, and None for removed ones."""

    def __attrs_post_init__(self) -> None:
        self.claims = Tail(self)

    def touch(self) -> None:
        """Mark this state to be written at the end of the batch."""
        self.touched[self.where] = self

    def insert(self, claim: Claim) -> None:
        """Insert a claim at its place in the order."""
        self._recall_around(claim)
        super().insert(claim)
        self.written[key_of(claim)] = (*claim, 0)

    def remove(self, claim: Claim) -> None:
        """Remove a claim."""
        self._recall_around(claim)
        super().remove(claim)
        self.written[key_of(claim)] = None

    def holds(self, claim: Claim) -> bool:
        """Whether a claim is in memory."""
        number = self._index_of(claim)
        return number < len(self.claims) and self.claims[number][:4] == claim[:4]

    def recall(self, row: Row) -> None:
        """Take over what is used up from a row; and, depending on the gate, find out who gave last, or who passed."""
        _, _, through, points, period, carried = row
        self.through, self.points = int(through), int(str(points))  # type: ignore[arg-type]
        self.period, self.carried = period, int(str(carried))  # type: ignore[assignment]
        if self.terms.within is not None:
            self._recall_who_gave(self.terms.within)
        if self.terms.gate.distinct:
            rows = (row for row in self.scope.open.scan(CLAIMS, self.where) if row[PLACE])
            passed = islice(rows, self.through)  # all others were refused
            self.actors = {str(row[ACTOR]) for row in passed if row[ACTOR] is not None}

    def _recall_who_gave(self, within: timedelta) -> None:
        """Find out when each of the two members gave last, as far as that matters for the next claim."""
        last: datetime | None = None
        self.last_gifts = {}
        for row in self.scope.open.scan(CLAIMS, self.where, backwards=True):
            at = moment_of(row[AT])  # type: ignore[arg-type]
            last = last or at
            if last - at > within or len(self.last_gifts) == 2:
                break
            self.last_gifts.setdefault(row[ACTOR], at)  # type: ignore[arg-type]

    def _recall_around(self, claim: Claim) -> None:
        """Recall the claims from one on, and those before it that determine what is used up there."""
        self.touch()
        key = key_of(claim)
        since = self._first_needed(key)
        if self.since is None:
            self.since, self.upto = since, since
        elif since < self.since:
            rows = self.scope.open.scan(CLAIMS, self.where, since=since, before=self.since)
            self.claims[:0] = map(placed_of, rows)
            self.since = since
        while self.upto is not None and key >= self.upto:
            self._recall_page()

    def _first_needed(self, key: Key) -> Key:
        """The first claim that settling a change at a key needs: the one before the key, or an earlier one."""
        if self.terms.carry is not None:
            return ()
        rows = self.scope.open.scan(CLAIMS, self.where, before=key, backwards=True, most=1)
        previous = next(rows, None)
        if previous is None:
            return ()
        if self.terms.within is not None:
            return (int(previous[AT]) - self.terms.within // MICROSECOND,)  # type: ignore[arg-type]
        return previous[2:6]

    def _recall_page(self) -> None:
        rows = [*self.scope.open.scan(CLAIMS, self.where, since=self.upto, most=PAGE + 1)]
        self.upto = rows[PAGE][2:6] if len(rows) > PAGE else None
        self.claims += map(placed_of, rows[:PAGE])

    def _numbers_from(self, number: int) -> Iterator[int]:
        while number < len(self.claims) or self.upto is not None:
            if number == len(self.claims):
                self._recall_page()
                continue
            yield number
            number += 1

    def _set_place(self, number: int, place: int) -> None:
        super()._set_place(number, place)
        claim = self.claims[number]
        self.written[key_of(claim)] = claim

    def shelve_claims(self) -> tuple[list[Key], list[Row], list[Row]]:
        """The keys of past claims that were removed, the rows of those that changed, and of new ones. From now on all of them are past."""
        removed: list[Key] = [
            (*self.where, *key) for key, claim in self.written.items() if not claim
        ]
        changed = [self._row(claim) for claim in self.written.values() if claim]
        new = [self._row(claim) for claim in self.claims] if self.since is None else []
        self.claims, self.since, self.upto, self.written = Tail(self), None, None, {}
        return removed, changed, new

    def _row(self, claim: Placed) -> Row:
        at, name, rule, rank, amount, actor, period, place = claim
        return (*self.where, micros(at), name, rule, rank, str(amount), actor, period, place)

    def row(self) -> Row:
        """The row with what is used up."""
        return (*self.where, self.through, str(self.points), self.period, str(self.carried))


def key_of(claim: Claim | Placed) -> Key:
    """The key of a claim among those of its gate and key."""
    at, name, rule, rank = claim[:4]
    return micros(at), name, rule, rank


def placed_of(row: Row) -> Placed:
    """The claim of a row, with its place."""
    _, _, at, name, rule, rank, amount, actor, period, place = row
    found = (moment_of(int(at)), str(name), str(rule), int(rank))  # type: ignore[arg-type]
    taken = (int(str(amount)), None if actor is None else str(actor))
    return (*found, *taken, int(period), int(place))  # type: ignore[arg-type]


@define(eq=False, kw_only=True)
class StoredGates(Gates):
    """Gate states in a store, by gate and key."""

    scope: TransactionScope
    states: dict[str, ReadThrough[tuple[Hashable, ...], GateState]] = field(init=False)
    touched: dict[tuple[str, str], StoredGateState] = field(factory=dict)
    """The gate states that have to be written."""

    def __attrs_post_init__(self) -> None:
        self.states = {name: ReadThrough(partial(self._load, name)) for name in self.program.gates}

    def _load(
        self, gate: str, keys: list[tuple[object, ...]]
    ) -> Mapping[tuple[object, ...], StoredGateState]:
        terms = terms_of(self.program.gates[gate])
        scope, touched = self.scope, self.touched
        found = {
            key: StoredGateState(terms=terms, where=(gate, pack(key)), scope=scope, touched=touched)
            for key in keys
        }
        for row in self.scope.open.find(DOORS, [state.where for state in found.values()]):
            found[unpack(str(row[1]))].recall(row)
        return found

    def prefetch(self, keys: Iterable[GateKey]) -> None:
        """Recall the states at some keys, with one query per gate."""
        found: dict[str, list[tuple[Hashable, ...]]] = {}
        for gate, key in keys:
            found.setdefault(gate, []).append(key)
        for gate, wanted in found.items():
            self.states[gate].recall(wanted)

    def places_of(self, claimed: list[Claimed]) -> list[int]:
        """The places of some claims. Those that aren't in memory are read with one query."""
        states = [self._held(each) for each in claimed]
        keys = [
            (gate, pack(key), *key_of(claim)) if state is None else None
            for state, ((gate, key), _, claim) in zip(states, claimed, strict=True)
        ]
        wanted = {key for key in keys if key is not None}
        rows = self.scope.open.find(CLAIMS, list(wanted)) if wanted else ()
        found = {row[: len(CLAIMS.key)]: int(row[PLACE]) for row in rows}  # type: ignore[arg-type]
        return [
            state.place_of(claim) if state is not None else found[key]  # type: ignore[index]
            for state, key, (_, _, claim) in zip(states, keys, claimed, strict=True)
        ]

    def _held(self, claimed: Claimed) -> StoredGateState | None:
        """The gate state that has a claim in memory, or None."""
        (gate, key), _, claim = claimed
        state = dict.get(self.states[gate], key)
        return state if isinstance(state, StoredGateState) and state.holds(claim) else None

    def write_claims(self) -> None:
        """Write what was claimed. This comes before repairs, which read it."""
        removed: list[Key] = []
        changed: list[Row] = []
        new: list[Row] = []
        for state in self.touched.values():
            for all_of_them, its in zip(
                (removed, changed, new), state.shelve_claims(), strict=True
            ):
                all_of_them += its
        if removed:
            self.scope.open.delete(CLAIMS, removed)
        if changed:
            self.scope.open.put(CLAIMS, changed)
        if new:
            self.scope.open.insert(CLAIMS, new)

    def write_states(self) -> None:
        """Write what is used up at gates, whose claims must have been written; then none counts as touched."""
        if self.touched:
            self.scope.open.put(DOORS, [state.row() for state in self.touched.values()])
        self.touched.clear()

    def forget_all(self) -> None:
        """Clear the cache."""
        self.touched.clear()
        for found in self.states.values():
            found.forget()
