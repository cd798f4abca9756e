"""``wiifm verify``: verify that a store holds what its events give."""

from __future__ import annotations

import re

import click
from attrs import asdict

from wiifm.cli.output import write, write_json
from wiifm.cli.store import BOOK_OPTION, STORE, open_with_given_book
from wiifm.faults import short
from wiifm.upkeep.proof import verify, verify_by_kept_book

_REPAIR = (
    "the chain holds: wiifm rescore STORE BOOK, with the same rule book, repairs this and appends the corrections "
    "that are due"
)
_RESTORE = "the chain is broken: restore a backup"
_LINK = re.compile("[0-9a-f]{64}")


def _checked_link(_: click.Context, __: click.Parameter, link: str | None) -> str | None:
    """A callback that refuses what was never the link of a commit: the store isn't to blame for a typing error."""
    if link and not _LINK.fullmatch(link):
        message = (
            f"found {short(link)}, expected the 64 hexadecimal digits that wiifm verify printed"
        )
        raise click.BadParameter(message)
    return link


@click.command("verify")
@STORE
@BOOK_OPTION
@click.option(
    "--link",
    metavar="LINK",
    callback=_checked_link,
    help="The link that an earlier run printed, and that you noted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def verify_command(
    context: click.Context, store: str, book: str | None, link: str | None, as_json: bool
) -> None:
    """Verify that STORE holds what its events give.

    It recomputes everything in a temporary file and compares, which takes about as long as recording took. It also checks the hash chain of
    commits, which proves that nobody changed what was recorded. Exit status 1, with the first differences, if there are any.

    The link at the end of the output stands for everything that was recorded. Note it elsewhere, and pass it to the next run.

    \b
    Examples:
      wiifm verify sqlite:///acme.db
      wiifm verify sqlite:///acme.db --link 3f1c...
    """
    with open_with_given_book(store, book) as (opened, given):
        found = verify_by_kept_book(opened, link) if given is None else verify(opened, given, link)
    if as_json:
        write_json(asdict(found))
    else:
        write(str(found))
        if found.can_be_mended:
            write(_REPAIR)
        elif found.chain_is_broken:
            write(_RESTORE)
    context.exit(1 if found.differences else 0)
