"""The report on what an engine remembers."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Unpack

from wiifm import asked
from wiifm.culture.deeds import Scene
from wiifm.culture.ground import Ground
from wiifm.culture.nouns import FEWEST, Asked, Culture
from wiifm.culture.rewarding import Paid
from wiifm.culture.whole import Reading, told
from wiifm.events import Event
from wiifm.faults import Fault, InvalidInput, nearest, short
from wiifm.memory import Memory
from wiifm.privacy import may_rank
from wiifm.rulebook.book import RuleBook
from wiifm.statement.reach import MINUTES


def check(book: RuleBook, since: datetime | None, until: datetime | None, asking: Asked) -> None:
    """Complain about what can't be asked for.

    Raises:
        InvalidInput: a time or minutes that are none, ``fewest`` is no number of persons, or the book has no such purse.
        Withheld: names are asked for, and the book says ``individuals = false``.
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
    fewest = asking.get("fewest", FEWEST)
    if type(fewest) is not int or fewest < 1:
        raise InvalidInput([Fault("fewest", short(fewest), "a number of persons, 1 or more")])
    if asking.get("named"):
        may_rank(book)


def maker_of(memory: Memory, until: datetime, name: str) -> Event | None:
    """The event before a moment that created an object, wherever in the order it stands."""
    thing = memory.flow.relations.things.get(name)
    made = None if thing is None else thing.maker
    return made if made is not None and made.occurred_at < until else None


def culture_of(
    memory: Memory,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    **asking: Unpack[Asked],
) -> Culture:
    """The report over a time, up to and with ``now`` where it has no end.

    It reads all events before its end once, and holds no more of them than tallies.
    """
    book = memory.book
    check(book, since, until, asking)
    until = until or now + timedelta.resolution
    scene = Scene(
        book.types,
        dict(asking.get("units", {})),
        dict(asking.get("managers", {})),
        maker=partial(maker_of, memory, until),
    )
    found = Reading.of(scene.deeds(memory.deeds.in_order(until)), since, until)
    purse = asking.get("purse") or next(iter(sorted(book.purses, key="points".__ne__)), "points")
    paid = Paid(purse)
    for page in memory.accounts.since(since):
        paid.add(page, since, until)
        memory.let_go()
    ground = Ground(
        scene,
        found.tally,
        until,
        fewest=asking.get("fewest", FEWEST),
        named=asking.get("named", False),
        firsts=found.firsts,
        seen=found.seen,
    )
    return told(ground, book.id, since, asking.get("minutes", MINUTES), paid)
