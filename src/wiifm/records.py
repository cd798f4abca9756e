"""What the folds remember, as nouns: of an object, of a holder; and what a step brings about.

The folds and the generated program change these; nothing here decides anything.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, cast, overload

from attrs import define, field, frozen

from wiifm.activities import BEGINNING, Activity, Order, Slot, order_of
from wiifm.events import Event
from wiifm.ledger import Holder

SPACING = 256
"""At least so many events lie between two snapshots of a holder's state."""

SPACING_IF_LATE = 32
"""At least so many events lie between a snapshot and one more where something came late."""

AT_ONCE = 1_000
"""So many rows are taken out of a list at once."""

K = TypeVar("K")
V = TypeVar("V")


def large_dict() -> dict[K, V]:
    """A dictionary that will have a great many texts for keys.

    Python's has hashes of keys in it only where one of them was no text; any other looks at all its keys, wherever they lie in memory, each
    time that it has doubled.

    >>> large_dict()
    {}
    """
    found: dict[Any, Any] = {None: None}
    del found[None]
    return found


AwardKey: TypeAlias = tuple[str, str, tuple[Any, ...]]
"""Badge, tier, occurrence."""

AwardCell: TypeAlias = tuple[datetime, str, Any]
"""When an award was given, by which event, and for what."""

Awards: TypeAlias = dict[AwardKey, AwardCell]


class State(Protocol):
    """What the reward fold knows of one holder: a slotted class, generated for each rule book.

    ``tables`` are fields of which a store keeps each item by itself, ``queues`` those whose queues are made anew of their items,
    ``foreign`` those that hold what a plugin's function made.
    """

    tables: ClassVar[tuple[str, ...]]
    foreign: ClassVar[tuple[str, ...]]
    queues: ClassVar[Mapping[str, Callable[[list[Any]], object]]]
    day: int
    awards: Awards
    held: set[tuple[str, str]] | None
    passed: Order | None

    def copy(self) -> State:
        """A state that later steps on this one don't change."""

    def weight(self) -> int:
        """How many things the state holds; copying it costs about so much."""


@frozen(eq=False)
class Grant:
    """What is booked by: a rule or the bonus of a badge, in one slot.

    What is ``graded`` is worth so much for an object in all, and each row after the first corrects that. Where the
    sentence to ``say`` is ``plain``, there is nothing to fill in.
    """

    rule: str
    purse: str
    slot: Slot
    say: str
    graded: bool = False
    plain: bool = field(init=False)

    @plain.default
    def _plain(self) -> bool:
        return not {"{", "}"}.intersection(self.say)


@define(eq=False)
class History:
    """One holder: the events that concern them in order, the state after these, and snapshots on the way.

    ``events`` may hold more than those that credit the holder, never less; ``base`` is how many lie before them
    elsewhere. A snapshot is the state after the event at its place in the order; they lie the further apart the
    longer ago they are. The next one is due once ``events`` has so many.
    """

    holder: Holder
    state: State
    events: list[Event] = field(factory=list)
    base: int = 0
    due: int = field(factory=lambda: SPACING)
    snapshots: list[tuple[Order, int, State]] = field(factory=list)
    kept: Awards = field(factory=dict)
    ghosts: dict[str, tuple[Order, list[Activity]]] = field(factory=dict)
    levels: tuple[int, ...] | None = None
    """How many levels of each ladder were reached when the last batch ended; None before anything was."""

    # ---- on the way forward ------------------------------------------------------------------------------

    def snapshot(self, count: int) -> None:
        """Keep the state as it is now, after so many of ``events``."""
        self.add_snapshot(self.base + count, order_of(self.events[count - 1]))

    def add_snapshot(self, count: int, order: Order) -> None:
        """Keep the state as it is now, after so many events in all, and drop snapshots that lie too close."""
        self.snapshots.append((order, count, self.state.copy()))
        self.due = count + spacing(self.state) - self.base
        self.snapshots = thinned(self.snapshots)

    def add_events(self, events: Iterable[Event]) -> None:
        """Put events in their places, as far as they aren't there yet."""
        for event in events:
            place = bisect_left(self.events, order_of(event), key=order_of)
            if place == len(self.events) or self.events[place].id != event.id:
                self.events.insert(place, event)

    # ---- back to an earlier place ------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many events there are in all."""
        return self.base + len(self.events)

    @property
    def end(self) -> Order:
        """The place of the last event; the beginning where there is none."""
        return order_of(self.events[-1]) if self.events else BEGINNING

    def since(self, place: Order) -> list[Event]:
        """The events from a place in the order on."""
        return self.events[bisect_left(self.events, place, key=order_of) :]

    def after(self, place: Order) -> list[Event]:
        """The events behind a place in the order."""
        return self.events[bisect_right(self.events, place, key=order_of) :]

    def rewind(self, place: Order, fresh: Callable[[], State]) -> Order:
        """Go back to the last snapshot before a place, or to a fresh state; answers behind which event that is."""
        while self.snapshots and known_until(*self.snapshots[-1]) >= place:
            self.snapshots.pop()
        if not self.snapshots:
            self.state, self.due = fresh(), SPACING - self.base
            return BEGINNING
        order, count, state = self.snapshots[-1]
        self.state = state.copy()
        self.due = count + spacing(state) - self.base
        return order

    def truncate(self, last: Order) -> None:
        """Drop the events behind a place, none of which counts, and the snapshots."""
        while self.events and order_of(self.events[-1]) > last:
            self.events.pop()
        while self.snapshots and self.snapshots[-1][0] > last:
            self.snapshots.pop()
        self.due = min(self.due, len(self.events) + spacing(self.state))

    def awards(self) -> Awards:
        """The awards that the holder has, kept ones included."""
        if not self.kept:
            return self.state.awards
        found = dict(self.kept)
        for key, cell in self.state.awards.items():
            found[key] = earlier(found.get(key, cell), cell)
        return found


Snapshot: TypeAlias = tuple[Order, int, Any]
"""Where a state was kept, after how many events, and the state."""


def last_advance(state: State) -> Order:
    """Which advance of time has changed a state last; the beginning where none has."""
    return getattr(state, "passed", None) or BEGINNING


def known_until(order: Order, _: int, state: State) -> Order:
    """Up to which place in the order a snapshot knows what happened: time may have passed since its last event."""
    return max(order, last_advance(state))


def thinned(snapshots: list[Snapshot]) -> list[Snapshot]:
    """Of snapshots those that lie far enough apart: the further, the longer ago they are.

    >>> [count for _, count, _ in thinned([(BEGINNING, each, None) for each in range(100, 2500, 200)])]
    [100, 500, 900, 1100, 1300, 1500, 1700, 1900, 2100, 2300]
    """
    kept: list[Snapshot] = []
    count = snapshots[-1][1]
    for number, each in enumerate(snapshots):
        behind = snapshots[number + 2][1] if number + 2 < len(snapshots) else None
        if not kept or behind is None or behind - kept[-1][1] > (count - behind) // 2:
            kept.append(each)
    return kept


def spacing(state: State, least: int = SPACING) -> int:
    """After how many events a further snapshot is worth its copy: folding one costs about as much as copying eight things."""
    return max(least, state.weight() // 8)


def earlier(one: AwardCell, other: AwardCell) -> AwardCell:
    """Of two cells of one award the one that was given first: by time, by event, and for what (nothing first)."""
    return min(one, other, key=lambda cell: (*cell[:2], cell[2] is not None, str(cell[2])))


Booked: TypeAlias = tuple[History, Event, Grant, int, "dict[str, object] | None"]
"""What a step booked: to whom, for which event, by what, how much in minor units; and the words that its sentence needs."""

Refused: TypeAlias = tuple[History, Event, Grant, str, "str | tuple[str, int, int]"]
"""What a step refused: to whom, for which event, by what, the reason, and its detail, put into words when it is read."""

Awarded: TypeAlias = tuple[History, Event, AwardKey, AwardCell]


R = TypeVar("R", bound="tuple[Any, ...]")


@define(eq=False)
class Rows(Sequence[R]):
    """Rows of five cells each, kept in one flat list.

    There are many, and a tuple for each would double the memory and be looked at by the garbage collector for ever.

    >>> rows = Rows()
    >>> rows.append((1, 2, 3, 4, 5))
    >>> len(rows), rows[0]
    (1, (1, 2, 3, 4, 5))
    """

    cells: list[Any] = field(factory=list)

    def __len__(self) -> int:
        return len(self.cells) // 5

    def __iter__(self) -> Iterator[R]:
        return cast("Iterator[R]", zip(*[iter(self.cells)] * 5, strict=True))

    @overload
    def __getitem__(self, number: int) -> R: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[R]: ...
    def __getitem__(self, number: int | slice) -> R | Sequence[R]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return cast(R, tuple(self.cells[5 * number : 5 * number + 5]))

    def after(self, count: int) -> Iterator[R]:
        """The rows behind so many, which nobody goes through for it."""
        end = len(self.cells)
        for start in range(5 * count, end, 5 * AT_ONCE):
            part = iter(self.cells[start : min(start + 5 * AT_ONCE, end)])
            yield from cast("Iterator[R]", zip(*[part] * 5, strict=True))

    def first_cells(self, count: int) -> list[Any]:
        """The first cell of each row behind so many."""
        return self.cells[5 * count :: 5]

    def grants(self, count: int) -> Iterator[tuple[Any, Any]]:
        """The second and the third cell of each row behind so many: of what was booked, for which event and by what."""
        return zip(self.cells[5 * count + 1 :: 5], self.cells[5 * count + 2 :: 5], strict=True)

    def reasons(self, count: int) -> list[Any]:
        """The fourth cell of each row behind so many: of refusals, why."""
        return self.cells[5 * count + 3 :: 5]

    def append(self, row: R) -> None:
        """Add a row."""
        self.cells.extend(row)

    def truncate(self, count: int) -> None:
        """Leave so many rows, and no more."""
        del self.cells[5 * count :]


@define(eq=False)
class Outcomes:
    """What steps bring about; ``book`` and ``refuse`` add a row."""

    booked: Rows[Booked] = field(factory=Rows)
    refused: Rows[Refused] = field(factory=Rows)
    awarded: list[Awarded] = field(factory=list)
    withdrawn: list[Awarded] = field(factory=list)
    book: Callable[[Booked], None] = field(init=False)
    refuse: Callable[[Refused], None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.book, self.refuse = self.booked.cells.extend, self.refused.cells.extend
