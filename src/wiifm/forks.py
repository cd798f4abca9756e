"""Resets objects in the child of a fork, since a thread that stayed in the parent may have been in the middle of using them."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class ForkAware(Protocol):
    """An object that doesn't survive a fork as it is."""

    def after_fork_in_child(self) -> None:
        """Reset the object in the child."""


_REGISTERED: WeakSet[ForkAware] = WeakSet()


def register_after_fork(instance: ForkAware) -> None:
    """Have ``after_fork_in_child`` called in each child process, before its threads start. Only a weak reference is kept.

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
