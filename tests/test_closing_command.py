"""``wiifm close``: who would get how much, who gets it, and that a window is closed once."""

import json

import pytest

from test_campaigns import HEAD, book, thanks
from wiifm import Engine, RuleBook
from wiifm.cli.app import run

UNTIL = ["--until", "2026-06-01"]


def answer(capsys, *arguments, status=0):
    assert run(["close", *arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    found = f"sqlite:///{tmp_path}/s.db"
    if request.param == "postgres":
        found = request.getfixturevalue("postgres_urls")()
    with Engine.open(found, book("budget = 100")) as engine:
        engine.record_many([thanks(1, "ann", 6), thanks(2, "bob", 3), thanks(3, "cy", 3)])
    return found


def euros(url):
    with Engine.open(url) as engine:
        return {each.holder.id: each.points["euros"] for each in engine.standings()}


def test_that_a_preview_tells_what_a_closing_comes_to_and_records_nothing(url, capsys):
    nothing = euros(url)
    told = answer(capsys, url, "spring", *UNTIL, "--preview")
    assert euros(url) == nothing
    assert told["event"] is None
    done = answer(capsys, url, "spring", *UNTIL)
    assert done == told | {"event": "closing:spring:1"}
    assert (done["since"], done["until"]) == (None, "2026-06-01T00:00:00+00:00")
    assert (done["points"], done["pool"]) == (12, 100)
    assert done["places"][0] == {"rank": 1, "member": "ann", "points": 6, "amount": 50}
    assert euros(url) == {"ann": 50, "bob": 25, "cy": 25}


@pytest.mark.parametrize("more", [[], ["--preview"]])
def test_that_a_window_is_closed_once(url, capsys, more):
    answer(capsys, url, "spring", *UNTIL)
    paid = euros(url)
    assert run(["close", url, "spring", *UNTIL, *more]) == 2
    assert "closed by closing:spring:1 until 2026-06-01T00:00:00+00:00" in capsys.readouterr().err
    assert euros(url) == paid
    later = answer(capsys, url, "spring", "--until", "2026-06-02", "--budget", "7", *more)
    assert (later["since"], later["places"]) == ("2026-06-01T00:00:00+00:00", [])


def test_that_the_table_tells_who_gets_how_much(url, capsys):
    assert run(["close", url, "spring", *UNTIL, "--budget", "12", "--top", "1", "--preview"]) == 0
    told = capsys.readouterr().out
    assert "│    1 │ ann    │      6 │  6.00 │" in told
    assert "1 of 3 places; --top 3 shows all" in told
    assert told.endswith(
        "3 places, a pool of 12.00 euros, points from the beginning to 2026-06-01T00:00:00+00:00: nothing was recorded\n"
    )
    assert run(["close", url, "spring", *UNTIL]) == 0
    assert "recorded as closing:spring:1" in capsys.readouterr().out


def test_that_the_table_calls_members_by_the_names_of_a_file(url, capsys, tmp_path):
    (tmp_path / "names.json").write_text('{"ann": "Ann Keller"}', encoding="utf-8")
    names = ["--names", str(tmp_path / "names.json")]
    assert run(["close", url, "spring", *UNTIL, *names, "--preview"]) == 0
    told = capsys.readouterr().out
    assert "│ Ann Keller │" in told and "│ bob        │" in told
    assert answer(capsys, url, "spring", *UNTIL, *names)["places"][0]["member"] == "ann"


def test_that_the_table_names_the_purse_that_decides_and_a_goal_that_is_missed(tmp_path, capsys):
    text = f"{HEAD}purse = 'euros'\nbudget = 100\ngoal = 1_000_000"
    url = f"sqlite:///{tmp_path}/s.db"
    with Engine.open(url, RuleBook.parse(text)) as engine:
        engine.record(thanks(1, "ann", 6))
    assert run(["close", url, "spring", *UNTIL, "--preview"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-1] == (
        "0 places, a pool of 0.00 euros, euros from the beginning to 2026-06-01T00:00:00+00:00, "
        "0.00 of the goal of 1000000: nothing was recorded"
    )
    assert told.splitlines()[1].count("euros") == 2


def test_that_a_campaign_without_an_end_asks_for_one(url, capsys, tmp_path):
    assert run(["close", url, "spring"]) == 2
    assert "--until: campaign 'spring' has no end in the book" in capsys.readouterr().err
    ends = tmp_path / "ends.toml"
    ends.write_text(HEAD + "budget = 8\nuntil = 2026-05-20", encoding="utf-8")
    assert RuleBook.load(str(ends)).digest == book().digest
    done = answer(capsys, url, "spring", "--book", str(ends))
    assert (done["until"], done["pool"]) == ("2026-05-20T00:00:00+00:00", 8)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sprin", *UNTIL], "did you mean 'spring'?"),
        (["spring", "--until", "2999-01-01"], "expected a moment not after that of the closing"),
        (["spring", *UNTIL, "--budget", "-1"], "budget: found -1.0"),
        (["spring", *UNTIL, "--since", "2026-06-01"], "expected a time after since"),
    ],
)
def test_that_what_cannot_be_closed_is_told(url, capsys, arguments, told):
    assert run(["close", url, *arguments]) == 2
    assert told in capsys.readouterr().err
    assert set(euros(url).values()) == {0}
