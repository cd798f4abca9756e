"""What a time comes to: a tally of its deeds. Tallies of days are merged to that of any longer time, in any order.

``tally`` is a pure fold over deeds, and ``merged`` adds up: of all deeds it is the same as of each day's, merged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter

from attrs import define, field

from wiifm.culture.deeds import Deed
from wiifm.event_types import Act

Pair = tuple[str, str]
"""Who gave, and who received."""

SHARING: tuple[Act, ...] = ("shares",)
BROADCASTING: tuple[Act, ...] = ("broadcasts",)
CONVERSING: tuple[Act, ...] = ("asks", "answers", "replies")
CONTRIBUTING = frozenset((*SHARING, *BROADCASTING, *CONVERSING, "mentors"))
"""What puts something in; to read, like, thank, confirm or use is to take part."""

GIVES = frozenset(["answers", "mentors"])
"""Acts by which the actor helps the other."""

GAVE = frozenset(["confirms", "uses", "thanks"])
"""Acts by which the actor says that the other helped. That an answer is accepted isn't here: it was counted as an answer."""


@define
class Tally:
    """What the deeds of some time come to. All of it can be merged: counts add up, first times are the earliest.

    >>> a, b = tally([]), tally([])
    >>> merged([a, b]) == a
    True
    """

    active: defaultdict[int, set[str]] = field(factory=lambda: defaultdict(set))
    """By day (proleptic ordinal, UTC), who did anything."""
    contributing: defaultdict[int, Counter[str]] = field(factory=lambda: defaultdict(Counter))
    """By day, who contributed, and how often."""
    acts: Counter[Act] = field(factory=Counter)
    served: Counter[Act] = field(factory=Counter)
    """As ``acts``, of those that concern another person."""
    alone: defaultdict[Act, set[str]] = field(factory=lambda: defaultdict(set))
    """By act, who did it without another person; where they are hidden, to whom it was done."""
    serving: defaultdict[Act, set[str]] = field(factory=lambda: defaultdict(set))
    """By act, who did it so that it concerns another person."""
    helps: Counter[Pair] = field(factory=Counter)
    contacts: Counter[Pair] = field(factory=Counter)
    thanks: Counter[Pair] = field(factory=Counter)
    asked: dict[str, tuple[datetime, str | None]] = field(factory=dict)
    """By question, when it was asked and by whom."""
    answered: dict[str, tuple[datetime, str | None]] = field(factory=dict)
    """By question, when the first other person answered, and who that was."""
    solved: set[str] = field(factory=set)
    expertise: defaultdict[str, Counter[str]] = field(factory=lambda: defaultdict(Counter))
    """By topic, who helped, and how often."""
    interest: defaultdict[str, set[str]] = field(factory=lambda: defaultdict(set))
    """By topic, who asked, or was helped."""

    def add(self, deed: Deed) -> None:
        """Count a deed."""
        at, act, actor, other, thing, topics = deed
        self.acts[act] += 1
        if actor is not None:
            day = at.toordinal()
            self.active[day].add(actor)
            if act in CONTRIBUTING:
                self.contributing[day][actor] += 1
        if act == "asks":
            self.asked.setdefault(str(thing), (at, actor))
            for topic in topics:
                self._interested(topic, actor)
        elif act == "answers" and thing is not None:
            self.answered.setdefault(thing, (at, actor))
        elif act == "accepts" and thing is not None:
            self.solved.add(thing)
        if actor is not None and other is not None:
            self._between(act, actor, other, topics)
        elif (known := actor or other) is not None:
            self.alone[act].add(known)

    def _between(self, act: Act, actor: str, other: str, topics: tuple[str, ...]) -> None:
        self.served[act] += 1
        self.serving[act].add(actor)
        self.contacts[actor, other] += 1
        if act == "thanks":
            self.thanks[actor, other] += 1
        if act in GIVES or act in GAVE:
            giver, receiver = (actor, other) if act in GIVES else (other, actor)
            self.helps[giver, receiver] += 1
            for topic in topics:
                self.expertise[topic][giver] += 1
                self._interested(topic, receiver)

    def _interested(self, topic: str, member: str | None) -> None:
        if member is not None:
            self.interest[topic].add(member)

    def take_in(self, other: Tally) -> None:
        """Add another time's tally to this one."""
        for day, members in other.active.items():
            self.active[day].update(members)
        for day, counts in other.contributing.items():
            self.contributing[day].update(counts)
        for mine, more in (
            (self.helps, other.helps),
            (self.contacts, other.contacts),
            (self.thanks, other.thanks),
        ):
            mine.update(more)
        self.acts.update(other.acts)
        self.served.update(other.served)
        for known, doers in ((self.alone, other.alone), (self.serving, other.serving)):
            for act, persons in doers.items():
                known[act].update(persons)
        for first, others in ((self.asked, other.asked), (self.answered, other.answered)):
            for name, found in others.items():
                first[name] = min(found, first.get(name, found), key=itemgetter(0))
        self.solved |= other.solved
        for topic, helpers in other.expertise.items():
            self.expertise[topic].update(helpers)
        for topic, persons in other.interest.items():
            self.interest[topic].update(persons)


def tally(deeds: Iterable[Deed]) -> Tally:
    """What deeds come to."""
    found = Tally()
    for deed in deeds:
        found.add(deed)
    return found


def merged(tallies: Iterable[Tally]) -> Tally:
    """What the times of some tallies come to together."""
    found = Tally()
    for each in tallies:
        found.take_in(each)
    return found
