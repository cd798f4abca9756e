"""A report as text of 80 columns, and in Markdown (CommonMark)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from wiifm.culture.nouns import Culture
from wiifm.culture.parts import sections
from wiifm.culture.telling import Line, last_week, lead, period, title
from wiifm.showing.marked import plain
from wiifm.statement.plain import sparkline
from wiifm.words.speech import ENGLISH, Speech

WIDE = 80
_LABEL, _VALUE = 38, 9


def rows(culture: Culture, speech: Speech = ENGLISH) -> Iterator[tuple[str, str]]:
    """The lines of the text, each with what it is: title, period, lead, weeks, section, line or note."""
    yield "title", title(culture, speech)
    yield "period", period(culture, speech)
    yield from (("lead", text) for text in wrap(lead(culture, speech), WIDE))
    for caption, values in _curves(culture, speech):
        last = speech.number(values[-1])
        yield "weeks", f"{_fit(caption, 25):<26}{sparkline(tuple(values))} {last}"
    if told := last_week(culture, speech):
        yield "note", told
    for section in sections(culture, speech):
        yield "line", ""
        yield "section", section.title
        for each in section.lines:
            yield from (("line", text) for text in _line(each))
        for text in wrap(section.means, WIDE - 2):
            yield "note", f"  {text}"


def _curves(culture: Culture, s: Speech) -> list[tuple[str, Sequence[int]]]:
    weeks = culture.weeks[-(WIDE - 36) :]
    if not weeks:
        return []
    return [
        (s("ever contributed, weekly"), [each.spread for each in weeks]),
        (s("active"), [each.active for each in weeks]),
        (s("contributing"), [each.contributing for each in weeks]),
    ]


def _line(line: Line) -> Iterator[str]:
    room = WIDE - _LABEL - _VALUE - 4
    label, notes = _in_one_row(line.label), wrap(_in_one_row(line.note), room) or [""]
    yield f"  {_fit(label, _LABEL):<{_LABEL}}{_fit(line.value, _VALUE):>{_VALUE}}  {notes[0]}".rstrip()
    for more in notes[1:]:
        yield " " * (WIDE - room) + more


def _in_one_row(text: str) -> str:
    """What came from outside, without what ends a row or moves the cursor.

    >>> _in_one_row("Lab\\nand\\x1b[31m more")
    'Lab and [31m more'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _fit(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def markdown(culture: Culture, speech: Speech = ENGLISH) -> str:
    """A report in Markdown.

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
    return "\n".join(lines).rstrip()
