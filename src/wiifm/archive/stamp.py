"""A stamp of what concerns one member in a store, which is far cheaper to read than anything that depends on it."""

from __future__ import annotations

from collections.abc import Hashable

from wiifm.archive.archive import Archive
from wiifm.archive.tables import ENTRIES, EVENTS, HOLDERS
from wiifm.memory import Memory

COUNT = HOLDERS.place("count")


def own_stamp(memory: Memory, member: str) -> Hashable:
    """The numbers of a member's last entry and latest event, and how many events concern them.

    It changes as soon as they do something, even late, or something is booked for them. In memory it changes with every record.
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
