"""What every reading begins with: a book, its engine, and the events poured into it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from wiifm.cli.output import Json, shown, tell
from wiifm.engine import Engine
from wiifm.faults import Fault, InvalidInput, counted
from wiifm.registries import Reader
from wiifm.sources import Line, Poured, Rejected, find_source, pour

BOOK = click.argument("book", metavar="BOOK")
FILE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
EVENTS = click.argument("events", metavar="EVENTS...", nargs=-1, required=True, type=FILE)

SOURCE = click.option(
    "--source",
    metavar="NAME",
    default="jsonl",
    show_default=True,
    help="How EVENTS are read: the name of a source of wiifm or of a plugin.",
)


def feed(engine: Engine, files: tuple[str, ...], source: str) -> Poured:
    """Pour the events of files into an engine, and tell on standard error which lines were rejected."""
    read = find_source(source, engine.book.disabled_plugins)
    with lines_of(files, read) as lines:
        poured = pour(engine, lines)
    tell_rejected(poured.rejected)
    tell_faults(engine, poured.failed)
    return poured


def tell_faults(engine: Engine, failed: int) -> None:
    """Tell on standard error what plugins raised, each once, and how many decisions came to nothing."""
    for fault in dict.fromkeys(engine.faults):
        tell(str(fault))
    if failed:
        tell(f"{counted(failed, 'decision')} of plugins came to nothing")


def tell_rejected(rejected: Iterable[Rejected]) -> None:
    """Tell on standard error which lines were rejected."""
    for each in rejected:
        tell(str(each))


def rejected_json(rejected: Iterable[Rejected]) -> list[Json]:
    """The lines that were rejected, as JSON."""
    return [
        {
            "file": shown(each.file),
            "line": each.line,
            "faults": [shown(str(fault)) for fault in each.faults],
        }
        for each in rejected
    ]


@contextmanager
def lines_of(files: tuple[str, ...], read: Reader) -> Iterator[Iterator[Line]]:
    """The lines of files, one after the other, with a progress bar where standard error is a terminal."""
    if files.count("-") > 1:
        raise click.BadParameter("standard input (-) can be read only once", param_hint="EVENTS")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield (line for file in files for line in _lines(file, read, progress))


def _lines(file: str, read: Reader, progress: Progress) -> Iterator[Line]:
    name = "standard input" if file == "-" else file
    try:
        opened = _opened(file, progress)
    except OSError as error:
        raise InvalidInput([Fault(name, str(error), "a file that can be read")]) from None
    with opened as stream:
        yield from read(stream, name)


def _opened(file: str, progress: Progress) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        if sys.stdin is None:
            raise OSError("standard input is closed")
        return nullcontext(sys.stdin.buffer)
    if progress.disable or not stat.S_ISREG(os.stat(file).st_mode):
        return open(file, "rb")
    return progress.open(file, "rb", description=os.path.basename(file))
