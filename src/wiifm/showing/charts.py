"""Small inline SVG charts, which need neither scripts nor files: a bar chart of weeks, and a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_BAR, _GAP, _HIGH = 14, 6, 48


def weeks(values: Sequence[int], caption: str) -> str:
    """Draw numbers as bars, the latest one on the right and in another colour. For screen readers, the label has the numbers.

    >>> weeks((0, 2), "Week by week").count("<rect")
    2
    """
    most = max(values, default=0) or 1
    wide = len(values) * (_BAR + _GAP) - _GAP
    label = escape(f"{caption}: {', '.join(map(str, values))}")
    bars = []
    for place, value in enumerate(values):
        high = max(2, round(value / most * _HIGH))
        kind = "latest" if place == len(values) - 1 else "bar" if value else "none"
        bars.append(
            f'<rect class="{kind}" x="{place * (_BAR + _GAP)}" y="{_HIGH - high}" '
            f'width="{_BAR}" height="{high}" rx="3"/>'
        )
    return (
        f'<svg class="weeks" viewBox="0 0 {wide} {_HIGH}" width="{wide}" height="{_HIGH}" '
        f'role="img" aria-label="{label}"><title>{label}</title>{"".join(bars)}</svg>'
    )


def way(share: float) -> str:
    """Draw a progress bar for a share from 0 to 1.

    >>> 'width="50.0"' in way(0.5)
    True
    """
    done = round(100 * share, 1)
    return (
        '<svg class="way" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" width="100" height="6" rx="3"/>'
        f'<rect class="done" width="{done}" height="6" rx="3"/></svg>'
    )
