"""Checks the arguments of a report, when it is made, or beforehand by those who will ask for it repeatedly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from wiifm import arguments
from wiifm.culture.nouns import Asked
from wiifm.events import is_text, text_fault
from wiifm.faults import Fault, InvalidInput, short
from wiifm.privacy import check_fewest, check_may_rank
from wiifm.rulebook.book import RuleBook


def check(book: RuleBook, since: datetime | None, until: datetime | None, asking: Asked) -> None:
    """Check the arguments of a report.

    >>> check(RuleBook.parse("[book]\\nid = 'b'\\nindividuals = false"), None, None, {"fewest": 2})
    Traceback (most recent call last):
    wiifm.privacy.Withheld: the rule book 'b' says individuals = false: no figure may be of fewer than 5 persons, by its key 'fewest'

    Raises:
        InvalidInput: an unknown key, a wrong period, wrong minutes, ``units`` or ``managers`` that don't map members to names, or a
            ``fewest`` that isn't a number of persons.
        UnknownName: the book has no such purse.
        Withheld: the book says ``individuals = false``, and names are asked for, or figures about fewer persons than it allows.
    """
    arguments.check_keys("an option of a report", asking, Asked.__optional_keys__)
    arguments.check_report_arguments(since, until, asking.get("minutes"))
    if (purse := asking.get("purse")) is not None:
        arguments.check_known("purse", purse, book.purses)
    _check_places(asking)
    fewest = fewest_of(book, asking)
    if type(fewest) is not int or fewest < 1:
        raise InvalidInput([Fault("fewest", short(fewest), "a number of persons, 1 or more")])
    check_fewest(book, fewest)
    if type(named := asking.get("named", False)) is not bool:
        raise InvalidInput([Fault("named", short(named), "true or false")])
    if named:
        check_may_rank(book)


def fewest_of(book: RuleBook, asking: Asked) -> int:
    """Return how many persons must be behind each figure.

    >>> fewest_of(RuleBook.load("plugin:sharing"), {"fewest": 3})
    3
    """
    found = asking.get("fewest")
    return book.fewest if found is None else found


def _check_places(asking: Asked) -> None:
    """Check that ``units`` and ``managers`` map members to names."""
    for key in ("units", "managers"):
        found: object = asking.get(key)
        if found is None:
            continue
        if not isinstance(found, Mapping):
            raise InvalidInput([Fault(key, short(found), "a name for each member")])
        for member, name in found.items():
            if not is_text(member) or not is_text(name):
                faults = (
                    text_fault(f"{key}, a member", member),
                    text_fault(f"{key}, {short(member)}", name),
                )
                raise InvalidInput(filter(None, faults))
