"""One thing for several people: an event for each of them, as an event has one recipient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from wiifm.events import Event, is_text
from wiifm.faults import Fault, InvalidInput, short

MOST_RECIPIENTS = 1_000
"""Nothing is for more people at once."""


def to_each(event: Event, recipients: Iterable[str]) -> tuple[Event, ...]:
    """An event that is for several people, as one for each: in the order of their names, each with the id of the event and its number.

    The fields ``among`` and ``number`` of their data tell how many they are, and which one each is: a rule with ``split`` shares its amount
    by them. Whoever is named twice is there once; in whatever order they are named, the events are the same.

    >>> from datetime import UTC, datetime
    >>> thanks = Event(id="k1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="raj")
    >>> [(each.id, each.recipient, each.data["among"]) for each in to_each(thanks, ["mia", "ann"])]
    [('k1:1', 'ann', 2), ('k1:2', 'mia', 2)]

    Raises:
        InvalidInput: nobody is named, too many, or somebody by what is no name; or the event has a recipient itself.
        InvalidEvent: an id grows too long.
    """
    names = [recipients] if isinstance(recipients, str) else [*recipients]
    faults = list(_faults(event, names))
    if faults:
        raise InvalidInput(faults)
    once = sorted({*names})
    return tuple(
        evolve(
            event,
            id=f"{event.id}:{number}",
            recipient=name,
            data={**event.data, "among": len(once), "number": number},
        )
        for number, name in enumerate(once, 1)
    )


def _faults(event: Event, names: list[str]) -> Iterator[Fault]:
    for name in names:
        if not is_text(name):
            yield Fault("recipients", short(name), "the id of a member")
    if not 1 <= len(names) <= MOST_RECIPIENTS:
        yield Fault("recipients", f"{len(names)} of them", f"1 to {MOST_RECIPIENTS}")
    if event.recipient is not None:
        found = f"the recipient {event.recipient!r}"
        yield Fault(f"event {event.id}", found, "no recipient of its own")
