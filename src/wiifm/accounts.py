"""The ledger's lines, and only ever more of them: writes what the folds changed, reads it back as entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Activity
from wiifm.events import Event
from wiifm.folds.flow import Turn
from wiifm.folds.reward import Change
from wiifm.ledger import Entry, Holder
from wiifm.program.amounts import in_points
from wiifm.rulebook.book import RuleBook

Row: TypeAlias = tuple[Activity, str, int, str, int | None, str]
"""An entry as it is stored: activity, purse, minor units, rule, the entry it corrects, its cause."""


@define
class Accounts:
    """The rows of the ledger, and the sum of each holder's in each purse."""

    book: RuleBook
    rows: list[Row] = field(factory=list)
    sums: dict[tuple[Holder, str], int] = field(factory=dict)

    def write(self, turn: Turn) -> None:
        """Append what a turn changed in one history: new entries, and corrections of earlier ones."""
        for change, cause in turn.changes:
            if change.before is None:
                if change.after is not None and change.after.booked:
                    self._book(change, cause)
            elif change.before.booked or (change.after is not None and change.after.booked):
                self._correct(change, cause)
        for purse in self.book.purses:
            booked = self.sums.get((turn.history.holder, purse), 0)
            assert booked == turn.history.cells.get(purse, 0), "the ledger and the state agree"

    def _book(self, change: Change, cause: str) -> None:
        assert change.after is not None
        booked = change.after.booked
        for rule, (purse, minor, _) in booked.items():
            if minor:
                number = self._append(change.activity, purse, minor, rule, None, cause)
                booked[rule] = (purse, minor, number)

    def _correct(self, change: Change, cause: str) -> None:
        """Append the differences between what an activity came to before and now."""
        before = change.before.booked if change.before else {}
        after = change.after.booked if change.after else {}
        for rule in [*before, *(rule for rule in after if rule not in before)]:
            purse, old, number = before.get(rule, ("", 0, 0))
            purse, new, _ = after.get(rule, (purse, 0, 0))
            if new != old:
                made = self._append(change.activity, purse, new - old, rule, number or None, cause)
                number = number or made
            if rule in after:
                after[rule] = (purse, new, number)

    def _append(
        self, a: Activity, purse: str, minor: int, rule: str, corrects: int | None, cause: str
    ) -> int:
        self.rows.append((a, purse, minor, rule, corrects, cause))
        key = (a.holder, purse)
        self.sums[key] = self.sums.get(key, 0) + minor
        return len(self.rows)

    def entries(self, first: int = 1) -> Iterator[Entry]:
        """The entries from a number on, in the order in which they were written."""
        return (self.entry(number) for number in range(first, len(self.rows) + 1))

    def entry(self, number: int) -> Entry:
        """One entry by its number."""
        a, purse, minor, rule, corrects, cause = self.rows[number - 1]
        points = in_points(minor, self.book.purses[purse].decimals)
        return Entry(
            no=number,
            holder=a.holder,
            purse=purse,
            amount=points,
            rule=rule,
            event=a.event.id,
            occurred_at=a.event.occurred_at,
            role=a.role,
            say=sentence(self.book, rule, a, str(points)),
            corrects=corrects,
            because=cause,
            book=self.book.digest,
        )


def sentence(book: RuleBook, rule: str, a: Activity, points: str) -> str:
    """What a member is told about a grant: the rule's sentence, filled in."""
    if rule.startswith("badge:"):
        badge = rule.removeprefix("badge:")
        found = book.badges.get(badge)
        template = (found.say if found else "") or f"You earned the badge {badge}"
    else:
        template = book.rules[rule].say or book.rules[rule].means or rule
    return template.format_map(_Words(a.event, a, rule, points))


class _Words(dict[str, object]):
    """The names that a sentence may use, looked up in an activity when they are asked for."""

    def __init__(self, event: Event, a: Activity, rule: str, points: str) -> None:
        super().__init__(rule=rule, points=points)
        self._event, self._activity = event, a

    def __missing__(self, name: str) -> object:
        a, event = self._activity, self._event
        found = {
            "actor": event.actor or "somebody",
            "recipient": a.related.recipient or "somebody",
            "object": event.object,
            "in_reply_to": event.in_reply_to,
            "community": a.related.community,
            "topics": ", ".join(a.related.topics),
            "object_type": a.related.object_type or "contribution",
            "unit": a.unit,
            "mentor": a.holder.id if a.role == "mentor" else "",
            "id": event.id,
            "type": event.type,
            "hour": a.local.hour,
            "weekday": a.local.isoweekday(),
            "day": a.local.day,
            "month": a.local.month,
        }
        places = a.places or {}
        if name == "place" and self["rule"] in places:
            return places[str(self["rule"])]
        value = found[name] if name in found else event.data.get(name)
        return "" if value is None else value
