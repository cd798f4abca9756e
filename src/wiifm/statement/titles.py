"""The titles of the objects that badges are for, since members know objects by their titles and not by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from wiifm.ledger import Award
from wiifm.progress import Progress
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.statement.nouns import Reply
from wiifm.statement.past import Past, Period

OBJECTS = ("object", "in_reply_to")
"""The values of a criterion's ``per`` that are objects, and so may have titles."""

LATEST = 5
"""For how many of the latest awards of each badge, ever and in the period, the title is looked up."""


def objects_to_title(
    book: RuleBook, awards: Sequence[Award], period: Period, progress: Iterable[Progress]
) -> tuple[str, ...]:
    """The ids of the objects that a member's latest awards, the latest ones of a period, and those that are near, are for."""
    kinds = {
        name
        for name, badge in all_badges(book).items()
        if any(part.per in OBJECTS for part in badge.asks)
    }
    near = (each.key for each in progress if each.badge in kinds)
    found = (*_latest(awards, kinds), *_latest(period.of(awards), kinds), *near) if kinds else ()
    return tuple(dict.fromkeys(key for key in found if key is not None))


def _latest(awards: Sequence[Award], kinds: set[str]) -> Iterator[str | None]:
    """The keys of the latest awards of some badges, the latest first."""
    seen = Counter[str]()
    for each in reversed(awards):
        if each.badge in kinds and seen[each.badge] < LATEST:
            seen[each.badge] += 1
            yield each.key


def titles(past: Past, objects: Iterable[str]) -> dict[str, str]:
    """The titles of objects, by their ids; "" for an object that has neither title nor text, nor replies to one that has."""
    found = {name: past.title(name).text for name in objects}
    return {name: "" if title == name else title for name, title in found.items()}


def replies(past: Past, objects: Iterable[str]) -> dict[str, Reply]:
    """What those of some objects are that are called by the title of something up their replies, by their ids."""
    found = {name: past.title(name).reply for name in objects}
    return {name: reply for name, reply in found.items() if reply}
