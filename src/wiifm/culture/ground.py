"""What every section of a report is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from attrs import define, field

from wiifm.culture.acts import acts_told
from wiifm.culture.deeds import Scene
from wiifm.culture.figures import folded
from wiifm.culture.tally import Tally
from wiifm.event_types import Act
from wiifm.rulebook.book import FEWEST


@define(eq=False)
class Ground:
    """A tally of the time that is told, and who there was; ``firsts`` has the day of each member's first contribution ever."""

    scene: Scene
    tally: Tally
    until: datetime
    fewest: int = FEWEST
    begins: int | None = None
    """The first day of the time that is told, where it has one."""
    nameable: Collection[str] = frozenset()
    """Who may be named, where anybody is."""
    firsts: dict[str, int] = field(factory=dict)
    seen: dict[str, int] = field(factory=dict)
    """The day on which each member was active first, ever."""
    shown: dict[str, str] = field(init=False)
    """What the unit of each member is called in the report; who has none isn't in it."""
    first_day: int | None = field(init=False)
    sizes: Counter[str] = field(init=False)
    contributed: Counter[str] = field(init=False)
    active: set[str] = field(init=False)
    acts: dict[Act, int] = field(init=False)
    """How often each act was done that is told."""

    def __attrs_post_init__(self) -> None:
        self.first_day = min(self.tally.active, default=None)
        known = {m: unit for m, unit in self.scene.units.items() if m in self.scene.members}
        members: dict[str, set[str]] = {}
        for member, unit in known.items():
            members.setdefault(unit, set()).add(member)
        called = folded(members, self.fewest)
        self.shown = {member: called[unit] for member, unit in known.items()}
        self.sizes = Counter(self.shown.values())
        self.contributed = Counter()
        for counts in self.tally.contributing.values():
            self.contributed.update(counts)
        self.active = set().union(*self.tally.active.values())
        self.acts = acts_told(self.tally, self.fewest)

    @property
    def start(self) -> int:
        """The first day of the time: that of ``begins``, or the first on which anybody ever did anything, where that is later."""
        first = min(self.seen.values(), default=None)
        if self.begins is None:
            return self.last_day if first is None else first
        return self.begins if first is None else max(first, self.begins)

    def many(self, count: int) -> int:
        """A count of what all members did, if there are enough of them; 0 otherwise."""
        return count if len(self.scene.members) >= self.fewest else 0

    @property
    def last_day(self) -> int:
        """The day of the last moment that counts."""
        return (self.until.astimezone(UTC) - timedelta.resolution).toordinal()
