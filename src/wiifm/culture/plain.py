"""A report as text of 80 columns, and as Markdown (CommonMark)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from wiifm.culture.nouns import Culture
from wiifm.culture.sections import sections
from wiifm.culture.telling import Line, footnote, last_week, lead, period, title
from wiifm.showing.commonmark import plain
from wiifm.statement.plain import sparkline, wrap
from wiifm.words.speech import ENGLISH, Speech

WIDE = 80
_LABEL, _VALUE, _CAPTION = 38, 9, 25
FEWEST_WEEKS = 4
"""With fewer weeks, no curve is shown."""


def rows(culture: Culture, speech: Speech = ENGLISH, wide: int = WIDE) -> Iterator[tuple[str, str]]:
    """The lines of the text, each with its kind: title, period, lead, weeks, section, line or note."""
    yield from (("title", text) for text in wrap(_in_one_row(title(culture, speech)), wide))
    yield from (("period", text) for text in wrap(period(culture, speech), wide))
    yield from (("lead", text) for text in wrap(lead(culture, speech), wide))
    for caption, values in _curves(culture, speech, wide - 36):
        last = speech.number(values[-1])
        yield "weeks", f"{_fit(caption):<{_CAPTION + 1}}{sparkline(tuple(values))} {last}"
    if note := last_week(culture, speech):
        yield from (("note", text) for text in wrap(note, wide))
    for section in sections(culture, speech):
        yield "line", ""
        yield "section", section.title
        for each in section.lines:
            yield from (("line", text) for text in _line(each, wide))
        for text in wrap(section.means, wide - 2):
            yield "note", f"  {text}"
    yield "line", ""
    yield from (("note", text) for text in wrap(footnote(culture, speech), wide))


def _curves(culture: Culture, s: Speech, room: int) -> list[tuple[str, Sequence[int]]]:
    weeks = culture.weeks[-max(1, room) :]
    if not weeks or room < FEWEST_WEEKS:
        return []
    return [
        (s("ever contributed, weekly"), [each.spread for each in weeks]),
        (s("active"), [each.active for each in weeks]),
        (s("contributing"), [each.contributing for each in weeks]),
    ]


def _line(line: Line, wide: int) -> Iterator[str]:
    room, value = wide - _LABEL - _VALUE - 4, _in_one_row(line.value)
    long = max(0, len(value) - _VALUE)  # a long value takes its room from the label
    if room < _LABEL // 2 or long > _LABEL // 2:
        yield from _narrow(line, wide)
        return
    labels = wrap(_in_one_row(line.label), _LABEL - long)
    notes = wrap(_in_one_row(line.note), room)
    for label, shown, note in zip_longest(labels, [value], notes, fillvalue=""):
        yield f"  {label:<{_LABEL - long}}{shown:>{_VALUE + long}}  {note}".rstrip()


def _narrow(line: Line, wide: int) -> Iterator[str]:
    """A line without columns, where they don't fit: its label, and below it its value and note."""
    yield from (f"  {text}" for text in wrap(_in_one_row(line.label), wide - 2))
    below = ", ".join(filter(None, (_in_one_row(line.value), _in_one_row(line.note))))
    yield from (f"    {text}" for text in wrap(below, wide - 4))


def _in_one_row(text: str) -> str:
    """A text from outside without line breaks and control characters.

    >>> _in_one_row("Lab\\nand\\x1b[31m more")
    'Lab and [31m more'
    """
    found = "".join(c if c.isprintable() or c in _UNBROKEN else " " for c in text)
    return " ".join(filter(None, found.split(" ")))


_UNBROKEN = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""The spaces at which no row ends: within a percentage, or before a colon in French."""


def _fit(caption: str) -> str:
    return caption if len(caption) <= _CAPTION else caption[: _CAPTION - 1] + "…"


def markdown(culture: Culture, speech: Speech = ENGLISH) -> str:
    """A report as Markdown.

    >>> from wiifm import Engine, RuleBook
    >>> print(markdown(Engine(RuleBook.load("plugin:sharing")).culture()).splitlines()[0])
    # sharing: does knowledge flow?
    """
    lines = [
        f"# {plain(title(culture, speech))}",
        "",
        period(culture, speech),
        "",
        plain(lead(culture, speech)),
        "",
    ]
    for section in sections(culture, speech):
        lines += [f"## {section.title}", "", plain(section.means), ""]
        lines += ["| | | |", "|---|---:|---|"]
        lines += [
            f"| {plain(each.label)} | {plain(each.value)} | {plain(each.note)} |"
            for each in section.lines
        ]
        lines.append("")
    return "\n".join((*lines, footnote(culture, speech)))
