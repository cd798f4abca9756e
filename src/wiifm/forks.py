"""Resets objects in the child of a fork, since a thread that stayed in the parent may have been in the middle of using them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_REGISTERED: WeakKeyDictionary[Any, Callable[[Any], None]] = WeakKeyDictionary()


def register_after_fork(instance: T, reset: Callable[[T], None]) -> None:
    """Have ``reset(instance)`` called in each child process, before its threads start. Only a weak reference to the instance is kept.

    >>> class Desk:
    ...     def clear(self):
    ...         self.papers = []
    >>> register_after_fork(Desk(), Desk.clear)
    """
    _REGISTERED[instance] = reset


def _in_child() -> None:
    for instance, reset in list(_REGISTERED.items()):
        reset(instance)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
