"""reward, naively: each activity in order is decided by looking at all activities before it."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from naive_expressions import evaluate

from .criteria import ask_badges, kept_only, middle, pass_time
from .who import (
    acted_on,
    activities,
    ancestry,
    eligible,
    period,
    places,
    returned,
    rounded,
    state,
    timedelta_of,
    value,
    when,
    worth,
)

PERIODS = ("day", "week", "month", "year", "ever")


@dataclass
class Seen:
    """An activity that was folded: the effective day, and what was booked for it: (rule, purse, amount)."""

    act: object
    day: date
    booked: list = field(default_factory=list)
    graded: dict = field(default_factory=dict)
    judged: dict = field(default_factory=dict)


@dataclass
class Result:
    """What a holder has."""

    points: dict
    awards: dict
    levels: dict


def standings(book, events):
    """The result of every holder after these events, and the ids of the pending events."""
    happened, retractions, live = counted_events(book, events)
    found = {}
    ghosts = list(before_deaths(book, happened, live, retractions))
    for holder, (seen, awards) in folded(book, live, ghosts).items():
        for past in ghosts:
            _, kept = fold(kept_only(book), [act for act in past if act.holder == holder], {}, ())
            for award, cell in kept.items():
                if all_badges(book)[award[0]].keep:
                    awards[award] = min(awards.get(award, cell), cell, key=award_order)
        found[holder] = result(book, seen, awards)
    return found, sorted(e.id for e in live if state(book, live, e) == "pending")


def booked(book, events):
    """By holder all activities, each with what was booked for it."""
    _, _, live = counted_events(book, events)
    return {holder: seen for holder, (seen, _) in folded(book, live, ()).items()}


def counted_events(book, events):
    """The events that aren't retractions, the retractions, and the live events."""
    everything = {e.id: e for e in events}.values()
    retractions = [e for e in everything if book.types[e.type].retracts]
    happened = [e for e in everything if not book.types[e.type].retracts]
    dead = {e.retracts for e in retractions}
    return happened, retractions, [e for e in happened if e.id not in dead]


def folded(book, live, ghosts):
    """By holder the folded activities and the awards, for the holders in these events and in ``ghosts``."""
    acts = [act for e in live for act in activities(book, live, e)]
    through = places(book, live, acts)
    through |= {(*claim, "back"): True for claim in returned(book, acts)}
    times = sorted((e for e in live if book.types[e.type].advances), key=when)
    holders = {act.holder for act in acts} | {act.holder for acts in ghosts for act in acts}
    return {
        holder: fold(book, [act for act in acts if act.holder == holder], through, times)
        for holder in holders
    }


def award_order(cell):
    """The sort key by which the earlier of two awards is kept: time, event, key."""
    at, event, key = cell
    return at, event, key is not None, str(key)


def all_badges(book):
    return {**book.badges, **{b.id: b for ladder in book.ladders.values() for b in ladder.climbs}}


def before_deaths(book, happened, live, retractions):
    """For each moment at which events die (are retracted, or lose a creator), the activities that were alive just before it."""
    if not any(badge.keep for badge in all_badges(book).values()):
        return
    retracted_at = {}
    for e in sorted(retractions, key=when):
        retracted_at.setdefault(e.retracts, when(e))

    def death(event):
        stands_on = [event, *ancestry(book, happened, acted_on(book, event))]
        return min((retracted_at[e.id] for e in stands_on if e.id in retracted_at), default=None)

    deaths = {e.id: death(e) for e in happened}
    for moment in sorted({found for found in deaths.values() if found}):
        acts = []
        for e in happened:
            if when(e) >= moment:
                continue
            if deaths[e.id] and deaths[e.id] >= moment:
                acts += activities(book, happened, e)
            elif e in live:
                acts += activities(book, live, e)
        yield acts


def fold(book, acts, through, times=()):
    """Fold a holder's activities in order, and the events that advance time between them.

    ``through`` has the place numbers of claims at gates. Returns the folded activities and the awards.
    """
    seen, awards = [], {}
    steps = [*((act.order, act) for act in acts), *((when(e), None) for e in times)]
    for order, act in sorted(steps, key=lambda step: step[0]):
        if act is None:
            event = next(e for e in times if when(e) == order)
            if seen:
                pass_time(book, event, seen[0].act.holder, seen, awards)
            continue
        day = max([act.local.date(), *(each.day for each in seen)])
        now = Seen(act, day)
        seen.append(now)
        for rule in sorted(book.rules.values(), key=lambda r: r.id):
            if eligible(book, rule, act):
                book_rule(book, rule, seen, now, through)
        ask_badges(book, seen, awards)
    return seen, awards


def book_rule(book, rule, seen, now, through):
    """Book what a rule gives for the latest activity."""
    place = None
    if rule.gate is not None:
        place = through.get((now.act.event.id, rule.id), 0)
        if not place:
            return
    if rule.graded:
        now.graded[rule.id] = (
            value(book, now.act, rule.graded.value, "number", rule.on) if rule.graded.value else 1
        )
        amount = grade(book, rule, seen, now, place)
    elif rule.judged:
        now.judged[rule.id] = judgement(book, rule, now.act)
        amount = judge(book, rule, seen)
    else:
        amount = worth(book, rule, now.act, place=place)
    if amount and amount > 0 and rule.weaker:
        shares = [rule.weaker.mutual] if through.get((now.act.event.id, rule.id, "back")) else []
        shares += [rule.weaker.reporting] if now.act.reporting else []
        share = min((exact(each) for each in shares if each is not None), default=1)
        amount = rounded(book, rule.purse, amount * share)
    if amount and rule.fade:
        periods = now.act.ended // timedelta_of(rule.fade.per)
        left = exact(rule.fade.share) ** periods if periods < rule.fade.times else 0
        amount = rounded(book, rule.purse, amount * left)
    if not amount:
        return
    limits = [book.limits[name] for name in rule.limit]
    limits += [
        limit
        for name, limit in book.limits.items()
        if limit.all
        and limit.purse == rule.purse
        and name not in rule.exempt
        and limit not in limits
    ]
    for limit in limits:
        for key in limit_keys(limit, now.act):
            points, times = counted(book, limit, key, seen, now)
            if limit.times is not None and times >= limit.times:
                return
            if limit.points is not None and amount > 0:
                most = rounded(book, limit.purse, limit.points)
                amount = min(amount, max(Fraction(0), most - points))
    floor = book.purses[rule.purse].floor
    if amount < 0 and floor is not None:
        total = sum(x for each in seen for _, purse, x in each.booked if purse == rule.purse)
        amount = min(Fraction(0), max(amount, rounded(book, rule.purse, floor) - total))
    if amount:
        now.booked.append((rule.id, rule.purse, amount))


def grade(book, rule, seen, now, place):
    """What the graded object is worth now, less what the rule has given for it so far."""
    same = [each for each in seen if rule.id in each.graded and each.act.target == now.act.target]
    samples = [exact(each.graded[rule.id]) for each in same if each.graded[rule.id] is not None]
    found = measured(rule.graded.by, samples)
    if rule.graded.steps:
        reached = [
            worth for at, worth in rule.graded.steps if found is not None and found >= exact(at)
        ]
        target = rounded(book, rule.purse, reached[-1] if reached else 0)
    else:
        shown = found if found is None else int(found) if found == int(found) else float(found)
        target = worth(book, rule, now.act, place=place, value=shown)
    given = sum(x for each in same for name, _, x in each.booked if name == rule.id)
    return None if target is None else target - given


def judgement(book, rule, act):
    """What a judge says of an object: (object, judge, value, original)."""
    judged = rule.judged
    score = value(book, act, judged.value, "number", rule.on)
    original = judged.original and value(book, act, judged.original, "text", rule.on)
    return act.target, act.event.actor, None if score is None else exact(score), original


def judge(book, rule, seen):
    """What all judged objects are worth now by each judge's latest judgement, less what the rule has given so far."""
    words = {}
    for each in seen:
        if rule.id in each.judged:
            target, who, score, original = each.judged[rule.id]
            words[target, who] = score, original
    total = sum(judged_worth(book, rule, words, target) for target in {t for t, _ in words})
    return total - sum(x for each in seen for name, _, x in each.booked if name == rule.id)


def judged_worth(book, rule, words, target):
    """What one object is worth by the judgements on it."""
    samples = []
    for (thing, who), (score, original) in words.items():
        if thing == target:
            if original is not None:
                of_original = words.get((original, who), (None, None))[0]
                samples.append(exact(rule.judged.share) * (of_original or 0))
            elif score is not None:
                samples.append(score)
    if not samples:
        return 0
    samples.sort()
    count, middle = len(samples), (len(samples) - 1) / 2
    out = {
        "mean": 0,
        "median": int(middle),
        "trimmed": int(count * exact(rule.judged.trim)),
    }[rule.judged.by]
    left = samples[out : count - out]
    found = Fraction(sum(left)) / len(left)
    shown = int(found) if found == int(found) else float(found)
    points = evaluate(rule.points, {"value": shown}, "number")
    return rounded(book, rule.purse, points) or 0


def measured(by, samples):
    if by in ("count", "distinct", "sum"):
        return {"count": len, "distinct": lambda each: len(set(each)), "sum": sum}[by](samples)
    if not samples:
        return None
    return {
        "max": max(samples),
        "latest": samples[-1],
        "mean": Fraction(sum(samples)) / len(samples),
        "median": middle(samples),
    }[by]


def exact(number):
    return Fraction(repr(number)) if isinstance(number, float) else number


def limit_keys(limit, act):
    """The keys of a limit that an activity counts under: one for each of its topics, if the limit is per topic."""
    parts = [name for name in limit.per if name not in PERIODS]
    found = [()]
    for name in parts:
        options = dict(object=[act.target], person=[act.person], community=[act.community])
        options["topic"] = list(act.topics) or [None]
        found = [(*key, option) for key in found for option in options[name]]
    return found


def counted(book, limit, key, seen, now):
    """The points and times that a limit has counted under a key, in the period of the current day."""
    name = next((part for part in limit.per if part in PERIODS), "ever")
    amounts = [
        amount
        for each in seen
        for rule_id, _, amount in each.booked
        if rule_id in book.rules
        and (limit.id in book.rules[rule_id].limit or is_everywhere(limit, book.rules[rule_id]))
        and key in limit_keys(limit, each.act)
        and period(name, each.day) == period(name, now.day)
    ]
    return sum(x for x in amounts if limit.net or x > 0), len(amounts)


def is_everywhere(limit, rule):
    return limit.all and limit.purse == rule.purse and limit.id not in rule.exempt


def result(book, seen, awards):
    """The points, awards and levels of a holder."""
    points = {
        purse: sum((x for each in seen for _, name, x in each.booked if name == purse), Fraction(0))
        for purse in book.purses
    }
    levels = {}
    for name, ladder in book.ladders.items():
        if ladder.climbs:
            held = [
                b.id.split("/", 1)[1] for b in ladder.climbs if any(b.id == a[0] for a in awards)
            ]
        else:
            held = [
                level
                for level, most in ladder.levels.items()
                if points[ladder.purse] >= exact(most)
            ]
        levels[name] = held[-1] if held else None
    return Result(points, {a: c for a, c in awards.items() if a[0] in book.badges}, levels)
