"""Public holidays of countries as calendars for wiifm, by the ``holidays`` library.

A rule book names one by its ISO code, ``calendar = "de"`` (or several, ``["de", "fr"]``); then streaks of working days leave
these days out.
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
"""As far as the library knows the holidays of all of them: those of India end there."""


@wiifm.hookimpl
def wiifm_calendars(calendars: Calendars) -> None:
    """Contribute a calendar for each country: its nationwide public holidays."""
    for country in COUNTRIES:
        calendars.add(country, holidays.country_holidays(country.upper(), years=YEARS))
