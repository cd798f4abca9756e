"""A statement as plain text, for terminals, logs and the text part of mails: readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Literal, TypeAlias

from wiifm.statement.view import AddressOf, Line, Section, Told, unlinked

Kind: TypeAlias = Literal[
    "title", "period", "figures", "weeks", "section", "line", "quote", "note", "link", "gap"
]
"""What a row of the text is."""

WIDTH = 80
_BARS = "▁▂▃▄▅▆▇█"
_DONE = 10


def text(told: Told, to: AddressOf = unlinked) -> str:
    """What is told of a statement as text."""
    return "\n".join(row for _, row in rows(told, to=to))


def rows(told: Told, wide: int = WIDTH, to: AddressOf = unlinked) -> list[tuple[Kind, str]]:
    """The rows of the text, and what each is: so that a terminal can tell them apart; none but an address is wider than asked for."""
    found: list[tuple[Kind, str]] = [("title", row) for row in _wrapped(told.title, wide)]
    found += [("period", told.period), ("gap", "")]
    if told.figures:
        figures = " · ".join(f"{each.value} {each.label}" for each in told.figures)
        found += [*(("figures", row) for row in _wrapped(figures, wide)), ("gap", "")]
    if told.weeks:
        weeks = f"{sparkline(told.weeks)}  {told.caption}"
        found += [*(("weeks", row) for row in _wrapped(weeks, wide)), ("gap", "")]
    for section in told.sections:
        found += [*_section(section, wide, to), ("gap", "")]
    return found[:-1]


def sparkline(values: tuple[int, ...]) -> str:
    """Numbers as bars, the largest one the highest.

    >>> sparkline((0, 1, 2, 4))
    '▁▂▄█'
    """
    most = max(values, default=0) or 1
    return "".join(_BARS[each * (len(_BARS) - 1) // most] for each in values)


def bar(share: float) -> str:
    """How much of the way is done.

    >>> bar(0.5)
    '█████░░░░░'
    """
    done = int(share * _DONE)
    return "█" * done + "░" * (_DONE - done)


def _section(section: Section, wide: int, to: AddressOf) -> Iterator[tuple[Kind, str]]:
    yield "section", section.title
    lengths = [len(each.value) for each in section.lines]
    width = max((each for each in lengths if _fits(each, wide)), default=0)
    for line in section.lines:
        lead = f"{line.value:>{width}}  " if width or line.value else ""
        if line.share is not None:
            lead = f"{bar(line.share)}  "
        for row in _wrapped(said(line), wide, f"  {lead}"):
            yield ("quote" if line.by else "line"), row
        for row in _wrapped(line.means, wide, " " * (2 + len(lead))) if line.means else ():
            yield "note", row
        if address := to(line.about):
            yield "link", f"  {address}"
    for row in _wrapped(section.note, wide, "  ") if section.note else ():
        yield "note", row


def _fits(length: int, wide: int) -> bool:
    """Whether a value of this length leaves room for words behind it."""
    return length + 4 <= wide // 2


def said(line: Line) -> str:
    """A line, and who said it, where somebody did."""
    return f"{line.text} ({line.by})" if line.by else line.text


def _wrapped(words: str, wide: int, lead: str = "") -> list[str]:
    """Words in rows behind a lead, which stands in a row of its own where it leaves them no room."""
    if len(lead) > wide // 2:
        return [*_wrapped(lead.strip(), wide, "  "), *_wrapped(words, wide, "  ")]
    return wrap(words, wide, initial_indent=lead, subsequent_indent=" " * len(lead)) or [lead]
