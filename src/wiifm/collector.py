"""Controls Python's garbage collector while many events are recorded or read, so that long-lived objects aren't traversed again and again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define

MAX_SKIPPED = 16
"""At least one batch in so many is collected, even if there has been no garbage for long."""

FROZEN_BY_PYTHON = 1_000
"""CPython 3.12 freezes a few hundred objects of its own at each full collection. More than this are frozen only by a program that calls
``gc.freeze``."""


@contextmanager
def young_generation_only() -> Iterator[Callable[[], object]]:
    """Turn off automatic collection for a block. Each call of the result may collect the young generations.

    What the folds keep contains no cycles and stays. Full collections would traverse all of it again and again, which takes
    half of the time of recording.

    >>> with young_generation_only() as collect:
    ...     _ = collect()
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield _Collector() if enabled else (lambda: None)
    finally:
        if enabled:
            gc.enable()


@define
class _Collector:
    """Collects the young generations after each batch as long as it finds garbage, which only foreign code makes; otherwise less and less often.

    In between, the objects of a batch are moved to the oldest generation by freezing and unfreezing: a collection takes more
    than a twentieth of the time of recording.
    """

    skipped: int = 0
    left: int = 0
    is_frozen_by_others: bool | None = None
    """Whether the program has frozen its objects, as servers do before they fork workers; they must stay frozen. It is determined once, and only
    when needed, since Python counts frozen objects one by one.
    """

    def __call__(self) -> None:
        """Collect the young generations, or move their objects to the oldest one."""
        if self.left and self.is_frozen_by_others is None:
            self.is_frozen_by_others = gc.get_freeze_count() > FROZEN_BY_PYTHON
        if self.left and not self.is_frozen_by_others:
            self.left -= 1
            gc.freeze()
            gc.unfreeze()
        else:
            waste = gc.collect(1)
            self.left = self.skipped = 0 if waste else min(2 * self.skipped + 1, MAX_SKIPPED - 1)
