"""A public holiday doesn't break a streak of working days where it is one."""

from datetime import UTC, datetime

import pytest
import wiifm_holidays

import wiifm
from wiifm.testing import CalendarContract

BOOK = """
[book]
id       = "steady"
calendar = "{country}"

[[badge]]
id       = "steady"
streak   = "workday"
each     = {{ count = "post.shared" }}
at_least = 3
"""


class TestCountries(CalendarContract):
    """The contract for the calendars of all countries."""

    def make_plugin(self):
        return wiifm_holidays


@pytest.mark.filterwarnings("error")
def test_that_the_library_knows_all_years_of_all_countries():
    wiifm.RuleBook.parse(BOOK.format(country="in"))


@pytest.mark.parametrize(("country", "held"), [("fr", True), ("us", False)])
def test_that_the_14th_of_july_breaks_no_streak_in_france(country, held):
    engine = wiifm.Engine(wiifm.RuleBook.parse(BOOK.format(country=country)))
    for day in (10, 13, 15):  # Friday, Monday, and Wednesday, 2026
        at = datetime(2026, 7, day, 9, tzinfo=UTC)
        engine.record(
            wiifm.Event(
                id=f"p{day}", type="post.shared", occurred_at=at, actor="ann", object=f"o{day}"
            )
        )
    assert bool(engine.standing("ann").badges) is held
