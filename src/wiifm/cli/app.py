"""The command line as a whole: its commands, and how each way to end becomes an exit status."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import click

from wiifm.cli.closing import close_command
from wiifm.cli.commands import App
from wiifm.cli.convert import convert_commands
from wiifm.cli.copying import copy_command
from wiifm.cli.culture import culture_command
from wiifm.cli.explain import explain_command
from wiifm.cli.leaderboard import leaderboard_command
from wiifm.cli.outbox import outbox_command
from wiifm.cli.output import tell
from wiifm.cli.plugins import plugins_command
from wiifm.cli.prune import prune_command
from wiifm.cli.record import record_command
from wiifm.cli.rescore import rescore_command
from wiifm.cli.rights import export_command, forget_command
from wiifm.cli.rules import rules_commands
from wiifm.cli.score import score_command
from wiifm.cli.serve import serve_command
from wiifm.cli.standings import standings_command
from wiifm.cli.statement import statement_command
from wiifm.cli.verify import verify_command
from wiifm.faults import WiifmError

UNUSABLE, INTERRUPTED, BROKEN_PIPE = 2, 130, 141


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        try:
            found = version("wiifm")
        except PackageNotFoundError:
            found = "(not installed)"
        click.echo(f"wiifm {found}")
        context.exit()


@click.group(name="wiifm", cls=App, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def app() -> None:
    """What's in it for me? Events in, rules and badges, an explainable ledger out.

    BOOK is a rule book in TOML, or plugin:NAME (plugin:sharing is built in). EVENTS are files, or - for
    standard input: JSON Lines, plain or .gz, unless --source says otherwise. STORE is a URL, such as
    sqlite:///acme.db or postgresql://user@host/database?schema=acme.

    Exit status: 0 all is well; 1 some line was rejected and the rest was done; 2 it couldn't be done.
    """


for command in (
    score_command,
    record_command,
    standings_command,
    statement_command,
    leaderboard_command,
    culture_command,
    explain_command,
    serve_command,
    verify_command,
    close_command,
    rescore_command,
    export_command,
    forget_command,
    prune_command,
    copy_command,
    convert_commands,
    outbox_command,
    rules_commands,
    plugins_command,
):
    app.add_command(command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process unless given); answers its exit status.

    >>> run(["statement", "--sinse", "2026-01-01"])
    2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _invoke(sys.argv[1:] if arguments is None else list(arguments))
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except WiifmError as error:
        tell(str(error))
        return UNUSABLE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
        return BROKEN_PIPE
    except OSError as error:
        tell(f"The output can't be written: {error}" if error.filename is None else str(error))
        _silence()
        return UNUSABLE
    return status


def _invoke(arguments: list[str]) -> int:
    """Run the command; click's own ``main`` would end a broken pipe with the status of a rejected line."""
    try:
        with app.make_context("wiifm", arguments) as context:
            app.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    return 0


def _silence() -> None:
    """Send what is left to nowhere: whoever read it has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
