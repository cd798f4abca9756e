"""The floor of the benchmarks: the benchmark's rule book, written by hand as one loop over events in order.

It does the same job as the engine without its generality: no late events, no retractions, no other book. The benchmark asserts that both decide the
same. It has to be as fast as possible: all that belongs to a member or an object is in one object with slots, the most frequent types come
first, and Python's cyclic garbage collector is off, as in the engine.
"""

import gc
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from math import inf

from wiifm import Event
from wiifm.records import large_dict

GOOD = {10: "bronze", 25: "silver", 100: "gold"}
STEADY = {3: "bronze", 7: "silver", 30: "gold"}
HELPING = {3: "bronze", 10: "silver", 30: "gold"}
CURIOUS = {4: "bronze", 12: "silver", 40: "gold"}
LEVELS = (0, 50, 300, 1500)
WEEK = 7 * 86_400

Badge = tuple[str, str, str | None]
Ledger = list[tuple[str, str, int, str]]
Move = tuple[str, int, str]
"""A member, how many levels they have reached now, and the event by which."""


class Member:
    """What a member has, and what limits, gates and badges count."""

    __slots__ = (
        *("id", "points", "hours", "badges", "least", "next"),
        *("effort_day", "effort", "votes_day", "votes", "kudos_week", "kudos", "comments"),
        *("active_day", "streak", "steady", "asked", "answers", "recent"),
        *("asking_week", "asking_weeks", "helped"),
    )

    def __init__(self, id: str) -> None:
        self.id = id
        self.points = self.hours = 0
        self.badges: set[Badge] = set()
        self.least: float = 0
        self.next: float = 50
        self.effort_day = self.effort = self.votes_day = self.votes = 0
        self.kudos_week = self.kudos = 0
        self.comments: dict[str | None, tuple[int, int]] | None = None
        self.active_day = self.streak = self.asked = self.answers = 0
        self.steady = False
        self.recent: list[float] | None = None
        self.asking_week = self.asking_weeks = 0
        self.helped: set[str | None] | None = None

    def changes_level(self, event: str, note: Callable[[Move], None]) -> None:
        """Note the level that the points reach, which isn't the one before."""
        level = bisect_right(LEVELS, self.points)
        self.least, self.next = (-inf, *LEVELS)[level], (*LEVELS, inf)[level]
        note((self.id, level, event))

    def is_active(self, day: int) -> None:
        """Continue the streak of days, or begin a new one."""
        self.streak = self.streak + 1 if self.active_day == day - 1 else 1
        self.active_day = day
        if tier := STEADY.get(self.streak):
            self.badges.add(("steady", tier, None))
            self.steady = True

    def makes_an_effort(self, day: int, most: int) -> int:
        """The part of an amount that the limit of the day allows."""
        if self.effort_day != day:
            self.effort_day, self.effort = day, most
            return most
        left = min(20 - self.effort, most)
        self.effort += left
        return left


class Thing:
    """An object: its author, and what was counted."""

    __slots__ = ("author", "helped", "is_answer", "likes", "reshares", "worth")

    def __init__(self, author: Member, is_answer: bool) -> None:
        self.author, self.is_answer = author, is_answer
        self.likes = self.reshares = self.worth = 0
        self.helped: set[str | None] | None = None


class Members(dict[str, Member]):
    """Members by their ids, created at the first access."""

    def __missing__(self, id: str) -> Member:
        found = self[id] = Member(id)
        return found


def score(events: Iterable[Event]) -> tuple[Mapping[str, Member], Ledger, list[Move]]:
    """Score events: return the members by their ids, the ledger (member, rule, amount, event), and the changes of levels."""
    collected = gc.isenabled()
    gc.disable()
    try:
        return _score(events)
    finally:
        if collected:
            gc.enable()


def _score(  # noqa: PLR0912, PLR0915
    events: Iterable[Event],
) -> tuple[Mapping[str, Member], Ledger, list[Move]]:
    seen: set[str] = set()
    members = Members()
    things: dict[str | None, Thing] = large_dict()
    answered: set[str | None] = set()
    ledger: Ledger = []
    moves: list[Move] = []
    see, thing_of, book, move = seen.add, things.get, ledger.append, moves.append

    for event in events:
        name = event.id
        if name in seen:
            continue
        see(name)
        kind = event.type

        if kind == "object.liked":
            thing = thing_of(event.object)
            if thing is None or not thing.is_answer or thing.author.id == event.actor:
                continue
            member, day = thing.author, event.occurred_at.toordinal()
            if member.votes_day != day:
                member.votes_day, member.votes, left = day, 10, 10
            else:
                left = 200 - member.votes
                left = 10 if left > 10 else left if left > 0 else 0
                member.votes += left
            if left:
                member.points += left
                book((member.id, "liked", left, name))
                if member.points >= member.next:
                    member.changes_level(name, move)
            thing.likes = likes = thing.likes + 1
            if likes in GOOD:
                member.badges.add(("good-answer", GOOD[likes], event.object))

        elif kind == "comment.posted":
            member, at, about = members[event.actor], event.occurred_at, event.in_reply_to
            things[event.object] = Thing(member, False)
            parent = thing_of(about)
            if parent is not None and parent.author is member:
                continue
            day = at.toordinal()
            if at.hour >= 6:
                comments = member.comments
                if comments is None:
                    comments = member.comments = {}
                last, number = comments.get(about, (day, 0))
                number = number + 1 if last == day else 1
                if number <= 3:
                    comments[about] = day, number
                    member.points += 1
                    book((member.id, "commented", 1, name))
                    if member.points >= member.next:
                        member.changes_level(name, move)
            if member.active_day != day:
                member.is_active(day)
            if member.steady and member.asked >= 5 and member.answers >= 5:
                member.badges.add(("all-round", "silver", None))

        elif kind == "answer.posted":
            member, at, about = members[event.actor], event.occurred_at, event.in_reply_to
            things[event.object] = Thing(member, True)
            parent = thing_of(about)
            if parent is None or parent.author is not member:
                day = at.toordinal()
                if left := member.makes_an_effort(day, 3):
                    member.points += left
                    book((member.id, "answered", left, name))
                if about not in answered:
                    answered.add(about)
                    member.points += 2
                    book((member.id, "first-answer", 2, name))
                if member.points >= member.next:
                    member.changes_level(name, move)
                member.answers += 1
                now, recent = at.timestamp(), member.recent
                if recent is None:
                    recent = member.recent = []
                recent.append(now)
                while recent[0] < now - WEEK:
                    del recent[0]
                if len(recent) >= 5:
                    member.badges.add(("busy", "bronze", None))
                    if len(recent) >= 20:
                        member.badges.add(("busy", "silver", None))
                if member.active_day != day:
                    member.is_active(day)
            if member.steady and member.asked >= 5 and member.answers >= 5:
                member.badges.add(("all-round", "silver", None))

        elif kind == "question.asked":
            member, day = members[event.actor], event.occurred_at.toordinal()
            things[event.object] = Thing(member, False)
            if left := member.makes_an_effort(day, 2):
                member.points += left
                book((member.id, "asked", left, name))
                if member.points >= member.next:
                    member.changes_level(name, move)
            member.asked += 1
            week = (day - 1) // 7
            if member.asking_week != week:
                member.asking_week, member.asking_weeks = week, member.asking_weeks + 1
                if tier := CURIOUS.get(member.asking_weeks):
                    member.badges.add(("curious", tier, None))
            if member.steady and member.asked >= 5 and member.answers >= 5:
                member.badges.add(("all-round", "silver", None))

        elif kind == "post.shared":
            member, day = members[event.actor], event.occurred_at.toordinal()
            things[event.object] = Thing(member, False)
            if left := member.makes_an_effort(day, 2):
                member.points += left
                book((member.id, "shared", left, name))
                if member.points >= member.next:
                    member.changes_level(name, move)
            if member.active_day != day:
                member.is_active(day)
            if member.steady and member.asked >= 5 and member.answers >= 5:
                member.badges.add(("all-round", "silver", None))

        elif kind == "kudos.given":
            if event.actor == event.recipient:
                continue
            giver, week = members[event.actor], (event.occurred_at.toordinal() - 1) // 7
            if giver.kudos_week != week:
                giver.kudos_week = week
                giver.kudos = 0
            if giver.kudos < 5:
                giver.kudos += 1
                member = members[event.recipient]
                member.points += 5
                book((member.id, "kudos", 5, name))
                if member.points >= member.next:
                    member.changes_level(name, move)

        elif kind == "mentoring.session":
            if event.actor != event.recipient:
                member = members[event.actor]
                amount = round(event.data["minutes"] * 100 / 60)
                member.hours += amount
                book((member.id, "session", amount, name))

        else:
            thing, actor = thing_of(event.object), event.actor
            if thing is None or thing.author.id == actor:
                continue
            member = thing.author
            if kind == "object.reshared":
                thing.reshares = number = thing.reshares + 1
                worth = 15 if number >= 10 else 5 if number >= 3 else 0
                if worth != thing.worth:
                    member.points += worth - thing.worth
                    book((member.id, "reshared", worth - thing.worth, name))
                    if member.points >= member.next:
                        member.changes_level(name, move)
                    thing.worth = worth
                continue
            if kind == "object.disliked":
                day = event.occurred_at.toordinal()
                if member.votes_day != day:
                    member.votes_day, member.votes = day, 0
                member.votes -= 2
                member.points -= 2
                book((member.id, "disliked", -2, name))
                if member.points < member.least:
                    member.changes_level(name, move)
                continue
            if kind == "object.helped":
                if thing.helped is None:
                    thing.helped = set()
                if actor not in thing.helped:
                    thing.helped.add(actor)
                    member.points += 10
                    book((member.id, "helped", 10, name))
                    if member.points >= member.next:
                        member.changes_level(name, move)
            else:
                closing = members[actor]
                member.points += 15
                closing.points += 2
                book((member.id, "accepted", 15, name))
                book((closing.id, "closed", 2, name))
                if member.points >= member.next:
                    member.changes_level(name, move)
                if closing.points >= closing.next:
                    closing.changes_level(name, move)
            if member.helped is None:
                member.helped = set()
            if actor not in member.helped:
                member.helped.add(actor)
                if tier := HELPING.get(len(member.helped)):
                    member.badges.add(("helping", tier, None))

    return members, ledger, moves
