"""What stays of kept badges is compared with its definition, in a book of which most badges are kept."""

from datetime import UTC, datetime, timedelta
from itertools import repeat
from random import Random

import pytest
from attrs import evolve

from histories import START, history
from test_law import WHOLE
from wiifm import Engine, Event, Holder, RuleBook, verify
from wiifm.activities import order_of
from wiifm.archive.tables import GHOSTS
from wiifm.folds import flow, kept
from wiifm.folds.repair import Repair
from wiifm.folds.reward import fold
from wiifm.records import History, Outcomes, earlier
from wiifm.stores.memory import MemoryStore

LOOSE = {
    "days",  # these two ask for points earned
    "pts",
    *(
        name
        for name, badge in WHOLE.badges.items()
        if badge.points or badge.after or badge.keep_up is not None
    ),
}


def keeping(random: Random):
    """The book with every kind of badge, of which most of those that may be kept are."""
    badges = {
        name: evolve(badge, keep=badge.keep or (name not in LOOSE and random.random() < 0.8))
        for name, badge in WHOLE.badges.items()
    }
    return evolve(WHOLE, badges=badges)


def mostly_in_order(random: Random, events):
    """The events, most of them in order, and some by up to 20 events too late."""
    found = sorted(events, key=lambda each: (each.occurred_at, each.id))
    places = [n + (random.random() * 20 if random.random() < 0.1 else 0) for n in range(len(found))]
    return [found[n] for n in sorted(range(len(found)), key=places.__getitem__)]


def kept_by_definition(program, history, items):
    """What stays of kept badges by the definition in docs/reference/semantics.md: for each death everything is folded from the beginning."""
    deaths = {event: death for event, (death, _) in history.ghosts.items()}
    found = {}
    for moment in sorted({*deaths.values()}):
        alive = [a for a in items if a.event.id not in deaths or deaths[a.event.id] < moment]
        for death, revived in history.ghosts.values():
            alive += revived if death >= moment else ()
        before = sorted(
            (a for a in alive if order_of(a.event) < moment), key=lambda each: each.order
        )
        then = History(history.holder, program.states[history.holder.kind]())
        fold(program, then, before, repeat({}), Outcomes())
        for key, cell in then.state.awards.items():
            found[key] = earlier(found.get(key, cell), cell)
    return found


@pytest.fixture
def paths(monkeypatch):
    """Compares what stays with the definition whenever it is computed; returns the ways in which it was: whether at once."""
    found, judge, compute = set(), kept._only_died, flow.kept_now

    def judged(*given):
        result = judge(*given)
        found.add(result)
        return result

    def computed(program, history, had, repair, everything):
        now = compute(program, history, had, repair, everything)
        expected = kept_by_definition(program, history, everything())
        assert [*now.items()] == [*expected.items()]
        return now

    monkeypatch.setattr(kept, "_only_died", judged)
    monkeypatch.setattr(kept, "spacing", lambda state: 2)  # or there would be no state in between
    monkeypatch.setattr(flow, "kept_now", computed)
    return found


@pytest.mark.parametrize("seed", range(0, 20, 10))
def test_that_what_stays_is_what_the_definition_says(paths, seed):
    for each in range(seed, seed + 10):
        random = Random(each)
        engine = Engine(keeping(random))
        happened = []
        for event in mostly_in_order(random, history(random, random.choice([40, 120]))):
            engine.record(event)
            happened.append(event)
            if random.random() < 0.1:  # somebody takes back what they did lately, or long ago
                target = random.choice(happened[random.choice([0, -5]) :])
                now = max(each.occurred_at for each in happened)
                receipt = engine.retract(target, at=now + timedelta(seconds=1))
                if receipt.status == "retraction":
                    happened.append(engine._memory.log.events[receipt.event])
    assert paths == {True, False}


def test_that_nobody_only_died_if_something_else_died_at_the_same_moment_before():
    moment = (datetime(2026, 5, 4, tzinfo=UTC), "r1")
    history = History(
        Holder("member", "ann"), None, ghosts={"e1": (moment, []), "e2": (moment, [])}
    )
    assert kept._only_died(history, {"e1": moment, "e2": moment}, moment, Repair(set()))
    assert not kept._only_died(history, {"e1": moment}, moment, Repair(set()))


def test_that_a_dead_event_leaves_whom_it_no_longer_concerns():
    """What was liked turns out to be somebody else's, who made it before."""
    text = "[[badge]]\nid = 'liked'\nto = 'recipient'\ncount = 'object.liked'\nkeep = true"
    store, book = MemoryStore(), RuleBook.parse(f"[book]\nid = 'b'\n{text}")
    engine = Engine.over(store, book)

    def record(name, kind, hours, actor, **more):
        at = START + timedelta(hours=hours)
        engine.record(Event(id=name, type=kind, occurred_at=at, actor=actor, **more))

    def liked():
        return [who for who in ("ann", "bob") if engine.standing(who).badges]

    record("p", "post.shared", 2, "ann", object="o")
    record("l", "object.liked", 3, "cy", object="o")
    engine.retract("l", at=START + timedelta(hours=9))
    assert liked() == ["ann"]
    record("earlier", "post.shared", 1, "bob", object="o")
    assert liked() == ["bob"]
    assert not verify(store, book).differences
    with store.reading() as reading:
        assert len([*reading.scan(GHOSTS)]) == 1
