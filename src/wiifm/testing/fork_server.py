"""New processes that have seen nothing yet but wiifm, each for one question, with the hashes of a seed.

To start Python and to import Hypothesis takes longer than most answers. So a process that has done only that waits for questions for as
long as the tests go on, and answers each in a copy of itself; where a system can't copy processes, each starts anew.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

Work = tuple[Callable[..., object], tuple[object, ...]]
"""A function and what it is given."""

COPIES = hasattr(os, "fork")
"""Whether processes can be copied here."""

_ORIGIN = "from wiifm.testing.fork_server import wait; wait()"
_ALONE = "from wiifm.testing.fork_server import answer; answer()"


class Question(NamedTuple):
    """What a process is asked, and what it needs of the one that asks: the pickled work comes last, as to read it imports modules."""

    path: list[str]
    environment: dict[str, str]
    folder: str
    work: bytes


class Ended(NamedTuple):
    """How a process ended: with 0 where all is well, with a pickled answer, and with what it printed."""

    status: int
    answer: bytes
    printed: bytes


def ask(work: bytes, hashes: str) -> bytes:
    """The pickled answer of a new process, whose hashes are those of a seed, to pickled :data:`Work`.

    Raises:
        AssertionError: the process ended with an error.
    """
    if COPIES:
        path = [each for each in sys.path if each]
        question = Question(path, {**_environment(hashes)}, str(Path.cwd()), work)
        ended = _told(_origin(hashes, os.getpid()), question)
    else:
        done = subprocess.run(
            [sys.executable, "-c", _ALONE, *_arguments(hashes)],
            check=False,
            input=work,
            capture_output=True,
            env=_environment(hashes),
        )
        ended = Ended(done.returncode, done.stdout, done.stderr)
    printed = ended.printed.decode(errors="replace")[-2000:]
    assert not ended.status, f"another process ended with {printed or ended.status}"
    return ended.answer


def _environment(hashes: str) -> dict[str, str]:
    """The environment of this process, with its path and other hashes."""
    path = os.pathsep.join(each for each in sys.path if each)
    return os.environ | {"PYTHONHASHSEED": hashes, "PYTHONPATH": path}


def _arguments(hashes: str) -> list[str]:
    """What a process is started with: as many arguments as its seed says."""
    return ["argument"] * int(hashes)


@cache
def _origin(hashes: str, parent: int) -> subprocess.Popen[bytes]:
    """What waits for questions of this process, until it ends: a fork of it has one of its own."""
    origin = subprocess.Popen(
        [sys.executable, "-c", _ORIGIN, *_arguments(hashes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(hashes),
    )

    @atexit.register
    def end() -> None:
        if os.getpid() == parent:
            origin.kill()
            origin.communicate()

    return origin


def _told(origin: subprocess.Popen[bytes], question: Question) -> Ended:
    assert origin.stdin and origin.stdout
    pickle.dump(tuple(question), origin.stdin)
    origin.stdin.flush()
    return Ended(*pickle.load(origin.stdout))


def wait() -> None:
    """Answer each question on standard input in a copy of this process, for as long as there is one to ask; an interrupt ends the copy."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            question = Question(*pickle.load(sys.stdin.buffer))
        except EOFError:
            return
        pickle.dump(tuple(_in_copy(question)), sys.stdout.buffer)
        sys.stdout.flush()


def _in_copy(question: Question) -> Ended:
    """How a copy of this process ended that was asked something."""
    with TemporaryFile() as answer, TemporaryFile() as printed:
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            answer.seek(0)
            printed.seek(0)
            return Ended(status, answer.read(), printed.read())
        status = 1
        try:
            _begin(question, printed)
            answer.write(_answered(question.work))
            answer.flush()
            status = 0
        except BaseException:  # whatever it is, it is told, and goes no further
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)


def _begin(question: Question, printed: BinaryIO) -> None:
    """Be as if this process had been started by the one that asks."""
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - it ends with this process
    for stream, number in enumerate((sys.stdin.fileno(), printed.fileno(), printed.fileno())):
        os.dup2(number, stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path[:] = question.path
    os.environ.clear()
    os.environ.update(question.environment)
    os.chdir(question.folder)
    time.tzset()


def answer() -> None:
    """Answer work on standard input on standard output; what the tests' modules print goes elsewhere."""
    told, sys.stdout = sys.stdout.buffer, sys.stderr
    told.write(_answered(sys.stdin.buffer.read()))


def _answered(work: bytes) -> bytes:
    function, given = pickle.loads(work)
    return pickle.dumps(function(*given))
