"""What a member gets of all that is held about them: real names, amounts and moments, and nothing about others that doesn't name them."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Engine, Event, RuleBook, export
from wiifm.events import read_event
from wiifm.stores.urls import open_store

BOOK = RuleBook.parse(
    """
    [book]
    id = "acme"
    [purse.euro]
    decimals = 2

    [[rule]]
    id = "kudos"
    on = "kudos.given"
    to = "recipient"
    purse = "euro"
    points = 1.5
    limit = { times = 1, per = "day" }
    say = "{actor} thanked you"

    [[rule]]
    id = "liked"
    on = "object.liked"
    to = "recipient"
    purse = "euro"
    points = 0.25
    gate = { of = "actor", times = 1, per = "week" }
    say = "{actor} liked your {object_type}"

    [[badge]]
    id = "friends"
    count = "kudos.given"
    to = "recipient"
    per = "person"
    again = "person"
    at_least = 1

    [[badge]]
    id = "thanked"
    count = "kudos.given"
    to = "recipient"
    at_least = { bronze = 1, silver = 2 }

    [ladder.path]
    purse = "euro"
    levels = { newcomer = 0, helper = 1 }
    """
)
START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def on(minute, kind, actor, **more):
    at = START + timedelta(minutes=minute)
    return Event(id=f"e{minute}", type=kind, occurred_at=at, actor=actor, **more)


LIFE = [
    on(0, "post.shared", "ann", object="p"),
    on(1, "post.shared", "bob", object="q"),
    on(2, "kudos.given", "bob", recipient="ann"),
    on(3, "kudos.given", "cy", recipient="ann"),
    on(4, "kudos.given", "ann", recipient="bob"),
    on(5, "object.liked", "ann", object="q"),
    on(6, "object.liked", "ann", object="q"),
    on(7, "kudos.given", "cy", recipient="bob"),
    on(8, "object.liked", "cy", object="q"),
]


@pytest.fixture
def told(new_url):
    """What ann gets, as it is written and read again."""
    url = new_url()
    with Engine.open(url, BOOK) as engine:
        assert engine.record_many(LIFE).recorded == len(LIFE)
    with closing(open_store(url)) as store:
        return json.loads(json.dumps(export(store, BOOK, "ann")))


def test_that_what_they_have_did_and_got_is_told_as_everywhere(told):
    engine = Engine(BOOK)
    engine.record_many(LIFE)
    mine = [each for each in LIFE if "ann" in (each.actor, each.recipient)]
    assert [read_event(each) for each in told["events"]] == mine
    assert told["entries"] == [each.as_json() for each in engine.ledger("ann")]
    (entry,) = told["entries"]
    assert (entry["amount"], entry["holder"]["id"], entry["say"]) == (1.5, "ann", "bob thanked you")
    assert entry["role"] == "recipient" and entry["because"] == "e2"
    standing = engine.standing("ann")
    assert told["standing"]["points"] == {"euro": 1.5}
    assert told["standing"]["badges"] == [each.as_json() for each in standing.badges]
    assert told["standing"]["levels"] == dict(standing.levels)


def test_that_entries_of_others_are_told_with_amounts_but_not_whose_they_are(told):
    found = {each["event"]: each for each in told["mentioned"]}
    assert {name: (each["amount"], each["say"]) for name, each in found.items()} == {
        "e4": (1.5, "ann thanked you"),
        "e5": (0.25, "ann liked your post"),
    }
    assert not [each for each in told["mentioned"] if {"holder", "occurred_at"} & each.keys()]


def test_that_receipts_say_what_they_say_of_the_member_and_nothing_of_others(told):
    engine = Engine(BOOK)
    engine.record_many(LIFE)
    found = {each["event"]: each for each in told["receipts"]}
    (refused,) = found["e3"]["refusals"]
    whole = engine.receipt("e3")
    assert refused == {
        "event": "e3",
        "holder": {"kind": "member", "id": "ann"},
        "rule": "kudos",
        "reason": "limit",
        "detail": whole.refusals[0].detail,
    }
    assert found["e3"]["awards"] == [each.as_json() for each in whole.awards]
    assert found["e2"]["levels"] == [each.as_json() for each in engine.receipt("e2").levels] != []
    (award,) = found["e4"]["awards"]  # a badge of bob's, for ann; his others are none of hers
    assert (award["holder"]["id"], award["badge"], award["object"]) == ("bob", "friends", "ann")
    assert len(engine.receipt("e4").awards) == 2 and found["e4"]["levels"] == []
    assert not found.keys() & {"e7", "e8"}


def test_that_what_is_remembered_has_moments_that_can_be_read(told):
    holders, histories = (told["remembered"][name] for name in ("holders", "histories"))
    assert [each["name"] for each in holders] == ["ann"]
    assert {datetime.fromisoformat(each["at"]) for each in histories} <= {
        each.occurred_at for each in LIFE
    }
    assert {each["actor"] for each in told["remembered"]["claims"]} == {"ann"}
    assert [datetime.fromisoformat(each["at"]) for each in told["remembered"]["received"]]


@pytest.mark.parametrize(("member", "whose"), [("ann", "entries"), ("bob", "mentioned")])
def test_that_an_export_holds_no_more_in_memory_than_it_tells(new_url, monkeypatch, member, whose):
    """What was read for it is let go, page by page."""
    url = new_url()
    with Engine.open(url, BOOK) as engine:
        engine.record_many(
            on(minute, "kudos.given", "bob", recipient="ann") for minute in range(0, 300_000, 1_000)
        )
    held = []
    monkeypatch.setattr("wiifm.upkeep.exporting.PAGE", 20)
    monkeypatch.setattr("wiifm.archive.accounts.PAGE", 20)
    monkeypatch.setattr("wiifm.archive.cache.MOST_HELD", 20)
    from wiifm.archive.archive import Archive

    evict = Archive.let_go

    def noted(self):
        held.append((len(self.log.events), self.accounts.size))
        evict(self)

    monkeypatch.setattr(Archive, "let_go", noted)
    with closing(open_store(url)) as store:
        found = export(store, BOOK, member)
    assert len(found["events"]) == 300 and len(found[whose]) > 100
    assert len(held) > 20 and max(max(sizes) for sizes in held) <= 60
