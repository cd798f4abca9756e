"""Who is told when their process has been forked: of a thread that was in the middle of something, the child has only the mess."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """What holds more than a fork may carry over."""

    def leave_behind(self) -> None:
        """Begin anew, in the child."""


_TOLD: WeakSet[Forked] = WeakSet()


def tell_of_forks(one: Forked) -> None:
    """Have ``leave_behind`` called in each child, before any thread of it may begin.

    >>> class Desk:
    ...     def leave_behind(self):
    ...         self.papers = []
    >>> tell_of_forks(Desk())
    """
    _TOLD.add(one)


def _in_child() -> None:
    for one in list(_TOLD):
        one.leave_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
