"""Calendar periods, as source."""

from __future__ import annotations

from wiifm.periods import SPANS
from wiifm.program.writing import Constants


def span_source(constants: Constants, period: str, day: str = "day") -> str:
    """Source of the number of the period that a day lies in."""
    match period:
        case "ever":
            return "0"
        case "day" | "workday":
            return day
        case "week":
            return f"({day} - 1) // 7"
        case _:
            return f"{constants.name(period, SPANS[period])}({day})"
