"""Converts a culture report to JSON, with moments and days in ISO 8601."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeAlias

import cattrs

from wiifm.culture.nouns import Culture

Json: TypeAlias = dict[str, Any]


def as_json(culture: Culture) -> Json:
    """A culture report as plain data for JSON.

    >>> from wiifm import Engine, RuleBook
    >>> as_json(Engine(RuleBook.load("plugin:sharing")).culture())["adoption"]["active"]["withheld"]
    'would tell of fewer than 5 persons'
    """
    found: Json = _CONVERTER.unstructure(culture)
    return found


_CONVERTER = cattrs.Converter()
_CONVERTER.register_unstructure_hook(datetime, lambda moment: moment.isoformat())
_CONVERTER.register_unstructure_hook(date, lambda day: day.isoformat())
