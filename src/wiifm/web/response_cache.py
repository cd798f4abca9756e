"""Answers that are kept as long as nothing is recorded, so that many who ask the same are answered by one reading."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Any, TypeVar

from attrs import define, field

T = TypeVar("T")

EVERY = 1.0
"""After so many seconds it is looked whether something was recorded."""

TIMES, AT_MOST = 20, 60.0
"""What took long is kept so many times as long, whatever is recorded, and so many seconds at most."""

MOST = 5_000
"""So many answers are kept, those that were asked for last."""

ROOM = 64 * 2**20
"""So many bytes they take in all."""


@define
class Answer:
    """An answer, or the making of one; whose it is, when it was made, until when it is kept whatever is recorded, and how many bytes
    it takes.
    """

    stamp: Hashable
    member: str | None
    made: float
    until: float = 0.0
    bytes: int = 0
    own: Hashable = None
    """How far the member had come when it was made."""
    future: asyncio.Future[Any] = field(init=False)


async def nothing(member: str) -> Hashable:
    """What is known of how far a member has come: nothing.

    >>> asyncio.run(nothing("ann")) is None
    True
    """
    return None


@define
class Kept:
    """Answers by what was asked for; who asks while one is being made waits for that one.

    >>> async def asked() -> list[int]:
    ...     recorded, made = [1], []
    ...     async def stamp() -> int:
    ...         return recorded[-1]
    ...     async def make() -> int:
    ...         made.append(len(made))
    ...         return made[-1]
    ...     kept = Kept(stamp, clock=lambda: 5.0 * len(recorded))
    ...     found = [await kept.get("all", make), await kept.get("all", make)]
    ...     recorded.append(2)
    ...     return [*found, await kept.get("all", make)]
    >>> asyncio.run(asked())
    [0, 0, 1]

    Args:
        stamp: tells what is another as soon as something is recorded.
        own: tells what is another as soon as a member did something, or something is booked for them.
        seconds: so long a member's answer is kept though others record, as long as ``own`` is the same.
        weigh: tells how many bytes an answer takes.
        clock: tells seconds.
    """

    stamp: Callable[[], Awaitable[Hashable]]
    own: Callable[[str], Awaitable[Hashable]] = nothing
    seconds: float = 0.0
    weigh: Callable[[Any], int] = sys.getsizeof
    clock: Callable[[], float] = monotonic
    bytes: int = field(default=0, init=False)
    """How many all take that are kept."""
    _found: OrderedDict[Hashable, Answer] = field(factory=OrderedDict)
    _latest: Hashable = None
    _looked: float = float("-inf")

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[T]], member: str | None = None
    ) -> T:
        """The answer to something, a ``member``'s or everybody's, made now unless it was made since anything was recorded."""
        if self.clock() - self._looked > EVERY:
            self._looked = self.clock()
            self._latest = await self.stamp()
        known = self._found.get(key)
        if known is not None and self._is_old(known) and not await self._stays(known):
            known = None if self._found.get(key) is known else self._found.get(key)
        if known is None:
            known = Answer(self._latest, member, self.clock())
            known.future = asyncio.ensure_future(self._made(key, known, make))
            self._drop(key)
            self._found[key] = known
            self._make_room()
        if key in self._found:
            self._found.move_to_end(key)
        found: T = await asyncio.shield(known.future)
        return found

    def _is_old(self, known: Answer) -> bool:
        return known.future.done() and known.stamp != self._latest and self.clock() >= known.until

    async def _stays(self, known: Answer) -> bool:
        """Whether an old answer may be given for a moment more: nothing of the member's own has changed."""
        end = known.made + self.seconds
        if known.member is None or self.clock() >= end:
            return False
        if await self.own(known.member) != known.own:
            return False
        known.until = min(self.clock() + EVERY, end)
        return True

    async def _made(self, key: Hashable, answer: Answer, make: Callable[[], Awaitable[T]]) -> T:
        try:
            if self.seconds and answer.member is not None:
                answer.own = await self.own(answer.member)
            began = self.clock()
            found = await make()
        except BaseException:
            if self._found.get(key) is answer:
                self._drop(key)
            raise
        took = self.clock() - began
        if took > EVERY:
            answer.until = self.clock() + min(TIMES * took, AT_MOST)
        if self._found.get(key) is answer:
            answer.bytes = self.weigh(found)
            self.bytes += answer.bytes
            self._make_room()
        return found

    def _make_room(self) -> None:
        """Let go of what was asked for the longest ago, as long as too much is kept."""
        while len(self._found) > MOST or self.bytes > ROOM:
            self._drop(next(iter(self._found)))

    def _drop(self, key: Hashable) -> None:
        gone = self._found.pop(key, None)
        if gone is not None:
            self.bytes -= gone.bytes

    def forget(self, member: str) -> None:
        """Keep nothing of a member, who recorded something here, nor what is everybody's; and look what else is old."""
        gone = [key for key, each in self._found.items() if each.member in (member, None)]
        for key in gone:
            self._drop(key)
        self._looked = float("-inf")
