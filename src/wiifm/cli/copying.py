"""``wiifm copy``: copy a store into another one."""

from __future__ import annotations

from contextlib import closing

import click

from wiifm.archive.copying import copy_archive
from wiifm.cli.output import write
from wiifm.cli.store import STORE, no_memory_store
from wiifm.faults import counted
from wiifm.stores.urls import open_store


@click.command("copy")
@STORE
@click.argument("to", metavar="TO", callback=no_memory_store)
def copy_command(store: str, to: str) -> None:
    """Copy STORE into the empty store TO.

    It copies one consistent snapshot, completely or not at all. Others can record in STORE at the same time. Nothing may have been recorded
    in TO yet.

    \b
    Example:
      wiifm copy sqlite:///acme.db postgresql://wiifm@db.example/community?schema=acme
    """
    with closing(open_store(store)) as source, closing(open_store(to)) as target:
        write(counted(copy_archive(source, target), "row"))
