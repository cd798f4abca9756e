"""Tallies of deeds. The tallies of days can be merged, in any order, to the tally of any longer period.

``tally`` is a pure fold over deeds: the tally of all deeds equals the merged tallies of their days.
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
"""The giver and the receiver."""

SHARING: tuple[Act, ...] = ("shares",)
BROADCASTING: tuple[Act, ...] = ("broadcasts",)
CONVERSING: tuple[Act, ...] = ("asks", "answers", "replies")
CONTRIBUTING = frozenset((*SHARING, *BROADCASTING, *CONVERSING, "mentors"))
"""Acts that contribute something. Reading, liking, thanking, confirming and using are only taking part."""

GIVES = frozenset(["answers", "mentors"])
"""Acts by which the actor helps the other person."""

GAVE = frozenset(["confirms", "uses", "thanks"])
"""Acts by which the actor says that the other person helped. Accepting an answer isn't one, as the answer was counted as help."""


@define
class Tally:
    """What the deeds of a period add up to. When tallies are merged, counts are added, and first times are the earliest.

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
    """How often each act was done to another person."""
    alone: defaultdict[Act, set[str]] = field(factory=lambda: defaultdict(set))
    """By act, who did it without another person; if the actor is hidden, the person to whom it was done."""
    serving: defaultdict[Act, set[str]] = field(factory=lambda: defaultdict(set))
    """By act, who did it to another person."""
    helps: Counter[Pair] = field(factory=Counter)
    contacts: Counter[Pair] = field(factory=Counter)
    thanks: Counter[Pair] = field(factory=Counter)
    asked: dict[str, tuple[datetime, str | None]] = field(factory=dict)
    """By question, when it was asked and by whom."""
    answered: dict[str, tuple[datetime, str | None]] = field(factory=dict)
    """By question, when it was first answered by another person, and by whom."""
    solved: set[str] = field(factory=set)
    expertise: defaultdict[str, Counter[str]] = field(factory=lambda: defaultdict(Counter))
    """By topic, who helped, and how often."""
    interest: defaultdict[str, set[str]] = field(factory=lambda: defaultdict(set))
    """By topic, who asked or was helped."""

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
        """Add the tally of another period to this one."""
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
    """The tally of deeds."""
    found = Tally()
    for deed in deeds:
        found.add(deed)
    return found


def merged(tallies: Iterable[Tally]) -> Tally:
    """The tally of the periods of several tallies together."""
    found = Tally()
    for each in tallies:
        found.take_in(each)
    return found
