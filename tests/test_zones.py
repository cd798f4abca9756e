"""Time zones mean the same on every machine, and UTC is there where nothing else is."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from wiifm import Engine, Event, InvalidEvent, InvalidRuleBook, RuleBook

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
