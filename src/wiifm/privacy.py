"""Decides what readings may reveal about members to others. No other module does.

Under a rule book with ``individuals = false``, no reading ranks members or names one to another. What the platform itself recorded (events,
the ledger, receipts, notices) isn't a reading, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Self

from attrs import define, evolve, field

from wiifm.accounts import Gain
from wiifm.accounts import sentence as filled_in
from wiifm.campaigns import Closing
from wiifm.events import Event
from wiifm.explanation import Explanation
from wiifm.faults import WiifmError
from wiifm.ledger import Amount, Award, Entry, Holder, Standing
from wiifm.pseudonyms import Numbered
from wiifm.records import Booked
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rules import MENTORS

if TYPE_CHECKING:
    from wiifm.words.speech import Speech

SOMEBODY = "somebody"
"""What stands in place of a member who isn't named."""


class Withheld(WiifmError):
    """The rule book doesn't allow this reading, or not of this holder.

    >>> raise Withheld("no leaderboards")
    Traceback (most recent call last):
    wiifm.privacy.Withheld: no leaderboards
    """


def check_may_rank(book: RuleBook) -> None:
    """Check that members may be ranked.

    Raises:
        Withheld: the book says ``individuals = false``.
    """
    if not book.individuals:
        raise Withheld(
            f"the rule book {book.id!r} says individuals = false: there is no reading that ranks members; "
            "ask for one member's standing or statement"
        )


def check_fewest(book: RuleBook, fewest: int) -> None:
    """Check that figures of as few as ``fewest`` persons may be shown.

    Raises:
        Withheld: the book says ``individuals = false``, and its own ``fewest`` is higher.
    """
    if not book.individuals and fewest < book.fewest:
        raise Withheld(
            f"the rule book {book.id!r} says individuals = false: no figure may be of fewer than {book.fewest} persons, "
            "by its key 'fewest'"
        )


def withheld_groups(
    persons: Mapping[str, Collection[str]], fewest: int, anyway: Collection[str] = ()
) -> set[str]:
    """Return the groups that must be withheld, of some groups of persons.

    These are the groups of fewer than ``fewest`` persons, and those named in ``anyway``. If all of them together have fewer persons than that,
    the next smallest group is withheld, too, so that nobody can compute a figure of too few persons by subtracting the others from the
    total.

    >>> sorted(withheld_groups({"a": "pqrstu", "b": "klmno", "c": "j"}, 5))
    ['b', 'c']
    """
    found = {name for name, each in persons.items() if name in anyway or len(each) < fewest}
    rest = sorted(persons.keys() - found, key=lambda name: (len(persons[name]), name))
    if found and len(set().union(*(persons[name] for name in found))) < fewest:
        found.update(rest[:1])
    return found


def readable(
    book: RuleBook, standings: Iterable[Standing], few: Collection[Holder]
) -> list[Standing]:
    """Filter standings by whether anybody may read them.

    Under ``individuals = false``, these are the standings of units and communities, except for those in ``few``.
    """
    return [
        standing_for_holder(book, each)
        for each in standings
        if book.individuals or not (each.holder.kind == "member" or each.holder in few)
    ]


@define
class Names:
    """What other members are called in a reading for one member: by their ids, or under ``individuals = false`` by numbers.

    ``member`` is the reader, who is always named; None if anybody may read. ``numbers`` has the names given so far: a member keeps
    their number throughout a reading.

    >>> names = Names(RuleBook.parse("[book]\\nid = 'b'\\nindividuals = false"), "ann")
    >>> [names.of(each) for each in ("raj", "noor", "raj", "ann", None)]
    ['colleague 1', 'colleague 2', 'colleague 1', 'ann', None]
    """

    book: RuleBook
    member: str | None
    numbers: dict[str, Numbered] = field(factory=dict)

    @classmethod
    def to(cls, book: RuleBook, holder: Holder) -> Self:
        """Return the names for a reading by a holder; what concerns a unit or a community is for anybody to read."""
        return cls(book, holder.id if holder.kind == "member" else None)

    def of(self, person: str | None) -> str | None:
        """Return what a member is called."""
        if person is None or person == self.member or self.book.individuals:
            return person
        return self.numbers.setdefault(person, Numbered(len(self.numbers) + 1))

    def key(self, badge: str, key: str | None) -> str | None:
        """Return the key of an award of a badge, renamed if it is a member."""
        found = all_badges(self.book).get(badge)
        return self.of(key) if found is not None and found.by_person else key

    def award(self, award: Award) -> Award:
        """Return an award that names no other member."""
        what = self.key(award.badge, award.key)
        which = tuple(what if each == award.key else each for each in award.occurrence)
        return award if what == award.key else evolve(award, key=what, occurrence=which)

    def entry(self, entry: Entry, row: Booked) -> Entry:
        """Return an entry whose sentence names no other member."""
        if self.book.individuals:
            return entry
        return evolve(entry, say=self._said(row, entry.amount))

    def line(self, line: Gain, row: Booked) -> Gain:
        """Return a statement's line of a ledger row, whose sentence names no other member."""
        return line if self.book.individuals else line._replace(say=self._said(row, line.amount))

    def _said(self, row: Booked, amount: Amount) -> str:
        """The sentence of a row, which names no other member; the rule's id, for a row of an earlier book without a sentence."""
        event, grant = row[1], row[2]
        words = row[4] or {}
        from_rule = {key: name for key, name in words.items() if key == "recipient"}
        people = {**self._people(event), **from_rule}
        said = {**words, **self._hidden(people)}
        plain = filled_in((row[0], event, grant, row[3], said), str(amount))
        return plain if grant.say else grant.rule

    def sentence(self, entry: Entry, row: Booked, s: Speech) -> str:
        """Return the sentence of an entry in a language; if another book made the entry, as it was recorded."""
        event, grant = row[1], row[2]
        if not grant.say or entry.book != self.book.digest:
            return s.former(self.entry(entry, row).say)
        words = row[4] or {}
        people = {**self._people(event), "recipient": words.get("recipient", event.recipient)}
        called = {
            key: s.person(str(name))
            if name and (self.book.individuals or name == self.member)
            else s(SOMEBODY)
            for key, name in people.items()
        }
        if grant.slot[1] in MENTORS:
            called["mentor"] = s.person(entry.holder.id)
        say = s(grant.say)
        if say != grant.say:  # translated: so are the type of the object and the numbers
            kind = words.get("object_type") or "contribution"
            called["object_type"] = s.called("object", str(kind))
            called |= {key: s.number(n) for key, n in event.data.items() if type(n) is float}
        row = (row[0], event, evolve(grant, say=say), row[3], {**words, **called})
        return filled_in(row, s.number(entry.amount))

    def event(self, event: Event) -> Event:
        """Return an event that names no other member."""
        if self.book.individuals:
            return event
        hidden = self._hidden(self._people(event))
        data = {**event.data, **{key: name for key, name in hidden.items() if key in event.data}}
        who = {key: hidden.get(key, getattr(event, key)) for key in ("actor", "recipient")}
        return evolve(event, **who, data=data)

    def _people(self, event: Event) -> dict[str, object]:
        """The members that an event names, by key: the actor, the recipient, and in a profile the manager."""
        found: dict[str, object] = {"actor": event.actor, "recipient": event.recipient}
        if self.book.types[event.type].profiles:
            found["manager"] = event.data.get("manager")
        return found

    def _hidden(self, people: Mapping[str, object]) -> dict[str, str]:
        """The replacements for other members among some people."""
        return {key: SOMEBODY for key, name in people.items() if name not in (None, self.member)}


def without_places(book: RuleBook, closing: Closing) -> Closing:
    """Return a closing as anybody may read it: without the places of members, if members may not be ranked."""
    return closing if book.individuals else evolve(closing, places=())


def standing_for_holder(book: RuleBook, standing: Standing) -> Standing:
    """Return a standing as its holder may read it: under ``individuals = false``, it names no other member."""
    if book.individuals:
        return standing
    names = Names.to(book, standing.holder)
    return evolve(standing, badges=tuple(map(names.award, standing.badges)))


def explanation_for_holder(
    book: RuleBook, found: Explanation, rows: dict[int, Booked]
) -> Explanation:
    """Return an explanation as the holder of the entry may read it.

    Args:
        book: says whether other members may be named.
        found: the whole explanation.
        rows: the rows of its entries, by number.
    """
    names = Names.to(book, found.entry.holder)
    return evolve(
        found,
        entry=names.entry(found.entry, rows[found.entry.no]),
        event=names.event(found.event),
        because=names.event(found.because),
        corrects=found.corrects and names.entry(found.corrects, rows[found.corrects.no]),
        corrections=tuple(names.entry(each, rows[each.no]) for each in found.corrections),
    )
