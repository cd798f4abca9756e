"""A dump becomes events: what each row turns into, in which order, with how much memory, and what is wrong told."""

import gzip
import json
import tracemalloc

import pytest

from dumps import answer, comment, question, revision, user, vote, write_dump, write_table
from wiifm import Engine, InvalidInput, RuleBook
from wiifm.cli.app import run
from wiifm.sources import Rejected, read_jsonl
from wiifm.sources.stackexchange import read_dump

TABLES = {
    "Users": [user(-1, UpVotes=9), user(1), user(2, UpVotes=3, DownVotes=1, AboutMe="I brew.")],
    "Posts": [
        question(1, 1, ViewCount=1200, Tags="|tea|water|", Title="Which kettle?"),
        answer(2, 2, 1, CommunityOwnedDate="2019-03-01T00:00:00.000"),
        answer(3, 1, 1, CreationDate="2019-02-02T10:00:00.500"),
        {"Id": 4, "PostTypeId": 5, "CreationDate": "2019-02-01T10:00:00.000"},
    ],
    "Votes": [
        vote(1, 1, 2),
        vote(2, 2, 3, "2019-02-28"),
        vote(3, 2, 2, "2019-03-01"),
        vote(4, 2, 1),
        vote(5, 1, 8, UserId=1, BountyAmount=50),
        vote(6, 2, 9, "2019-02-09", BountyAmount=50),
        vote(7, 1, 5, UserId=2),
        vote(8, 1, 9, "2019-02-09"),
        vote(9, 99, 2),
        vote(10, 4, 2),
        vote(11, 1, 16),
    ],
    "Comments": [comment(1, 2, 1, Score=6), comment(2, 99, 1)],
    "PostHistory": [
        revision(1, 1, 2, 5, "one"),
        revision(2, 1, None, 24, "one"),
        revision(3, 2, 1, 9, "two"),
        revision(4, 1, 1, 2, "first"),
        revision(5, 99, 1, 5, "gone"),
        revision(6, 4, 2, 5, "wiki"),
        revision(7, 4, None, 24, "wiki"),
    ],
}


def events_of(folder):
    return {line.found.id: line.found for line in read_dump(folder)}


@pytest.fixture
def events(tmp_path):
    return events_of(write_dump(tmp_path / "dump", TABLES))


def test_that_each_row_that_says_something_becomes_an_event(events):
    assert {name: event.type for name, event in events.items()} == {
        "user-1": "member.joined",
        "user-2": "member.joined",
        "votes-2": "votes.counted",
        "about-2": "profile.written",
        "post-1": "question.asked",
        "post-2": "answer.posted",
        "post-3": "answer.posted",
        "place-2": "answer.placed",
        "place-3": "answer.placed",
        "views-1": "views.counted",
        "vote-00000001": "object.liked",
        "vote-00000002": "object.disliked",
        "vote-00000003": "object.liked",
        "vote-00000004": "answer.accepted",
        "vote-00000005": "bounty.offered",
        "vote-00000006": "bounty.awarded",
        "vote-00000007": "object.bookmarked",
        "comment-1": "comment.posted",
        "edit-1": "object.edited",
        "edit-3": "object.edited",
        "approval-2": "edit.approved",
        "approval-7": "edit.approved",
    }


def test_that_members_and_objects_are_named_by_the_ids_of_the_dump(events):
    assert (events["post-1"].actor, events["post-1"].object) == ("1", "q1")
    assert (events["post-2"].object, events["post-2"].in_reply_to) == ("a2", "q1")
    assert events["post-1"].topics == ("tea", "water")
    assert events["post-1"].data == {"title": "Which kettle?"}
    assert (events["comment-1"].object, events["comment-1"].in_reply_to) == ("c1", "a2")
    assert events["comment-1"].data["score"] == 6


def test_that_a_vote_is_hidden_ends_its_day_and_knows_a_wiki(events):
    up, down, wiki = (events[f"vote-0000000{n}"] for n in (1, 2, 3))
    assert up.actor is None and dict(up.data) == {"asked_on": "2019-02-01"}
    assert up.occurred_at.isoformat() == "2019-02-03T23:59:59.999000+00:00"
    assert dict(down.data) == {} and dict(wiki.data) == {"wiki": True}


def test_that_the_asker_accepts_and_a_bounty_knows_who_offered_it(events):
    assert (events["vote-00000004"].actor, events["vote-00000004"].object) == ("1", "a2")
    won = events["vote-00000006"]
    assert won.actor == "1" and dict(won.data) == {"amount": 50, "offered": 50, "own": True}


def test_that_a_bounty_is_that_of_the_latest_offer_before_it(tmp_path):
    votes = [
        vote(1, 1, 8, "2019-02-03", UserId=1, BountyAmount=50),
        vote(2, 1, 8, "2019-02-13", UserId=2, BountyAmount=200),
        vote(3, 1, 8, "2019-03-13", UserId=3, BountyAmount=400),
        vote(4, 2, 9, "2019-02-20", BountyAmount=100),
        vote(5, 2, 9, "2019-02-02", BountyAmount=50),
    ]
    posts = [question(1, 1), answer(2, 4, 1)]
    found = events_of(write_dump(tmp_path / "dump", {"Posts": posts, "Votes": votes}))
    won, unknown = found["vote-00000004"], found["vote-00000005"]
    assert won.actor == "2" and dict(won.data) == {"amount": 100, "offered": 200, "own": False}
    assert unknown.actor is None and dict(unknown.data) == {"amount": 50}


def test_that_an_answer_is_placed_by_the_question_and_the_answers_before_it(events):
    assert dict(events["place-3"].data) == {"first": True, "own": True, "days": 1.0}
    later = events["place-2"].data
    assert (later["first"], later["own"], later["days"]) == (False, False, 1.041667)


def test_that_totals_are_told_when_they_are_known(events):
    assert dict(events["votes-2"].data) == {"up": 3, "down": 1}
    assert events["votes-2"].occurred_at == events["about-2"].occurred_at
    assert events["about-2"].occurred_at.isoformat() == "2019-06-01T08:00:00+00:00"
    assert dict(events["about-2"].data) == {"length": 7}
    views = events["views-1"]
    assert views.data["views"] == 1200
    assert views.occurred_at == max(event.occurred_at for event in events.values())


def test_that_edits_and_whose_suggestion_was_approved_are_in_the_history(events):
    assert dict(events["edit-1"].data) == {"part": "body"}
    assert dict(events["edit-3"].data) == {"part": "tags", "rollback": True}
    assert (events["approval-2"].actor, events["approval-2"].object) == ("2", "q1")
    assert (events["approval-7"].actor, events["approval-7"].object) == ("2", None)


def test_that_who_made_a_tags_wiki_is_credited_where_there_is_no_history(tmp_path):
    made = "2019-02-01T10:00:00.000"
    wikis = [
        {"Id": number, "PostTypeId": kind, "CreationDate": made, "OwnerUserId": owner}
        for number, kind, owner in ((4, 4, 2), (5, 5, 2), (6, 4, 1), (7, 4, -1), (8, 7, 2))
    ]
    approved = [(4, 1), (4, 1), (5, 2), (5, 3), (6, 1), (7, 1), (8, 1), (1, 1)]
    votes = [
        vote(number, post, 16, f"2019-02-0{day}") for number, (post, day) in enumerate(approved, 1)
    ]
    tables = {"Posts": [question(1, 1), *wikis], "Votes": votes}
    found = events_of(write_dump(tmp_path / "dump", tables))
    credited = {name: each.actor for name, each in found.items() if each.type == "edit.approved"}
    assert credited == {"vote-00000001": "2", "vote-00000005": "1"}
    with_history = tables | {"PostHistory": [revision(1, 1, 2, 5, "one")]}
    found = events_of(write_dump(tmp_path / "another", with_history))
    assert "edit.approved" not in {each.type for each in found.values()}, "a history tells itself"


def test_that_a_deleted_account_is_a_hidden_actor_and_the_site_is_nobody(tmp_path):
    posts = [question(1, 1), answer(2, 2, 1), answer(3, -1, 1)]
    del posts[0]["OwnerUserId"]
    tables = {"Posts": posts, "Votes": [vote(1, 2, 1)]}
    found = events_of(write_dump(tmp_path / "dump", tables))
    assert found["post-1"].actor is None and found["post-3"].actor is None
    assert found["vote-00000001"].actor is None
    assert found["place-2"].data["own"] is False


def test_that_events_come_in_order_and_the_same_from_plain_files(tmp_path):
    zipped = list(read_dump(write_dump(tmp_path / "one", TABLES)))
    plain = list(read_dump(write_dump(tmp_path / "two", TABLES, zipped=False)))
    order = [(line.found.occurred_at, line.found.id) for line in zipped]
    assert order == sorted(order)
    assert [line.found for line in zipped] == [line.found for line in plain]


def test_that_the_pack_takes_every_event_of_a_dump(tmp_path):
    engine = Engine(RuleBook.load("plugin:stackexchange"))
    engine.record_many(line.found for line in read_dump(write_dump(tmp_path / "dump", TABLES)))
    assert not engine.pending()
    assert engine.standing("1").points["points"] == 1  # 1 + 5 + 2 - 50, never below 1
    assert engine.standing("2").points["points"] == 1 + 15 + 50 + 2 + 2 - 2


def test_that_a_dump_may_hold_the_length_of_a_text_in_its_place(tmp_path):
    users = [user(1, AboutMeLength=40), user(2, AboutMeLength=0), user(3, AboutMe=""), user(4)]
    found = events_of(write_dump(tmp_path / "dump", {"Users": users}))
    lengths = {name: event.data["length"] for name, event in found.items() if "about" in name}
    assert lengths == {"about-1": 40, "about-2": 0, "about-3": 0}


def test_that_a_wiki_answer_earns_by_its_bounty_alone(tmp_path):
    posts = [question(1, 1), answer(2, 2, 1, CommunityOwnedDate="2019-02-02T11:00:00.500")]
    votes = [
        vote(1, 2, 1),
        vote(2, 2, 2),
        vote(3, 1, 8, UserId=3, BountyAmount=50),
        vote(4, 2, 9, BountyAmount=50),
    ]
    tables = {"Posts": posts, "Votes": votes, "Users": [user(1), user(2)]}
    folder = write_dump(tmp_path / "dump", tables)
    found = events_of(folder)
    assert found["post-2"].data["wiki"] and found["vote-00000001"].data["wiki"]
    engine = Engine(RuleBook.load("plugin:stackexchange"))
    engine.record_many(found.values())
    assert [engine.standing(each).points["points"] for each in "12"] == [1, 51]


def test_that_who_bookmarked_or_offered_may_be_hidden(tmp_path):
    offers = [vote(1, 1, 8, UserId=1, BountyAmount=50), vote(2, 1, 8, UserId=-1, BountyAmount=100)]
    votes = [*offers, vote(3, 2, 9, BountyAmount=100), vote(4, 1, 5, UserId=-1), vote(5, 1, 5)]
    posts = [question(1, 1), answer(2, 2, 1)]
    found = events_of(write_dump(tmp_path / "dump", {"Posts": posts, "Votes": votes}))
    assert [found[f"vote-0000000{n}"].actor for n in (4, 5)] == [None, None]
    won = found["vote-00000003"]
    assert won.actor is None and dict(won.data) == {"amount": 100, "offered": 100, "own": False}
    assert "vote-00000002" not in found


def test_that_an_old_dump_in_lower_case_is_read_and_may_lack_the_last_visit(tmp_path):
    users = [user(1, UpVotes=3), user(2)]
    del users[0]["LastAccessDate"]
    folder = write_dump(tmp_path / "dump", {"Users": users})
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.lower())
    found = events_of(folder)
    assert {*found} == {"user-1", "user-2", "votes-1"}
    assert found["votes-1"].occurred_at == found["user-1"].occurred_at


def test_that_an_applied_suggestion_may_say_itself_whose_it_was(tmp_path):
    said = {"Comment": "Proposed by 3 approved by 2, -1 edit id of 7"}
    history = [
        {**revision(1, 1, None, 24, "one"), **said},
        revision(2, 1, 2, 5, "two"),
        {**revision(3, 1, None, 24, "two"), **said},
        revision(4, 1, None, 24, "three"),
    ]
    tables = {"Posts": [question(1, 1)], "PostHistory": history}
    found = events_of(write_dump(tmp_path / "dump", tables))
    approved = {name: each.actor for name, each in found.items() if each.type == "edit.approved"}
    assert approved == {"approval-1": "3", "approval-3": "2"}


def test_that_a_dump_may_lack_the_names_of_revisions(tmp_path):
    history = [revision(1, 1, 2, 5, ""), revision(2, 1, None, 24, ""), revision(3, 2, 1, 5, "")]
    for row in history:
        del row["RevisionGUID"]
    tables = {"Posts": [question(1, 1), answer(2, 2, 1)], "PostHistory": history}
    found = events_of(write_dump(tmp_path / "dump", tables))
    assert (found["approval-2"].actor, found["approval-2"].object) == ("2", "q1")
    assert "edit-3" in found


# ---- what is wrong ---------------------------------------------------------------------------------------------

WRONG = [
    ("Posts", {"Id": "x", "PostTypeId": 1, "CreationDate": "2019-02-01"}, "Id: found 'x', expected an integer"),
    ("Posts", {"Id": 9, "CreationDate": "2019-02-01"}, "PostTypeId: found nothing, expected a value"),
    ("Posts", question(9, 1, CreationDate="May"), "CreationDate: found 'May', expected ISO 8601, in UTC"),
    ("Posts", {**question(9, 1), "PostTypeId": 2}, "ParentId: found nothing, expected a value"),
    ("Posts", question(9, 1, ViewCount="many"), "ViewCount: found 'many'"),
    ("Posts", question(9, 1, ViewCount=0, CreationDate="1066-01-01T00:00:00.000"), "expected a year from 1900 to 2999"),
    ("Users", user(9, UpVotes="9" * 19), "UpVotes: found '9999"),
    ("Users", user(9, CreationDate="0001-01-01T00:00:00+05:00"), "CreationDate: found '0001"),
    ("Votes", vote(9, 1, 8, UserId=1), "BountyAmount: found nothing"),
    ("Comments", comment(9, 1, "ann"), "UserId: found 'ann'"),
    ("PostHistory", {**revision(9, 1, 1, 5, "x"), "CreationDate": ""}, "CreationDate: found ''"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "told"), WRONG)
def test_that_a_wrong_row_is_told_with_its_place_and_the_rest_goes_on(tmp_path, table, row, told):
    tables = {**TABLES, table: [*TABLES[table], row]}
    lines = list(read_dump(write_dump(tmp_path / "dump", tables)))
    (rejected,) = [line.found for line in lines if isinstance(line.found, Rejected)]
    line = len(tables[table]) + 2
    assert f"{table}.xml.gz, line {line}" in str(rejected) and told in str(rejected)
    assert len(lines) == 23


def test_that_a_folder_that_is_no_dump_is_told_at_once(tmp_path):
    write_table(tmp_path, "Posts", [])
    with pytest.raises(InvalidInput, match="no Users, Votes"):
        read_dump(tmp_path)


@pytest.mark.parametrize("keep", [40, 400])
def test_that_a_file_that_breaks_off_is_told_and_what_came_before_counts(tmp_path, keep):
    folder = write_dump(tmp_path / "dump", TABLES)
    packed = folder / "Users.xml.gz"
    packed.unlink()
    rows = write_table(folder, "Users", [user(n) for n in range(1, 50)], zipped=False)
    rows.write_bytes(rows.read_bytes()[: keep * 10])
    rejected, joined = [], []
    for line in read_dump(folder):
        if isinstance(line.found, Rejected):
            rejected.append(str(line.found))
        elif line.found.type == "member.joined":
            joined.append(line.found)
    assert len(rejected) == 1 and "expected complete XML" in rejected[0]
    assert 0 < len(joined) < 50


def test_that_a_broken_gzip_is_told(tmp_path):
    folder = write_dump(tmp_path / "dump", TABLES)
    packed = folder / "Comments.xml.gz"
    packed.write_bytes(packed.read_bytes()[:-12])
    rejected = [str(line.found) for line in read_dump(folder) if isinstance(line.found, Rejected)]
    assert len(rejected) == 1 and "a truncated or damaged one" in rejected[0]


def test_that_entities_are_refused(tmp_path):
    folder = write_dump(tmp_path / "dump", TABLES)
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><comments><row Id="&b;" /></comments>'
    )
    (folder / "Comments.xml.gz").write_bytes(gzip.compress(bomb.encode()))
    rejected = [str(line.found) for line in read_dump(folder) if isinstance(line.found, Rejected)]
    assert len(rejected) == 1 and "found the entity 'a'" in rejected[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "<html>\n<head /><body>not found</body></html>",
            "Votes.xml.gz, line 2, the file: found the element 'head'",
        ),
        (
            '<votes>\n<row Id="1"><extra /></row></votes>',
            "Votes.xml.gz, line 2, the file: found the element 'extra'",
        ),
    ],
)
def test_that_what_is_no_table_is_told_and_not_taken_for_an_empty_one(tmp_path, text, told):
    folder = write_dump(tmp_path / "dump", TABLES)
    (folder / "Votes.xml.gz").write_bytes(gzip.compress(text.encode()))
    rejected = [str(line.found) for line in read_dump(folder) if isinstance(line.found, Rejected)]
    assert [told in each for each in rejected].count(True) == 1


def test_that_a_row_without_an_end_is_refused_and_a_long_one_is_read(tmp_path):
    folder = write_dump(tmp_path / "dump", {"Users": [user(1, AboutMe="x" * 4_000_000), user(2)]})
    assert {*events_of(folder)} == {"user-1", "user-2", "about-1"}
    endless = '<users><row Id="1" AboutMe="' + "x" * 40_000_000
    (folder / "Users.xml.gz").write_bytes(gzip.compress(endless.encode(), 1))
    (rejected,) = [line.found for line in read_dump(folder)]
    assert "found a row of more than 16 MiB" in str(rejected)


def test_that_memory_does_not_grow_with_the_dump(tmp_path):
    def peak(number):
        posts = [question(n, n % 50 + 1) for n in range(1, number)]
        votes = [vote(n, n % (number - 1) + 1, 2) for n in range(1, number * 4)]
        folder = write_dump(tmp_path / str(number), {"Posts": posts, "Votes": votes})
        tracemalloc.start()
        count = sum(1 for _ in read_dump(folder))
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return count, found

    (few, small), (many, large) = peak(200), peak(2000)
    assert many > 9 * few
    assert large < small * 1.5


# ---- the command -----------------------------------------------------------------------------------------------


def test_that_the_command_writes_a_dump_as_json_lines(tmp_path, capsys):
    folder, out = write_dump(tmp_path / "dump", TABLES), tmp_path / "events.jsonl.gz"
    assert run(["convert", "stackexchange", str(folder), "--output", str(out)]) == 0
    assert capsys.readouterr().err == "22 events, 0 rejected\n"
    assert list(read_jsonl(out)) == [line.found for line in read_dump(folder)]
    assert run(["score", "plugin:stackexchange", str(out), "--json"]) == 0


def test_that_the_command_writes_to_standard_output(tmp_path, capfdbinary):
    folder = write_dump(tmp_path / "dump", TABLES)
    assert run(["convert", "stackexchange", str(folder)]) == 0
    out, err = capfdbinary.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()][:2] == ["user-1", "user-2"]
    assert err == b""


def test_that_the_command_tells_what_it_rejected_and_what_is_no_dump(tmp_path, capsys):
    folder = write_dump(tmp_path / "dump", {**TABLES, "Votes": [vote(1, 1, 2), {"Id": 2}]})
    assert run(["convert", "stackexchange", str(folder), "--output", str(tmp_path / "x")]) == 1
    assert "Votes.xml.gz, line 4, VoteTypeId: found nothing" in capsys.readouterr().err
    assert (
        run(["convert", "stackexchange", str(tmp_path / "no"), "--output", str(tmp_path / "y")])
        == 2
    )
    assert "found no Posts, Users, Votes" in capsys.readouterr().err
    assert not (tmp_path / "y").exists()
