"""The culture report, naively: docs/explanation/culture.md as a program that computes each figure from all acts."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import ceil

from attrs import evolve

from .figures import fewest_with_half, gini, kaplan_meier, median, part, spearman
from .flow import flow, lines, net
from .scene import END, World
from .who import creator, mentoring

CONTRIBUTING = ("shares", "broadcasts", "asks", "answers", "replies", "mentors")
ACTIVE = (*CONTRIBUTING, "reads", "likes", "thanks", "accepts", "confirms", "uses")
HELPING = ("answers", "mentors", "confirms", "uses", "thanks")
MINUTES = {"accepts": 30, "confirms": 20, "uses": 15, "reads": 2}


def report(book, events, entries, awards, since, until, *, fewest=5, units=None, managers=None):
    """The figures of a report, by name; None where one is withheld. ``awards`` are those that there are now."""
    world = World(book, events, since, until, fewest, units or {}, managers or {})
    found = {}
    for section in (adoption, growth, participation, weeks, spread, manner, flow, lines, net):
        found |= section(world)
    for section in (answering, topics, mentored, saved):
        found |= section(world)
    return found | rewards(world, entries) | badges(world, awards)


def adoption(world):
    found, shown = {"adoption.members": len(world.members)}, world.called()
    for name, acts in (("active", ACTIVE), ("contributing", CONTRIBUTING)):
        did = world.who(acts) & world.members
        share = part(len(did), len(world.members))
        found[f"adoption.{name}"] = world.enough(share, world.members)
        for unit in {*shown.values()}:
            there = {m for m in shown if shown[m] == unit}
            share = part(len(did & there), len(there))
            found[f"adoption.units.{unit}.{name}"] = world.enough(share, there)
            found[f"adoption.units.{unit}.members"] = world.enough(len(there), there)
    return found


def growth(world):
    first, last = world.days()
    length = max(1, min(28, ((last - first).days + 1) // 2))
    begins = last - timedelta(days=length - 1)

    def active(deeds, since, until=date.max):
        return world.members & world.who(ACTIVE, [d for d in deeds if since <= d.day < until])

    now = active(world.deeds, begins)
    before = active(world.deeds, begins - timedelta(days=length), begins)
    ever = active(world.ever, date.min, begins)
    counts = {
        "now_active": now,
        "before_active": before,
        "new": now - ever,
        "returned": now & ever - before if first < begins else (),
        "silent": before - now,
    }
    found = {
        f"adoption.{key}": world.enough(len(who), world.members, 0) for key, who in counts.items()
    }
    return found | {"adoption.period_days": length}


def participation(world):
    members = sorted(world.members)
    did = Counter(d.actor for d in world.deeds if d.act in CONTRIBUTING)
    gave, got = (Counter(d.help[n] for d in world.deeds if d.help) for n in (0, 1))
    busiest = sorted(members, key=lambda m: -did[m])
    one, ten = ceil(len(members) / 100), ceil(len(members) / 10)
    ranks = {"top_1": busiest[:one], "next_9": busiest[one:ten], "other_90": busiest[ten:]}
    found = {
        f"participation.{key}": part(sum(did[m] for m in who), sum(did[m] for m in members))
        for key, who in ranks.items()
    }
    for key, beside in (("top_1", "top_1"), ("next_9", "top_1"), ("other_90", "next_9")):
        few = min(len(ranks[key]), ten if key == "other_90" else len(ranks[beside])) < world.fewest
        found[f"participation.{key}"] = None if few else found[f"participation.{key}"]
    nothing = part(sum(not did[m] for m in members), len(members))
    found["participation.onlookers"] = world.enough(nothing, members)
    half = fewest_with_half([gave[m] for m in members]) or None
    found["participation.half_of_help"] = world.enough(half, {*gave} & world.members)
    for key, amounts in (("contributing", did), ("giving", gave), ("receiving", got)):
        value = gini([amounts[m] for m in members])
        found[f"participation.gini_{key}"] = world.enough(value, members)
    return found


def weeks(world):
    first, last = world.days()
    monday, found = first - timedelta(days=first.weekday()), {}
    if first > last or not world.who(ACTIVE, world.ever):
        return {}
    while monday <= last:
        days = [monday + timedelta(days=n) for n in range(7)]
        days = [day for day in days if first <= day <= last]
        here = [d for d in world.deeds if d.day in days]
        by_then = [d for d in world.ever if d.day <= days[-1]]
        active, contributing = world.who(ACTIVE, here), world.who(CONTRIBUTING, here)
        ever = world.who(CONTRIBUTING, by_then)
        over = datetime.combine(days[-1] + timedelta(days=1), time(), UTC)
        left = {m for m in ever if not world.stays(m, over)}
        row = (len(days), len(active), len(contributing), len(ever - left))
        found[f"weeks.{monday}"] = world.enough(row, world.members)
        monday += timedelta(days=7)
    return found


def spread(world):
    began = {}
    for d in world.ever:
        if d.act in CONTRIBUTING and d.actor:
            began.setdefault(d.actor, d.day)
    order = sorted(world.members & {*began}, key=lambda m: (began[m], m))
    early = [m for m in order[: ceil(len(order) * 0.16)] if world.units[m]]
    lags, followers = [], set()
    for m in early:
        colleagues = [o for o in order if world.units[o] == world.units[m]]
        after = [(began[o] - began[m]).days for o in colleagues]
        followers |= {o for o, lag in zip(colleagues, after, strict=True) if 0 < lag <= 90}
        lags += sorted(lag for lag in after if 0 < lag <= 90)[:1]
    found = {
        "spread.contributors": world.enough(len(order), world.members, 0),
        "spread.early": world.enough(len(early), world.members, 0),
        "spread.followers": world.enough(len(followers), world.members, 0),
        "spread.followed": world.enough(part(len(lags), len(early)), early),
        "spread.lag_days": world.enough(median(lags), lags),
        "spread.named": (*world.nameable(early),),
    }
    shown = world.called()
    for unit in {*shown.values()}:
        there = [m for m in order if shown.get(m) == unit]
        if len(there) >= world.fewest:
            first, enough = began[there[0]], began[there[world.fewest - 1]]
            name = (*world.nameable(there[:1]), None)[0]
            found[f"spread.units.{unit}"] = (first, len(there), (enough - first).days, name)
    return found


def served(world):
    """How often each act concerned another person, for the acts that the report shows."""
    shown = {}
    for group in (HELPING, [act for act in ACTIVE if act not in HELPING]):
        by = {act: [d.actor for d in world.deeds if d.act == act and d.contact] for act in group}
        by = {act: actors for act, actors in by.items() if actors}
        out = {act for act in by if len({*by[act]}) < world.fewest}
        for act in sorted(by.keys() - out, key=lambda act: (len(by[act]), act)):
            if 0 < len({actor for each in out for actor in by[each]}) < world.fewest:
                out.add(act)
        shown |= {act: len(actors) for act, actors in by.items() if act not in out}
    return shown


def acts(world):
    """How often each act was done, for the acts that the report shows."""
    found = Counter(served(world))
    for act in ACTIVE:
        alone = [d for d in world.deeds if d.act == act and not d.contact]
        persons = {d.actor or d.other for d in alone} - {None}
        if len(persons) >= world.fewest:
            found[act] += len(alone)
    return found


def manner(world):
    shown, done = acts(world), Counter(d.act for d in world.deeds)
    whole = sum(shown[each] for each in CONTRIBUTING if each != "mentors")
    kinds = {
        "broadcasting": ["broadcasts"],
        "sharing": ["shares"],
        "conversing": ["asks", "answers", "replies"],
    }
    found = {"deeds": sum(shown.values())} | {f"manner.acts.{act}": n for act, n in shown.items()}
    for name, of in kinds.items():
        some, hidden = sum(shown[act] for act in of), any(done[act] for act in of)
        found[f"manner.{name}"] = None if hidden and not some else part(some, whole)
    return found


def saved(world):
    times = {act: n for act, n in served(world).items() if act in MINUTES}
    hours = sum(n * MINUTES[act] for act, n in times.items()) / 60
    found = {f"saved.times.{act}": n for act, n in times.items()}
    return found | {"saved.hours": hours if times else None}


def answering(world):
    asked, waits, solved, answerers = {}, [], 0, set()
    for d in world.deeds:
        if d.act == "asks":
            asked.setdefault(d.event.object, d)
    accepted = [parent_or_itself(world, d.event.object) for d in world.deeds if d.act == "accepts"]
    for thing, question in asked.items():
        author = creator(world.book, world.live, thing).actor
        answers = [d for d in world.deeds if d.act == "answers" and d.event.in_reply_to == thing]
        others = [d for d in answers if d.actor is None or d.actor != author]
        by = min(others, key=lambda d: d.at, default=None)
        first = by and by.at
        answerers |= {by.actor or question.actor} - {None} if by else set()
        waited = max((first or world.until) - question.at, timedelta(0)) / timedelta(hours=1)
        waits.append((waited, first is not None))
        solved += thing in accepted
    askers = {d.actor for d in asked.values()} - {None}
    figures = {
        "answered": part(sum(done for _, done in waits), len(waits)),
        "solved": part(solved, len(waits)),
        "hours": kaplan_meier(waits, Fraction(1, 2)),
        "hours_of_three_quarters": kaplan_meier(waits, Fraction(3, 4)),
    }
    fewer = answerers if any(done for _, done in waits) and len(answerers) < len(askers) else askers
    found = {f"answering.{key}": world.enough(value, fewer) for key, value in figures.items()}
    return found | {"answering.questions": world.enough(len(asked), askers, 0)}


def parent_or_itself(world, thing):
    """The question that an accepted answer replies to; the accepted object itself if that isn't known."""
    made = creator(world.book, world.live, thing)
    return (made and made.in_reply_to) or thing


def topics(world):
    found, _, last = {}, *world.days()
    lately = world.who(ACTIVE, [d for d in world.deeds if d.day > last - timedelta(days=90)])
    persons, helpers = {}, {}
    for topic in {topic for d in world.deeds for topic in d.topics}:
        here = [d for d in world.deeds if topic in d.topics]
        helpers[topic] = Counter(d.help[0] for d in here if d.help and d.help[0] in world.members)
        asked = {d.actor for d in here if d.act == "asks"} - {None}
        persons[topic] = asked | {who for d in here for who in d.help or ()}
    persons = {topic: who for topic, who in persons.items() if who}
    withheld = to_hide(world, persons, set())
    unsaid = to_hide(world, {t: {*who} for t, who in helpers.items() if who}, withheld)
    for topic in persons.keys() - withheld:
        gave = helpers[topic]
        often = 0 if topic in unsaid else sum(gave.values())
        row = (len(persons[topic]), len(gave), often, fewest_with_half([*gave.values()]))
        best = world.nameable(sorted(gave, key=lambda m: (-gave[m], m)))
        found[f"topics.{topic}"] = (*row, not {*gave} & lately, *best[:3])
    return found | {"knowledge.withheld": len(withheld)}


def to_hide(world, persons, hidden):
    """The names to hide: those with fewer than ``fewest`` persons, and those in ``hidden``; and the smallest other one, if fewer persons are
    behind all of them together.
    """
    found = {topic for topic, who in persons.items() if len(who) < world.fewest} | hidden
    behind = {who for topic in found for who in persons.get(topic, ())}
    others = sorted(persons.keys() - found, key=lambda topic: (len(persons[topic]), topic))
    return found | {*others[:1]} if 0 < len(behind) < world.fewest else found


def mentored(world):
    _, last = world.days()
    by = {m: mentoring(world.book, world.before, m, (END, ""))[0] for m in world.members}
    first = {
        m: min(e.occurred_at for e in world.before if m in (e.actor, e.recipient))
        for m in world.members - world.handed_over
    }
    begin = last - timedelta(days=182)
    new = {m for m, at in first.items() if at.astimezone(UTC).date() > begin}
    by = {m: world.members & {*mentors} for m, mentors in by.items()}
    had, mentors = {m for m in by if by[m]}, {each for found in by.values() for each in found}
    return {
        "mentoring.mentors": world.enough(len(mentors), mentors, 0),
        "mentoring.mentored": world.enough(part(len(had), len(world.members)), world.members),
        "mentoring.newcomers": world.enough(part(len(had & new), len(new)), new),
    }


def rewards(world, entries):
    at = {e.id for e in world.before if world.since is None or world.since <= e.occurred_at}
    mine = [
        e for e in entries if e.purse == "points" and e.holder.kind == "member" and e.event in at
    ]
    points = Counter()
    for e in mine:
        points[e.holder.id] += e.amount
    gave = Counter(d.help[0] for d in world.deeds if d.help)
    both = {m for m in points if points[m]} | {*gave}
    related = spearman([(points[m], gave[m]) for m in both]) if len(both) > 3 else None
    found, shown, withheld = {"rewards.points_and_help": world.enough(related, both)}, {}, 0
    for rule in {e.rule for e in mine}:
        got = Counter()
        for e in mine:
            got[e.holder.id] += e.amount if e.rule == rule else 0
        if sum(got.values()) > 0 and len([m for m in got if got[m]]) >= world.fewest:
            shown[rule] = Fraction(sum(got.values()))
        else:
            withheld += sum(got.values()) > 0
    shares = {rule: amount / sum(shown.values()) for rule, amount in shown.items()}
    found |= {f"rewards.rules.{rule}": share for rule, share in shares.items()}
    found["rewards.withheld"] = withheld
    found["rewards.effective_rules"] = 1 / sum(s * s for s in shares.values()) if shares else None
    drowning = [
        rule for rule, share in shares.items() if share > Fraction(1, 2) and len(shares) > 1
    ]
    return found | {"rewards.drowning": drowning[0] if drowning else None}


def badges(world, awards):
    """Who holds a badge, and who got it in the time. A number is withheld if it, or one that follows from it and others, is of too few."""
    found = {}
    for family in badge_families(world.book):
        held, got = {}, {}
        for badge, tier in family:
            mine = [
                a for a in awards if (a.holder.kind, a.badge, a.tier) == ("member", badge, tier)
            ]
            mine = [a for a in mine if a.occurred_at < world.until and a.holder.id in world.members]
            new = [a for a in mine if world.since is None or a.occurred_at >= world.since]
            held[f"badges.{badge}.{tier}"] = {a.holder.id for a in mine}
            got[f"badges.{badge}.{tier}"] = {a.holder.id for a in new}
        known = []
        for name in sorted(held, key=lambda each: -len(held[each])):
            found[f"{name}.held"] = told(world, known, [held[name]])
        for name in sorted(got, key=lambda each: -len(got[each])):
            found[f"{name}.got"] = told(world, known, [got[name], held[name] - got[name]])
    return found


def told(world, known, groups):
    """The size of the first of some groups that a number reveals, if none of them is too small, nor what it lacks of a known one or has more."""
    rests = [a - b for one in groups for other in known for a, b in ((one, other), (other, one)) if b <= a]  # fmt: skip
    if any(0 < len(each) < world.fewest for each in (*groups, *rests)):
        return None
    known += groups
    return world.enough(len(groups[0]), world.members)


def badge_families(book):
    """The badges of members, with their tiers, by families: what comes after each other, or counts the same up to other thresholds."""
    mine = [b for b in book.badges.values() if b.asks and b.asks[0].to not in ("unit", "community")]

    def counted(part):
        return repr(evolve(part, at_least={}, again=(), or_only=None))

    def akin(one, other):
        names, others = ({each.split(":")[0] for each in (b.id, *b.after)} for b in (one, other))
        return names & others or {*map(counted, one.parts)} & {*map(counted, other.parts)}

    families = []
    for badge in mine:
        near = [family for family in families if any(akin(badge, each) for each in family)]
        families = [f for f in families if f not in near] + [[badge, *(b for f in near for b in f)]]
    return [[(b.id, tier) for b in family for tier in b.tiers] for family in families]
