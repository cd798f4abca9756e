"""Ctrl-C and SIGTERM while batches are recorded: a batch that has begun is finished first."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Somebody asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Stop:
    """Raises :class:`Stopped` at once, or at the end of the block in which it is held; whoever asks twice gets it at once."""

    def __init__(self) -> None:
        self._asked: int | None = None
        self._holding = False

    def ask(self, number: int, _: FrameType | None = None) -> None:
        """A signal has come."""
        if self._holding and self._asked is None:
            self._asked = number
        else:
            raise Stopped(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A block that ends before anything is stopped."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._asked is not None:
            raise Stopped(self._asked)


@contextmanager
def stopping() -> Iterator[Stop]:
    """Have signals ask to stop, until the block ends."""
    stop = Stop()
    before = {number: signal.signal(number, stop.ask) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
