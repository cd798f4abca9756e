"""Names that no event can have: whoever asks for one is told so, in the same words whatever the engine remembers in."""

import asyncio
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from starlette.testclient import TestClient

from wiifm import (
    AsyncEngine,
    Engine,
    Event,
    Holder,
    InvalidInput,
    RuleBook,
    WiifmError,
    export,
    forget,
)
from wiifm.cli.app import run
from wiifm.stores.urls import open_store
from wiifm.upkeep.forgetting import check_named
from wiifm.web import application

SHARING = RuleBook.load("plugin:sharing")
AT = datetime(2026, 5, 4, tzinfo=UTC)
THANKS = Event(id="k1", type="kudos.given", occurred_at=AT, actor="bob", recipient="ann")
ODD = {
    "a NUL": "a\0b",
    "half of a pair": "a\udc80",
    "long": "\udc80" * 300,
    "empty": "",
    "a number": 7,
    "nothing": None,
}
LONG = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyzäöü樕𦴌", k=10_000))
"""A text that can't be compressed to the size of a key."""

JUDGED = """
[book]
id = "b"

[purse.points]
decimals = 2

[event."post.judged"]
acts_on = ["any"]
requires = ["actor", "object"]
merit = "recipient"
fields.score = { type = "number" }
fields.same_as = {}

[[rule]]
id = "judged"
on = "post.judged"
to = "recipient"
points = "value"
judged = { by = "mean", value = "score", original = "same_as", share = 0.5 }
"""


@pytest.fixture(params=["in memory", "memory", "sqlite", "postgres"])
def url(request, tmp_path):
    """Where an engine remembers; None for one that keeps all in the process."""
    found = {"in memory": None, "memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/acme.db"}
    if request.param == "postgres":
        return request.getfixturevalue("postgres_urls")()
    return found[request.param]


def raised(call):
    """The error of a call, as a text."""
    with pytest.raises(WiifmError) as error:
        call()
    return f"{type(error.value).__name__}: {error.value}"


def test_that_readings_say_what_no_name_is(url):
    """The same class, and the same words about the same argument, wherever it is asked."""
    engine = Engine.open(url, SHARING) if url else Engine(SHARING)
    with engine:
        engine.record(THANKS)
        for odd in ODD.values():
            check_readings(engine, odd)
        assert engine.standing("ann").points["points"] == 5


def check_readings(engine, odd):
    members = [
        lambda: engine.statement(odd),
        lambda: engine.standing(odd),
        *([] if odd is None else [lambda: next(engine.ledger(odd))]),
    ]
    (told,) = {raised(call) for call in members}
    assert told.startswith("InvalidInput: member: found ")
    assert told.endswith(", expected a text of 1 to 256 characters")
    calls = {
        "InvalidInput: community: ": lambda: engine.standing(Holder("community", odd)),
        "InvalidInput: event: ": lambda: engine.entries_of(odd),
        "InvalidEvent: retracts: ": lambda: engine.retract(odd),
        "UnknownName: member ": lambda: engine.member(odd),
        "UnknownName: event ": lambda: engine.receipt(odd),
        "UnknownName: entry ": lambda: engine.explain("" if odd == 7 else odd),
        "UnknownName: purse ": lambda: engine.leaderboard(odd),
        "UnknownName: judged rule ": lambda: engine.scores(odd, "ann"),
        "UnknownName: campaign ": lambda: engine.preview_closing(odd),
    }
    if odd is not None:
        calls["InvalidInput: rule: "] = lambda: next(engine.ledger(rule=odd))
        calls["InvalidInput: around: "] = lambda: engine.leaderboard(around=odd)
    for told, call in calls.items():
        assert raised(call).startswith(told)


def test_that_a_holder_is_a_member_a_unit_or_a_community():
    with pytest.raises(InvalidInput, match="the kind 'team', expected member or unit or community"):
        Engine(SHARING).standing(Holder("team", "Sales"))


def test_that_an_event_says_which_field_is_wrong_and_the_others_are_recorded(
    new_url, tmp_path, capsys
):
    book, events, url = tmp_path / "b.toml", tmp_path / "events.jsonl", new_url()
    book.write_text("[book]\nid = 'b'")
    sound, keys = THANKS.as_json(), ("id", "actor", "recipient", "object", "community")
    lines = [{**sound, key: odd} for key in keys for odd in ("a\0b", "a\udc80")]
    events.write_text("\n".join(map(json.dumps, [*lines, sound])))
    assert run(["record", url, str(book), str(events)]) == 1
    found = capsys.readouterr()
    assert "1 event, 0 duplicates, 0 pending, 10 rejected" in found.out
    told = [
        rf"{key}: found 'a\{odd}" for key in keys for odd in ("x00b' with NUL", "udc80' with half")
    ]
    assert all(each in line for each, line in zip(told, found.err.splitlines(), strict=True))


@pytest.mark.parametrize("odd", ["a\0b", "a\udc80", ""])
def test_that_nobody_of_such_a_name_is_exported_or_forgotten(new_url, odd):
    url = new_url()
    with Engine.open(url, SHARING) as engine:
        engine.record(THANKS)
    with closing(open_store(url)) as store:
        for call in (check_named, export, forget):
            with pytest.raises(InvalidInput, match=r"member: found .* 1 to 256 characters"):
                call(store, SHARING, odd)


def test_that_commands_say_so_of_bytes_that_are_no_text(new_url, capsys):
    """What isn't UTF-8 on a command line comes as halves of surrogate pairs."""
    url, odd = new_url(), "a\udcff"
    with Engine.open(url, SHARING) as engine:
        engine.record(THANKS)
    for words in (["forget", url, odd], ["export", url, odd]):
        assert run(words) == 2
        assert r"member: found 'a\udcff' with half" in capsys.readouterr().err
    assert run(["statement", odd, url]) == 2
    assert r"member 'a\udcff': " in capsys.readouterr().err


@pytest.mark.parametrize("odd", ["a\0b", "a\udc80"])
def test_that_nobody_of_such_a_name_is_signed_in(new_url, odd):
    """Whatever a platform's own function says."""
    with Engine.open(new_url(), SHARING) as engine:
        pages = TestClient(application(engine, who=lambda _: odd))
        assert [pages.get(path).status_code for path in ("/", "/api/entries")] == [401, 401]


def test_that_thanks_to_or_with_it_say_what_is_wrong():
    pages = TestClient(application(Engine(SHARING), who=lambda _: "ann", writes=True))
    for key in ("recipient", "text"):
        said = {"recipient": "bob", "text": "for the note", key: "a\0b"}
        found = pages.post("/api/kudos", json=said)
        assert found.status_code == 422
        assert found.json()["error"].startswith(rf"{key}: found 'a\x00b' with NUL in it, ")


def test_that_the_last_entries_of_such_a_name_are_asked_for_in_vain():
    async def ask():
        async with AsyncEngine(Engine(SHARING)) as engine:
            await engine.latest_entries("a\0b")

    with pytest.raises(InvalidInput, match="member: found"):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("key", "most", "more"),
    [
        ("id", "x" * 256, "x" * 257),
        ("occurred_at", datetime(2999, 12, 31, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)),
        ("occurred_at", datetime(1900, 1, 1, tzinfo=UTC), datetime(1899, 12, 31, tzinfo=UTC)),
        ("topics", [f"t{n}" for n in range(64)], [f"t{n}" for n in range(65)]),
        ("data", {"text": "x" * 65_536}, {"text": "x" * 65_537}),
        ("data", {"amount": 2**53}, {"amount": 2**53 + 1}),
        ("data", {"amount": -(2**53)}, {"amount": -(2**53) - 1}),
        ("data", {f"f{n}": n for n in range(64)}, {f"f{n}": n for n in range(65)}),
    ],
)
def test_that_an_event_holds_as_much_as_the_page_on_events_says_and_no_more(key, most, more):
    sound = {"id": "k1", "type": "kudos.given", "occurred_at": AT}
    Event(**{**sound, key: most})
    with pytest.raises(InvalidInput, match=key):
        Event(**{**sound, key: more})


@pytest.mark.parametrize("unit", ["", "u" * 256])
def test_that_a_unit_may_have_no_name_but_none_longer_than_others(url, unit):
    """It is what a profile says in a field, where an empty text means none."""
    book = RuleBook.parse("[book]\nid='b'\n[[rule]]\nid='r'\non='post.shared'\nto='unit'\npoints=1")
    joined = Event(id="j", type="member.joined", occurred_at=AT, actor="ann", data={"unit": unit})
    shared = Event(id="s", type="post.shared", occurred_at=AT, actor="ann", object="o")
    engine = Engine.open(url, book) if url else Engine(book)
    with engine:
        engine.record_many([joined, shared])
        (holder,) = [each for each in engine.holders() if each.kind == "unit"]
        assert holder == Holder("unit", unit)
        assert engine.standing(holder).points == {"points": 1}
        assert [entry.event for entry in engine.ledger(holder)] == ["s"]
        told = raised(lambda: engine.standing(Holder("unit", "a\0b")))
        assert told.startswith("InvalidInput: unit: found 'a\\x00b' with NUL in it")


@pytest.mark.parametrize("key", ["unit", "manager"])
def test_that_a_profile_with_a_name_that_is_too_long_holds_up_no_other_event(url, key):
    """Units are keys, and PostgreSQL has no room for long ones: the whole batch would fail."""
    data = {key: LONG}
    joined = Event(id="j", type="member.joined", occurred_at=AT, actor="ann", data=data)
    engine = Engine.open(url, SHARING) if url else Engine(SHARING)
    with engine:
        tally = engine.record_many([joined, THANKS])
        assert tally.recorded == 1
        (rejected,) = tally.rejected
        (fault,) = rejected.error.faults
        assert fault.where == f"event 'j', data.{key}"
        assert fault.found.endswith(", of 10000 characters")
        assert fault.expected == "a text of 1 to 256 characters"
        assert engine.standing("ann").points["points"] == 5


def test_that_a_duplicate_of_what_no_object_is_called_is_like_one_of_an_unknown_object(url):
    """A judge's word on it is worth nothing; nothing is kept under the long name, for which PostgreSQL has no room."""
    book = RuleBook.parse(JUDGED)
    posted = Event(id="p", type="post.shared", occurred_at=AT, actor="ann", object="o")
    words = [
        Event(
            id=f"j{n}",
            type="post.judged",
            occurred_at=AT + timedelta(hours=n),
            actor=f"judge{n}",
            object="o",
            data={"score": 4, **more},
        )
        for n, more in enumerate([{}, {"same_as": LONG}, {"same_as": "unknown"}])
    ]
    engine = Engine.open(url, book) if url else Engine(book)
    with engine:
        assert engine.record_many([posted, *words]).recorded == 4
        assert [str(entry.amount) for entry in engine.ledger("ann")] == ["4.00", "-2.00", "-0.67"]
