"""What Python's cycle collector is to look at while much is recorded or read."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define

SELDOM = 16
"""At least one batch in so many is looked at, however long none had any waste."""

OF_PYTHON = 1_000
"""CPython 3.12 freezes a few hundred things of its own with each full collection; whoever freezes what a program holds freezes far more."""


@contextmanager
def only_the_young() -> Iterator[Callable[[], object]]:
    """Have the collector look only at young objects for a while, and only when the result is called.

    Whatever the folds keep makes no cycles and stays; a full collection would walk over all of it, again and
    again, for half of the time.

    >>> with only_the_young() as collect:
    ...     _ = collect()
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield _Looks() if enabled else (lambda: None)
    finally:
        if enabled:
            gc.enable()


@define
class _Looks:
    """Looks at the young of each batch as long as there is waste, which foreign code may make, and else more and more seldom.

    In between they grow old unseen, by way of those that are frozen: a look takes longer than a twentieth of recording.
    """

    unseen: int = 0
    left: int = 0
    others_froze: bool | None = None
    """Whether what the program holds is frozen, as where a server forks its workers: it must stay so. Asked once, and by nobody who only
    reads, as Python counts one by one.
    """

    def __call__(self) -> None:
        """Look at the young, or let them grow old."""
        if self.left and self.others_froze is None:
            self.others_froze = gc.get_freeze_count() > OF_PYTHON
        if self.left and not self.others_froze:
            self.left -= 1
            gc.freeze()
            gc.unfreeze()
        else:
            waste = gc.collect(1)
            self.left = self.unseen = 0 if waste else min(2 * self.unseen + 1, SELDOM - 1)
