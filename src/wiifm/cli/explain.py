"""``wiifm explain``: explain an entry of the ledger, or what an event did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from shlex import quote

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.output import Json, json_option, sourced_award_json, write, write_error, write_json
from wiifm.cli.store import BOOK_OPTION
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
@BOOK_OPTION
@click.option("--event", "of_event", is_flag=True, help="Take a number as the id of an event, too.")
@json_option("the receipt and the explanations")
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
    """Explain an entry of the ledger, or what an event did.

    For an event it also says why the event didn't do more. It reads a STORE, or scores EVENTS by BOOK.

    NUMBER is the number of an entry, as in score --ledger and statement --json. If there is no such entry, or nobody may read it, it is taken as
    the id of an event.

    \b
    Examples:
      wiifm explain '#7' sqlite:///acme.db
      wiifm explain k1 acme.toml may.jsonl
    """
    with engine_of(subject, source, book) as (engine, poured):
        receipt, explanations = (_event if of_event else _entry_or_event)(engine, what)
    if as_json:
        write_json(
            {
                "receipt": receipt and receipt_json(receipt),
                "explanations": [explanation_json(each) for each in explanations],
            }
        )
    else:
        write("\n\n".join([str(receipt)] * bool(receipt) + [str(each) for each in explanations]))
    context.exit(1 if poured.rejected else 0)


def _entry_or_event(engine: Engine, what: str) -> tuple[Receipt | None, list[Explanation]]:
    """The explanation of one entry, or the receipt of an event with those of all its entries that may be read.

    Raises:
        UnknownName: there is no such entry and no such event.
        Withheld: there is such an entry, but nobody may read it, and no such event.
    """
    number, no_entry = what.removeprefix("#"), None
    if number.isascii() and number.isdigit() and len(number) < 20:
        try:
            found = engine.explain(int(number))
        except (UnknownName, Withheld) as error:  # it may still be the id of an event
            no_entry = error
        else:
            _mention_event(engine, what)
            return None, [found]
    try:
        return _event(engine, what)
    except UnknownName as error:
        if no_entry is None:
            raise
        raise type(no_entry)(f"{no_entry}; {error}") from None


def _mention_event(engine: Engine, what: str) -> None:
    """Say on standard error that there is an event whose id is the number of the entry, too."""
    with suppress(UnknownName):
        engine.receipt(what)
        write_error(
            f"{what} is the id of an event, too; what that did: wiifm explain --event {quote(what)} ..."
        )


def _event(engine: Engine, what: str) -> tuple[Receipt, list[Explanation]]:
    """The receipt of an event, with the explanations of all its entries that may be read.

    Raises:
        UnknownName: no such event was recorded.
    """
    return engine.receipt(what), list(_may_be_read(engine, what))


def _may_be_read(engine: Engine, event: str) -> Iterator[Explanation]:
    """The explanations of the entries for an event, without those of units and communities that nobody may read."""
    for entry in engine.entries_of(event):
        with suppress(Withheld):
            yield engine.explain(entry)


def receipt_json(found: Receipt) -> Json:
    """A receipt as JSON, with the numbers of its entries."""
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
        "awards": [_held_award_json(each) for each in found.awards],
        "withdrawn": [_held_award_json(each) for each in found.withdrawn],
    }


def _held_award_json(found: Award) -> Json:
    return {"holder": found.holder.as_json(), "badge": found.badge, **sourced_award_json(found)}


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
