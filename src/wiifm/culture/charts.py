"""The charts of a report as SVG without scripts or external files: how contributing spread, a matrix of flows, Lorenz curves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from wiifm.culture.figures import Figure
from wiifm.culture.nouns import Culture, Flow, Week
from wiifm.culture.telling import NONE, WEEK, decimals, unit_name
from wiifm.words.speech import ENGLISH, Speech

HIGH, HEAD, FOOT = 250, 22, 26
"""The height of the chart of spread in pixels, and of its parts above and below the curves. Its width is that of the page."""

_MOST_UNITS = 12
_STRETCHED = 'vector-effect="non-scaling-stroke"'


def _svg(kind: str, label: str, size: str, body: str) -> str:
    label_text = escape(label)
    return (
        f'<svg class="{kind}" {size} role="img" aria-label="{label_text}">'
        f"<title>{label_text}</title>{body}</svg>"
    )


def _box(wide: float, high: float) -> str:
    return f'viewBox="0 0 {wide:g} {high:g}"'


def _text(x: float | str, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    at = x if isinstance(x, str) else f"{x:.1f}"
    return (
        f'<text class="{kind}" x="{at}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def spread(culture: Culture, s: Speech = ENGLISH) -> str:
    """A chart of the number of members who had ever contributed, by week, with the target, and of those who contributed in each week.

    The curves are stretched to the width of the page; texts keep their size. Where the first or last week is incomplete, the curves are
    dashed.
    """
    weeks = culture.weeks
    if len(weeks) < 2:
        return ""
    goal = culture.adoption.members * culture.adoption.target
    top = max(goal * 1.1, *(max(week.spread, week.contributing) for week in weeks), 1)
    high, step = HIGH - HEAD - FOOT, 1000 / (len(weeks) - 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return number * step, high - value / top * high

    curve = [place(n, week.spread) for n, week in enumerate(weeks)]
    giving = [place(n, week.contributing) for n, week in enumerate(weeks)]
    area = _path([(0, high), *curve, (1000, high)])
    line = place(0, goal)[1]
    label = s(
        "Ever contributed: from {first} to {last} of {members} members in {weeks} weeks",
        first=s.number(weeks[0].spread),
        last=s.number(weeks[-1].spread),
        members=s.number(culture.adoption.members),
        weeks=s.number(len(weeks)),
    )
    body = (
        f'<svg y="{HEAD}" width="100%" height="{high}" viewBox="0 0 1000 {high}" preserveAspectRatio="none">'
        f'<path class="area" d="{area}Z"/>'
        f'<path class="goal" d="M0 {line:.1f}H1000" {_STRETCHED}/>'
        f"{_by_week('second', giving, weeks)}{_by_week('curve', curve, weeks)}"
        f'<path class="axis" d="M0 {high}H1000" {_STRETCHED}/></svg>'
        + _target(s("target: {n}", n=s.number(round(goal))), line, curve, giving)
        + _text("100%", HEAD + curve[-1][1] - 7, s.number(weeks[-1].spread), "last", "end")
        + _days(weeks, s)
    )
    return _svg("spread", label, f'width="100%" height="{HIGH}"', body)


def _target(words: str, line: float, *curves: Sequence[tuple[float, float]]) -> str:
    """The label of the target, above its line: at the end where the curves are farther away from it."""
    left, right = (min(abs(curve[end][1] - line + 8) for curve in curves) for end in (0, -1))
    at, anchor = (0, "start") if left > right else ("100%", "end")
    return _text(at, HEAD + line - 6, words, "soft", anchor)


def _by_week(kind: str, points: Sequence[tuple[float, float]], weeks: Sequence[Week]) -> str:
    """A curve through weeks, dashed at incomplete ones."""
    begin = int(weeks[0].days < WEEK)
    end = max(begin, len(weeks) - 1 - (weeks[-1].days < WEEK))
    dashed = f"{kind} part"
    parts = ((dashed, points[: begin + 1]), (kind, points[begin : end + 1]), (dashed, points[end:]))
    return "".join(
        f'<path class="{name}" d="{_path(part)}" {_STRETCHED}/>' for name, part in parts if part[1:]
    )


def _days(weeks: Sequence[Week], s: Speech) -> str:
    """The dates on which the first, a middle and the last week begin."""
    last = len(weeks) - 1
    found = {"start": 0, "middle": last // 2, "end": last}
    return "".join(
        _text(f"{100 * n / last:.1f}%", HIGH - 6, s.short_day(weeks[n].begins), "soft", anchor)
        for anchor, n in found.items()
        if n or anchor == "start"
    )


def matrix(flow: Flow, s: Speech = ENGLISH) -> str:
    """A matrix of help from the unit of the row to that of the column; the darker, the larger its share of what the row's unit gives."""
    if not 1 < len(flow.units) <= _MOST_UNITS:
        return ""
    names = [unit_name(each, s) for each in flow.units]
    cell, left, head = 54, 130, 84
    side = cell * len(names)
    body = ""
    for row, (name, values) in enumerate(zip(names, flow.matrix, strict=True)):
        y, most = head + row * cell, sum(value or 0 for value in values) or 1
        body += _text(left - 10, y + cell / 2 + 4, _short(name), "", "end")
        for column, value in enumerate(values):
            x, share = left + column * cell, (value or 0) / most
            body += f'<rect class="cell" x="{x}" y="{y}" width="{cell - 3}" height="{cell - 3}" rx="6" fill-opacity="{0.06 + 0.9 * share:.2f}"/>'
            kind = "dark" if share > 0.5 else ""
            shown = "—" if value is None else s.number(value)
            body += _text(x + cell / 2 - 1, y + cell / 2 + 4, shown, kind, "middle")
    for column, name in enumerate(names):
        middle = left + column * cell + cell / 2
        body += f'<g transform="translate({middle:g} {head - 10}) rotate(-35)">{_text(0, 0, _short(name))}</g>'
    label = s("Help between {n} units, from rows to columns", n=len(names))
    wide, high = left + side + 50, head + side
    return _svg("matrix", label, f'width="{wide}" height="{high}" {_box(wide, high)}', body)


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"


def _gini(found: Figure, s: Speech) -> str:
    return NONE if found.value is None else decimals(found.value, s)


def lorenz(culture: Culture, s: Speech = ENGLISH) -> str:
    """Lorenz curves of giving and receiving help, with the line of equality."""
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
        + _text(left + side / 2, side + 28, s("members, least first"), "soft", "middle")
        + f'<g transform="translate({left - 10} {side / 2 + 10}) rotate(-90)">{_text(0, 0, s("share of all help"), "soft", "middle")}</g>'
    )
    label = s(
        "Lorenz curves of help: Gini of giving {giving}, of receiving {receiving}",
        giving=_gini(p.gini_giving, s),
        receiving=_gini(p.gini_receiving, s),
    )
    return _svg("lorenz", label, _box(left + side + 8, side + 36), body)
