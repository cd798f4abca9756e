"""Explains a ledger entry: its event, its rule, and the corrections that followed."""

from __future__ import annotations

from attrs import frozen

from wiifm.accounts import Accounts
from wiifm.events import Event
from wiifm.faults import UnknownName, short
from wiifm.ledger import Entry
from wiifm.log import Log
from wiifm.one_line import one_line
from wiifm.rulebook.book import RuleBook


@frozen(kw_only=True)
class Explanation:
    """Why there is a ledger entry: the event and the rule behind it, and the corrections that followed.

    ``because`` is the event whose arrival caused the entry, such as a retraction; mostly it is ``event`` itself. ``means`` says what the rule is
    for; it is empty if another rule book made the entry. The amounts of ``entry`` and ``corrections`` add up to what still stands.

    >>> from wiifm import Engine, Event, RuleBook
    >>> from datetime import datetime, UTC
    >>> engine = Engine(RuleBook.parse("[book]\\nid='b'\\n[[rule]]\\nid='r'\\non='post.shared'\\npoints=2"))
    >>> post = Event(id="e1", type="post.shared", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="ann", object="p")
    >>> print(str(engine.explain(engine.record(post).entries[0])).splitlines()[0])
    #1  ann  +2 points  r  r
    """

    entry: Entry
    event: Event
    because: Event
    rule: str
    means: str
    corrects: Entry | None
    corrections: tuple[Entry, ...]

    def __str__(self) -> str:
        entry = self.entry
        lines = [
            str(entry),
            f"  event    {self.event}",
            f"  rule     {self.rule} of the rule book {entry.book}"
            + (f": {self.means}" if self.means else ""),
        ]
        if self.because.id != self.event.id:
            lines.append(f"  because  of the later arrival of {self.because}")
        if entry.was == entry.book:
            lines.append("  because  all events were scored again by the same rule book")
        elif entry.was:
            lines.append(f"  because  the rule book {entry.was} was replaced by this one")
        if self.corrects:
            lines.append(f"  corrects {self.corrects}")
        lines += [f"  then     {each}, because of {each.because}" for each in self.corrections]
        return "\n".join(map(one_line, lines))


def explain(book: RuleBook, log: Log, accounts: Accounts, number: object) -> Explanation:
    """Explain the entry with a number.

    Raises:
        UnknownName: there is no such entry.
    """
    if type(number) is not int or not 1 <= number <= len(accounts.rows):
        raise UnknownName(f"entry {short(number)}: there are entries 1 to {len(accounts.rows)}")
    entry, event = accounts.entry(number), accounts.rows[number - 1][1]
    same = {*accounts.of_event(event.id), *accounts.of_grade(number)}
    later = [each for each in sorted(same) if accounts.corrects(each) == number]
    return Explanation(
        entry=entry,
        event=event,
        because=log.events[entry.because],
        rule=entry.rule,
        means=_meaning(book, entry),
        corrects=accounts.entry(entry.corrects) if entry.corrects else None,
        corrections=tuple(accounts.entry(each) for each in later),
    )


def _meaning(book: RuleBook, entry: Entry) -> str:
    """What the rule behind an entry is for; "" if another book made the entry, in which a rule of this name may have another purpose."""
    if entry.book != book.digest:
        return ""
    badge = entry.rule.removeprefix("badge:")
    rule = book.rules.get(entry.rule) or (book.badges.get(badge) if badge != entry.rule else None)
    return rule.means if rule else ""
