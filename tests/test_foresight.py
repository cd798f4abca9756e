"""What a batch touches is recalled in sets: nothing of it is asked for one by one."""

from collections import Counter
from contextlib import contextmanager

import pytest
from benchmarks.community import community
from benchmarks.forums import forum
from benchmarks.memory import BOOK

from wiifm import Engine, RuleBook
from wiifm.archive.tables import CELLS, EVENTS, HOLDERS
from wiifm.stores.memory import MemoryStore

BATCH = 500


class Asked(MemoryStore):
    """A store that counts how often it is asked for rows of each table in a transaction."""

    def __init__(self):
        super().__init__()
        self.asked = []

    @contextmanager
    def writing(self):
        count = Counter()
        self.asked.append(count)
        with super().writing() as session:
            find = session.find

            def counted(table, keys, index=None):
                count[table.name] += 1
                return find(table, keys, index)

            session.find = counted
            yield session


@pytest.mark.parametrize(
    ("book", "events"),
    [
        (BOOK, community(3_000, seed=3)),
        (RuleBook.load("plugin:stackexchange"), forum("stackexchange", 3_000, seed=3)),
        (RuleBook.load("plugin:discourse"), forum("discourse", 3_000, seed=3)),
    ],
    ids=["benchmark", "stackexchange", "discourse"],
)
def test_that_what_members_count_by_object_person_or_topic_is_asked_for_once_a_batch(book, events):
    store = Asked()
    engine = Engine.over(store, book)
    for start in range(0, len(events), BATCH):
        engine.record_many(events[start : start + BATCH])
    batches = [count for count in store.asked if count[EVENTS.name]]
    assert len(batches) == len(events) // BATCH
    assert max(count[CELLS.name] for count in batches) == 1
    assert max(count[HOLDERS.name] for count in batches) <= 3  # members, communities, units
