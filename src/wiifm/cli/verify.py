"""``wiifm verify``: verify that a store holds what its events give."""

from __future__ import annotations

from collections.abc import Iterable

import click
from attrs import asdict

from wiifm.cli.output import json_option, write, write_json
from wiifm.cli.store import BOOK_OPTION, STORE, open_with_given_book
from wiifm.criteria import Measure
from wiifm.faults import origin, short
from wiifm.rule_kinds import RuleKind
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import measures_used
from wiifm.upkeep.compare_rows import Difference
from wiifm.upkeep.proof import noted_fault, verify, verify_by_kept_book

_REPAIR = (
    "the chain holds: wiifm rescore STORE BOOK, with the same rule book, repairs this and appends the corrections "
    "that are due"
)
_MAY_BE_IMPURE = (
    "it may come from {}, changed without a new version or not pure: if something differs again after rescoring, "
    "test it with RuleContract of wiifm.testing"
)
_RESTORE = "the chain is broken: restore a backup"
_NOT_ITS_LINK = (
    "the chain holds, but none of its commits has the link that you gave: it is the link of another store; or this store was "
    "restored from a backup of before you noted it; or somebody rewrote the whole chain. The store alone can't tell which: "
    "see of which store and when you noted the link, and compare with a backup"
)


def _checked_link(_: click.Context, __: click.Parameter, link: str | None) -> str | None:
    """A callback that refuses what was never the link of a commit: the store isn't to blame for a typing error."""
    if noted_fault(link):
        message = (
            f"found {short(link)}, expected the 64 hexadecimal digits that wiifm verify printed"
        )
        raise click.BadParameter(message + ("" if link else "; without one, leave --link out"))
    return link


def functions_behind(book: RuleBook, differences: Iterable[Difference]) -> list[str]:
    """The functions of plugins by which the rules that differ decide, as messages name them.

    A row that isn't of one rule of the book, such as that of a badge or of a holder, may be due to any of them.
    """
    found: dict[str, None] = {}
    for each in differences:
        one = book.rules.get(each.rule or "")
        rules = [*book.rules.values()] if one is None else [one]
        judging = {rule.judged.by for rule in rules if rule.judged}
        for rule in rules:
            if kind := book.kinds.get(rule.kind or ""):
                found[f"the rule kind {kind.name}{_by(kind)}"] = None
            if rule.test:
                found[f"the test {origin(rule.test)} of the rule {rule.id}"] = None
        for name in sorted(measures_used(book) if one is None else judging):
            if measure := book.measures.get(name):
                found[f"the measure {name}{_by(measure)}"] = None
    return list(found)


def _by(function: RuleKind | Measure) -> str:
    return f" of {function.by}" if function.by else ""


@click.command("verify")
@STORE
@BOOK_OPTION
@click.option(
    "--link",
    metavar="LINK",
    callback=_checked_link,
    help="The link that an earlier run printed, and that you noted.",
)
@json_option()
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
        if given is None:
            found, by = verify_by_kept_book(opened, link)
        else:
            found, by = verify(opened, given, link), given
    if as_json:
        write_json(asdict(found))
    else:
        write(str(found))
        if found.can_be_mended:
            write(_REPAIR)
            if by and (suspects := functions_behind(by, found.differences)):
                write(_MAY_BE_IMPURE.format(", ".join(suspects)))
        elif found.chain_is_broken:
            write(_RESTORE)
        elif found.noted_is_missing:
            write(_NOT_ITS_LINK)
    context.exit(1 if found.differences else 0)
