"""A fork server: runs a function in a new process that has imported only wiifm and Hypothesis, with a given hash seed.

Starting Python and importing Hypothesis takes longer than most of these calls. So for each hash seed one process does that once, waits
for work until the tests end, and does each piece of work in a fork of itself. Where a system can't fork, each piece of work starts a
new process.
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
"""A function and its arguments."""

COPIES = hasattr(os, "fork")
"""Whether this system can fork processes."""

_SERVER = "import wiifm.testing.rules; from wiifm.testing.fork_server import wait; wait()"
"""What the server runs. What it imports, no fork of it has to; that is the engine and Hypothesis, which every contract needs."""

_ALONE = "from wiifm.testing.fork_server import answer; answer()"


class Question(NamedTuple):
    """A piece of work, and what the process needs to know about the one that asks. ``work`` is pickled, as unpickling imports modules."""

    path: list[str]
    environment: dict[str, str]
    folder: str
    work: bytes


class Ended(NamedTuple):
    """How a process ended: its exit status (0 if all is well), its pickled answer, and what it printed."""

    status: int
    answer: bytes
    printed: bytes


class Failed(AssertionError):
    """Another process failed. ``printed`` is what it printed."""

    def __init__(self, status: int, printed: str) -> None:
        super().__init__(f"another process ended with {_last_lines(printed) or status}")
        self.printed = printed


def _last_lines(text: str, most: int = 2000) -> str:
    """The last lines of a text that is longer than ``most`` characters: whole ones, unless the very last one is longer."""
    if len(text) <= most:
        return text
    end = text[-most:]
    _, newline, lines = end.partition("\n")
    return f"...\n{lines}" if newline and lines.strip() else f"...{end}"


def ask(work: bytes, hashes: str) -> bytes:
    """Do pickled :data:`Work` in a new process with a hash seed, and return the pickled answer.

    Raises:
        Failed: the process failed; the message has the end of what it printed.
    """
    if COPIES:
        path = [each for each in sys.path if each]
        question = Question(path, {**_environment(hashes)}, str(Path.cwd()), work)
        ended = _exchange(_server(hashes, os.getpid()), question)
    else:
        done = subprocess.run(
            [sys.executable, "-c", _ALONE, *_arguments(hashes)],
            check=False,
            input=work,
            capture_output=True,
            env=_environment(hashes),
        )
        ended = Ended(done.returncode, done.stdout, done.stderr)
    if ended.status:
        raise Failed(ended.status, ended.printed.decode(errors="replace"))
    return ended.answer


def _environment(hashes: str) -> dict[str, str]:
    """The environment of this process, with its import path and another hash seed."""
    path = os.pathsep.join(each for each in sys.path if each)
    return os.environ | {"PYTHONHASHSEED": hashes, "PYTHONPATH": path}


def _arguments(hashes: str) -> list[str]:
    """Command-line arguments that differ between processes: as many as the number of the hash seed."""
    return ["argument"] * int(hashes)


@cache
def _server(hashes: str, parent: int) -> subprocess.Popen[bytes]:
    """The server for a hash seed, which runs until this process ends. It is cached by process id, so a fork of this process starts its own."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, *_arguments(hashes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(hashes),
    )

    @atexit.register
    def end() -> None:
        if os.getpid() == parent:
            server.kill()
            server.communicate()

    return server


def _exchange(server: subprocess.Popen[bytes], question: Question) -> Ended:
    assert server.stdin and server.stdout
    pickle.dump(tuple(question), server.stdin)
    server.stdin.flush()
    return Ended(*pickle.load(server.stdout))


def wait() -> None:
    """Run the server: answer each question on standard input in a fork, until the input ends. An interrupt ends only the fork."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            question = Question(*pickle.load(sys.stdin.buffer))
        except EOFError:
            return
        pickle.dump(tuple(_in_copy(question)), sys.stdout.buffer)
        sys.stdout.flush()


def _in_copy(question: Question) -> Ended:
    """Do the work in a fork of this process, and say how that ended."""
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
        except BaseException:  # whatever it is, it is printed, and ends only this fork
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)


def _begin(question: Question, printed: BinaryIO) -> None:
    """Make this fork look as if the process that asks had started it: streams, signals, import path, environment, folder."""
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
    """Do pickled work from standard input, and write the answer to standard output; what imported modules print goes to standard error."""
    output, sys.stdout = sys.stdout.buffer, sys.stderr
    output.write(_answered(sys.stdin.buffer.read()))


def _answered(work: bytes) -> bytes:
    function, given = pickle.loads(work)
    return pickle.dumps(function(*given))
