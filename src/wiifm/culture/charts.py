"""Pictures of a report in SVG, which need no script and no file: a curve of spread, a matrix of flows, a curve of Lorenz."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from wiifm.culture.nouns import Culture, Flow, Week

WIDE, HIGH, LEFT, FOOT = 640, 240, 44, 26
_MOST_UNITS = 12


def _svg(kind: str, told: str, wide: float, high: float, body: str) -> str:
    said = escape(told)
    return (
        f'<svg class="{kind}" viewBox="0 0 {wide:g} {high:g}" role="img" aria-label="{said}">'
        f"<title>{said}</title>{body}</svg>"
    )


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def spread(culture: Culture) -> str:
    """How many had ever contributed, week by week, beside the target; below it, who contributed in the week."""
    weeks = culture.weeks
    if len(weeks) < 2:
        return ""
    goal = culture.adoption.members * culture.adoption.target
    top = max(goal * 1.1, weeks[-1].spread, 1)
    step = (WIDE - LEFT - 12) / (len(weeks) - 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return LEFT + number * step, HIGH - FOOT - value / top * (HIGH - FOOT - 14)

    curve = [place(n, week.spread) for n, week in enumerate(weeks)]
    giving = [place(n, week.contributing) for n, week in enumerate(weeks)]
    floor = HIGH - FOOT
    area = _path([(LEFT, floor), *curve, (curve[-1][0], floor)])
    line = place(0, goal)[1]
    told = f"Ever contributed: from {weeks[0].spread} to {weeks[-1].spread} of {culture.adoption.members} members in {len(weeks)} weeks"
    body = (
        f'<path class="area" d="{area}Z"/><path class="curve" d="{_path(curve)}"/>'
        f'<path class="second" d="{_path(giving)}"/>'
        f'<path class="axis" d="M{LEFT} {floor}H{WIDE - 12}"/>'
        f'<path class="goal" d="M{LEFT} {line:.1f}H{WIDE - 12}"/>'
        + _text(LEFT + 4, line - 5, f"target: {goal:.0f}", "soft")
        + _text(LEFT - 6, curve[-1][1] + 4, str(weeks[-1].spread), "soft", "end")
        + _text(LEFT - 6, floor + 4, "0", "soft", "end")
        + _months(weeks, step)
    )
    return _svg("spread", told, WIDE, HIGH, body)


def _months(weeks: Sequence[Week], step: float) -> str:
    every = max(1, round(len(weeks) / 6))
    found = [(n, week) for n, week in enumerate(weeks) if n % every == 0 and n < len(weeks) - 1]
    return "".join(
        _text(LEFT + n * step, HIGH - 8, f"{week.begins:%d %b %Y}", "soft") for n, week in found
    )


def matrix(flow: Flow) -> str:
    """Help from the unit of a row to that of a column: the darker, the more of what the row's unit gives."""
    if not flow.units or len(flow.units) > _MOST_UNITS:
        return ""
    names, cell, left, head = flow.units, 54, 130, 84
    side = cell * len(names)
    body = ""
    for row, (name, values) in enumerate(zip(names, flow.matrix, strict=True)):
        y, most = head + row * cell, sum(value or 0 for value in values) or 1
        body += _text(left - 10, y + cell / 2 + 4, _short(name), "", "end")
        for column, value in enumerate(values):
            x, share = left + column * cell, (value or 0) / most
            body += f'<rect class="cell" x="{x}" y="{y}" width="{cell - 3}" height="{cell - 3}" rx="6" fill-opacity="{0.06 + 0.9 * share:.2f}"/>'
            kind = "dark" if share > 0.5 else ""
            shown = "—" if value is None else f"{value:,}"
            body += _text(x + cell / 2 - 1, y + cell / 2 + 4, shown, kind, "middle")
    for column, name in enumerate(names):
        middle = left + column * cell + cell / 2
        body += f'<g transform="translate({middle:g} {head - 10}) rotate(-35)">{_text(0, 0, _short(name))}</g>'
    told = f"Help between {len(names)} units, from rows to columns"
    return _svg("matrix", told, left + side + 50, head + side, body)


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"


def lorenz(culture: Culture) -> str:
    """Which part of all help the least giving and least getting part of members gives and gets, beside equality."""
    p, side, left = culture.participation, 240, 34
    if not p.lorenz_giving:
        return ""

    def at(points: Sequence[tuple[float, float]]) -> str:
        return _path([(left + x * side, side + 10 - y * side) for x, y in points])

    body = (
        f'<path class="axis" d="M{left} 10V{side + 10}H{left + side}"/>'
        f'<path class="goal" d="{at(((0, 0), (1, 1)))}"/>'
        f'<path class="curve" d="{at(p.lorenz_giving)}"/>'
        f'<path class="second" d="{at(p.lorenz_receiving)}"/>'
        + _text(left + side / 2, side + 28, "members, least first", "soft", "middle")
        + f'<g transform="translate({left - 10} {side / 2 + 10}) rotate(-90)">{_text(0, 0, "part of all help", "soft", "middle")}</g>'
    )
    told = f"Lorenz curves of help: Gini of giving {p.gini_giving.value}, of receiving {p.gini_receiving.value}"
    return _svg("lorenz", told, left + side + 8, side + 36, body)
