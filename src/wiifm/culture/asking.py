"""What may be asked of the report: checked where it is made, and by whoever will ask for the same again and again, beforehand."""

from __future__ import annotations

from datetime import datetime

from wiifm import asked
from wiifm.culture.nouns import Asked
from wiifm.faults import Fault, InvalidInput, nearest, short
from wiifm.privacy import may_be_of, may_rank
from wiifm.rulebook.book import RuleBook


def check(book: RuleBook, since: datetime | None, until: datetime | None, asking: Asked) -> None:
    """Complain about what can't be asked for.

    >>> check(RuleBook.parse("[book]\\nid = 'b'\\nindividuals = false"), None, None, {"fewest": 2})
    Traceback (most recent call last):
    wiifm.privacy.Withheld: the rule book 'b' says individuals = false: no figure is told that is of fewer than 5 persons, as its key 'fewest' has it

    Raises:
        InvalidInput: a time or minutes that are none, ``fewest`` is no number of persons, or the book has no such purse.
        Withheld: names are asked for, or figures of fewer persons than the book says, and it says ``individuals = false``.
    """
    asked.told(since, until, asking.get("minutes"))
    purse = asking.get("purse")
    if purse is not None and purse not in book.purses:
        raise InvalidInput(
            [
                Fault(
                    "purse",
                    short(purse),
                    "one of " + ", ".join(book.purses),
                    nearest(purse, book.purses),
                )
            ]
        )
    fewest = asking.get("fewest", book.fewest)
    if type(fewest) is not int or fewest < 1:
        raise InvalidInput([Fault("fewest", short(fewest), "a number of persons, 1 or more")])
    may_be_of(book, fewest)
    if asking.get("named"):
        may_rank(book)
