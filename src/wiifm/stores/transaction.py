"""The base class of every store's transactions: they end with their block, and a call that fails makes them unusable."""

from __future__ import annotations

import os

from wiifm.faults import StoreFault


class Transaction:
    """A transaction that can be used until it has ended or one of its calls has failed. Each call runs in ``with self:``.

    >>> transaction = Transaction("acme.db")
    >>> with transaction:
    ...     1 / 0
    Traceback (most recent call last):
    ZeroDivisionError: division by zero
    >>> with transaction:
    ...     1 / 1
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: an earlier call of this transaction failed; end it, and begin another
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._process = os.getpid()
        self._closed_reason: str | None = None

    def must_go_on(self) -> None:
        """Check that the transaction can still be used.

        Raises:
            StoreFault: it has ended, one of its calls has failed, or it belongs to the process from which this one was forked.
        """
        if self._closed_reason is not None:
            raise StoreFault(f"{self._place}: {self._closed_reason}")
        if self._process != os.getpid():
            raise StoreFault(
                f"{self._place}: this transaction belongs to the parent process; begin another"
            )

    def goes_on(self) -> bool:
        """Whether the transaction can still be used: it hasn't ended, no call of it failed, and this process began it."""
        return self._closed_reason is None and self._process == os.getpid()

    def __enter__(self) -> None:
        self.must_go_on()

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        if raised is not None:
            self._closed_reason = (
                "an earlier call of this transaction failed; end it, and begin another"
            )

    def end(self) -> None:
        """End the transaction: any further call raises."""
        self._closed_reason = self._closed_reason or "this transaction has ended; begin another"
