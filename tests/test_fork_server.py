"""New processes that answer one question each."""

import os
import pickle
import signal
import sys

import pytest

from wiifm.testing import fork_server

SEEN = []


def asked(function, *given, hashes="1"):
    return pickle.loads(fork_server.ask(pickle.dumps((function, given)), hashes))


def around(name):
    """What a process has of the one that asked it."""
    SEEN.append(name)
    print("for nobody")
    first = next(filter(None, sys.path))
    return hash(name), os.environ.get(name), os.getcwd(), first, len(SEEN), "pytest" in sys.argv[0]


@pytest.mark.parametrize(
    ("copies", "times"),
    [
        pytest.param(fork_server.COPIES, 2, id="where processes can be copied"),
        pytest.param(False, 1, id="elsewhere"),
    ],
)
def test_that_a_process_is_as_if_it_had_been_started_by_who_asks(
    copies, times, monkeypatch, tmp_path
):
    monkeypatch.setattr(fork_server, "COPIES", copies)
    for time in range(times):
        folder = tmp_path / str(time)
        folder.mkdir()
        monkeypatch.setenv("AROUND", str(time))
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(str(folder))
        hashed, *found = asked(around, "AROUND")
        assert found == [str(time), str(folder), str(folder), 1, False]
        other, *_ = asked(around, "AROUND", hashes="2")
        assert hashed != other
    with pytest.raises(AssertionError, match=r"^another process ended with Traceback[\s\S]*ZeroD"):
        asked(divmod, 1, 0)


@pytest.mark.skipif(not fork_server.COPIES, reason="each process imports what it needs")
@pytest.mark.parametrize("module", ["hypothesis", "wiifm.engine"])
def test_that_a_process_has_what_every_contract_needs(module):
    assert asked(eval, f"{module!r} in __import__('sys').modules")


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("one\ntwo", "ended with one\ntwo"),
        ("x" * 1990 + "\n" + "last\n" * 3, "ended with ...\n" + "last\n" * 3),
        ("x" * 2001 + "\n", "ended with ..." + "x" * 1999 + "\n"),
        ("", "ended with 9"),
    ],
)
def test_that_a_failure_tells_the_last_lines_as_a_whole(printed, told):
    assert str(fork_server.Failed(9, printed)) == f"another process {told}"


@pytest.mark.skipif(not fork_server.COPIES, reason="no process can be copied here")
@pytest.mark.parametrize(
    ("end", "given", "told"),
    [
        (sys.exit, 3, "SystemExit"),
        (signal.raise_signal, signal.SIGINT, "KeyboardInterrupt"),
        (signal.raise_signal, signal.SIGKILL, "9"),
    ],
)
def test_that_a_copy_ends_alone(end, given, told):
    server = fork_server._server("1", os.getpid())
    assert asked(os.getppid) == server.pid  # by now it has begun to wait
    server.send_signal(signal.SIGINT)
    with pytest.raises(AssertionError, match=rf"^another process ended with [\s\S]*{told}"):
        asked(end, given)
    assert asked(os.getppid) == server.pid and server.poll() is None
