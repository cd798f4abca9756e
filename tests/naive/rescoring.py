"""What another rule book changes, naively: both books score all events from scratch, and the results are compared."""

from fractions import Fraction

from .fold import booked, standings


def changes(one, other, events):
    """By holder what changes: (gains by purse, badges gained, badges lost, levels before, levels after). Holders without a change are left out."""
    before, after = (standings(book, events)[0] for book in (one, other))
    found = {}
    for holder in {*before, *after}:
        had, has = before.get(holder), after.get(holder)
        gains = {
            purse: points(has, purse) - points(had, purse)
            for purse in {*one.purses, *other.purses}
            if points(has, purse) != points(had, purse)
        }
        awards = [{*each.awards} if each else set() for each in (had, has)]
        levels = [reached(book, each) for book, each in ((one, had), (other, has))]
        change = gains, awards[1] - awards[0], awards[0] - awards[1], *levels
        if gains or same_awards(had, has) is False or levels[0] != levels[1]:
            found[holder] = change
    return found


def points(result, purse):
    return result.points.get(purse, Fraction(0)) if result else Fraction(0)


def same_awards(one, other):
    """Whether both hold the same badges, earned by the same events."""
    return (one.awards if one else {}) == (other.awards if other else {})


def reached(book, result):
    """The level on each ladder; a holder without a result has the levels that need no points."""
    if result:
        return dict(result.levels)
    lowest = {}
    for name, ladder in book.ladders.items():
        at_once = [level for level, most in ladder.levels.items() if most <= 0]
        lowest[name] = at_once[-1] if at_once and not ladder.climbs else None
    return lowest


def corrections(one, other, events):
    """By (holder, event, rule, purse, role) how much more or less the other book gives."""
    before, after = nets(one, events), nets(other, events)
    found = {key: after.get(key, 0) - before.get(key, 0) for key in {*before, *after}}
    return {key: amount for key, amount in found.items() if amount}


def nets(book, events):
    """By (holder, event, rule, purse, role) the sum of what a book gives."""
    found = {}
    for holder, seen in booked(book, events).items():
        for each in seen:
            for rule, purse, amount in each.booked:
                key = holder, each.act.event.id, rule, purse, each.act.role
                found[key] = found.get(key, 0) + amount
    return found
