"""What the things are called that badges are for: people know them by their titles, and not by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from wiifm.ledger import Award
from wiifm.progress import Progress
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.statement.past import Past

OBJECTS = ("object", "in_reply_to")
"""What a badge is counted by that has a title."""

LATEST = 5
"""So many of the latest awards of each badge are told with the titles of what they are for."""


def titled(
    book: RuleBook, awards: Sequence[Award], progress: Iterable[Progress]
) -> tuple[str, ...]:
    """The ids of the objects that a member's latest awards are for, or those that are near."""
    kinds = {
        name
        for name, badge in all_badges(book).items()
        if any(part.per in OBJECTS for part in badge.asks)
    }
    near = (each.key for each in progress if each.badge in kinds)
    found = (*_latest(awards, kinds), *near) if kinds else ()
    return tuple(dict.fromkeys(key for key in found if key is not None))


def _latest(awards: Sequence[Award], kinds: set[str]) -> Iterator[str | None]:
    told = Counter[str]()
    for each in reversed(awards):
        if each.badge in kinds and told[each.badge] < LATEST:
            told[each.badge] += 1
            yield each.key


def titles(past: Past, objects: Iterable[str]) -> dict[str, str]:
    """What objects are called, by their ids: as they or what they reply to have it in a title or a text, or else ""."""
    found = {name: past.title(name) for name in objects}
    return {name: "" if title == name else title for name, title in found.items()}
