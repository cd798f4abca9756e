"""Who works at a file alone: others are told, and whoever dies leaves it to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from wiifm.faults import Fault, InvalidInput, StoreFault

try:
    import fcntl
except ImportError:  # Windows, where nobody can tell whether somebody holds a file
    fcntl = None  # type: ignore[assignment]


def lock(held: IO[str]) -> bool | None:
    """Lock a file as long as it is open; False where somebody else has it locked, None where no file can be."""
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
    """A file that nobody else works at, as long as the block lasts; it is made for it, and gone at the end, unless it has another name by then.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, locked(Path(folder) / "held"), locked(Path(folder) / "held"):
    ...     pass
    Traceback (most recent call last):
    wiifm.faults.StoreFault: ...held: another process is at work there; let it end, and run it again

    Raises:
        StoreFault: somebody does.
        InvalidInput: the file can't be made.
    """
    if fcntl is None:
        yield
        return
    try:
        held = path.open("a")
    except OSError as error:
        raise InvalidInput([Fault(str(path), str(error), "a file that can be written")]) from None
    with held:
        if lock(held) is False or not _is_still(path, held):
            raise StoreFault(
                f"{path}: another process is at work there; let it end, and run it again"
            )
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_still(path: Path, held: IO[str]) -> bool:
    """Whether an open file is the one under a name: whoever had it locked may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(held.fileno()), path.stat())
    except OSError:
        return False
