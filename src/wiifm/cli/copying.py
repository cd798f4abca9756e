"""``wiifm copy``: a store into another one."""

from __future__ import annotations

from contextlib import closing

import click

from wiifm.archive.copying import copy_archive
from wiifm.cli.output import say
from wiifm.cli.store import STORE, lasting
from wiifm.faults import counted
from wiifm.stores.urls import open_store


@click.command("copy")
@STORE
@click.argument("to", metavar="TO", callback=lasting)
def copy_command(store: str, to: str) -> None:
    """Copy all of STORE into the store TO.

    It is copied as it is at this moment, and nothing may have been recorded in TO yet.

    Others may go on recording in STORE meanwhile. Either all of it is in TO in the end, or nothing.
    """
    with closing(open_store(store)) as source, closing(open_store(to)) as target:
        say(counted(copy_archive(source, target), "row"))
