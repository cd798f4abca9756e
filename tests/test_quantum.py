"""The community that ships with the examples: converted rightly, and the same whatever the order."""

import gzip
import json
import sys
from pathlib import Path
from random import Random

from wiifm import Engine, Event, RuleBook
from wiifm.sources import read_jsonl

QUANTUM = Path(__file__).parent.parent / "examples" / "quantum"
BOOK = RuleBook.load(QUANTUM / "book.toml")

DUMP = {
    "Users": [{"Id": "-1", "Reputation": "1", "CreationDate": "2018-01-01T00:00:00.000"}]
    + [
        {"Id": str(n), "Reputation": str(n), "CreationDate": f"2018-03-0{n}T10:00:00.000"}
        for n in (1, 2)
    ],
    "Posts": [
        {
            "Id": "1",
            "PostTypeId": "1",
            "CreationDate": "2018-03-12T10:00:00.000",
            "OwnerUserId": "1",
            "Tags": "<a><b>",
        },
        {
            "Id": "2",
            "PostTypeId": "2",
            "CreationDate": "2018-03-12T11:00:00.000",
            "OwnerUserId": "2",
            "ParentId": "1",
            "CommunityOwnedDate": "2018-03-14T00:00:00.000",
        },
        {"Id": "3", "PostTypeId": "5", "CreationDate": "2018-03-12T11:00:00.000"},
    ],
    "Votes": [
        {"Id": "1", "PostId": "2", "VoteTypeId": "2", "CreationDate": "2018-03-12T00:00:00.000"},
        {"Id": "2", "PostId": "2", "VoteTypeId": "2", "CreationDate": "2018-03-15T00:00:00.000"},
        {"Id": "3", "PostId": "1", "VoteTypeId": "3", "CreationDate": "2018-03-12T00:00:00.000"},
        {"Id": "4", "PostId": "2", "VoteTypeId": "1", "CreationDate": "2018-03-13T00:00:00.000"},
        {
            "Id": "5",
            "PostId": "1",
            "VoteTypeId": "8",
            "UserId": "1",
            "BountyAmount": "50",
            "CreationDate": "2018-03-13T00:00:00.000",
        },
        {
            "Id": "6",
            "PostId": "2",
            "VoteTypeId": "9",
            "BountyAmount": "50",
            "CreationDate": "2018-03-14T00:00:00.000",
        },
        {
            "Id": "7",
            "PostId": "1",
            "VoteTypeId": "5",
            "UserId": "2",
            "CreationDate": "2018-03-14T00:00:00.000",
        },
        {"Id": "8", "PostId": "99", "VoteTypeId": "2", "CreationDate": "2018-03-14T00:00:00.000"},
    ],
    "Comments": [
        {"Id": "9", "PostId": "2", "UserId": "1", "CreationDate": "2018-03-12T12:00:00.000"},
        {"Id": "10", "PostId": "99", "UserId": "1", "CreationDate": "2018-03-12T12:00:00.000"},
    ],
}


def shipped():
    return [event for event in read_jsonl(QUANTUM / "events.jsonl.gz") if isinstance(event, Event)]


def test_that_a_dump_is_converted_to_what_happened(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(QUANTUM))
    sys.modules.pop("convert", None)
    import convert

    for name, rows in DUMP.items():
        found = "".join(
            "<row " + " ".join(f'{k}="{v.replace("<", "&lt;")}"' for k, v in row.items()) + " />"
            for row in rows
        )
        with gzip.open(tmp_path / f"{name}.xml.gz", "wt") as file:
            file.write(f"<{name}>{found}</{name}>")
    convert.main(tmp_path, tmp_path)
    events = {event.id: event for event in read_jsonl(tmp_path / "events.jsonl.gz")}
    assert set(events) == {
        "user-1",
        "user-2",
        "post-1",
        "post-2",
        "comment-9",
        "vote-00000001",
        "vote-00000002",
        "vote-00000003",
        "vote-00000004",
        "vote-00000005",
        "vote-00000006",
    }
    assert events["post-1"].topics == ("a", "b")
    assert events["post-2"].in_reply_to == "q1"
    assert events["vote-00000001"].actor is None
    assert events["vote-00000001"].occurred_at > events["post-2"].occurred_at
    assert dict(events["vote-00000001"].data) == {}
    assert dict(events["vote-00000002"].data) == {"wiki": True}
    assert (events["vote-00000004"].actor, events["vote-00000004"].object) == ("1", "a2")
    assert (tmp_path / "reputation.csv").read_text().split() == ["member,reputation", "1,1", "2,2"]
    engine = Engine(BOOK)
    engine.record_many(events.values())
    assert engine.standing("2").points["points"] == 1 + 10 + 15 + 50
    assert engine.standing("1").points["points"] == 1  # 1 - 2 + 2 - 50, but never below 1


def test_that_the_shipped_events_give_the_same_shuffled_doubled_and_with_some_withdrawn():
    events = shipped()
    random = Random(2018)
    gone = random.sample(events, 200)
    in_order = Engine(BOOK)
    ids = {event.id for event in gone}
    in_order.record_many(event for event in events if event.id not in ids)
    anyhow = Engine(BOOK)
    for event in gone[:100]:
        anyhow.retract(event.id, at=event.occurred_at)
    doubled = events + random.sample(events, 2_000)
    random.shuffle(doubled)
    anyhow.record_many(doubled)
    for event in gone[100:]:
        anyhow.retract(event.id, at=event.occurred_at)
    assert anyhow.pending() == in_order.pending()
    for holder in {*anyhow.holders(), *in_order.holders()}:
        assert anyhow.standing(holder) == in_order.standing(holder)


def test_that_every_shipped_line_is_an_event_of_the_documented_keys():
    with gzip.open(QUANTUM / "events.jsonl.gz", "rt") as file:
        lines = [json.loads(line) for line in file]
    assert len(lines) == len({line["id"] for line in lines}) == 19_346
    assert lines == sorted(lines, key=lambda line: (line["occurred_at"], line["id"]))
