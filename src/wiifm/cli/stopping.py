"""Handle Ctrl-C and SIGTERM while batches are recorded: finish the current batch, then stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal asked the command to stop. ``number`` is that of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Stop:
    """Raises :class:`Stopped` at a signal: at once, or at the end of a :meth:`held` block. A second signal during the block raises at once."""

    def __init__(self) -> None:
        self._asked: int | None = None
        self._holding = False

    def ask(self, number: int, _: FrameType | None = None) -> None:
        """Handle a signal."""
        if self._holding and self._asked is None:
            self._asked = number
        else:
            raise Stopped(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A block that one signal doesn't interrupt."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._asked is not None:
            raise Stopped(self._asked)


@contextmanager
def stopping() -> Iterator[Stop]:
    """Install the signal handlers for the time of the block."""
    stop = Stop()
    before = {number: signal.signal(number, stop.ask) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
