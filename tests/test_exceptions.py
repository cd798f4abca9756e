"""What wiifm raises: exceptions that survive a pickle, with a base class and a place in the reference."""

import asyncio
import copy
import pickle
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from errno import ECONNREFUSED
from functools import partial
from pathlib import Path

import pytest

import wiifm
from wiifm import Fault
from wiifm.archive.tables import BOOKS, FACTS, VERSION
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store

FAULTS = (Fault("actor", "7", "a text", "act"), Fault("book", "nothing", "an id"))
MADE = {
    "BookChanged": lambda: wiifm.BookChanged("the kept rule book was changed"),
    "BookUnavailable": lambda: wiifm.BookUnavailable("the plugin 'lunch' isn't installed"),
    "ConflictingEvent": lambda: wiifm.ConflictingEvent(FAULTS),
    "Gone": lambda: wiifm.Gone("the chat was closed down"),
    "InvalidEvent": lambda: wiifm.InvalidEvent(FAULTS),
    "InvalidInput": lambda: wiifm.InvalidInput(FAULTS),
    "InvalidRuleBook": lambda: wiifm.InvalidRuleBook(FAULTS),
    "InvalidURL": lambda: wiifm.InvalidURL(FAULTS),
    "NotPrepared": lambda: wiifm.NotPrepared("acme.db: there is no such file"),
    "NothingRecorded": lambda: wiifm.NothingRecorded("nothing was recorded in the store yet"),
    "NotYet": lambda: wiifm.NotYet("the chat is busy", timedelta(minutes=5)),
    "OtherBook": lambda: wiifm.OtherBook("open it with that one", given="1f", kept="2e"),
    "OtherVersion": lambda: wiifm.OtherVersion("migrate it", found=3, expected=6),
    "StillDeciding": lambda: wiifm.StillDeciding(
        "nothing can be recorded while a batch is decided"
    ),
    "StoreBusy": lambda: wiifm.StoreBusy("acme.db: another process has been writing for 30 s"),
    "StoreClosed": lambda: wiifm.StoreClosed("acme.db: this store is closed"),
    "StoreDamaged": lambda: wiifm.StoreDamaged(
        "acme.db: restore a backup", table="entries", key=(7,), column="amount"
    ),
    "StoreFault": lambda: wiifm.StoreFault("acme.db: the disk is full"),
    "StoreUnreachable": lambda: wiifm.StoreUnreachable("acme: the server closed the connection"),
    "UnknownName": lambda: wiifm.UnknownName("member 'Rajj': there is none", nearest="Raj"),
    "WiifmError": lambda: wiifm.WiifmError("something"),
    "Withheld": lambda: wiifm.Withheld("no leaderboards"),
}
"""One of each."""


def exported():
    found = {name: getattr(wiifm, name) for name in wiifm.__all__}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, BaseException)
    }


def test_that_one_of_each_exported_exception_is_tried():
    assert sorted(MADE) == sorted(exported())


@pytest.mark.parametrize(
    "again", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, copy.copy]
)
@pytest.mark.parametrize("name", sorted(MADE))
def test_that_an_exception_arrives_whole_in_another_process(name, again):
    error = MADE[name]()
    error.add_note("while reading april.jsonl")
    found = again(error)
    assert type(found) is type(error) is exported()[name]
    assert (str(found), repr(found), found.args) == (str(error), repr(error), error.args)
    assert vars(found) == vars(error) and found.__notes__ == ["while reading april.jsonl"]


# ---- their classes ---------------------------------------------------------------------------------------


def bases(kind):
    return ", ".join(f"`{each.__name__}`" for each in kind.__bases__)


def test_that_each_exception_has_one_base_class_and_is_in_the_reference():
    assert all(issubclass(each, wiifm.WiifmError) for each in exported().values())
    page = Path(__file__).parent.parent / "docs" / "reference" / "exceptions.md"
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {name: bases(each) for name, each in exported().items()}
    assert len(rows) == len(exported())


def test_that_a_connection_error_keeps_its_number():
    assert wiifm.Gone(ECONNREFUSED, "refused").errno == ECONNREFUSED


# ---- what an operator has to react to --------------------------------------------------------------------

SHARING = wiifm.RuleBook.load("plugin:sharing")
OTHER = wiifm.RuleBook.parse("[book]\nid = 'other'\nuse = ['sharing']\ndrop = ['liked']")


@pytest.fixture
def url(tmp_path):
    found = f"sqlite:///{tmp_path}/acme.db"
    wiifm.Engine.open(found, SHARING).close()
    return found


def test_that_another_book_is_named_by_its_digest(url):
    with pytest.raises(wiifm.OtherBook) as error:
        wiifm.Engine.open(url, OTHER)
    assert (error.value.given, error.value.kept) == (OTHER.digest, SHARING.digest)
    with closing(open_store(url)) as store:
        with pytest.raises(wiifm.OtherBook, match="verify by that one"):
            wiifm.verify(store, OTHER)
        with wiifm.Engine.open(url) as engine:
            wiifm.rescore(store, OTHER)
            wiifm.Engine.over(store, OTHER).advance(datetime(2026, 5, 4, tzinfo=UTC))
            with pytest.raises(wiifm.OtherBook, match="restart this process") as error:
                engine.standing("ann")
    assert (error.value.given, error.value.kept) == (SHARING.digest, OTHER.digest)


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1])
def test_that_another_version_is_named_by_its_number(url, version):
    with closing(open_store(url)) as store:
        with store.writing() as session:
            session.put(FACTS, [("version", str(version))])
        with pytest.raises(wiifm.OtherVersion) as error:
            wiifm.verify(store, SHARING)
    assert (error.value.found, error.value.expected) == (version, VERSION)


def test_that_a_book_that_cant_be_made_again_is_told_from_one_that_was_changed(url):
    def kept(**changes):
        with closing(open_store(url)) as store, store.writing() as session:
            (row,) = session.scan(BOOKS)
            cells = dict(zip(BOOKS.columns, row, strict=True)) | changes
            session.put(BOOKS, [tuple(cells.values())])

    kept(text=OTHER.dumps())
    with pytest.raises(wiifm.BookChanged):
        wiifm.Engine.open(url)
    export, forget = partial(wiifm.export, member="ann"), partial(wiifm.forget, member="ann")
    for text in ("zz", "", "[book]\nid = 7", "a = " + 5_000 * "["):
        kept(text=text)
        for use in (wiifm.Engine.open, export, forget):
            with pytest.raises(wiifm.BookChanged, match="give the rule book"):
                use(url)
    kept(text=None, lacks="it has a function")
    with pytest.raises(wiifm.BookUnavailable, match="it has a function"):
        wiifm.Engine.open(url)
    with closing(open_store(url)) as store, store.writing() as session:
        (row,) = session.scan(BOOKS)
        session.delete(BOOKS, [row[:1]])
    with pytest.raises(wiifm.BookUnavailable, match="isn't kept in the store; give the rule book"):
        wiifm.Engine.open(url)


def test_that_whatever_is_closed_says_so(url):
    store = open_store(url)
    memory, engine = MemoryStore(), wiifm.Engine.open(url)
    for each in (store, memory, engine):
        each.close()
    for use in (store.reading, memory.reading):
        with pytest.raises(wiifm.StoreClosed), use():
            pass
    with pytest.raises(wiifm.StoreClosed):
        engine.standing("ann")

    async def asked_after_its_end():
        engine = await wiifm.AsyncEngine.open(url)
        await engine.close()
        await engine.standing("ann")

    with pytest.raises(wiifm.StoreClosed):
        asyncio.run(asked_after_its_end())


def test_that_a_server_that_doesnt_answer_can_be_waited_for():
    pytest.importorskip("psycopg")
    with pytest.raises(wiifm.StoreUnreachable, match="can't connect"):
        wiifm.Engine.open("postgresql://127.0.0.1:9/test", SHARING)


def test_that_no_client_is_blamed_for_the_url_of_a_store():
    from wiifm.web.application import _status_and_message

    assert _status_and_message(wiifm.InvalidURL(FAULTS))[0] == 503
    assert _status_and_message(wiifm.InvalidEvent(FAULTS))[0] == 422


def test_that_the_pages_log_an_error_that_has_no_status_of_its_own(caplog):
    from starlette.testclient import TestClient

    from wiifm.web import application

    def who(scope):
        raise wiifm.Gone("the directory was closed down")

    answer = TestClient(application(wiifm.Engine(SHARING), who=who)).get("/")
    assert answer.status_code == 500 and "closed down" not in answer.text
    assert "is answered with 500: the directory was closed down" in caplog.text


def test_that_a_line_that_a_statement_lacks_is_an_unknown_name():
    with pytest.raises(
        wiifm.UnknownName, match=r"line 'reach\.peopel'.*mean 'reach\.people'"
    ) as error:
        wiifm.Engine(SHARING).statement("ann").why("reach.peopel")
    assert error.value.nearest == "reach.people"
