"""The data that the folds keep and produce: the state and history of a holder, and the outcomes of a step.

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
from wiifm.ledger import Holder, Reason

SPACING = 256
"""The least number of events between two snapshots of a holder's state."""

SPACING_IF_LATE = 32
"""The least number of events between a snapshot and a further one before a late event."""

AT_ONCE = 1_000
"""How many rows are taken out of a list at a time."""

K = TypeVar("K")
V = TypeVar("V")


def large_dict() -> dict[K, V]:
    """An empty dictionary for very many keys that are text.

    A dictionary whose keys have all been text stores no hashes, so each time it doubles it has to visit every key, wherever
    these lie in memory. One that has had another key stores the hashes, and doubles much faster.

    >>> large_dict()
    {}
    """
    found: dict[Any, Any] = {None: None}
    del found[None]
    return found


AwardKey: TypeAlias = tuple[str, str, tuple[Any, ...]]
"""The badge, the tier and the occurrence."""

AwardCell: TypeAlias = tuple[datetime, str, Any]
"""When an award was given, by which event, and for which key of the criterion (None without one)."""

Awards: TypeAlias = dict[AwardKey, AwardCell]


class State(Protocol):
    """The state of one holder in the reward fold: a slotted class that is generated for each rule book.

    ``tables`` are the fields of which a store keeps each item in a row of its own, ``queues`` the functions that make the
    queues of a field from their items, ``foreign`` the fields with the state of a plugin's function.

    ``day`` is the latest local day of the holder so far, 0 before the first activity. ``held`` and ``passed`` exist only
    if the book needs them: the badges held that others come after, and the last advance of time that changed the state.
    """

    tables: ClassVar[tuple[str, ...]]
    foreign: ClassVar[tuple[str, ...]]
    queues: ClassVar[Mapping[str, Callable[[list[Any]], object]]]
    day: int
    awards: Awards
    held: set[tuple[str, str]] | None
    passed: Order | None

    def copy(self) -> State:
        """A copy that later steps on this state don't change."""

    def weight(self) -> int:
        """How many things the state holds. Copying it costs about as much."""


@frozen(eq=False)
class Grant:
    """What entries are booked by: a rule, or the bonus of a badge, in one slot.

    A ``graded`` grant is worth so much for an object in all; each row after the first corrects that sum. ``say`` is the
    sentence for members; a ``plain`` one has no placeholders.
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
    """One holder: the events that concern them, in order; the state after these; and snapshots of earlier states.

    Attributes:
        events: every event that credits the holder, and possibly others; without the first ``base`` ones, which are in the store.
        due: a snapshot is taken when ``events`` has this length.
        snapshots: states with the position and the count of the events that they are the fold over. The older, the further apart.
        kept: awards of kept badges that stay although events behind them died.
        ghosts: for each dead event that concerns the holder the position of its death, and the activities that it had.
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
    """How many levels of each ladder were reached at the end of the last batch; None before anything was."""

    # ---- on the way forward ------------------------------------------------------------------------------

    def snapshot(self, count: int) -> None:
        """Keep the present state, which is that after the first ``count`` of ``events``."""
        self.add_snapshot(self.base + count, order_of(self.events[count - 1]))

    def add_snapshot(self, count: int, order: Order) -> None:
        """Keep the present state, which is that after ``count`` events in all, the last one at ``order``; thin out the snapshots."""
        self.snapshots.append((order, count, self.state.copy()))
        self.due = count + spacing(self.state) - self.base
        self.snapshots = thinned(self.snapshots)

    def add_events(self, events: Iterable[Event]) -> None:
        """Put events at their positions, as far as they aren't there yet."""
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
        """The position of the last event, or ``BEGINNING``."""
        return order_of(self.events[-1]) if self.events else BEGINNING

    def since(self, place: Order) -> list[Event]:
        """The events from a position on."""
        return self.events[bisect_left(self.events, place, key=order_of) :]

    def after(self, place: Order) -> list[Event]:
        """The events after a position."""
        return self.events[bisect_right(self.events, place, key=order_of) :]

    def rewind(self, place: Order, fresh: Callable[[], State]) -> Order:
        """Go back to the last snapshot before a position, or else to a ``fresh`` state.

        Returns:
            The position of the last event in that state, or ``BEGINNING``.
        """
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
        """Drop the events after a position, none of which counts, and the snapshots after it."""
        while self.events and order_of(self.events[-1]) > last:
            self.events.pop()
        while self.snapshots and self.snapshots[-1][0] > last:
            self.snapshots.pop()
        self.due = min(self.due, len(self.events) + spacing(self.state))

    def awards(self) -> Awards:
        """The awards of the holder, kept ones included."""
        return with_kept(self.state.awards, self.kept)


def with_kept(awards: Awards, kept: Awards) -> Awards:
    """The awards of a state together with kept ones; of one award in both, the one that counts."""
    if not kept:
        return awards
    found = dict(kept)
    for key, cell in awards.items():
        found[key] = earlier(found.get(key, cell), cell)
    return found


Snapshot: TypeAlias = tuple[Order, int, Any]
"""The position of the last event in a state, the number of events up to there, and the state."""


def last_advance(state: State) -> Order:
    """The position of the last advance of time that changed a state, or ``BEGINNING``."""
    return getattr(state, "passed", None) or BEGINNING


def known_until(order: Order, _: int, state: State) -> Order:
    """The position up to which a snapshot knows what happened. Time may have advanced after its last event."""
    return max(order, last_advance(state))


def thinned(snapshots: list[Snapshot]) -> list[Snapshot]:
    """Those of some snapshots that lie far enough apart: the older, the further.

    >>> [count for _, count, _ in thinned([(BEGINNING, each, None) for each in range(100, 2500, 200)])]
    [100, 500, 900, 1100, 1300, 1500, 1700, 1900, 2100, 2300]
    """
    kept: list[Snapshot] = []
    count = snapshots[-1][1]
    for number, each in enumerate(snapshots):
        following = snapshots[number + 2][1] if number + 2 < len(snapshots) else None
        if not kept or following is None or following - kept[-1][1] > (count - following) // 2:
            kept.append(each)
    return kept


def spacing(state: State) -> int:
    """How many events lie between two snapshots: folding one event in order costs several times as much as copying eight things."""
    return max(SPACING, state.weight() // 8)


def spacing_if_late(state: State) -> int:
    """How many events lie at least between a snapshot and a further one before a late event.

    Folding one event again costs several times as much as copying 128 things.
    """
    return max(SPACING_IF_LATE, state.weight() // 128)


def earlier(one: AwardCell, other: AwardCell) -> AwardCell:
    """Of two cells of one award the one that counts: the earlier one; at the same event the one without a key, or with the lesser."""
    return min(one, other, key=lambda cell: (*cell[:2], cell[2] is not None, str(cell[2])))


Booked: TypeAlias = tuple[History, Event, Grant, int, "dict[str, object] | None"]
"""A row that a step booked: the history, the event, the grant, the amount in minor units, and words for the sentence."""

Refused: TypeAlias = tuple[History, Event, Grant, Reason, "str | tuple[str, int, int]"]
"""A refusal: the history, the event, the grant, the reason, and its detail. An amount in a detail becomes words when it is read."""

Awarded: TypeAlias = tuple[History, Event, AwardKey, AwardCell]
"""An award given or withdrawn: the history, the event that caused it, and the award."""


R = TypeVar("R", bound="tuple[Any, ...]")


@define(eq=False)
class Rows(Sequence[R]):
    """Rows of five cells each, in one flat list.

    There are very many rows. A tuple for each would double the memory, and the garbage collector would visit them forever.

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
        """The rows after the first ``count``. The skipped rows cost nothing."""
        end = len(self.cells)
        for start in range(5 * count, end, 5 * AT_ONCE):
            part = iter(self.cells[start : min(start + 5 * AT_ONCE, end)])
            yield from cast("Iterator[R]", zip(*[part] * 5, strict=True))

    def first_cells(self, count: int) -> list[Any]:
        """The first cell of each row after the first ``count``."""
        return self.cells[5 * count :: 5]

    def grants(self, count: int) -> Iterator[tuple[Any, Any]]:
        """The second and third cell of each row after the first ``count``: of booked rows, the event and the grant."""
        return zip(self.cells[5 * count + 1 :: 5], self.cells[5 * count + 2 :: 5], strict=True)

    def reasons(self, count: int) -> list[Any]:
        """The fourth cell of each row after the first ``count``: of refusals, the reason."""
        return self.cells[5 * count + 3 :: 5]

    def append(self, row: R) -> None:
        """Add a row."""
        self.cells.extend(row)

    def truncate(self, count: int) -> None:
        """Keep only the first ``count`` rows."""
        del self.cells[5 * count :]


@define(eq=False)
class Outcomes:
    """What steps bring about. ``book`` and ``refuse`` each add a row; they are bound once, as steps call them very often."""

    booked: Rows[Booked] = field(factory=Rows)
    refused: Rows[Refused] = field(factory=Rows)
    awarded: list[Awarded] = field(factory=list)
    withdrawn: list[Awarded] = field(factory=list)
    book: Callable[[Booked], None] = field(init=False)
    refuse: Callable[[Refused], None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.book, self.refuse = self.booked.cells.extend, self.refused.cells.extend
