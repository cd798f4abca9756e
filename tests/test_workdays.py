"""Working days are counted as if each day were looked at."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from wiifm.periods import Calendar

MONDAY = date(2026, 5, 4).toordinal()
DAYS = st.integers(MONDAY, MONDAY + 60)
CALENDARS = st.builds(
    Calendar,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.frozensets(DAYS.map(date.fromordinal), max_size=9),
)


def is_worked(calendar: Calendar, day: int) -> bool:
    found = date.fromordinal(day)
    return found.isoweekday() in calendar.weekdays and found not in calendar.holidays


@given(CALENDARS, DAYS, DAYS)
def test_that_working_days_are_counted_as_if_each_were_looked_at(calendar, first, last):
    between = [day for day in range(first + 1, last) if is_worked(calendar, day)]
    assert calendar.workdays_between(first, last) == len(between)
    assert calendar.is_workday(first) == is_worked(calendar, first)
