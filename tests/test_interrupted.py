"""Whoever interrupts a transaction, wherever that is: it is kept whole or not at all, and nothing of it goes on."""

import dis
import gc
import os
import subprocess
import sys
import threading
import time
from functools import partial
from itertools import count
from random import Random

import pytest

from histories import MEMBERS, history
from wiifm import Engine, RuleBook, accounts, deeds, journal, log, memory, recording
from wiifm.folds import flow
from wiifm.stores import background, connections, database, sqlite_rows, turns
from wiifm.stores.background import BackgroundThread
from wiifm.stores.protocol import Table
from wiifm.stores.sqlite import SqliteStore

FRUIT = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
ROWS = [(f"fruit {number:03}", number) for number in range(300)]
IN_MEMORY = {each.__file__ for each in (accounts, deeds, flow, journal, log, memory, recording)}
LOOKED_AT = {each.__file__ for each in (background, database, sqlite_rows)}
BETWEEN = {each.__file__ for each in (connections, database, turns)}
LOOKS = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "RESUME", "JUMP_BACKWARD"}
"""Between these Python looks whether a signal came, and only there is anybody interrupted."""


class OfItsOwn(Exception):
    """What a block raises by itself."""


def interrupting(number):
    """Interrupt this thread at an instruction of ours, by its number."""
    left = count(number, -1)

    def trace(frame, event, _):
        if frame.f_code.co_filename not in LOOKED_AT:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and next(left) == 0:
            raise KeyboardInterrupt
        return trace

    return trace


def write(store, raised):
    """Have rows written behind, by a thread that is slow enough to be overtaken."""
    with store.writing() as writing:
        writing._background.submit(lambda: time.sleep(0.003))
        writing.insert(FRUIT, ROWS[:100])
        writing.insert(FRUIT, ROWS[100:])
        if raised:
            raise raised


def interrupted(store, number, raised):
    """Whether the transaction was interrupted; it is over by then."""
    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # without which CPython 3.12 traces no instruction
    sys.settrace(interrupting(number))
    try:
        write(store, raised)
    except KeyboardInterrupt:
        return True
    except OfItsOwn:
        return False
    finally:
        sys.settrace(before)
    return False


def ended():
    """Whether no thread writes any more, a moment later."""
    for each in threading.enumerate():
        if each.name == "wiifm writes":
            each.join(5)
    return not any(each.name == "wiifm writes" for each in threading.enumerate())


def signalling(number):
    """Interrupt this thread where a signal does: at such a place of ours, by its number."""
    left, before = count(number, -1), {}

    def trace(frame, event, _):
        if frame.f_code.co_filename not in BETWEEN:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            last = before.get(frame)
            before[frame] = dis.opname[frame.f_code.co_code[frame.f_lasti]]
            if last in LOOKS and next(left) == 0:
                raise KeyboardInterrupt
        return trace

    return trace


def signalled(store, number, kept):
    """Whether a signal came between; what it raised is kept, as an interactive session does, and with it all frames."""
    before = sys.gettrace()
    sys.settrace(signalling(number))
    try:
        with store.writing() as writing:
            writing.put(FRUIT, [("plum", number)])
        with store.reading() as reading:
            list(reading.scan(FRUIT))
    except KeyboardInterrupt as error:
        kept.append(error)
        return True
    finally:
        sys.settrace(before)
    return False


def test_that_whoever_is_interrupted_at_the_edge_of_a_transaction_leaves_the_turn_to_others(
    tmp_path,
):
    number, kept, path = 0, [], tmp_path / "fruit.db"
    store = SqliteStore(path, timeout=0.1)
    store.prepare([FRUIT])
    other = SqliteStore(path, timeout=0.1)
    while signalled(store, number, kept):
        for each in (store, other):
            with each.writing() as writing:
                writing.put(FRUIT, [("pear", number)])
        number += 1
    assert number > 60
    child = os.fork()
    if not child:  # nothing is taken to be amid a transaction
        try:
            with store.writing() as writing:
                writing.put(FRUIT, [("fig", 1)])
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.close()
    other.close()


@pytest.mark.parametrize(("raised", "whole"), [(None, (0, 300)), (OfItsOwn, (0,))])
def test_that_an_interrupted_transaction_leaves_nothing_behind(tmp_path, raised, whole):
    usual = sys.getswitchinterval()
    store = SqliteStore(tmp_path / "fruit.db", timeout=1)
    store.prepare([FRUIT])
    number = 0
    while interrupted(store, number, raised):
        assert ended() and sys.getswitchinterval() == usual, number
        with store.writing() as writing:
            rows = list(writing.scan(FRUIT))
            assert len(rows) in whole, number
            writing.delete(FRUIT, [(name,) for name, _ in rows])
        number += 1
    assert number > 300
    store.close()


def test_that_a_thread_ends_when_nobody_knows_of_its_work_any_more():
    usual = sys.getswitchinterval()
    work = BackgroundThread()
    work.submit(lambda: work)  # as a piece of work knows whose it is
    work.wait()
    work = None
    gc.collect()
    assert ended() and sys.getswitchinterval() == usual


def test_that_a_thread_ends_when_nobody_knows_any_more_that_its_work_raised():
    work = BackgroundThread()
    work.submit(lambda: work.nothing)
    with pytest.raises(AttributeError):
        work.wait()
    work = None
    gc.collect()
    assert ended()


def test_that_a_process_ends_in_the_middle_of_a_transaction(tmp_path):
    text = f"""
import sys
sys.path[:0] = {sys.path!r}
from test_interrupted import *
store = SqliteStore({str(tmp_path / "fruit.db")!r})
store.prepare([FRUIT])
writing = store.writing()
inside = writing.__enter__()
inside.insert(FRUIT, ROWS)
assert not {{"wiifm writes"}} - {{each.name for each in threading.enumerate()}}
"""
    subprocess.run([sys.executable, "-c", text], check=True, timeout=60)
    with SqliteStore(tmp_path / "fruit.db").reading() as reading:
        assert not list(reading.scan(FRUIT))


BOOK = RuleBook.parse(
    """
    [book]
    id = 'b'
    [[rule]]
    id = 'post'
    on = ['post.shared', 'answer.posted', 'object.liked']
    points = 1
    limit = { times = 2, per = 'day' }
    [[badge]]
    id = 'two'
    count = 'post.shared'
    at_least = 2
    """
)
TYPES = ("question.asked", "answer.posted", "post.shared", "object.liked", "event.retracted")
COMING = [each for each in history(Random(3), 60) if each.type in TYPES]


def told_of(engine):
    """What an engine tells of all that it holds."""
    return (
        list(engine.ledger()),
        engine.pending(),
        [engine.receipt(each.id) for each in COMING],
        [engine.entries_of(each.id) for each in COMING],
        [engine.statement(each) for each in MEMBERS],
    )


def amid(number, do):
    """Whether something is interrupted at a line of wiifm's, by its number."""
    left, before = count(number, -1), sys.gettrace()

    def trace(frame, event, _):
        name = frame.f_code.co_filename
        if name not in IN_MEMORY and not name.startswith("<"):
            return None
        if event == "line" and next(left) == 0:
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        do()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("step", range(3))
def test_that_an_engine_in_memory_that_is_interrupted_anywhere_is_as_if_it_were_not(step):
    undisturbed = Engine(BOOK)
    for batch in (COMING[:12], COMING[12:]):
        undisturbed.record_many(batch)
    expected, number = told_of(undisturbed), step
    while True:
        engine = Engine(BOOK)
        engine.record_many(COMING[:12])
        again = amid(number, partial(engine.record_many, COMING[12:]))
        engine.record_many(COMING[12:])
        again |= amid(number, partial(told_of, engine))
        assert told_of(engine) == expected, number
        if not again:
            break
        number += 37
    assert number > 300
