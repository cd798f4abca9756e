"""``wiifm explain``: why there is an entry, or what an event did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from shlex import quote

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.output import Json, reasoned_json, say, say_json, tell
from wiifm.cli.store import KEPT_BOOK
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.engine import Engine
from wiifm.explanation import Explanation
from wiifm.faults import UnknownName
from wiifm.ledger import Award, Receipt
from wiifm.privacy import Withheld


@click.command("explain")
@click.argument("what", metavar="NUMBER|EVENT-ID")
@SUBJECT
@SOURCE
@KEPT_BOOK
@click.option("--event", "of_event", is_flag=True, help="It is the id of an event, be it a number.")
@click.option("--json", "as_json", is_flag=True, help="The receipt and the explanations as JSON.")
@click.pass_context
def explain_command(
    context: click.Context,
    what: str,
    subject: Subject,
    source: str,
    book: str | None,
    of_event: bool,
    as_json: bool,
) -> None:
    """Say why there is an entry, or what an event did.

    Of an event it also says why it didn't do more.

    It is read from STORE, or from EVENTS that are scored by BOOK. A number is that of an entry, as score --ledger and statement --json show it; if there is no such
    entry, or it isn't told, it is the id of an event. Where there are both, it is the entry, and that there is such an event is told beside.
    """
    with engine_of(subject, source, book) as (engine, poured):
        receipt, explanations = (_event if of_event else _found)(engine, what)
    if as_json:
        say_json(
            {
                "receipt": receipt and receipt_json(receipt),
                "explanations": [explanation_json(each) for each in explanations],
            }
        )
    else:
        say("\n\n".join([str(receipt)] * bool(receipt) + [str(each) for each in explanations]))
    context.exit(1 if poured.rejected else 0)


def _found(engine: Engine, what: str) -> tuple[Receipt | None, list[Explanation]]:
    """The explanation of one entry, or the receipt of an event with those of all its entries that may be read.

    Raises:
        UnknownName: there is neither.
        Withheld: there is the entry, which isn't told, and no such event.
    """
    number, no_entry = what.removeprefix("#"), None
    if number.isascii() and number.isdigit() and len(number) < 20:
        try:
            found = engine.explain(int(number))
        except (UnknownName, Withheld) as error:  # then it may be the id of an event
            no_entry = error
        else:
            _tell_of_event(engine, what)
            return None, [found]
    try:
        return _event(engine, what)
    except UnknownName as error:
        if no_entry is None:
            raise
        raise type(no_entry)(f"{no_entry}; {error}") from None


def _tell_of_event(engine: Engine, what: str) -> None:
    """Say that an event has the number of an entry for its id, if one does."""
    with suppress(UnknownName):
        engine.receipt(what)
        tell(
            f"{what} is the id of an event, too; what that did: wiifm explain --event {quote(what)} ..."
        )


def _event(engine: Engine, what: str) -> tuple[Receipt, list[Explanation]]:
    """The receipt of an event, with the explanations of all its entries that may be read.

    Raises:
        UnknownName: no such event was recorded.
    """
    return engine.receipt(what), list(_may_be_read(engine, what))


def _may_be_read(engine: Engine, event: str) -> Iterator[Explanation]:
    """The explanations of the entries of an event, but for those of units and communities that aren't told."""
    for entry in engine.entries_of(event):
        with suppress(Withheld):
            yield engine.explain(entry)


def receipt_json(found: Receipt) -> Json:
    """A receipt as JSON; its entries by their numbers."""
    return {
        "event": found.event,
        "status": found.status,
        "why": found.why or None,
        "entries": [each.no for each in found.entries],
        "refusals": [
            {
                "holder": each.holder and each.holder.as_json(),
                "rule": each.rule,
                "reason": each.reason,
                "detail": each.detail,
                **({} if each.event == found.event else {"event": each.event}),
            }
            for each in found.refusals
        ],
        "awards": [_whole_award(each) for each in found.awards],
        "withdrawn": [_whole_award(each) for each in found.withdrawn],
    }


def _whole_award(found: Award) -> Json:
    return {"holder": found.holder.as_json(), "badge": found.badge, **reasoned_json(found)}


def explanation_json(found: Explanation) -> Json:
    """An explanation as JSON: the entry, the events behind it, and what it corrects or is corrected by."""
    return {
        "entry": found.entry.as_json(),
        "event": found.event.as_json(),
        "because": found.because.as_json(),
        "means": found.means or None,
        "corrects": found.corrects and found.corrects.as_json(),
        "corrections": [each.as_json() for each in found.corrections],
    }
