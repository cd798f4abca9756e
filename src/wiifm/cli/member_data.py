"""``wiifm export`` and ``wiifm forget``: export or erase the data of a member."""

from __future__ import annotations

import click
from attrs import asdict

from wiifm.cli.output import json_option, write, write_json
from wiifm.cli.store import BOOK_OPTION, KEEP, STORE, YES, after_store, confirm, open_with_book
from wiifm.personal import check_kept
from wiifm.upkeep.exporting import export
from wiifm.upkeep.forgetting import check_named, forget

MEMBER = click.argument("member", metavar="MEMBER", callback=after_store)


@click.command("export")
@STORE
@MEMBER
@BOOK_OPTION
def export_command(store: str, member: str, book: str | None) -> None:
    """Export all that STORE holds about MEMBER, as JSON.

    \b
    Example:
      wiifm export sqlite:///acme.db raj > raj.json
    """
    with open_with_book(store, book) as (opened, decided):
        write_json(export(opened, decided, member))


@click.command("forget")
@STORE
@MEMBER
@BOOK_OPTION
@KEEP
@YES
@json_option()
def forget_command(
    store: str, member: str, book: str | None, keep: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Erase MEMBER from STORE. This can't be undone.

    A pseudonym replaces their name, and the free texts of their events, which no rule reads, are erased. What others have stays, and wiifm
    verify still succeeds. Exports and backups that were made before still contain everything.

    \b
    Example:
      wiifm forget sqlite:///acme.db raj
    """
    with open_with_book(store, book) as (opened, decided):
        check_kept(decided, keep)
        if not yes:
            check_named(opened, decided, member)
            confirm(f"Erase {member!r} from the store? This can't be undone.")
        found = forget(opened, decided, member, keep)
    if as_json:
        write_json(asdict(found))
    else:
        write(str(found))
