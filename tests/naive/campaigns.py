"""What closing a campaign pays, naively: docs/reference/semantics.md applied to the whole log, in exact fractions."""

from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from wiifm import Event

from .boards import live_events, rows
from .fold import exact
from .scene import END
from .who import is_there, kind, profile


class Refused(Exception):
    """The campaign can't be closed."""


def closing(book, events, name, at, since=None, until=None, budget=None):
    """The closing if these events are all that was recorded: (event id, since, until, points, pool, places).

    ``places`` are (rank, member, points, amount). Raises :class:`Refused`.
    """
    campaign, live = book.campaigns[name], live_events(book, events)
    windows = [window(e) for e in live if says(e, name)]
    since = since or max((end for _, end in windows), default=campaign.since)
    until = until or min(at, campaign.until or at)
    if until > at or (since and since >= until):
        raise Refused
    for begun, ended in windows:
        if (begun is None or begun < until) and (since is None or since < ended):
            raise Refused
    points = {}
    for member, act, purse, amount in rows(book, events):
        if purse == campaign.purse and (since is None or since <= act.event.occurred_at):
            if act.event.occurred_at < until:
                points[member] = points.get(member, 0) + amount
    points = {member: worth for member, worth in points.items() if worth > 0}
    scale = 10 ** book.purses[campaign.pays].decimals
    if campaign.team:
        pool, amounts = teams(book, campaign, live, points, until, scale)
    else:
        pool, amounts = shares(campaign, points, budget, scale)
    everybody = sorted(amounts, key=lambda each: (-points.get(each, 0), each))
    places = [
        (
            1 + sum(other > points.get(member, 0) for other in points.values()),
            member,
            points.get(member, 0),
            Fraction(amounts[member], scale),
        )
        for member in everybody
    ]
    taken = {e.id for e in events}
    number = next(n for n in range(1, 999) if f"closing:{name}:{n}" not in taken)
    whole = sum(points.values())
    return f"closing:{name}:{number}", since, until, whole, Fraction(pool, scale), places


def running(book, events, member, until=None):
    """By campaign that runs at a moment (the latest event's, if none is given): (earned, together, the events that gave it)."""
    live, found = live_events(book, events), {}
    moment = until or max(e.occurred_at for e in live)
    if not is_there(book, live, member, (until or END, "")):
        return found
    for name, campaign in book.campaigns.items():
        begun = campaign.since is None or campaign.since <= moment
        ended = campaign.until is not None and campaign.until <= moment
        closed = any(says(e, name) and (until is None or e.occurred_at < until) for e in live)
        if not begun or ended or closed:
            continue
        points, by = {}, {}
        for who, act, purse, amount in rows(book, events):
            at = act.event.occurred_at
            late = until is not None and at >= until
            early = campaign.since is not None and at < campaign.since
            if purse == campaign.purse and not late and not early:
                points[who] = points.get(who, 0) + amount
                if who == member:
                    by[act.event.id] = by.get(act.event.id, 0) + amount
        having = {who: worth for who, worth in points.items() if worth > 0}
        few = len({*having} - {member}) < book.fewest
        together = None if campaign.goal is None or few else sum(having.values())
        found[name] = points.get(member, 0), together, {id for id, worth in by.items() if worth}
    return found


def recorded_events(book, closing, name, at):
    """The events that a closing records; amounts are floats where the purse has decimals, else integers."""
    event, since, until, points, pool, places = closing
    data = {"campaign": name, "until": until.isoformat()}
    data |= {"since": since.isoformat()} if since else {}
    counted, paid = (
        float if book.purses[purse].decimals else int
        for purse in (book.campaigns[name].purse, book.campaigns[name].pays)
    )
    data |= {"points": counted(points), "pool": paid(pool), "places": len(places)}
    yield Event(id=event, type="campaign.closed", occurred_at=at, object=event, data=data)
    for n, (rank, member, worth, amount) in enumerate(places, 1):
        data = {"campaign": name, "rank": rank, "points": counted(worth), "amount": paid(amount)}
        yield Event(
            id=f"{event}:{n}",
            type="campaign.paid",
            occurred_at=at,
            object=event,
            recipient=member,
            data=data,
        )


def says(event, name):
    return event.type == "campaign.closed" and event.id.rpartition(":")[0] == f"closing:{name}"


def window(event):
    since = event.data.get("since")
    return since and datetime.fromisoformat(since), datetime.fromisoformat(event.data["until"])


def teams(book, campaign, live, points, until, scale):
    """The sum of all team bonuses, and each member's, in the smallest unit of the purse."""
    people = {e.actor for e in live if kind(book, e).relates in ("profile", "joining")}
    there = [m for m in {*people, *points} if is_there(book, live, m, (until, ""))]
    units = {member: profile(book, live, member, "unit", (until, "")) for member in there}
    bonus, amounts = int(exact(campaign.bonus) * scale), dict.fromkeys(points, 0)
    for unit in {units.get(member) for member in points} - {None, ""}:
        members = [member for member in units if units[member] == unit]
        if sum(member in points for member in members) >= exact(campaign.team) * len(members):
            amounts |= dict.fromkeys(members, bonus)
    return sum(amounts.values()), amounts


def shares(campaign, points, budget, scale):
    """The pool and each member's amount, in the smallest unit of the purse."""
    whole = sum(points.values())
    budget = campaign.budget if budget is None else budget
    if campaign.prizes:
        pool = sum(exact(each) for each in campaign.prizes)
    else:
        bounds = [] if budget is None else [exact(budget)]
        bounds += [] if campaign.rate is None else [exact(campaign.rate) * whole]
        if not bounds:
            raise Refused
        pool = min(bounds)
    if campaign.goal is not None and whole < exact(campaign.goal):
        pool = 0
    pool = Fraction(pool) * scale
    if not pool or not points:
        return int(pool), dict.fromkeys(points, 0)
    if campaign.prizes:
        return int(pool), by_place(campaign, points, scale)
    weights = points if campaign.split == "points" else dict.fromkeys(points, 1)
    return int(pool), in_steps(weights, by_weight(campaign, weights, pool, scale))


def by_place(campaign, points, scale):
    """Amounts by prizes: members with equal points share the prizes of the places that they take."""
    amounts = {}
    for member, mine in points.items():
        above = sum(other > mine for other in points.values())
        beside = sum(other == mine for other in points.values())
        prizes = [exact(each) for each in campaign.prizes[above : above + beside]]
        amounts[member] = int(Fraction(sum(prizes)) * scale / beside)
    return amounts


def by_weight(campaign, weights, pool, scale):
    """Exact shares of the pool in proportion to the weights, within the bounds of the campaign: ``max(least, min(most, f * w))``.

    The sum of the shares is a piecewise linear function of f, with turns where a share reaches a bound; f is interpolated between two.
    """
    least, count = exact(campaign.least) * scale, len(weights)
    most = None if campaign.most is None else exact(campaign.most) * scale
    if least * count >= pool:
        return dict.fromkeys(weights, pool / count)
    if most is not None and most * count <= pool:
        return dict.fromkeys(weights, Fraction(most))

    def kept(factor):
        at_most = {
            m: factor * w if most is None else min(most, factor * w) for m, w in weights.items()
        }
        return {member: max(Fraction(least), Fraction(each)) for member, each in at_most.items()}

    turns = {Fraction(b) / w for w in weights.values() for b in (least, most) if b is not None}
    turns = sorted({*turns, Fraction(0)})
    turns.append(turns[-1] + 2 * pool / min(weights.values()) + 1)
    for low, high in pairwise(turns):
        under, over = sum(kept(low).values()), sum(kept(high).values())
        if under <= pool <= over and under < over:
            return kept(low + (high - low) * (pool - under) / (over - under))
    raise AssertionError


def in_steps(weights, shares):
    """Shares rounded down to whole steps; the rest goes to those who lost most, to all members of one weight or to none of them."""
    amounts = {member: int(share) for member, share in shares.items()}
    left = int(sum(shares.values())) - sum(amounts.values())
    lost = {weights[m]: share - int(share) for m, share in shares.items()}
    for weight in sorted(lost, key=lambda each: (lost[each], each), reverse=True):
        group = [member for member in weights if weights[member] == weight]
        if lost[weight] and len(group) <= left:
            left -= len(group)
            amounts |= {member: amounts[member] + 1 for member in group}
    return amounts
