"""Whoever breaks the contract of stores is found out."""

from contextlib import contextmanager
from functools import partial
from threading import Lock

import pytest
from attrs import evolve

from wiifm import StoreBusy, StoreFault
from wiifm.stores.memory import MemoryStore, _Writing
from wiifm.stores.turns import Turns
from wiifm.testing import StoreContract, examples


class Inclusive(MemoryStore):
    """Takes the row at ``before`` along."""

    @contextmanager
    def reading(self):
        with super().reading() as reading:
            scan = reading.scan

            def wrong(table, *arguments, before=None, **options):
                return scan(table, *arguments, **options)

            reading.scan = wrong
            yield reading


class Forgetful(MemoryStore):
    """Keeps half a transaction."""

    @contextmanager
    def writing(self):
        with self._turns.taken(self._timeout):
            writing = _Writing(self._state())
            try:
                yield writing
            finally:
                self._tables = writing._tables
                writing.end()


class Restless(MemoryStore):
    """Shows readers what was committed after they began."""

    @contextmanager
    def reading(self):
        with super().reading() as reading:
            reading._tables = Latest(self)
            yield reading


class Latest:
    def __init__(self, store):
        self.store = store

    def __contains__(self, name):
        return name in self.store._tables

    def __getitem__(self, name):
        return self.store._tables[name]


class Impatient(MemoryStore):
    """Lets everybody write at once."""

    @contextmanager
    def writing(self):
        self._turns = Turns("nobody waits")
        with super().writing() as writing:
            yield writing


class Sloppy(MemoryStore):
    """Takes a row of any key again."""

    @contextmanager
    def writing(self):
        with super().writing() as writing:
            writing.insert = writing.put
            yield writing


class Generous(MemoryStore):
    """Hands over more than was asked for."""

    @contextmanager
    def reading(self):
        with super().reading() as reading:
            follow = reading.follow
            reading.follow = lambda those, *more, only=None, columns=None: follow(
                evolve(those, only=None), *more, columns=columns
            )
            yield reading


class Talkative(MemoryStore):
    """Hands over whole rows, whatever of them was asked for."""

    @contextmanager
    def reading(self):
        with super().reading() as reading:
            sift = reading.sift
            reading.sift = lambda *asked, **of: sift(*asked, **{**of, "columns": None})
            yield reading


class Blunt(MemoryStore):
    """Keeps what a store must, and tells what is wrong in words of its own."""

    @contextmanager
    def writing(self):
        try:
            with super().writing() as writing:
                yield writing
        except StoreBusy:
            raise StoreBusy("nothing for 0.3 s") from None
        except StoreFault:
            raise StoreFault("no") from None


@pytest.mark.parametrize(
    "test",
    [
        "test_that_a_thread_does_not_wait_for_itself",
        "test_that_a_writer_waits_for_its_turn_but_not_forever",
        "test_that_a_call_that_failed_spoils_the_transaction",
    ],
)
def test_that_a_store_may_tell_what_is_wrong_in_its_own_words(test):
    class Contract(StoreContract):
        lasting = False

        def make_opener(self, timeout):
            return partial(Blunt, timeout=timeout)

    getattr(Contract(), test)()


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("store", "test"),
    [
        (Inclusive, "test_that_it_answers_like_lists_that_are_sorted"),
        (Forgetful, "test_that_a_raise_undoes_all"),
        (Restless, "test_that_a_reader_has_the_state_of_its_beginning"),
        (Impatient, "test_that_a_thread_does_not_wait_for_itself"),
        (Impatient, "test_that_a_writer_waits_for_its_turn_but_not_forever"),
        (Sloppy, "test_that_a_key_is_there_once"),
        (Generous, "test_that_it_answers_like_lists_that_are_sorted"),
        (Generous, "test_that_rows_are_found_by_what_others_have"),
        (Talkative, "test_that_it_answers_like_lists_that_are_sorted"),
        (Talkative, "test_that_no_more_is_handed_over_than_is_wanted"),
    ],
)
def test_that_a_store_that_breaks_the_contract_is_found_out(store, test):
    class Contract(StoreContract):
        lasting = False
        examples = 1_000  # the first that finds it out is the last

        def make_opener(self, timeout):
            return partial(store, timeout=timeout)

    arguments = (KeyboardInterrupt,) if test == "test_that_a_raise_undoes_all" else ()
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(Contract(), test)(*arguments)


class Stuck(MemoryStore):
    """Goes by a lock that waits forever, be it for itself."""

    def __init__(self, timeout):
        super().__init__(timeout=timeout)
        self.lock = Lock()

    @contextmanager
    def writing(self):
        with self.lock, super().writing() as writing:
            yield writing


class Blocking(Stuck):
    """Has readers wait for the lock, too."""

    @contextmanager
    def reading(self):
        with self.lock:
            pass
        with super().reading() as reading:
            yield reading


@pytest.mark.parametrize(
    ("store", "test"),
    [
        (Stuck, "test_that_a_writer_waits_for_its_turn_but_not_forever"),
        (Stuck, "test_that_a_thread_does_not_wait_for_itself"),
        (Blocking, "test_that_a_reader_has_the_state_of_its_beginning"),
    ],
)
def test_that_a_store_that_waits_forever_is_told_and_holds_nobody_up(monkeypatch, store, test):
    monkeypatch.setattr(examples, "TIMEOUT", 0.5)
    contract = StoreContract()
    contract.make_opener = lambda timeout: partial(store, timeout)
    with pytest.raises(AssertionError, match=r"the call didn't return within 0\.5 s"):
        getattr(contract, test)()
