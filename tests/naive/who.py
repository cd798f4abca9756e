"""relate and gate, naively: who is behind an event, and which claims get through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from naive_expressions import evaluate

ROLES = ("actor", "recipient", "mentor", "unit", "community", "former_mentor", "mentors_mentor")
MENTORS = ("mentor", "former_mentor", "mentors_mentor")
KINDS = dict(
    zip(ROLES, ("member", "member", "member", "unit", "community", "member", "member"), strict=True)
)


@dataclass
class Act:
    """An activity: one event as it concerns one holder."""

    event: object
    role: str
    merit: str
    holder: tuple
    recipient: str | None
    target: str | None
    object_type: str | None
    community: str | None
    topics: tuple
    unit: str | None
    actor_unit: str | None
    recipient_unit: str | None
    holder_unit: str | None
    person: str | None
    is_self: bool
    local: datetime
    reporting: bool
    ended: timedelta | None

    @property
    def order(self):
        return (*when(self.event), 2 * ROLES.index(self.role) + (self.merit == "recipient"))


def when(event):
    return (event.occurred_at, event.id)


def kind(book, event):
    return book.types[event.type]


def creator(book, events, thing):
    """The creator of an object: the first event in order that creates it."""
    made = [e for e in events if kind(book, e).creates and e.object == thing]
    return min(made, key=when, default=None)


def ancestry(book, events, thing):
    """The creators of an object, of what that replies to, and so on up."""
    found, seen = [], set()
    while thing is not None and thing not in seen:
        seen.add(thing)
        made = creator(book, events, thing)
        if made is None:
            break
        found.append(made)
        thing = made.in_reply_to
    return found


def acted_on(book, event):
    return event.in_reply_to if kind(book, event).creates else event.object


def state(book, events, event):
    """Whether an event is live, pending or void."""
    type_, thing = kind(book, event), acted_on(book, event)
    made = creator(book, events, thing)
    if type_.creates:
        if when(creator(book, events, event.object)) < when(event):
            return "void"
    elif type_.acts_on and thing is not None and made is None:
        if event.recipient is None or type_.waits:
            return "pending"
    if made and type_.acts_on and "any" not in type_.acts_on:
        if kind(book, made).creates not in type_.acts_on:
            return "void"
    return "live"


def profile(book, events, member, key, at):
    said = [
        e
        for e in events
        if kind(book, e).relates in ("profile", "joining")
        and e.actor == member
        and key in e.data
        and when(e) <= at
    ]
    return max(said, key=when).data[key] if said else None


def is_there(book, events, member, at):
    """Whether somebody never left, or joined again since, at a place in the order."""
    said = [
        e
        for e in events
        if kind(book, e).relates in ("joining", "leaving") and e.actor == member and when(e) <= at
    ]
    return not said or kind(book, max(said, key=when)).relates == "joining"


def mentor_of(book, events, mentee, at):
    active, _ = mentoring(book, events, mentee, at)
    return active[-1] if active else None


def mentoring(book, events, mentee, at):
    """A mentee's mentors at a place, in order of start, and the mentorings that ended: (mentor, when), in order of end."""
    active, ended = [], []
    for e in sorted(events, key=when):
        relation = kind(book, e).relates
        if (
            relation in ("mentoring starts", "mentoring ends")
            and e.recipient == mentee != e.actor
            and when(e) <= at
        ):
            did, starts = e.actor in active, relation == "mentoring starts"
            active = [mentor for mentor in active if mentor != e.actor]
            active += [e.actor] if starts else []
            if did or starts:
                ended = [each for each in ended if each[0] != e.actor]
                ended += [] if starts else [(e.actor, e.occurred_at)]
    return active, ended


def reporting(book, events, one, other, at):
    """Whether one of two members is the other's manager, at a place."""
    if one is None or other is None:
        return False
    managers = [profile(book, events, member, "manager", at) for member in (one, other)]
    return managers[0] == other or managers[1] == one


def zone_of(book, events, member, at):
    said = None if member is None else profile(book, events, member, "zone", at)
    return ZoneInfo(said or book.zone)


def wanted(book):
    """The (type, role, merit) for which the book needs activities."""

    def slots(on, to, of):
        for name in on:
            yield (name, to, (of or book.types[name].merit) if to in (*MENTORS, "unit") else "")

    found = {slot for rule in book.rules.values() for slot in slots(rule.on, rule.to, rule.of)}
    badges = [
        *book.badges.values(),
        *(b for ladder in book.ladders.values() for b in ladder.climbs),
    ]
    for asked in (asked for badge in badges for asked in badge.asks):
        for part in asked.terms or (asked,):
            inner = part.each or part
            for to in ("actor", "recipient") if "pair" in (asked.per, asked.group) else (part.to,):
                if inner.measure != "earned":
                    found |= set(slots(part.on or inner.on, to, part.of))
    return found


def activities(book, events, event):
    """The activities of an event, one for each role (and merit) that the book asks for and that has a holder."""
    if state(book, events, event) != "live":
        return []
    type_, at, thing = kind(book, event), when(event), acted_on(book, event)
    made = creator(book, events, thing)
    above = ancestry(book, events, thing)
    recipient = event.recipient or (made.actor if made else None)
    community = next((e.community for e in [event, *above] if e.community is not None), None)
    topics = next((e.topics for e in [event, *above] if e.topics), ())
    object_type = type_.creates if thing is None else (kind(book, made).creates if made else None)
    acts = []
    for name, role, of in wanted(book):
        if name != event.type:
            continue
        merit = recipient if (of or type_.merit) == "recipient" else event.actor
        unit, actor_unit, recipient_unit = (
            None if member is None else profile(book, events, member, "unit", at)
            for member in (merit, event.actor, recipient)
        )
        mentor = None if merit is None else mentor_of(book, events, merit, at)
        _, ended = mentoring(book, events, merit, at)
        former, since = ended[-1] if ended else (None, None)
        above_them = None if mentor is None else mentor_of(book, events, mentor, at)
        holder = dict(
            actor=event.actor,
            recipient=recipient,
            mentor=mentor,
            unit=unit,
            community=community,
            former_mentor=former,
            mentors_mentor=None if above_them == merit else above_them,
        )[role]
        if holder is None:
            continue
        is_member = KINDS[role] == "member"
        own_unit = profile(book, events, holder, "unit", at) if is_member else None
        acts.append(
            Act(
                event=event,
                role=role,
                merit=of,
                holder=(KINDS[role], holder),
                recipient=recipient,
                target=thing if thing is not None else event.object,
                object_type=object_type,
                community=community,
                topics=topics,
                unit=unit,
                actor_unit=actor_unit or None,
                recipient_unit=recipient_unit or None,
                holder_unit=holder if role == "unit" else own_unit,
                person={"actor": recipient, **dict.fromkeys(MENTORS, merit)}.get(role, event.actor),
                is_self=event.actor is not None
                and (event.actor == recipient or (role in MENTORS and holder == event.actor)),
                local=event.occurred_at.astimezone(
                    zone_of(book, events, holder if is_member else None, at)
                ),
                reporting=reporting(book, events, event.actor, recipient, at),
                ended=event.occurred_at - since if role == "former_mentor" else None,
            )
        )
    return acts


def value(book, act, text, as_kind, on, **special):
    """The value of an expression for an activity."""
    e = act.event
    names = dict(
        id=e.id,
        type=e.type,
        actor=e.actor,
        object=e.object,
        in_reply_to=e.in_reply_to,
        recipient=act.recipient,
        community=act.community,
        topics=act.topics,
        object_type=act.object_type,
        unit=act.unit,
        actor_unit=act.actor_unit,
        recipient_unit=act.recipient_unit,
        across_units=None not in (units := [act.actor_unit, act.recipient_unit])
        and units[0] != units[1],
        hour=act.local.hour,
        weekday=act.local.isoweekday(),
        day=act.local.day,
        month=act.local.month,
    )
    fields = {field for name in on for field in book.types[name].fields}
    return evaluate(text, {**{f: e.data.get(f) for f in fields}, **names, **special}, as_kind)


def asks_for(book, asker, act, on):
    """Whether a rule or criterion asks for an activity, by its type, role and merit."""
    merit = (asker.of or kind(book, act.event).merit) if asker.to in (*MENTORS, "unit") else ""
    return act.event.type in on and asker.to == act.role and merit == act.merit


def eligible(book, rule, act):
    """Whether a rule is eligible for an activity."""
    at, who = act.event.occurred_at, rule.audience
    return (
        asks_for(book, rule, act, rule.on)
        and (rule.since is None or rule.since <= at)
        and (rule.until is None or at < rule.until)
        and (not who.communities or act.community in who.communities)
        and (not who.units or act.holder_unit in who.units)
        and (rule.self_credit or not act.is_self)
        and (rule.where is None or value(book, act, rule.where, "flag", rule.on))
    )


def rounded(book, purse, amount):
    """An amount rounded to the decimals of its purse, exactly, half to even; None if it exceeds 10**15."""
    if amount is None:
        return None
    exactly = Fraction(repr(amount)) if isinstance(amount, float) else Fraction(amount)
    scale = 10 ** book.purses[purse].decimals
    return Fraction(round(exactly * scale), scale) if abs(exactly) <= 10**15 else None


def worth(book, rule, act, **special):
    """The amount of a rule for an activity, if its grading doesn't go by steps."""
    points = rule.points
    if isinstance(points, str):
        points = value(
            book, act, points, "number", rule.on, **{"place": None, "value": None, **special}
        )
    amount = rounded(book, rule.purse, points)
    if amount is not None and rule.split:
        among, number = (act.event.data.get(name) for name in ("among", "number"))
        if among is not None and number is not None and 1 <= number <= among:
            step = Fraction(1, 10 ** book.purses[rule.purse].decimals)
            amount = (amount / step + number - 1) // among * step
    return amount


def period(name, day):
    """A number for the calendar period that a date lies in."""
    return {
        "ever": 0,
        "day": day.toordinal(),
        "week": (day.toordinal() - 1) // 7,
        "month": day.year * 12 + day.month - 1,
        "year": day.year,
    }[name]


def timedelta_of(text):
    """A timedelta from a text such as ``"30 days"``."""
    number, unit = text.split()
    return timedelta(**{unit: int(number)})


def returned(book, acts):
    """The claims (event, rule) of rules with ``weaker.mutual`` that credit somebody who credited the actor within its time."""
    found = set()
    for rule in book.rules.values():
        if rule.weaker is None or rule.weaker.mutual is None:
            continue
        within = timedelta_of(rule.weaker.within)
        given = [act for act in acts if eligible(book, rule, act)]
        for act in given:
            giver, receiver, at = act.event.actor, act.recipient, act.event.occurred_at
            if None not in (giver, receiver) and any(
                (each.event.actor, each.recipient) == (receiver, giver)
                and giver != receiver
                and when(each.event) < when(act.event)
                and at - each.event.occurred_at <= within
                for each in given
            ):
                found.add((act.event.id, rule.id))
    return found


def places(book, events, acts):
    """By claim at a gate (event, rule) its place number; 0 for one that is refused."""
    queues = {}
    for act in acts:
        for rule in book.rules.values():
            if rule.gate is None or not eligible(book, rule, act):
                continue
            gate, event = book.gates[rule.gate], act.event
            amount = worth(book, rule, act) if gate.points is not None else 0
            if amount is None:
                continue
            giver = event.actor if "actor" in gate.of else None
            day = event.occurred_at.astimezone(zone_of(book, events, giver, when(event))).date()
            parts = dict(
                actor=event.actor,
                recipient=act.recipient,
                object=act.target,
                in_reply_to=event.in_reply_to,
                community=act.community,
                unit=act.unit,
                all=None,
            )
            number = period(gate.per, day)
            key = (gate.id, gate.carry or number, *(parts[name] for name in gate.of))
            claim = (when(event), rule.id, event.actor, max(amount, 0), number)
            queues.setdefault(key, []).append(claim)
    found = {}
    for (gate_id, *_), claims in queues.items():
        gate, through, now, over = book.gates[gate_id], [], None, 0
        most = Fraction(repr(gate.times or gate.points))
        for (_, event_id), rule_id, actor, amount, number in sorted(claims, key=lambda c: c[:2]):
            while gate.carry and now is not None and now < number:
                used = len(through) if gate.times else sum(each for _, each in through)
                over = min(Fraction(repr(gate.carry)), most + over - used)
                through, now = [], now + 1
            now = number if now is None else now
            spent = sum(each for _, each in through)
            fits = len(through) + 1 <= most + over if gate.times else spent + amount <= most + over
            twice = gate.distinct and actor is not None and actor in [who for who, _ in through]
            if fits and not twice:
                through.append((actor, amount))
            found[event_id, rule_id] = len(through) if fits and not twice else 0
    return found
