"""The command line as a whole: its commands, and how each way to end becomes an exit status."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from errno import EBADF
from importlib.metadata import PackageNotFoundError, version

import click

from wiifm.cli.commands import App, Imported
from wiifm.cli.output import tell
from wiifm.faults import WiifmError

UNUSABLE, INTERRUPTED, BROKEN_PIPE = 2, 130, 141

OWN = {
    "score": "wiifm.cli.score:score_command",
    "record": "wiifm.cli.record:record_command",
    "standings": "wiifm.cli.standings:standings_command",
    "statement": "wiifm.cli.statement:statement_command",
    "leaderboard": "wiifm.cli.leaderboard:leaderboard_command",
    "culture": "wiifm.cli.culture:culture_command",
    "explain": "wiifm.cli.explain:explain_command",
    "serve": "wiifm.cli.serve:serve_command",
    "verify": "wiifm.cli.verify:verify_command",
    "close": "wiifm.cli.closing:close_command",
    "rescore": "wiifm.cli.rescore:rescore_command",
    "export": "wiifm.cli.rights:export_command",
    "forget": "wiifm.cli.rights:forget_command",
    "prune": "wiifm.cli.prune:prune_command",
    "copy": "wiifm.cli.copying:copy_command",
    "convert": "wiifm.cli.convert:convert_commands",
    "outbox": "wiifm.cli.outbox:outbox_command",
    "rules": "wiifm.cli.rules:rules_commands",
    "plugins": "wiifm.cli.plugins:plugins_command",
}
"""Our own commands: the module of each, and what it is called there."""


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        try:
            found = version("wiifm")
        except PackageNotFoundError:
            found = "(not installed)"
        click.echo(f"wiifm {found}")
        context.exit()


@click.group(
    name="wiifm",
    cls=App,
    commands=Imported(OWN),
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
    """What's in it for me? Events in, rules and badges, an explainable ledger out.

    BOOK is a rule book in TOML, or plugin:NAME (plugin:sharing is built in). EVENTS are files, or - for
    standard input: JSON Lines, plain or .gz, unless --source says otherwise. STORE is a URL, such as
    sqlite:///acme.db or postgresql://user@host/database?schema=acme.

    Exit status: 0 all is well; 1 some line was rejected and the rest was done; 2 it couldn't be done.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process unless given); answers its exit status.

    >>> run(["statement", "--sinse", "2026-01-01"])
    2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = _Closed()
    try:
        status = _invoke(sys.argv[1:] if arguments is None else list(arguments))
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


class _Closed(io.TextIOBase):
    """A standard output that was closed before we began, which Python takes for one to which nothing is to be written."""

    @property
    def buffer(self) -> _Closed:
        """What bytes are written to."""
        return self

    def write(self, _: str | bytes) -> int:
        """Complain, as the system would."""
        raise OSError(EBADF, os.strerror(EBADF))


def _silence() -> None:
    """Send what is left to nowhere: whoever read it has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
