"""Working days that depend on the time zone somebody is in: ``days_off``."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from itertools import islice, product
from random import Random

import pytest
import tomli_w

from test_law import check_against_naive
from wiifm import Engine, Event, InvalidRuleBook, RuleBook, hookimpl, verify
from wiifm.rulebook.changes import changes
from wiifm.stores.memory import MemoryStore
from wiifm.testing import check_law

HEAD = """
[book]
id = "offices"
zone = "Europe/Berlin"
holidays = [2026-05-01]
[book.days_off]
"Europe/Berlin" = [2026-10-03, 2026-05-14]
"Europe/Paris" = [2026-05-08]
[purse.points]
[[badge]]
id = "steady"
streak = "workday"
each = { count = "post.shared", at_least = 1 }
at_least = 3
"""
BOOK = RuleBook.parse(HEAD)


def shared(day, who="ann", month=5, **more):
    """Something shared at noon of a day of 2026."""
    at = datetime(2026, month, day, 10, tzinfo=UTC)
    name = f"{who}{month}-{day}"
    return Event(id=name, type="post.shared", occurred_at=at, actor=who, object=f"p-{name}", **more)


def moves(day, zone, who="ann"):
    at = datetime(2026, 5, day, 3, tzinfo=UTC)
    return Event(
        id=f"z{day}", type="member.updated", occurred_at=at, actor=who, data={"zone": zone}
    )


def steady(*events, book=BOOK):
    """Whether ann has the badge, by the engine, in whatever order events come, and by the naive implementation."""
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, list(events))
    check_law(book, list(events))
    return bool(engine.standing("ann").badges)


def test_that_a_day_off_ends_no_streak_where_it_is_off():
    around = [shared(6), shared(7), shared(11)]  # Wednesday, Thursday, Monday
    assert not steady(*around)
    assert steady(moves(1, "Europe/Paris"), *around)


def test_that_what_is_done_on_a_day_off_counts_only_where_people_work():
    days = [shared(6), shared(7), shared(8)]
    assert steady(*days)
    assert not steady(moves(1, "Europe/Paris"), *days)


def test_that_holidays_are_off_everywhere():
    around = [shared(29, month=4), shared(30, month=4), shared(4)]
    assert steady(*around)
    assert steady(moves(1, "Europe/Paris"), *around)
    assert steady(moves(1, "Asia/Tokyo"), *around)


def test_that_somebody_is_where_they_were_at_the_event():
    days = [shared(6), shared(7), shared(11)]
    assert steady(moves(10, "Europe/Paris"), *days)  # what lay between is seen from there
    assert not steady(moves(1, "Europe/Paris"), moves(10, "Europe/Berlin"), *days)


@pytest.mark.parametrize("make", [Engine, lambda book: Engine.over(MemoryStore(), book)])
def test_that_a_late_move_between_zones_of_the_same_time_is_seen(make):
    engine = make(BOOK)
    for event in (shared(6), shared(7), shared(11)):
        engine.record(event)
    assert not engine.standing("ann").badges
    late = moves(1, "Europe/Paris")  # where clocks show the same as in Berlin
    engine.record(late)
    assert [each.badge for each in engine.standing("ann").badges] == ["steady"]
    engine.record(
        Event(
            id="r",
            type="event.retracted",
            occurred_at=datetime(2026, 6, 1, tzinfo=UTC),
            retracts=late.id,
        )
    )
    assert not engine.standing("ann").badges


def test_that_a_streak_lasts_over_the_days_off():
    events = [shared(6), shared(7)]
    for zone, ends in (("Europe/Berlin", 9), ("Europe/Paris", 12)):
        engine = Engine(BOOK)
        engine.record_many([moves(1, zone), *events])
        (streak,) = engine.statement("ann").growth.streaks
        assert streak.length == 2
        (near,) = [each for each in engine.statement("ann").next if each.badge == "steady"]
        assert near.until == datetime(2026, 5, ends, tzinfo=UTC) - timedelta(hours=2)


def test_that_what_is_next_counts_a_streak_only_while_it_can_go_on():
    for zone, value in (("Europe/Berlin", 0), ("Europe/Paris", 2)):
        engine = Engine(BOOK)
        engine.record_many([moves(1, zone), shared(6), shared(7), shared(11, "bob")])
        statement = engine.statement("ann")
        assert [each.length for each in statement.growth.streaks] == [value] * bool(value)
        told = [each.value for each in statement.next if each.badge == "steady"]
        assert told == [value]


class Calendars:
    @hookimpl
    def wiifm_calendars(self, calendars):
        calendars.add("fr", [date(2026, 7, 14), date(2026, 5, 8)])


def test_that_calendars_of_plugins_and_dates_may_stand_together():
    text = HEAD.replace('"Europe/Paris" = [2026-05-08]', '"Europe/Paris" = ["fr", 2026-05-09]')
    book = RuleBook.parse(text, plugins=[Calendars()])
    days = {date(2026, 7, 14), date(2026, 5, 8), date(2026, 5, 9)}
    assert book.calendar.days_off["Europe/Paris"] == days
    alone = RuleBook.parse(text.replace('["fr", 2026-05-09]', '"fr"'), plugins=[Calendars()])
    assert alone.calendar.days_off["Europe/Paris"] == days - {date(2026, 5, 9)}


def test_that_it_is_part_of_the_digest_and_of_the_text():
    assert RuleBook.parse(BOOK.dumps()) == BOOK
    assert RuleBook.parse(BOOK.dumps()).digest == BOOK.digest
    assert tomllib.loads(BOOK.dumps())["book"]["days_off"]["Europe/Paris"] == [date(2026, 5, 8)]
    other = RuleBook.parse(HEAD.replace("2026-05-08", "2026-05-07"))
    assert other.digest != BOOK.digest
    same = RuleBook.parse(HEAD.replace("[2026-05-08]", "[2026-05-08, 2026-05-01]"))
    assert same.digest == BOOK.digest  # the first of May is off everywhere
    none = RuleBook.parse(
        HEAD.replace("[2026-10-03, 2026-05-14]", "[]").replace("[2026-05-08]", "[]")
    )
    without = RuleBook.parse(HEAD.partition("[book.days_off]")[0] + HEAD[HEAD.index("[purse") :])
    assert none.digest == without.digest


def test_that_a_change_is_told_as_the_book_writes_it():
    other = RuleBook.parse(HEAD.replace("2026-05-08", "2026-07-14"))
    (told,) = map(str, changes(BOOK, other))
    berlin = "'Europe/Berlin' = [2026-05-14, 2026-10-03]"
    was, now = (f"{{ {berlin}, 'Europe/Paris' = [{day}] }}" for day in ("2026-05-08", "2026-07-14"))
    assert told == f"book: days_off {was}, now {now}"


def test_that_a_store_keeps_it_whatever_the_order_of_time_zones():
    turned = HEAD.replace(
        '"Europe/Berlin" = [2026-10-03, 2026-05-14]\n"Europe/Paris" = [2026-05-08]',
        '"Europe/Paris" = [2026-05-08]\n"Europe/Berlin" = [2026-05-14, 2026-10-03]',
    )
    store, book = MemoryStore(), RuleBook.parse(turned)
    assert turned != HEAD and book == BOOK
    Engine.over(store, book).record(shared(6))
    assert not verify(store).differences
    assert Engine.over(store).book == BOOK
    Engine.over(store, BOOK).record(shared(7))
    assert not verify(store, BOOK).differences


@pytest.mark.parametrize(
    ("days_off", "told"),
    [
        ('"Europe/Pari" = [2026-05-08]', "did you mean 'Europe/Paris'?"),
        ('"Europe/Paris" = ["frr"]', "found 'frr', expected a calendar of a plugin: fr"),
        ('"Europe/Paris" = [7]', "names of holiday calendars and dates"),
        ('"Europe/Paris" = [2026-05-08T10:00:00Z]', "dates without a time"),
        ("Europe = { Paris = [2026-05-08] }", "names of holiday calendars and dates"),
    ],
)
def test_that_what_is_wrong_is_told(days_off, told):
    text = f"[book]\nid = 'b'\n[book.days_off]\n{days_off}\n"
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(text, plugins=[Calendars()])
    assert told in str(caught.value) and "days_off" in str(caught.value)


ZONES = ("Asia/Tokyo", "America/New_York", "UTC", "Europe/Paris", "Europe/Berlin")
BADGE = """
[[badge]]
id = "b{}"
streak = "workday"
at_least = {{ x = 2, y = 3, z = 5 }}
freeze = {}
to = "{}"
each = {}
"""
ONCE = '{ count = "post.shared", at_least = 1 }'
TWICE = '{ count = "post.shared", at_least = 2 }'
LIKED = '{ sum = "score", on = "post.judged", at_least = 2 }'


def some_offices(random):
    """A random rule book with offices in several time zones, and badges for streaks of working days."""
    first, days = date(2026, 3, 24), range(20)
    off = {
        zone: [first + timedelta(days=day) for day in random.sample(days, random.choice([1, 2, 4]))]
        for zone in random.sample(ZONES, random.choice([1, 2, 3]))
    }
    kinds = [
        ("actor", ONCE),
        ("actor", TWICE),
        ("community", ONCE),
        ("unit", TWICE),
        ("recipient", LIKED),
    ]
    badges = [BADGE.format(n, random.choice([0, 1, 2]), *kind) for n, kind in enumerate(kinds)]
    judged = "[event.'post.judged']\nacts_on = 'any'\nmerit = 'recipient'\nact = 'confirms'\nrequires = 'object'\n"
    head = tomli_w.dumps({"book": {"id": "b", "zone": random.choice(ZONES), "days_off": off}})
    return RuleBook.parse(
        head + judged + "fields = { score = { type = 'number' } }\n" + "".join(badges)
    )


def busy_weeks(random):
    """Two weeks of two members who share something on most days, are judged, take some of it back, and travel."""
    first = datetime(2026, 3, 25, tzinfo=UTC)
    for who, day in product(("ann", "bob"), range(16)):
        for number in range(random.choice([0, 1, 1, 1, 2])):
            at = first + timedelta(days=day, minutes=random.randrange(1440))
            name = f"{who}{day}-{number}"
            yield Event(
                id=f"p{name}",
                type="post.shared",
                occurred_at=at,
                actor=who,
                object=name,
                community="c",
            )
            if random.random() < 0.5:
                later, data = (
                    at + timedelta(hours=random.randrange(40)),
                    {"score": random.choice([-2, 1.5, 3])},
                )
                yield Event(
                    id=f"j{name}",
                    type="post.judged",
                    occurred_at=later,
                    actor="cy",
                    object=name,
                    data=data,
                )
            if random.random() < 0.1:
                yield Event(
                    id=f"r{name}", type="event.retracted", occurred_at=at, retracts=f"p{name}"
                )
    for who, number in product(("ann", "bob"), range(random.choice([0, 1, 3]))):
        at, data = (
            first + timedelta(hours=random.randrange(340)),
            {"zone": random.choice(ZONES), "unit": "u"},
        )
        yield Event(
            id=f"z{who}{number}", type="member.updated", occurred_at=at, actor=who, data=data
        )


@pytest.mark.parametrize("seed", range(20))
def test_that_random_streaks_are_those_of_the_naive_implementation(seed):
    random, store = Random(seed), MemoryStore()
    book, events = some_offices(random), [*busy_weeks(random)]
    random.shuffle(events)
    coming = iter(events)
    while some := [*islice(coming, random.choice([1, 2, 5, 20]))]:
        Engine.over(store, book).record_many(some)
    engine = Engine.over(store, book)
    check_against_naive(book, engine, events)
    assert any(standing.badges for standing in engine.standings())
    assert not verify(store, book).differences
