"""What holds while a batch is being decided: plugins' functions can't use the engine that is calling them, and where they fail is noted.

In the middle of a batch, what an engine holds is half made. The mark of a batch stands in the context (``contextvars``) of whoever decides
it. So other threads and tasks read as ever, but a coroutine that a plugin's function hands to an event loop is refused like the function
itself, instead of both waiting for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import define, field, frozen

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


@frozen
class Failure:
    """Which function of a plugin failed and how, without its message, which may quote personal data; and in which file and line."""

    what: str
    place: str


@define(eq=False)
class Batch:
    """A batch that is being decided: what it changes (None once that is over, for contexts that were copied meanwhile), and the failures in it.

    These are by the name of the function and the text in the refusal, which doesn't name the file, since it is the same in each process.
    """

    memory: object | None
    failures: dict[tuple[str, str], Failure] = field(factory=dict)


_BATCHES: ContextVar[tuple[Batch, ...]] = ContextVar("wiifm_batches", default=())
"""The batches that are being decided here: several if a function of one engine's plugins records into another engine."""


@contextmanager
def deciding(memory: object) -> Iterator[Batch]:
    """Mark a block in which plugins' functions decide what becomes part of a memory."""
    batch = Batch(memory)
    try:
        _BATCHES.set((*_BATCHES.get(), batch))
        yield batch
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


def note_failure(key: tuple[str, str], failed: Failure) -> None:
    """Note a failure in the batch that is being decided here, if there is one."""
    for batch in _BATCHES.get()[-1:]:
        batch.failures.setdefault(key, failed)
