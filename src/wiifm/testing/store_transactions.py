"""The part of the store contract about transactions: all or nothing, one writer at a time, and readers see a fixed state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from wiifm.faults import NotPrepared, StoreBusy, StoreFault
from wiifm.stores.protocol import Reading, Row, Table, Writing
from wiifm.testing.examples import in_time
from wiifm.testing.store_rows import RowsContract
from wiifm.testing.store_samples import (
    APPLE,
    EATEN,
    FRUIT,
    PEAR,
    PLUM,
    add,
    all_of,
    count_up,
    opened,
)


class TransactionsContract(RowsContract):
    """Part of :class:`~wiifm.testing.StoreContract`."""

    @pytest.mark.parametrize(
        "error", [ValueError, StoreFault, KeyboardInterrupt, SystemExit, GeneratorExit]
    )
    def test_that_a_raise_undoes_all(self, error: type[BaseException]) -> None:
        """Whatever is raised within the block, even KeyboardInterrupt: nothing of the transaction is kept."""
        store = opened(self.make_opener(30), [PLUM])
        with pytest.raises(error), store.writing() as writing:
            writing.insert(FRUIT, [APPLE])
            writing.put(FRUIT, [("plum", 0, None, None, None)])
            writing.delete(FRUIT, [("plum",)])
            writing.cut(FRUIT, (), ("a",))
            raise error
        assert all_of(store) == [PLUM]
        add(store, APPLE)
        assert all_of(store) == [APPLE, PLUM]
        store.close()

    @pytest.mark.parametrize("call", ["insert", "put"])
    def test_that_a_raise_among_the_rows_undoes_all(self, call: str) -> None:
        """Nor is anything kept if the iterable of rows raises."""
        store = opened(self.make_opener(30), [PLUM])

        def rows() -> Iterator[Row]:
            yield APPLE
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), store.writing() as writing:
            getattr(writing, call)(FRUIT, rows())
        assert all_of(store) == [PLUM]
        store.close()

    def test_that_a_call_that_failed_spoils_the_transaction(self) -> None:
        """After a failed call, all further calls raise, even if its fault was caught; so does the end of the block, and nothing is kept."""
        store = opened(self.make_opener(30), [PLUM])
        with pytest.raises(StoreFault), store.writing() as writing:
            writing.insert(FRUIT, [APPLE])
            with pytest.raises(StoreFault):  # by the insert, or by the next read
                writing.insert(FRUIT, [PEAR, PLUM])
                writing.find(FRUIT, [("plum",)])
            for _ in range(2):
                with pytest.raises(StoreFault):
                    writing.find(FRUIT, [("plum",)])
                with pytest.raises(StoreFault):
                    writing.put(FRUIT, [PEAR])
        assert all_of(store) == [PLUM]
        store.close()

    @pytest.mark.parametrize("call", ["insert", "put"])
    def test_that_a_fault_among_many_rows_undoes_all(self, call: str) -> None:
        """A store may report the fault late, but it must do so by the end of the block, and keep nothing."""
        store = opened(self.make_opener(30), [APPLE])
        rows: list[Row] = [(f"f{number:04}", number, None, None, None) for number in range(1_500)]
        twice = APPLE if call == "insert" else ("twin", 1, None, None, APPLE[4])
        with pytest.raises(StoreFault), store.writing() as writing:
            getattr(writing, call)(FRUIT, [*rows[:700], twice, *rows[700:]])
            writing.put(FRUIT, [PEAR])
        assert all_of(store) == [APPLE]
        with pytest.raises(ValueError, match="stop"), store.writing() as writing:
            writing.insert(FRUIT, rows)
            raise ValueError("stop")
        assert all_of(store) == [APPLE]
        with store.writing() as writing:
            writing.insert(FRUIT, rows)
            writing.put(FRUIT, [("f0001", -1, None, None, None)])
            writing.delete(FRUIT, [row[:1] for row in rows[1_000:]])
            assert len(writing.find(FRUIT, [row[:1] for row in rows])) == 1_000
        assert len(all_of(store)) == 1_001
        store.close()

    def test_that_nothing_is_answered_after_the_end(self) -> None:
        """Neither the transaction nor its iterators answer after the end of the block; the next transaction isn't disturbed."""
        store = opened(self.make_opener(30), [PLUM, APPLE])
        with store.reading() as reading:
            rows = reading.scan(FRUIT)
            assert next(rows) == APPLE
        with store.writing() as writing:
            begun = writing.scan(FRUIT)
            assert next(begun) == APPLE
        add(store, PEAR)
        for iterator in (rows, begun):
            with pytest.raises(StoreFault):
                next(iterator)
        with pytest.raises(StoreFault):
            reading.find(FRUIT, [("plum",)])
        with pytest.raises(StoreFault):
            writing.delete(FRUIT, [("plum",)])
        assert all_of(store) == [APPLE, PEAR, PLUM]
        store.close()

    def test_that_a_reader_has_the_state_of_its_beginning(self) -> None:
        """It sees neither uncommitted rows nor rows committed later; and no writer waits for it."""
        store = opened(self.make_opener(30), [PLUM])
        with store.reading() as early, store.writing() as writing:
            writing.insert(FRUIT, [APPLE])
            assert list(writing.scan(FRUIT)) == [APPLE, PLUM]
            assert list(early.scan(FRUIT)) == in_time(all_of, store) == [PLUM]
        with store.reading() as later:
            with store.writing() as writing:
                writing.put(FRUIT, [("plum", 9, None, None, None)])
                writing.delete(FRUIT, [("apple",)])
            assert list(later.scan(FRUIT)) == [APPLE, PLUM]
            assert later.find(FRUIT, [("red",)], "colour") == [APPLE]
        assert all_of(store) == [("plum", 9, None, None, None)]
        store.close()

    def test_that_one_table_is_read_while_another_is_written(self) -> None:
        """A writer may iterate over the rows of one table and write to another for each."""
        store = opened(self.make_opener(30))
        rows = [(f"f{number:04}", number, None, None, None) for number in range(3_000)]
        add(store, *rows)
        with store.writing() as writing:
            for name, weight, *_ in writing.scan(FRUIT):
                if isinstance(weight, int) and weight % 100 == 0:
                    writing.insert(EATEN, [("ann", weight, name)])
        assert len(all_of(store, EATEN)) == 30
        store.close()

    def test_that_threads_write_one_at_a_time(self) -> None:
        """Four threads that count to a hundred lose no step."""
        store = opened(self.make_opener(30))
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(count_up, store, 25) for _ in range(4)]:
                done.result()
        assert all_of(store, EATEN) == [("counter", 0, "100")]
        store.close()

    def test_that_a_writer_waits_for_its_turn_but_not_forever(self) -> None:
        """After the timeout it raises :class:`StoreBusy`; and its turn comes once the other has ended."""
        store = opened(self.make_opener(0.3))
        with store.writing() as writing:
            writing.insert(FRUIT, [PLUM])
            with pytest.raises(StoreBusy, match=r"0\.3 s"):
                in_time(add, store, APPLE)
        in_time(add, store, APPLE)
        assert all_of(store) == [APPLE, PLUM]
        store.close()

    def test_that_a_thread_does_not_wait_for_itself(self) -> None:
        """A transaction within a transaction of the same thread raises at once, and the outer one can go on."""
        store = opened(self.make_opener(30))

        def write() -> None:
            with store.writing() as writing:
                with pytest.raises(StoreFault) as raised:
                    add(store, APPLE)
                assert not isinstance(raised.value, StoreBusy)
                writing.insert(FRUIT, [PLUM])

        in_time(write)
        assert all_of(store) == [PLUM]
        store.close()

    def test_that_a_table_that_was_not_prepared_is_told(self) -> None:
        """The fault names the table and says what to do."""
        store = opened(self.make_opener(30))
        more = Table("more", {"name": "text"}, ("name",))
        reads: list[Callable[[Reading], object]] = [
            lambda to: to.find(more, [("a",)]),
            lambda to: list(to.scan(more)),
        ]
        changes: list[Callable[[Writing], object]] = [
            lambda to: to.insert(more, [("a",)]),
            lambda to: to.put(more, [("a",)]),
            lambda to: to.delete(more, [("a",)]),
            lambda to: to.cut(more, (), ("a",)),
        ]
        for ask in reads:
            with pytest.raises(NotPrepared, match="more"), store.reading() as reading:
                ask(reading)
        for change in changes:
            with pytest.raises(NotPrepared, match="more"), store.writing() as writing:
                change(writing)
        store.close()

    def test_that_a_closed_store_says_so(self) -> None:
        """Every call on a closed store says that it is closed; closing it again does nothing."""
        store = opened(self.make_opener(30), [PLUM])
        store.close()
        store.close()
        for use in (all_of, add):
            with pytest.raises(StoreFault, match="closed"):
                use(store)
        with pytest.raises(StoreFault, match="closed"):
            store.prepare([FRUIT])
