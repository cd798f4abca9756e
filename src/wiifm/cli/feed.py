"""The argument EVENTS, and how files of events are read into an engine."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from wiifm.cli.books import is_store, shown_url
from wiifm.cli.output import Json, printable, write_error
from wiifm.engine import Engine
from wiifm.faults import Fault, InvalidInput, counted
from wiifm.registries import Reader
from wiifm.sources import Line, Poured, Rejected, find_source, pour


class _EventsFile(click.Path):
    """The type of EVENTS: a file that can be read, or ``-``."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The name of the file; the URL of a store is refused."""
        if isinstance(value, str) and is_store(value) and not os.path.exists(value):
            self.fail(f"found the store {shown_url(value)}, expected a file of events", param, ctx)
        return super().convert(value, param, ctx)


FILE = _EventsFile(exists=True, dir_okay=False, readable=True, allow_dash=True)
EVENTS = click.argument("events", metavar="EVENTS...", nargs=-1, required=True, type=FILE)

SOURCE = click.option(
    "--source",
    metavar="NAME",
    default="jsonl",
    show_default=True,
    help="The format of EVENTS: jsonl, or the name of a plugin's source.",
)


def feed(engine: Engine, files: tuple[str, ...], source: str) -> Poured:
    """Record the events of files in an engine, and write rejected lines and faults of plugins to standard error."""
    leave_faults_to_the_end()
    read = reader_of(source, engine.book.disabled_plugins)
    with lines_of(files, read) as lines:
        poured = pour(engine, lines)
    report_rejected(poured.rejected)
    report_faults(engine, poured.failed)
    return poured


def reader_of(source: str, disabled: Collection[str]) -> Reader:
    """The reader of a source. For a format that has to be converted first, the error says so."""
    try:
        return find_source(source, disabled)
    except InvalidInput:
        from wiifm.cli.convert import convert_commands  # noqa: PLC0415 - imported only when needed

        if source not in convert_commands.commands:
            raise
        message = f"{source!r} is no source, but can be converted first: see wiifm convert {source} --help"
        raise click.BadParameter(message, param_hint="--source") from None


def leave_faults_to_the_end() -> None:
    """Keep Python from writing to standard error, while events are recorded, which function failed: ``report_faults`` does so in the end."""
    logging.getLogger("wiifm.plugins").addHandler(logging.NullHandler())


def report_faults(engine: Engine, failed: int) -> None:
    """Write to standard error what plugins raised, each error once, and how many decisions are missing because of it."""
    for fault in dict.fromkeys(engine.faults):
        write_error(str(fault))
    if failed:
        write_error(f"{counted(failed, 'decision')} of plugins failed")


def report_rejected(rejected: Iterable[Rejected]) -> None:
    """Write rejected lines to standard error."""
    for each in rejected:
        write_error(str(each))


def rejected_json(rejected: Iterable[Rejected]) -> list[Json]:
    """Rejected lines as JSON."""
    return [
        {
            "file": printable(each.file),
            "line": each.line,
            "faults": [printable(str(fault)) for fault in each.faults],
        }
        for each in rejected
    ]


@contextmanager
def lines_of(files: tuple[str, ...], read: Reader) -> Iterator[Iterator[Line]]:
    """The lines of files, one file after the other, with a progress bar if standard error is a terminal."""
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
        why = error.strerror or str(error)
        raise InvalidInput([Fault(name, why, "a file that can be read")]) from None
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
