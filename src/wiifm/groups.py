"""Splits an event for several recipients into one event for each, since an event has one recipient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from wiifm.events import Event, is_text
from wiifm.faults import Fault, InvalidInput, short

MOST_RECIPIENTS = 1_000
"""How many recipients one event may be split for."""


def to_each(event: Event, recipients: Iterable[str]) -> tuple[Event, ...]:
    """Copies of an event, one for each recipient, sorted by recipient. Their ids are ``ID:1``, ``ID:2`` and so on.

    Two fields are added to the data of each: ``among``, how many copies there are, and ``number``, which one this is,
    from 1. A rule with ``split`` divides its amount by them. Duplicate recipients count once, and the order in which
    they are given doesn't matter.

    >>> from datetime import UTC, datetime
    >>> thanks = Event(id="k1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="raj")
    >>> [(each.id, each.recipient, each.data["among"]) for each in to_each(thanks, ["mia", "ann"])]
    [('k1:1', 'ann', 2), ('k1:2', 'mia', 2)]

    Raises:
        InvalidInput: there are no recipients, more than 1,000, or one that isn't a valid id; or the event has a recipient itself.
        InvalidEvent: an id gets too long.
    """
    names = [recipients] if isinstance(recipients, str) else [*recipients]
    faults = list(_faults(event, names))
    if faults:
        raise InvalidInput(faults)
    unique = sorted({*names})
    return tuple(
        evolve(
            event,
            id=f"{event.id}:{number}",
            recipient=name,
            data={**event.data, "among": len(unique), "number": number},
        )
        for number, name in enumerate(unique, 1)
    )


def _faults(event: Event, names: list[str]) -> Iterator[Fault]:
    for name in names:
        if not is_text(name):
            yield Fault("recipients", short(name), "the id of a member")
    if not 1 <= len(names) <= MOST_RECIPIENTS:
        yield Fault("recipients", f"{len(names)} recipients", f"1 to {MOST_RECIPIENTS:,}")
    if event.recipient is not None:
        expected = "an event without a recipient"
        yield Fault(f"event {event.id}, recipient", repr(event.recipient), expected)
