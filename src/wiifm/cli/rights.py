"""``wiifm export`` and ``wiifm forget``: what a store holds about a member, and how it is rid of it."""

from __future__ import annotations

import click
from attrs import asdict

from wiifm.cli.output import say, say_json
from wiifm.cli.store import KEEP, KEPT_BOOK, RECEIPT, STORE, YES, at_rest, behind_a_store
from wiifm.upkeep.exporting import export
from wiifm.upkeep.forgetting import check_named, forget

MEMBER = click.argument("member", metavar="MEMBER", callback=behind_a_store)


@click.command("export")
@STORE
@MEMBER
@KEPT_BOOK
def export_command(store: str, member: str, book: str | None) -> None:
    """Show all that STORE holds about MEMBER, as JSON."""
    with at_rest(store, book) as (opened, decided):
        say_json(export(opened, decided, member))


@click.command("forget")
@STORE
@MEMBER
@KEPT_BOOK
@KEEP
@YES
@RECEIPT
def forget_command(
    store: str, member: str, book: str | None, keep: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Erase MEMBER from STORE.

    Another name stands in place of theirs, and the free texts of their events are gone.

    What others have stays, and the store can still be verified. Exports and backups that were made before still have it all.
    """
    with at_rest(store, book) as (opened, decided):
        if not yes:
            check_named(opened, decided, member)
            asked = f"Erase {member!r} from the store? It can't be undone"
            click.confirm(asked, abort=True, err=True)
        found = forget(opened, decided, member, keep)
    if as_json:
        say_json(asdict(found))
    else:
        say(str(found))
