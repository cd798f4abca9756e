"""What every reading begins with: a book, its engine, and the events poured into it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import Progress

from wiifm.cli.output import tell
from wiifm.engine import Engine
from wiifm.sources import Line, Poured, pour, read_lines

BOOK = click.argument("book", metavar="BOOK")
EVENTS = click.argument(
    "events",
    metavar="EVENTS...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)


def feed(engine: Engine, files: tuple[str, ...]) -> Poured:
    """Pour the events of files into an engine, and tell on standard error which lines were rejected."""
    with lines_of(files) as lines:
        poured = pour(engine, lines)
    tell_rejected(poured)
    return poured


def tell_rejected(poured: Poured) -> None:
    """Tell on standard error which lines were rejected."""
    for each in poured.rejected:
        tell(str(each))


@contextmanager
def lines_of(files: tuple[str, ...]) -> Iterator[Iterator[Line]]:
    """The lines of files, one after the other, with a progress bar where standard error is a terminal."""
    if files.count("-") > 1:
        raise click.BadParameter("standard input (-) can be read only once", param_hint="EVENTS")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield (line for file in files for line in _lines(file, progress))


def _lines(file: str, progress: Progress) -> Iterator[Line]:
    if progress.disable or file == "-" or not stat.S_ISREG(os.stat(file).st_mode):
        yield from read_lines(file)
        return
    with progress.open(file, "rb", description=os.path.basename(file)) as stream:
        yield from read_lines(stream, file)
