"""A calendar must have days off in each year, the same whenever and wherever they are registered."""

import gettext
import os
import random
from datetime import date, datetime
from pathlib import Path

import pytest

import wiifm
from contracts import year
from wiifm.testing import (
    CalendarContract,
)

SEEN = {}


def calendar(register):
    """A contract for what a hook registers."""

    class Plugin:
        @wiifm.hookimpl
        def wiifm_calendars(self, calendars):
            register(calendars)

    class Contract(CalendarContract):
        def make_plugin(self):
            return Plugin()

    return Contract


def christmas(years):
    return [date(year, 12, 25) for year in years]


class TestClosedAtChristmas(
    calendar(lambda found: found.add("acme", christmas(range(2015, 2031))))
):
    """A right calendar."""


def test_that_a_calendar_of_working_days_is_found_out():
    first = date(2026, 1, 1).toordinal()
    days = [date.fromordinal(first + n) for n in range(365) if (first + n) % 7 not in (0, 6)]
    contract = calendar(lambda found: found.add("acme", days))()
    told = "calendar 'acme' leaves 0 days from Monday to Friday in 2026: register the days that are"
    with pytest.raises(AssertionError, match=told):
        contract.test_that_its_days_are_days_off()


def test_that_a_year_that_was_forgotten_is_found_out_unless_that_is_right():
    contract = calendar(lambda found: found.add("acme", christmas([2024, 2026, 2028])))()
    with pytest.raises(AssertionError, match="has no day off in 2025, 2027: if that is right, say"):
        contract.test_that_no_year_was_forgotten()
    contract.years_without = (2025, 2027)
    contract.test_that_no_year_was_forgotten()


@pytest.mark.parametrize(
    ("years", "told"),
    [
        ([1, 9998, 9999], "has no day off in 2 to 9997: if"),
        ([2000, 2003], "has no day off in 2001 to 2002: if"),
        (range(2000, 2030, 2), "2017, 2019 and 4 other spans of years: if"),
    ],
)
def test_that_many_years_that_were_forgotten_are_told_in_a_line(years, told):
    with pytest.raises(AssertionError, match=told):
        calendar(
            lambda found: found.add("acme", christmas(years))
        )().test_that_no_year_was_forgotten()


@pytest.mark.parametrize(
    ("years", "told"),
    [
        (lambda: [datetime.now().year], r"must not do this: .* reads a clock \(datetime.now\)"),
        (lambda: [int(os.environ.get("YEAR", "2026"))], r"must not do this: .*\(os.environ\)"),
        (lambda: [random.randrange(2000, 2030)], "must not do this: .* draws a random number"),
        (lambda: [2000 + SEEN.setdefault("n", 0), SEEN.update(n=SEEN["n"] + 1)][:1], "the second time"),
    ],
)  # fmt: skip
def test_that_a_calendar_that_depends_on_the_day_is_found_out(years, told):
    contract = calendar(lambda found: found.add("acme", christmas(years())))()
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_is_the_same_whenever_it_is_registered()


class OfThisYear(calendar(lambda found: found.add("acme", christmas([year()])))):
    """Registers by a clock that each process reads once."""


def test_that_a_calendar_by_a_clock_that_is_read_once_is_found_out():
    told = "must not do this: year .* reads a clock"
    year()
    with pytest.raises(AssertionError, match=told):
        OfThisYear().test_that_it_is_the_same_whenever_it_is_registered()
    year.cache_clear()
    here = calendar(lambda found: found.add("acme", christmas([year()])))()
    here.test_that_its_days_are_days_off()
    with pytest.raises(AssertionError, match=told):
        here.test_that_it_is_the_same_whenever_it_is_registered()


def test_that_a_calendar_may_read_only_files_of_packages(tmp_path):
    years = tmp_path / "years"
    years.write_text("2026")
    contract = calendar(lambda found: found.add("acme", christmas([int(years.read_text())])))()
    with pytest.raises(AssertionError, match=r"it reads .*years, a file of no package"):
        contract.test_that_it_is_the_same_whenever_it_is_registered()
    text = Path(__file__)  # beside the plugin
    own = calendar(
        lambda found: found.add("acme", christmas([2026, len(text.read_bytes()) and 2027]))
    )()
    own.test_that_it_is_the_same_whenever_it_is_registered()


def test_that_a_calendar_may_translate_the_names_of_its_days():
    def register(found):
        gettext.translation("acme", fallback=True)
        found.add("acme", christmas([2026]))

    calendar(register)().test_that_it_is_the_same_whenever_it_is_registered()


DAYS = iter(christmas(range(2015, 2036)))


class OnlyOnce(calendar(lambda found: found.add("acme", DAYS))):
    """Registers days that are there only once."""


def test_that_a_calendar_that_works_only_once_is_found_out():
    with pytest.raises(AssertionError, match=r"the second time, .* 0 instead of 21, .* generator"):
        OnlyOnce().test_that_its_days_are_days_off()
    with pytest.raises(AssertionError, match=r"'acme' has no days; keep days in a list"):
        OnlyOnce().test_that_it_is_the_same_whenever_it_is_registered()


class HashedCalendar(
    calendar(lambda found: found.add("acme", christmas([2000 + hash("acme") % 1000])))
):
    """Registers by a hash, which is another one in each process."""


def test_that_a_calendar_that_differs_between_processes_is_found_out():
    told = r"differs between processes.*: \d{4}-12-25 is off in the calendar 'acme' in one process"
    with pytest.raises(AssertionError, match=told):
        HashedCalendar().test_that_a_new_process_registers_the_same()


class TextCalendar(calendar(lambda found: found.add("acme", ["2026-05-01"] * 100))):
    """Registers texts, each of which is a fault."""


def test_that_the_faults_of_a_calendar_are_told_before_another_process_is_asked():
    told = r"^plugin 'Plugin': calendar 'acme': found '2026-05-01', expected a datetime.date\n"
    with pytest.raises(AssertionError, match=told):
        TextCalendar().test_that_a_new_process_registers_the_same()


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (lambda found: None, "registers no calendar"),
        (lambda found: found.add("acme", []), "calendar 'acme' has no days"),
        (lambda found: found.add("acme", ["2026-05-01"]), "expected a datetime.date"),
        (lambda found: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_that_a_calendar_that_is_none_is_found_out(register, told):
    with pytest.raises(AssertionError, match=told):
        calendar(register)().test_that_its_days_are_days_off()
