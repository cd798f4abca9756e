"""Answers that are kept for a moment, so that many who ask the same at once are answered by one reading."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Any, TypeVar

from attrs import define, field

T = TypeVar("T")

AT_LEAST, AT_MOST = 1.0, 60.0
"""For how many seconds an answer is kept: the longer, the longer it took."""

TIMES = 20
"""So many times as long as it took."""

MOST = 2_000
"""So many answers are kept."""


@define
class Kept:
    """Answers by what was asked for; who asks while one is being made waits for that one.

    >>> async def twice() -> list[int]:
    ...     kept, made = Kept(), []
    ...     async def make() -> int:
    ...         made.append(len(made))
    ...         return made[-1]
    ...     return [await kept.get("all", make), await kept.get("all", make)]
    >>> asyncio.run(twice())
    [0, 0]
    """

    clock: Callable[[], float] = monotonic
    _found: OrderedDict[Hashable, tuple[asyncio.Future[Any], float]] = field(factory=OrderedDict)

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The answer to something, made now unless it was a moment ago."""
        known = self._found.get(key)
        if known is None or (known[0].done() and self.clock() > known[1]):
            known = (asyncio.ensure_future(self._made(key, make)), 0.0)
            self._found[key] = known
            self._found.move_to_end(key)
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        found: T = await asyncio.shield(known[0])
        return found

    async def _made(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        began = self.clock()
        try:
            found = await make()
        except BaseException:
            self._found.pop(key, None)
            raise
        took = self.clock() - began
        known = self._found.get(key)
        if known is not None:
            until = self.clock() + min(max(AT_LEAST, TIMES * took), AT_MOST)
            self._found[key] = (known[0], until)
        return found

    def forget(self) -> None:
        """Keep nothing: something was recorded here."""
        self._found.clear()
