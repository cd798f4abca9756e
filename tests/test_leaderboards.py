"""Leaderboards that do no harm: small ones, whom they don't show, and what no reading tells where nobody may be ranked or named."""

import json
import random
from datetime import UTC, datetime, timedelta
from itertools import chain, product

import pytest

import wiifm
from histories import history
from test_law import some_book
from wiifm import Event, InvalidInput, Withheld
from wiifm.cli.app import run
from wiifm.leaderboard import BY, Board, Sums, ranked
from wiifm.ledger_reading import ranks_of

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
OVERS = ("ever", "day", "week", "month", "year", "last 3 days", "every 5 days")
BOOK = """
[book]
id = "boards"
{more}
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 1
say = "{{actor}} thanked you: {{text}}"
[[rule]]
id = "post"
on = "post.shared"
points = 2
say = "You shared {{title}}"
[[rule]]
id = "mentor"
on = "post.shared"
to = "mentor"
points = 3
say = "{{actor}}, whom you mentor, shared something"
[[badge]]
id = "thanked"
to = "recipient"
count = "kudos.given"
at_least = 9
"""


def book(more=""):
    return wiifm.RuleBook.parse(BOOK.format(more=more))


def event(id, type, day=0, **fields):
    return Event(id=id, type=type, occurred_at=START + timedelta(days=day), **fields)


def kudos(id, to, day=0, by="zoe", text="thanks"):
    return event(id, "kudos.given", day, actor=by, recipient=to, data={"text": text})


def profile(id, who, day=0, **data):
    return event(id, "member.updated", day, actor=who, data=data)


@pytest.fixture(params=["memory:", "sqlite"])
def engine_of(request, tmp_path, open_engine):
    def made(*events, more=""):
        url = f"sqlite:///{tmp_path}/boards.db" if request.param == "sqlite" else request.param
        engine = open_engine(url, book(more))
        assert not engine.record_many(events).rejected
        return engine

    return made


def shown(ranks):
    return [(each.rank, each.member, each.points) for each in ranks]


def test_that_a_board_can_be_of_a_unit_and_of_a_topic(engine_of):
    engine = engine_of(
        profile("u1", "ann", unit="Sales"),
        profile("u2", "raj", unit="Design"),
        event("p1", "post.shared", 1, actor="ann", object="p1", topics=["pricing"]),
        event("p2", "post.shared", 2, actor="raj", object="p2", topics=["pricing", "print"]),
        event("p3", "post.shared", 3, actor="raj", object="p3"),
        profile("u3", "ann", 4, unit="Design"),
        kudos("k1", "ann", 5),
    )
    assert shown(engine.leaderboard()) == [(1, "raj", 4), (2, "ann", 3)]
    assert shown(engine.leaderboard(unit="Sales")) == [(1, "ann", 2)]
    assert shown(engine.leaderboard(unit="Design")) == [(1, "raj", 4), (2, "ann", 1)]
    assert shown(engine.leaderboard(topic="pricing")) == [(1, "ann", 2), (1, "raj", 2)]
    assert shown(engine.leaderboard(topic="print")) == [(1, "raj", 2)]
    assert engine.leaderboard(topic="pricing", unit="Service") == []


def test_that_newcomers_are_shown_among_themselves(engine_of):
    engine = engine_of(
        kudos("k1", "old"),
        *(kudos(f"n{day}", "new", day) for day in (40, 41)),
        kudos("k2", "old", 42),
        kudos("k3", "newer", 43),
        kudos("k4", "back", 2),
        event("r", "event.retracted", 44, actor="zoe", retracts="k4"),
        kudos("k5", "back", 44),
    )
    lately = {"newcomers": "last 30 days"}
    board = engine.leaderboard(**lately)
    assert shown(board) == [(1, "new", 2), (2, "back", 1), (2, "newer", 1)]
    assert engine.leaderboard(newcomers="month") == board
    assert shown(engine.leaderboard(around="newer", over="last 1 days", **lately)) == [
        (1, "back", 1),
        (1, "newer", 1),
    ]


def test_that_improvement_compares_with_the_time_before_and_shames_nobody(engine_of):
    engine = engine_of(
        *(kudos(f"a{n}", "ann", 0) for n in range(5)),
        *(kudos(f"b{n}", "ann", 7) for n in range(4)),
        kudos("c", "raj", 0),
        *(kudos(f"d{n}", "raj", 7) for n in range(3)),
        kudos("e", "noor", 7),
        kudos("f", "eve", 0),
    )
    board = engine.leaderboard(over="week", by="improvement")
    assert shown(board) == [(1, "raj", 2), (2, "noor", 1)]
    rolling = engine.leaderboard(over="last 6 days", by="improvement")
    assert shown(rolling) == [(1, "raj", 2), (2, "noor", 1)]
    with pytest.raises(InvalidInput, match="'ever', expected a period that has one before it"):
        engine.leaderboard(by="improvement")
    with pytest.raises(InvalidInput) as wrong:
        engine.leaderboard(over="fortnight", by="luck", newcomers="lately")
    assert [fault.where for fault in wrong.value.faults] == ["over", "newcomers", "by"]
    with pytest.raises(InvalidInput) as wrong:
        engine.leaderboard(topic="tax\0", unit="", community="\ud800")
    assert [fault.where for fault in wrong.value.faults] == ["community", "unit", "topic"]


def test_that_a_rolling_time_and_the_one_before_it_meet_but_do_not_overlap(engine_of):
    engine = engine_of(*(kudos(f"k{day}", "ann", day) for day in range(9)))
    assert shown(engine.leaderboard(over="last 3 days")) == [(1, "ann", 4)]
    more = kudos("more", "ann", 8)
    engine.record(more)
    improved = engine.leaderboard(over="last 3 days", by="improvement")
    assert shown(improved) == [(1, "ann", 2)]  # days 5 to 8, and before these 2, 3 and 4


def test_that_whoever_does_not_want_to_be_listed_is_not(engine_of):
    engine = engine_of(
        kudos("k1", "ann"),
        kudos("k2", "ann", 1),
        kudos("k3", "raj", 1),
        kudos("k4", "eve", 1),
        profile("off", "ann", 2, listed=False),
        profile("unit", "ann", 3, unit="Sales"),
    )
    assert shown(engine.leaderboard()) == [(1, "eve", 1), (1, "raj", 1)]
    assert shown(engine.leaderboard(at=START)) == shown(engine.leaderboard())
    assert engine.leaderboard(around="ann") == []
    assert engine.standing("ann").points["points"] == 2
    engine.record(profile("on", "ann", 4, listed=True))
    assert shown(engine.leaderboard())[0] == (1, "ann", 2)
    engine.retract("on", at=START + timedelta(5))
    assert "ann" not in str(engine.leaderboard())
    engine.record(profile("early", "ann", 1.5, listed=True))
    assert "ann" not in str(engine.leaderboard())
    engine.retract("off", at=START + timedelta(6))
    assert "ann" in str(engine.leaderboard())


def test_that_boards_do_not_depend_on_the_order_of_arrival(engine_of):
    found = random.Random(5)
    members = ["ann", "raj", "eve", "noor"]
    events = [kudos(f"k{n}", found.choice(members), found.randrange(60)) for n in range(80)]
    events += [
        profile(f"l{n}", found.choice(members), found.randrange(60), listed=found.random() < 0.7)
        for n in range(8)
    ]
    events += [event(f"r{n}", "event.retracted", 61, retracts=f"k{n}") for n in range(0, 80, 7)]
    ordered, engine = wiifm.Engine(book()), engine_of(*found.sample(events, len(events)))
    ordered.record_many(sorted(events, key=lambda each: (each.occurred_at, each.id)))
    for asked in (
        {},
        {"over": "month", "by": "improvement"},
        {"over": "last 9 days", "newcomers": "last 58 days"},
        {"newcomers": "every 60 days"},
    ):
        assert engine.leaderboard(**asked) == ordered.leaderboard(**asked), asked


# ---- individuals = false ---------------------------------------------------------------------------------

OTHERS = ("raj", "noor", "zoe")
LIFE = (
    profile("m0", "noor", unit="Sales"),
    event("m", "mentoring.started", actor="ann", recipient="raj"),
    event("p", "post.shared", 1, actor="raj", object="p1", data={"title": "prices"}),
    kudos("k1", "ann", 2, by="noor", text="your note helped"),
    kudos("k2", "ann", 3, by="zoe", text="for your patience"),
    kudos("k3", "noor", 3, by="ann"),
)


def plain(found):
    """A reading in words, without what wiifm was told itself: the ids."""
    return f"{found} {found!r}".lower()


def test_that_no_reading_ranks_or_names_where_the_book_says_so(engine_of):
    engine = engine_of(*LIFE, more="individuals = false")
    with pytest.raises(Withheld, match=r"'boards' says individuals = false.*standing or statement"):
        engine.leaderboard()
    with pytest.raises(Withheld):
        engine.leaderboard(around="ann", unit="Sales", by="improvement")
    assert not [each for each in engine.standings() if each.holder.kind == "member"]
    statement = engine.statement("ann")
    assert statement.standing.points["points"] == 5
    assert not [name for name in OTHERS if name in plain(statement)]
    others = {each.member for each in statement.reach.people}
    givers = {each.giver: each.text for each in statement.recognition}
    assert others and all(each.startswith("colleague ") for each in {*others, *givers})
    assert set(givers.values()) == {"your note helped", "for your patience"}
    assert "colleague 1" in str(statement)
    for entry in engine.ledger("ann"):
        why = plain(engine.explain(entry))
        assert not [name for name in OTHERS if name in why], why


def test_that_others_are_named_where_it_does_not_say_so(engine_of):
    engine = engine_of(*LIFE)
    assert all(name in plain(engine.statement("ann")) for name in OTHERS)
    assert "noor" in plain(engine.explain(next(engine.ledger("ann", rule="kudos"))))
    assert {each.holder.id for each in engine.standings()} == {"ann", "noor", "raj"}


def test_that_the_commands_keep_to_it(tmp_path, capsys):
    path, events = tmp_path / "book.toml", tmp_path / "events.jsonl"
    path.write_text(BOOK.format(more="individuals = false"), encoding="utf-8")
    events.write_text("\n".join(json.dumps(each.as_json()) for each in LIFE), encoding="utf-8")
    store = f"sqlite:///{tmp_path}/a.db"
    assert run(["record", store, str(path), str(events)]) == 0
    capsys.readouterr()
    assert run(["leaderboard", store]) == 2
    assert "individuals = false" in capsys.readouterr().err
    commands = [["standings", store], ["standings", store, "--json"], ["statement", "ann", store]]
    commands += [["score", str(path), str(events)], ["score", str(path), str(events), "--json"]]
    for command in commands:
        assert run(command) == 0
        told = capsys.readouterr().out
        assert not [name for name in OTHERS if name in told], (command, told)


def test_that_the_setting_is_no_part_of_what_is_decided_but_of_the_book():
    strict, open_ = book("individuals = false"), book()
    assert strict.digest == open_.digest
    assert wiifm.RuleBook.parse(strict.dumps()).individuals is False
    assert wiifm.RuleBook.parse(open_.dumps()).individuals is True
    with pytest.raises(wiifm.InvalidRuleBook, match="key 'individuals'"):
        book("individuals = 'no'")


def test_that_a_leaderboard_command_takes_all_that_a_board_is_asked_for(tmp_path, capsys):
    path, events = tmp_path / "book.toml", tmp_path / "events.jsonl"
    path.write_text(BOOK.format(more=""), encoding="utf-8")
    events.write_text("\n".join(json.dumps(each.as_json()) for each in LIFE), encoding="utf-8")
    base = ["leaderboard", str(path), str(events), "--json"]
    words = ["--over", "week", "--by", "improvement", "--newcomers", "month", "--unit", "Sales"]
    assert run([*base, *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ranks"] == [{"rank": 1, "member": "noor", "points": 1}]
    assert (found["by"], found["unit"], found["topic"]) == ("improvement", "Sales", None)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/boards.db"])
@pytest.mark.parametrize("seed", range(6))
def test_that_only_what_cannot_count_is_left_aside(seed, url, tmp_path, open_engine):
    chance = random.Random(seed)
    engine = open_engine(url.format(tmp_path), some_book(chance))
    engine.record_many(history(chance, 60))
    purse = chance.choice([*engine.book.purses])
    with engine._memory.reading():
        memory, rows = (
            engine._memory,
            list(chain.from_iterable(engine._memory.accounts.of_time(None, None))),
        )
        for over, by in product(OVERS, BY):
            if (over, by) == ("ever", "improvement"):
                continue
            board = Board(at=engine._now(), purse=purse, over=over, by=by)
            whole = Sums(board)
            for row in filter(whole.asks_for, rows):
                whole.add(row, there(memory, row))
            relations = memory.flow.relations
            shown = relations.there(relations.listed(whole.result()))
            expected = ranked(engine.book, purse, whole.result(), lambda _, names=shown: names)
            assert ranks_of(memory, board) == expected, board


def there(memory, row):
    """The time of an event where its member lives."""
    event, found = row[1], memory.flow.activities(row[1])
    mine = (a for a in found if a.slot == row[2].slot and a.holder == row[0].holder)
    return next((a.local for a in mine), event.occurred_at)
