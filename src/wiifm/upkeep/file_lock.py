"""Lock files between processes, with ``flock``: a lock ends when its process does, even if it is killed.

Where there is no ``flock``, as on Windows, nothing is locked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from wiifm.faults import Fault, InvalidInput, StoreBusy

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def lock(held: IO[str]) -> bool | None:
    """Try to lock an open file until it is closed: True if it is locked now, False if somebody else has the lock, None if files can't be locked."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that has no locks
        return None
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` during a block. It is created, and removed at the end, unless the block has renamed it.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, locked(Path(folder) / "held"), locked(Path(folder) / "held"):
    ...     pass
    Traceback (most recent call last):
    wiifm.faults.StoreBusy: ...held: another process is at work there; try again when it has ended

    Raises:
        StoreBusy: another process, or another block of this one, holds the lock.
        InvalidInput: the file can't be created.
    """
    if fcntl is None:
        yield
        return
    try:
        held = path.open("a")
    except OSError as error:
        why = error.strerror or str(error)
        raise InvalidInput([Fault(str(path), why, "a file that can be written")]) from None
    with held:
        if lock(held) is False or not _is_still(path, held):
            raise StoreBusy(
                f"{path}: another process is at work there; try again when it has ended"
            )
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_still(path: Path, held: IO[str]) -> bool:
    """Whether a path still names an open file: the former holder of the lock may have removed it in between."""
    try:
        return os.path.samestat(os.fstat(held.fileno()), path.stat())
    except OSError:
        return False
