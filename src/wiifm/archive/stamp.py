"""How far one member has come in a store: far cheaper to ask than anything that follows from it."""

from __future__ import annotations

from collections.abc import Hashable

from wiifm.archive.archive import Archive
from wiifm.archive.tables import ENTRIES, EVENTS, HOLDERS
from wiifm.memory import Memory

COUNT = HOLDERS.place("count")


def own_stamp(memory: Memory, member: str) -> Hashable:
    """The numbers of the last entry that is booked for a member, and of the latest event that they did; and how many concern them.

    So it is another as soon as they do something, be it late, or something is booked for them; in memory, as anything is recorded.
    """
    if not isinstance(memory, Archive):
        return memory.stamp()
    with memory.reading():
        session = memory.scope.open
        known = session.find(HOLDERS, [("member", member)], index="name")
        entries = (
            row[0]
            for no, *_ in known
            for row in session.scan(ENTRIES, (no,), index="holder", backwards=True, most=1)
        )
        events = session.scan(EVENTS, (member,), index="actor", backwards=True, most=1)
        concern = (row[COUNT] for row in known)
        return next(entries, None), next((row[0] for row in events), None), next(concern, None)
