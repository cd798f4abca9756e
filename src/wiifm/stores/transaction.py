"""What the transactions of every store have in common: they end with their block, and a call that fails spoils them."""

from __future__ import annotations

import os

from wiifm.faults import StoreFault


class Transaction:
    """A transaction that goes on until it is ended or spoilt. Each of its calls is a block of it.

    >>> transaction = Transaction("acme.db")
    >>> with transaction:
    ...     1 / 0
    Traceback (most recent call last):
    ZeroDivisionError: division by zero
    >>> with transaction:
    ...     1 / 1
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: a call of this transaction failed before; leave it, and begin another
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._process = os.getpid()
        self._over: str | None = None

    def must_go_on(self) -> None:
        """Nothing more can be asked of a transaction that is over.

        Raises:
            StoreFault: it has ended, was spoilt, or belongs to the process from which this one was forked.
        """
        if self._over is not None:
            raise StoreFault(f"{self._place}: {self._over}")
        if self._process != os.getpid():
            raise StoreFault(
                f"{self._place}: this transaction belongs to the parent process; begin another"
            )

    def goes_on(self) -> bool:
        """Whether it hasn't ended, wasn't spoilt, and belongs to this process."""
        return self._over is None and self._process == os.getpid()

    def __enter__(self) -> None:
        self.must_go_on()

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        if raised is not None:
            self._over = "a call of this transaction failed before; leave it, and begin another"

    def end(self) -> None:
        """From now on it answers nothing more."""
        self._over = self._over or "this transaction has ended; begin another"
