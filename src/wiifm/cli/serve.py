"""``wiifm serve``: serve the pages of members."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import click

from wiifm.cli.links import link_options
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import write as write_line
from wiifm.cli.store import STORE, existing
from wiifm.faults import literal
from wiifm.showing.links import by_template

if TYPE_CHECKING:
    from starlette.applications import Starlette

LOCAL = ("localhost", "127.0.0.1", "[::1]")
"""The host names of the machine itself."""


@click.command("serve")
@STORE
@click.argument("book", metavar="[BOOK]", required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--as", "member", metavar="MEMBER", help="Show everybody the pages of this member, for a trial."
)
@click.option(
    "--header", metavar="NAME", help="The request header in which a proxy names the member."
)
@click.option(
    "--from",
    "peers",
    metavar="ADDRESS",
    multiple=True,
    help="The address of the proxy whose header is trusted. Can be repeated.",
)
@click.option(
    "--owner",
    "owners",
    metavar="MEMBER",
    multiple=True,
    help="A member who may read the culture report; with --as everybody may. Can be repeated.",
)
@click.option(
    "--at",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="A host name of this server that requests may name. Can be repeated.",
)
@click.option(
    "--kept",
    default=0.0,
    metavar="SECONDS",
    type=click.FloatRange(0, 3600),
    show_default=True,
    help="How long a page may be served from memory although something was recorded since.",
)
@click.option(
    "--write", is_flag=True, help="Let members give kudos and leave leaderboards on the pages."
)
@NAMES
@link_options
def serve_command(
    store: str,
    book: str | None,
    host: str,
    port: int,
    member: str | None,
    header: str | None,
    peers: tuple[str, ...],
    owners: tuple[str, ...],
    hosts: tuple[str, ...],
    kept: float,
    write: bool,
    directory: Directory,
    **templates: str | None,
) -> None:
    """Serve the pages of members from STORE.

    By default it listens only on this machine, and only reads. Give BOOK if the rule book of STORE can't be loaded from STORE itself.

    Who asks is either always --as MEMBER, or the member whom a proxy names in the request header --header NAME; only the proxy --from ADDRESS
    is trusted. Each --owner may read the culture report (extra culture).

    \b
    Examples:
      wiifm serve sqlite:///acme.db --as ann
      wiifm serve sqlite:///acme.db --header X-Remote-User --from 127.0.0.1 --at wiifm.example
    """
    _check(member, header, peers, owners, host)
    pages, serve = _extra(member, header, peers, owners)
    with existing(store, book) as engine:
        if member is not None:
            engine.member(member)
        app = pages(
            engine, writes=write, hosts={*LOCAL, *hosts}, kept=kept, links=by_template(**templates),
            names=directory.called, whom=directory.whom,
        )  # fmt: skip
        serve(app, host, port, write_line)


def _extra(
    member: str | None, header: str | None, peers: tuple[str, ...], owners: tuple[str, ...]
) -> tuple[Callable[..., Starlette], Callable[[Starlette, str, int, Callable[[str], None]], None]]:
    """The pages for whoever asks, and what serves them. Both are in an extra.

    Raises:
        click.UsageError: the extra isn't installed.
    """
    try:
        from wiifm.web import (  # noqa: PLC0415
            Always,
            Owners,
            TrustedHeader,
            application,
            everybody,
        )
        from wiifm.web.serving import serve  # noqa: PLC0415
    except ImportError as error:
        raise click.UsageError(str(error)) from None
    if member is not None:
        return partial(application, who=Always(member), owner=everybody), serve
    who = TrustedHeader(str(header), peers)
    return partial(application, who=who, owner=Owners(owners)), serve


def _check(
    member: str | None,
    header: str | None,
    peers: tuple[str, ...],
    owners: tuple[str, ...],
    host: str,
) -> None:
    """Refuse options that don't say who asks, or would show one member's pages to other machines."""
    if (member is None) == (header is None):
        raise click.UsageError("expected --as MEMBER, or --header NAME --from ADDRESS")
    if (header is None) != (not peers):
        raise click.UsageError("--header and --from go together: which peer may name the member")
    if member is not None and not _is_local(host):
        raise click.UsageError(
            f"--as shows one member's pages to everybody: {literal(host)} isn't this machine alone"
        )
    if member is not None and owners:
        raise click.UsageError("--owner goes with --header: with --as, everybody is an owner")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
