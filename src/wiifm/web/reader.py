"""What the pages and the API read of an engine beyond its methods, each at one moment."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from attrs import frozen

from wiifm.archive.stamp import own_stamp
from wiifm.asynchronous import AsyncEngine
from wiifm.engine_thread import read
from wiifm.events import Event
from wiifm.ledger import Entry
from wiifm.memory import Memory
from wiifm.privacy import Names
from wiifm.statement.titling import Title, title_of
from wiifm.words.speech import Speech


@frozen
class EngineReader:
    """Reads what an engine remembers, in its thread. The names that it is asked about are those that the engine itself returned."""

    engine: AsyncEngine

    async def happened(self, member: str, events: Collection[str]) -> list[Event]:
        """Recorded events by their ids, as a member may read them: with ``individuals = false`` they name nobody else."""
        names = Names(self.engine.book, member)
        return await read(
            self.engine,
            lambda memory: [names.event(each) for each in memory.log.with_ids(events)],
        )

    async def told(self, entries: Collection[Entry], s: Speech) -> dict[int, str]:
        """The sentences of entries by their numbers, in a language, as their holders may read them."""
        book = self.engine.book

        def sentences(memory: Memory) -> dict[int, str]:
            rows = {each.no: memory.accounts.rows[each.no - 1] for each in entries}
            names = {each.holder: Names.to(book, each.holder) for each in entries}
            return {
                each.no: names[each.holder].sentence(each, rows[each.no], s) for each in entries
            }

        return await read(self.engine, sentences)

    async def titles(self, things: Collection[str], member: str) -> dict[str, Title]:
        """What objects are called to a member, by their ids; those are left out of which neither they nor anything up their replies has a title."""
        return await read(self.engine, lambda memory: _titles(memory, things, member))

    async def about(self, entries: Collection[Entry], member: str) -> dict[int, tuple[str, Title]]:
        """What the events of entries were about: objects, and what they are called to a member, by the numbers of the entries."""

        def found(memory: Memory) -> dict[int, tuple[str, Title]]:
            acted_on, rows = memory.flow.relations.acted_on, memory.accounts.rows
            events = {each.no: rows[each.no - 1][1] for each in entries}
            things = {no: acted_on(event) or event.object for no, event in events.items()}
            titles = _titles(memory, {each for each in things.values() if each}, member)
            return {no: (each, titles[each]) for no, each in things.items() if each in titles}

        return await read(self.engine, found)

    async def is_listed(self, member: str) -> bool:
        """Whether leaderboards may show a member, by their latest choice."""
        return await read(self.engine, lambda memory: bool(memory.flow.relations.listed([member])))

    async def unit_of(self, member: str) -> str | None:
        """The unit that a member belongs to by the latest event that says so; None if there is none."""
        return await read(self.engine, lambda memory: memory.flow.relations.current_unit(member))

    async def there(self, members: Collection[str]) -> list[str]:
        """Those of some members who haven't left, or have joined again."""
        return await read(self.engine, lambda memory: memory.flow.relations.there(members))

    async def stamp(self) -> Hashable:
        """A value that changes whenever anything is recorded, by any process, or a backup is restored. A reading at the same stamp is still valid."""
        return await read(self.engine, lambda memory: memory.stamp())

    async def stamp_of(self, member: str) -> Hashable:
        """A value that changes as soon as a member does something, or something is booked for them."""
        return await read(self.engine, lambda memory: own_stamp(memory, member))


def _titles(memory: Memory, things: Collection[str], member: str) -> dict[str, Title]:
    memory.prefetch_facts([], things)
    relations, book = memory.flow.relations, memory.book
    titles = {each: title_of(relations, book, each, member) for each in things}
    return {each: title for each, title in titles.items() if title}
