"""Why an event credits nobody: it acts on an object of a wrong type, or of an unknown creator, or creates what is there already."""

from __future__ import annotations

from collections.abc import Callable

from wiifm.event_types import EventType


def wrong_object(kind: EventType) -> Callable[[str, str | None], str]:
    """Make the function that says why an event is void that acts on an object of a wrong type."""
    wanted = " or ".join(kind.acts_on)
    return lambda target, found: f"{kind.name} acts on {wanted}, but {target} is a {found}"


def nobody_knows(target: str) -> str:
    """Why an event is pending."""
    return f"nobody knows yet who created {target}"


def created_before(thing: str, by: str) -> str:
    """Why an event is void that creates an object that was created before."""
    return f"{thing} was created before, by the event {by}"
