"""Gates whose past lies in a store: what this batch claimed is at hand, the rest is asked for.

What was claimed is written before anything is mended, so that whoever asks for the past finds all of it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from attrs import define, field

from wiifm.archive.codec import micros, moment_of
from wiifm.archive.past import Tail
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import CLAIMS
from wiifm.gate_state import Claim, GateState, Placed
from wiifm.stores.protocol import Key, Row

PAGE = 250
"""How many claims of the past are recalled at once."""

MICROSECOND = timedelta(microseconds=1)


@define(eq=False, kw_only=True)
class StoredGateState(GateState):
    """A gate at one key, of which only what is used up, and what this batch claimed, is at hand.

    Where something changes among the claims of the past, those from there on are recalled, page by page, as far as they are asked for.
    """

    where: tuple[str, str]
    scope: TransactionScope
    touched: dict[tuple[str, str], StoredGateState]
    """Those that are to be written."""
    since: Key | None = None
    """From where on claims of the past are at hand; None while none are."""
    upto: Key | None = None
    """Up to where they are; None: all of them."""
    written: dict[Key, Placed | None] = field(factory=dict)
    """Claims of the past that have another place now, those that were put among them, and, as None, those that were dropped."""

    def __attrs_post_init__(self) -> None:
        self.claims = Tail(self)

    def touch(self) -> None:
        """Have it written at the end of the batch."""
        self.touched[self.where] = self

    def insert(self, claim: Claim) -> None:
        """Take in a claim at its place in the order."""
        self._recall_around(claim)
        super().insert(claim)
        self.written[key_of(claim)] = (*claim, 0)

    def remove(self, claim: Claim) -> None:
        """Take a claim out."""
        self._recall_around(claim)
        super().remove(claim)
        self.written[key_of(claim)] = None

    def holds(self, claim: Claim) -> bool:
        """Whether a claim is at hand."""
        number = self._index_of(claim)
        return number < len(self.claims) and self.claims[number][:4] == claim[:4]

    def recall(self, row: Row) -> None:
        """Take in what is used up, and find out who gave last, or who got through where each may only once."""
        _, _, through, points, period, carried = row
        self.through, self.points = int(through), int(str(points))  # type: ignore[arg-type]
        self.period, self.carried = period, int(str(carried))  # type: ignore[assignment]
        if self.terms.within is not None:
            self._recall_who_gave(self.terms.within)
        if self.terms.gate.distinct:
            rows = (row for row in self.scope.open.scan(CLAIMS, self.where) if row[9])
            passed = islice(rows, self.through)  # all others were refused
            self.actors = {str(row[7]) for row in passed if row[7] is not None}

    def _recall_who_gave(self, within: timedelta) -> None:
        """Find out when each of both gave last, as far as it may matter to whoever gives next."""
        last: datetime | None = None
        for row in self.scope.open.scan(CLAIMS, self.where, backwards=True):
            at = moment_of(row[2])  # type: ignore[arg-type]
            last = last or at
            if last - at > within or len(self.last_gifts) == 2:
                break
            self.last_gifts.setdefault(row[7], at)  # type: ignore[arg-type]

    def _recall_around(self, claim: Claim) -> None:
        """Have the claims at hand from one on, and those ahead of it that tell what is used up there."""
        self.touch()
        key = key_of(claim)
        since = self._needed_for(key)
        if self.since is None:
            self.since, self.upto = since, since
        elif since < self.since:
            rows = self.scope.open.scan(CLAIMS, self.where, since=since, before=self.since)
            self.claims[:0] = map(_placed, rows)
            self.since = since
        while self.upto is not None and key >= self.upto:
            self._recall_page()

    def _needed_for(self, key: Key) -> Key:
        """The first claim that settling needs for a change at a key, which is the one ahead of it, if not an earlier one."""
        if self.terms.carry is not None:
            return ()
        rows = self.scope.open.scan(CLAIMS, self.where, before=key, backwards=True, most=1)
        ahead = next(rows, None)
        if ahead is None:
            return ()
        if self.terms.within is not None:
            return (int(ahead[2]) - self.terms.within // MICROSECOND,)  # type: ignore[arg-type]
        return ahead[2:6]

    def _recall_page(self) -> None:
        rows = [*self.scope.open.scan(CLAIMS, self.where, since=self.upto, most=PAGE + 1)]
        self.upto = rows[PAGE][2:6] if len(rows) > PAGE else None
        self.claims += map(_placed, rows[:PAGE])

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
        """The keys of claims of the past that were dropped, rows of those that changed, and of those that were added.

        From now on they all belong to the past.
        """
        gone: list[Key] = [(*self.where, *key) for key, claim in self.written.items() if not claim]
        moved = [self._row(claim) for claim in self.written.values() if claim]
        new = [self._row(claim) for claim in self.claims] if self.since is None else []
        self.claims, self.since, self.upto, self.written = Tail(self), None, None, {}
        return gone, moved, new

    def _row(self, claim: Placed) -> Row:
        at, name, rule, rank, amount, actor, period, place = claim
        return (*self.where, micros(at), name, rule, rank, str(amount), actor, period, place)

    def row(self) -> Row:
        """What is used up."""
        return (*self.where, self.through, str(self.points), self.period, str(self.carried))


def key_of(claim: Claim | Placed) -> Key:
    """By what a claim is found among those of its gate and key."""
    at, name, rule, rank = claim[:4]
    return micros(at), name, rule, rank


def _placed(row: Row) -> Placed:
    _, _, at, name, rule, rank, amount, actor, period, place = row
    found = (moment_of(int(at)), str(name), str(rule), int(rank))  # type: ignore[arg-type]
    taken = (int(str(amount)), None if actor is None else str(actor))
    return (*found, *taken, int(period), int(place))  # type: ignore[arg-type]
