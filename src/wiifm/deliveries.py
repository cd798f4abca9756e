"""Observers, which are told batch by batch; and deliveries, durable ones, notice by notice, at least once, and again where that failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import TypeAlias

from attrs import frozen

from wiifm.event_types import A_NAME, is_name
from wiifm.faults import Fault, InvalidInput, call_fault, literal
from wiifm.ledger import Receipt
from wiifm.notices import Notice

Observer: TypeAlias = Callable[[tuple[Receipt, ...]], None]
"""Is told the receipts of each batch, after the commit."""

GROWTH = 4
"""How many times longer each pause is than the one before."""


class NotYet(ConnectionError):
    """What a delivery raises that knows when it is worth trying again: no sooner than ``after``, though never later than its longest pause.

    >>> NotYet("the chat is busy", timedelta(minutes=5)).after
    datetime.timedelta(seconds=300)
    """

    def __init__(self, told: str, after: timedelta) -> None:
        super().__init__(told)
        self.after = after


class Gone(ConnectionError):
    """What a delivery raises whose receiver is gone for good: the notice is parked at once, and no other is told for an hour, or until somebody
    has it retried.

    >>> raise Gone("the chat was closed down; name another one")
    Traceback (most recent call last):
    wiifm.deliveries.Gone: the chat was closed down; name another one
    """


@frozen
class Delivery:
    """An observer that is told each notice at least once: by ``to``, which raises where it can't.

    Over a store, what is told and what isn't outlives the process. A notice that fails holds back later ones of the same
    member; it is tried again after a pause that grows (and no sooner than a :class:`NotYet` says), and after so many attempts (after
    one that raises :class:`Gone`) it is parked, with the reason, until somebody has it retried.

    >>> told = []
    >>> Delivery("crm", told.append).pause("n1", attempts=1)
    datetime.timedelta(seconds=5, microseconds=53000)

    Args:
        name: what the store knows it by; it stays the same from one start to the next.
        to: takes a :class:`Notice`.
        attempts: after so many that failed, a notice is parked.
        first: the pause after the first attempt; each later one is four times as long.
        longest: no pause is longer than that.

    Raises:
        InvalidInput: the name is none, ``to`` is no function of a notice, or a number isn't above zero.
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
            faults.append(Fault("attempts", literal(self.attempts), "how many, 1 or more"))
        for key in ("first", "longest"):
            pause = getattr(self, key)
            if not isinstance(pause, timedelta) or pause <= timedelta(0):
                expected = "a pause, such as timedelta(seconds=5)"
                faults.append(Fault(key, literal(pause), expected))
        if faults:
            raise InvalidInput(fault.inside(f"delivery {literal(self.name)}") for fault in faults)

    def pause(self, notice: str, attempts: int) -> timedelta:
        """How long to wait after so many attempts failed: up to a quarter more or less, so that not all come back at once; never longer than
        ``longest``.

        It depends on nothing but the notice's id and the number.
        """
        spread = int.from_bytes(sha256(f"{notice} {attempts}".encode()).digest()[:4]) / 2**32
        plain = min(self.longest / 1.25, self.first * GROWTH ** min(attempts - 1, 20))
        pause = plain * (0.75 + spread / 2)
        return timedelta(milliseconds=pause // timedelta(milliseconds=1))
