"""What readings are asked for: names and moments from outside, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import inf
from typing import get_args

from wiifm.event_types import ACTS, Act
from wiifm.events import LONGEST_NAME, LONGEST_TEXT, YEARS, is_text, text_fault
from wiifm.faults import (
    Fault,
    InvalidInput,
    UnknownName,
    literal,
    nearest,
    short,
    unknown_key,
)
from wiifm.ledger import Holder, HolderKind
from wiifm.memory import Memory
from wiifm.rulebook.book import RuleBook, all_badges

KINDS: tuple[HolderKind, ...] = get_args(HolderKind)


def check_name(what: str, name: object) -> None:
    """Complain about what no event can name: a store is asked for nothing that it couldn't keep.

    A unit is what a profile says in a field: that may be empty, and as long as any text.

    >>> check_name("member", "ann" + chr(0))
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: member: found 'ann\\x00' with NUL in it, which no store keeps, expected a text of 1 to 256 characters

    Raises:
        InvalidInput: it is no text, an empty or too long one, or has a character that no store keeps.
    """
    unit = what == "unit"
    if unit and name == "":
        return
    if fault := text_fault(what, name, LONGEST_TEXT if unit else LONGEST_NAME):
        raise InvalidInput([fault])


def check_known(what: str, name: object, names: Iterable[str]) -> None:
    """Complain about a name that the book doesn't have.

    >>> check_known("purse", "point", ["points"])
    Traceback (most recent call last):
    wiifm.faults.UnknownName: purse 'point': the book has points; did you mean 'points'?

    Raises:
        UnknownName: it is none of ``names``.
    """
    found = list(names)
    if name not in found:
        told = f"{what} {literal(name)}: the book has {', '.join(found) or 'none'}"
        raise UnknownName(told, nearest(str(name), found))


def rules_of(book: RuleBook) -> list[str]:
    """What the ledger's entries may be by: the rules of a book, and the bonuses of its badges and levels."""
    return [*book.rules, *(f"badge:{name}" for name in all_badges(book))]


def check_keys(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Complain about keys of what is asked for that aren't known: they would say nothing.

    >>> check_keys("what a report is asked for", ["fewst"], ["fewest", "named"])
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: fewst: found an unknown key, expected what a report is asked for; did you mean 'fewest'?

    Raises:
        InvalidInput: with all of them.
    """
    names = [*known]
    wrong = [key for key in given if key not in names]
    if wrong:
        raise InvalidInput(unknown_key(str(key), str(key), what, names) for key in wrong)


def check_moment(name: str, moment: datetime | None) -> None:
    """Complain about what is no date and time with its UTC offset.

    Raises:
        InvalidInput: it is none, and not None.
    """
    if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
        expected = "a datetime with its UTC offset, such as datetime(2026, 5, 1, tzinfo=UTC)"
        raise InvalidInput([Fault(name, short(moment), expected)])


def check_report_arguments(
    since: datetime | None, until: datetime | None, minutes: Mapping[Act, float] | None
) -> None:
    """Complain about a time that has no beginning or end in time, or ends before all times, and about minutes that no act can save.

    Raises:
        InvalidInput: what is wrong.
    """
    check_moment("since", since)
    check_moment("until", until)
    if until is not None and until.year < YEARS.start:
        expected = f"a time from {YEARS.start} on: no event is earlier"
        raise InvalidInput([Fault("until", short(until), expected)])
    if not isinstance(minutes or {}, Mapping):
        raise InvalidInput([Fault("minutes", short(minutes), "a number of minutes for each act")])
    for act, number in (minutes or {}).items():
        where = f"minutes, {act!r}"
        if act not in ACTS:
            raise InvalidInput(
                [Fault(where, "no act", "one of " + ", ".join(ACTS), nearest(act, ACTS))]
            )
        if type(number) not in (int, float) or not 0 <= number < inf:
            raise InvalidInput([Fault(where, short(number), "a number of minutes, 0 or more")])


def clamp(moment: datetime | None) -> datetime | None:
    """A moment; the nearest one at which there may be an event, where there may be none.

    >>> clamp(datetime(9999, 12, 31, tzinfo=UTC))
    datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if moment is None or moment.year in YEARS:
        return moment
    return datetime(YEARS.start if moment.year < YEARS.start else YEARS.stop, 1, 1, tzinfo=UTC)


def holder_of(found: str | Holder) -> Holder:
    """A holder; a name alone is a member's.

    Raises:
        InvalidInput: no event can name it, or it is of no kind.
    """
    holder = found if isinstance(found, Holder) else Holder("member", found)
    if holder.kind not in KINDS:
        raise InvalidInput(
            [Fault("holder", f"the kind {literal(holder.kind)}", " or ".join(KINDS))]
        )
    check_name(holder.kind, holder.id)
    return holder


def credited_member(memory: Memory, name: str) -> Holder:
    """The member of a name.

    Raises:
        UnknownName: they did nothing, and no event credits them or could have; with who may have been meant,
            where members may be named.
    """
    told = f"member {literal(name)}: no event credits them or could have"
    if not is_text(name):
        raise UnknownName(told)
    if memory.knows(Holder("member", name)) or memory.deeds.first_by(name) is not None:
        return Holder("member", name)
    for kind in KINDS[1:]:
        if memory.knows(Holder(kind, name)):
            raise UnknownName(f"{told}; there is a {kind} of this name")
    near = memory.members_near(name) if memory.book.individuals else ()
    raise UnknownName(told, nearest(name, near))


def recorded_event(memory: Memory, name: str) -> str:
    """The id of an event that was recorded.

    Raises:
        UnknownName: none was, with which may have been meant.
    """
    told = f"event {literal(name)}: none with this id was recorded"
    if not is_text(name):
        raise UnknownName(told)
    if name in memory.log.events:
        return name
    raise UnknownName(told, nearest(name, memory.events_near(name)))
