"""A member's statement, naively: docs/howto/statement.md and the docstrings of ``wiifm.statement.nouns``, computed from all events."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from .culture import ACTIVE, MINUTES
from .scene import END
from .who import MENTORS, acted_on, ancestry, creator, is_there, kind, profile, when


class Seen:
    """The live events, with the look-ups that one member's statement needs.

    Methods that take ``since`` use the statement's own by default; None stands for the beginning.
    """

    def __init__(self, book, events, member, since, until):
        gone = {e.retracts for e in events}
        live = [e for e in events if not kind(book, e).retracts and e.id not in gone]
        self.book, self.member, self.since, self.until = book, member, since, until
        self.live = sorted(live, key=when)
        self.end = until or max((e.occurred_at for e in live), default=None)

    def act(self, event):
        return kind(self.book, event).act

    def inside(self, event, since="own"):
        since = self.since if since == "own" else since
        at = event.occurred_at
        return (since is None or since <= at) and (self.until is None or at < self.until)

    def maker(self, thing):
        return creator(self.book, self.live, thing) if thing is not None else None

    def author(self, thing):
        made = self.maker(thing)
        return made.actor if made else None

    def other(self, event):
        """Whom an event is for: its recipient, else the author of what it acts on."""
        return event.recipient or self.author(acted_on(self.book, event))

    def topics(self, event):
        above = ancestry(self.book, self.live, acted_on(self.book, event))
        return next((e.topics for e in (event, *above) if e.topics), ())

    def done(self, *acts, since="own"):
        """The member's own events with one of these acts."""
        mine = [e for e in self.live if e.actor == self.member and self.inside(e, since)]
        return [e for e in mine if self.act(e) in acts]

    def got(self, *acts, since="own"):
        """The events of others, with one of these acts, that are for the member."""
        found = [e for e in self.live if self.act(e) in acts and self.inside(e, since)]
        return [e for e in found if e.actor != self.member and self.other(e) == self.member]

    def helped(self, since="own"):
        """(who was helped, event): those who were answered, found something useful, or are mentored."""
        found = [(self.author(e.in_reply_to), e) for e in self.done("answers", since=since)]
        found += [(e.actor, e) for e in self.got("accepts", "confirms", "uses", since=since)]
        found += [(e.recipient, e) for e in self.done("mentors", since=since)]
        return [(who, e) for who, e in found if who != self.member]

    def said(self, member, key, at):
        return profile(self.book, self.live, member, key, at) or None

    def there(self, member):
        """Whether somebody hadn't left at the end of the period (now, if it has none). A hidden member counts as there."""
        return member is None or is_there(self.book, self.live, member, (self.until or END, ""))

    def line(self, member):
        """A member and all managers above them, as of now; None in a cycle."""
        found = [member]
        while (boss := self.said(found[-1], "manager", (END, ""))) is not None:
            if boss in found:
                return None
            found.append(boss)
        return found

    def called(self, thing):
        """The nearest title up an object's replies, or else the nearest text, or its id; and what it is to whatever that is of."""
        line = ancestry(self.book, self.live, thing)[:64]
        for key in ("title", "text"):
            for made in line:
                if made.data.get(key):
                    return made.data[key], self.reply(line[0]) if made is not line[0] else None
        return thing, None

    def reply(self, made):
        kind = "answer" if self.act(made) == "answers" else "reply"
        return f"own {kind}" if made.actor == self.member else kind


def statement(book, events, entries, member, since, until):
    """The parts of a statement, by name."""
    seen = Seen(book, events, member, since, until)
    found = {}
    mine = [e for e in entries if tuple(e.holder) == ("member", member)]
    booked = nets(seen, mine)
    for part in (earned, people, crossing, used, recognition, learning, talents):
        found |= part(seen, booked)
    for part in (needed, saved, weeks, beginning):
        found |= part(seen, booked)
    return found | compared(seen, booked, mine)


def nets(seen, entries):
    """What each event of the period gave by each rule: (event, rule, role, purse, amount, number of the first entry)."""
    found, events = [], {e.id: e for e in seen.live}
    inside = [e for e in entries if e.event in events and seen.inside(events[e.event])]
    for key in dict.fromkeys((e.event, e.rule, e.role, e.purse) for e in inside):
        mine = [e for e in inside if (e.event, e.rule, e.role, e.purse) == key]
        amount = sum(Fraction(e.amount) for e in mine)
        if amount:
            found.append((events[key[0]], *key[1:], amount, mine[0].no))
    return found


def person(seen, event, rule, role):
    """The other person behind an entry."""
    merit = (rule in seen.book.rules and seen.book.rules[rule].of) or kind(seen.book, event).merit
    if role in MENTORS and merit == "recipient":
        return seen.other(event)
    return seen.other(event) if role == "actor" else event.actor


def earned(seen, booked):
    found = {}
    for rule, purse in {(net[1], net[3]) for net in booked}:
        mine = [net for net in booked if (net[1], net[3]) == (rule, purse)]
        counted = Counter(person(seen, *net[:3]) for net in mine)
        found[rule, purse] = (
            sum(net[4] for net in mine),
            len(mine),
            {net[5] for net in mine},
            {net[0].id for net in mine},
            sorted({*counted} - {None}, key=lambda who: (-counted[who], who)),
            {acted_on(seen.book, net[0]) for net in mine} - {None},
        )
    by_topic = {}
    for topic, purse in {(topic, net[3]) for net in booked for topic in seen.topics(net[0])}:
        mine = [net for net in booked if net[3] == purse and topic in seen.topics(net[0])]
        by_topic[topic, purse] = (
            sum(net[4] for net in mine),
            {net[5] for net in mine},
            {net[0].id for net in mine},
        )
    return {"earned": found, "topics": by_topic}


def grouped(pairs):
    """By name the ids of the events that come with it."""
    names = {name for name, _ in pairs if name is not None}
    ordered = sorted({e.id: e for _, e in pairs}.values(), key=when)
    return {
        name: {e.id for e in ordered if any(n == name and o.id == e.id for n, o in pairs)}
        for name in names
    }


def people(seen, booked):
    helped = seen.helped()
    answered = [(who, e) for who, e in helped if seen.act(e) == "answers"]
    questions = {e.in_reply_to for who, e in answered if who is not None}
    return {
        "reach.people": grouped(helped),
        "reach.answered": grouped(answered),
        "reach.questions": questions,
    }


def crossing(seen, booked):
    units, levels, mine = {}, {}, seen.line(seen.member)
    for who, e in seen.helped():
        if who is None:
            continue
        own, other = (seen.said(each, "unit", when(e)) for each in (seen.member, who))
        if own and other and own != other:
            units.setdefault(other, (set(), set()))
            units[other][0].add(who)
            units[other][1].add(e.id)
        theirs = seen.line(who)
        if mine and theirs and mine[-1] == theirs[-1] and len(mine) != len(theirs):
            level = f"{len(mine) - len(theirs):+d}"
            levels.setdefault(level, (set(), set()))
            levels[level][0].add(who)
            levels[level][1].add(e.id)
    return {"reach.units": units, "reach.levels": levels}


def used(seen, booked):
    found = {}
    for e in seen.got("reads", "likes", "uses", "confirms", "accepts"):
        thing = acted_on(seen.book, e)
        if thing is not None and seen.author(thing) == seen.member:
            found.setdefault(thing, []).append(e)
    return {
        "reach.used": {
            thing: (
                kind(seen.book, seen.maker(thing)).creates,
                seen.called(thing),
                {e.actor for e in some} - {None},
                [e.id for e in some],
            )
            for thing, some in found.items()
        }
    }


def recognition(seen, booked):
    got = seen.got("accepts", "confirms", "thanks", "uses", "likes")
    things = {e.id: acted_on(seen.book, e) for e in got}
    called = {thing: seen.called(thing) if thing else ("", None) for thing in things.values()}
    return {
        "recognition": [
            (e.actor, seen.act(e), e.data.get("text", ""), *called[things[e.id]], e.id) for e in got
        ],
    }


def learning(seen, booked):
    asked = seen.done("asks")
    answers = {
        e.id: [
            a
            for a in seen.live
            if seen.act(a) == "answers"
            and a.in_reply_to == e.object
            and a.actor != seen.member
            and seen.inside(a, None)
        ]
        for e in asked
    }

    def of_others(events):
        made = [(e, seen.maker(acted_on(seen.book, e))) for e in events]
        return [e.id for e, by in made if by and by.actor != seen.member]

    return {
        "learning.asked": [e.id for e in asked],
        "learning.answered": [e.id for e in asked if answers[e.id]],
        "learning.answerers": grouped([(a.actor, a) for each in answers.values() for a in each]),
        "learning.replied": of_others(seen.done("replies")),
        "learning.read": of_others(seen.done("reads")),
        "learning.objects": {
            acted_on(seen.book, e) for e in seen.done("reads") if e.id in of_others([e])
        },
    }


def confirmed(seen):
    """By topic the events by which others ever confirmed the member."""
    found = {}
    for e in seen.got("accepts", "confirms", "uses", "thanks", since=None):
        for topic in seen.topics(e):
            found.setdefault(topic, []).append(e)
    return {t: some for t, some in found.items() if {e.actor for e in some} - {None}}


def talents(seen, booked):
    return {
        "talents": {
            topic: ({e.actor for e in some} - {None}, [e.id for e in some])
            for topic, some in confirmed(seen).items()
        }
    }


def own_topics(seen):
    """The member's five strongest topics: a confirmation weighs three, an answer or something shared one."""
    weights = Counter({topic: 3 * len(some) for topic, some in confirmed(seen).items()})
    for e in seen.done("answers", "shares", since=None):
        weights.update({*seen.topics(e)})
    return sorted(weights, key=lambda topic: (-weights[topic], topic))[:5]


def needed(seen, booked):
    topics, found = own_topics(seen), []
    for e in seen.live:
        mine = seen.act(e) == "asks" and e.actor != seen.member and {*e.topics} & {*topics}
        lately = seen.inside(e, None) and e.occurred_at >= seen.end - timedelta(days=180)
        if mine and lately and seen.maker(e.object) == e:
            closed = [
                a
                for a in seen.live
                if seen.act(a) in ("answers", "accepts")
                and acted_on(seen.book, a) == e.object
                and seen.inside(a, None)
            ]
            waits = not closed and seen.there(e.actor)
            title = e.data.get("title") or e.data.get("text") or e.object
            found += [(e.object, title, e.actor, e.id)] if waits else []
    return {"needed.topics": topics, "needed.questions": found}


def saved(seen, booked):
    got = seen.got(*MINUTES)
    things = {(e.actor, acted_on(seen.book, e) or e.id) for e in got if e.actor}
    total = sum(MINUTES[seen.act(e)] for e in got if not e.actor)
    for who, thing in things:
        total += max(
            MINUTES[seen.act(e)]
            for e in got
            if e.actor == who and (acted_on(seen.book, e) or e.id) == thing
        )
    return {"saved": total}


def weeks(seen, booked):
    """How often somebody was helped in each of the last twelve weeks, the latest week last; without ``until`` it includes the last event."""
    if seen.end is None:
        return {"weeks": [0] * 12}
    end = seen.until or seen.end + timedelta(microseconds=1)
    begins = [end - timedelta(weeks=n) for n in range(12, -1, -1)]
    helped = [e.occurred_at for _, e in seen.helped(None)]
    spans = pairwise(begins)
    return {"weeks": [sum(a <= at < b for at in helped) for a, b in spans]}


def compared(seen, booked, entries):
    """Points and people helped in this period, and in one of the same length before it.

    None without a beginning, or where nothing happened before and the member never did anything.
    """
    if seen.since is None or seen.end is None or seen.end <= seen.since:
        return {"compared": None}
    begin = seen.since - (seen.end - seen.since)
    before = Seen(seen.book, seen.live, seen.member, begin, seen.since)
    earlier = nets(before, entries)
    if not earlier and not seen.done(*ACTIVE, since=None):
        return {"compared": None}
    points = {
        purse: tuple(sum(net[4] for net in some if net[3] == purse) for some in (booked, earlier))
        for purse in {net[3] for net in (*booked, *earlier)}
    }
    now, then = ({who for who, _ in each.helped()} - {None} for each in (seen, before))
    return {"compared": (points, (len(now), len(then)))}


def beginning(seen, booked):
    """Whether the statement shows how to begin: no entry in this period, and no act up to its end."""
    return {"beginning": not booked and not seen.done(*ACTIVE, since=None)}


def colleagues(seen):
    """By member who asked or shared in the member's topics in this period and began in the last 60 days, their first event's time."""
    topics, found = own_topics(seen), {}
    for e in seen.live:
        if seen.act(e) in ("asks", "shares") and {*e.topics} & {*topics} and seen.inside(e, None):
            first = next((o for o in seen.live if o.actor == e.actor), None)
            recent = seen.end - timedelta(days=60) <= first.occurred_at
            if e.actor not in (None, seen.member) and recent and seen.there(e.actor):
                found[e.actor] = first.occurred_at
    return found
