"""Lock files between processes, with ``flock``: a lock ends when its process does, even if it is killed.

Where there is no ``flock``, as on Windows, nothing is locked.
"""

from __future__ import annotations

import errno
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


_APPENDING = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
"""How lock files are opened: to append, and no symbolic link is followed. Windows, where nothing is locked, has no such flag."""


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

    It must be the caller's own, and no symbolic link, as somebody else may have put it there: the block may write into it.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, locked(Path(folder) / "held"), locked(Path(folder) / "held"):
    ...     pass
    Traceback (most recent call last):
    wiifm.faults.StoreBusy: ...held: another process is at work there; try again when it has ended

    Raises:
        StoreBusy: another process, or another block of this one, holds the lock.
        InvalidInput: the file can't be created, is a symbolic link, or is somebody else's.
    """
    if fcntl is None:
        yield
        return
    with _opened(path) as held:
        if lock(held) is False or not _is_still(path, held):
            raise StoreBusy(
                f"{path}: another process is at work there; try again when it has ended"
            )
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _opened(path: Path) -> IO[str]:
    """Open a lock file to append to it, without following a link."""
    try:
        held = os.fdopen(os.open(path, _APPENDING, 0o666), "a")
    except OSError as error:
        why = "a symbolic link" if error.errno == errno.ELOOP else error.strerror or str(error)
        raise InvalidInput([Fault(str(path), why, "a file that can be written")]) from None
    if os.fstat(held.fileno()).st_uid != os.geteuid():
        held.close()
        raise InvalidInput([Fault(str(path), "a file of another user", "one of your own, or none")])
    return held


def _is_still(path: Path, held: IO[str]) -> bool:
    """Whether a path still names an open file: the former holder of the lock may have removed it in between."""
    try:
        return os.path.samestat(os.fstat(held.fileno()), path.stat())
    except OSError:
        return False
