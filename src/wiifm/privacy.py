"""What readings may tell of members to others: decided here, and nowhere else.

A rule book with ``individuals = false`` has no reading that ranks members, and none that names one to another. What the
platform itself recorded (events, the ledger, receipts, notices) is not a reading, and stays as it is.
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
from wiifm.records import Booked
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rules import MENTORS

if TYPE_CHECKING:
    from wiifm.words.speech import Speech

_COUNTED_BY_MEMBER = ("person", "pair")
SOMEBODY = "somebody"
"""Who it was, where nobody is named."""


class Withheld(WiifmError):
    """A reading that the rule book turns off.

    >>> raise Withheld("no leaderboards")
    Traceback (most recent call last):
    wiifm.privacy.Withheld: no leaderboards
    """


def check_may_rank(book: RuleBook) -> None:
    """Complain where members are not to be ranked.

    Raises:
        Withheld: the book says ``individuals = false``.
    """
    if not book.individuals:
        raise Withheld(
            f"the rule book {book.id!r} says individuals = false: there is no reading that ranks members; "
            "ask for one member's standing or statement"
        )


def check_fewest(book: RuleBook, fewest: int) -> None:
    """Complain about figures of fewer persons than the book says.

    Raises:
        Withheld: the book says ``individuals = false``.
    """
    if not book.individuals and fewest < book.fewest:
        raise Withheld(
            f"the rule book {book.id!r} says individuals = false: no figure is told that is of fewer than {book.fewest} persons, "
            "as its key 'fewest' has it"
        )


def withheld_groups(
    persons: Mapping[str, Collection[str]], fewest: int, anyway: Collection[str] = ()
) -> set[str]:
    """Of some groups those that aren't told: of fewer persons, and the next smallest one where they have fewer even together.

    So nobody learns of fewer than ``fewest`` by taking others from the whole. Some may be left out ``anyway``.

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
    """Of the standings of all those that may be told to anybody: where members aren't named, those of units and communities but for few."""
    return [
        standing_for_holder(book, each)
        for each in standings
        if book.individuals or not (each.holder.kind == "member" or each.holder in few)
    ]


@define
class Names:
    """What others are called in what one member is told: by their names, or by numbers where nobody is to be named.

    >>> names = Names(RuleBook.parse("[book]\\nid = 'b'\\nindividuals = false"), "ann")
    >>> [names.of(each) for each in ("raj", "noor", "raj", "ann", None)]
    ['colleague 1', 'colleague 2', 'colleague 1', 'ann', None]
    """

    book: RuleBook
    member: str | None
    numbers: dict[str, str] = field(factory=dict)

    @classmethod
    def to(cls, book: RuleBook, holder: Holder) -> Self:
        """What others are called in what a holder is told; a unit's or a community's is for all to read."""
        return cls(book, holder.id if holder.kind == "member" else None)

    def of(self, person: str | None) -> str | None:
        """What somebody is called."""
        if person is None or person == self.member or self.book.individuals:
            return person
        return self.numbers.setdefault(person, f"colleague {len(self.numbers) + 1}")

    def key(self, badge: str, key: str | None) -> str | None:
        """What a badge is for: an object, a topic, or somebody by what they are called."""
        found = all_badges(self.book).get(badge)
        persons = found is not None and any(part.per in _COUNTED_BY_MEMBER for part in found.asks)
        return self.of(key) if persons else key

    def award(self, award: Award) -> Award:
        """An award that names nobody else."""
        what = self.key(award.badge, award.key)
        which = tuple(what if each == award.key else each for each in award.occurrence)
        return award if what == award.key else evolve(award, key=what, occurrence=which)

    def entry(self, entry: Entry, row: Booked) -> Entry:
        """An entry whose sentence names nobody else."""
        if self.book.individuals:
            return entry
        return evolve(entry, say=self._said(row, entry.amount))

    def line(self, line: Gain, row: Booked) -> Gain:
        """The same of what is told of a row."""
        return line if self.book.individuals else line._replace(say=self._said(row, line.amount))

    def _said(self, row: Booked, amount: Amount) -> str:
        """The sentence of a row that names nobody else; of one of an earlier book, what its rule is called."""
        event, grant = row[1], row[2]
        words = row[4] or {}
        found_out = {key: name for key, name in words.items() if key == "recipient"}
        people = {**self._people(event), **found_out}
        said = {**words, **self._hidden(people)}
        plain = filled_in((row[0], event, grant, row[3], said), str(amount))
        return plain if grant.say else grant.rule

    def sentence(self, entry: Entry, row: Booked, s: Speech) -> str:
        """The sentence of an entry in a language, with others as they are called there; as it was recorded, where another book decided it."""
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
        row = (row[0], event, evolve(grant, say=s(grant.say)), row[3], {**words, **called})
        return filled_in(row, s.number(entry.amount))

    def event(self, event: Event) -> Event:
        """An event that names nobody else."""
        if self.book.individuals:
            return event
        hidden = self._hidden(self._people(event))
        data = {**event.data, **{key: name for key, name in hidden.items() if key in event.data}}
        who = {key: hidden.get(key, getattr(event, key)) for key in ("actor", "recipient")}
        return evolve(event, **who, data=data)

    def _people(self, event: Event) -> dict[str, object]:
        """Whom an event names, by the keys under which it does; a profile says whom somebody reports to, too."""
        found: dict[str, object] = {"actor": event.actor, "recipient": event.recipient}
        if self.book.types[event.type].profiles:
            found["manager"] = event.data.get("manager")
        return found

    def _hidden(self, people: Mapping[str, object]) -> dict[str, str]:
        """What stands in place of others among some people."""
        return {key: SOMEBODY for key, name in people.items() if name not in (None, self.member)}


def without_places(book: RuleBook, closing: Closing) -> Closing:
    """What a closing would come to, as far as it may be told to anybody: without the places of members where these aren't ranked."""
    return closing if book.individuals else evolve(closing, places=())


def standing_for_holder(book: RuleBook, standing: Standing) -> Standing:
    """A standing as its holder may read it."""
    if book.individuals:
        return standing
    names = Names.to(book, standing.holder)
    return evolve(standing, badges=tuple(map(names.award, standing.badges)))


def explanation_for_holder(
    book: RuleBook, found: Explanation, rows: dict[int, Booked]
) -> Explanation:
    """Why there is an entry, as its holder may read it.

    Args:
        book: says whether others are named.
        found: the whole explanation.
        rows: the rows of the entries in it, by number.
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
