"""What a statement tells of campaigns: which are running, what the member has in them, and how far all together are."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from test_campaigns import HEAD, thanks
from wiifm import Engine, Event, RuleBook
from wiifm.cli.app import run
from wiifm.showing import mail, markdown, page
from wiifm.statement import as_json, plain, tell
from wiifm.testing import shaming
from wiifm.web import Always, application
from wiifm.words import speech

INSTANT = timedelta.resolution
BERLIN = ZoneInfo("Europe/Berlin")
SPRING = """
since = 2026-03-01
until = 2026-06-01
budget = 100
means = "spring is for thanks"
"""
GOAL = SPRING + "goal = 50"


def book_of(spring=SPRING, head=""):
    return RuleBook.parse(HEAD.replace('id = "b"\n', f'id = "b"\n{head}\n', 1) + spring)


def at(month, day, zone=UTC):
    return datetime(2026, month, day, tzinfo=zone)


def kudos(number, to, moment, amount=5):
    return Event(
        id=f"k{number}",
        type="kudos.given",
        occurred_at=moment,
        actor="raj",
        recipient=to,
        data={"amount": amount},
    )


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_urls")()
    return "memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/s.db"


def told(engine, *asked, member="ann"):
    """By campaign that is running, what the member earned."""
    return {e.campaign.id: e.earned for e in engine.statement(member, *asked).campaigns}


# ---- when a campaign is running ----------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati"])
def test_that_a_campaign_is_running_from_its_first_instant_to_its_last(zone, url, open_engine):
    first, end = (at(month, 1, ZoneInfo(zone)) for month in (3, 6))
    moments = [first - INSTANT, first, end - INSTANT, end]
    engine = open_engine(url, book_of(head=f'zone = "{zone}"'))
    found = []
    for number, moment in enumerate(moments):
        engine.record(kudos(number, "ann", moment))
        found.append(told(engine))
    assert found == [{}, {"spring": 5}, {"spring": 10}, {}]
    asked = [told(engine, None, moment) for moment in moments]
    assert asked == [{}, {"spring": 0}, {"spring": 5}, {}]


def test_that_one_without_dates_is_always_running_and_comes_last(url, open_engine):
    more = '\n[campaign.always]\npays = "euros"\nbudget = 1\n[campaign.early]\npays = "euros"\nbudget = 1\nuntil = 2026-04-01'
    engine = open_engine(url, book_of(SPRING + more))
    engine.record_many([kudos(1, "ann", at(2, 1)), kudos(2, "ann", at(3, 20), 3)])
    assert [*told(engine).items()] == [("early", 8), ("spring", 3), ("always", 8)]
    assert told(engine, None, at(2, 2)) == {"early": 5, "always": 5}
    assert told(engine, None, at(5, 31)) == {"spring": 3, "always": 8}


def test_that_what_comes_late_or_is_taken_back_counts_as_if_it_always_had(url, open_engine):
    engine = open_engine(url, book_of())
    engine.record_many([kudos(1, "ann", at(3, 4)), kudos(2, "ann", at(5, 4), 3)])
    engine.record_many([kudos(3, "ann", at(4, 4), 2), kudos(4, "ann", at(2, 4), 100)])
    assert told(engine) == {"spring": 10}
    engine.retract("k1", at=at(5, 5))
    (found,) = engine.statement("ann").campaigns
    assert (found.earned, found.events) == (5, ("k2", "k3"))
    assert engine.statement("ann").why("campaigns.spring") == ("k2", "k3")
    engine.retract("k2", at=at(5, 5))
    engine.retract("k3", at=at(5, 5))
    engine.record(kudos(5, "bob", at(5, 6)))
    (found,) = engine.statement("ann").campaigns
    assert (found.earned, found.events) == (0, ())


def test_that_one_that_was_closed_is_running_no_more_until_that_is_retracted(url, open_engine):
    engine = open_engine(url, book_of())
    engine.record_many([kudos(1, "ann", at(3, 4)), kudos(2, "raj", at(5, 4))])
    first = engine.close_campaign("spring", at=at(5, 4))
    assert told(engine) == {}
    assert told(engine, None, at(5, 4)) == {"spring": 5}  # not closed yet
    assert told(engine, None, at(5, 4) + INSTANT) == {}
    engine.retract(first.event, at=at(5, 5))
    assert told(engine) == told(engine, None, at(5, 5)) == {"spring": 5}
    second = engine.close_campaign("spring", at=at(5, 6))
    assert second.event == "closing:spring:2" and told(engine) == {}
    engine.retract(second.event, at=at(5, 7))
    third = engine.close_campaign("spring", at=at(5, 8))
    assert told(engine) == {} and told(engine, None, at(5, 8)) == {"spring": 5}
    engine.retract(third.event, at=at(5, 9))
    assert told(engine) == {"spring": 5}


def test_that_nothing_is_told_to_members_who_left(url, open_engine):
    engine = open_engine(url, book_of())
    gone = [
        Event(id=kind, type=f"member.{kind}", occurred_at=moment, actor="ann")
        for kind, moment in (("left", at(4, 1)), ("joined", at(5, 1)))
    ]
    engine.record_many([kudos(1, "ann", at(3, 4)), gone[0]])
    assert told(engine) == {} and told(engine, None, at(4, 1)) == {"spring": 5}
    engine.record(gone[1])
    assert told(engine) == {"spring": 5} and told(engine, None, at(5, 1)) == {}


def test_that_members_who_are_on_no_leaderboard_take_part_like_others():
    engine = Engine(book_of())
    hidden = Event(
        id="h",
        type="member.updated",
        occurred_at=at(3, 2),
        actor="ann",
        data={"listed": False},
    )
    engine.record_many([hidden, kudos(1, "ann", at(3, 4))])
    assert told(engine) == {"spring": 5}
    assert [each.member for each in engine.preview_closing("spring", at=at(4, 1)).places] == ["ann"]


def test_that_a_newcomer_and_whoever_never_acts_are_told_too():
    engine = Engine(book_of())
    engine.record(kudos(1, "raj", at(3, 4)))
    found = engine.statement("new")
    assert found.beginning and told(engine, member="new") == {"spring": 0}
    assert "Spring, until 31 May 2026\n" in str(found) + "\n"


# ---- how far all together are ------------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["fewest = 2", "fewest = 2\nindividuals = false"])
def test_that_what_all_have_is_told_if_enough_others_have_points(head, url, open_engine):
    engine = open_engine(url, book_of(GOAL, head))
    engine.record_many([kudos(1, "ann", at(3, 4)), kudos(2, "bob", at(3, 5), 7)])

    def together(member, *asked):
        return engine.statement(member, *asked).campaigns[0].together

    assert [together(each) for each in ("ann", "bob", "zoe")] == [None, None, 12]
    engine.record_many([kudos(3, "cy", at(3, 6), 9), kudos(4, "dee", at(3, 7), -3)])
    assert [together(each) for each in ("ann", "bob", "zoe", "dee")] == [21] * 4
    assert together("zoe", None, at(3, 5)) is None and together("zoe", None, at(3, 6)) == 12
    assert engine.preview_closing("spring", at=at(4, 1)).points == 21
    engine.retract("k3", at=at(3, 8))
    assert together("ann") is None and together("zoe") == 12


def test_that_nothing_is_told_of_how_a_unit_does():
    engine = Engine(book_of("team = 0.5\nbonus = 3", "fewest = 1"))
    engine.record_many([kudos(n, who, at(3, 4)) for n, who in enumerate(["ann", "bob", "cy"])])
    (found,) = engine.statement("ann").campaigns
    assert found.together is None and "3 euros for everybody in a unit" in sentences(engine)


def sentences(engine, language="en"):
    return plain.text(tell(engine.statement("ann"), speech(language), engine.book))


# ---- how it is told ----------------------------------------------------------------------------------------


@pytest.fixture
def engine():
    engine = Engine(book_of(GOAL, "fewest = 2\nzone = 'Europe/Berlin'"))
    engine.record_many(kudos(n, who, at(3, 4), 5 + n) for n, who in enumerate(["ann", "bob", "cy"]))
    return engine


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["Campaigns", "Spring, until 31 May 2026: 5 points so far", "All together: 18 of 50"]),
        ("de", ["Aktionen", "Spring, bis 31. Mai 2026: bisher 5 Punkte", "Alle zusammen: 18 von 50"]),
        ("fr", ["Campagnes", "Spring, jusqu\u2019au 31 mai 2026 : 5 points jusqu\u2019ici", "Tout le monde ensemble : 18 sur 50"]),
        ("es", ["Campañas", "Spring, hasta el 31 de mayo de 2026: 5 puntos hasta ahora", "Entre todo el mundo: 18 de 50"]),
    ],
)  # fmt: skip
def test_that_it_is_told_in_every_language(engine, language, lines):
    text = " ".join(sentences(engine, language).split()).replace("\xa0", " ")
    assert [each for each in lines if each not in text] == [] and not shaming(text, language)


def test_that_the_bar_of_a_goal_shows_how_far_all_are(engine):
    told = tell(engine.statement("ann"), book=engine.book)
    shares = [line.share for each in told.sections for line in each.lines if "All tog" in line.text]
    assert shares == [18 / 50]


def test_that_every_face_tells_what_for_and_what_there_is_to_get(engine):
    statement, book = engine.statement("ann"), engine.book
    what = "Spring is for thanks; 100 euros to share, by what each one earned; if all together have 50 points"
    faces = [page(statement, book=book), markdown(statement, book=book)]
    made = mail(statement, book=book)
    faces += [" ".join(part.get_content().split()) for part in made.iter_parts()]
    for face in faces:
        assert what in face and "Spring, until 31 May 2026: 5 points so far" in face
        assert "All together: 18 of 50" in face
    assert "Spring is for thanks" in str(statement) and "to share" not in str(statement)


@pytest.mark.parametrize(
    ("until", "local", "own"),
    [
        ("2026-06-01", "31 May 2026:", "31 May 2026:"),
        ("2026-06-01T04:00:00Z", "31 May 2026:", "1 June 2026, 04:00 UTC"),
        ("2026-06-01T16:30:00Z", "1 June 2026, 12:30 EDT", "1 June 2026, 16:30 UTC"),
    ],
)
def test_that_its_end_is_that_of_the_books_zone(until, local, own):
    """Its last day, or the moment if it isn't midnight. Without a book, it is the one that the campaign itself says."""
    spring = SPRING.replace("2026-06-01", until)
    engine = Engine(book_of(spring, "zone = 'America/New_York'"))
    engine.record(kudos(1, "ann", at(3, 4)))
    assert f"until {local}" in sentences(engine)
    assert f"until {own}" in str(engine.statement("ann"))


def test_that_as_little_as_there_is_is_told_of_less_than_nothing():
    engine = Engine(book_of(SPRING.replace("until = 2026-06-01\n", "")))
    engine.record(kudos(1, "ann", at(3, 4), -5))
    assert told(engine) == {"spring": -5}
    assert "\n  Spring\n" in sentences(engine)


def test_that_the_data_are_whole(engine):
    found = as_json(engine.statement("ann"))["campaigns"]
    assert found == json.loads(json.dumps(found))
    (one,) = found
    assert (one["earned"], one["together"], one["events"]) == (5, 18, ["k0"])
    assert one["campaign"]["until"] == at(6, 1, BERLIN).isoformat()
    assert (one["campaign"]["goal"], one["campaign"]["pays"]) == (50, "euros")


def test_that_broken_amounts_are_told_as_they_are():
    fine = HEAD.replace('points = "amount"', 'purse = "euros"\npoints = "amount * 0.25"', 1)
    fine = fine.replace("[book]", "[book]\nfewest = 1")
    engine = Engine(RuleBook.parse(fine + 'purse = "euros"\ngoal = 10.5\nbudget = 3'))
    engine.record_many([kudos(1, "ann", at(3, 1)), kudos(2, "bob", at(3, 2))])
    (one,) = as_json(engine.statement("ann"))["campaigns"]
    assert (one["earned"], one["together"]) == (1.25, 2.5)
    text = sentences(engine)
    assert "Spring: 1.25 euros so far" in text and "All together: 2.50 of 10.5" in text


def test_that_the_page_and_the_api_tell_it(engine):
    with TestClient(application(engine, who=Always("ann"), clock=lambda: at(3, 20))) as client:
        told = client.get("/").text
        for each in ("Spring, until 31 May 2026: 5 points so far", "All together: 18 of 50"):
            assert f"{each}" in told
        assert "100 euros to share" in told and "line=campaigns.spring" in told
        assert 'href="/why/1' in client.get("/why?line=campaigns.spring&over=ever").text
        described = client.get("/api/openapi.json").json()
        answer = client.get("/api/statement").json()
    assert answer["campaigns"][0]["earned"] == 5
    schema = {"$ref": "#/components/schemas/Statement", "components": described["components"]}
    Draft202012Validator(schema).validate(answer)
    assert "RunningCampaign" in described["components"]["schemas"]


def test_that_the_command_tells_it(engine, tmp_path, capsys):
    url, book = f"sqlite:///{tmp_path}/s.db", engine.book
    with Engine.open(url, book) as stored:
        stored.record_many([kudos(1, "ann", at(3, 4))])
    assert run(["statement", "ann", url]) == 0
    assert "100 euros to share" in capsys.readouterr().out
    assert run(["statement", "ann", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["campaigns"][0]["earned"] == 5


# ---- what it costs -----------------------------------------------------------------------------------------


def test_that_it_asks_the_store_once_for_closings_and_once_for_entries(tmp_path):
    """However many campaigns there are that began at one time. A goal takes what a leaderboard does."""

    def often(name, book):
        url = f"sqlite:///{tmp_path}/{name}.db"
        with Engine.open(url, book) as engine:
            engine.record_many(thanks(n, "ann", 1) for n in range(50))
        with Engine.open(url, book) as engine, engine._memory.reading():
            asked = []
            engine._memory.scope.session._connection.set_trace_callback(asked.append)
            engine.statement("ann")
            return len(asked)

    two = f'{SPRING}[campaign.other]\npays = "euros"{SPRING}'
    without = RuleBook.parse(HEAD.partition("[campaign")[0])
    nothing = often("none", without)
    assert often("over", book_of(SPRING.replace("2026-06", "2026-04"))) == nothing
    assert often("one", book_of(SPRING)) == often("two", book_of(two)) == nothing + 2
    assert often("goal", book_of(GOAL)) == nothing + 4
