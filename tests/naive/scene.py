"""The naive culture report's input: the acts in a period, and the members of the organisation."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .who import acted_on, ancestry, creator, is_there, kind, profile, when

END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Deed:
    """One act: what somebody did by an event, to whom (None if nobody else or unknown), and about which topics."""

    event: object
    act: str
    actor: str | None
    other: str | None
    topics: tuple

    @property
    def at(self):
        return self.event.occurred_at

    @property
    def day(self):
        return self.at.astimezone(UTC).date()

    @property
    def help(self):
        """(helper, helped), or None if the act isn't help or one of the two isn't known."""
        if self.act in ("answers", "mentors"):
            pair = self.actor, self.other
        elif self.act in ("confirms", "uses", "thanks"):
            pair = self.other, self.actor
        else:
            return None
        return None if None in pair else pair

    @property
    def contact(self):
        return None if None in (self.actor, self.other) else (self.actor, self.other)

    def between(self, members):
        """Whether both are among the members."""
        return None not in (self.actor, self.other) and {self.actor, self.other} <= members


class World:
    """What a report knows: the live events, those before the end of its period, the acts among them, and the members.

    ``before`` are the live events before ``until``, ``ever`` the acts among them, ``deeds`` the acts in the period. ``units`` and
    ``managers`` map members to what the caller handed over, else to what profiles say.
    """

    def __init__(self, book, events, since, until, fewest, units, managers):
        gone = {e.retracts for e in events}
        self.book, self.since, self.until, self.fewest = book, since, until, fewest
        self.live = [e for e in events if not kind(book, e).retracts and e.id not in gone]
        self.before = [e for e in self.live if e.occurred_at < until]
        named = {who for e in self.before for who in (e.actor, e.recipient)}
        self.handed_over = {*units, *managers, *managers.values()}
        self.members = {m for m in (named | self.handed_over) - {None} if self.stays(m, END)}
        self.ever = [self.deed(e) for e in sorted(self.before, key=when) if kind(book, e).act]
        self.deeds = [d for d in self.ever if since is None or since <= d.at]
        self.units = {m: units.get(m) or self.said(m, "unit") or None for m in self.members}
        everybody = (named | self.handed_over) - {None}
        self.managers = {m: managers.get(m) or self.said(m, "manager") or None for m in everybody}

    def stays(self, member, moment):
        """Whether somebody hasn't left by the events before a moment (and before the end of the period)."""
        return is_there(self.book, self.before, member, (moment, ""))

    def said(self, member, key):
        return profile(self.book, self.before, member, key, (END, ""))

    def deed(self, event):
        thing = acted_on(self.book, event)
        made = creator(self.book, self.live, thing)
        other = event.recipient or (made.actor if made else None)
        above = ancestry(self.book, self.live, thing)
        topics = next((e.topics for e in (event, *above) if e.topics), ())
        act = kind(self.book, event).act
        return Deed(event, act, event.actor, None if other == event.actor else other, topics)

    def who(self, acts, deeds=None):
        deeds = self.deeds if deeds is None else deeds
        return {d.actor for d in deeds if d.act in acts} - {None}

    def level(self, member):
        """How many managers somebody has above them; None in a cycle, or for somebody outside of any reporting line."""
        if self.managers.get(member) is None and member not in self.managers.values():
            return None
        count, seen = 0, {member}
        while (boss := self.managers.get(member) or member) != member:
            if boss in seen:
                return None
            count, member = count + 1, boss
            seen.add(boss)
        return count

    def days(self):
        """The first and the last day of the period; the first isn't before the first act."""
        last = (self.until - timedelta(microseconds=1)).astimezone(UTC).date()
        first = min((d.day for d in self.ever if d.actor), default=None)
        if self.since is None:
            return first or last, last
        since = self.since.astimezone(UTC).date()
        return max(since, first or since), last

    def nameable(self, members):
        """The members who may be named: those who are listed on leaderboards by their latest profile, and weren't forgotten."""
        at = (END, "")
        shown = [m for m in members if not re.fullmatch("forgotten-[0-9a-f]{16}", m)]
        return [m for m in shown if profile(self.book, self.live, m, "listed", at) is not False]

    def enough(self, value, persons, instead=None):
        """A value if at least ``fewest`` persons are behind it, else ``instead``."""
        return value if len(persons) >= self.fewest else instead

    def called(self):
        """The unit that a report shows for each member, by member.

        Units with fewer than ``fewest`` members are merged into "other units", and with them the next smallest ones until there are enough.
        """
        sizes = Counter(unit for unit in self.units.values() if unit)
        order = sorted(sizes, key=lambda unit: (sizes[unit], unit))
        small = [unit for unit in order if sizes[unit] < self.fewest]
        while small and sum(sizes[u] for u in small) < self.fewest and small != order:
            small = order[: len(small) + 1]
        return {
            m: "other units" if unit in small else unit for m, unit in self.units.items() if unit
        }
