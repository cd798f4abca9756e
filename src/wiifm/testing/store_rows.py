"""The part of the store contract about rows: they come back unchanged, in order, and keys and indexes are kept."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import strategies as st

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Index, Kind, Row, Table, Those
from wiifm.testing.examples import tried_on
from wiifm.testing.overridden import missing
from wiifm.testing.store_machine import compare
from wiifm.testing.store_samples import (
    APPLE,
    ATE,
    EATEN,
    FRUIT,
    PEAR,
    PLUM,
    Opener,
    add,
    all_of,
    opened,
)

_ANY: dict[Kind, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    "bytes": st.binary(),
}


class RowsContract:
    """Part of :class:`~wiifm.testing.StoreContract`."""

    examples = 50
    """How many histories of a store, and how many lists of rows, are tried."""

    lasting = True
    """Whether what was committed outlives the store object, so that it can be opened again and by others. False for a store in memory."""

    def make_opener(self, timeout: float) -> Opener:
        """Make a function that opens a store in a place where there was none; each call of it opens the same place. It must be picklable.

        Args:
            timeout: how many seconds a writer waits for its turn.
        """
        raise missing("make_opener", "return a function that opens a store")

    def test_that_it_answers_like_lists_that_are_sorted(self) -> None:
        """Random tables, transactions and queries give the same results as plain Python lists."""
        compare(lambda: self.make_opener(30), lasting=self.lasting, examples=self.examples)

    @pytest.mark.parametrize("kind", sorted(_ANY))
    def test_that_cells_come_back_as_they_were_and_in_order(self, kind: Kind) -> None:
        """Integers are ordered as numbers, texts by code point, bytes byte by byte."""
        table = Table(
            f"any_{kind}", {"key": kind, "cell": kind}, ("key",), {"cell": Index(("cell",))}
        )
        store = self.make_opener(30)()
        store.prepare([table])

        @tried_on(self.examples, st.dictionaries(_ANY[kind], st.none() | _ANY[kind]))
        def holds(rows: dict[Any, Any]) -> None:
            with store.writing() as writing:
                writing.delete(table, [()])
                writing.insert(table, rows.items())
            with store.reading() as reading:
                assert list(reading.scan(table)) == sorted(rows.items())
                found = sorted((cell, key) for key, cell in rows.items() if cell is not None)
                assert [(cell, key) for key, cell in reading.scan(table, index="cell")] == found

        holds()
        store.close()

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (("fig", "heavy", None, None, None), "weight"),
            (("fig", 2**63, None, None, None), "weight"),
            (("fig", True, None, None, None), "weight"),
            (("fig", 1, b"green", None, None), "colour"),
            (("fig", 1, "gr\0een", None, None), "colour"),
            (("fig", 1, "\ud800", None, None), "colour"),
            (("fig", 1, None, "photo", None), "photo"),
            ((None, 1, None, None, None), "name"),
            (("fig", 1, None, None), "fruit"),
        ],
    )
    @pytest.mark.parametrize("call", ["insert", "put"])
    def test_that_a_row_which_does_not_fit_is_refused(
        self, call: str, row: Row, message: str
    ) -> None:
        """A cell of the wrong kind, an integer too large, a text with NUL or a lone surrogate, None in a key, a missing cell: all are refused."""
        store = opened(self.make_opener(30), [PLUM])
        with pytest.raises(StoreFault, match=message), store.writing() as writing:
            getattr(writing, call)(FRUIT, [APPLE, row])
        assert all_of(store) == [PLUM]
        store.close()

    @pytest.mark.parametrize("name", ["fi\0g", "\ud800"])
    def test_that_what_cannot_be_a_key_finds_nothing(self, name: str) -> None:
        """A text that no cell can contain is looked up like any other key: no row has it, and the other keys are found."""
        store = opened(self.make_opener(30), [PLUM])
        with store.reading() as reading:
            assert reading.find(FRUIT, [(name,)]) == []
            assert reading.find(FRUIT, [(name,), PLUM[:1]]) == [PLUM]
        store.close()

    def test_that_a_key_is_there_once(self) -> None:
        """Inserting an existing key raises a fault that names the table, whether the key was there before or is new in the same call."""
        store = opened(self.make_opener(30), [PLUM])
        for rows in ([APPLE, PLUM], [APPLE, APPLE], [("plum", 0, None, None, None)]):
            with pytest.raises(StoreFault, match="fruit"):
                add(store, *rows)
            assert all_of(store) == [PLUM]
        store.close()

    @pytest.mark.parametrize("call", ["insert", "put"])
    def test_that_a_unique_index_has_cells_once(self, call: str) -> None:
        """Cells that a unique index has already raise a fault; None never equals None."""
        store = opened(self.make_opener(30), [APPLE])
        again = ("fig", 1, None, None, "a1")
        with pytest.raises(StoreFault, match="fruit"), store.writing() as writing:
            getattr(writing, call)(FRUIT, [PLUM, again])
        assert all_of(store) == [APPLE]
        with store.writing() as writing:
            getattr(writing, call)(FRUIT, [PLUM, ("fig", 1, None, None, None)])
        assert len(all_of(store)) == 3
        store.close()

    def test_that_put_takes_rows_one_after_the_other(self) -> None:
        """Of two rows with the same key the last one stays, and what the first one took in a unique index is free again."""
        store = opened(self.make_opener(30), [APPLE])
        red, green = ("apple", 5, "red", None, "b1"), ("apple", 4, "green", None, None)
        fig = ("fig", 1, None, None, "b1")
        with store.writing() as writing:
            writing.put(FRUIT, [red, green, fig, PLUM, PLUM])
        assert all_of(store) == [green, fig, PLUM]
        with store.reading() as reading:
            assert reading.find(FRUIT, [("red",), ("green",)], "colour") == [green]
            assert reading.find(FRUIT, [("a1",), ("b1",)], "label") == [fig]
        taken = ("plum", 2, "blue", None, "b1")
        with pytest.raises(StoreFault, match="fruit"), store.writing() as writing:
            writing.put(FRUIT, [taken, PLUM])
        assert all_of(store) == [green, fig, PLUM]
        store.close()

    def test_that_rows_are_found_by_what_others_have(self) -> None:
        """Each row is found once, however many others name it; ``only`` and ``columns`` reduce the result."""
        store = opened(self.make_opener(30), [PLUM, APPLE, PEAR])
        with store.writing() as writing:
            writing.insert(EATEN, ATE)
        with store.reading() as reading:
            those = Those(table=EATEN, column="fruit", within=("ann",))
            assert sorted(reading.follow(those, FRUIT)) == [APPLE, PLUM]
            assert reading.follow(those, FRUIT, only=("colour", ["blue", "no"])) == [PLUM]
            assert reading.follow(those, FRUIT, only=("colour", [])) == []
            assert reading.follow(evolve(those, since=(2,), before=(3,)), FRUIT) == [PLUM]
            assert reading.follow(evolve(those, only=("at", {3, 4})), FRUIT) == [APPLE]
            by_colour = Those(table=FRUIT, column="colour", within=())
            assert reading.follow(by_colour, FRUIT, "label") == []
            eaters = Those(table=EATEN, column="member", within=("plum",), index="fruit")
            assert reading.follow(eaters, FRUIT) == []
            assert sorted(reading.follow(evolve(eaters, column="fruit"), FRUIT)) == [PLUM]
            blue = ("colour", ["blue"])
            assert reading.follow(those, FRUIT, only=blue, columns=["weight"]) == [(PLUM[1],)]
        store.close()

    def test_that_no_more_is_handed_over_than_is_wanted(self) -> None:
        """``sift``, ``pick``, ``first_of``, ``last_of`` and ``joined`` return only the rows and columns that were asked for."""
        store = opened(self.make_opener(30))
        with store.writing() as writing:
            writing.insert(EATEN, ATE)
        with store.reading() as reading:
            assert reading.sift(EATEN, ("ann",), only=("fruit", ["plum", "\0"])) == ATE[:2]
            assert reading.sift(EATEN, ("ann",), before=(4,), only=None) == ATE[:3]
            assert reading.sift(EATEN, ("raj",), columns=["fruit", "at"]) == [("pear", 1)]
            assert reading.sift(EATEN, ("plum",), "fruit", only=("member", ["ann"])) == ATE[:2]
            plums = ("fruit", ["plum", "fig"])
            assert reading.sift(EATEN, ("ann",), only=plums, columns=["at"], last=2) == [(2,), (4,)]
            assert reading.sift(EATEN, ("ann",), before=(4,), only=plums, last=9) == ATE[:2]
            assert reading.sift(EATEN, ("ann",), last=0) == []
            two, three = [("ann",), ("raj",)], ("at", [3, 1])
            picked = reading.pick(EATEN, two, only=three, columns=["fruit"])
            assert sorted(picked) == [("apple",), ("pear",), ("plum",)]
            assert reading.pick(EATEN, two[1:], only=("at", [])) == []
            assert reading.pick(EATEN, two[1:], columns=["at"]) == [(1,)]
            eaters = [("ann",), ("raj",), ("tom",), ("ann",)]
            assert sorted(reading.last_of(EATEN, eaters, most=2)) == [*ATE[3:5], ATE[5]]
            assert sorted(reading.first_of(EATEN, eaters, most=2)) == [*ATE[:2], ATE[5]]
            firsts = reading.first_of(EATEN, [("apple",), ("no",)], "fruit", most=1, columns=["at"])
            assert (firsts, reading.first_of(EATEN, eaters, most=0)) == ([(3,)], [])
            eaten = [("plum",), ("fig",)]
            assert reading.last_of(EATEN, eaten, "fruit", before=(4,), most=1) == [ATE[1]]
            assert reading.last_of(EATEN, eaters, before=(2,), most=9, columns=["at"]) == [(1,)] * 2
            assert (
                reading.last_of(EATEN, eaters, most=0) == reading.last_of(EATEN, [], most=3) == []
            )
            ann = ("member", ["ann", "no"])
            joined = reading.joined(EATEN, only=ann, columns=["at", "member"])
            assert joined == ("1,2,3,4,5", "ann,ann,ann,ann,ann")
            assert reading.joined(EATEN, ("tom",), columns=["at", "member"]) == ("", "")
        store.close()

    def test_that_many_rows_are_written_and_found_at_once(self) -> None:
        """Thousands of rows are written and found in one call; a row is found once, even if its key is asked for twice."""
        store = opened(self.make_opener(30))
        rows = [(f"m{number % 7}", number, str(number % 3)) for number in range(5_000)]
        with store.writing() as writing:
            writing.insert(EATEN, rows)
        with store.reading() as reading:
            assert list(reading.scan(EATEN)) == sorted(rows)
            assert list(reading.scan(EATEN, backwards=True, most=4_500)) == sorted(rows)[:-4_501:-1]
            keys = [row[:2] for row in rows[::5]]
            assert sorted(reading.find(EATEN, [*keys, ("m9", 9), *keys])) == sorted(rows[::5])
            ones = [row for row in rows if row[0] in ("m1", "m2")]
            assert sorted(reading.find(EATEN, [("m1",), ("m2",), ("m1",)])) == sorted(ones)
            assert len(reading.find(EATEN, [("0",), ("2",)], "fruit")) == 3_333
        with store.writing() as writing:
            writing.put(EATEN, [(member, at, "none") for member, at, _ in rows])
            writing.delete(EATEN, [row[:2] for row in rows[1:]])
        assert all_of(store, EATEN) == [("m0", 0, "none")]
        store.close()

    def test_that_prepare_makes_what_is_missing_and_leaves_the_rest(self) -> None:
        """Existing rows stay, missing tables and indexes are made, and a new index finds the rows that were there before it."""
        opener = self.make_opener(30)
        store = opener()
        store.prepare([Table("fruit", FRUIT.columns, FRUIT.key)])
        add(store, APPLE, PEAR)
        for _ in range(2):
            store.prepare([FRUIT, EATEN])
            with store.reading() as reading:
                assert reading.find(FRUIT, [("red",)], "colour") == [APPLE]
                assert list(reading.scan(EATEN)) == []
        with pytest.raises(StoreFault, match="fruit"):
            add(store, ("fig", 1, None, None, "a1"))
        store.close()

    @pytest.mark.parametrize(
        "other",
        [
            Table("fruit", {"name": "text"}, ("name",)),
            Table("fruit", {**FRUIT.columns, "weight": "text"}, ("name",)),
            Table("fruit", FRUIT.columns, ("name", "weight")),
        ],
        ids=["columns", "kinds", "key"],
    )
    def test_that_prepare_refuses_a_table_that_is_there_otherwise(self, other: Table) -> None:
        """A table that exists with other columns or another key is refused by name, and no other table is made either."""
        store = opened(self.make_opener(30), [PLUM])
        with pytest.raises(StoreFault, match="fruit"):
            store.prepare([Table("more", {"name": "text"}, ("name",)), other])
        with pytest.raises(StoreFault, match="more"), store.reading() as reading:
            reading.find(Table("more", {"name": "text"}, ("name",)), [("a",)])
        assert all_of(store) == [PLUM]
        store.close()
