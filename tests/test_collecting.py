"""While much is recorded, the cycle collector looks at what is young, and seldom as long as it finds no waste."""

import gc
import weakref

import pytest

from wiifm.collector import MAX_SKIPPED, young_generation_only


class Knot:
    """Something that only the cycle collector gets rid of."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def _nothing_is_frozen():
    """Whatever ran before in this process may have frozen what it held."""
    gc.unfreeze()


@pytest.fixture
def looks(monkeypatch):
    found, look = [], gc.collect

    def collect(generation=2):
        found.append(generation)
        return look(generation)

    look()
    monkeypatch.setattr(gc, "collect", collect)
    return found


@pytest.fixture
def looks_without_waste(looks, monkeypatch):
    """The same, but nothing else in this process, such as another thread, can have left any waste."""
    look = gc.collect
    monkeypatch.setattr(gc, "collect", lambda generation=2: look(generation) and 0)
    return looks


def tie():
    return weakref.ref(Knot())


def test_that_it_looks_seldom_where_there_is_no_waste(looks_without_waste):
    looks = looks_without_waste
    with young_generation_only() as collect:
        seen = []
        for _ in range(100):
            collect()
            seen.append(len(looks))
    assert set(looks) == {1} and seen[:8] == [1, 1, 2, 2, 2, 2, 3, 3]
    assert len(looks) < 12
    last = [place for place, count in enumerate(seen) if place and count > seen[place - 1]][-2:]
    assert last[1] - last[0] == MAX_SKIPPED


def test_that_waste_is_gone_at_once_while_there_is_any(looks):
    with young_generation_only() as collect:
        for _ in range(20):
            tied = tie()
            assert tied() is not None
            collect()
            assert tied() is None
    assert looks == [1] * 20


def test_that_what_grew_old_unseen_is_for_the_collector_afterwards(looks_without_waste):
    with young_generation_only() as collect:
        collect()
        tied = tie()
        collect()
        assert looks_without_waste == [1]
        assert tied() is not None and not gc.get_freeze_count()
    gc.collect()
    assert tied() is None


def test_that_what_others_froze_stays_frozen(looks):
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with young_generation_only() as collect:
            for _ in range(5):
                collect()
        assert gc.get_freeze_count() == frozen and looks == [1] * 5
    finally:
        gc.unfreeze()


def test_that_a_collector_that_rests_is_left_alone(looks):
    gc.disable()
    try:
        with young_generation_only() as collect:
            collect()
        assert not gc.isenabled() and not looks
    finally:
        gc.enable()


def test_that_it_goes_on_after_an_interrupt():
    def interrupted():
        with young_generation_only():
            assert not gc.isenabled()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert gc.isenabled()


def test_that_what_others_froze_is_counted_once_and_stays_frozen(looks, monkeypatch):
    counts, count = [], gc.get_freeze_count
    gc.freeze()
    frozen = count()
    monkeypatch.setattr(gc, "get_freeze_count", lambda: counts.append(count()) or counts[-1])
    with young_generation_only() as collect:
        for _ in range(20):
            collect()
    assert counts == [frozen] and count() == frozen > 0
    assert looks == [1] * 20
    gc.unfreeze()


def test_that_whoever_only_reads_counts_nothing_that_is_frozen(monkeypatch):
    monkeypatch.setattr(gc, "get_freeze_count", lambda: pytest.fail("counted"))
    with young_generation_only():
        pass
    with young_generation_only() as collect:
        collect()
