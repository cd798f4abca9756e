"""Renders a statement as plain text of 80 columns, for terminals, logs and the text part of mails."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Literal, TypeAlias

from wiifm.statement.view import AddressOf, Line, Section, Told, unlinked

Kind: TypeAlias = Literal[
    "title", "period", "figures", "weeks", "section", "line", "quote", "note", "link", "gap"
]
"""The kind of a row of the text."""

WIDTH = 80
_BARS = "▁▂▃▄▅▆▇█"
_DONE = 10


def text(told: Told, address_of: AddressOf = unlinked) -> str:
    """Return a statement as plain text."""
    return "\n".join(row for _, row in rows(told, address_of=address_of))


def rows(told: Told, wide: int = WIDTH, address_of: AddressOf = unlinked) -> list[tuple[Kind, str]]:
    """Return the rows of the text with their kinds, so that a terminal can style them. Only an address may be wider than ``wide``."""
    found: list[tuple[Kind, str]] = [("title", row) for row in _wrapped(told.title, wide)]
    found += [("period", told.period), ("gap", "")]
    if told.note:
        found += [*(("note", row) for row in _wrapped(told.note, wide)), ("gap", "")]
    if told.figures:
        figures = " · ".join(f"{each.value} {each.label}" for each in told.figures)
        found += [*(("figures", row) for row in _wrapped(figures, wide)), ("gap", "")]
    if told.weeks:
        weeks = f"{sparkline(told.weeks)}  {told.caption}"
        found += [*(("weeks", row) for row in _wrapped(weeks, wide)), ("gap", "")]
    for section in told.sections:
        found += [*_section(section, wide, address_of), ("gap", "")]
    return found[:-1]


def wrap(words: str, wide: int, lead: str = "", below: str = "") -> list[str]:
    """Break words into rows of a width, the first after ``lead`` and the others after ``below``. A name with hyphens stays whole.

    >>> wrap("By topic: quantum-gate", 20)
    ['By topic:', 'quantum-gate']
    """
    return textwrap.wrap(
        words, wide, initial_indent=lead, subsequent_indent=below, break_on_hyphens=False
    )


def sparkline(values: tuple[int, ...]) -> str:
    """Draw numbers as bars, scaled to the largest.

    >>> sparkline((0, 1, 2, 4))
    '▁▂▄█'
    """
    most = max(values, default=0) or 1
    return "".join(_BARS[each * (len(_BARS) - 1) // most] for each in values)


def bar(share: float) -> str:
    """Draw a progress bar for a share from 0 to 1.

    >>> bar(0.5)
    '█████░░░░░'
    """
    done = int(share * _DONE)
    return "█" * done + "░" * (_DONE - done)


def _section(section: Section, wide: int, address_of: AddressOf) -> Iterator[tuple[Kind, str]]:
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
        if address := address_of(line.about):
            yield "link", f"  {address}"
    for row in _wrapped(section.note, wide, "  ") if section.note else ():
        yield "note", row


def _fits(length: int, wide: int) -> bool:
    """Whether a value of this length leaves room for text after it."""
    return length + 4 <= wide // 2


def said(line: Line) -> str:
    """The text of a line; of a quotation, with its author."""
    return f"{line.text} ({line.by})" if line.by else line.text


def _wrapped(words: str, wide: int, lead: str = "") -> list[str]:
    """Wrap words behind a lead, which gets rows of its own if it leaves them no room."""
    if len(lead) > wide // 2:
        return [*_wrapped(lead.strip(), wide, "  "), *_wrapped(words, wide, "  ")]
    return wrap(words, wide, lead, " " * len(lead)) or [lead]
