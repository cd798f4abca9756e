"""The public holidays of countries as calendars for wiifm, from the ``holidays`` library.

A rule book names a country by its ISO code, ``calendar = "de"``, or several, ``["de", "fr"]``. Their holidays then don't break
streaks of working days.
"""

import holidays

import wiifm
from wiifm.registries import Calendars

COUNTRIES = (
    "at",
    "be",
    "ca",
    "ch",
    "de",
    "es",
    "fr",
    "gb",
    "ie",
    "in",
    "it",
    "jp",
    "nl",
    "pl",
    "pt",
    "se",
    "us",
)
YEARS = range(2015, 2036)
"""The years for which the library knows the holidays of all these countries (India's end first)."""


@wiifm.hookimpl
def wiifm_calendars(calendars: Calendars) -> None:
    """Contribute a calendar for each country, with its nationwide public holidays."""
    for country in COUNTRIES:
        calendars.add(country, holidays.country_holidays(country.upper(), years=YEARS))
