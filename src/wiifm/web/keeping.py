"""Answers that are kept as long as nothing is recorded, so that many who ask the same are answered by one reading."""

from __future__ import annotations

import asyncio
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
"""So many answers are kept."""


@define
class Answer:
    """An answer, or the making of one; when it was made, and until when it is kept whatever is recorded."""

    future: asyncio.Future[Any]
    stamp: int
    until: float = 0.0


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
        stamp: tells a number that grows when something is recorded.
        clock: tells seconds.
    """

    stamp: Callable[[], Awaitable[int]]
    clock: Callable[[], float] = monotonic
    _found: OrderedDict[Hashable, Answer] = field(factory=OrderedDict)
    _latest: int = -1
    _looked: float = float("-inf")

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The answer to something, made now unless it was made since anything was recorded."""
        if self.clock() - self._looked > EVERY:
            self._looked = self.clock()
            self._latest = await self.stamp()
        known = self._found.get(key)
        if known is None or self._is_old(known):
            known = Answer(asyncio.ensure_future(self._made(key, make)), self._latest)
            self._found[key] = known
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        found: T = await asyncio.shield(known.future)
        return found

    def _is_old(self, known: Answer) -> bool:
        return known.future.done() and known.stamp != self._latest and self.clock() >= known.until

    async def _made(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        began = self.clock()
        try:
            found = await make()
        except BaseException:
            self._found.pop(key, None)
            raise
        took = self.clock() - began
        if took > EVERY and key in self._found:
            self._found[key].until = self.clock() + min(TIMES * took, AT_MOST)
        return found

    def forget(self) -> None:
        """Keep nothing: something was recorded here."""
        self._found.clear()
        self._looked = float("-inf")
