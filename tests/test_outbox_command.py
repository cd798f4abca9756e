"""``wiifm outbox``: what deliveries weren't told, and to have it tried again."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Delivery, Engine, Event, RuleBook
from wiifm.cli.app import run
from wiifm.stores.urls import open_store

BOOK = """
[book]
id = "kudos"
vocabulary = ["sharing", "chat"]
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 5
"""
CHAT = """
    import os
    from wiifm import Delivery, hookimpl

    def post(notice):
        if not os.path.exists("open"):
            raise ConnectionError("closed")
        with open("posted", "a") as file:
            print(notice.id, notice, file=file)

    @hookimpl
    def wiifm_observers(observers):
        observers.add(Delivery("news", post, attempts=1))
    """
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
STORE = "sqlite:///acme.db"


def kudos(number, recipient="ann"):
    at = START + timedelta(minutes=number)
    name = f"k{number}"
    return Event(id=name, type="kudos.given", occurred_at=at, actor="bob", recipient=recipient)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def failed():
    """A store with a notice that failed, one that waits behind it, and one that came."""

    def chat(notice):
        if notice.holder.id == "ann":
            raise ConnectionError("closed")

    book = RuleBook.parse(BOOK.replace(', "chat"', ""))
    with Engine.open(STORE, book, [Delivery("chat", chat)], lambda: START) as engine:
        engine.record_many([kudos(1), kudos(2), kudos(3, "cy")])


def asked(capsys, *arguments, status=0):
    assert run(["outbox", STORE, *arguments]) == status
    return capsys.readouterr().out


def test_that_it_lists_what_was_not_told(failed, capsys):
    lines = asked(capsys).splitlines()
    assert lines[0] == "chat: 0 events behind, 2 waiting, 0 parked"
    assert "  chat  entry.written  ann  by k1" in lines[1]
    assert "failed, due 2026-05-04 09:00:0" in lines[2]
    assert lines[2].endswith("tried 1 time: ConnectionError('closed')")
    assert "waiting" in lines[4]
    found = json.loads(asked(capsys, "list", "--json"))
    assert [each["notice"] for each in found["undelivered"]] == [
        line.partition(" ")[0] for line in lines[1::2]
    ], "and each can be copied, however wide the terminal is"
    assert found["deliveries"] == {"chat": {"told": 3, "events": 3}}
    first, second = found["undelivered"]
    assert {
        key: first[key] for key in ("delivery", "type", "holder", "event", "attempts", "state")
    } == {
        "delivery": "chat",
        "type": "entry.written",
        "holder": {"kind": "member", "id": "ann"},
        "event": "k1",
        "attempts": 1,
        "state": "failed",
    }
    assert first["due"] == second["due"] > "2026-05-04T09:00:03"
    assert second["state"] == "waiting"


def test_that_it_has_all_or_some_retried(failed, capsys):
    notice = json.loads(asked(capsys, "--json"))["undelivered"][0]["notice"]
    assert (
        asked(capsys, "retry", notice) == "2 notices will be tried again with the next delivery\n"
    )
    assert json.loads(asked(capsys, "retry", "--json", "--delivery", "chat")) == {"retried": 2}
    told = []
    book = RuleBook.parse(BOOK.replace(', "chat"', ""))
    with Engine.open(STORE, book, [Delivery("chat", told.append)]) as engine:
        assert engine.deliver() == {"chat": 2}
    assert [each.event for each in told] == ["k1", "k2"]
    assert json.loads(asked(capsys, "--json"))["undelivered"] == []


def test_that_what_is_parked_is_an_exit_status(install, folder, capsys):
    install("chat", CHAT)
    book = RuleBook.parse(BOOK)
    with Engine.open(STORE, book) as engine:
        engine.record(kudos(1))
    out = asked(capsys, status=1)
    assert out.startswith("chat/news: 0 events behind, 0 waiting, 1 parked\n")
    assert asked(capsys, "deliver") == "chat/news: 0 notices\n"
    (folder / "open").touch()
    asked(capsys, "retry")
    assert json.loads(asked(capsys, "deliver", "--json")) == {"delivered": {"chat/news": 1}}
    assert "#1  ann  +5 points" in (folder / "posted").read_text()
    asked(capsys)


def test_that_an_engine_in_memory_is_silent_for_plugins(install, folder, capsys):
    install("chat", CHAT)
    (folder / "open").touch()
    Engine(RuleBook.parse(BOOK)).record(kudos(1))
    assert not (folder / "posted").exists()


def test_that_whoever_only_reads_writes_nothing(install, folder, capsys):
    with Engine.open(STORE, RuleBook.parse(BOOK.replace(', "chat"', ""))) as engine:
        engine.record(kudos(1))
    assert asked(capsys) == "no delivery has begun here\n"


def test_that_having_nothing_to_deliver_with_is_an_error(folder, capsys):
    book = RuleBook.parse(BOOK.replace(', "chat"', ""))
    with Engine.open(STORE, book) as engine:
        engine.record(kudos(1))
    assert asked(capsys, "deliver", "--json", status=2) == ""
    assert run(["outbox", STORE, "deliver"]) == 2
    told = capsys.readouterr().err
    assert (
        "no plugin of the rule book 'kudos' has a delivery (sharing). If a program passes" in told
    )
    with Engine.open(STORE, book, [Delivery("crm", str)]) as engine:
        engine.record(kudos(2))
    assert run(["outbox", STORE, "deliver"]) == 2
    told = "(sharing). The store knows crm: a program passes them to Engine.open, so call Engine"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--delivery", "chatt"], "delivery 'chatt': the store knows chat; did you mean 'chat'?"),
        (["retry", "n1"], "notice 'n1': none with this id waits or is parked"),
        (["list", "n1"], "found 'n1' after list, expected NOTICEs only after retry"),
        (["lisst"], "'lisst' is not one of"),
        (["deliver", "--delivery", "chat"], "--delivery: it is for list and retry"),
        (["list", "--book", "book.toml"], "--book: it is for deliver"),
    ],
)
def test_that_what_is_not_there_is_told(failed, capsys, arguments, told):
    assert run(["outbox", STORE, *arguments]) == 2
    assert told in capsys.readouterr().err


def test_that_a_store_that_is_not_there_is_not_made(folder, capsys):
    assert run(["outbox", "sqlite:///none.db"]) == 2
    assert "nothing was recorded here yet" in capsys.readouterr().err
    assert not (folder / "none.db").exists()
    with closing(open_store("sqlite:///empty.db")):
        pass
    assert run(["outbox", "sqlite:///empty.db"]) == 2
