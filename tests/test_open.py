"""An engine is opened by a book, or by the one that its store kept, and closed when it is done."""

import gc
import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest
from attrs import evolve
from hypothesis import example, given, settings

from histories import history
from test_law import EXAMPLES, seeds, some_book
from wiifm import (
    AsyncEngine,
    Engine,
    Event,
    InvalidInput,
    InvalidRuleBook,
    NothingRecorded,
    RuleBook,
    StoreFault,
    UnknownName,
    rescore,
    verify,
)
from wiifm.archive.stored_book import _BOOK_ROWS, book_row, digest_in, kept_book
from wiifm.archive.tables import BOOKS, HOLDERS
from wiifm.rulebook import gather
from wiifm.rulebook.check import check_kept
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store

SHARING = RuleBook.load("plugin:sharing")
AT = datetime(2026, 5, 4, tzinfo=UTC)
THANKS = Event(id="k1", type="kudos.given", occurred_at=AT, actor="bob", recipient="ann")
SAYING = """
[book]
id = "b"
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 1
say = "by {actor}, with {mentor}"
"""
LUNCH = """
    import wiifm

    HEARD = []

    @wiifm.hookimpl
    def wiifm_rule_kinds(kinds):
        step = lambda state, activity, settings: (True, 3)
        kinds.add(wiifm.RuleKind(name="lunch", step=step, version="%s"))

    @wiifm.hookimpl
    def wiifm_observers(observers):
        observers.add(HEARD.append)
"""
WATCH = """
    import wiifm

    HEARD = []

    @wiifm.hookimpl
    def wiifm_observers(observers):
        observers.add(HEARD.append)
"""
LUNCHES = """
[book]
id = "lunches"
use = ["lunch"]
[[rule]]
id = "lunch"
kind = "lunch"
on = "kudos.given"
to = "recipient"
"""


def kept(store):
    """The row of the book in a store."""
    with store.reading() as reading:
        (row,) = reading.scan(BOOKS)
    return row


def test_that_a_store_keeps_its_book(new_url):
    url = new_url()
    with Engine.open(url, SHARING) as engine:
        engine.record(THANKS)
        told = engine.statement("ann")
    with Engine.open(url) as engine:
        assert engine.book.digest == SHARING.digest
        assert engine.statement("ann") == told
        assert engine.record(THANKS).status == "duplicate"


@example(seed=95260)  # an object whose creator came with what retracts it
@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_the_kept_book_decides_as_the_given_one(seed):
    random, store = Random(seed), MemoryStore()
    book, events = some_book(random), history(random, 20)
    Engine.over(store, book).record_many(events[:10])
    again = Engine.over(store)
    assert again.book.digest == book.digest
    again.record_many(events[10:])
    one = Engine(book)
    one.record_many(events[:10])
    one.record_many(events[10:])
    assert list(again.ledger()) == list(one.ledger())
    assert sorted(map(str, again.standings())) == sorted(map(str, one.standings()))


def test_that_a_store_opens_although_its_plugin_takes_other_settings_by_now(
    new_url, install, monkeypatch
):
    """What was recorded is decided already: only who gives the book anew has to mend it."""
    url, module = new_url(), install("lunch", LUNCH % 1)
    lunches = LUNCHES + "settings = { large = 2 }\n"
    with Engine.open(url, RuleBook.parse(lunches)) as engine:
        engine.record(THANKS)
    declares = "settings={'size': wiifm.Setting('integer', least=1)}, version="
    path = Path(str(sys.modules.pop(module).__file__))
    path.write_text(dedent(LUNCH.replace("version=", declares) % 1), encoding="utf-8")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with Engine.open(url) as engine:
        assert engine.record(THANKS).status == "duplicate"
        assert engine.standing("ann").points["points"] == 3
        assert engine.book.kinds["lunch"].settings
    with pytest.raises(InvalidRuleBook, match="found 'large', expected a setting of the kind"):
        RuleBook.parse(lunches)


def test_that_a_store_opens_though_a_name_in_a_sentence_of_its_book_is_never_filled_in(
    new_url, monkeypatch
):
    """Books with such sentences weren't refused in the past."""
    url, text = new_url(), SAYING
    with monkeypatch.context() as patient:
        patient.setattr(gather, "check", check_kept)
        with Engine.open(url, RuleBook.parse(text)) as engine:
            engine.record(THANKS)
            digest = engine.book.digest
    with Engine.open(url) as engine:
        assert engine.book.digest == digest
        assert [each.say for each in engine.ledger()] == ["by bob, with"]
    with pytest.raises(InvalidRuleBook, match=r"found {mentor}, expected a name that is"):
        RuleBook.parse(text)


def test_that_nothing_is_made_where_nothing_was_recorded(new_url, tmp_path):
    url = new_url()
    with pytest.raises(
        NothingRecorded, match=r"nothing was recorded here yet .*wiifm record STORE"
    ):
        Engine.open(url)
    assert not list(tmp_path.iterdir())
    with closing(open_store(url)) as store:
        store.prepare([BOOKS])
        with pytest.raises(StoreFault, match="nothing was recorded"):
            digest_in(store)


def test_that_new_words_are_kept_with_the_next_batch(new_url):
    """They mean the same, so the book is the same; who only reads writes nothing."""
    url, text = new_url(), SHARING.dumps()
    other = RuleBook.parse(text.replace("You joined", "Welcome"))
    assert other.digest == SHARING.digest
    Engine.open(url, SHARING).close()
    with closing(open_store(url)) as store:
        before = kept(store)
        with Engine.open(url, other) as engine:
            assert engine.standing("ann").points["points"] == 0
            assert kept(store) == before
            with pytest.raises(KeyError), engine._memory.writing([THANKS]):
                raise KeyError
            engine.record(THANKS)
        assert "Welcome" in kept_book(store).dumps()


def test_that_what_only_python_can_say_asks_for_the_book(new_url):
    class Shy:
        @staticmethod
        def wiifm_rules(book):
            @book.rule(on="kudos.given", to="recipient", points=3)
            def long(activity):
                return True

    import wiifm

    plugin = Shy()
    plugin.__class__.wiifm_rules = staticmethod(wiifm.hookimpl(Shy.wiifm_rules))
    book, url = RuleBook.load("plugin:sharing", [plugin]), new_url()
    with Engine.open(url, book) as engine:
        engine.record(THANKS)
    with pytest.raises(StoreFault) as told:
        Engine.open(url)
    assert "rule 'long', key 'test': found a function in Python" in str(told.value)
    assert "give the rule book: Engine.open(url, book), or --book BOOK" in str(told.value)
    with Engine.open(url, book) as engine:
        assert engine.standing("ann").points["points"] == 8


HOLIDAYS = "[book]\nid = 'b'\nuse = ['sharing']\nholidays = [2026-05-01]"


def test_that_a_book_with_holidays_is_kept(new_url):
    url = new_url()
    with Engine.open(url, RuleBook.parse(HOLIDAYS)) as engine:
        engine.record(THANKS)
    with Engine.open(url) as engine:
        assert engine.book.calendar.holidays == {date(2026, 5, 1)}


def test_that_a_store_from_before_holidays_could_be_listed_goes_on():
    store, book = MemoryStore(), RuleBook.parse(HOLIDAYS)
    Engine.over(store, book).record(THANKS)
    digest, _, _, made = kept(store)
    with store.writing() as writing:
        writing.put(BOOKS, [(digest, None, "found 1 holidays of a plugin", made)])
    with pytest.raises(StoreFault, match="give the rule book"):
        Engine.over(store)
    assert not verify(store, book).differences
    Engine.over(store, book).record(evolve(THANKS, id="k2"))
    assert kept_book(store).digest == digest
    assert not verify(store, book).differences


def test_that_a_kept_book_finds_its_plugins_and_their_observers(new_url, install):
    url, module = new_url(), install("lunch", LUNCH % 1)
    with Engine.open(url, RuleBook.parse(LUNCHES)) as engine:
        engine.record(THANKS)
    with Engine.open(url) as engine:
        assert engine.standing("ann").points["points"] == 3
        engine.record(evolve(THANKS, id="k2"))
    heard = sys.modules[module].HEARD
    assert [receipt.event for batch in heard for receipt in batch] == ["k1", "k2"]


def test_that_a_kept_book_names_a_plugin_that_only_observes_while_it_is_switched_off(
    new_url, install, monkeypatch
):
    url = new_url()
    module = install("watch", WATCH)
    with Engine.open(url, RuleBook.parse("[book]\nid = 'b'\nuse = ['sharing', 'watch']")):
        monkeypatch.setenv("WIIFM_PLUGINS", "none")
    with Engine.open(url) as engine:
        engine.record(THANKS)
    with closing(open_store(url)) as store:
        assert not verify(store, kept_book(store)).differences
    monkeypatch.delenv("WIIFM_PLUGINS")
    with Engine.open(url) as engine:
        engine.record(evolve(THANKS, id="k2"))
    heard = sys.modules[module].HEARD
    assert [receipt.event for batch in heard for receipt in batch] == ["k2"]


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (None, "the plugin 'lunch' isn't installed"),
        ("off", "the plugin 'lunch' is installed, but WIIFM_PLUGINS disables it: name it the"),
        (
            LUNCH % 2,
            "the kind 'lunch' had the version '1', and now has '2': install that version again, or",
        ),
        ("import wiifm\n", "found 'lunch'"),
        ("import wiifm\n", "wiifm_lunch_plugin: found SyntaxError('invalid syntax') (wiifm_lunch"),
    ],
)
def test_that_a_book_that_cannot_be_made_again_is_told(new_url, install, monkeypatch, then, told):
    url = new_url()
    with monkeypatch.context() as before:
        module = install("lunch", LUNCH % 1)
        Engine.open(url, RuleBook.parse(LUNCHES)).close()
        sys.modules.pop(module)
        if then is None:
            before.setattr(sys, "path", [each for each in sys.path if "wiifm-lunch" not in each])
        elif then == "off":
            before.setenv("WIIFM_PLUGINS", "none")
        else:
            path = next(each for each in sys.path if each.endswith("wiifm-lunch"))
            with open(f"{path}/{module}.py", "w", encoding="utf-8") as file:
                file.write("\n".join(line[4:] for line in then.splitlines()))
            before.setattr(sys, "dont_write_bytecode", True)
        with pytest.raises(StoreFault) as error:
            Engine.open(url)
    assert told in str(error.value)
    assert "give the rule book" in str(error.value)
    assert "'lunches' with the digest" in str(error.value)


def test_that_a_book_that_was_never_kept_is_told():
    store = MemoryStore()
    Engine.over(store, SHARING)
    with store.writing() as writing:
        writing.delete(BOOKS, [(SHARING.digest,)])
    with pytest.raises(StoreFault, match=f"{SHARING.digest} isn't kept in the store; give the"):
        Engine.over(store)
    Engine.over(store, SHARING).record(THANKS)
    assert Engine.over(store).standing("ann").points["points"] == 5


def test_that_the_row_says_what_the_book_was_made_with():
    store = MemoryStore()
    Engine.over(store, RuleBook.parse('[book]\nid = "\\u0001"\nuse = ["sharing"]'))
    _, text, lacks, made = kept(store)
    assert "[[rule]]" in text and lacks is None
    assert json.loads(made) == {"id": "\1", "named": ["sharing"], "disabled": [], "used": []}


# ---- what an engine says of itself -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["book", "clock", "faults"])
def test_that_what_an_engine_decides_by_cannot_be_replaced(name):
    engine = Engine(SHARING, clock=lambda: AT)
    with pytest.raises(AttributeError, match=name):
        setattr(engine, name, getattr(engine, name))
    assert (engine.book, engine.clock(), engine.faults) == (SHARING, AT, ())


def test_that_the_faults_of_an_engine_are_those_so_far():
    engine = Engine(SHARING, [lambda receipts: 1 / 0])
    before = engine.faults
    engine.record(THANKS)
    assert (len(before), len(engine.faults)) == (0, 1)


def test_that_an_engine_shows_its_book_and_its_place(tmp_path):
    assert repr(Engine(SHARING)) == "Engine('sharing', in memory)"
    assert repr(Engine.over(MemoryStore(), SHARING)) == "Engine('sharing', in memory)"
    with Engine.open(f"sqlite:///{tmp_path}/acme.db", SHARING) as engine:
        assert repr(engine) == f"Engine('sharing', sqlite:///{tmp_path}/acme.db)"
        assert repr(AsyncEngine(engine)) == f"AsyncEngine({engine!r})"


def test_that_an_engine_shows_no_password(postgres_urls):
    url = postgres_urls()
    with_password = re.sub("//([^@]*)@", r"//\1:secret@", url)
    with Engine.open(with_password, SHARING) as engine:
        assert repr(engine) == f"Engine('sharing', {re.sub('//.*@', '//', url)})"


class Told(MemoryStore):
    """A store of a plugin that says where it is."""

    def __str__(self):
        return "redis://acme"


class Silent:
    """A store of a plugin that shows its password."""

    def __init__(self):
        inner = MemoryStore()
        self.prepare, self.close = inner.prepare, inner.close
        self.reading, self.writing = inner.reading, inner.writing

    def __repr__(self):
        return "redis://:secret@acme"


def test_that_an_engine_shows_what_a_store_of_a_plugin_tells():
    assert repr(Engine.over(Told(), SHARING)) == "Engine('sharing', redis://acme)"
    shown = repr(Engine.over(Silent(), SHARING))
    assert shown == "Engine('sharing', in a store of the class Silent)"


# ---- closing -----------------------------------------------------------------------------------------------


def test_that_a_closed_engine_says_so(new_url):
    with Engine.open(new_url(), SHARING) as engine:
        engine.record(THANKS)
    engine.close()
    for use in (engine.pending, engine.holders, lambda: engine.record(THANKS)):
        with pytest.raises(StoreFault, match="closed"):
            use()


def test_that_there_is_nothing_to_close_in_memory():
    with Engine(SHARING) as engine:
        engine.record(THANKS)
    assert engine.standing("ann").points["points"] == 5


@pytest.mark.filterwarnings("error")
def test_that_closed_connections_leave_no_warning(new_url):
    """Also where an engine can't be opened: its store is closed then."""
    url = new_url()
    with Engine.open(url, SHARING) as engine:
        engine.record(THANKS)
    with pytest.raises(StoreFault, match="digest"):
        Engine.open(url, RuleBook.parse("[book]\nid = 'other'"))
    del engine
    gc.collect()


@pytest.mark.parametrize("given", ["plugin:sharing", [], [print]])
def test_that_a_book_that_is_none_is_refused(new_url, given):
    with pytest.raises(InvalidInput, match=r"book: found .*, expected a RuleBook"):
        Engine.open(new_url(), given)
    with pytest.raises(InvalidInput, match=r"book: found .*, expected a RuleBook"):
        Engine.over(MemoryStore(), given)


def test_that_an_engine_whose_book_was_replaced_meanwhile_says_so():
    store, other = (
        MemoryStore(),
        RuleBook.parse("[book]\nid = 'other'\nuse = ['sharing']\ndrop = ['liked']"),
    )
    engine = Engine.over(store, SHARING)
    engine.record(THANKS)
    rescore(store, other)
    for call in (lambda: engine.standing("ann"), lambda: engine.record(evolve(THANKS, id="k2"))):
        with pytest.raises(StoreFault, match="replaced while this engine was open; restart this"):
            call()
    with pytest.raises(StoreFault, match="open it with that one, or rescore"):
        Engine.over(store, SHARING)


# ---- asking for one among many -----------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch):
    """How many holders each reading of a store in memory has taken."""
    from wiifm.stores.memory import _Reading

    read = []
    for name in ("find", "scan"):
        ask = getattr(_Reading, name)

        def counting(self, table, *given, ask=ask, **more):
            for row in ask(self, table, *given, **more):
                if table is HOLDERS:
                    read.append(row)
                yield row

        kind = list if name == "find" else iter
        monkeypatch.setattr(
            _Reading, name, lambda *given, of=counting, kind=kind, **more: kind(of(*given, **more))
        )
    return read


def test_that_who_asks_for_one_member_looks_at_few(counted):
    store = MemoryStore()
    engine = Engine.over(store, SHARING)
    engine.record_many(
        Event(id=f"k{n}", type="kudos.given", occurred_at=AT, actor=f"b{n}", recipient=f"m{n:05}")
        for n in range(3_000)
    )
    engine = Engine.over(store)
    counted.clear()
    assert engine.statement(engine.member("m00007").id).standing.points["points"] == 5
    assert len(counted) < 10
    with pytest.raises(UnknownName, match=r"no event credits them or could have; did you mean 'm0"):
        engine.member("m0700")
    assert len(counted) < 1_100
    with pytest.raises(UnknownName, match=r"'k7x'.*did you mean 'k7"):
        engine.receipt("k7x")
    for odd in ("", "\udc80", "a\0b"):
        with pytest.raises(UnknownName):
            engine.member(odd)
        with pytest.raises(UnknownName):
            engine.receipt(odd)


@pytest.mark.parametrize("state", ["x", "[1]", '[1,2,3,4,5,"6",[0,""],[0,""]]'])
def test_that_a_store_whose_state_was_changed_is_told(tmp_path, state):
    url = f"sqlite:///{tmp_path / 'acme.db'}"
    with Engine.open(url, SHARING) as engine:
        engine.record(THANKS)
    with closing(sqlite3.connect(tmp_path / "acme.db")) as connection:
        connection.execute("UPDATE facts SET value = ? WHERE name = 'state'", (state,))
        connection.commit()
    expected = pytest.raises(StoreFault, match="restore the store from a backup")
    with Engine.open(url) as engine, expected:
        engine.standings()


def test_that_a_book_is_written_out_once_and_not_held_for_that():
    book, same = RuleBook.parse("[book]\nid = 'b'"), RuleBook.parse("[book]\nid = 'b'")
    row = book_row(book)
    assert book_row(book) is row
    assert book_row(same) == row and book_row(same) is not row
    del book
    gc.collect()
    assert all(each is not row for each in _BOOK_ROWS.values())


@pytest.mark.parametrize("scheme", ["sqlite:///{}/order.db", "memory:", None])
def test_that_holders_and_standings_are_by_kind_and_name_wherever_they_are_kept(scheme, tmp_path):
    book = RuleBook.load("plugin:sharing")
    engine = Engine.open(scheme.format(tmp_path), book) if scheme else Engine(book)
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    for name, community in (("mia", "lab"), ("bob", "art"), ("ann", "lab")):
        posted = {"actor": name, "object": f"note of {name}", "community": community}
        engine.record(Event(id=name, type="post.shared", occurred_at=moment, **posted))
    found = [*engine.holders()]
    assert found == sorted(found) == [each.holder for each in engine.standings()]
    assert [each.id for each in found if each.kind == "member"] == ["ann", "bob", "mia"]
    engine.close()
