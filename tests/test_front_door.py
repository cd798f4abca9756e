"""The front door to stores: what opens one, what closes it, and what works on it by its URL and the book that it keeps."""

import asyncio
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import wiifm
from wiifm import AsyncEngine, Delivery, Engine, Event, Holder, RuleBook, StoreClosed
from wiifm.culture.keeping import keep
from wiifm.outbox import progress, retry, undelivered
from wiifm.outbox.tables import has_outbox
from wiifm.stores import MemoryStore, SqliteStore, Table, open_store
from wiifm.stores.holding import Held

SHARING = RuleBook.load("plugin:sharing")
OTHER = RuleBook.parse("[book]\nid = 'other'\nuse = ['sharing']\ndrop = ['kudos']")
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
THANKS = Event(
    id="k1",
    type="kudos.given",
    occurred_at=AT,
    actor="raj",
    recipient="ann",
    data={"text": "for the note"},
)
ANN, SALES = Holder("member", "ann"), Holder("unit", "Sales")
FRUIT = Table("fruit", {"name": "text"}, key=("name",))


class Plain:
    """A store of somebody else, with the four methods that a store has, and no more."""

    def __init__(self, url="plain:"):
        self.inner = MemoryStore()
        self.prepare, self.reading = self.inner.prepare, self.inner.reading
        self.writing, self.close = self.inner.writing, self.inner.close


class Offering:
    @wiifm.hookimpl
    def wiifm_stores(self, stores):
        stores.add("plain", Plain)
        stores.add("own", SqliteStore)


@pytest.fixture
def url(tmp_path):
    found = f"sqlite:///{tmp_path}/acme.db"
    with Engine.open(found, SHARING) as engine:
        engine.record(THANKS)
    return found


@pytest.fixture
def offered(monkeypatch):
    from wiifm.stores import urls

    find = urls.find_plugins
    monkeypatch.setattr(urls, "find_plugins", lambda **how: find([Offering()], **how))


# ---- with -----------------------------------------------------------------------------------------------


def check_closed_by_its_block(store):
    with store as found:
        assert found is store
        found.prepare([FRUIT])
        with found.reading() as reading:
            assert [*reading.scan(FRUIT)] == []
    with pytest.raises(StoreClosed), store.reading():
        pass


@pytest.mark.parametrize("scheme", ["memory:", "sqlite:///{}/a.db", "plain:"])
def test_that_a_block_closes_the_store_of_any_url(scheme, tmp_path, offered):
    check_closed_by_its_block(wiifm.open_store(scheme.format(tmp_path)))


def test_that_a_block_closes_a_store_that_was_made_by_its_class(tmp_path):
    check_closed_by_its_block(MemoryStore())
    check_closed_by_its_block(SqliteStore(tmp_path / "a.db"))


def test_that_a_block_that_raises_closes_the_store_too():
    store = MemoryStore()
    with pytest.raises(ZeroDivisionError), store:
        1 / 0  # noqa: B018
    with pytest.raises(StoreClosed), store.writing():
        pass


def test_that_only_a_store_without_a_block_is_given_one(offered, tmp_path):
    assert type(open_store("plain:")) is Held
    assert str(open_store("plain:")) == "in a store of the class Plain"
    with open_store(f"own:{tmp_path}/a.db") as store:
        assert type(store) is SqliteStore


def test_that_whoever_imports_the_stores_imports_no_database():
    code = "import sys, wiifm.stores; print('sqlite3' in sys.modules or 'psycopg' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


# ---- who opens, closes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("store", [MemoryStore(), Plain()], ids=["own", "of somebody else"])
def test_that_an_engine_leaves_open_what_it_was_given(store):
    told = []
    with Engine.over(store, SHARING, [Delivery("chat", told.append)]) as engine:
        engine.record(THANKS)
    calls = (
        engine.pending,
        engine.deliver,
        lambda: engine.record(THANKS),
        lambda: list(engine.ledger()),
    )
    for call in calls:
        with pytest.raises(StoreClosed, match="this engine is closed"):
            call()
    assert Engine.over(store).standing("ann").points["points"] == 5
    assert wiifm.verify(store).differences == ()


def test_that_an_engine_closes_what_it_opened_itself(tmp_path):
    engine = Engine.open(f"sqlite:///{tmp_path}/a.db", SHARING)
    store = engine._opened
    engine.close()
    with pytest.raises(StoreClosed), store.reading():
        pass


def test_that_an_async_engine_leaves_open_what_it_was_given(tmp_path):
    store = SqliteStore(tmp_path / "a.db")

    async def thanked():
        async with AsyncEngine(Engine.over(store, SHARING)) as engine:
            await engine.record(THANKS)
            await engine.culture()
        return engine

    engine = asyncio.run(thanked())
    with pytest.raises(StoreClosed):
        engine._reader.culture()
    assert Engine.over(store).standing("ann").points["points"] == 5
    store.close()


def test_that_no_engine_is_over_a_url():
    for book in (None, SHARING):
        with pytest.raises(wiifm.InvalidInput, match=r"found a str, .* wiifm\.open_store\("):
            Engine.over("sqlite:///acme.db", book)


# ---- upkeep ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [nullcontext, open_store], ids=["url", "store"])
def test_that_upkeep_needs_a_store_or_its_url_and_no_book(url, by, tmp_path):
    with by(url) as place:
        proof = wiifm.verify(place)
        assert proof.differences == () == wiifm.verify(place, noted=proof.link).differences
        assert wiifm.verify(place, SHARING) == proof
        with pytest.raises(wiifm.OtherBook):
            wiifm.verify(place, OTHER)
        assert (keep(place), keep(place, SHARING)) == (1, 0)
        assert wiifm.export(place, member="ann") == wiifm.export(place, SHARING, ANN)
        file, edge = tmp_path / "old.jsonl", AT + timedelta(days=1)
        assert wiifm.prune(place, before=edge, archive=file).archived == 1
        assert wiifm.prune(place, SHARING, edge, file).archived == 0
        assert wiifm.forget(place, member=Holder("member", "raj"), keep=["text"]).events == 1
        with pytest.raises(wiifm.UnknownName, match="nothing in the store names"):
            wiifm.forget(place, SHARING, Holder("member", "raj"))
        assert [str(each) for each in wiifm.preview(place, OTHER)] == ["ann: points 5, then 0"]
        assert wiifm.rescore(place, OTHER).corrections == 1
        assert wiifm.verify(place).differences == ()


def test_that_an_outbox_is_found_by_its_url_too(url):
    def busy(notice):
        raise ConnectionError("busy")

    with Engine.open(url, SHARING, [Delivery("chat", busy)], lambda: AT) as engine:
        engine.record(Event(**{**read(THANKS), "id": "k2"}))
    assert [each.event for each in undelivered(url)] == ["k2"]
    assert progress(url)["chat"].events == 2
    assert retry(url, AT) == 1


@pytest.mark.parametrize(
    "call",
    [undelivered, progress, lambda place: retry(place, AT)],
    ids=["undelivered", "progress", "retry"],
)
def test_that_an_outbox_where_nothing_was_recorded_is_told_and_not_made(new_url, call):
    place = new_url()
    with pytest.raises(wiifm.StoreFault, match=r"nothing was recorded here yet .*; begin with"):
        call(place)
    with open_store(place) as store:
        assert not has_outbox(store)
    with Engine.open(place, SHARING) as engine:
        engine.record(THANKS)
    assert not call(place), "something was recorded, though there is no delivery"
    with pytest.raises(wiifm.UnknownName, match="notice 'n1': none with this id waits"):
        retry(place, AT, None, ["n1"])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda url: retry(url, AT.replace(tzinfo=None)),
            "expected a datetime with its UTC offset",
        ),
        (lambda url: retry(url, None), "now: found None, expected a datetime with its UTC offset"),
        (lambda url: retry(url, AT, None, "n1"), "notices: found 'n1', expected a collection of"),
        (lambda url: retry(url, AT, None, [1]), "notices: found [1], expected a collection of ids"),
        (lambda url: retry(url, AT, None, ["n1"]), "notice 'n1': none with this id waits or is"),
        (
            lambda url: retry(url, AT, None, [f"n{no}" for no in range(8)]),
            "'n5' and 2 more: none with these ids waits or is parked",
        ),
        (lambda url: retry(url, AT, "chatt"), "delivery 'chatt': the store knows chat; did you"),
        (lambda url: undelivered(url, "chatt"), "the store knows chat; did you mean 'chat'?"),
    ],
)
def test_that_a_wrong_call_of_the_outbox_is_explained(url, call, told):
    with Engine.open(url, SHARING, [Delivery("chat", print)], lambda: AT) as engine:
        engine.deliver()
    with pytest.raises((wiifm.InvalidInput, wiifm.UnknownName)) as error:
        call(url)
    assert told in str(error.value)


def read(event):
    return {name: getattr(event, name) for name in ("type", "occurred_at", "actor", "recipient")}


def test_that_a_store_that_a_url_names_is_closed_again(url, monkeypatch):
    closed = []
    close = SqliteStore.close
    monkeypatch.setattr(SqliteStore, "close", lambda self: (closed.append(self.place), close(self)))
    wiifm.export(url, member="ann")
    assert len(closed) == 1
    with pytest.raises(wiifm.UnknownName):
        wiifm.export(url, member="nobody")
    assert len(closed) == 2


def test_that_a_folder_may_be_given_as_a_text(url, tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    changes = [str(each) for each in wiifm.preview(url, OTHER, folder=str(folder))]
    assert changes == ["ann: points 5, then 0"] and [*folder.iterdir()]
    assert wiifm.rescore(url, OTHER, folder=str(folder)).corrections == 1
    assert not [*folder.iterdir()]


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ("text", "keep: found 'text', expected a collection of names of fields, such as ['text']"),
        (None, "keep: found None, expected a collection of names of fields"),
        (["txet"], "expected a text field of the book's event types; did you mean 'text'?"),
        (["text", 3], "keep: found 3, expected a text field of the book's event types"),
        ([["text"]], "keep: found ['text'], expected a text field of the book's event types"),
    ],
)
def test_that_nothing_is_erased_if_what_is_to_be_kept_is_misspelt(url, tmp_path, keep, told):
    worded = Event(**{**read(THANKS), "id": "k2", "data": {"text": "for the map"}})
    with Engine.open(url, SHARING) as engine:
        engine.record(worded)
    before, file = wiifm.export(url, member="ann"), tmp_path / "old.jsonl"
    assert "for the map" in str(before)
    with pytest.raises(wiifm.InvalidInput) as error:
        wiifm.forget(url, member="raj", keep=keep)
    assert told in str(error.value)
    with pytest.raises(wiifm.InvalidInput) as error:
        wiifm.prune(url, before=AT + timedelta(days=1), archive=file, keep=keep)
    assert told in str(error.value)
    assert wiifm.export(url, member="ann") == before and not file.exists()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda url: wiifm.export(url, "ann"), "book: found 'ann', expected a RuleBook; without"),
        (wiifm.export, "member: found '', expected a text of 1 to 256 characters"),
        (wiifm.forget, "member: found '', expected a text of 1 to 256 characters"),
        (lambda url: wiifm.forget(url, member=None), "member: found null, expected a text"),
        (lambda url: wiifm.export(url, member=7), "member: found 7, expected a text"),
        (lambda url: wiifm.forget(url, member=SALES), "found the unit 'Sales', expected a member"),
        (lambda url: wiifm.export(url, member=SALES), "found the unit 'Sales', expected a member"),
        (lambda url: wiifm.prune(url, archive="a"), "before: found nothing, expected a moment"),
        (lambda url: wiifm.prune(url, before=AT), "archive: found nothing, expected a file"),
        (lambda url: wiifm.prune(url, before=AT, archive=3), "archive: found 3, expected a file"),
        (lambda url: wiifm.prune(url, before=AT, archive=None), "archive: found None, expected a"),
        (lambda url: wiifm.verify(url, noted=""), "noted: found '', expected the link of an"),
        (lambda url: wiifm.verify(url, noted=7), "noted: found 7, expected the link of an earlier"),
        (lambda url: wiifm.verify(url, "x"), "book: found 'x', expected a RuleBook, such as"),
        (lambda url: wiifm.rescore(url, "x"), "book: found 'x', expected a RuleBook, such as"),
        (lambda url: wiifm.rescore(url, None), "book: found null, expected a RuleBook, such as"),
        (lambda url: wiifm.preview(url, None), "book: found null, expected a RuleBook, such as"),
        (lambda url: wiifm.preview(url, OTHER, "x"), "before: found 'x', expected a RuleBook"),
        (lambda url: wiifm.rescore(url, OTHER, 3), "folder: found 3, expected a folder: a str or"),
        (lambda url: wiifm.preview(url, OTHER, folder=""), "folder: found '', expected a folder"),
        (lambda url: keep(url, "x"), "book: found 'x', expected a RuleBook, such as"),
        (lambda url: wiifm.verify(Path("acme.db")), "Path, expected a store: open it with"),
        (lambda url: wiifm.verify("acme.db"), "did you mean 'sqlite:///acme.db'"),
    ],
)
def test_that_a_wrong_call_is_explained(url, call, told):
    with pytest.raises(wiifm.WiifmError) as error:
        call(url)
    assert told in str(error.value)
