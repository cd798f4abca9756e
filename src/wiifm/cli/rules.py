"""``wiifm rules``: check, show, compare and try rule books, and print their schema for editors."""

from __future__ import annotations

import click
from attrs import asdict

from wiifm.cli.books import BOOK, is_there, load
from wiifm.cli.commands import CommandGroup
from wiifm.cli.feed import EVENTS, SOURCE, lines_of, reader_of, report_rejected
from wiifm.cli.output import Json, json_option, write, write_json
from wiifm.events import Event
from wiifm.faults import InvalidRuleBook, counted
from wiifm.ledger import Holder
from wiifm.program import compile_book
from wiifm.rulebook.changes import changes
from wiifm.rulebook.dump import dumps_with_comments, to_toml_tables
from wiifm.rulebook.lint import lint
from wiifm.rulebook.schema import json_schema
from wiifm.sources import Rejected
from wiifm.tracing import Trial, trials


@click.group("rules", cls=CommandGroup)
def rules_commands() -> None:
    """Check, show, compare and try rule books."""


@rules_commands.command("check")
@BOOK
@click.pass_context
def check_command(context: click.Context, book: str) -> None:
    """Check BOOK, and list all its faults. Exit status 1 if there are any.

    \b
    Example:
      wiifm rules check acme.toml
    """
    try:
        found = load(book)
    except InvalidRuleBook as error:
        if not is_there(book):
            raise
        write(str(error))
        context.exit(1)
    counts = (
        counted(len(found.types), "event type"),
        counted(len(found.rules), "rule"),
        counted(len(found.badges), "badge"),
        counted(len(found.ladders), "ladder"),
    )
    write(f"{book} is sound: {', '.join(counts)}; digest {found.digest}")


_READING = """\
# The program that wiifm generates for this rule book. The classes are the state of a member, a unit and a community.
# admit checks new events, and take folds those that come in order. relate_N finds who is behind an event of one type,
# claim_N what it claims at a gate, reward_N what it earns one holder; late events go through these one by one.
# h is a holder's history, s its state, e an event, a an activity, and out the outcomes. A name in capitals is a
# constant: a part of the book, such as a rule, or a function, such as a plugin's.

"""
"""The comment above a program, for readers who see one for the first time."""


@rules_commands.command("show")
@BOOK
@json_option("the tables")
@click.option("--program", is_flag=True, help="Print the Python source that it is compiled to.")
def show_command(book: str, as_json: bool, program: bool) -> None:
    """Show BOOK with everything that packs and plugins contribute.

    The TOML is a complete rule book that needs no packs.

    \b
    Examples:
      wiifm rules show plugin:sharing
      wiifm rules show acme.toml --program
    """
    if as_json and program:
        raise click.UsageError("--json prints tables, --program source: give only one of them.")
    found = load(book)
    if program:
        click.echo(f"# digest: {found.digest}\n{_READING}{compile_book(found).text}", nl=False)
    elif as_json:
        write_json({"digest": found.digest, **to_toml_tables(found)})
    else:
        click.echo(f"# digest: {found.digest}\n\n{dumps_with_comments(found)}", nl=False)


@rules_commands.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of rule books, for editors of TOML."""
    write_json(json_schema())


@rules_commands.command("lint")
@BOOK
@json_option("the warnings")
@click.pass_context
def lint_command(context: click.Context, book: str, as_json: bool) -> None:
    """Warn of probable mistakes in BOOK. Exit status 1 if there are any.

    These are valid, but probably not what the author means, such as a level that nobody can reach.

    \b
    Example:
      wiifm rules lint acme.toml
    """
    found = lint(load(book))
    if as_json:
        write_json([asdict(each) for each in found])
    else:
        write("\n".join(map(str, found)) or "no doubts")
    context.exit(1 if found else 0)


@rules_commands.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@json_option("the changes")
@click.pass_context
def diff_command(context: click.Context, old: str, new: str, as_json: bool) -> None:
    """Compare the rule books OLD and NEW, key by key.

    Exit status 1 if they differ in what they decide, 0 if they differ only in words (say, means) or not at all.

    \b
    Example:
      wiifm rules diff acme.toml tomorrow.toml
    """
    before, after = load(old), load(new)
    found = changes(before, after)
    if as_json:
        write_json(
            {"old": before.digest, "new": after.digest, "changes": [asdict(each) for each in found]}
        )
    else:
        write("\n".join(map(str, found)) or "they say the same")
    context.exit(1 if before.digest != after.digest else 0)


@rules_commands.command("try")
@BOOK
@EVENTS
@SOURCE
@click.option(
    "--member", metavar="MEMBER", required=True, help="The member for whom events are judged."
)
@json_option("the steps")
@click.pass_context
def try_command(
    context: click.Context,
    book: str,
    events: tuple[str, ...],
    source: str,
    member: str,
    as_json: bool,
) -> None:
    """Show step by step how BOOK judges EVENTS for MEMBER.

    For each event, in the order of time, it shows what each rule gave, or why not: the condition that is false, with its values, the limit or
    the gate. It also shows the progress of each badge.

    \b
    Example:
      wiifm rules try acme.toml may.jsonl --member ann
    """
    found = load(book)
    with lines_of(events, reader_of(source, found.disabled_plugins)) as lines:
        read = [line.found for line in lines]
    rejected = [each for each in read if isinstance(each, Rejected)]
    report_rejected(rejected)
    trial = trials(
        found, [each for each in read if isinstance(each, Event)], Holder("member", member)
    )
    if as_json:
        write_json([_trial_json(each) for each in trial])
    else:
        for each in trial:
            write(str(each))
    context.exit(1 if rejected else 0)


def _trial_json(trial: Trial) -> Json:
    steps = [asdict(step) for step in trial.steps]
    return {
        "event": trial.event.as_json(),
        "status": trial.status,
        "why": trial.why,
        "steps": steps,
    }
