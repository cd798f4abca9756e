"""``wiifm verify``: whether a store holds what its events come to."""

from __future__ import annotations

import click
from attrs import asdict

from wiifm.cli.output import say, say_json
from wiifm.cli.store import KEPT_BOOK, STORE, at_rest
from wiifm.upkeep.proof import verify

_MEND = (
    "the chain holds: wiifm rescore STORE BOOK, with the same rule book, decides all of it once more "
    "and appends what is owed"
)


@click.command("verify")
@STORE
@KEPT_BOOK
@click.option("--link", metavar="LINK", help="A link that an earlier proof told, and you noted.")
@click.option("--json", "as_json", is_flag=True, help="The proof as JSON.")
@click.pass_context
def verify_command(
    context: click.Context, store: str, book: str | None, link: str | None, as_json: bool
) -> None:
    """Prove that STORE holds what its events come to.

    It also proves that nobody changed a byte of it.

    All of it is decided once more beside, which takes about as long as recording it took. Exit status 1, with the first
    difference, if there is any. The link that is told at the end stands for all that was recorded: note it elsewhere,
    and give it next time.
    """
    with at_rest(store, book) as (opened, decided):
        found = verify(opened, decided, link)
    if as_json:
        say_json(asdict(found))
    else:
        say(str(found))
        if found.can_be_mended:
            say(_MEND)
    context.exit(1 if found.differences else 0)
