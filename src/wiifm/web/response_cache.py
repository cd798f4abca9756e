"""A cache of answers that is valid until something is recorded, so that many requests for the same thing need one reading."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Any, TypeVar

from attrs import define, field

T = TypeVar("T")

CHECK_EVERY = 1.0
"""How often, in seconds, the cache checks whether something was recorded."""

SLOW_FACTOR, SLOW_MOST = 20, 60.0
"""An answer that took long is kept for this many times as long, whatever is recorded, but at most for so many seconds."""

MAX_ANSWERS = 5_000
"""How many answers are kept: those that were used last."""

MAX_BYTES = 64 * 2**20
"""How many bytes they may take in all."""


@define
class CachedAnswer:
    """An answer, or one that is being computed: whose it is, when it was made, how long it is kept in any case, and its size in bytes."""

    stamp: Hashable
    member: str | None
    made: float
    until: float = 0.0
    bytes: int = 0
    own: Hashable = None
    """The member's own stamp when it was made."""
    future: asyncio.Future[Any] = field(init=False)


async def nothing(member: str) -> Hashable:
    """The default for ``own``: no stamp.

    >>> asyncio.run(nothing("ann")) is None
    True
    """
    return None


@define
class ResponseCache:
    """Answers by key. A request for an answer that is being computed waits for it.

    >>> async def asked() -> list[int]:
    ...     recorded, made = [1], []
    ...     async def stamp() -> int:
    ...         return recorded[-1]
    ...     async def make() -> int:
    ...         made.append(len(made))
    ...         return made[-1]
    ...     kept = ResponseCache(stamp, clock=lambda: 5.0 * len(recorded))
    ...     found = [await kept.get("all", make), await kept.get("all", make)]
    ...     recorded.append(2)
    ...     return [*found, await kept.get("all", make)]
    >>> asyncio.run(asked())
    [0, 0, 1]

    Args:
        stamp: gives a value that changes whenever something is recorded.
        own: gives a value that changes whenever a member does something, or something is booked for them.
        seconds: how long a member's answer is kept while others record, as long as ``own`` gives the same.
        weigh: gives the size of an answer in bytes.
        clock: gives the time in seconds.
    """

    stamp: Callable[[], Awaitable[Hashable]]
    own: Callable[[str], Awaitable[Hashable]] = nothing
    seconds: float = 0.0
    weigh: Callable[[Any], int] = sys.getsizeof
    clock: Callable[[], float] = monotonic
    bytes: int = field(default=0, init=False)
    """The size of all answers that are kept."""
    _found: OrderedDict[Hashable, CachedAnswer] = field(factory=OrderedDict)
    _latest: Hashable = None
    _looked: float = float("-inf")

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[T]], member: str | None = None
    ) -> T:
        """The answer under a key: the cached one, if nothing was recorded since, else what ``make`` gives. It is ``member``'s, or everybody's."""
        if self.clock() - self._looked > CHECK_EVERY:
            self._looked = self.clock()
            try:
                self._latest = await self.stamp()
            except BaseException:  # what is cached may not be valid any more
                self._looked = float("-inf")
                raise
        known = self._found.get(key)
        if known is not None and self._is_old(known) and not await self._stays(known):
            known = None if self._found.get(key) is known else self._found.get(key)
        if known is None:
            known = CachedAnswer(self._latest, member, self.clock())
            known.future = asyncio.ensure_future(self._made(key, known, make))
            self._drop(key)
            self._found[key] = known
            self._make_room()
        if key in self._found:
            self._found.move_to_end(key)
        found: T = await asyncio.shield(known.future)
        return found

    def _is_old(self, known: CachedAnswer) -> bool:
        return known.future.done() and known.stamp != self._latest and self.clock() >= known.until

    async def _stays(self, known: CachedAnswer) -> bool:
        """Whether an outdated answer may be used a moment longer, because nothing of the member's own changed."""
        end = known.made + self.seconds
        if known.member is None or self.clock() >= end:
            return False
        if await self.own(known.member) != known.own:
            return False
        known.until = min(self.clock() + CHECK_EVERY, end)
        return True

    async def _made(
        self, key: Hashable, answer: CachedAnswer, make: Callable[[], Awaitable[T]]
    ) -> T:
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
        if took > CHECK_EVERY:
            answer.until = self.clock() + min(SLOW_FACTOR * took, SLOW_MOST)
        if self._found.get(key) is answer:
            answer.bytes = self.weigh(found)
            self.bytes += answer.bytes
            self._make_room()
        return found

    def _make_room(self) -> None:
        """Drop the least recently used answers while there are too many, or too many bytes."""
        while len(self._found) > MAX_ANSWERS or self.bytes > MAX_BYTES:
            self._drop(next(iter(self._found)))

    def _drop(self, key: Hashable) -> None:
        gone = self._found.pop(key, None)
        if gone is not None:
            self.bytes -= gone.bytes

    def forget(self, member: str) -> None:
        """Drop the answers of a member who just recorded something, and those for everybody, and check the others at the next request."""
        gone = [key for key, each in self._found.items() if each.member in (member, None)]
        for key in gone:
            self._drop(key)
        self._looked = float("-inf")
