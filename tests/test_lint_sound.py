"""What lint says can't be had nobody has, and what it says is never so never is: just above the most that it tells, whatever happens."""

import os
import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import tomli_w

from communities import BEGIN, ZONES
from wiifm import Engine, Event, InvalidRuleBook, RuleBook
from wiifm.rulebook.lint import lint

FOUND = [211, 1077, 1821, 3722]
"""Seeds that once found something."""
SEEDS = [*FOUND, *range(20_000 if os.environ.get("WIIFM_LONG") else 96)]
GIVING = [
    *[("kudos.given", "recipient")] * 3,
    *[("kudos.given", "actor")] * 3,
    ("question.asked", "actor"),
    ("answer.posted", "actor"),
    ("answer.posted", "recipient"),
    ("answer.accepted", "recipient"),
    ("object.liked", "recipient"),
    ("kudos.given", "community"),
]
TIMES = ("day", "day", "week", "month", "year", "ever")
OVERS = (*TIMES, "last 2 days", "last 30 hours", "every 3 days", "last 9 days")
WORDS = {
    "object_type": ("question", "answer", "post", "comment"),
    "type": ("question.asked", "answer.posted", "kudos.given"),
    "actor": ("m0", "m1"),
    "recipient": ("m0", "m1"),
    "community": ("c", "c1"),
}
MOST = re.compile(r"can't be had, as .* ([\d.e+]+) at most")
VAST = 10**6


# ---- books -------------------------------------------------------------------------------------------------


def link(random):
    name = random.choice([*WORDS, "object_type", "hour", "weekday"])
    op = random.choice(["==", "!=", "<", ">=", "in", "not in"])
    values = WORDS.get(name, (0, 1, 3, 9, 14, 18))
    if "in" in op:
        return f"{name} {op} {random.sample(values, min(2, len(values)))}"
    value = repr(random.choice(values))
    return f"{value} {op} {name}" if random.random() < 0.2 else f"{name} {op} {value}"


def condition(random):
    links = [link(random) for _ in range(random.choice([1, 2, 3]))]
    return random.choice([" and ", " and ", " or "]).join(links)


def limit(random):
    found = {"per": random.choice([*TIMES, *TIMES, ["day", "object"], "object"])}
    found[random.choice(["points", "times"])] = random.choice([1, 2, 3])
    return found | ({"net": True} if "points" in found and random.random() < 0.5 else {})


def rule(random, name, purse):
    on, to = random.choice(GIVING)
    found = {"id": name, "on": on, "to": to, "purse": purse}
    found["points"] = random.choice([1, 2, 3, 3, -1, -3, "hour - 9"])
    if random.random() < 0.15:
        steps = random.choice([{}, {"steps": [[1, 2], [3, 1]]}])
        found |= {"graded": {"by": "count"} | steps, "points": "value"}
        if steps:
            del found["points"]
    if random.random() < 0.7:
        found["limit"] = random.choice(["net", limit(random), [limit(random), "net"]])
    if random.random() < 0.5:
        of = random.choice([to, to, "actor", "recipient", "all"])
        gate = {"of": of, "per": random.choice(TIMES), random.choice(["times", "points"]): 3}
        found["gate"] = gate | random.choice([{}, {}, {"distinct": "actor"}, {"carry": 1}])
    if random.random() < 0.3:
        found["where"] = condition(random)
    return found


def earning(random, purse):
    """What asks for points earned: so many that nobody is to have as many, where lint knows the most."""
    found = {"earned": purse, "at_least": VAST}
    if random.random() < 0.4:
        found["rules"] = random.sample(["r0", "r1"], random.choice([1, 2]))
    if random.random() < 0.3:
        found["on"] = random.choice(GIVING)[0]
    if random.random() < 0.25:
        groups = random.choice(["day", "week", "month"])
        found = {random.choice(["groups", "streak"]): groups, "each": found, "at_least": 1}
    elif random.random() < 0.2:
        count = {"count": "kudos.given", "at_least": 1}
        found = {"ratio": [count, found], "at_least": 0}
    found |= {"id": "b", "to": random.choice(["actor", "actor", "recipient", "community"])}
    if random.random() < 0.6:
        found["over"] = random.choice(OVERS)
    if random.random() < 0.15:
        found["per"] = random.choice(["object", "person"])
    if random.random() < 0.2:
        found["since"] = datetime(2026, 3, 4, tzinfo=UTC)
    return found


def tables_of(random):
    """A book with a badge and a ladder that are out of reach, if anything bounds what can be had."""
    purse = random.choice(["points", "k"])
    per = random.choice(TIMES)
    return {
        "book": {"id": "doubtful", "zone": random.choice(["UTC", *ZONES])},
        "purse": {"points": random.choice([{}, {"floor": 0}]), "k": {"decimals": 1}},
        "limit": {
            "net": {"points": 3, "per": per, "net": True, "purse": purse},
            "all": {"points": random.choice([4, 9]), "per": random.choice(TIMES), "purse": purse}
            | random.choice([{"all": True}, {}]),
        },
        "rule": [rule(random, f"r{n}", purse) for n in range(random.choice([1, 2, 3]))],
        "badge": [earning(random, purse)],
        "ladder": {"l": {"purse": purse, "levels": {"none": 0, "top": VAST}}},
    }


def books(random):
    while True:
        tables = tables_of(random)
        try:
            return tables, RuleBook.parse(tomli_w.dumps(tables))
        except InvalidRuleBook:
            continue


def just_above(tables, doubts):
    """The same book, of which each threshold is just above the most that can be had, and where it is."""
    found, places = deepcopy(tables), {}
    for each in doubts:
        most = MOST.search(each.what)
        bound = float(most[1]) if most else 0
        if each.where.startswith("badge"):
            (badge,) = found["badge"]
            asks = badge.get("each") or [badge, *badge.get("ratio", [])][-1]
            asks["at_least"], places["badge"] = bound + 0.1, bound
        else:
            found["ladder"]["l"]["levels"]["top"], places["ladder"] = bound + 0.1, bound
    return RuleBook.parse(tomli_w.dumps(found)), places


# ---- what happens ------------------------------------------------------------------------------------------


def rush(random, book):
    """All that the rules of a book ask for, again and again, by two who travel, with what it takes to get round them."""
    kinds = sorted({name for rule in book.rules.values() for name in rule.on})
    days, number = random.choice([1, 2, 3, 9]), 0
    for number in range(random.choice([20, 60])):
        at = BEGIN + timedelta(minutes=random.randrange(days * 48) * 30)
        if random.random() < 0.15:
            data = {"zone": random.choice(ZONES)}
            name, more = "member.updated", {"actor": random.choice(["m0", "m1"]), "data": data}
        else:
            name = random.choice(kinds)
            more = doing(random, name, number)
        yield Event(id=f"e{number:02}", type=name, occurred_at=at, **more)


def doing(random, name, number):
    actor, other = random.sample(["m0", "m1"], 2)
    if random.random() < 0.5:
        actor, other = "m1", "m0"
    more = {"actor": actor} | random.choice([{}, {"community": "c"}])
    if name == "kudos.given":
        return more | {"recipient": other, "community": "c"}
    if name == "question.asked":
        return more | {"object": f"q{number % 9}"}
    if name == "answer.posted":
        return more | {
            "object": f"a{number % 9}",
            "in_reply_to": f"q{random.randrange(9)}",
            "recipient": other,
        }
    return more | {"object": f"{random.choice('aq')}{random.randrange(9)}", "recipient": other}


def check(seed):
    """Answers how many doubts nobody contradicted."""
    random = Random(seed)
    tables, book = books(random)
    doubts = [each for each in lint(book) if "can't be had" in each.what]
    never = [each.where.split()[1] for each in lint(book) if "satisfies it" in each.what]
    above, places = just_above(tables, doubts)
    assert {
        each.where.split()[0].rstrip(",") for each in lint(above) if "can't be had" in each.what
    } == {*places}
    for _ in range(3 if doubts or never else 0):
        engine = Engine(above)
        assert not engine.record_many(rush(random, book)).rejected
        standings = engine.standings()
        if "badge" in places:
            assert not [each for each in standings if each.badges], (seed, places, doubts)
        if "ladder" in places:
            assert "top" not in {each.levels["l"] for each in standings}, (seed, places, doubts)
        assert not [each for each in engine.ledger() if each.rule in never], (seed, never)
    return len(doubts) + len(never)


@pytest.mark.parametrize("seeds", [SEEDS[n::4] for n in range(4)])
def test_that_nobody_has_what_cannot_be_had(seeds):
    assert sum(map(check, seeds)) > len(seeds) // 10
