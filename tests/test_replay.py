"""The log is recorded once more from its rows, which are looked at together, and so many at once."""

from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings

from histories import history
from test_law import EXAMPLES, seeds, some_book
from wiifm import InvalidEvent
from wiifm.archive.log import event_of, event_row, events_of
from wiifm.folds.relate import Relations
from wiifm.upkeep import replay
from wiifm.upkeep.replay import Batch


def rows_of(seed):
    random = Random(seed)
    relations = Relations(some_book(random))
    return [event_row(no, each, relations) for no, each in enumerate(history(random, 20), 1)]


@given(seeds)
@settings(max_examples=EXAMPLES)
def test_that_events_are_read_together_as_each_alone(seed):
    rows = rows_of(seed)
    assert events_of(rows) == [event_of(row) for row in rows]
    assert events_of([]) == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("id", ""),
        ("type", "x" * 257),
        ("actor", "a\0b"),
        ("object", 7),
        ("retracts", ""),
        ("community", "\ud800"),
        ("at", 10**17),
        ("topics", "[7]"),
        ("data", '{"": 1}'),
    ],
)
def test_that_a_row_that_somebody_changed_is_found_among_others(column, cell):
    rows = rows_of(1)
    place = replay.EVENTS.place(column)
    rows[7] = (*rows[7][:place], cell, *rows[7][place + 1 :])
    with pytest.raises(InvalidEvent):
        events_of(rows)


def test_that_a_name_that_is_not_plain_is_read_all_the_same():
    rows = rows_of(1)
    place = replay.EVENTS.place("actor")
    rows[7] = (*rows[7][:place], "two\nlines", *rows[7][place + 1 :])
    assert events_of(rows)[7].actor == "two\nlines"


def test_that_neither_too_many_commits_nor_too_many_events_are_written_at_once():
    sizes = [1, 1, 1, 1, 4, 4, 9, 1]
    with patch.object(replay, "SIZE", 6), patch.object(replay, "TOGETHER", 3):
        found = [
            [len(each.rows) for each in some]
            for some in replay._together(Batch([()] * size, 0) for size in sizes)
        ]
    assert found == [[1, 1, 1], [1, 4, 4], [9], [1]]
