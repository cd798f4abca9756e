"""Criteria and badges, naively: each time a criterion is asked, it is measured over all activities again."""

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from attrs import evolve

from naive_expressions import evaluate

from .who import KINDS, asks_for, period, rounded, value


def kept_only(book):
    """The book without rules and without the badges that aren't kept."""
    return evolve(
        book,
        rules={},
        badges={name: badge for name, badge in book.badges.items() if badge.keep},
        ladders={
            name: evolve(ladder, climbs=tuple(b for b in ladder.climbs if b.keep))
            for name, ladder in book.ladders.items()
        },
    )


def ask_badges(book, seen, awards):
    """Give the badges that the latest activity earns."""
    given_now = set()
    for badge in in_order(all_badges(book)):
        if badge.keep_up:
            continue
        ask = ask_one if len(badge.asks) == 1 and not badge.after else ask_several
        for tier, occurrence, key in list(ask(book, badge, seen, awards, given_now)):
            if (badge.id, tier, occurrence) in awards:
                continue
            now = seen[-1]
            awards[badge.id, tier, occurrence] = (now.act.event.occurred_at, now.act.event.id, key)
            given_now.add(badge.id)
            bonus = badge.points.get(tier, badge.points.get("", 0))
            if bonus:
                amount = rounded(book, badge.purse, bonus)
                now.booked.append((f"badge:{badge.id}", badge.purse, amount))


def all_badges(book):
    return {**book.badges, **{b.id: b for ladder in book.ladders.values() for b in ladder.climbs}}


def pass_time(book, event, holder, seen, awards):
    """Give and withdraw badges at an event that advances time: those that must be kept up, and those that come after one just given."""
    given_now = set()
    for badge in in_order(all_badges(book)):
        if badge.keep_up:
            if KINDS[badge.asks[0].to] == holder[0]:
                judge_keeping(book, badge, event, seen, awards, given_now)
        elif {after.split(":")[0] for after in badge.after} & given_now:
            for tier, occurrence, key in list(
                ask_several(book, badge, [], awards, given_now, seen)
            ):
                if (badge.id, tier, occurrence) not in awards:
                    awards[badge.id, tier, occurrence] = (event.occurred_at, event.id, key)
                    given_now.add(badge.id)


def judge_keeping(book, badge, event, seen, awards, given_now):
    """Give or withdraw a badge that must be kept up, by what its criteria measure at this event."""
    award = (badge.id, badge.tiers[0], ())
    given = awards.get(award)
    fits = []
    for part in badge.asks:
        most = exact(next(iter(part.at_least.values())))
        barred = part in badge.none_of
        if part.or_only is not None:
            only = evaluate(part.or_only, only_fields(book, event), "number")
            most = None if only is None else min(most, exact(only))
        if most is None:
            fits.append((barred, given is not None))
            continue
        if given and part.over.startswith("last") and not barred:
            most *= exact(badge.keep_up.share)
        value = measure(book, part, None, [*seen, Moment(book, event, seen)])
        fits.append((barred, (value is not None and value >= most) != barred))
    asked = [fit for barred, fit in fits if not barred]
    needed = badge.needs if badge.join == "any" and asked else len(asked)
    met = sum(asked) >= needed and all(fit for barred, fit in fits if barred)
    after = all_held(badge, awards)
    if not given and met and after:
        awards[award] = (event.occurred_at, event.id, None)
        given_now.add(badge.id)
    elif (given and not after) or (
        given and not met and event.occurred_at >= given[0] + grace(badge)
    ):
        del awards[award]


def only_fields(book, event):
    kinds = [kind for kind in book.types.values() if kind.advances]
    return {name: event.data.get(name) for kind in kinds for name in kind.fields}


def grace(badge):
    return length(f"for {badge.keep_up.grace}") if badge.keep_up.grace else timedelta()


class Moment:
    """A moment without an activity, to be measured as the last item of a history."""

    def __init__(self, book, event, seen):
        self.act = Nothing(event)
        self.zone = book.zone
        here = event.occurred_at.astimezone(ZoneInfo(book.zone)).date()
        self.day = max([here, *(each.day for each in seen)])


class Nothing:
    """The activity of a :class:`Moment`: it has a time, and no holder."""

    def __init__(self, event):
        self.event = event


def all_held(badge, awards):
    """Whether all badges that this one comes after are held."""
    return all(
        any(a[0] == after.split(":")[0] and after.split(":")[1:] in ([], [a[1]]) for a in awards)
        for after in badge.after
    )


def in_order(badges):
    """Badges by id, but each one after those that it comes after."""
    done, waiting = [], sorted(badges)
    while waiting:
        ready = [
            name
            for name in waiting
            if all(after.split(":")[0] not in waiting for after in badges[name].after)
        ]
        done += ready
        waiting = [name for name in waiting if name not in ready]
    return [badges[name] for name in done]


def ask_one(book, badge, seen, awards, given_now):
    """The tiers of a badge with one criterion that the latest activity meets: (tier, occurrence, key)."""
    part = badge.parts[0]
    for key in touched(book, part, seen[-1]):
        found = measure(book, part, key, seen)
        for tier, most in part.at_least.items():
            if found is None or found < exact(most):
                continue
            which = ()
            if part.per in part.again:
                which += (key,)
            if "period" in part.again:
                which += (span(part.over, seen[-1].day),)
            every = [n for n in part.again if isinstance(n, int)]
            if not every:
                yield tier, which, key
                continue
            reached = int((found - exact(most)) // every[0]) + 1
            had = sum(award[:2] == (badge.id, tier) and award[2][:-1] == which for award in awards)
            for k in range(had, min(reached, had + 100)):
                yield tier, (*which, k), key


def ask_several(book, badge, now, awards, given_now, seen=None):
    """The tiers of a badge with several criteria, or that comes after others: (tier, occurrence, key).

    ``now`` are the activities up to the latest one; none when time advances, and ``seen`` then has them.
    """
    seen = seen or now
    keys = {}
    for part in badge.asks if now else ():
        keys |= dict.fromkeys(touched(book, part, seen[-1]))
    if {after.split(":")[0] for after in badge.after} & given_now:
        keys[None] = None
    for key in keys:
        barred = any(is_met(barred_value(book, part, key, seen), part) for part in badge.none_of)
        held = all_held(badge, awards) and not barred
        values = [last_value(book, part, key, seen) for part in badge.parts]
        for tier, thresholds in tiers_of(badge):
            met = [
                v is not None and v >= exact(most)
                for v, most in zip(values, thresholds, strict=True)
            ]
            if held and (not met or sum(met) >= (badge.needs if badge.join == "any" else len(met))):
                yield tier, (key,) if badge.asks and badge.asks[0].again else (), key


def is_met(value, part):
    return value is not None and value >= exact(next(iter(part.at_least.values())))


def barred_value(book, part, key, seen):
    """The value of a criterion that must not be met: the last one measured, except that what time alone changes is measured as of now."""
    if part.over == "ever":
        return last_value(book, part, key, seen)
    if not seen:
        return None
    if part.over.startswith("last"):
        return measure(book, part, key, seen)
    before = [n for n in range(len(seen)) if key in touched(book, part, seen[n])]
    if not before or span(part.over, seen[before[-1]].day) != span(part.over, seen[-1].day):
        return None
    return measure(book, part, key, seen)


def tiers_of(badge):
    """Each tier with the thresholds of all parts. A single part may have several tiers; several parts have one each."""
    if len(badge.parts) == 1:
        return [(tier or badge.tier, [most]) for tier, most in badge.parts[0].at_least.items()]
    return [(badge.tier, [next(iter(part.at_least.values())) for part in badge.parts])]


def last_value(book, part, key, seen):
    """The value of a part after the latest activity that it measured for a key; None if there was none."""
    for count in range(len(seen), 0, -1):
        if key in touched(book, part, seen[count - 1]):
            return measure(book, part, key, seen[:count])
    return None


def touched(book, part, now):
    """The keys for which a criterion measures an activity; none if it doesn't."""
    if part.terms:
        found = [key for term in terms(part) for key in touched(book, term, now)]
        return list(dict.fromkeys(found))
    return keys_of(part.per, now.act) if samples(book, part, now) else []


def keys_of(per, act):
    if per == "pair":
        return [] if act.person in (None, act.holder[1]) else [act.person]
    if per in ("topic", "member", "person"):
        return {"topic": list(act.topics), "member": [None], "person": [act.person]}[per]
    found = dict(
        object=act.target, in_reply_to=act.event.in_reply_to, community=act.community, unit=act.unit
    )[per]
    return [] if found is None else [found]


def paired(part):
    """Whether a criterion counts what passes between two members, in either role."""
    return "pair" in (part.per, part.group)


def samples(book, part, now):
    """What a criterion measures in an activity: one sample or none."""
    inner, act = part.each or part, now.act
    on, at = part.on or inner.on, act.event.occurred_at
    if (part.since and at < part.since) or (part.until and at >= part.until):
        return []
    if inner.measure == "earned":
        roles = ("actor", "recipient") if paired(part) else KINDS
        one_of_them = act.role in roles and (not on or act.event.type in on)
        if not one_of_them or KINDS[part.to] != act.holder[0]:
            return []
        earned = [
            amount
            for rule, purse, amount in now.booked
            if purse == inner.purse
            and not rule.startswith("badge:")
            and (not inner.rules or rule in inner.rules)
        ]
        return [sum(earned)] if earned else []
    asker = evolve(part, to="recipient") if paired(part) and act.role == "recipient" else part
    if not asks_for(book, asker, act, on) or (act.is_self and not part.self_credit):
        return []
    for each in {id(part): part, id(inner): inner}.values():
        if (
            each.where is not None
            and each.measure != "run"
            and not value(book, act, each.where, "flag", on)
        ):
            return []
    if inner.measure == "run":
        return [value(book, act, inner.where, "flag", on)]
    if not inner.value:
        return [now.day.toordinal() if inner.measure == "gap" else 1]
    found = value(book, act, inner.value, "number", on)
    return [] if found is None else [found]


def span(over, day):
    """A number for the period of a criterion (``over``) that a day lies in."""
    if over.startswith("every"):
        return day.toordinal() // length(over).days
    return period(over, day)


def length(over):
    _, number, unit = over.split()
    return timedelta(**{unit if unit.endswith("s") else unit + "s": int(number)})


def measure(book, part, key, seen):
    """The value of a criterion for a key after these activities; None if there is nothing to measure."""
    if part.terms:
        first, second = (measure(book, term, key, seen) for term in terms(part))
        least = exact(next(iter(part.terms[1].at_least.values())))
        if first is None or second is None or second < least or second <= 0:
            return None
        return Fraction(first) / second
    found = within_time(book, part, key, seen)
    if part.measure == "gap" and found:
        return plain("gap", [*(sample for _, sample in found), seen[-1].day.toordinal()])
    if part.each is None:
        return plain(part.measure, [sample for _, sample in found])
    met = reached(book, part, found)
    return len(met) if part.measure == "groups" else streak(book, part, met)


def within_time(book, part, key, seen):
    """The activities that a criterion measures for a key as of the last one, each with its sample: those within its ``over``."""
    now = seen[-1]
    found = [
        (each, sample)
        for each in seen
        if not isinstance(each, Moment)
        for sample in samples(book, part, each)
        if key in keys_of(part.per, each.act)
    ]
    if part.over.startswith("last"):
        first = now.act.event.occurred_at - length(part.over)
        return [(each, sample) for each, sample in found if each.act.event.occurred_at >= first]
    return [(e, s) for e, s in found if span(part.over, e.day) == span(part.over, now.day)]


def reached(book, part, found):
    """The groups (such as days or objects) in which the inner criterion reaches its threshold, each with the activity by which it did last."""
    threshold = exact(next(iter(part.each.at_least.values())))
    groups, by = {}, {}

    def meets(group):
        value = plain(part.each.measure, groups[group])
        return value is not None and value >= threshold

    for each, sample in found:
        if part.group == "workday" and not works(book, each, each.day.toordinal()):
            continue
        for group in groups_of(part, each):
            before = group in groups and meets(group)
            groups.setdefault(group, []).append(sample)
            if meets(group) and not before:
                by[group] = each
    return {group: by[group] for group in groups if meets(group)}


def works(book, item, day):
    """Whether a day is a working day where somebody is at an activity or at a moment."""
    zone = item.act.local.tzinfo if hasattr(item.act, "local") else item.zone
    return book.calendar.at(str(zone)).is_workday(day)


def terms(part):
    """The two criteria of a ratio, each with the ratio's ``over``, ``per``, ``since`` and ``until``."""
    return [
        evolve(term, over=part.over, per=part.per, since=part.since, until=part.until)
        for term in part.terms
    ]


def groups_of(part, each):
    if part.group in ("day", "week", "month", "year"):
        return [period(part.group, each.day)]
    if part.group == "workday":
        return [each.day.toordinal()]
    return keys_of(part.group, each.act)


def plain(name, found):
    """The value of a measure over samples."""
    numbers = [exact(sample) for sample in found]
    match name:
        case "count":
            return len(found)
        case "sum" | "earned":
            return sum(numbers)
        case "distinct":
            return len(set(found))
        case "gap":
            return max((b - a - 1 for a, b in pairwise(found) if b > a), default=0)
        case "run":
            length = 0
            for holds in found:
                length = length + 1 if holds else 0
            return length
    if not numbers:
        return None
    return {
        "max": max(numbers),
        "latest": numbers[-1],
        "mean": Fraction(sum(numbers)) / len(numbers),
        "median": middle(numbers),
    }[name]


def middle(numbers):
    """The median; the mean of the middle two if their number is even."""
    numbers, count = sorted(numbers), len(numbers)
    return Fraction(numbers[(count - 1) // 2] + numbers[count // 2]) / 2


def streak(book, part, periods):
    """The length of the streak that ends with the last of these periods; ``freeze`` missed ones don't break it."""
    length = missed = 0
    last = None
    for number, item in sorted(periods.items()):
        between = range(last + 1, number) if last is not None else ()
        gap = sum(part.group != "workday" or works(book, item, n) for n in between)
        if last is not None and missed + gap <= part.freeze:
            length, missed = length + 1, missed + gap
        else:
            length, missed = 1, 0
        last = number
    return length


def exact(number):
    return Fraction(repr(number)) if isinstance(number, float) else number
