"""``wiifm rescore``: recompute a store by another rule book, or preview what that would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import click
from attrs import asdict, define, field

from wiifm.archive.stored_book import digest_in
from wiifm.cli.books import BOOK, load
from wiifm.cli.output import Json, award_json, json_option, top_option, write, write_json
from wiifm.cli.store import STORE, open_with_given_book
from wiifm.cli.tables import number_column, text_column, write_table
from wiifm.faults import counted
from wiifm.ledger import Amount, number
from wiifm.rulebook.book import RuleBook
from wiifm.upkeep.previewing import Change, preview
from wiifm.upkeep.rescoring import rescore


@click.command("rescore")
@STORE
@BOOK
@click.option(
    "--preview",
    "only_preview",
    is_flag=True,
    help="Show what would change, without changing anything.",
)
@click.option(
    "--was",
    metavar="BOOK",
    help="For a preview: the present rule book of STORE, if it can't be loaded from STORE itself.",
)
@click.option(
    "--folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Keep the work in progress in FOLDER, so that the next run continues it.",
)
@top_option("changes in the preview")
@json_option()
def rescore_command(
    store: str,
    book: str,
    only_preview: bool,
    was: str | None,
    folder: Path | None,
    top: int,
    as_json: bool,
) -> None:
    """Recompute STORE by BOOK, which becomes its rule book.

    Entries of the ledger stay; corrections are appended for the differences. Others can record until BOOK takes over; from then on they need
    BOOK, too.

    \b
    Examples:
      wiifm rescore sqlite:///acme.db tomorrow.toml --preview
      wiifm rescore sqlite:///acme.db tomorrow.toml
    """
    new = load(book)
    with open_with_given_book(store, was) as (opened, before):
        if only_preview:
            changes = Changes(new)
            changes.add(preview(opened, new, before, folder))
            write_json(changes.json(digest_in(opened))) if as_json else changes.show(top)
            return
        done = rescore(opened, new, folder)
    if as_json:
        write_json(asdict(done))
    else:
        write(str(done))


@define
class Changes:
    """The changes of a preview, and their sums by purse, badge and ladder. If the book doesn't name members, only the sums are kept."""

    book: RuleBook
    count: int = 0
    listed: list[Change] = field(factory=list)
    gained: dict[str, list[Amount]] = field(factory=dict)
    lost: dict[str, list[Amount]] = field(factory=dict)
    given: Counter[str] = field(factory=Counter)
    gone: Counter[str] = field(factory=Counter)
    getters: Counter[str] = field(factory=Counter)
    losers: Counter[str] = field(factory=Counter)
    """How many holders would get, or lose, an award of each badge."""
    higher: Counter[str] = field(factory=Counter)
    lower: Counter[str] = field(factory=Counter)
    """How many holders would be on a higher, or lower, level of each ladder."""

    def add(self, changes: Iterable[Change]) -> None:
        """Add changes."""
        for each in changes:
            self.count += 1
            if self.book.individuals:
                self.listed.append(each)
            for purse, amount in each.gains.items():
                (self.gained if amount > 0 else self.lost).setdefault(purse, []).append(amount)
            self.given.update(award.badge for award in each.given)
            self.gone.update(award.badge for award in each.gone)
            self.getters.update({award.badge for award in each.given})
            self.losers.update({award.badge for award in each.gone})
            self._add_levels(each)

    def _add_levels(self, change: Change) -> None:
        """Add the changes of levels. A level that a ladder doesn't have any more is below all that it has."""
        for ladder, found in self.book.ladders.items():
            place = {level: number for number, level in enumerate(found.names)}
            now, then = (
                place.get(each.levels.get(ladder) or "", -1)
                for each in (change.before, change.after)
            )
            self.higher[ladder] += then > now
            self.lower[ladder] += then < now

    def json(self, was: str) -> Json:
        """Everything as JSON; ``was`` is the digest of the present rule book."""
        return {
            "book": self.book.digest,
            "was": was,
            "purses": {
                purse: {
                    "gainers": len(self.gained.get(purse, [])),
                    "gained": number(sum(self.gained.get(purse, []))),
                    "losers": len(self.lost.get(purse, [])),
                    "lost": number(-sum(self.lost.get(purse, []))),
                }
                for purse in sorted({**self.gained, **self.lost})
            },
            "badges": {
                badge: {
                    "getters": self.getters[badge],
                    "given": self.given[badge],
                    "losers": self.losers[badge],
                    "gone": self.gone[badge],
                }
                for badge in sorted({**self.given, **self.gone})
            },
            "levels": {
                ladder: {"higher": self.higher[ladder], "lower": self.lower[ladder]}
                for ladder in self._ladders()
            },
            "changes": [
                _change_json(each) for each in sorted(self.listed, key=lambda each: each.holder)
            ],
        }

    def show(self, top: int) -> None:
        """Print a table of the sums, and the ``top`` largest changes: of levels, then of points."""
        if not self.count:
            write("nothing would change for anybody")
            return
        headers = ("who would gain", "in all", "who would lose", "in all")
        write_table((text_column(""), *map(number_column, headers)), self._sums())
        best = sorted(self.listed, key=_largest_first)[:top]
        for each in best:
            write(str(each))
        total = counted(self.count, "holder")
        rest = f"; --top {len(self.listed)} shows all" if len(best) < len(self.listed) else ""
        write(
            f"{len(best)} of {total} for whom something would change{rest}"
            if rest
            else f"{total} for whom something would change"
        )

    def _sums(self) -> Iterator[tuple[object, ...]]:
        """By purse, badge and ladder: how many would gain, what in all, how many would lose, and what in all."""
        for purse in sorted({**self.gained, **self.lost}):
            gained, lost = self.gained.get(purse, []), self.lost.get(purse, [])
            yield purse, len(gained), _signed(sum(gained)), len(lost), _signed(sum(lost))
        for badge in sorted({**self.given, **self.gone}):
            given, gone = _signed(self.given[badge]), _signed(-self.gone[badge])
            yield f"badge {badge}", self.getters[badge], given, self.losers[badge], gone
        for ladder in self._ladders():
            yield f"level on {ladder}", self.higher[ladder], "", self.lower[ladder], ""

    def _ladders(self) -> list[str]:
        """The ladders on which anybody would be on another level."""
        return sorted(
            ladder for ladder in self.book.ladders if self.higher[ladder] or self.lower[ladder]
        )


def _signed(amount: Amount) -> str:
    return f"{amount:+}" if amount else "0"


def _largest_first(change: Change) -> tuple[object, ...]:
    """Whoever would be on another level comes first, and then whoever's points would change most."""
    same = change.before.levels == change.after.levels
    return same, -sum(abs(Fraction(amount)) for amount in change.gains.values()), change.holder


def _change_json(change: Change) -> Json:
    return {
        "holder": change.holder.as_json(),
        "gains": {purse: number(amount) for purse, amount in change.gains.items()},
        "given": [{"badge": each.badge, **award_json(each)} for each in change.given],
        "gone": [{"badge": each.badge, **award_json(each)} for each in change.gone],
        "levels": {
            ladder: {
                "before": change.before.levels.get(ladder),
                "after": change.after.levels.get(ladder),
            }
            for ladder in {**change.before.levels, **change.after.levels}
            if change.before.levels.get(ladder) != change.after.levels.get(ladder)
        },
    }
