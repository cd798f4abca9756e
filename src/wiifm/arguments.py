"""Checks and converts the arguments of readings: names, moments, periods and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import inf

from wiifm.deeds import Named
from wiifm.event_types import ACTS, Act
from wiifm.events import YEARS, Event, is_text, text_fault
from wiifm.faults import (
    Fault,
    InvalidInput,
    UnknownName,
    literal,
    nearest,
    short,
    unknown_key,
)
from wiifm.ledger import KINDS, Holder, HolderKind
from wiifm.memory import Memory
from wiifm.rulebook.book import RuleBook, all_badges


def checked_book(book: object, what: str = "book") -> RuleBook:
    """Return a rule book. ``what`` is how the message calls the argument.

    Raises:
        InvalidInput: it isn't one.
    """
    if not isinstance(book, RuleBook):
        raise InvalidInput([Fault(what, short(book), "a RuleBook, such as RuleBook.load(...)")])
    return book


def check_name(what: str, name: object) -> None:
    """Check that an event can have a name, so that no store is asked for what it can't keep.

    A unit comes from a field of a profile, so its name may be empty. ``what`` is how the message calls the argument.

    >>> check_name("member", "ann" + chr(0))
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: member: found 'ann\\x00' with NUL in it, which no store keeps, expected a text of 1 to 256 characters

    Raises:
        InvalidInput: it isn't a text, is empty or too long, or has a character that no store keeps.
    """
    if what == "unit" and name == "":
        return
    if fault := text_fault(what, name):
        raise InvalidInput([fault])


def check_known(what: str, name: object, names: Iterable[str]) -> None:
    """Check that the book has a name.

    >>> check_known("purse", "point", ["points"])
    Traceback (most recent call last):
    wiifm.faults.UnknownName: purse 'point': the book has points; did you mean 'points'?

    Raises:
        UnknownName: it isn't one of ``names``. The message suggests the nearest.
    """
    found = list(names)
    if name not in found:
        message = f"{what} {literal(name)}: the book has {', '.join(found) or 'none'}"
        raise UnknownName(message, nearest(str(name), found))


def rules_of(book: RuleBook) -> list[str]:
    """Return the rules that ledger entries may have under a book: its rules, and the bonuses of its badges and levels."""
    return [*book.rules, *(f"badge:{name}" for name in all_badges(book))]


def check_keys(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Check that all keys are known, since others would be ignored. ``what`` is how the message calls the known keys.

    >>> check_keys("an option of a report", ["fewst"], ["fewest", "named"])
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: fewst: found an unknown key, expected an option of a report; did you mean 'fewest'?

    Raises:
        InvalidInput: some aren't known; with a fault for each.
    """
    names = [*known]
    wrong = [key for key in given if key not in names]
    if wrong:
        raise InvalidInput(unknown_key(str(key), str(key), what, names) for key in wrong)


def check_count(what: str, found: object, least: int) -> None:
    """Check that a number is whole, and not too small.

    >>> check_count("limit", 0, least=1)
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: limit: found 0, expected a whole number, 1 or more

    Raises:
        InvalidInput: it is anything else.
    """
    if type(found) is not int or found < least:
        raise InvalidInput([Fault(what, short(found), f"a whole number, {least} or more")])


def check_moment(name: str, moment: datetime | None) -> None:
    """Check that a moment is a datetime with its UTC offset, or None.

    Raises:
        InvalidInput: it is anything else.
    """
    if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
        expected = "a datetime with its UTC offset, such as datetime(2026, 5, 1, tzinfo=UTC)"
        raise InvalidInput([Fault(name, short(moment), expected)])


def check_report_arguments(
    since: datetime | None, until: datetime | None, minutes: Mapping[Act, float] | None
) -> None:
    """Check the period of a statement or report, and the minutes that each act is assumed to save.

    Raises:
        InvalidInput: a bound isn't a datetime with its UTC offset, the period ends before any event can be, or the minutes are for no act or aren't a
            number from 0 on.
    """
    check_moment("since", since)
    check_moment("until", until)
    if until is not None and until.year < YEARS.start:
        expected = f"a moment from {YEARS.start} on: no event is earlier"
        raise InvalidInput([Fault("until", short(until), expected)])
    if not isinstance(minutes or {}, Mapping):
        raise InvalidInput(
            [Fault("minutes", short(minutes), "a mapping of acts to numbers of minutes")]
        )
    for act, number in (minutes or {}).items():
        where = f"minutes, {act!r}"
        if act not in ACTS:
            raise InvalidInput(
                [Fault(where, "no act", "one of " + ", ".join(ACTS), nearest(act, ACTS))]
            )
        if type(number) not in (int, float) or not 0 <= number < inf:
            raise InvalidInput([Fault(where, short(number), "a number of minutes, 0 or more")])


def clamp(moment: datetime | None) -> datetime | None:
    """Return a moment, moved into the years in which there may be events.

    >>> clamp(datetime(9999, 12, 31, tzinfo=UTC))
    datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if moment is None or moment.year in YEARS:
        return moment
    return datetime(YEARS.start if moment.year < YEARS.start else YEARS.stop, 1, 1, tzinfo=UTC)


def holder_of(found: str | Holder) -> Holder:
    """Return the holder of an argument; a name alone is a member's.

    Raises:
        InvalidInput: the kind of holder doesn't exist, or no event can have the name.
    """
    holder = found if isinstance(found, Holder) else Holder("member", found)
    if holder.kind not in KINDS:
        raise InvalidInput(
            [Fault("holder", f"the kind {literal(holder.kind)}", " or ".join(KINDS))]
        )
    check_name(holder.kind, holder.id)
    return holder


def member_of(what: str, found: str | Holder) -> str:
    """Return the name of the member that an argument means: a name, or the holder that a reading returned.

    >>> member_of("member", Holder("member", "ann"))
    'ann'
    >>> member_of("member", Holder("unit", "Sales"))
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: member: found the unit 'Sales', expected a member

    Raises:
        InvalidInput: it is a unit or a community, or no event can have the name. ``what`` is how the message calls the argument.
    """
    if not isinstance(found, Holder):
        check_name(what, found)
        return found
    holder = holder_of(found)
    if holder.kind != "member":
        place = f"the {holder.kind} {literal(holder.id)}"
        raise InvalidInput([Fault(what, place, "a member")])
    return holder.id


def group_of(kind: HolderKind, found: str | Holder | None) -> str | None:
    """Return the name of the unit or the community that an argument means: a name, the holder that a reading returned, or None.

    >>> group_of("unit", Holder("unit", "Sales")), group_of("unit", "Sales"), group_of("unit", None)
    ('Sales', 'Sales', None)

    Raises:
        InvalidInput: it is a holder of another kind.
    """
    if not isinstance(found, Holder):
        return found
    if found.kind != kind:
        place = f"the {found.kind} {literal(found.id)}"
        raise InvalidInput([Fault(kind, place, f"a {kind}")])
    return found.id


def id_of(event: str | Event) -> str:
    """Return the id of the event that an argument means: an id, or an event.

    >>> id_of("e1")
    'e1'
    """
    return event.id if isinstance(event, Event) else event


def credited_member(memory: Memory, found: str | Holder) -> Holder:
    """Return the member of a name.

    Raises:
        UnknownName: the member did nothing, and no event credits them or could have. The message suggests the nearest name, if members
            may be named.
        InvalidInput: it is the holder of a unit or a community.
    """
    name = member_of("member", found) if isinstance(found, Holder) else found
    unknown = f"member {literal(name)}: no event credits them or could have"
    if not is_text(name):
        raise UnknownName(unknown)
    if memory.knows(Holder("member", name)) or memory.deeds.first_by(name) is not None:
        return Holder("member", name)
    for kind in KINDS[1:]:
        if memory.knows(Holder(kind, name)):
            raise UnknownName(f"{unknown}; there is a {kind} of this name")
    near = memory.members_near(name) if memory.book.individuals else ()
    raise UnknownName(unknown, nearest(name, near))


def recorded_event(memory: Memory, event: str | Event) -> str:
    """Return the id of an event that was recorded.

    Raises:
        UnknownName: no event with this id was recorded. The message suggests the nearest id.
    """
    name = id_of(event)
    unknown = f"event {literal(name)}: none with this id was recorded"
    if not is_text(name):
        raise UnknownName(unknown)
    if name in memory.log.events:
        return name
    raise UnknownName(unknown, nearest(name, memory.events_near(name)))


def check_named(memory: Memory, kind: Named, name: str) -> None:
    """Check that any event names a community, a unit or a topic. It reads the whole log.

    Raises:
        UnknownName: none does. The message suggests the nearest name.
    """
    names = memory.deeds.names_of(kind)
    if name not in names:
        raise UnknownName(f"{kind} {literal(name)}: no event names it", nearest(name, names))
