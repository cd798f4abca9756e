"""What the sections of a report are computed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from attrs import define, field

from wiifm.culture.acts import acts_shown
from wiifm.culture.deeds import Scene
from wiifm.culture.figures import folded
from wiifm.culture.tally import Pair, Tally
from wiifm.event_types import Act
from wiifm.rulebook.book import DEFAULT_FEWEST


@define(eq=False)
class Context:
    """The tally of the report's period, and the members.

    ``firsts`` has the day of each person's first contribution ever. A person who left before the end of the period isn't a member; what
    they did is in the tally.
    """

    scene: Scene
    tally: Tally
    until: datetime
    fewest: int = DEFAULT_FEWEST
    begins: int | None = None
    """The first day of the period; None if it has no beginning."""
    nameable: Collection[str] = frozenset()
    """The members who may be named, if the report names anybody."""
    firsts: dict[str, int] = field(factory=dict)
    seen: dict[str, int] = field(factory=dict)
    """The day on which each person was first active, ever."""
    members: dict[str, int] = field(init=False)
    """Those who were there at the end of the period, with the ordinal of their first day."""
    units: dict[str, str] = field(init=False)
    """The unit of each member who has one."""
    shown: dict[str, str] = field(init=False)
    """The unit's name in the report, of each member who has one: small units are merged."""
    first_day: int | None = field(init=False)
    sizes: Counter[str] = field(init=False)
    contributed: Counter[str] = field(init=False)
    active: set[str] = field(init=False)
    acts: dict[Act, int] = field(init=False)
    """How often each act was done, as far as the report shows it."""

    def __attrs_post_init__(self) -> None:
        self.first_day = min(self.tally.active, default=None)
        self.members = self.scene.members
        known = self.units = {m: u for m, u in self.scene.units.items() if m in self.members}
        members: dict[str, set[str]] = {}
        for member, unit in known.items():
            members.setdefault(unit, set()).add(member)
        names = folded(members, self.fewest)
        self.shown = {member: names[unit] for member, unit in known.items()}
        self.sizes = Counter(self.shown.values())
        self.contributed = Counter()
        for counts in self.tally.contributing.values():
            self.contributed.update(counts)
        self.contributed = Counter(self.of_members(self.contributed))
        self.active = set().union(*self.tally.active.values()) & self.members.keys()
        self.acts = acts_shown(self.tally, self.fewest)

    def of_members(self, found: Mapping[str, int]) -> dict[str, int]:
        """Only the items of members."""
        return {name: each for name, each in found.items() if name in self.members}

    def between_members(self, found: Mapping[Pair, int]) -> dict[Pair, int]:
        """Only the pairs of two members."""
        there = self.members
        return {pair: n for pair, n in found.items() if pair[0] in there and pair[1] in there}

    @property
    def start(self) -> int:
        """The first day of the period: ``begins``, or the first day on which anybody did anything, whichever is later."""
        first = min(self.seen.values(), default=None)
        if self.begins is None:
            return self.last_day if first is None else first
        return self.begins if first is None else max(first, self.begins)

    def many(self, count: int) -> int:
        """A count about all members; 0 if there are fewer than ``fewest``."""
        return count if len(self.members) >= self.fewest else 0

    @property
    def last_day(self) -> int:
        """The day of the last moment in the period."""
        return (self.until.astimezone(UTC) - timedelta.resolution).toordinal()
