"""Refuses calls that a plugin's function makes into the engine that is calling it: in the middle of a batch, what that engine holds is half made.

The mark of a batch stands in the context (``contextvars``) of whoever decides it. So other threads and tasks read as ever, but a coroutine
that a plugin's function hands to an event loop is refused like the function itself, instead of both waiting for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import define

from wiifm.faults import StillDeciding

NOT_RECORDED = (
    "nothing can be recorded while a batch is being decided: a step, a test or a measure must not record events; "
    "record them in an observer or a delivery, which are called after the commit"
)
NOT_READ = (
    "nothing can be read while a batch is being decided, since what the engine holds is half made: a step, a test or a measure "
    "must decide by its arguments; read in an observer or a delivery, which are called after the commit"
)
NOT_DELIVERED = (
    "nothing can be delivered while a batch is being decided: a step, a test or a measure must not deliver; "
    "an engine delivers after each commit by itself"
)
NOT_CLOSED = (
    "an engine can't be closed while it decides a batch: a step, a test or a measure must not close it; "
    "close it where it was opened"
)


@define(eq=False)
class _Batch:
    """A batch that is being decided, by what it changes; None once that is over, for contexts that were copied meanwhile."""

    memory: object | None


_BATCHES: ContextVar[tuple[_Batch, ...]] = ContextVar("wiifm_batches", default=())
"""The batches that are being decided here: several if a function of one engine's plugins records into another engine."""


@contextmanager
def deciding(memory: object) -> Iterator[None]:
    """Mark a block in which plugins' functions decide what becomes part of a memory."""
    batch = _Batch(memory)
    try:
        _BATCHES.set((*_BATCHES.get(), batch))
        yield
    finally:
        batch.memory = None
        _BATCHES.set(tuple(each for each in _BATCHES.get() if each is not batch))


def refuse_while_deciding(memory: object, why: str) -> None:
    """Refuse what a function does that is deciding what becomes part of this memory.

    >>> with deciding(memory := object()):
    ...     refuse_while_deciding(object(), NOT_READ)
    ...     refuse_while_deciding(memory, NOT_CLOSED)
    Traceback (most recent call last):
    wiifm.faults.StillDeciding: an engine can't be closed while it decides a batch: a step, a test or a measure must not close it; ...

    Raises:
        StillDeciding: this is called in such a block, with the reason ``why``.
    """
    for each in _BATCHES.get():
        if each.memory is memory:
            raise StillDeciding(why)
