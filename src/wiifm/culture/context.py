"""What every section of a report is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from attrs import define, field

from wiifm.culture.acts import acts_told
from wiifm.culture.deeds import Scene
from wiifm.culture.figures import folded
from wiifm.culture.tally import Pair, Tally
from wiifm.event_types import Act
from wiifm.rulebook.book import FEWEST


@define(eq=False)
class Context:
    """A tally of the time that is told, and who there was; ``firsts`` has the day of each person's first contribution ever.

    Whoever left before the time ended is no member; what they did is in the tally.
    """

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
    """The day on which each person was active first, ever."""
    members: dict[str, int] = field(init=False)
    """Who was there when the time ended, and the ordinal of their first day."""
    units: dict[str, str] = field(init=False)
    """Where they belong, as far as they have a unit."""
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
        self.members = self.scene.members
        known = self.units = {m: u for m, u in self.scene.units.items() if m in self.members}
        members: dict[str, set[str]] = {}
        for member, unit in known.items():
            members.setdefault(unit, set()).add(member)
        called = folded(members, self.fewest)
        self.shown = {member: called[unit] for member, unit in known.items()}
        self.sizes = Counter(self.shown.values())
        self.contributed = Counter()
        for counts in self.tally.contributing.values():
            self.contributed.update(counts)
        self.contributed = Counter(self.of_members(self.contributed))
        self.active = set().union(*self.tally.active.values()) & self.members.keys()
        self.acts = acts_told(self.tally, self.fewest)

    def of_members(self, found: Mapping[str, int]) -> dict[str, int]:
        """Of what persons have, what members have."""
        return {name: each for name, each in found.items() if name in self.members}

    def between_members(self, found: Mapping[Pair, int]) -> dict[Pair, int]:
        """Of what went from person to person, what went from member to member."""
        there = self.members
        return {pair: n for pair, n in found.items() if pair[0] in there and pair[1] in there}

    @property
    def start(self) -> int:
        """The first day of the time: that of ``begins``, or the first on which anybody ever did anything, where that is later."""
        first = min(self.seen.values(), default=None)
        if self.begins is None:
            return self.last_day if first is None else first
        return self.begins if first is None else max(first, self.begins)

    def many(self, count: int) -> int:
        """A count of what all members did, if there are enough of them; 0 otherwise."""
        return count if len(self.members) >= self.fewest else 0

    @property
    def last_day(self) -> int:
        """The day of the last moment that counts."""
        return (self.until.astimezone(UTC) - timedelta.resolution).toordinal()
