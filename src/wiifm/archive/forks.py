"""Who is told when their process has been forked: of a thread that was in the middle of something, the child has only the mess."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class ForkAware(Protocol):
    """What holds more than a fork may carry over."""

    def after_fork_in_child(self) -> None:
        """Begin anew, in the child."""


_REGISTERED: WeakSet[ForkAware] = WeakSet()


def register_after_fork(instance: ForkAware) -> None:
    """Have ``after_fork_in_child`` called in each child, before any thread of it may begin.

    >>> class Desk:
    ...     def after_fork_in_child(self):
    ...         self.papers = []
    >>> register_after_fork(Desk())
    """
    _REGISTERED.add(instance)


def _in_child() -> None:
    for instance in list(_REGISTERED):
        instance.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
