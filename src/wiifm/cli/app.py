"""The command line as a whole: its commands, and the exit status of each way to end."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from errno import EBADF, ENOENT
from importlib.metadata import PackageNotFoundError, version

import click

from wiifm.cli.commands import LazyCommands, MainGroup
from wiifm.cli.output import write_error
from wiifm.cli.plugin_option import PLUGIN
from wiifm.faults import WiifmError
from wiifm.tried import trying

UNUSABLE, INTERRUPTED, BROKEN_PIPE = 2, 130, 141

COMMANDS = {
    "score": "wiifm.cli.score:score_command",
    "record": "wiifm.cli.record:record_command",
    "standings": "wiifm.cli.standings:standings_command",
    "pending": "wiifm.cli.pending:pending_command",
    "statement": "wiifm.cli.statement:statement_command",
    "leaderboard": "wiifm.cli.leaderboard:leaderboard_command",
    "culture": "wiifm.cli.culture:culture_command",
    "explain": "wiifm.cli.explain:explain_command",
    "serve": "wiifm.cli.serve:serve_command",
    "verify": "wiifm.cli.verify:verify_command",
    "close": "wiifm.cli.closing:close_command",
    "rescore": "wiifm.cli.rescore:rescore_command",
    "export": "wiifm.cli.member_data:export_command",
    "forget": "wiifm.cli.member_data:forget_command",
    "prune": "wiifm.cli.prune:prune_command",
    "copy": "wiifm.cli.copying:copy_command",
    "convert": "wiifm.cli.convert:convert_commands",
    "outbox": "wiifm.cli.outbox:outbox_command",
    "rules": "wiifm.cli.rules:rules_commands",
    "plugins": "wiifm.cli.plugins:plugins_command",
}
"""Where each built-in command is: ``module:name``. A module is imported when its command is used."""


def _version(context: click.Context, _: click.Parameter, given: bool) -> None:
    if given and not context.resilient_parsing:
        try:
            found = version("wiifm")
        except PackageNotFoundError:
            found = "(not installed)"
        click.echo(f"wiifm {found}")
        context.exit()


@click.group(
    name="wiifm",
    cls=MainGroup,
    commands=LazyCommands(COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Recognise what the members of a community do for each other.

    BOOK is a rule book: a file in TOML, or plugin:NAME (plugin:sharing is built in). EVENTS are files of events, or - for standard input:
    JSON Lines, plain or .gz, unless --source says otherwise. STORE is the URL of a store, such as sqlite:///acme.db or
    postgresql://user@host/database?schema=acme.

    A rule book uses the plugins that are installed, and those that --plugin names, here or after the command.

    Exit status: 0 if everything is in order, 1 if the command was completed but found something, such as a rejected line, 2 if it couldn't be
    carried out.

    \b
    Examples:
      wiifm score plugin:sharing may.jsonl
      wiifm record sqlite:///acme.db acme.toml may.jsonl
      wiifm statement ann sqlite:///acme.db
      wiifm score acme.toml may.jsonl --plugin karma.py
    """


app.params.append(PLUGIN)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process unless given), and return its exit status.

    >>> run(["statement", "--sinse", "2026-01-01"])
    2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = _ClosedOutput()
    try:
        status = _invoke(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except WiifmError as error:
        write_error(str(error))
        return UNUSABLE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return BROKEN_PIPE
    except OSError as error:
        write_error(_explained(error))
        _discard_output()
        return UNUSABLE
    return status


def _explained(error: OSError) -> str:
    """What an error of the operating system is about, as far as it says so: a file, or else the output or the current folder.

    >>> print(_explained(PermissionError(13, "Permission denied", "badges.toml")))
    badges.toml: Permission denied
    """
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if error.errno == ENOENT:
        return "The current folder isn't there any more: change to another one."
    return f"The output can't be written: {error}"


def _invoke(arguments: list[str]) -> int:
    """Run the command without click's ``main``, which would exit with status 1 for a broken pipe."""
    try:
        with trying(), app.make_context("wiifm", arguments) as context:
            app.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    return 0


class _ClosedOutput(io.TextIOBase):
    """Stands in for a standard output that was closed before the process began: Python then has None, and would lose output silently."""

    @property
    def buffer(self) -> _ClosedOutput:
        """The stream for bytes."""
        return self

    def write(self, _: str | bytes) -> int:
        """Raise the error of the operating system for a closed file."""
        raise OSError(EBADF, os.strerror(EBADF))


def _discard_output() -> None:
    """Send buffered output to the null device, so that Python doesn't fail to flush it at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(null, stream.fileno())
