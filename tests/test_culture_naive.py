"""Each figure of a culture report is the one that its definition says, in communities made at random, over any time, of any store."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from communities import community, moments
from naive import culture as naive
from wiifm import Engine, Event, RuleBook
from wiifm.culture.data import as_json
from wiifm.culture.figures import Figure
from wiifm.culture.keeping import keep
from wiifm.stores.memory import MemoryStore

SHARING = RuleBook.load("plugin:sharing")
SEEDS = range(2_000 if os.environ.get("WIIFM_LONG") else 20)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(found):
    """The figures of a report by their names, in the words of the naive one."""
    yield "deeds", found.deeds
    for name in ("adoption", "participation", "spread", "manner", "flow", "answering"):
        yield from figures(name, getattr(found, name))
    yield from figures("mentoring", found.mentoring)
    for unit in found.adoption.units:
        yield from figures(f"adoption.units.{unit.unit}", unit)
    for unit in found.spread.units:
        yield (
            f"spread.units.{unit.unit}",
            (unit.began, unit.contributors, unit.days.value, unit.first),
        )
    for week in found.weeks:
        row = (week.days, week.active, week.contributing, week.spread)
        yield f"weeks.{week.begins}", row
    for act, count in found.manner.acts.items():
        yield f"manner.acts.{act}", count
    yield from figures("flow.help", found.flow.help)
    yield from figures("flow.contact", found.flow.contact)
    yield from about(found)


def about(found):
    for unit, row in zip(found.flow.units, found.flow.matrix, strict=True):
        for other, count in zip(found.flow.units, row, strict=True):
            yield f"flow.matrix.{unit}.{other}", count
    for each in found.knowledge.topics:
        row = (each.persons, each.helpers, each.help, each.bus_factor, each.orphaned, *each.named)
        yield f"topics.{each.topic}", row
    yield "spread.named", found.spread.named
    yield "knowledge.withheld", found.knowledge.withheld
    yield "saved.hours", found.saved.hours.value
    for act, count in found.saved.times.items():
        yield f"saved.times.{act}", count
    for each in found.rewards.rules:
        yield f"rewards.rules.{each.rule}", each.share
    yield "rewards.drowning", found.rewards.drowning
    yield "rewards.withheld", found.rewards.withheld
    yield "rewards.points_and_help", found.rewards.points_and_help.value
    yield "rewards.effective_rules", found.rewards.effective_rules.value
    yield from badges(found)


def badges(found):
    for each in found.badges:
        yield f"badges.{each.badge}.{each.tier}.held", each.held.value
        yield f"badges.{each.badge}.{each.tier}.got", each.got.value


def figures(name, part) -> Iterator[tuple[str, float | None]]:
    """What a part says in numbers."""
    for each in part.__attrs_attrs__:
        value = getattr(part, each.name)
        if isinstance(value, Figure | int):
            yield f"{name}.{each.name}", value.value if isinstance(value, Figure) else value


def rounded(value):
    return (
        round(float(value), 4)
        if hasattr(value, "denominator") or isinstance(value, float)
        else value
    )


def differences(found, expected):
    """Figures that aren't as they should be; what nobody gave and nobody got isn't in a matrix."""
    mine = dict(told(found))
    for name in {*mine, *expected} - {"adoption.target"}:
        one, other = mine.get(name), expected.get(name)
        nothing = name.startswith("flow.matrix.") and name not in mine and other == 0
        if not nothing and rounded(one) != pytest.approx(rounded(other), abs=1.1e-4):
            yield name, one, other


def handed_over(random):
    """What the platform knows itself, of all or some."""
    some = [f"m{n:02}" for n in range(0, 20, random.choice([1, 3]))]
    units = {member: random.choice("XYZ") for member in some}
    managers = {member: f"m{int(member[1:]) // 3:02}" for member in some if member != "m00"}
    return random.choice([{}, {}, {"units": units}, {"managers": managers}])


@pytest.mark.parametrize("seed", SEEDS)
def test_that_every_figure_is_as_defined(seed):
    random, days = Random(seed), (3, 30, 200, 500)[seed % 4]
    events = community(random, random.choice([3, 8, 20]), random.choice([20, 80]), days)
    engine, store = Engine(SHARING), MemoryStore()
    engine.record_many(events)
    entries = [*engine.ledger()]
    awards = [award for each in engine.standings() for award in each.badges]
    half = len(events) // 2
    Engine.over(store, SHARING).record_many(events[:half])
    keep(store, SHARING)
    Engine.over(store, SHARING).record_many(events[half:])
    for _ in range(2):
        times = [random.choice(moments(random, events, days)) for _ in "su"]
        asked = {"fewest": random.randint(1, 5), **handed_over(random)}
        found = engine.culture(*times, **asked, named=True)
        expected = naive.report(SHARING, events, entries, awards, times[0], found.until, **asked)
        assert not [*differences(found, expected)], (times, asked)
        assert as_json(Engine.over(store).culture(*times, **asked, named=True)) == as_json(found), (
            times
        )


def on(day, name, kind, actor, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=day), actor=actor, **more)


def company(*events):
    """Six people, the first of whom the others report to, and what they do."""
    engine = Engine(SHARING)
    for n in range(6):
        data = {"unit": "Lab", "manager": "m0"} if n else {"unit": "Lab"}
        engine.record(on(0, f"j{n}", "member.joined", f"m{n}", data=data))
    engine.record_many(events)
    return engine


def test_that_units_handed_over_leave_the_managers_of_profiles_and_the_other_way_round():
    engine = company(*(on(1, f"k{n}", "kudos.given", f"m{n}", recipient="m0") for n in range(1, 6)))
    members = [f"m{n}" for n in range(6)]
    found = engine.culture(units=dict.fromkeys(members, "Sales"))
    assert found.flow.help_along_lines.value == 1 and found.flow.units == ("Sales",)
    found = engine.culture(managers=dict.fromkeys(members[1:], "m0"))
    assert [each.unit for each in found.adoption.units] == ["Lab"]


def test_that_a_quiet_beginning_is_part_of_the_time():
    shared = [on(day, f"p{day}", "post.shared", "m1", object=f"p{day}") for day in (1, 30)]
    engine = company(*shared)
    begin = datetime(2026, 3, 9, tzinfo=UTC)
    found = engine.culture(begin, begin + timedelta(days=28))
    assert [(each.days, each.active) for each in found.weeks] == [(7, 0), (7, 0), (7, 0), (7, 1)]
    assert (found.adoption.period_days, found.adoption.returned) == (14, 1)
    found = engine.culture(begin - timedelta(days=400), begin)
    assert [each.days for each in found.weeks] == [6]  # of the time before anything ever was


def test_that_nobody_comes_back_in_a_time_of_one_day():
    shared = [on(day, f"p{day}", "post.shared", "m1", object=f"p{day}") for day in (1, 2)]
    begin = datetime(2026, 3, 4, tzinfo=UTC)
    found = company(*shared).culture(begin, begin + timedelta(days=1)).adoption
    assert (found.now_active, found.new, found.returned, found.silent) == (1, 0, 0, 0)


def test_that_whoever_asks_without_a_name_is_answered_too():
    asked = [on(1, f"q{n}", "question.asked", f"m{n}", object=f"q{n}") for n in range(5)]
    hidden = on(1, "q9", "question.asked", None, object="q9")
    answered = on(2, "a", "answer.posted", "m1", object="a", in_reply_to="q9")
    own = on(2, "b", "answer.posted", "m1", object="b", in_reply_to="q1", recipient="m2")
    found = company(*asked, hidden, answered).culture(fewest=1).answering
    assert found.answered.value == rounded(1 / 6)
    assert company(*asked, hidden, own).culture().answering.answered.value == 0


def test_that_nobody_mentors_themselves_and_nobody_in_a_circle_is_a_reporting_line():
    circle = [
        on(1, f"u{n}", "member.updated", f"m{n}", data={"manager": f"m{9 - n}"}) for n in (4, 5)
    ]
    oneself = on(1, "s", "mentoring.started", "m1", recipient="m1")
    found = company(*circle, oneself).culture(fewest=1)
    assert found.mentoring.mentors == found.mentoring.mentored.value == 0
    assert found.flow.lines_by_chance.value == 0.5  # three of the six pairs of m0 to m3


def test_that_a_time_that_ends_before_it_begins_is_empty_whoever_is_asked(new_url):
    times = START + timedelta(days=9), START - timedelta(hours=1)
    events = [on(0, f"k{n}", "kudos.given", f"m{n}", recipient="m0") for n in range(1, 6)]
    with Engine.open(new_url(), SHARING) as engine:
        engine.record_many(events)
        assert engine.culture(*times).adoption.members == 0
