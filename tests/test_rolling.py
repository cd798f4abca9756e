"""Rolling windows: what a queue has at hand is what one finds who looks at all of it; and no step looks at all of it."""

import json
import sys
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive.criteria import plain
from wiifm import Engine, Event, Measure, RuleBook, hookimpl
from wiifm.archive.state_codec import pack_state, unpack_state
from wiifm.program import compile_book
from wiifm.program.rolling import Groups, Moments, Samples
from wiifm.program.running import RUNNING
from wiifm.program.values import different, with_value
from wiifm.records import SPACING

START = datetime(2026, 1, 1, tzinfo=UTC)
LENGTH = timedelta(hours=9)
numbers = st.integers(-3, 3) | st.sampled_from([Fraction(1, 10), Fraction(-7, 2)])
steps = st.lists(st.tuples(st.integers(0, 5), numbers, st.sampled_from("abc")), max_size=40)


def sample_of(name, number, day):
    """What a measure takes in: days for gaps, flags for runs, numbers for the others."""
    return {"gap": day, "run": number > 0}.get(name, number)


def found_by_looking(name, items, first, least):
    """What the naive implementation measures in a window; ``least`` where it has groups."""
    inside = [(group, x) for at, group, x in items if at >= first]
    if least is None:
        return plain(name, [x for _, x in inside])
    values = [plain(name, [x for g, x in inside if g == group]) for group in "abc"]
    return sum(v is not None and v >= least for v in values)


@given(st.sampled_from(list(RUNNING)), st.sampled_from([None, 1, Fraction(1, 2)]), steps)
@settings(max_examples=200, deadline=None)
def test_that_a_queue_has_at_hand_what_one_finds_by_looking(name, least, steps):
    queue = Samples(RUNNING[name]) if least is None else Groups(RUNNING[name], least)
    at, items, copies = START, [], []
    for hours, number, group in steps:
        at += timedelta(hours=hours)
        items.append((at, group, sample_of(name, number, at.toordinal())))
        queue.enter(*(items[-1] if least is not None else items[-1][::2]))
        queue.roll(at - LENGTH)
        copies.append((queue.copy(), len(items), at))
        for later in (at, at + timedelta(hours=3), at + timedelta(days=2)):
            first = later - LENGTH
            assert queue.value(first) == found_by_looking(name, items, first, least)
            assert queue.moments(first) == [at for at, _, _ in items if at >= first]
    for copy, count, at in copies:
        first = at - LENGTH
        expected = found_by_looking(name, items[:count], first, least)
        assert copy.value(first) == expected, "what came later doesn't change a copy"
        stored = type(queue)(*(queue.measure, *[least][: least is not None]), copy.inside())
        assert stored.value(first) == stored.copy().value(first) == expected
        more = [*items[:count], (at, "a", 1)]
        for each in (copy, stored):
            each.enter(*((at, "a", 1) if least is not None else (at, 1)))
            for later in (at, at + LENGTH + timedelta(minutes=1)):
                first = later - LENGTH
                assert each.value(first) == found_by_looking(name, more, first, least)
                assert each.moments(first) == [at for at, _, _ in more if at >= first]


@given(st.lists(st.integers(0, 5), max_size=60))
def test_that_moments_are_counted(hours):
    queue, at, items = Moments(), START, []
    for each in hours:
        at += timedelta(hours=each)
        items.append(at)
        queue.enter(at)
        queue.roll(at - LENGTH)
        for first in (at - LENGTH, at):
            inside = [each for each in items if each >= first]
            assert (queue.value(first), queue.moments(first)) == (len(inside), inside)
    assert queue.inside() == [each for each in items if each >= at - LENGTH]
    assert len(queue.items) <= 8 / 7 * len(queue.inside()) + 1, "what has left isn't kept"


@given(st.lists(st.integers(0, 9) | st.sampled_from("abc")))
def test_that_different_values_are_counted_and_never_changed_in_place(values):
    found, before = frozenset(), []
    for count, value in enumerate(values, 1):
        found = with_value(found, value)
        before.append((found, len(set(values[:count]))))
    assert all(different(each) == count for each, count in before)


BOOK = """
[book]
id = "rolling"
vocabulary = []
[event."thing.done"]
requires = "actor"
fields = {{ x = {{ type = "integer", required = true }} }}
[[badge]]
id = "it"
at_least = 10
{text}
over = "last 900 days"
"""
KINDS = {
    **{
        name: f'{name} = "x"\non = "thing.done"'
        for name in ("sum", "max", "mean", "median", "latest", "distinct")
    },
    "count": 'count = "thing.done"',
    "run": 'run = "thing.done"\nwhere = "x > 1"',
    "gap": 'gap = "thing.done"',
    "groups": 'groups = "object"\neach = { count = "thing.done", at_least = 2 }',
    "groups, distinct": 'groups = "object"\neach = { distinct = "x", on = "thing.done", at_least = 2 }',
    "groups, median": 'groups = "week"\neach = { median = "x", on = "thing.done", at_least = 2 }',
}


def things(count):
    """What one member does, a thing a minute; all of it lies in the window."""
    return [
        Event(
            id=f"e{n:06}",
            type="thing.done",
            occurred_at=START + timedelta(minutes=n),
            actor="ann",
            object=f"o{n // 3}",
            data={"x": (n * 7919) % 1009},
        )
        for n in range(count)
    ]


def lines_run(engine, events):
    """How many lines of Python are run while events are recorded."""
    count = 0

    def note(frame, event, arg):
        nonlocal count
        count += 1
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        engine.record_many(events)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_step_takes_no_more_the_more_there_is_in_the_window(kind):
    found = []
    for count in (300, 4_800):
        engine, events = Engine(RuleBook.parse(BOOK.format(text=KINDS[kind]))), things(count)
        engine.record_many(events[:-64])
        found.append(lines_run(engine, events[-64:]))
    few, many = found
    assert many < 2 * few, "16 times as much are four levels of a tree more"


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_state_with_a_queue_goes_into_a_store_and_comes_back(kind):
    engine = Engine(RuleBook.parse(BOOK.format(text=KINDS[kind])))
    program = compile_book(engine.book)
    engine.record_many(things(40))
    state = engine._memory.flow.histories.member["ann"].state
    again = unpack_state(pack_state(state, {}), program.states["member"], {})
    assert pack_state(again, {}) == pack_state(state, {})
    (read,) = program.values.values()
    for days in (0, 900, 901):
        now = START + timedelta(days=days, minutes=20)
        assert read(again, state.day, now) == read(state, state.day, now)


class Highest:
    @hookimpl
    def wiifm_measures(self, measures):
        measures.add(Measure(name="highest", start=0, add=max, read=lambda state: state))


@pytest.mark.parametrize("per", ["member", "object"])
def test_that_a_plugins_measure_over_a_window_goes_back_for_what_comes_late(per):
    text = f'measure = "highest"\nvalue = "x"\non = "thing.done"\nper = "{per}"'
    book = RuleBook.parse(BOOK.format(text=text), plugins=[Highest()])
    events, states = things(SPACING + 64), []
    for late in (40, len(events)):
        engine = Engine(book)
        engine.record_many(events[:late] + events[late + 1 :])
        engine.record_many(events[late : late + 1])
        states.append(pack_state(engine._memory.flow.histories.member["ann"].state, {}))
    assert states[0] == states[1]


class Careful:
    """The sum of numbers, which knows nothing of 13."""

    @hookimpl
    def wiifm_measures(self, measures):
        measures.add(Measure(name="careful", start=0, add=self.add, read=lambda state: state))

    @staticmethod
    def add(state, number):
        if number == 13:
            raise ValueError("thirteen")
        return state + number


DAY = timedelta(days=1)
EACH = {
    "alone": 'measure = "careful"\nvalue = "x"\non = "thing.done"',
    "in groups": 'groups = "community"\non = "thing.done"\neach = { measure = "careful", value = "x", at_least = 10 }',
}


def measured_by_a_careful_plugin(shape, *done):
    """An engine with a badge that asks for 10, alone or in a community, of things done at some moments."""
    text = BOOK.format(text=EACH[shape] + '\nper = "topic"')
    if shape == "in groups":
        text = text.replace("at_least = 10\n", "at_least = 1\n")
    engine = Engine(RuleBook.parse(text, plugins=[Careful()]))
    for number, (at, x, community) in enumerate(done):
        about = {"community": community, "topics": ("t",), "data": {"x": x}}
        what = {"type": "thing.done", "actor": "ann", "object": f"o{number}", **about}
        engine.record(Event(id=f"e{number}", occurred_at=START + at, **what))
    return engine


def given_by_a_careful_plugin(shape, *done):
    """The events for which that badge is given."""
    standing = measured_by_a_careful_plugin(shape, *done).standing("ann")
    return [each.event for each in standing.badges]


def test_that_progress_by_a_plugins_measure_counts_until_the_very_end():
    """What Ann did first leaves the window right after what she does last."""
    engine = measured_by_a_careful_plugin("alone", (timedelta(), 6, "c"), (900 * DAY, 3, "c"))
    (far,) = engine.statement("ann").next
    assert (far.value, far.until) == (9, START + 900 * DAY)


@pytest.mark.parametrize("shape", EACH)
@pytest.mark.parametrize(("late", "given"), [(timedelta(), ["e1"]), (timedelta(minutes=1), [])])
def test_that_a_plugins_measure_sees_its_window_with_both_ends(shape, late, given):
    done = [(timedelta(), 6, "c"), (900 * DAY + late, 4, "c")]
    assert given_by_a_careful_plugin(shape, *done) == given


@pytest.mark.parametrize("shape", EACH)
def test_that_what_a_plugins_measure_failed_at_is_not_in_its_window(shape):
    done = [(timedelta(), 6, "c"), (DAY, 13, "c"), (2 * DAY, 4, "c")]
    assert given_by_a_careful_plugin(shape, *done) == ["e2"]


def test_that_groups_of_a_plugins_measure_are_told_apart():
    assert not given_by_a_careful_plugin("in groups", (timedelta(), 6, "c"), (DAY, 4, "d"))


MANY = """
[book]
id = "many"
[[badge]]
id = "liked"
to = "recipient"
distinct = "actor"
on = ["kudos.given"]
at_least = { bronze = 1, silver = 2, gold = 6 }
[[badge]]
id = "every"
to = "recipient"
count = "kudos.given"
at_least = 2
again = 2
"""


def test_that_a_state_that_was_read_is_packed_as_if_nothing_were_known_of_it():
    engine = Engine(RuleBook.parse(MANY))
    fresh, found = compile_book(engine.book).states["member"], []
    for number in range(12):
        at = START + timedelta(days=number)
        person = f"m{9 - number % 5}"
        engine.record(
            Event(
                id=f"k{number}", type="kudos.given", occurred_at=at, actor=person, recipient="ann"
            )
        )
        found.append(pack_state(engine._memory.flow.histories.member["ann"].state, {}))
    for text, later in pairwise(found):
        packed = {}
        again, then = unpack_state(text, fresh, packed), unpack_state(later, fresh, {})
        assert pack_state(again, packed) == text
        for name in fresh.__slots__:
            value = getattr(again, name)
            if name in packed:
                value.update(getattr(then, name))
            else:
                setattr(again, name, getattr(then, name))
        assert packed and pack_state(again, packed) == later
        otherwise = unpack_state(json.dumps(json.loads(later)), fresh, packed)
        assert pack_state(otherwise, packed) == later
