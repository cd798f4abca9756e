"""The contract for calendars: tests that those of a plugin inherit."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

from wiifm.testing.first_calls import first_impurities, watch_first_calls
from wiifm.testing.fresh_results import difference_afresh
from wiifm.testing.opened_files import files_opened
from wiifm.testing.overridden import missing
from wiifm.testing.purity import impurities
from wiifm.testing.registered import contribution_of

_DEPENDS = (
    *(" reads a clock ", " draws a random number ", " opens a socket "),
    *("(os.environ)", "(sys.argv)", " asks which ", " asks for the locale "),
)
"""What the hook must not do; it may read files of its package, and translate the names of days by ``gettext``."""

_ONCE = "keep days in a list or a set, since a generator gives them only once"

HOOK = "wiifm_calendars"


class CalendarContract:
    """What calendars must be: days off, not working days; without a year that was forgotten; and the same whenever and wherever they are registered.

    The days are part of the digest of each rule book that uses the calendar, so other days make it another book.

    >>> import wiifm
    >>> class Company:
    ...     @wiifm.hookimpl
    ...     def wiifm_calendars(self, calendars):
    ...         calendars.add("acme", [date(2026, 5, 1), date(2026, 12, 25)])
    >>> class TestCompany(CalendarContract):
    ...     def make_plugin(self):
    ...         return Company()
    >>> TestCompany().test_that_its_days_are_days_off()
    """

    fewest_workdays = 100
    """How many days from Monday to Friday must be left in each year."""

    years_without: Collection[int] = ()
    """Years between the first and the last one in which, on purpose, no day is off."""

    def make_plugin(self) -> object:
        """The plugin under test: a module, or an object, with the hook ``wiifm_calendars``."""
        raise missing("make_plugin", "return a module or an object with the hook wiifm_calendars")

    def test_that_its_days_are_days_off(self) -> None:
        """Each calendar has days, and leaves enough working days in each year."""
        found = registered(self)
        assert found, f"the hook {HOOK} registers no calendar"
        for name, days in found.items():
            off = Counter(day.year for day in days if day.isoweekday() <= 5)
            for year, count in sorted(off.items()):
                left = _weekdays(year) - count
                assert left >= self.fewest_workdays, (
                    f"calendar {name!r} leaves {left} days from Monday to Friday in {year}: "
                    "register the days that are off, not the working days"
                )

    def test_that_no_year_was_forgotten(self) -> None:
        """Each year from the first to the last one has days off, except for :attr:`years_without`."""
        for name, days in registered(self).items():
            years = sorted({day.year for day in days} | {*self.years_without})
            gaps = [(one + 1, other - 1) for one, other in pairwise(years) if other - one > 1]
            assert not gaps, (
                f"calendar {name!r} has no day off in {_listed(gaps)}: if that is right, say so in years_without"
            )

    def test_that_it_is_the_same_whenever_it_is_registered(self) -> None:
        """The hook reads no clock, no environment, and no file but those of packages; it draws no random number and asks no server.

        Registered again, the days are the same. That holds for the first call in a process, too.
        """
        wrong = dependencies(self) or first_impurities(self, dependencies_of, [None])
        assert not wrong, (
            f"the hook {HOOK} must not do this: {'; '.join(wrong)}; "
            "register all past years and some future ones at once"
        )
        registered(self)

    def test_that_a_new_process_registers_the_same(self) -> None:
        """New processes register the same days, and the plugin's package reads no clock while it is imported.

        The class is instantiated in other processes, without pytest but with the attributes that it has here. If that isn't possible, the
        test is skipped.
        """
        plugin = self.make_plugin()
        registered(self)  # its faults are told here, rather than as the failure of another process
        hook = getattr(plugin, HOOK, None)
        found = difference_afresh(self, registering, [(None, None)], _differing, (hook,))
        assert found is None, f"{found.cause}: {found.answers}"


def registered(contract: CalendarContract) -> Mapping[str, frozenset[date]]:
    """The days off of a contract's plugin, by calendar.

    Raises:
        AssertionError: something is wrong with what it registers, or it isn't the same the second time.
    """
    watch_first_calls(contract, partial(dependencies, contract))
    plugin = contract.make_plugin()
    once, again = _registered(plugin), _registered(plugin)
    for name in sorted({*once, *again}):
        one, other = (len(each.get(name, ())) for each in (once, again))
        assert once.get(name) == again.get(name), (
            f"the second time, other days were registered for calendar {name!r}: {other} instead of {one}, or others; {_ONCE}"
        )
        assert one, f"calendar {name!r} has no days; {_ONCE}"
    return once


def _registered(plugin: object) -> Mapping[str, frozenset[date]]:
    return contribution_of(plugin, HOOK).calendars.registered


def dependencies(contract: CalendarContract) -> list[str]:
    """What the hook of a contract's plugin does that makes its days depend on when and where it is called."""
    found: list[str] = []

    def watch() -> None:
        found.extend(impurities(lambda: _registered(contract.make_plugin())))

    opened = files_opened(watch, lambda: _homes(contract.make_plugin()))
    wrong = [each for each in found if any(what in each for what in _DEPENDS)]
    return wrong + [f"it reads {path}, a file of no package" for path in opened]


def _homes(plugin: object) -> list[str]:
    """The file of the module of a plugin, or of its class, if there is one."""
    module = getattr(plugin, "__module__", None) or getattr(plugin, "__name__", "")
    return [*filter(None, [getattr(sys.modules.get(str(module)), "__file__", None)])]


def dependencies_of(contract: CalendarContract) -> Callable[[None], list[str]]:
    """A function that calls the hook of a contract's plugin, and says what its days depend on."""
    return lambda _: dependencies(contract)


def registering(
    contract: CalendarContract,
) -> Callable[[None], list[tuple[str, list[date]]]]:
    """A function that registers the calendars of a contract's plugin, and gives the days in order."""
    return lambda _: [(name, sorted(days)) for name, days in sorted(registered(contract).items())]


def _differing(one: list[tuple[str, list[date]]], other: list[tuple[str, list[date]]]) -> str:
    """The first day that only one of two processes registered; "" if there is none."""
    days = [{(name, day) for name, days in each for day in days} for each in (one, other)]
    for name, day in sorted(days[0] ^ days[1]):
        return f"{day} is off in the calendar {name!r} in one process only"
    return ""


def _listed(spans: Sequence[tuple[int, int]], most: int = 10) -> str:
    """Spans of years in words, at most so many; of the others, only how many there are."""
    shown = [f"{first} to {last}" if first < last else str(first) for first, last in spans[:most]]
    more = len(spans) - most
    return ", ".join(shown) + (f" and {more} other spans of years" if more > 0 else "")


def _weekdays(year: int) -> int:
    """How many days of a year are from Monday to Friday."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = ((first + timedelta(days=number)) for number in range((last - first).days + 1))
    return sum(day.isoweekday() <= 5 for day in days)
