"""Write tables to a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from wiifm.cli.output import is_a_terminal, printable, write
from wiifm.one_line import one_line

_UNBOUNDED = 100_000
"""The width of tables in a pipe, where lines aren't wrapped."""


def text_column(header: str) -> Column:
    """A column of texts; in a narrow terminal they are folded."""
    return Column(printable(header), overflow="fold")


def number_column(header: str) -> Column:
    """A column of numbers."""
    return Column(printable(header), justify="right")


def write_table(columns: Iterable[Column], rows: Iterable[Iterable[object]]) -> None:
    """Write a table to standard output: in a terminal with its width and colours, in a pipe without wrapping."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(one_line(printable(str(cell)))) for cell in row))
    width = None if is_a_terminal() else _UNBOUNDED
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(table)
    click.echo(capture.get(), nl=False, color=console.is_terminal)


def write_rest(top: int, count: int, what: str) -> None:
    """Say below a table of the ``top`` rows how to see the rest, if there is any."""
    if count > top:
        write(f"{top} of {count} {what}; --top {count} shows all")
