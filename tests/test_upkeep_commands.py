"""The commands that look at a store as a whole: verify, rescore, export, forget and prune."""

import io
import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import click
import pytest

from test_cli import BOOK, EVENTS, lines
from wiifm import RuleBook, hookimpl
from wiifm.archive import stored_book
from wiifm.archive.tables import RECEIVED
from wiifm.cli.app import run

OTHER = BOOK.replace("points = 5\n", "points = 4\n")


@pytest.fixture
def url(tmp_path, monkeypatch, capsys):
    """A store with events in it."""
    monkeypatch.chdir(tmp_path)
    Path("acme.toml").write_text(BOOK, encoding="utf-8")
    Path("other.toml").write_text(OTHER, encoding="utf-8")
    Path("may.jsonl").write_bytes(lines(EVENTS))
    assert RuleBook.parse(OTHER).digest != RuleBook.parse(BOOK).digest
    assert run(["record", "sqlite:///acme.db", "acme.toml", "may.jsonl"]) == 0
    capsys.readouterr()
    return "sqlite:///acme.db"


def answer(capsys, *arguments, status=0):
    assert run([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def standings(capsys, url):
    return answer(capsys, "standings", url)["members"]


def test_that_a_proof_is_told_and_its_link_may_be_given_again(url, capsys):
    found = answer(capsys, "verify", url)
    assert (found["commits"], found["events"], found["differences"]) == (1, 12, [])
    assert run(["verify", url, "--link", found["link"]]) == 0


def test_that_a_link_of_another_store_is_not_called_a_broken_chain(url, capsys):
    other = "0" * 64
    assert run(["verify", url, "--link", other]) == 1
    first, *_, advice = capsys.readouterr().out.splitlines()
    assert first == f"commits: found no commit with the noted link, expected {other}"
    assert advice.startswith("the chain holds, but none of its commits has the link that you gave")
    assert "restore a backup" not in advice
    change("UPDATE entries SET amount = '7777' WHERE no = 1")
    assert run(["verify", url, "--link", other]) == 1
    assert capsys.readouterr().out.endswith("\nthe chain is broken: restore a backup\n")


def test_that_a_changed_amount_is_told_by_event_and_rule(url, capsys):
    with closing(sqlite3.connect("acme.db")) as connection:
        sql = "UPDATE entries SET amount = '7777' WHERE no = 1 RETURNING event, rule"
        ((event, rule),) = connection.execute(sql)
        connection.commit()
    found = answer(capsys, "verify", url, status=1)
    assert [each["table"] for each in found["differences"]] == ["commits", "entries"]
    assert (found["differences"][1]["event"], found["differences"][1]["rule"]) == (event, rule)


def change(sql, *values):
    with closing(sqlite3.connect("acme.db")) as connection:
        connection.execute(sql, values)
        connection.commit()


IMPURE = """
    from itertools import count
    from wiifm import RuleKind, hookimpl

    calls = count(1)

    @hookimpl
    def wiifm_rule_kinds(kinds):
        kinds.add(RuleKind(name="lottery", step=lambda state, *_: (state, next(calls))))
        kinds.add(RuleKind(name="sound", step=lambda state, *_: (state, 1)))

    @hookimpl
    def wiifm_rules(book):
        @book.rule(on="post.shared", points=3)
        def odd_posts(activity):
            return next(calls) % 2 == 1
"""
LOTTERY = "[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'lottery'\n[[rule]]\nid = 's'\non = 'post.shared'\nkind = 'sound'"


@pytest.mark.parametrize(
    ("book", "told"),
    [
        (f"use = 'sharing'\n{LOTTERY}", "it may come from the rule kind lottery of {plugin}, changed"),
        ("use = 'odd'", "it may come from the test wiifm_odd_plugin:wiifm_rules.<locals>.odd_posts of the rule odd-posts, changed"),
    ],
)  # fmt: skip
def test_that_a_function_of_a_plugin_that_decides_otherwise_is_named(
    new_url, tmp_path, monkeypatch, install, capsys, book, told
):
    monkeypatch.chdir(tmp_path)
    install("odd", IMPURE)
    Path("b.toml").write_text(f"[book]\nid = 'b'\n{book}", encoding="utf-8")
    post = {"type": "post.shared", "occurred_at": "2026-05-04T09:00:00Z", "actor": "ann"}
    events = [{"id": name, "object": name, **post} for name in "abc"]
    Path("e.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    url = new_url()
    assert run(["record", url, "b.toml", "e.jsonl"]) == 0
    capsys.readouterr()
    assert run(["verify", url, "--book", "b.toml"]) == 1
    text = capsys.readouterr().out
    assert "the chain holds" in text
    assert told.format(plugin="plugin 'odd' (wiifm-odd 1.0)") in text
    assert "sound" not in text and text.endswith("test it with RuleContract of wiifm.testing\n")


def test_that_a_broken_chain_asks_for_a_backup(url, capsys):
    change("UPDATE entries SET amount = '7777' WHERE no = 1")
    assert run(["verify", url]) == 1
    assert capsys.readouterr().out.endswith("\nthe chain is broken: restore a backup\n")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE books SET text = replace(text, 'points = 5', 'points = 50')",
        "UPDATE books SET text = 'x'",
        "UPDATE books SET text = NULL",
        "UPDATE books SET made = '{}'",
    ],
)
def test_that_a_kept_book_that_was_changed_is_a_difference(url, capsys, sql):
    change(sql)
    (found,) = answer(capsys, "verify", url, status=1)["differences"]
    assert (found["table"], found["key"]) == ("books", RuleBook.parse(BOOK).digest)
    assert run(["verify", url]) == 1
    text = capsys.readouterr().out
    assert "found a rule book without this digest: its kept text was changed" in text
    assert "give that rule book: --book BOOK" in text
    assert "1 commit, 12 events" in text
    assert text.endswith(": not as they were recorded\n")
    assert run(["verify", url, "--book", "acme.toml"]) == 1


@pytest.mark.parametrize("made", ["{}", "garbage", "7", "[1]"])
def test_that_changed_plugins_of_a_kept_book_are_told_when_it_is_opened(url, capsys, made):
    change(f"UPDATE books SET made = '{made}'")
    for command in (["standings", url], ["export", url, "ann"], ["forget", url, "ann", "--yes"]):
        assert run(command) == 2
        told = capsys.readouterr().err
        assert f"found {made!r} for the plugins that it was made with, which wiifm didn't" in told
    assert run(["verify", url]) == 1


def test_that_a_kept_book_that_was_changed_is_told_when_it_is_opened(url, capsys):
    change("UPDATE books SET text = replace(text, 'points = 5', 'points = 50')")
    assert run(["standings", url]) == 2
    assert "its kept text was changed, or another version of wiifm" in capsys.readouterr().err


@pytest.mark.parametrize("link", ["", "abc", "0" * 63, "g" * 64])
def test_that_what_is_no_link_is_refused(url, capsys, link):
    assert run(["verify", url, "--link", link]) == 2
    assert "expected the 64 hexadecimal digits that wiifm verify" in capsys.readouterr().err


def test_that_the_kept_book_is_read_once(url, capsys, monkeypatch):
    read, rebuilt = [], stored_book.rebuilt_book
    monkeypatch.setattr(stored_book, "rebuilt_book", lambda row: read.append(row) or rebuilt(row))
    change("UPDATE holders SET count = count + 1")
    assert run(["verify", url]) == 1
    assert "the chain holds: wiifm rescore" in capsys.readouterr().out
    assert len(read) == 1


def test_that_a_preview_says_what_was_and_what_will_be(url, capsys):
    assert run(["rescore", url, "other.toml", "--preview"]) == 0
    assert ", then " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["verify", "export", "forget", "prune", "rescore"])
def test_that_a_store_that_is_not_there_is_told_and_not_made(url, capsys, command):
    more = {
        "export": ["ann"],
        "forget": ["ann", "--yes"],
        "rescore": ["other.toml"],
        "prune": PRUNE,
    }
    assert run([command, "sqlite:///none.db", *more.get(command, [])]) == 2
    assert "nothing was recorded here yet" in capsys.readouterr().err
    assert not Path("none.db").exists()


def test_that_a_preview_tells_what_is_to_come(url, capsys):
    before = standings(capsys, url)
    told = answer(capsys, "rescore", url, "other.toml", "--preview")
    assert standings(capsys, url) == before
    assert run(["rescore", url, "other.toml", "--preview", "--top", "0"]) == 0
    shown = capsys.readouterr().out
    assert f"0 of {len(told['changes'])} holder" in shown
    assert f"--top {len(told['changes'])} shows all" in shown
    done = answer(capsys, "rescore", url, "other.toml")
    assert (done["book"], done["was"]) == (told["book"], told["was"])
    assert done["corrections"] > 0
    after = standings(capsys, url)
    gains = {each["holder"]["id"]: each["gains"] for each in told["changes"]}
    assert gains
    for member, now in after.items():
        had = before.get(member, {"points": {}})["points"]
        for purse, amount in now["points"].items():
            assert amount - had.get(purse, 0) == gains.get(member, {}).get(purse, 0)
    lost = -sum(gain.get("points", 0) for gain in gains.values())
    assert told["purses"]["points"]["lost"] == lost
    again = answer(capsys, "rescore", url, "other.toml", "--preview")
    assert again["changes"] == []


def test_that_nothing_to_change_is_told(url, capsys):
    assert run(["rescore", url, "acme.toml", "--preview"]) == 0
    assert capsys.readouterr().out == "nothing would change for anybody\n"


def test_that_a_folder_keeps_what_a_preview_made(url, capsys):
    Path("work").mkdir()
    assert run(["rescore", url, "other.toml", "--preview", "--folder", "work"]) == 0
    (kept,) = Path("work").glob("*.db")
    assert RuleBook.parse(OTHER).digest in kept.name
    assert run(["rescore", url, "other.toml", "--folder", "work"]) == 0
    assert not list(Path("work").iterdir())
    assert run(["verify", url]) == 0


def test_that_a_member_gets_all_and_is_gone_then(url, capsys):
    member = next(iter(standings(capsys, url)))
    assert run(["export", url, member]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["member"] == member
    named = [e for e in EVENTS if member in (e.get("actor"), e.get("recipient"))]
    assert [each["id"] for each in found["events"]] == [each["id"] for each in named]
    assert found["entries"]
    assert found["remembered"]["holders"]
    told = answer(capsys, "forget", url, member, "--yes")
    assert told["events"] == len(named)
    assert run(["export", url, member]) == 2
    gone = f"member {member!r}: nothing in the store names them"
    assert gone in capsys.readouterr().err
    assert run(["forget", url, member, "--yes"]) == 2
    assert f"{gone}; if an earlier run was interrupted" in capsys.readouterr().err
    assert member not in standings(capsys, url)
    assert told["name"] in standings(capsys, url)
    assert run(["verify", url]) == 0


PRUNE = ["--before", "2026-05-06", "--archive", "old.jsonl.gz", "--yes"]


def test_that_old_events_are_archived_and_can_be_recorded_again(url, capsys):
    before = standings(capsys, url)
    told = answer(capsys, "prune", url, *PRUNE)
    old = [each for each in EVENTS if each["occurred_at"] < "2026-05-06"]
    assert told["archived"] == len(old) > 0
    assert standings(capsys, url) == before
    assert run(["record", "sqlite:///again.db", "acme.toml", "old.jsonl.gz", "may.jsonl"]) == 0
    capsys.readouterr()
    assert standings(capsys, "sqlite:///again.db") == before
    assert run(["verify", url]) == 0


def test_that_nothing_is_pruned_by_mistake(url, capsys, monkeypatch):
    monkeypatch.setattr("click.confirm", lambda *given, **more: (_ for _ in ()).throw(_abort()))
    assert run(["prune", url, *PRUNE[:-1]]) != 0
    assert not Path("old.jsonl.gz").exists()


def test_that_nobody_is_forgotten_by_mistake(url, capsys, monkeypatch):
    member = next(iter(standings(capsys, url)))
    monkeypatch.setattr("click.confirm", lambda *given, **more: (_ for _ in ()).throw(_abort()))
    assert run(["forget", url, member]) != 0
    assert member in standings(capsys, url)


@pytest.mark.parametrize("answered", ["", "n\n"])
def test_that_it_is_told_that_nothing_was_erased(url, capsys, monkeypatch, answered):
    before = standings(capsys, url)
    for command in (["forget", url, "ann"], ["prune", url, *PRUNE[:-1]]):
        monkeypatch.setattr("sys.stdin", io.StringIO(answered))
        assert run(command) == 130
        told = capsys.readouterr().err
        assert told.endswith("Nothing was erased. To erase without being asked, use --yes.\n")
    assert standings(capsys, url) == before


def _abort():

    return click.Abort()


def test_that_what_follows_from_the_events_is_mended_by_the_same_book(url, capsys):
    with closing(sqlite3.connect("acme.db")) as connection:
        connection.execute("UPDATE holders SET count = count + 1")
        connection.execute(f"DELETE FROM {RECEIVED.name}")
        connection.commit()
    assert run(["verify", url]) == 1
    assert "wiifm rescore STORE BOOK, with the same rule book" in capsys.readouterr().out
    before = standings(capsys, url)
    assert run(["rescore", url, "acme.toml"]) == 0
    told = f"{len(EVENTS)} events rescored by the same rule book {RuleBook.parse(BOOK).digest}: 0 corrections"
    assert told in capsys.readouterr().out
    assert standings(capsys, url) == before
    assert run(["verify", url]) == 0


def test_that_a_broken_chain_is_not_to_be_mended(url, capsys):
    with closing(sqlite3.connect("acme.db")) as connection:
        connection.execute("UPDATE entries SET amount = '7777' WHERE no = 1")
        connection.commit()
    assert run(["verify", url]) == 1
    assert "rescore" not in capsys.readouterr().out


UPGRADED = """
    import wiifm

    VERSION, WORTH = "1", 3

    @wiifm.hookimpl
    def wiifm_rule_kinds(kinds):
        kinds.add(wiifm.RuleKind(name="lunch", step=lambda *_: (None, WORTH), version=VERSION))

    @wiifm.hookimpl
    def wiifm_measures(measures):
        add = lambda state, sample: state + WORTH
        measures.add(wiifm.Measure(name="eaten", start=0, add=add, read=int, version=VERSION))

    @wiifm.hookimpl
    def wiifm_rules(book):
        @book.rule(on="kudos.given", to="actor", points=1, version=VERSION)
        def polite(activity):
            return WORTH == 3

        book.toml('''
            [[rule]]
            id = "lunch"
            kind = "lunch"
            on = "kudos.given"
            to = "recipient"

            [[badge]]
            id = "eater"
            to = "recipient"
            measure = "eaten"
            value = "1"
            on = "kudos.given"
            at_least = 4
        ''')
"""


@pytest.mark.parametrize(
    ("book", "was", "polite"),
    [
        ("use = ['lunch']\ndrop = ['polite']", [], 0),
        ("use = ['lunch']", ["--was", "lunches.toml"], 1),
    ],
)
def test_that_who_upgraded_a_plugin_sees_what_that_changes(
    url, capsys, install, monkeypatch, book, was, polite
):
    module = install("lunch", UPGRADED)
    Path("lunches.toml").write_text(f"[book]\nid = 'lunches'\n{book}", encoding="utf-8")
    Path("plain.toml").write_text("[book]\nid = 'plain'\n[purse.points]", encoding="utf-8")
    thanks = {"type": "kudos.given", "occurred_at": "2026-05-04T09:00:00Z", "actor": "bob"}
    thanks = json.dumps(thanks | {"id": "k1", "recipient": "ann"})
    Path("thanks.jsonl").write_text(thanks, encoding="utf-8")
    assert run(["record", "sqlite:///lunches.db", "lunches.toml", "thanks.jsonl"]) == 0
    monkeypatch.setattr(f"{module}.VERSION", "2")
    monkeypatch.setattr(f"{module}.WORTH", 5)
    capsys.readouterr()
    preview = ["rescore", "sqlite:///lunches.db", "lunches.toml", "--preview"]
    if was:
        assert run(preview) == 2
        assert "--was BOOK of wiifm rescore" in capsys.readouterr().err
    told = answer(capsys, *preview, *was)
    gains = {each["holder"]["id"]: each["gains"] for each in told["changes"]}
    assert gains == {"ann": {"points": 2}} | ({"bob": {"points": -1}} if polite else {})
    assert told["badges"] == {"eater": {"getters": 1, "given": 1, "losers": 0, "gone": 0}}
    done = answer(capsys, "rescore", "sqlite:///lunches.db", "lunches.toml")
    assert (done["book"], done["was"]) == (told["book"], told["was"])
    assert done["corrections"] == 1 + polite
    assert not answer(capsys, *preview, "--was", "lunches.toml")["changes"]


def test_that_a_store_goes_on_without_a_plugin_that_is_gone(url, capsys, install, monkeypatch):
    install("lunch", UPGRADED)
    text = BOOK.replace("[book]\n", "[book]\nuse = ['lunch']\n", 1)
    Path("lunches.toml").write_text(text, encoding="utf-8")
    assert run(["record", "sqlite:///lunches.db", "lunches.toml", "may.jsonl"]) == 0
    monkeypatch.setenv("WIIFM_PLUGINS", "none")
    assert run(["rescore", "sqlite:///lunches.db", "acme.toml"]) == 0
    capsys.readouterr()
    assert standings(capsys, "sqlite:///lunches.db") == standings(capsys, url)


HOLIDAYS = """
    import datetime, wiifm

    DAYS = []

    @wiifm.hookimpl
    def wiifm_calendars(calendars):
        calendars.add("office", [datetime.date(2026, 5, 1), *DAYS])
"""


def test_that_who_upgraded_a_calendar_sees_what_that_changes(url, capsys, install, monkeypatch):
    module = install("office", HOLIDAYS)
    steady = "streak = 'workday'\neach = { count = 'post.shared' }\nat_least = 2"
    text = f"[book]\nid = 'b'\ncalendar = 'office'\n[[badge]]\nid = 'steady'\n{steady}"
    Path("office.toml").write_text(text, encoding="utf-8")
    post = {"type": "post.shared", "actor": "ann"}
    posts = [
        json.dumps(post | {"id": day, "object": day, "occurred_at": f"2026-05-{day}T09:00:00Z"})
        for day in ("04", "06")
    ]
    Path("posts.jsonl").write_text("\n".join(posts), encoding="utf-8")
    assert run(["record", "sqlite:///office.db", "office.toml", "posts.jsonl"]) == 0
    monkeypatch.setattr(f"{module}.DAYS", [date(2026, 5, 5)])
    capsys.readouterr()
    preview = ["rescore", "sqlite:///office.db", "office.toml", "--preview"]
    assert answer(capsys, *preview)["badges"] == {
        "steady": {"getters": 1, "given": 1, "losers": 0, "gone": 0}
    }
    assert run(["rescore", "sqlite:///office.db", "office.toml"]) == 0
    capsys.readouterr()
    assert not answer(capsys, *preview)["changes"]


def test_that_of_a_plugin_that_is_switched_off_only_that_is_told(url, capsys, install, monkeypatch):
    install("lunch", UPGRADED)
    text = "[book]\nid = 'lunches'\nuse = ['lunch']\ndrop = ['polite']"
    Path("lunches.toml").write_text(text, encoding="utf-8")
    assert run(["record", "sqlite:///lunches.db", "lunches.toml", "may.jsonl"]) == 0
    monkeypatch.setenv("WIIFM_PLUGINS", "none")
    capsys.readouterr()
    assert run(["leaderboard", "sqlite:///lunches.db"]) == 2
    _, missing, give = capsys.readouterr().err.splitlines()
    assert (
        missing
        == "the plugin 'lunch' is installed, but WIIFM_PLUGINS disables it: name it there, or unset the variable"
    )
    assert give.startswith("give the rule book")


def test_that_no_store_is_called_changed_because_a_plugin_is_wrong(
    url, capsys, install, monkeypatch
):
    module = install("lunch", UPGRADED)
    text = "[book]\nid = 'lunches'\nuse = ['lunch']\ndrop = ['polite']"
    Path("lunches.toml").write_text(text, encoding="utf-8")
    assert run(["record", "sqlite:///lunches.db", "lunches.toml", "may.jsonl"]) == 0

    def wiifm_rule_kinds(kinds):
        raise ZeroDivisionError

    def wiifm_measures(measures):
        raise ZeroDivisionError

    for hook in (wiifm_rule_kinds, wiifm_measures):
        monkeypatch.setattr(f"{module}.{hook.__name__}", hookimpl(hook))
    capsys.readouterr()
    assert run(["verify", "sqlite:///lunches.db"]) == 2
    told = capsys.readouterr()
    assert "plugin 'lunch' (wiifm-lunch 1.0), hook wiifm_" in told.err and "Zero" in told.err
    assert told.out == "" and "was changed" not in told.err


def test_that_no_store_is_called_changed_because_of_the_environment(url, capsys, monkeypatch):
    monkeypatch.setenv("WIIFM_PLUGINS", "nothing-of-this-name")
    assert run(["verify", url]) == 2
    told = capsys.readouterr()
    assert "WIIFM_PLUGINS: found 'nothing-of-this-name'" in told.err and told.out == ""


def test_that_nobody_is_asked_whether_to_forget_whom_nothing_names(url, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr("click.confirm", lambda *given, **more: asked.append(given))
    assert run(["forget", url, "nobody-of-this-name"]) == 2
    assert "nothing in the store names them" in capsys.readouterr().err and not asked
    member = next(iter(standings(capsys, url)))
    assert run(["forget", url, member]) == 0 and len(asked) == 1


@pytest.mark.parametrize(
    "command",
    [
        ["export", "{url}", "{member}"],
        ["standings", "{url}"],
        ["score", "plugin:sharing", "may.jsonl", "--ledger", "-"],
    ],
)
def test_that_a_closed_output_is_an_error(url, capsys, monkeypatch, command):
    member = next(iter(standings(capsys, url)))
    monkeypatch.setattr("sys.stdout", None)
    assert run([each.format(url=url, member=member) for each in command]) == 2
    assert "Bad file descriptor" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["export", "forget", "close"])
def test_that_whoever_names_the_store_last_is_told_that_it_comes_first(command, url, capsys):
    assert run([command, "ann", url]) == 2
    told = capsys.readouterr().err
    assert f"which comes first: wiifm {command} STORE ann" in " ".join(told.split())


@pytest.mark.parametrize("yes", [[], ["--yes"]], ids=["asked", "yes"])
def test_that_a_misspelt_field_to_keep_is_refused_before_anybody_is_asked(
    url, capsys, monkeypatch, yes
):
    asked = []
    monkeypatch.setattr("click.confirm", lambda *given, **more: asked.append(given))
    member = next(iter(standings(capsys, url)))
    assert run(["export", url, member]) == 0
    before = capsys.readouterr().out
    for words in (["forget", url, member], ["prune", url, *PRUNE[:4]]):
        assert run([*words, *yes, "--keep", "txet"]) == 2
        assert "keep: found 'txet', expected a text field" in capsys.readouterr().err
    assert run(["export", url, member]) == 0
    assert capsys.readouterr().out == before and not asked


def liked_book(points, guide, likes):
    return f"""
    [book]
    id = "liked"

    [[rule]]
    id     = "liked"
    on     = "object.liked"
    to     = "recipient"
    points = {points}

    [[badge]]
    id       = "known"
    to       = "recipient"
    count    = "object.liked"
    per      = "topic"
    again    = "topic"
    at_least = {likes}

    [ladder.path]
    levels = {{ newcomer = 0, guide = {guide} }}
    """


def test_that_a_preview_counts_who_gets_badges_and_who_falls_a_level(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("today.toml").write_text(liked_book(5, 10, 9), encoding="utf-8")
    Path("then.toml").write_text(liked_book(4, 10, 1), encoding="utf-8")
    at, lines = "2026-05-04T09:00:00Z", []
    for author, likes in (("ann", 2), ("bob", 4)):
        for topic in ("tax", "sap"):
            made = {"id": f"{author}-{topic}", "type": "post.shared", "actor": author}
            lines.append({**made, "object": f"{author}-{topic}", "topics": [topic]})
        for number in range(likes):
            thing = f"{author}-{('tax', 'sap')[number % 2]}"
            like = {"id": f"l-{author}-{number}", "type": "object.liked", "actor": "raj"}
            lines.append({**like, "object": thing})
    told = "\n".join(json.dumps({**each, "occurred_at": at}) for each in lines)
    Path("likes.jsonl").write_text(told, encoding="utf-8")
    assert run(["record", "sqlite:///liked.db", "today.toml", "likes.jsonl"]) == 0
    capsys.readouterr()
    preview = ["rescore", "sqlite:///liked.db", "then.toml", "--preview"]
    found = answer(capsys, *preview)
    assert found["badges"] == {"known": {"getters": 2, "given": 4, "losers": 0, "gone": 0}}
    assert found["levels"] == {"path": {"higher": 0, "lower": 1}}
    assert run(preview) == 0
    rows = capsys.readouterr().out.splitlines()
    table = [each.strip("│").replace("│", " ").split() for each in rows if each.startswith("│")]
    assert table == [
        ["points", "0", "0", "2", "-6"],
        ["badge", "known", "2", "+4", "0", "0"],
        ["level", "on", "path", "0", "1"],
    ]
    first = [each for each in rows if each.startswith("ann: ")]
    assert first[0] == "ann: points 10, then 8"
    assert "ann: badge known (tax) not held, then given by l-ann-0" in first
    assert rows.index(first[0]) < rows.index("bob: points 20, then 16")
