"""Time zones mean the same on every machine, and UTC is there where nothing else is."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wiifm import Engine, Event, InvalidEvent, InvalidRuleBook, RuleBook
from wiifm.periods import day_around

HEAD = "[book]\nid = 'b'\n"
OF_THE_MACHINE = ["localtime", "posixrules", "Factory", "posix/Europe/Paris", "right/Europe/Paris"]
NO_ZONES = [*OF_THE_MACHINE, "europe/paris", "Europe", "", "../Europe/Paris", "zone.tab", "é"]


@pytest.mark.parametrize("zone", NO_ZONES)
def test_that_a_zone_which_depends_on_the_machine_is_refused(zone):
    with pytest.raises(InvalidRuleBook, match="an IANA time zone, which is the same"):
        RuleBook.parse(f"{HEAD}zone = '{zone}'")
    engine = Engine(RuleBook.parse(HEAD))
    joined = {"id": "e", "type": "member.joined", "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
    with pytest.raises(InvalidEvent, match="zone"):
        engine.record(Event(**joined, actor="ann", data={"zone": zone}))
    assert engine.record(Event(**joined, actor="ann", data={"zone": "Asia/Kolkata"}))


def test_that_a_zone_of_another_database_is_told_with_its_proper_name():
    with pytest.raises(InvalidRuleBook, match="did you mean 'Europe/Paris'"):
        RuleBook.parse(f"{HEAD}zone = 'posix/Europe/Paris'")


WITHOUT = """
import sys
sys.modules["tzdata"] = None
from wiifm import InvalidRuleBook, RuleBook
head = "[book]\\nid = 'b'\\nuse = 'sharing'\\n"
rule = "[[rule]]\\nid = 'r'\\non = 'post.shared'\\npoints = 1\\nsince = 2026-01-01\\n"
print(RuleBook.parse(head + "zone = 'UTC'\\n" + rule).rules["r"].since)
try:
    RuleBook.parse(head + "zone = 'Europe/Paris'\\n" + rule)
except InvalidRuleBook as error:
    print(error)
"""


def test_that_utc_needs_no_database_and_any_other_zone_says_what_to_install():
    environment = {**os.environ, "PYTHONTZPATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT], env=environment, capture_output=True, text=True, check=True
    )
    first, *rest = ran.stdout.splitlines()
    assert first == "2026-01-01 00:00:00+00:00"
    assert rest == [
        "rule book: book, key 'zone': found 'Europe/Paris', expected 'UTC': "
        "there is no time zone database here; pip install tzdata brings one"
    ]


CHANGES = {  # an hour around which the clocks change
    "Europe/Paris": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 2, 18, 2, tzinfo=UTC),  # from midnight back to 23:00
    "Asia/Beirut": datetime(2026, 3, 28, 22, tzinfo=UTC),  # there is no midnight
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),  # there is no 30 December
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),  # by half an hour
    "Africa/Monrovia": datetime(1972, 1, 7, 0, tzinfo=UTC),  # by 44 minutes and 30 seconds
}


@pytest.mark.parametrize("zone", CHANGES)
def test_that_a_stretch_of_a_day_lies_within_that_day(zone):
    home, stretches = ZoneInfo(zone), []
    for quarter in range(-4 * 96, 4 * 96):
        at = CHANGES[zone] + timedelta(minutes=15 * quarter)
        first, end, day = day_around(at, home)
        assert day == at.astimezone(home).toordinal()
        if first < end:
            assert first <= at < end
            for moment in (first, (first + (end - first) / 2), end - timedelta(microseconds=1)):
                assert moment.astimezone(home).toordinal() == day
            stretches.append(first)
    assert 6 <= len(set(stretches)) < 9  # all days but those of the change


@pytest.mark.parametrize("zone", CHANGES)
def test_that_events_in_order_fall_on_the_days_of_the_member(zone):
    limit = "limit = { times = 1, per = 'day' }\n"
    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 1\n" + limit
    there = ZoneInfo(zone)
    moments = [CHANGES[zone] + timedelta(minutes=15 * n) for n in range(-200, 200)]

    def days(home, joined):
        """What begins a day of Ann, who states her zone or not, and of Bob, who doesn't: only that is credited."""
        engine = Engine(RuleBook.parse(f"{HEAD}zone = '{home}'\n{rule}"))
        start = moments[0] - timedelta(days=1)
        first = Event(id="j", type="member.joined", occurred_at=start, actor="ann", data=joined)
        posts = [
            Event(id=f"{n}{who}", type="post.shared", occurred_at=at, actor=who, object=f"{n}{who}")
            for n, at in enumerate(moments)
            for who in ("ann", "bob")
        ]
        engine.record_many([first, *posts])
        ledgers = (engine.ledger(who) for who in ("ann", "bob"))
        return [[int(each.event[:-3]) for each in entries] for entries in ledgers]

    def begun(home):
        """What is later than all days before it."""
        local = [at.astimezone(home).toordinal() for at in moments]
        return [n for n, day in enumerate(local) if day > max(local[:n], default=0)]

    assert days(zone, {}) == [begun(there), begun(there)]
    assert days("UTC", {"zone": zone}) == [begun(there), begun(UTC)]
    assert days(zone, {"zone": "UTC"}) == [begun(UTC), begun(there)]
