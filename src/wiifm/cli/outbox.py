"""``wiifm outbox``: show how far deliveries are and which notices failed, and have them tried again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime

import click

from wiifm.archive.stored_book import digest_in
from wiifm.cli.output import Json, json_option, write, write_json
from wiifm.cli.store import BOOK_OPTION, STORE, open_with_given_book
from wiifm.engine import Engine
from wiifm.faults import counted
from wiifm.one_line import one_line
from wiifm.outbox import Told, Undelivered, progress, retry, undelivered
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store
from wiifm.stores.urls import open_store


@click.command("outbox")
@STORE
@click.argument(
    "action",
    metavar="[list|retry|deliver]",
    default="list",
    type=click.Choice(["list", "retry", "deliver"]),
)
@click.argument("notices", metavar="[NOTICE]...", nargs=-1)
@click.option("--delivery", metavar="NAME", help="Only this delivery.")
@BOOK_OPTION
@json_option()
@click.pass_context
def outbox_command(
    context: click.Context,
    store: str,
    action: str,
    notices: tuple[str, ...],
    delivery: str | None,
    book: str | None,
    as_json: bool,
) -> None:
    """Show which notices of STORE weren't delivered, or try again.

    list (the default) shows how far each delivery is, and which notices failed, wait for an earlier one of the same member, or are parked.
    Exit status 1 if any is parked.

    retry has these notices tried again with the next delivery: all of them, or the NOTICEs and those that wait for the same members.

    deliver delivers now what is due, with the deliveries of the book's plugins.

    \b
    Examples:
      wiifm outbox sqlite:///acme.db
      wiifm outbox sqlite:///acme.db retry --delivery mail
    """
    _check_action(action, notices, delivery, book)
    if action == "deliver":
        _deliver(store, book, as_json)
        return
    with closing(open_store(store)) as opened:
        digest_in(opened)
        known = progress(opened)
        if action == "retry":
            _retry(opened, delivery, notices, as_json)
        else:
            found = undelivered(opened, delivery)
            _list(known, found, as_json)
            context.exit(1 if any(each.state == "parked" for each in found) else 0)


def _check_action(
    action: str, notices: tuple[str, ...], delivery: str | None, book: str | None
) -> None:
    """Refuse what an action has no use for."""
    if notices and action != "retry":
        message = f"found {notices[0]!r} after {action}, expected NOTICEs only after retry"
        raise click.BadParameter(message, param_hint="NOTICE")
    if delivery is not None and action == "deliver":
        message = "it is for list and retry; deliver is for all deliveries of the book's plugins"
        raise click.BadParameter(message, param_hint="--delivery")
    if book is not None and action != "deliver":
        message = (
            f"it is for deliver, with the deliveries of the book's plugins; {action} needs no book"
        )
        raise click.BadParameter(message, param_hint="--book")


def _list(known: Mapping[str, Told], found: list[Undelivered], as_json: bool) -> None:
    if as_json:
        write_json(outbox_json(known, found))
        return
    if not known:
        write("no delivery has begun here")
    for name, position in known.items():
        mine = [each for each in found if each.delivery == name]
        parked = sum(each.state == "parked" for each in mine)
        behind = counted(position.events - position.no, "event")
        write(f"{name}: {behind} behind, {len(mine) - parked} waiting, {parked} parked")
    for each in found:
        write(_as_text(each))


def _as_text(found: Undelivered) -> str:
    """What wasn't delivered, and below it why not. No table, as a narrow one would break the notice, which is what retry asks for."""
    due = "" if found.due is None else f", due {found.due:%Y-%m-%d %H:%M:%S} UTC"
    tried = f"tried {counted(found.attempts, 'time')}"
    rows = (
        f"{found.notice}  {found.delivery}  {found.type}  {found.holder}  by {found.event}",
        f"  {found.state}{due}, {tried}: {found.reason}",
    )
    return "\n".join(map(one_line, rows))


def outbox_json(known: Mapping[str, Told], found: Iterable[Undelivered]) -> Json:
    """How far each delivery is, and the notices that it hasn't delivered, as JSON."""
    return {
        "deliveries": {
            name: {"told": each.no, "events": each.events} for name, each in known.items()
        },
        "undelivered": [each.as_json() for each in found],
    }


def _retry(store: Store, delivery: str | None, notices: tuple[str, ...], as_json: bool) -> None:
    count = retry(store, datetime.now(UTC), delivery, notices)
    if as_json:
        write_json({"retried": count})
    else:
        write(f"{counted(count, 'notice')} will be tried again with the next delivery")


def _deliver(store: str, book: str | None, as_json: bool) -> None:
    with open_with_given_book(store, book) as (opened, given):
        digest_in(opened)
        engine = Engine.over(opened, given)
        delivered = engine.deliver()
        if not delivered:
            raise click.ClickException(_without_delivery(engine.book, progress(opened)))
    if as_json:
        write_json({"delivered": delivered})
    else:
        write("\n".join(f"{name}: {counted(count, 'notice')}" for name, count in delivered.items()))


def _without_delivery(book: RuleBook, known: Iterable[str]) -> str:
    """Why nothing can be delivered by the plugins of a book, and what to do; ``known`` are the deliveries of its store."""
    plugins = ", ".join(book.plugins) or "it uses none"
    told = f"no plugin of the rule book {book.id!r} has a delivery ({plugins})"
    if names := ", ".join(known):
        return (
            f"{told}. The store knows {names}: a program passes them to Engine.open, so call Engine.deliver() there; or, "
            "if they are named PLUGIN/NAME, have the book use that plugin"
        )
    return (
        f"{told}. If a program passes one to Engine.open, call Engine.deliver() there; otherwise have the book use a "
        "plugin that adds one by the hook wiifm_observers"
    )
