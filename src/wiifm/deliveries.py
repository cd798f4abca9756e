"""Observers, which are told the receipts of each batch; and deliveries, which are durable: each notice is told at least once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import TypeAlias

from attrs import frozen

from wiifm.event_types import A_NAME, is_name
from wiifm.faults import Fault, InvalidInput, WiifmError, literal
from wiifm.ledger import Receipt
from wiifm.notices import Notice
from wiifm.signatures import call_fault

Observer: TypeAlias = Callable[[tuple[Receipt, ...]], None]
"""Is called with the receipts of each batch, after its commit."""

GROWTH = 4
"""The factor by which each pause is longer than the one before."""


class NotYet(WiifmError, ConnectionError):
    """Raised by a delivery that knows when to try again: not before ``after`` has passed, though the delivery's longest pause is the limit.

    >>> NotYet("the chat is busy", timedelta(minutes=5)).after
    datetime.timedelta(seconds=300)
    """

    def __init__(self, told: str, after: timedelta) -> None:
        super().__init__(told)
        self.after = after

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by what it was made from, since ``__init__`` takes more than the message."""
        return type(self), (*self.args, self.after), self.__dict__


class Gone(WiifmError, ConnectionError):
    """Raised by a delivery whose receiver is gone for good. The notice is parked at once, and no other one is told for an hour, or until
    somebody has notices retried.

    >>> raise Gone("the chat was closed down; name another one")
    Traceback (most recent call last):
    wiifm.deliveries.Gone: the chat was closed down; name another one
    """


@frozen
class Delivery:
    """An observer that is told each notice at least once, by calling ``to``. It raises if it can't take the notice.

    Over a store, what was told and what wasn't outlives the process. A notice that fails holds back later ones of the same
    member. It is tried again after a pause that grows with each attempt (and not before a :class:`NotYet` says). After
    ``attempts`` attempts, or the first :class:`Gone`, it is parked with the reason, until somebody has it retried.

    >>> told = []
    >>> Delivery("crm", told.append).pause("n1", attempts=1)
    datetime.timedelta(seconds=5, microseconds=53000)

    Args:
        name: identifies the delivery in the store; it must stay the same across restarts.
        to: is called with a :class:`Notice`.
        attempts: after how many failed attempts a notice is parked.
        first: the pause after the first attempt; each later one is four times as long.
        longest: the upper limit of a pause.

    Raises:
        InvalidInput: the name isn't valid, ``to`` can't be called with a notice, or a number or pause isn't positive.
    """

    name: str
    to: Callable[[Notice], object]
    attempts: int = 10
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=12)

    def __attrs_post_init__(self) -> None:
        faults = [] if is_name(self.name) else [Fault("name", literal(self.name), A_NAME)]
        faults += filter(None, [call_fault("to", self.to, "notice")])
        if type(self.attempts) is not int or self.attempts < 1:
            faults.append(Fault("attempts", literal(self.attempts), "an integer of at least 1"))
        for key in ("first", "longest"):
            pause = getattr(self, key)
            if not isinstance(pause, timedelta) or pause <= timedelta(0):
                expected = "a positive timedelta, such as timedelta(seconds=5)"
                faults.append(Fault(key, literal(pause), expected))
        if faults:
            raise InvalidInput(fault.inside(f"delivery {literal(self.name)}") for fault in faults)

    def pause(self, notice: str, attempts: int) -> timedelta:
        """How long to wait after ``attempts`` attempts have failed. It never exceeds ``longest``.

        The pause is spread by up to a quarter either way, so that not all notices are retried at once. It depends only on the
        notice's id and the number of attempts.
        """
        spread = int.from_bytes(sha256(f"{notice} {attempts}".encode()).digest()[:4]) / 2**32
        plain = min(self.longest / 1.25, self.first * GROWTH ** min(attempts - 1, 20))
        pause = plain * (0.75 + spread / 2)
        return timedelta(milliseconds=pause // timedelta(milliseconds=1))
