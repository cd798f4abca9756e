"""What is by a rule is found in a store by its column, however many entries are by others; and it is what is read row by row."""

from contextlib import contextmanager
from random import Random

import pytest

from histories import history
from test_law import some_book
from wiifm import Engine, Holder, UnknownName
from wiifm.archive import accounts
from wiifm.archive.tables import ENTRIES
from wiifm.ledger_reading import latest_entries
from wiifm.rulebook import RuleBook
from wiifm.stores.memory import MemoryStore


class Handing(MemoryStore):
    """A store that counts the entries that are handed over to whoever reads."""

    def __init__(self):
        super().__init__()
        self.handed = self.asked = 0

    @contextmanager
    def reading(self):
        with super().reading() as session:
            scan, sift = session.scan, session.sift

            def scanned(table, *given, **more):
                for row in scan(table, *given, **more):
                    self.handed += table is ENTRIES
                    yield row

            def sifted(table, *given, **more):
                self.asked += table is ENTRIES
                session.scan = scan
                found = sift(table, *given, **more)
                session.scan = scanned
                self.handed += len(found) if table is ENTRIES else 0
                return found

            session.scan, session.sift = scanned, sifted
            yield session


def latest(engine, member, rule, before, most):
    memory = engine._memory
    with memory.reading():
        return latest_entries(memory, Holder("member", member), None, rule, before, most)


@pytest.fixture
def narrow(monkeypatch):
    """Spans that end among the entries of small communities."""
    monkeypatch.setattr(accounts, "NARROWEST", 2)
    monkeypatch.setattr(accounts, "WIDEST", 8)
    monkeypatch.setattr(accounts, "LATEST_PAGE", 2)


def check(engine, random):
    entries, rules = [*engine.ledger()], [*engine.book.rules, None]
    members = {entry.holder.id for entry in entries if entry.holder.kind == "member"}
    for rule in rules:
        assert [*engine.ledger(rule=rule)] == [e for e in entries if rule in (None, e.rule)]
        for member in sorted(members):
            mine = [e for e in entries if e.holder == Holder("member", member)]
            mine = [e for e in mine if rule in (None, e.rule)]
            assert [*engine.ledger(member, rule=rule)] == mine
            before, most = random.choice([None, 1, len(entries) // 2, 10**6]), random.choice([1, 3])
            earlier = [e for e in mine if before is None or e.no < before]
            assert latest(engine, member, rule, before, most) == earlier[::-1][:most]


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/rules.db"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.usefixtures("narrow")
def test_that_it_is_what_all_entries_say(seed, url, tmp_path, open_engine):
    random = Random(seed)
    engine = open_engine(url.format(tmp_path), some_book(random))
    engine.record_many(history(random, 60))
    check(engine, random)


@pytest.mark.usefixtures("narrow")
def test_that_it_is_so_in_memory_and_in_postgresql(postgres_urls, open_engine):
    random = Random(2)
    book, events = some_book(random), history(random, 60)
    for engine in (Engine(book), open_engine(postgres_urls(), book)):
        engine.record_many(events)
        check(engine, random)


def test_that_no_entry_of_others_is_read_for_it():
    store, random = Handing(), Random(3)
    engine = Engine.over(store, RuleBook.load("plugin:sharing"))
    engine.record_many(history(random, 60))
    entries = [*engine.ledger()]
    ann = [entry for entry in entries if entry.holder.id == "ann"]
    never = next(rule for rule in engine.book.rules if rule not in {entry.rule for entry in ann})
    few = min({each.rule for each in entries}, key=[each.rule for each in entries].count)
    store.handed = 0
    with pytest.raises(UnknownName, match="did you mean 'kudos'"):
        list(engine.ledger(rule="kodos"))
    with pytest.raises(UnknownName, match="did you mean 'kudos'"):
        list(engine.ledger("nobody", rule="kodos"))
    assert latest(engine, "ann", never, None, 9) == []
    assert store.handed == 0 < len(ann)
    found = [*engine.ledger(rule=few)]
    assert len(found) == store.handed < len(entries)


def test_that_a_few_of_a_member_are_found_at_once_however_long_the_ledger_is(monkeypatch):
    monkeypatch.setattr(accounts, "NARROWEST", 2)
    monkeypatch.setattr(accounts, "WIDEST", 8)
    store, random = Handing(), Random(3)
    engine = Engine.over(store, RuleBook.load("plugin:sharing"))
    engine.record_many(history(random, 60))
    mine = [entry for entry in engine.ledger() if entry.holder.id == "ann"]
    store.asked = store.handed = 0
    assert latest(engine, "ann", mine[0].rule, None, 9)[-1] == mine[0]
    assert store.asked == 1
    assert store.handed == sum(each.rule == mine[0].rule for each in mine) < 9
