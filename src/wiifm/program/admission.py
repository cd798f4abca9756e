"""Source of the quick check of new events: most are valid at first sight, and only the others are checked in full."""

from __future__ import annotations

from wiifm.event_types import EventType
from wiifm.events import ENVELOPE, NO_DATA
from wiifm.program.writing import Constants, Source


def write_admission(source: Source, constants: Constants, kinds: list[EventType]) -> None:
    """Write ``ACCEPTS``, which tells by event type whether an event is surely valid, and the loop that records such events.

    The loop, ``admit(events, recorded, check)``, adds events that are surely valid and new to ``recorded``, and calls
    ``check`` for each of the others.
    """
    constants.values["NO_DATA"] = NO_DATA
    constants.values["FIELDS"] = {kind.name: kind.surely for kind in kinds}
    lines = [f"    {kind.name!r}: lambda e: {accepted(kind)}," for kind in kinds]
    source.line("ACCEPTS = {", *lines, "}", "", "")
    groups: dict[str, list[str]] = {}
    for kind in kinds:
        groups.setdefault(accepted(kind), []).append(kind.name)
    groups.pop("False", None)
    asked = sorted(groups, key=lambda each: -len(groups[each]))
    names = {each: constants.name("types", frozenset(groups[each])) for each in asked}
    with source.blocks("def admit(events, recorded, check):", "for e in events:"):
        source.line("kind = e.type")
        for each in asked:
            sound = f"kind in {names[each]} and {each} and (id := e.id) not in recorded"
            with source.block(f"{'if' if each is asked[0] else 'elif'} {sound}:"):
                source.line("recorded[id] = e")
        with source.blocks("else:" if asked else ""):
            source.line("check(e)")
    source.line("", "")


def accepted(kind: EventType) -> str:
    """Source of whether an event of a type surely has no faults and retracts nothing.

    >>> accepted(EventType(name="a.liked", acts_on=("any",), requires=("actor", "object"))).split(" and ")[:2]
    ['e.actor is not None', 'e.object is not None']
    """
    if kind.retracts or kind.advances:
        return "False"
    needs = [*kind.requires]
    needs += ["object"] if kind.creates and "object" not in kind.requires else []
    given = [f"e.{key}{'' if ENVELOPE[key] == 'texts' else ' is not None'}" for key in needs]
    required = [f"{key!r} in e.data" for key, field in kind.fields.items() if field.required]
    typed = "FIELDS[e.type].issuperset(zip(e.data, map(type, e.data.values())))"
    data = typed if required else f"(e.data is NO_DATA or {typed})"
    return " and ".join([*given, "e.retracts is None", *required, data])
