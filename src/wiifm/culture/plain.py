"""A report as text of 80 columns, and in Markdown (CommonMark)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from wiifm.culture.nouns import Culture
from wiifm.culture.telling import Line, period, sections
from wiifm.showing.marked import plain
from wiifm.statement.plain import sparkline

WIDE = 80
_LABEL, _VALUE = 38, 9


def rows(culture: Culture) -> Iterator[tuple[str, str]]:
    """The lines of the text, each with what it is: title, period, weeks, section, line or note."""
    yield "title", f"{culture.book}: does knowledge flow?"
    yield "period", period(culture)
    for caption, values in _curves(culture):
        yield "weeks", f"{caption:<26}{sparkline(tuple(values))} {values[-1]:,}"
    for section in sections(culture):
        yield "line", ""
        yield "section", section.title
        for each in section.lines:
            yield from (("line", text) for text in _line(each))
        for text in wrap(section.means, WIDE - 2):
            yield "note", f"  {text}"


def _curves(culture: Culture) -> list[tuple[str, Sequence[int]]]:
    weeks = culture.weeks[-(WIDE - 36) :]
    if not weeks:
        return []
    return [
        ("ever contributed, weekly", [each.spread for each in weeks]),
        ("active", [each.active for each in weeks]),
        ("contributing", [each.contributing for each in weeks]),
    ]


def _line(line: Line) -> Iterator[str]:
    label, room = _in_one_row(line.label), WIDE - _LABEL - _VALUE - 4
    if len(label) > _LABEL:
        label = label[: _LABEL - 1] + "…"
    notes = wrap(_in_one_row(line.note), room) or [""]
    yield f"  {label:<{_LABEL}}{_fit(line.value):>{_VALUE}}  {notes[0]}".rstrip()
    for more in notes[1:]:
        yield " " * (WIDE - room) + more


def _in_one_row(text: str) -> str:
    """What came from outside, without what ends a row or moves the cursor.

    >>> _in_one_row("Lab\\nand\\x1b[31m more")
    'Lab and [31m more'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _fit(value: str) -> str:
    return value if len(value) <= _VALUE else value[: _VALUE - 1] + "…"


def markdown(culture: Culture) -> str:
    """A report in Markdown.

    >>> from wiifm import Engine, RuleBook
    >>> print(markdown(Engine(RuleBook.load("plugin:sharing")).culture()).splitlines()[0])
    # sharing: does knowledge flow?
    """
    lines = [f"# {plain(culture.book)}: does knowledge flow?", "", period(culture), ""]
    for section in sections(culture):
        lines += [f"## {section.title}", "", plain(section.means), ""]
        lines += ["| | | |", "|---|---:|---|"]
        lines += [
            f"| {plain(each.label)} | {plain(each.value)} | {plain(each.note)} |"
            for each in section.lines
        ]
        lines.append("")
    return "\n".join(lines).rstrip()
