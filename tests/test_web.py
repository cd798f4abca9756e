"""The pages and the API: what they tell, to whom, and what an attacker gets out of them."""

import asyncio
import html
import json
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from runpy import run_path
from urllib.parse import urlencode

import httpx2
import pytest
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import community
import wiifm
from wiifm import (
    AsyncEngine,
    Engine,
    Event,
    InvalidInput,
    RuleBook,
    StoreFault,
    UnknownName,
    Withheld,
)
from wiifm.cli.app import run
from wiifm.culture.data import as_json
from wiifm.culture.page import page as culture_page
from wiifm.culture.plain import markdown as culture_markdown
from wiifm.culture.sections import sections
from wiifm.showing import by_template, mail, markdown
from wiifm.showing import page as page_of
from wiifm.statement.badge_words import badge_means
from wiifm.statement.nouns import evidence
from wiifm.statement.telling import tell
from wiifm.stores.urls import open_store
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.rescoring import rescore
from wiifm.web import Always, Owners, TrustedHeader, application, everybody
from wiifm.web.forms import Seal
from wiifm.web.guard import Guard, policy
from wiifm.web.languages import Speeches
from wiifm.web.response_cache import ResponseCache
from wiifm.words.catalogues import speech
from wiifm.words.speech import MONTHS, Speech

EXAMPLES = Path(__file__).parent.parent / "examples"
PAGES = [
    "/",
    "/badges",
    "/leaderboard",
    "/rules",
    "/why",
    "/why?rule=kudos&purse=points",
    "/culture",
]
READS = ["statement", "entries", "badges", "leaderboard", "rules", "culture"]
NASTY = "\"><script>pwned()</script><img src=x onerror=pwned()>'{{7*7}}"


def by_header(scope):
    """Whoever a test says is signed in."""
    found = dict(scope["headers"]).get(b"x-test")
    return found.decode() if found else None


@pytest.fixture(scope="module")
def lively():
    engine = Engine(RuleBook.load("plugin:sharing"))
    assert not engine.record_many(community.events()).rejected
    return engine


@pytest.fixture
def client_of():
    """Makes clients of an application over an engine, closed in the end."""
    with ExitStack() as stack:

        def made(engine, mount="", base="http://testserver", **settings):
            settings.setdefault("clock", lambda: community.NOW)
            settings.setdefault("who", by_header)
            settings.setdefault("owner", everybody)
            shared = AsyncEngine(engine)
            stack.callback(lambda: asyncio.run(shared.close()))
            app = application(shared, **settings)
            app = Starlette(routes=[Mount(mount, app)]) if mount else app
            return stack.enter_context(
                TestClient(app, base_url=base, raise_server_exceptions=True, follow_redirects=False)
            )

        yield made


@pytest.fixture
def small():
    """An engine that a test may write to."""
    engine = Engine(RuleBook.load("plugin:sharing"))
    for number, (actor, to) in enumerate(
        [("Ann", "Raj"), ("Raj", "Ann"), ("Noor", "Raj"), ("Li", "Noor")]
    ):
        engine.record(
            Event(
                id=f"k{number}",
                type="kudos.given",
                occurred_at=community.START + timedelta(number),
                actor=actor,
                recipient=to,
                data={"text": f"private words {number}"},
            )
        )
    return engine


def as_(member):
    return {"x-test": member}


def token_in(html):
    return re.search(r'name="token" value="([^"]+)"', html)[1]


def links_of(page):
    """The addresses on a page that lead to these pages."""
    return [
        each
        for tag, attrs in Tags(page).found
        for key in ("href", "data-drawer")
        if tag == "a" and (each := attrs.get(key, "")).startswith("/")
    ]


class Tags(HTMLParser):
    """The tags of a page with their attributes, and what is wrong with its nesting."""

    VOID = {"meta", "link", "input", "br", "img"}

    def __init__(self, html):
        super().__init__()
        self.found, self.open, self.wrong = [], [], []
        self.feed(html)
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def error(self, message):
        raise AssertionError(message)


# ---- what they tell ------------------------------------------------------------------------------------------


def test_that_each_page_tells_the_member_what_is_theirs(lively, client_of):
    client = client_of(lively)
    page = client.get("/?over=ever", headers=as_("Ann")).text
    earned = lively.statement("Ann")
    assert f"{earned.standing.points['points']:,}" in page
    sections = tell(earned).sections
    assert len(sections) > 7
    for line in (line for each in sections for line in each.lines if not line.by):
        assert line.text.replace("'", "&#39;") in page
    assert [each.text for each in earned.recognition if each.text][-1] in page
    badges = client.get("/badges", headers=as_("Ann")).text
    for near in earned.next:
        assert f"{near.value} of {near.threshold}" in badges
    assert "Helping hand" in badges and earned.next
    (answer,) = [each.key for each in earned.next if each.badge == "good-answer"]
    assert answer not in badges and f"“{earned.titles[answer]}”" in badges
    assert "Weeks in which you read, ask or discuss five different things" in badges
    rules = client.get("/rules", headers=as_("Ann")).text
    assert "Somebody accepted your answer" in rules and "5 times a week for each giver" in rules
    assert (
        "points, by everything that is said about one contribution" in rules
        and "value *" not in rules
    )
    why = client.get("/why?rule=kudos&purse=points", headers=as_("Ann")).text
    assert "thanked you" in why and "asked a question" not in why
    assert "Words of thanks that name a person" in why
    month = client.get("/", headers=as_("Ann")).text
    assert month == client.get("/?over=month", headers=as_("Ann")).text != page
    for name, events in evidence(earned):
        behind = client.get("/why", params={"line": name, "over": "ever"}, headers=as_("Ann"))
        assert behind.status_code == 200
        mine = {each.event for each in lively.ledger("Ann")} & {*events[-20:]}
        assert ("no entry of yours" in behind.text) is (not mine), name
    assert client.get("/why?line=nothing", headers=as_("Ann")).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_that_pages_are_whole_and_fragments_are_parts_of_them(lively, client_of, path):
    client = client_of(lively)
    page = client.get(path, headers=as_("Ann"))
    inner = path.replace("/", "/fragments/", 1) if path != "/" else "/fragments/statement"
    part = client.get(inner, headers=as_("Ann"))
    assert page.status_code == part.status_code == 200
    tags = Tags(page.text)
    assert not tags.wrong, tags.wrong
    names = [tag for tag, _ in tags.found]
    assert names.count("h1") == names.count("main") == names.count("header") == 1
    ids = [attrs["id"] for _, attrs in tags.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert "<html" not in part.text and not Tags(part.text).wrong
    assert not [
        attrs
        for _, attrs in tags.found
        if "style" in attrs or any(k.startswith("on") for k in attrs)
    ]


def test_that_a_page_of_a_month_without_anything_says_so(lively, client_of):
    client = client_of(lively, clock=lambda: community.NOW + timedelta(days=99))
    told = "There is nothing new to tell of this time."
    assert told in client.get("/", headers=as_("Ann")).text
    assert told not in client.get("/?over=ever", headers=as_("Ann")).text


def test_that_why_says_what_a_rule_says_in_the_language_if_its_catalogue_has_it(lively, client_of):
    client = client_of(lively, language="de")
    (number, *_) = [each.no for each in lively.ledger("Ann") if each.rule == "answered"]
    for path in ("/why?rule=answered&purse=points", f"/why/{number}"):
        page = client.get(path, headers=as_("Ann")).text
        assert "Du hast eine Frage beantwortet" in page and "You answered" not in page


def test_that_the_report_calls_rules_as_other_pages_do(lively, client_of):
    client = client_of(lively, culture={"fewest": 1}, language="en")
    report = client.get("/culture", headers=as_("Ann")).text
    shares = lively.culture(fewest=1).rewards.rules
    assert "first-answer" in {each.rule for each in shares[:8]}
    assert "by First answer" in report and "by first-answer" not in report


def test_that_entries_are_shown_a_page_at_a_time(lively, client_of):
    client = client_of(lively)
    seen, path = [], "/api/entries"
    while path:
        found = client.get(path, headers=as_("Ann")).json()
        seen += [each["no"] for each in found["entries"]]
        path = f"/api/entries?before={found['before']}" if found["before"] else None
    assert seen == [each.no for each in lively.ledger("Ann")][::-1]
    assert client.get("/why?before=minus", headers=as_("Ann")).status_code == 422
    assert client.get("/why?rule=nothing", headers=as_("Ann")).status_code == 404


@pytest.mark.parametrize("over", ["month", "year", "ever"])
def test_that_each_why_beside_a_statement_leads_to_what_is_behind_it(lively, client_of, over):
    client = client_of(lively)
    for member in ("Ann", "Raj"):
        page = client.get(f"/?over={over}", headers=as_(member)).text
        links = {link for link in links_of(page) if "/why?" in link}
        assert len(links) > 10 and [link for link in links if "%2Bfirst-answer" in link]
        for link in links:
            behind = client.get(link, headers=as_(member))
            assert behind.status_code == 200 and "<time" in behind.text, link


@pytest.mark.parametrize("path", ["/", "/leaderboard", "/culture", "/why?line=reach.used.p"])
def test_that_all_time_is_called_ever_everywhere_and_all_in_old_links(lively, client_of, path):
    client = client_of(lively)
    sign = "&" if "?" in path else "?"
    now, old = (
        client.get(f"{path}{sign}over={over}", headers=as_("Ann")).text for over in ("ever", "all")
    )
    month = client.get(f"{path}{sign}over=month", headers=as_("Ann")).text
    assert now == old != month
    assert "over=all" not in now and "over=all" not in old


DOTTED = """
[book]
id = "dotted"
use = ["sharing"]
[purse."team.points"]
[[rule]]
id = "answers.first"
on = "answer.posted"
points = 3
purse = "team.points"
[[rule]]
id = "answers.any"
on = "answer.posted"
points = 2
purse = "team.points"
[[rule]]
id = "thanks.any"
on = "kudos.given"
to = "recipient"
points = 2
purse = "team.points"
"""


def test_that_a_rule_that_is_called_like_a_line_is_not_taken_for_it(client_of):
    book = '[book]\nid = "b"\nuse = ["sharing"]\n[[rule]]\nid = "growth.levels.path"\non = "post.shared"\nto = "actor"\npoints = 1'
    engine = Engine(RuleBook.parse(book))
    thanks = {"type": "kudos.given", "occurred_at": community.NOW, "recipient": "Ann"}
    engine.record(Event(id="k", actor="Raj", data={"text": "thanks"}, **thanks))
    page = client_of(engine).get("/?over=ever", headers=as_("Ann")).text
    assert "/why?line=growth.levels.path&amp;over=ever" in page and "rule=growth" not in page


def test_that_names_with_dots_lead_to_what_is_behind_them(client_of):
    engine = Engine(RuleBook.parse(DOTTED))
    engine.record_many(community.events())
    told = [line for each in tell(engine.statement("Ann")).sections for line in each.lines]
    joined = [
        line for line in told if "answers.first+" in line.name or "+answers.first" in line.name
    ]
    assert joined and all(
        {*engine.statement("Ann").why(each.name)} == {*each.events} for each in joined
    )
    client = client_of(engine)
    for over in ("month", "ever"):
        page = client.get(f"/?over={over}", headers=as_("Ann")).text
        for link in links_of(page):
            assert client.get(link, headers=as_("Ann")).status_code == 200, link


@pytest.mark.parametrize("language", ["en", "fr"])
def test_that_why_says_first_what_is_explained(lively, client_of, language):
    client = client_of(lively, language=language)
    lines = [
        line
        for section in tell(lively.statement("Ann"), speech(language), lively.book).sections
        for line in section.lines
        if line.events and not line.by and section.name != "needed"
    ]
    assert len(lines) > 25
    for line in lines:
        query = {"line": line.name, "over": "ever"}
        page = html.unescape(client.get("/why", params=query, headers=as_("Ann")).text)
        assert f"</h1>\n<p>{line.text}</p>" in page


def test_that_all_that_is_behind_a_line_is_shown_a_page_at_a_time(lively, client_of):
    client, line = client_of(lively), "earned.points.answered+first-answer"
    events = lively.statement("Ann").why(line)
    theirs = {each.no for each in lively.ledger("Ann") if each.event in events}
    seen, path = [], f"/why?line={line.replace('+', '%2B')}&over=ever"
    while path:
        page = client.get(path, headers=as_("Ann")).text
        seen += map(int, re.findall(r'href="/why/(\d+)"', page))
        path = next((each for each in links_of(page) if "before=" in each), None)
    assert len(events) > 40 and len(seen) == len({*seen}) and {*seen} == theirs


def test_that_why_tells_what_happened_where_no_points_came_of_it(client_of):
    at, book = community.START, "[book]\nid = 'b'\nuse = ['sharing']\n"
    happened = [
        Event(id="j", type="member.joined", occurred_at=at, actor="Ann", data={"unit": "Lab"}),
        Event(id="p", type="post.shared", occurred_at=at, actor="Ann", object="p"),
        Event(id="r", type="object.read", occurred_at=at + timedelta(1), actor="Raj", object="p"),
    ]
    for more, named in (("", True), ("individuals = false", False)):
        engine = Engine(RuleBook.parse(book + more))
        assert not engine.record_many(happened).rejected
        assert not [each for each in engine.ledger("Ann") if each.event == "r"]
        names = {"Ann": "Ann K.", "Raj": "Raj P."}
        client = client_of(engine, names=names.__getitem__)
        page = client.get("/why?line=reach.used.p&over=ever", headers=as_("Ann")).text
        main = page.partition("<main")[2].partition("</main")[0]
        assert "no entry of yours" in main and "6 January 2026" in main
        assert engine.book.types["object.read"].means.capitalize() in main
        assert ("Raj P." in main) is named and "Raj" not in main.replace("Raj P.", "")


def test_that_whoever_is_not_named_is_told_in_the_language_and_asked_of_nobody(client_of):
    engine = Engine(RuleBook.parse('[book]\nid = "b"\nuse = ["sharing"]\nindividuals = false'))
    engine.record_many(community.events(30))
    asked = []
    client = client_of(engine, language="de", names=lambda name: asked.append(name) or name)
    number = next(each.no for each in engine.ledger("Ann") if each.rule == "kudos")
    page = client.get(f"/why/{number}", headers=as_("Ann")).text
    assert "<small>von <b>jemand</b></small>" in page and {*asked} <= {"Ann"}


def test_that_why_calls_whoever_is_not_there_somebody(client_of):
    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 1\nsay = 'You told {recipient} of it'"
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{rule}"))
    at = community.START
    engine.record(Event(id="p", type="post.shared", occurred_at=at, actor="Ann", object="p"))
    page = client_of(engine).get("/why/1", headers=as_("Ann")).text
    assert "You told somebody of it" in page and "None" not in page


def test_that_every_page_is_there_as_json_as_openapi_says(lively, client_of):
    client = client_of(lively, writes=True)
    described = client.get("/api/openapi.json").json()
    assert set(described["paths"]) == {
        *(f"/api/{name}" for name in READS),
        "/api/why/{no}",
        "/api/kudos",
    }
    number = next(lively.ledger("Ann")).no
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method == "post":
                continue
            answer = client.get(path.replace("{no}", str(number)), headers=as_("Ann"))
            assert answer.status_code == 200, answer.text
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            whole = {**schema, "components": described["components"]}
            Draft202012Validator(whole).validate(answer.json())
    found = client.get("/api/statement", headers=as_("Ann")).json()
    assert found["points"]["points"] == lively.standing("Ann").points["points"]
    since = client.get("/api/statement?since=2026-04-01T00:00:00Z", headers=as_("Ann")).json()
    assert since["earned"] != found["earned"]
    wrong = client.get("/api/statement?since=yesterday", headers=as_("Ann"))
    assert wrong.status_code == 422 and "ISO 8601" in wrong.json()["error"]


def test_that_a_leaderboard_is_what_was_asked_for(lively, client_of):
    client = client_of(lively)
    found = client.get("/api/leaderboard?over=ever&topic=pricing", headers=as_("Tom")).json()
    ranks = lively.leaderboard(topic="pricing")
    assert [each["member"] for each in found["first"]] == [each.member for each in ranks[:10]]
    assert "Tom" in [each["member"] for each in found["around"]] and len(found["around"]) <= 5
    wrong = client.get("/api/leaderboard?over=ever&by=improvement", headers=as_("Tom"))
    assert wrong.status_code == 422 and "a period that has one before it" in wrong.text


def test_that_whatever_the_form_of_a_leaderboard_is_set_to_gives_one(lively, client_of):
    """After all time, too, one may ask for the largest increase: that of the month."""
    client = client_of(lively)
    page = client.get("/leaderboard?over=ever&by=improvement", headers=as_("Tom")).text
    assert page == client.get("/leaderboard?by=improvement", headers=as_("Tom")).text
    assert '<option value="month" selected>This month</option>' in page


def test_that_the_form_shows_the_period_of_the_leaderboard_even_if_it_offers_others(
    lively, client_of
):
    client = client_of(lively)
    for over, shown in (("last 30 days", 1), ("month", 0), ("ever", 0)):
        page = client.get("/leaderboard", params={"over": over}, headers=as_("Tom")).text
        assert page.count(f'<option value="{over}" selected>') == 1
        assert page.count(f">{over}</option>") == shown


def test_that_leaderboards_of_the_members_own_unit_and_topics_are_one_click_away(lively, client_of):
    def own(page):
        return re.findall(r'<a href="(/leaderboard[^"]*)"( aria-current="true")?>([^<]*)</a>', page)

    client = client_of(lively)
    page = client.get("/leaderboard?over=year&newcomers=yes", headers=as_("Ann")).text
    everybody, unit, *topics = own(page)
    assert everybody[1:] == (' aria-current="true"', "Everybody") and unit[1:] == ("", "Sales")
    month = community.NOW.replace(hour=0) - timedelta(days=30)
    known = [*lively.statement("Ann", month).needed.topics]
    assert [words for _, _, words in topics] == known and len(known) == 5
    for to, _, words in (unit, *topics):
        assert "over=year" in to and "newcomers=yes" in to
        led = client.get(html.unescape(to), headers=as_("Ann"))
        assert [each for _, current, each in own(led.text) if current] == [words]
    sales = client.get(html.unescape(unit[0].replace("newcomers=yes", "")), headers=as_("Ann")).text
    assert "Eve" in sales and "Noor" not in sales
    assert not own(client.get("/leaderboard", headers=as_("Newcomer")).text)


def test_that_a_unit_that_is_called_like_a_topic_is_told_apart(small, client_of):
    def at(day, id, type, actor, **more):
        then = community.START + timedelta(day)
        small.record(Event(id=id, type=type, occurred_at=then, actor=actor, **more))

    at(0, "j", "member.joined", "Ann", data={"unit": "Design"})
    for number, topic in enumerate(["design", "pricing", "everybody"]):
        at(1, f"p{number}", "post.shared", "Ann", object=f"p{number}", topics=(topic,))
    client = client_of(small, clock=lambda: community.START + timedelta(days=9))
    page = client.get("/leaderboard", headers={**as_("Ann"), "Accept-Language": "de"}).text
    tabs = re.findall(r'<a href="/leaderboard[?][^"]*"[^>]*>([^<]*)</a>', page)
    assert {*tabs} == {"Alle", "Design (Bereich)", "design (Thema)", "pricing", "everybody"}
    page = client.get("/leaderboard", headers=as_("Ann")).text
    assert ">everybody (Topic)</a>" in page and ">pricing</a>" in page


def test_that_this_month_is_that_of_the_clock_and_ends_with_it(client_of):
    """Not that of the latest event: at a quiet beginning of a month, nobody is first in it."""
    at = datetime(2026, 5, 31, 20, tzinfo=UTC)
    now = [at]
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record(Event(id="k", type="kudos.given", occurred_at=at, actor="Ann", recipient="Raj"))
    client = client_of(engine, clock=lambda: now[0])

    def first(over):
        found = client.get(f"/api/leaderboard?over={over}", headers=as_("Ann")).json()["first"]
        return [each["member"] for each in found]

    assert first("month") == first("last 90 days") == ["Raj"]
    now[0] += timedelta(hours=12)
    assert (first("month"), first("last 90 days")) == ([], ["Raj"])
    now[0] += timedelta(days=90)
    assert (first("last 90 days"), first("year"), first("ever")) == ([], ["Raj"], ["Raj"])


def test_that_a_book_without_points_has_a_leaderboard_of_what_it_has(client_of):
    book = "[book]\nid='b'\n[purse.kudos]\n[purse.care]\n[[rule]]\nid='k'\non='kudos.given'\nto='recipient'\npurse='kudos'\npoints=1"
    engine = Engine(RuleBook.parse(book))
    thanks = {
        "type": "kudos.given",
        "occurred_at": community.NOW,
        "actor": "Raj",
        "recipient": "Ann",
    }
    engine.record(Event(id="k1", **thanks))
    client = client_of(engine)
    assert client.get("/leaderboard", headers=as_("Ann")).status_code == 200
    page = client.get("/leaderboard?over=ever&purse=kudos", headers=as_("Ann"))
    assert page.status_code == 200 and "Ann" in page.text and ">Kudos</small>" in page.text
    assert "Nobody yet." in client.get("/leaderboard?over=ever&purse=care", headers=as_("Ann")).text
    assert client.get("/api/leaderboard?purse=none", headers=as_("Ann")).status_code == 404


def test_that_nobody_is_shown_twice_on_a_leaderboard(lively, client_of):
    client = client_of(lively)
    first = client.get("/leaderboard?over=ever", headers=as_("Ann")).text
    assert first.count('class="me" aria-current="true"') == 1 and "Around you" not in first
    last = client.get("/api/leaderboard?over=ever", headers=as_("Ann")).json()
    outside = next(
        name for name in community.UNITS if name not in {each["member"] for each in last["first"]}
    )
    assert "Around you" in client.get("/leaderboard?over=ever", headers=as_(outside)).text


def test_that_what_is_next_says_what_counts(lively, client_of):
    page = client_of(lively).get("/?over=ever", headers=as_("Ann")).text
    assert "Answers of yours that the askers accepted" in page
    assert 'Pillar: 1,212 of 1,500 <small class="for">Points</small>' in page


def test_that_mounted_pages_link_to_where_they_are(lively, client_of):
    client = client_of(lively, mount="/people/me", writes=True)
    for path in ["/", "/badges", "/kudos", "/why"]:
        page = client.get(f"/people/me{path}", headers=as_("Ann"))
        assert page.status_code == 200
        for tag, attrs in Tags(page.text).found:
            for key in ("href", "src", "action", "data-drawer"):
                if key in attrs and not attrs[key].startswith("#"):
                    assert attrs[key].startswith("/people/me/"), (tag, attrs)
                    if tag in ("link", "script"):
                        assert client.get(attrs[key]).status_code == 200
    document = client.get("/people/me/api/openapi.json").json()
    assert document["servers"] == [{"url": "/people/me"}]
    assert client.get("/people/me/api/nothing").json() == {"error": "Not Found"}
    given = client.post(
        "/people/me/kudos",
        headers=as_("Ann"),
        data={"token": token_in(client.get("/people/me/kudos", headers=as_("Ann")).text)},
    )
    assert given.status_code == 422 and "Say who you want to thank" in given.text


# ---- who is signed in ----------------------------------------------------------------------------------------


def test_that_members_are_called_what_the_platform_calls_them(lively, client_of):
    client = client_of(lively, names=lambda member: f"{member} <Surname>")
    number = next(lively.ledger("Ann")).no
    for path in ("/", "/leaderboard?over=ever", f"/why/{number}"):
        text = client.get(path, headers=as_("Ann")).text
        assert "&lt;Surname&gt;" in text, path
        assert "<Surname>" not in text


def test_that_entries_call_members_so_too_in_the_language(lively, client_of):
    """A platform's ids may be anything: nobody reads them in what is said of an entry."""
    client = client_of(lively, names=lambda member: f"{member}-Berg", language="de")
    entry = next(each for each in lively.ledger("Ann") if each.rule == "accepted")
    giver = entry.say.partition(" ")[0]
    told = f"{giver}-Berg hat deine Antwort angenommen"
    for path in (f"/why/{entry.no}", f"/fragments/why/{entry.no}"):
        assert f"<h1>{told}</h1>" in client.get(path, headers=as_("Ann")).text
    listed = client.get(f"/why?rule=accepted&before={entry.no + 1}", headers=as_("Ann")).text
    assert f'<span class="say">{told} <small>' in listed and "accepted your" not in listed
    assert (
        client.get(f"/api/why/{entry.no}", headers=as_("Ann")).json()["entry"]["say"] == entry.say
    )


def test_that_a_mentor_is_called_so_too(client_of):
    engine = Engine(
        RuleBook.parse(
            """[book]
id = "b"
use = ["sharing"]
[[rule]]
id = "mentor-thanked"
on = "kudos.given"
to = "mentor"
points = 1
say = "{mentor}, {actor} thanked {recipient}, whom you mentor"
"""
        )
    )
    at = community.START
    engine.record(Event(id="m", type="mentoring.started", occurred_at=at, actor="Ann", recipient="Raj"))  # fmt: skip
    engine.record(Event(id="k", type="kudos.given", occurred_at=at + timedelta(1), actor="Li", recipient="Raj", data={"text": "x"}))  # fmt: skip
    client = client_of(engine, names=lambda member: f"{member} B.")
    (entry,) = engine.ledger("Ann", rule="mentor-thanked")
    page = client.get(f"/why/{entry.no}", headers=as_("Ann")).text
    assert "<h1>Ann B., Li B. thanked Raj B., whom you mentor</h1>" in page


@pytest.mark.parametrize("individuals", [True, False])
def test_that_whoever_was_forgotten_is_told_of_as_a_former_colleague(
    client_of, tmp_path, individuals
):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    more = "" if individuals else "individuals = false"
    book = RuleBook.parse(f"[book]\nid = 'b'\nuse = ['sharing']\n{more}")
    with Engine.open(url, book) as engine:
        engine.record_many(community.events(40))
    with closing(open_store(url)) as store:
        forget(store, book, "Raj")
    engine = Engine.open(url)
    client, former = client_of(engine), "a former colleague" if individuals else "somebody"
    told = [each for each in engine.ledger("Ann") if "forgotten-" in each.say]
    paths = ["/why", "/?over=ever", *(f"/why/{each.no}" for each in told[-5:])]
    pages = [client.get(path, headers=as_("Ann")).text for path in paths]
    assert told and all(former in page for page in pages[2:]) and "forgotten-" not in "".join(pages)
    assert client.get("/why?rule=accepted", headers=as_("Ann")).status_code == 200


def test_that_nobody_who_is_not_signed_in_sees_anything(lively, client_of):
    client = client_of(lively, who=wiifm.web.signed_in)
    for path in [*PAGES, "/why/1", *(f"/api/{name}" for name in READS), "/api/why/1"]:
        for headers in ({}, {"wiifm.member": "Ann"}, {"x-member": "Ann"}):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 401
            assert "Ann" not in answer.text


@pytest.mark.parametrize("length", [19, 5_000])
def test_that_a_number_that_no_entry_has_is_nothing_however_long(lively, client_of, length):
    client = client_of(lively)
    for path in ("/why/", "/fragments/why/", "/api/why/"):
        assert client.get(path + "9" * length, headers=as_("Ann")).status_code == 404


def test_that_the_platform_says_who_is_signed_in(lively, client_of):
    shared = AsyncEngine(lively)
    inner = application(shared, clock=lambda: community.NOW)

    async def platform(scope, receive, send):
        await inner({**scope, "wiifm.member": "Noor"}, receive, send)

    with TestClient(platform) as client:
        assert ">Noor</h1>" in client.get("/").text
    asyncio.run(shared.close())


def test_that_an_engine_of_its_own_is_closed_when_the_server_stops(tmp_path):
    engine = Engine.open(f"sqlite:///{tmp_path}/a.db", RuleBook.load("plugin:sharing"))
    with TestClient(application(engine, who=Always("Ann"))) as client:
        assert client.get("/").status_code == 200
    with pytest.raises(StoreFault, match="closed"):
        engine.standing("Ann")


@pytest.mark.parametrize("path", ["/", "/api/statement"])
def test_that_the_cause_of_a_503_is_logged_and_not_told(tmp_path, caplog, path):
    url = f"sqlite:///{tmp_path}/a.db"
    engine = Engine.open(url, RuleBook.load("plugin:sharing"))
    with closing(open_store(url)) as store:
        rescore(store, RuleBook.parse("[book]\nid = 'other'\nuse = ['sharing']\ndrop = ['liked']"))
    with TestClient(application(engine, who=Always("Ann"))) as client:
        reply = client.get(path)
    assert reply.status_code == 503
    assert "replaced" not in reply.text
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("wiifm.web", "WARNING")
    assert path in record.getMessage()
    assert "restart this process with the rule book that the store has now" in record.getMessage()


@pytest.mark.parametrize("value", ["", " ", "\0", "x" * 300])
def test_that_a_scope_without_a_proper_name_is_nobody(value):
    assert wiifm.web.signed_in({"type": "http", "wiifm.member": value}) is (
        value if value == " " else None
    )


def test_that_a_header_counts_only_from_its_proxy():
    who = TrustedHeader("X-Member", ["10.1.0.0/16", "::1"])

    def asked(client, *headers):
        return who({"type": "http", "client": client, "headers": list(headers)})

    ann, eve = (b"x-member", b"ann"), (b"x-member", b"eve")
    assert asked(("10.1.2.3", 1), ann) == "ann"
    assert asked(("::1", 1), (b"x-member", "Zoë".encode())) == "Zoë"
    for client in (("10.2.0.1", 1), ("192.0.2.1", 1), ("unix", 1), None, ("", 0)):
        assert asked(client, ann) is None, client
    forged = (b"x-forwarded-for", b"10.1.2.3")
    assert asked(("192.0.2.1", 1), forged, ann) is None
    assert asked(("10.1.2.3", 1), ann, eve) is None
    assert asked(("10.1.2.3", 1), (b"x_member", b"ann")) is None
    assert asked(("10.1.2.3", 1), (b"x-member", b"\xff")) is None
    assert asked(("10.1.2.3", 1)) is None
    with pytest.raises(InvalidInput, match="peers"):
        TrustedHeader("X-Member", ["proxy.example"])


def test_that_nobody_sees_what_is_another_members(small, client_of):
    client = client_of(small)
    theirs = {each.no for each in small.ledger("Raj")}
    mine = {each.no for each in small.ledger("Ann")}
    assert theirs and mine
    for number in [*theirs, 0, 999, 10**15]:
        for path in (f"/why/{number}", f"/fragments/why/{number}", f"/api/why/{number}"):
            answer = client.get(path, headers=as_("Ann"))
            assert answer.status_code == 404
            assert "private words 0" not in answer.text and "private words 2" not in answer.text
    told = {client.get(f"/api/why/{each}", headers=as_("Ann")).text for each in [*theirs, 999]}
    assert len({re.sub(r"\d+", "N", each) for each in told}) == 1
    for path in [*PAGES[:2], "/why", "/api/statement?member=Raj", "/?member=Raj", "/api/entries"]:
        answer = client.get(path, headers=as_("Ann")).text
        assert "private words 0" not in answer and "private words 2" not in answer
    assert "private words 1" in client.get(f"/why/{min(mine)}", headers=as_("Ann")).text
    for who in ("Ann", "Raj", "Ann"):  # what is kept for one isn't told to another
        assert f">{who}</h1>" in client.get("/", headers=as_(who)).text


# ---- the culture report ---------------------------------------------------------------------------------------


CULTURE = (
    "/culture",
    "/fragments/culture",
    "/api/culture",
    "/culture?over=year",
    "/api/culture?to=2026-02",
)


def test_that_the_culture_page_tells_the_report_up_to_the_last_midnight(lively, client_of):
    client = client_of(lively)
    midnight = community.NOW.replace(hour=0)
    page, found = (client.get(path, headers=as_("Ann")) for path in ("/culture", "/api/culture"))
    report = lively.culture(until=midnight)
    assert found.json() == json.loads(json.dumps(as_json(report)))
    for line in (line for each in sections(report) for line in each.lines):
        assert line.value in page.text and html.escape(line.label) in page.text
    assert page.text.count('role="img"') == 2 and '<table class="matrix">' not in page.text
    months = client.get("/api/culture?from=2026-02&to=2026-03", headers=as_("Ann")).json()
    february, april = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 4))
    assert months == json.loads(json.dumps(as_json(lively.culture(february, april))))
    for path, told in (
        ("over=week", "one of ever, year"),
        ("from=2026-02-03", "a month, such as"),
        ("to=13", "a month, such as"),
        ("from=2026-04&to=2026-02", "a month no later than 2026-03"),
        ("from=2027-01", "a month no later than 2026-05"),
    ):
        answer = client.get(f"/api/culture?{path}", headers=as_("Ann"))
        assert answer.status_code == 422 and told in answer.json()["error"], path


def test_that_no_path_before_the_pages_makes_a_link_lead_elsewhere(small, client_of):
    client = client_of(small, mount="/{space:path}/pages", writes=True)
    client.headers["x-test"] = "Ann"
    place = "http://testserver//evil.example/pages"
    form = client.get(f"{place}/leaderboard").text
    addresses = re.findall(r'(?:href|src|action|data-drawer)="([^"#][^"]*)"', form)
    assert addresses and all(each.startswith("/evil.example/pages") for each in addresses)
    token = re.search(r'name="token" value="([^"]+)"', form)[1]
    sent = client.post(f"{place}/leaderboard", data={"token": token, "listed": "no"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/evil.example/pages/leaderboard")


def test_that_one_id_is_no_list_of_owners():
    for wrong in ("ann", None):  # of "ann", the members a and n would be owners
        with pytest.raises(InvalidInput, match=r"owners: .*expected a list of ids"):
            Owners(wrong)


@pytest.mark.parametrize("owner", [None, Owners(["Raj", "ann", "Ann "])])
def test_that_only_owners_read_the_report_whatever_a_request_says(lively, client_of, owner):
    client = client_of(lively, owner=owner or wiifm.web.marked_owner)
    for path in CULTURE:
        for headers in ({}, {"wiifm.owner": "True"}, {"x-owner": "Ann"}):
            answer = client.get(path, headers={**headers, **as_("Ann")})
            assert answer.status_code == 403 and "only owners of the programme" in answer.text
            assert "contribut" not in answer.text
            assert client.get(path, headers=headers).status_code == 401
        assert (
            client.get(
                f"{path}{'&' if '?' in path else '?'}owner=1", headers=as_("Ann")
            ).status_code
            == 403
        )
    assert "/culture" not in client.get("/", headers=as_("Ann")).text
    if owner:
        assert client.get("/culture", headers=as_("Raj")).status_code == 200
        assert '"/culture"' in client.get("/", headers=as_("Raj")).text
        assert client.get("/culture", headers=as_("Ann")).status_code == 403


@pytest.mark.parametrize("path", ["/nothing", "/why/999999", "/?over=never"])
def test_that_an_error_has_the_same_pages_above_it_as_any_page(lively, client_of, path):
    client = client_of(lively, owner=Owners(["Ann"]), writes=True)
    for member in ("Ann", "Raj"):
        found = [client.get(each, headers=as_(member)).text for each in (path, "/rules")]
        navs = [re.findall(r'<li><a href="(/\w*)"', page.partition("<main")[0]) for page in found]
        assert navs[0] == navs[1] and ("/culture" in navs[0]) is (member == "Ann")
    assert "/culture" not in client.get(path).text


def test_that_whoever_no_longer_is_an_owner_is_told_nothing_that_is_kept(lively, client_of):
    marks = [True]
    client = client_of(lively, owner=lambda scope, member: marks[-1])
    for mark, status, linked in ((True, 200, True), (1, 403, False), (True, 200, True)):
        marks.append(mark)
        assert {client.get(each, headers=as_("Ann")).status_code for each in CULTURE} == {status}
        assert ('"/culture"' in client.get("/", headers=as_("Ann")).text) is linked


def test_that_help_between_units_is_a_table(client_of):
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(run_path(str(EXAMPLES / "culture.py"))["history"]())
    page = client_of(engine).get("/culture", headers=as_("Ann")).text
    flow = engine.culture(until=community.NOW).flow
    (table,) = re.findall(r'<table class="matrix">.*?</table>', page, re.DOTALL)
    assert re.findall(r'scope="row">(\w+)<', table) == [*flow.units] and len(flow.units) == 3
    cells = [each for row in flow.matrix for each in row]
    found = re.findall(r'<td class="s(\d)">(?:<abbr[^>]*>—</abbr>|(\d+))', table)
    assert [number for _, number in found] == ["" if each is None else str(each) for each in cells]
    assert {int(shade) for shade, number in found if not number} == {0} and max(found)[0] == "9"


def test_that_nobody_is_counted_out_by_asking_twice_or_for_less(lively, client_of):
    client = client_of(lively)
    names = re.compile(rf'[">]({"|".join(community.UNITS)})["<]')
    for path in (*CULTURE, "/api/culture?fewest=1&named=1&units=x", "/culture?fewest=1&named=true"):
        answer = client.get(path, headers=as_("Eve")).text
        assert not names.search(answer), path
    asked = client.get("/api/culture?fewest=1&named=1", headers=as_("Eve")).json()
    assert asked["fewest"] == 5 and asked["until"].endswith("T00:00:00+00:00")
    strict = client_of(lively, culture={"fewest": 20})
    found = strict.get("/api/culture", headers=as_("Eve")).json()
    assert found["adoption"]["active"]["withheld"] == "would tell of fewer than 20 persons"


@pytest.mark.parametrize(
    ("individuals", "culture", "error", "told"),
    [
        ("false", {"fewest": 2}, Withheld, "of fewer than 3 persons, by its key 'fewest'"),
        ("false", {"named": True}, Withheld, "no reading that ranks members"),
        ("true", {"fewest": 0}, InvalidInput, "fewest: found 0, expected a number of persons"),
        ("true", {"purse": "pints"}, UnknownName, "did you mean 'points'"),
        ("true", {"purse": ["points"]}, UnknownName, "the book has points"),
        ("true", {"fewst": 9}, InvalidInput, "fewst: found an unknown key, .*; did you mean 'few"),
        ("true", {"units": ["Sales"]}, InvalidInput, "units: found .*, expected a name for each m"),
        ("true", {"managers": {"a": None}}, InvalidInput, "managers, 'a': found null, expected a "),
        ("true", {"managers": {7: "a"}}, InvalidInput, "managers, a member: found 7, expected a t"),
        ("true", {"minutes": 3}, InvalidInput, "minutes: found 3, expected a mapping of acts to"),
        ("true", {"named": "no"}, InvalidInput, "named: found 'no', expected true or false"),
        ("true", ["fewest"], InvalidInput, "culture: found .*, expected a dictionary of argument"),
        ("true", {"fewest": 2, "named": True, "units": {"ann": "Sales"}}, None, ""),
        ("false", {"fewest": 3}, None, ""),
    ],
)
def test_that_a_report_that_is_never_told_is_refused_at_the_start(
    individuals, culture, error, told
):
    engine = Engine(RuleBook.parse(f"[book]\nid='b'\nfewest=3\nindividuals={individuals}"))
    if error is None:
        application(engine, culture=culture)
        return
    with pytest.raises(error, match=told):
        application(engine, culture=culture)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"who": "ann"}, "who: found 'ann', expected a function that takes (scope)"),
        ({"owner": by_header}, "by_header(scope), expected a function that takes (scope, member)"),
        ({"known": ["ann"]}, "known: found ['ann'], expected a function that takes (name)"),
        ({"whom": 7}, "whom: found 7, expected a function that takes (typed)"),
        ({"names": {"a": "Ann"}}, "names: found {'a': 'Ann'}, expected a function that takes (me"),
        ({"language": 7}, "language: found 7, expected a function that takes (scope)"),
        ({"clock": community.NOW}, "expected a function that takes ()"),
        ({"kept": -1}, "kept: found -1, expected a number of seconds, 0 or more"),
        ({"kept": "60"}, "kept: found '60', expected a number of seconds"),
        ({"writes": "no"}, "writes: found 'no', expected True or False"),
        ({"secret": "hush"}, "secret: found a str, expected at least 16 random bytes, such as"),
        ({"secret": b""}, "secret: found 0 bytes, expected at least 16 random bytes"),
        ({"frames": "https://esn.example"}, "frames: found 'https://esn.example', expected a list"),
        ({"frames": ["https://a.example; script-src *"]}, "expected a list of origins such as"),
        ({"hosts": 7}, "hosts: found 7, expected names of hosts alone"),
        ({"engine": 7}, "engine: found 7, expected an Engine"),
    ],
)
def test_that_what_could_never_answer_is_refused_at_the_start(small, given, told):
    with pytest.raises(InvalidInput) as error:
        application(**{"engine": small, **given})
    assert told in str(error.value)


def test_that_all_that_is_wrong_is_told_at_once(small):
    with pytest.raises(InvalidInput) as error:
        application(small, who=None, owner=None, kept=None, writes=None)
    assert [each.where for each in error.value.faults] == ["who", "owner", "writes", "kept"]


def test_that_a_report_is_kept_until_something_is_recorded(small, client_of, monkeypatch):
    made = []
    monkeypatch.setattr(
        Engine,
        "culture",
        lambda *asked, _read=Engine.culture, **more: made.append(1) or _read(*asked, **more),
    )
    monkeypatch.setattr("wiifm.web.response_cache.CHECK_EVERY", -1)
    monkeypatch.setattr("wiifm.web.response_cache.SLOW_FACTOR", 0)
    client = client_of(small, writes=True)
    for who in ("Ann", "Raj", "Noor"):
        for path in CULTURE[:3]:
            assert client.get(path, headers=as_(who)).status_code == 200
    assert len(made) == 1
    client.post("/api/kudos", headers=as_("Ann"), json={"recipient": "Noor", "text": "now"})
    assert client.get("/culture", headers=as_("Ann")).status_code == 200 and len(made) == 2


def test_that_a_missing_extra_is_told(lively, client_of, monkeypatch):
    def missing(*_, **__):
        raise ImportError("the culture report needs networkx; install the extra: ...")

    monkeypatch.setattr(Engine, "culture", missing)
    client = client_of(lively)
    for path in CULTURE:
        answer = client.get(path, headers=as_("Ann"))
        assert answer.status_code == 501 and "needs networkx" in answer.text


# ---- forms ---------------------------------------------------------------------------------------------------


def test_that_thanks_are_recorded_once(small, client_of):
    client = client_of(small, writes=True)
    form = {
        "token": token_in(client.get("/kudos", headers=as_("Ann")).text),
        "recipient": " Noor ",
        "text": "for the map",
    }
    for _ in range(2):
        given = client.post("/kudos", headers=as_("Ann"), data=form)
        assert (given.status_code, given.headers["location"]) == (303, "/kudos?given=points")
    assert small.standing("Noor").points["points"] == 10
    entry = [*small.ledger("Noor")][-1]
    assert entry.say == "Ann thanked you: for the map" and entry.occurred_at == community.NOW
    assert "on their way" in client.get("/kudos?given=points", headers=as_("Ann")).text
    assert "for the map" in client.get("/", headers=as_("Noor")).text


@pytest.mark.parametrize(
    ("to", "text", "told"),
    [
        ("Ann", "me", "somebody other"),
        ("", "you", "Say who you want to thank"),
        ("Rajj", "you", "by the name Rajj. Did you mean Raj?"),
        ("Raj", "  ", "Say what for"),
        ("Raj", "x" * 2001, "in at most 2,000 characters"),
        ("Raj", "a\0b", "Say what for"),
    ],
)
def test_that_wrong_thanks_are_told_and_what_was_typed_stays(small, client_of, to, text, told):
    client = client_of(small, writes=True)
    token = token_in(client.get("/kudos", headers=as_("Ann")).text)
    before = [*small.ledger()]
    form = {"token": token, "recipient": to, "text": text}
    answer = client.post("/kudos", headers=as_("Ann"), data=form)
    assert answer.status_code == 422 and told in answer.text and 'role="alert"' in answer.text
    assert f'name="recipient" value="{to}"' in answer.text
    assert [*small.ledger()] == before


def test_that_who_was_perhaps_meant_is_told_by_what_one_has_to_type(small, client_of):
    names = {"Raj": "Raj Rao", "Noor": "Noor Ali"}
    client = client_of(small, writes=True, names=names.get, whom={"Raj Rao": "Raj"}.get)
    token = token_in(client.get("/kudos", headers=as_("Ann")).text)
    for typed, told in (("Rajj", "Did you mean Raj Rao?"), ("Noorr", "Did you mean Noor?")):
        form = {"token": token, "recipient": typed, "text": "for the map"}
        assert told in client.post("/kudos", headers=as_("Ann"), data=form).text


def test_that_a_link_fills_in_whom_to_thank(small, client_of):
    client = client_of(small, writes=True)
    for to, typed in (("Raj", "Raj"), (NASTY, NASTY), ("x" * 999, "x" * 256)):
        page = client.get("/kudos", params={"to": to}, headers=as_("Ann")).text
        inputs = [dict(found) for tag, found in Tags(page).found if tag == "input"]
        assert [each["value"] for each in inputs if each["name"] == "recipient"] == [typed]


def test_that_whoever_answered_lately_is_one_click_from_thanks(lively, client_of):
    client = client_of(lively, writes=True, mount="/people", names=lambda name: f"Dr {name}")
    page = client.get("/people/kudos", headers=as_("Ann")).text
    found = re.findall(r'<a href="([^"]*to=[^"]*)">([^<]*)</a>', page)
    assert found == [
        ("/people/kudos?to=Eve", "Dr Eve gave you an answer"),
        ("/people/kudos?to=Raj", "Dr Raj gave you an answer"),
    ]
    filled = client.get(found[0][0], headers=as_("Ann")).text
    assert 'name="recipient" value="Eve"' in filled and "Dr Raj gave you an answer" in filled
    assert "lately" not in client.get("/people/kudos", headers=as_("Newcomer")).text


def test_that_whoever_answered_is_filled_in_by_what_they_are_called_where_that_is_taken_for_them(
    lively, client_of
):
    """Eve is known by her name alone; Raj's is another's, too."""
    names, ids = {"Eve": "Eve Müller", "Raj": "Raj Patel"}, {"Eve Müller": "Eve"}
    client = client_of(lively, writes=True, names=names.get, whom=ids.get)
    page = client.get("/kudos", headers=as_("Ann")).text
    assert [link for link in links_of(page) if "to=" in link] == [
        "/kudos?to=Eve+M%C3%BCller",
        "/kudos?to=Raj",
    ]
    filled = client.get("/kudos?to=Eve+M%C3%BCller", headers=as_("Ann")).text
    assert 'name="recipient" value="Eve Müller"' in filled


def test_that_members_thank_each_other_by_what_they_are_called(small, client_of):
    ids = {"Raj Patel": "Raj", "me": "Ann"}
    client = client_of(small, writes=True, whom=ids.get)
    token, told = token_in(client.get("/kudos", headers=as_("Ann")).text), {}
    for typed in ("Raj Patel", "Noor", "me", "Rajj Patel"):
        form = {"token": token, "recipient": typed, "text": f"for {typed}"}
        told[typed] = client.post("/kudos", headers=as_("Ann"), data=form)
    assert [each.status_code for each in told.values()] == [303, 303, 422, 422]
    assert "for Raj Patel" in client.get("/", headers=as_("Raj")).text
    assert "somebody other than yourself" in told["me"].text and 'value="me"' in told["me"].text
    assert "by the name Rajj Patel" in told["Rajj Patel"].text


HINTS = """[book]
id = "b"
[event."hazard.told"]
requires = ["actor"]
[[rule]]
id = "safety-hint"
on = "hazard.told"
points = 3
[ladder.path]
means = "how many hints somebody gave"
levels = { newcomer = 0, watchful = 30 }
purse = "points"
[purse.points]"""


def test_that_pages_begin_with_a_capital_where_a_book_has_no_sentence(client_of):
    engine = Engine(RuleBook.parse(HINTS))
    engine.record(Event(id="h", type="hazard.told", occurred_at=community.START, actor="Ann"))
    client = client_of(engine, who=Always("Ann"))
    assert "<h1>Safety hint</h1>" in client.get("/why/1").text
    assert '<span class="say">Safety hint<br>' in client.get("/why").text
    assert "<p>How many hints somebody gave</p>" in client.get("/rules").text


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tokyo", "1 April 2026"), ("America/New_York", "31 March 2026")]
)
def test_that_dates_are_those_of_the_book(client_of, zone, day):
    book = f'[book]\nid = "b"\nuse = ["sharing"]\nzone = "{zone}"'
    engine, at = Engine(RuleBook.parse(book)), datetime(2026, 3, 31, 20, tzinfo=UTC)
    engine.record(Event(id="s", type="post.shared", occurred_at=at, actor="Ann", object="p"))
    about = {"object": "q", "topics": ["pricing"]}
    engine.record(
        Event(id="p", type="post.shared", occurred_at=at, actor="Ann", **about | {"object": "o"})
    )
    engine.record(Event(id="q", type="question.asked", occurred_at=at, actor="Raj", **about))
    client = client_of(engine, who=Always("Ann"), clock=lambda: at)
    for path in ("/why", "/why/1", "/badges"):
        assert f">{day}</time>" in client.get(path).text, path
    assert f"since {day}" in client.get("/").text


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Asia/Tokyo", datetime(2025, 12, 31, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 1, 1, 5, tzinfo=UTC)),
    ],
)
def test_that_times_begin_with_a_day_of_the_book(client_of, zone, begins):
    """Of what was shared in the hours around the beginning of the year, there, that of the year counts."""
    book = f'[book]\nid = "b"\nuse = ["sharing"]\nzone = "{zone}"'
    engine = Engine(RuleBook.parse(book))
    for name, at in (("before", begins - timedelta.resolution), ("after", begins)):
        engine.record(Event(id=name, type="post.shared", occurred_at=at, actor="Ann", object=name))
    client = client_of(engine, who=Always("Ann"), clock=lambda: datetime(2026, 1, 20, tzinfo=UTC))
    assert "You shared something" in client.get("/?over=year").text
    assert "You shared 2 things" in client.get("/?over=ever").text


def test_that_nobody_is_told_twice_what_is_wrong(small, client_of):
    client = client_of(small)
    for path, headers, heading in (
        ("/nothing", as_("Ann"), "nothing here"),
        ("/", {}, "signed in"),
    ):
        main = client.get(path, headers=headers).text.partition("<main")[2].partition("</main>")[0]
        assert heading in main and "<p" not in main
    assert "you have none with this number" in client.get("/why/999", headers=as_("Ann")).text
    assert client.get("/api/nothing").json() == {"error": "Not Found"}


WRONG = {
    "de": [
        "Danke jemand anderem als dir selbst.",
        "Sag in höchstens 2.000 Zeichen, wofür.",
        "Meintest du Raj?",
    ],
    "fr": [
        "autre que soi-même",
        "caractères au plus",
        "Vouliez-vous dire Raj\u00a0?",
    ],
    "es": ["Las gracias son para otra persona.", "caracteres como máximo", "¿Querías decir Raj?"],
}


@pytest.mark.parametrize("language", WRONG)
def test_that_wrong_thanks_are_told_in_the_language_of_whoever_gives_them(
    small, client_of, language
):
    client = client_of(small, writes=True)
    asked = {**as_("Ann"), "accept-language": language}
    shown = ""
    for to, text in (("Ann", ""), ("Rajj", "the map")):
        token = token_in(client.get("/kudos", headers=asked).text)
        form = {"token": token, "recipient": to, "text": text}
        shown += html.unescape(client.post("/kudos", headers=asked, data=form).text)
    for told in WRONG[language]:
        assert told in shown
    assert 'lang="en"' not in shown


def test_that_what_the_book_asks_for_besides_is_told_as_it_says_it(client_of):
    """A book may want more of thanks than the form asks; that is told in English, and said to be so."""
    text = "[book]\nid = 'b'\n[event.'kudos.given']\nrequires = ['actor', 'recipient']\nfields = { text = {}, value = { required = true } }"
    engine = Engine(RuleBook.parse(text))
    client = client_of(engine, writes=True, known=lambda name: True)
    asked = {**as_("Ann"), "accept-language": "de"}
    token = token_in(client.get("/kudos", headers=asked).text)
    form = {"token": token, "recipient": "Raj", "text": "the map"}
    answer = client.post("/kudos", headers=asked, data=form)
    assert answer.status_code == 422 and '<li lang="en">' in answer.text and "value" in answer.text


def test_that_the_platform_may_say_whom_there_is_to_thank(small, client_of):
    client = client_of(small, writes=True, known=lambda name: name == "New")
    for to, status in (("New", 200), ("Raj", 404)):
        body = {"recipient": to, "text": "welcome"}
        assert client.post("/api/kudos", headers=as_("Ann"), json=body).status_code == status
    assert small.standing("New").points["points"] == 5


def test_that_forms_of_others_and_from_elsewhere_are_refused(small, client_of):
    now = [community.NOW]
    client = client_of(small, writes=True, clock=lambda: now[0])
    token = token_in(client.get("/kudos", headers=as_("Ann")).text)
    form = {"token": token, "recipient": "Raj", "text": "thanks"}
    before = [*small.ledger()]

    def refused(member="Ann", status=403, headers=(), **more):
        sent = {**as_(member), **dict(headers)}
        answer = client.post("/kudos", headers=sent, data={**form, **more})
        assert answer.status_code == status, answer.text
        assert [*small.ledger()] == before

    refused(member="Noor")
    refused(token="")
    refused(token="1.2.3")
    refused(token=token[:-1] + ("0" if token[-1] != "0" else "1"))
    refused(headers={"origin": "https://evil.example"})
    refused(headers={"origin": "null"})
    refused(headers={"sec-fetch-site": "cross-site"})
    now[0] += timedelta(hours=13)
    refused()
    now[0] -= timedelta(hours=26)
    refused()
    other = client_of(small, writes=True)
    assert other.post("/kudos", headers=as_("Ann"), data=form).status_code == 403
    assert client.post("/kudos", data=form).status_code == 401
    body = {"content": "recipient=Raj", "headers": {**as_("Ann"), "content-type": "text/plain"}}
    assert client.post("/kudos", **body).status_code == 415
    large = client.post("/kudos", headers=as_("Ann"), data={**form, "text": "x" * 200_000})
    assert large.status_code == 413
    now[0] = community.NOW
    sent = {**as_("Ann"), "origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert client.post("/kudos", headers=sent, data=form).status_code == 303


def test_that_no_token_of_one_member_is_one_of_another():
    """john.doe must not be able to make a token for doe of their own."""
    seal = Seal()
    body, _, mark = seal.token("john.doe", community.NOW).rpartition(".")
    assert seal.which(f"{body}.john.{mark}", "doe", community.NOW) is None
    assert seal.which(f"{body}.{mark}", "john.doe", community.NOW)


@pytest.mark.parametrize(
    "origin", ["http://[::1", "null", "", "://testserver:1", "http://testserver@evil"]
)
def test_that_an_origin_that_is_none_is_another_site(small, client_of, origin):
    headers = {**as_("Ann"), "origin": origin}
    thanks = {"recipient": "Raj", "text": "for the map"}
    answer = client_of(small, writes=True).post("/api/kudos", json=thanks, headers=headers)
    assert answer.status_code == 403


def test_that_the_last_month_of_all_is_one(lively, client_of):
    client, asked = client_of(lively, owner=everybody), as_("Ann")
    found = [client.get(f"/api/culture?to={to}", headers=asked).json() for to in ("9999-12", "")]
    assert found[0] == found[1]


@pytest.mark.parametrize("path", ["/", "/api/statement", "/fragments/badges"])
def test_that_a_method_that_is_not_allowed_says_which_are(small, client_of, path):
    answer = client_of(small).put(path, headers=as_("Ann"))
    assert answer.status_code == 405 and set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_that_several_processes_share_a_secret(small, client_of):
    one, other = (client_of(small, writes=True, secret=b"shared" * 6) for _ in range(2))
    token = token_in(one.get("/kudos", headers=as_("Ann")).text)
    form = {"token": token, "recipient": "Raj", "text": "thanks"}
    assert other.post("/kudos", headers=as_("Ann"), data=form).status_code == 303


def test_that_thanks_by_the_api_are_json_from_here(small, client_of):
    client = client_of(small, writes=True)
    body = {"recipient": "Noor", "text": "for the map"}
    key = {"idempotency-key": "0123456789"}
    first = client.post("/api/kudos", headers={**as_("Ann"), **key}, json=body)
    again = client.post("/api/kudos", headers={**as_("Ann"), **key}, json=body)
    assert first.status_code == again.status_code == 200
    assert first.json()["event"] == again.json()["event"]
    assert small.standing("Noor").points["points"] == 10
    described = client.get("/api/openapi.json").json()
    schema = described["paths"]["/api/kudos"]["post"]["responses"]["200"]["content"]
    whole = {**schema["application/json"]["schema"], "components": described["components"]}
    Draft202012Validator(whole).validate(first.json())
    other = client.post("/api/kudos", headers={**as_("Raj"), **key}, json=body)
    assert other.json()["event"] != first.json()["event"]

    def refused(status, **sent):
        answer = client.post("/api/kudos", **sent)
        assert answer.status_code == status
        told = described["paths"]["/api/kudos"]["post"]["responses"][str(status)]["content"]
        error = {**told["application/json"]["schema"], "components": described["components"]}
        Draft202012Validator(error).validate(answer.json())

    for wrong in ([], {"recipient": "Noor"}, {**body, "actor": "Eve"}, {**body, "text": 5}, "x"):
        refused(422, headers=as_("Ann"), json=wrong)
    refused(422, headers={**as_("Ann"), "idempotency-key": "a b"}, json=body)
    plain = {**as_("Ann"), "content-type": "text/plain"}
    refused(415, headers=plain, content='{"recipient": "Noor", "text": "x"}')
    refused(413, headers=as_("Ann"), json={**body, "text": "x" * 100_000})
    refused(404, headers=as_("Ann"), json={**body, "recipient": "Nobody"})
    refused(403, headers={**as_("Ann"), "origin": "https://evil.example"}, json=body)
    refused(401, json=body)
    named = {each["name"] for each in described["paths"]["/api/kudos"]["post"]["parameters"]}
    assert named == {"Idempotency-Key"}
    assert small.standing("Noor").points["points"] == 15


MENTORED = """
[book]
id = "mentored"
use = ["sharing"]

[[rule]]
id = "mentees-thanks"
on = "kudos.given"
to = "mentor"
of = "recipient"
points = 1

[ladder.trust]
levels = { newcomer = 0, trusted = 5 }
"""


def test_that_whoever_thanks_is_told_nothing_of_what_others_have(client_of):
    engine = Engine(RuleBook.parse(MENTORED))
    ago = community.NOW - timedelta(hours=1)
    engine.record(
        Event(id="m", type="mentoring.started", occurred_at=ago, actor="Max", recipient="Raj")
    )
    engine.record(Event(id="q", type="question.asked", occurred_at=ago, actor="Raj", object="q"))
    ticks = count()
    client = client_of(engine, writes=True, clock=lambda: community.NOW + timedelta(0, next(ticks)))
    for number in range(6):  # the giver has five a week, and the mentor is credited for each
        body = {"recipient": "Raj", "text": f"for map {number}"}
        told = client.post("/api/kudos", headers=as_("Ann"), json=body).json()
        found = engine.receipt(told["event"])
        assert told == {"event": found.event, "status": "recorded", "credited": number < 5}
        assert {each.holder.id for each in found.entries} >= {"Max"}
    assert engine.standing("Raj").levels["trust"] == "trusted"
    token = token_in(client.get("/kudos", headers=as_("Ann")).text)
    form = {"token": token, "recipient": "Raj", "text": "for more"}
    for _ in range(2):
        given = client.post("/kudos", headers=as_("Ann"), data=form)
        assert given.headers["location"] == "/kudos?given=words"


def test_that_nothing_is_lost_that_is_said_by_one_form_or_key_beside_something_else(
    small, client_of
):
    client = client_of(small, writes=True)
    key = {**as_("Li"), "idempotency-key": "0123456789"}
    form = {"token": token_in(client.get("/kudos", headers=as_("Li")).text)}
    for each in ({"recipient": "Ann", "text": "a"}, {"recipient": "Raj", "text": "a"}):
        before = small.standing(each["recipient"]).points["points"]
        client.post("/api/kudos", headers=key, json=each)
        client.post("/kudos", headers=as_("Li"), data={**form, **each})
        assert small.standing(each["recipient"]).points["points"] == before + 10


def test_that_a_member_leaves_leaderboards_and_comes_back(small, client_of):
    ticks = count()
    client = client_of(small, writes=True, clock=lambda: community.NOW + timedelta(0, next(ticks)))
    for listed, there in (("no", False), ("yes", True)):
        pages = ("/leaderboard?over=ever", "/leaderboard?over=ever&topic=none", "/leaderboard")
        for page in [client.get(path, headers=as_("Raj")).text for path in pages]:
            assert ("Leave me out" in page) is not there
            assert ("Show me again" in page) is there
        form = {"token": token_in(page), "listed": listed}
        assert client.post("/leaderboard", headers=as_("Raj"), data=form).status_code == 303
        shown = client.get("/leaderboard?over=ever", headers=as_("Ann")).text
        assert (">Raj<" in re.sub(r"\s", "", shown)) is there
    form = {"token": token_in(page), "listed": "no"}
    assert client.post("/leaderboard", headers=as_("Ann"), data=form).status_code == 403


def test_that_it_only_reads_unless_it_is_told_otherwise(small, client_of):
    client = client_of(small)
    before = [*small.ledger()]
    assert client.get("/kudos", headers=as_("Ann")).status_code == 404
    for path in ("/kudos", "/leaderboard", "/api/kudos"):
        answer = client.post(path, headers=as_("Ann"), data={"recipient": "Raj", "text": "x"})
        assert answer.status_code in (404, 405)
    page = client.get("/leaderboard", headers=as_("Ann")).text
    assert "post" not in [attrs.get("method") for _, attrs in Tags(page).found]
    assert "/api/kudos" not in client.get("/api/openapi.json").json()["paths"]
    assert [*small.ledger()] == before
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.request(method, "/", headers=as_("Ann")).status_code == 405


# ---- what an attacker gets -----------------------------------------------------------------------------------


def nasty_events():
    """Whatever an event can carry, with what a browser must not run."""
    at, lately = community.START, community.NOW - timedelta(hours=1)
    fields = {"topics": [NASTY], "community": NASTY}
    texts = {"title": NASTY, "text": NASTY}
    return [
        Event(id=f"{NASTY}j", type="member.joined", occurred_at=at, actor=NASTY, data={"unit": NASTY}),
        Event(id=f"{NASTY}m", type="mentoring.started", occurred_at=at, actor=NASTY, recipient="Raj"),
        Event(id=f"{NASTY}q", type="question.asked", occurred_at=at, actor="Raj", object=f"{NASTY}q", data=texts, **fields),
        Event(id=f"{NASTY}z", type="answer.posted", occurred_at=at, actor=NASTY, object=f"{NASTY}z", in_reply_to=f"{NASTY}q", data=texts, **fields),
        Event(id=f"{NASTY}~l", type="object.liked", occurred_at=at, actor="Raj", object=f"{NASTY}z"),
        Event(id=f"{NASTY}~a", type="answer.accepted", occurred_at=at, actor="Raj", object=f"{NASTY}z"),
        *(
            Event(id=f"{NASTY}~k{who}", type="kudos.given", occurred_at=at, actor=NASTY if who != NASTY else "Raj", recipient=who, data={"text": NASTY, "value": NASTY})
            for who in ("Raj", NASTY)
        ),
        Event(id=f"{NASTY}~r", type="event.retracted", occurred_at=at, actor=NASTY, retracts=f"{NASTY}~l"),
        Event(id=f"{NASTY}q2", type="question.asked", occurred_at=lately, actor=NASTY, object=f"{NASTY}q2", data=texts, **fields),
        Event(id=f"{NASTY}z2", type="answer.posted", occurred_at=lately, actor=f"{NASTY}!", object=f"{NASTY}z2", in_reply_to=f"{NASTY}q2", data=texts, **fields),
    ]  # fmt: skip


@pytest.fixture
def nasty():
    text = """
[book]
id = "nasty"
use = ["sharing"]
[[badge]]
id = "topical"
count = "answer.posted"
per = "topic"
again = "topic"
at_least = { bronze = 1, silver = 3 }
"""
    engine = Engine(RuleBook.parse(text))
    assert not engine.record_many(nasty_events()).rejected
    return engine


def test_that_nothing_in_an_event_runs_in_a_browser(nasty, client_of):
    client = client_of(nasty, who=Always(NASTY), writes=True)
    entries = [each.no for each in nasty.ledger(NASTY)]
    assert len(entries) >= 4
    paths = [*PAGES, "/kudos", "/leaderboard?over=ever", *(f"/why/{no}" for no in entries)]
    paths += [f"/leaderboard?topic={NASTY}&unit={NASTY}&over={NASTY}", f"/?over={NASTY}"]
    paths += [f"/why?rule={NASTY}", f"/{NASTY}", f"/why?before={NASTY}", f"/kudos?given={NASTY}"]
    for path in paths:
        page = client.get(path)
        assert page.status_code < 500
        harmless(page)
    kudos, board = (client.get(path).text for path in ("/kudos", "/leaderboard"))
    to, by = (
        f"/kudos?{urlencode({'to': f'{NASTY}!'})}",
        {"over": "month", "purse": "points", "by": "points"},
    )
    tabs = [f"/leaderboard?{urlencode({key: NASTY, **by})}" for key in ("unit", "topic")]
    assert to in links_of(kudos) and {*tabs} <= {*links_of(board)}
    filled = [attrs.get("value") for _, attrs in Tags(client.get(to).text).found]
    assert f"{NASTY}!" in filled
    form = {"token": token_in(kudos), "recipient": f"{NASTY}?", "text": NASTY}
    answer = client.post("/kudos", data=form)
    assert answer.status_code == 422
    harmless(answer)
    for name in READS:
        answer = client.get(f"/api/{name}")
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", [" ", "\n", "\u200b", "\u202e", "\u2028 \u2067"])
def test_that_no_link_is_empty_whatever_a_name_is(client_of, monkeypatch, name):
    """A link of which nothing can be seen is one that nobody can follow, and that a screen reader says nothing of."""
    monkeypatch.setitem(globals(), "NASTY", name)
    engine = Engine(RuleBook.load("plugin:sharing"))
    assert not engine.record_many(nasty_events()).rejected
    seen = [(who, names) for who in ("Raj", name) for names in (lambda _: name, {}.get)]
    for who, names in [*seen, ("Raj", lambda _: "")]:
        links = by_template("/things/{object}", "/people/{member}")
        client = client_of(engine, who=Always(who), writes=True, names=names, links=links)
        for path in ("/", "/?over=ever", "/leaderboard?over=ever", "/kudos", "/badges"):
            page = client.get(path).text
            for words in re.findall(r"<a [^>]*>(.*?)</a>", page, re.DOTALL):
                text = html.unescape(re.sub("<[^>]*>", "", words))
                assert any(each.isprintable() and not each.isspace() for each in text), path


TURNING = "evil\u202e txet \u2067\u05e0\u05d5\u05e2\u05d4"


def test_that_nothing_in_an_event_turns_a_line_around(client_of, monkeypatch):
    """What a member writes isn't read as something else, in no face of it (UAX 9)."""
    monkeypatch.setitem(globals(), "NASTY", TURNING)
    engine = Engine(RuleBook.load("plugin:sharing"))
    assert not engine.record_many(nasty_events()).rejected
    client = client_of(engine, who=Always(TURNING), writes=True, culture={"fewest": 1})
    paths = [*PAGES, "/?over=ever", "/leaderboard?over=ever"]
    paths += [f"/why/{each.no}" for each in engine.ledger(TURNING)]
    told = [client.get(path).text for path in paths]
    found, report = engine.statement(TURNING), engine.culture(fewest=1, named=True)
    told += [page_of(found), markdown(found), str(found), str(mail(found)["subject"])]
    told += [culture_page(report), culture_markdown(report)]
    for each in told:
        assert "evil" in each or "culture" in each or "rules" in each
        assert not re.search("[\u202a-\u202e\u2066\u2067]", each)
        assert each.count("\u2068") == each.count("\u2069")
    typed = client.get("/leaderboard", params={"topic": TURNING}).text
    assert f'name="topic" value="{TURNING}"' in typed


def harmless(page):
    """A page in which nothing was let in by what it shows."""
    if not page.headers["content-type"].startswith("text/html"):
        assert page.headers["x-content-type-options"] == "nosniff"
        return
    tags = Tags(page.text)
    assert not tags.wrong
    assert "img" not in [tag for tag, _ in tags.found]
    scripts = [attrs for tag, attrs in tags.found if tag == "script"]
    assert all(each["src"].startswith("/static/") for each in scripts)
    assert not [key for _, attrs in tags.found for key in attrs if key.startswith("on")]
    assert "49" not in re.findall(r"\{\{7\*7\}\}|\b49\b", page.text)


def test_that_every_answer_has_its_headers(lively, client_of):
    client = client_of(lively, writes=True)
    for path in [
        *PAGES,
        "/nothing",
        "/api/statement",
        "/api/nothing",
        "/kudos",
        "/fragments/badges",
    ]:
        for headers in ({}, as_("Ann")):
            found = client.get(path, headers=headers).headers
            assert found["content-security-policy"] == policy()
            assert "unsafe" not in policy() and "default-src 'none'" in policy()
            assert found["x-content-type-options"] == "nosniff"
            assert found["x-frame-options"] == "DENY"
            assert found["referrer-policy"] == "same-origin"
            assert found["cache-control"] == "no-store", path
            assert "access-control-allow-origin" not in found and "server" not in found
    static = Tags(client.get("/", headers=as_("Ann")).text).found
    (style,) = [attrs["href"] for _, attrs in static if attrs.get("rel") == "stylesheet"]
    kept = client.get(style).headers
    assert "immutable" in kept["cache-control"] and kept["content-type"].startswith("text/css")
    assert client.get("/static/latest/wiifm.css").headers["cache-control"] == "no-store"
    policies = {
        path: client.get(path, headers=as_("Ann")).headers["cross-origin-resource-policy"]
        for path in (style, "/static/latest/wiifm.css", "/static/latest/nothing", "/", "/api/rules")
    }
    assert [*policies.values()] == ["cross-origin"] * 2 + ["same-origin"] * 3
    assert client.get(style.replace("wiifm.css", "..%2f__init__.py")).status_code == 404


@pytest.mark.parametrize("path", ["/badges/", "/why/", "/api/statement/", "/fragments/badges/"])
def test_that_no_answer_leads_to_the_host_that_a_request_names(lively, client_of, path):
    found = client_of(lively).get(path, headers={**as_("Ann"), "host": "inside:8000"})
    assert found.status_code == 404 and "location" not in found.headers
    assert "inside:8000" not in found.text


@pytest.mark.parametrize("path", ["/", "/api/statement", "/fragments/badges"])
def test_that_what_breaks_is_answered_with_the_same_headers(lively, path):
    def broken(scope):
        raise OSError("the platform's sessions can't be read")

    app = application(lively, who=broken)
    fine = TestClient(application(lively, who=by_header)).get(path, headers=as_("Ann"))
    found = TestClient(app, raise_server_exceptions=False).get(path)
    assert found.status_code == 500 and "sessions" not in found.text
    for name in (*Guard(app).headers, "cache-control"):
        assert found.headers[name] == fine.headers[name]
    with pytest.raises(OSError, match="sessions"):  # so that the server tells it in its log
        TestClient(app).get(path)


def test_that_only_named_hosts_are_served_and_only_named_frames_are_allowed(lively, client_of):
    client = client_of(lively, hosts=["localhost"], frames=["https://esn.example"])
    assert client.get("/", headers={**as_("Ann"), "host": "LOCALHOST:8000"}).status_code == 200
    for host in ("evil.example", "localhost.evil.example", "", "localhost:80@evil.example"):
        answer = client.get("/", headers={**as_("Ann"), "host": host})
        assert answer.status_code == 421 and "Ann" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
    found = client.get("/", headers={**as_("Ann"), "host": "localhost"}).headers
    assert "frame-ancestors https://esn.example" in found["content-security-policy"]
    assert "x-frame-options" not in found


def test_that_a_host_never_gets_into_a_page(lively, client_of):
    answer = client_of(lively).get("/", headers={**as_("Ann"), "host": "evil.example"})
    assert answer.status_code == 200 and "evil.example" not in answer.text


# ---- languages -----------------------------------------------------------------------------------------------


SAID = {
    "de": ("Danke sagen", "Fließt das Wissen?", "Bestenlisten", "höchstens 20 Punkte pro Tag", "636 Handlungen"),
    "fr": ("Dire merci", "Le savoir circule-t-il\u00a0?", "Classements", "au plus 20 points par jour", "636 actions"),
    "es": ("Dar las gracias", "¿Fluye el conocimiento?", "Clasificaciones", "como máximo 20 puntos al día", "636 acciones"),
}  # fmt: skip


@pytest.mark.parametrize("language", SAID)
def test_that_pages_are_told_in_the_language_of_whoever_reads_them(lively, client_of, language):
    client = client_of(lively, writes=True)
    asked = {**as_("Ann"), "accept-language": f"{language}-XX, en;q=0.5"}
    paths = ["/kudos", "/culture", "/leaderboard", "/rules", "/culture"]
    for path, words in zip(paths, SAID[language], strict=True):
        page = client.get(path, headers=asked).text
        assert f'<html lang="{language}">' in page and words in html.unescape(page), path
        english = client.get(path, headers=as_("Ann")).text
        assert '<html lang="en">' in english and words not in html.unescape(english)
    assert client.get("/fragments/rules", headers=asked).text.startswith(
        f'<section class="wiifm fragment" lang="{language}">'
    )
    known = {"badges": "title", "rules": "heading"}
    for name, key in known.items():
        mine, others = (
            {each[key] for each in client.get(f"/api/{name}", headers=headers).json()}
            for headers in (asked, as_("Ann"))
        )
        assert mine.isdisjoint(others)
    assert 'lang="en"' in client.get("/why?rule=none", headers=asked).text


class Marked(NullTranslations):
    """A language in which every sentence is known by its brackets."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, more, n):
        return f"⟦{one if n == 1 else more}⟧"


def test_that_no_page_says_anything_that_no_catalogue_can(lively, client_of, monkeypatch):
    """What stands outside of the brackets came from events, or is a name in the book."""
    monkeypatch.setattr(Speeches, "_speech", lambda *_: Speech("en", Marked()))
    client = client_of(lively, writes=True)
    data = set(re.findall(r"\w+", json.dumps([each.as_json() for each in community.events()])))
    names = [
        *lively.book.badges,
        *lively.book.rules,
        *lively.book.purses,
        "bronze",
        "silver",
        "gold",
    ]
    names += [
        level for ladder in lively.book.ladders.values() for level in (ladder.id, *ladder.names)
    ]
    data |= {part for name in names for part in re.split(r"\W", name)} | set(MONTHS)
    data |= {each.lower() for each in data} | {each.capitalize() for each in data}
    number = next(lively.ledger("Ann")).no
    for path in (
        *PAGES,
        "/kudos",
        "/kudos?given=words",
        "/?over=year",
        f"/why/{number}",
        "/nothing",
    ):
        text = client.get(path, headers=as_("Ann")).text
        text = re.sub(
            r'<head>.*?<title>|<(\w+)[^>]* lang="en".*?</\1>|<code>.*?</code>',
            "",
            text,
            flags=re.DOTALL,
        )
        shown = " ".join(re.findall(r'(?:aria-label|title)="([^"]*)"', text)) + re.sub(
            r"<[^>]*>", " ", text
        )
        while "⟦" in shown:
            shown, before = re.sub(r"⟦[^⟦⟧]*⟧", " ", shown), shown
            assert shown != before
        said = set(re.findall(r"[^\W\d_]{2,}", html.unescape(shown))) - data
        assert not said, (path, said)


def test_that_the_platform_chooses_the_language_before_the_browser_does(lively, client_of):
    def chosen(language, asked="fr"):
        client = client_of(lively, language=language)
        page = client.get("/rules", headers={**as_("Ann"), "accept-language": asked}).text
        return re.search(r'<html lang="([^"]+)">', page)[1]

    assert chosen("de-AT") == "de" and chosen("en") == "en"
    assert chosen(lambda scope: "es-MX") == "es"
    assert chosen(lambda scope: None) == chosen(lambda scope: "tlh") == "fr"
    for asked in ("", "tlh", "*", "de;q=0, xx", ";;;,q=,", "de;q=nan", "x" * 9_000, "é"):
        assert chosen(lambda scope: None, asked.encode("latin-1")) == "en", asked
    assert chosen(lambda scope: None, "nl, de;q=0.3, es-419;q=0.4") == "es"
    with pytest.raises(InvalidInput, match="a language there is a catalogue of"):
        application(Engine(RuleBook.load("plugin:sharing")), language="tlh")


# ---- without individuals -------------------------------------------------------------------------------------


def test_that_no_page_ranks_or_names_where_the_book_says_so(client_of):
    book = '[book]\nid = "quiet"\nuse = ["sharing"]\nindividuals = false'
    engine = Engine(RuleBook.parse(book))
    engine.record_many(community.events(60))
    client = client_of(engine, writes=True)
    others = set(community.UNITS) - {"Ann"}
    named = re.compile(rf"\b({'|'.join(others)})\b")
    entries = [each.no for each in engine.ledger("Ann")]
    paths = [*PAGES, "/kudos", *(f"/why/{no}" for no in entries[-20:])]
    paths += [f"/api/{name}" for name in READS] + [f"/api/why/{no}" for no in entries[-20:]]
    for path in paths:
        answer = client.get(path, headers=as_("Ann"))
        text = re.sub(r'"(?:object|in_reply_to|id|event|because)": ?"[^"]*"', "", answer.text)
        text = re.sub(r"<b>[aqp]\d+\w*</b>", "", text)  # ids are the platform's
        assert not named.search(text), (path, named.search(text))
    assert client.get("/api/leaderboard", headers=as_("Ann")).status_code == 403
    assert "compared here" in client.get("/leaderboard", headers=as_("Ann")).text
    assert "/leaderboard" not in client.get("/", headers=as_("Ann")).text
    token = token_in(client.get("/kudos", headers=as_("Ann")).text)
    form = {"token": token, "recipient": "Tomm", "text": "x"}
    assert not named.search(client.post("/kudos", headers=as_("Ann"), data=form).text)


def test_that_nobody_is_told_that_an_entry_is_one_of_a_unit_of_few(client_of):
    """A number that is no entry of theirs is one that they don't have, whosever it is."""
    book = """
    [book]\nid = "quiet"\nindividuals = false
    [[rule]]\nid = "team"\non = "kudos.given"\nto = "unit"\npoints = 1
    """
    engine = Engine(RuleBook.parse(book))
    engine.record_many(community.events(60))
    (number, *_) = (e.no for e in engine.ledger() if e.holder.kind == "unit")
    with pytest.raises(Withheld):
        engine.explain(number)
    answer = client_of(engine).get(f"/api/why/{number}", headers=as_("Ann"))
    assert answer.status_code == 404
    assert "you have none with this number" in answer.text


def test_that_a_badge_by_person_names_nobody_where_the_book_says_so(client_of):
    book = """
    [book]\nid = "quiet"\nuse = ["sharing"]\nindividuals = false
    [[badge]]\nid = "friends"\ncount = "kudos.given"\nto = "recipient"\nper = "person"\nagain = "person"\nat_least = 1
    """
    engine = Engine(RuleBook.parse(book))
    engine.record_many(community.events(60))
    held = engine.statement("Ann").standing.badges
    assert {each.key for each in held if each.badge == "friends"} & {"colleague 1", "colleague 2"}
    client = client_of(engine)
    for path in ("/badges", "/fragments/badges", "/api/badges"):
        text = client.get(path, headers=as_("Ann")).text
        assert not re.search(rf"\b({'|'.join(set(community.UNITS) - {'Ann'})})\b", text), path


# ---- how it is served ----------------------------------------------------------------------------------------


def test_that_answers_are_kept_for_a_moment_and_not_beyond_a_record(small, client_of):
    client = client_of(small, writes=True)
    first = client.get("/", headers=as_("Noor")).text
    client.post("/api/kudos", headers=as_("Ann"), json={"recipient": "Noor", "text": "now"})
    assert client.get("/", headers=as_("Noor")).text != first


def test_that_a_page_is_not_kept_beyond_its_day(small, client_of):
    now = [community.START + timedelta(1)]
    client = client_of(small, clock=lambda: now[0])
    first = client.get("/", headers=as_("Raj")).text
    now[0] += timedelta(hours=2)
    assert client.get("/", headers=as_("Raj")).text == first
    now[0] += timedelta(60)
    later = client.get("/", headers=as_("Raj")).text
    assert "private words" in first and "private words" not in later


def test_how_long_an_answer_is_kept_though_others_record():
    now, stamp, own, made = [0.0], [0], {"Ann": 0, "Raj": 0}, []

    async def asked(member, key="page"):
        async def make():
            made.append(member)

        await kept.get((key, member), make, member)
        return made.count(member)

    async def recorded():
        stamp[0] += 1
        return stamp[0]

    async def own_of(member):
        return own[member]

    async def play():
        assert (await asked("Ann"), await asked("Raj"), await asked(None)) == (1, 1, 1)
        for now[0] in (5, 30, 59):
            assert (await asked("Ann"), await asked(None)) == (
                1,
                now.index(now[0]) + made.count(None),
            )
        own["Raj"], now[0] = 1, 59.5
        assert await asked("Raj") == 2
        now[0] = 61
        assert (await asked("Ann"), await asked("Raj")) == (2, 2)
        kept.forget("Raj")
        assert (await asked("Ann"), await asked("Raj")) == (2, 3)

    kept = ResponseCache(recorded, own_of, seconds=60, clock=lambda: now[0])
    asyncio.run(play())


def test_that_nothing_kept_is_shown_while_it_cant_be_checked():
    """Such as after a rescore, when the engine has another book than the store: it can't see what was erased since, either."""
    stamps, now = iter([1, StoreFault("another book"), StoreFault("another book"), 1]), [0.0]

    async def stamp():
        found = next(stamps)
        if isinstance(found, StoreFault):
            raise found
        return found

    async def made():
        return "page"

    async def asked():
        cache = ResponseCache(stamp, clock=lambda: now[0])
        found = [await cache.get("a", made)]
        now[0] = 5.0
        for _ in range(2):
            with pytest.raises(StoreFault):
                await cache.get("a", made)
        return [*found, await cache.get("a", made)]

    assert asyncio.run(asked()) == ["page", "page"]


def test_that_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr("wiifm.web.response_cache.MAX_ANSWERS", 4)
    monkeypatch.setattr("wiifm.web.response_cache.MAX_BYTES", 100)
    made = []

    async def recorded():
        return 1

    async def play():
        async def asked(key, size):
            async def make():
                made.append(key)
                return "x" * size

            assert await kept.get(key, make) == "x" * size
            assert kept.bytes == sum(each.bytes for each in kept._found.values()) <= 100

        for key in "abc":
            await asked(key, 30)
        await asked("a", 30)
        await asked("d", 30)  # there is room for three, and "b" was asked for the longest ago
        for key in "acd":
            await asked(key, 30)
        assert made == [*"abcd"]
        await asked("e", 1_000)  # for which there is no room at all
        await asked("e", 1_000)
        assert made == [*"abcdee"] and kept.bytes == 0
        for key in "fghij":
            await asked(key, 1)
        await asked("f", 1)
        assert made[6:] == [*"fghijf"]
        kept.forget("Ann")
        assert kept.bytes == 0

    kept = ResponseCache(recorded, weigh=len)
    asyncio.run(play())


@pytest.mark.parametrize(("room", "times"), [(10**6, 30), (2_000, 60)])
def test_that_whoever_asks_for_one_time_after_the_other_fills_no_memory(
    small, client_of, monkeypatch, room, times
):
    monkeypatch.setattr("wiifm.web.response_cache.MAX_BYTES", room)
    read = _statements_read(monkeypatch)
    client = client_of(small)
    for second in [*range(30)] * 2:
        path = f"/api/statement?since=2026-01-01T00:00:{second:02}Z"
        assert client.get(path, headers=as_("Ann")).status_code == 200
    assert len(read) == times


def test_that_nothing_is_kept_under_an_address_that_no_page_has(small, client_of, monkeypatch):
    read = _statements_read(monkeypatch)
    monkeypatch.setattr("wiifm.web.readings.EVENT_BYTES", 10**9)  # nor what it is made of
    client = client_of(small)
    for path, times in (
        ("/?x=1", 1),
        ("/?x=1", 1),
        ("/?" + "x" * 1_001, 2),
        ("/?" + "x" * 1_001, 3),
    ):
        assert client.get(path, headers=as_("Ann")).status_code == 200
        assert len(read) == times


def _statements_read(monkeypatch):
    """Whose statements are read, from now on."""
    read = []
    monkeypatch.setattr(
        Engine,
        "statement",
        lambda *asked, _read=Engine.statement: read.append(asked[1]) or _read(*asked),
    )
    return read


def test_that_a_page_over_a_store_is_kept_until_it_is_about_the_member(
    tmp_path, client_of, monkeypatch
):
    monkeypatch.setattr("wiifm.web.response_cache.CHECK_EVERY", -1)
    monkeypatch.setattr("wiifm.web.response_cache.SLOW_FACTOR", 0)
    read = _statements_read(monkeypatch)
    url, numbers = f"sqlite:///{tmp_path}/a.db", count()

    def thank(actor, to):
        event = Event(
            id=f"k{next(numbers)}",
            type="kudos.given",
            occurred_at=community.NOW - timedelta(hours=1),
            actor=actor,
            recipient=to,
            data={"text": f"Thanks, {to}!"},
        )
        platform.record(event)

    with Engine.open(url, RuleBook.load("plugin:sharing")) as platform:
        thank("Li", "Noor")
        thank("Ann", "Li")
        pages = [client_of(Engine.open(url), kept=seconds) for seconds in (60, 0)]
        for actor, to, again in (("Li", "Raj", 0), ("Raj", "Noor", 1), ("Noor", "Li", 1)):
            before = [client.get("/", headers=as_("Noor")).text for client in pages]
            read.clear()
            thank(actor, to)
            after = [client.get("/", headers=as_("Noor")).text for client in pages]
            assert read == ["Noor"] * (again + 1)  # who keeps nothing reads it anyway
            assert after[0] == after[1] and (again or before[0] == after[0])


def test_that_nothing_is_kept_of_who_was_forgotten_by_another_process(
    tmp_path, client_of, monkeypatch
):
    monkeypatch.setattr("wiifm.web.response_cache.CHECK_EVERY", -1)
    monkeypatch.setattr("wiifm.web.response_cache.SLOW_FACTOR", 0)
    url = f"sqlite:///{tmp_path}/a.db"
    with Engine.open(url, RuleBook.load("plugin:sharing")) as platform:
        platform.record_many(
            Event(
                id=f"k{number}",
                type="kudos.given",
                occurred_at=community.NOW - timedelta(hours=1),
                actor=actor,
                recipient=to,
                data={"text": f"from {actor}"},
            )
            for number, (actor, to) in enumerate([("Zeno", "Ann"), ("Ann", "Zeno")])
        )
    client, pages = client_of(Engine.open(url)), ("/", "/leaderboard", "/why/1", "/api/entries")
    assert all("Zeno" in client.get(page, headers=as_("Ann")).text for page in pages)
    forget(url, member="Zeno")
    told = [client.get(page, headers=as_("Ann")) for page in pages]
    assert [each.status_code for each in told] == [200] * 4
    assert not any("Zeno" in each.text for each in told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--as MEMBER, or --header"),
        (["--as", "Ann", "--header", "X", "--from", "::1"], "--as MEMBER, or --header"),
        (["--header", "X"], "--header and --from go together"),
        (["--as", "Ann", "--owner", "Ann"], "with --as, everybody is an owner"),
        (["--as", "Ann", "--from", "::1"], "--header and --from go together"),
        (["--as", "Ann", "--host", "0.0.0.0"], "isn't this machine alone"),
        (["--as", "Ann", "--host", "example.org"], "isn't this machine alone"),
        (["--as", "Ann", "--host", "a\nb"], r"'a\nb' isn't this machine alone"),
        (["--header", "X", "--from", "::1", "--host", "a\nb"], r"'a\nb', port 8000: found"),
        (["--header", "X", "--from", "::1", "--host", "ä" * 70], "an address that is free"),
        (["--as", "Anne"], "did you mean 'Ann'?"),
        (["--header", "X", "--from", "proxy"], "expected addresses"),
        (["--as", "Ann", "--at", "https://a.example"], "'https://a.example', expected names of ho"),
        (["--as", "Ann", "--at", "a.example:8000"], "no port"),
        (["--as", "Ann", "--links", "https://{object}"], "'--links': found 'https://{object}'"),
        (["--as", "Ann", "--profiles", "/p/{object}"], "an address with {member} after its host"),
        (["--as", "Ann", "--host", "127.0.0.1", "--port", "{taken}"], "an address that is free"),
    ],
)
def test_that_the_command_tells_what_is_wrong(tmp_path, capsys, arguments, told):
    import socket

    url = f"sqlite:///{tmp_path}/a.db"
    with Engine.open(url, RuleBook.load("plugin:sharing")) as engine:
        engine.record_many(community.events(10))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = [each.replace("{taken}", port) for each in arguments]
        assert run(["serve", url, *given]) == 2
    assert told in capsys.readouterr().err


def test_that_hosts_are_a_list_of_names(small):
    with pytest.raises(InvalidInput, match=r"hosts: found 'esn.example', expected names of hosts"):
        application(small, hosts="esn.example")


def test_that_without_the_extra_one_sentence_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['starlette'] = None; import wiifm.web"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "install the extra: pip install 'wiifm[web]'" in done.stderr.splitlines()[-1]


def test_that_one_member_is_always_the_same():
    assert Always("ann")({"type": "http", "headers": [(b"x-member", b"eve")]}) == "ann"


def test_that_the_command_serves_until_it_is_interrupted(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    with Engine.open(url, RuleBook.load("plugin:sharing")) as engine:
        engine.record_many(community.events(10))
    command = [sys.executable, "-m", "wiifm", "serve", url, "--as", "Ann", "--port", "0"]
    names = tmp_path / "names.json"
    names.write_text('{"Ann": "Ann Keller", "Raj": "Raj Patel"}', encoding="utf-8")
    command += ["--profiles", "/people/{member}", "--names", str(names)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        address = run.stdout.readline().split()[0]
        with httpx2.Client() as client:
            page = client.get(address)
            assert page.status_code == 200 and ">Ann Keller</h1>" in page.text
            board = client.get(f"{address}leaderboard?over=ever").text
            assert 'href="/people/Raj" target="_top">Raj Patel</a>' in board
            assert client.get(address, headers={"host": "evil.example"}).status_code == 421
            assert client.get(address, headers={"x-forwarded-for": "::1"}).status_code == 200
        run.send_signal(signal.SIGINT)
        assert run.wait(20) in (0, 130)
        assert "Traceback" not in run.stderr.read()


# ---- what badges are for -------------------------------------------------------------------------------------

BADGE = "[[badge]]\nid = 'b'\n"


@pytest.mark.parametrize(
    ("badge", "told"),
    [
        ("count = 'kudos.given'\nmeans = 'thanks given'\nsay = 'You thanked'", "Thanks given"),
        ("count = 'kudos.given'\nsay = 'Your post {object} has fans'", "Your post has fans"),
        ("count = 'kudos.given'\nsay = '{actor} wrote: {text}'", "Somebody wrote"),
        ("count = 'kudos.given'", "How often: somebody thanks a colleague (if it is you)"),
        (
            "count = 'object.liked'\nwhere = \"object_type == 'answer'\"",
            "How often: somebody likes a contribution, if it is about an answer (if it is you)",
        ),
        (
            "count = 'object.liked'\nwhere = 'hour < 9'",
            "How often: somebody likes a contribution, before 9:00 (if it is you)",
        ),
        (
            "count = 'object.liked'\nwhere = \"actor == 'ann'\"",
            "How often: somebody likes a contribution, under certain conditions (if it is you)",
        ),
        (
            "groups = 'day'\non = 'object.liked'\nwhere = 'hour >= 18'\n"
            "each = { count = '', where = 'weekday >= 6', at_least = 2 }",
            "How many days: somebody likes a contribution, from 18:00 on and at the weekend (if it is you, at least 2 each)",
        ),
        (
            "groups = 'day'\neach = { earned = 'points', at_least = 9 }",
            "How many days: how much you earned in points (at least 9 each)",
        ),
        (
            "count = 'kudos.given'\nnone_of = [{ count = 'object.disliked', at_least = 9 }]",
            "How often: somebody thanks a colleague (if it is you); as long as this doesn't reach 9: "
            "how often: somebody dislikes a contribution (if it is you)",
        ),
        (
            "sum = 'amount'\non = 'kudos.given'",
            "Total (“amount”): somebody thanks a colleague (if it is you)",
        ),
        (
            "distinct = 'lower(text)'\non = 'kudos.given'",
            "Number of different values (computed from “text”): somebody thanks a colleague (if it is you)",
        ),
        (
            "distinct = 'recipient_unit'\non = 'kudos.given'\nwhere = 'across_units'",
            "How many units: somebody thanks a colleague, if it goes from one unit to another (if it is you)",
        ),
        (
            "groups = 'unit'\neach = { count = 'kudos.given' }",
            "How many units: somebody thanks a colleague (if it is you)",
        ),
        (
            "count = 'kudos.given'\nsince = 2026-06-01\nuntil = 2026-07-01",
            "How often: somebody thanks a colleague (if it is you, since 1 June 2026, until 30 June 2026)",
        ),
        (
            "count = 'kudos.given'\nover = 'week'\nuntil = 2026-06-30T12:00:00",
            "How often: somebody thanks a colleague (if it is you, in one week, until 30 June 2026, 12:00 UTC)",
        ),
    ],
)
def test_that_a_badge_says_what_it_is_for_without_naming_anybody(badge, told):
    rules = "[[rule]]\nid = 'r'\non = 'kudos.given'\npoints = 1\n"
    book = RuleBook.parse(f"[book]\nid = 'b'\n{rules}{BADGE}{badge}\nat_least = 3")
    assert badge_means(book, book.badges["b"]) == told


def test_that_a_badge_says_by_which_rules_points_count():
    rules = "".join(
        f"[[rule]]\nid = '{each}'\non = 'post.shared'\npoints = 1\n" for each in ("good-post", "b")
    )
    book = RuleBook.parse(
        f"[book]\nid = 'b'\n{rules}{BADGE}earned = 'points'\nrules = ['good-post']\nat_least = 3"
    )
    told = "How much you earned in points (by the rules “Good post”)"
    assert badge_means(book, book.badges["b"]) == told


@pytest.mark.parametrize(
    ("bar", "told"),
    [
        (
            "{ count = 'object.disliked', over = 'last 30 days' }",
            "Not while: somebody dislikes a contribution (if it is you, within 30 days)"
            '</span> <small class="quiet">until 4 June 2026, ',
        ),
        (
            "{ count = 'object.disliked', at_least = 2 }",
            "Not while this is 2 or more: how often: somebody dislikes a contribution (if it is you)</span></li>",
        ),
    ],
)
def test_that_the_page_of_badges_says_what_bars_one(client_of, bar, told):
    near = "[[badge]]\nid = 'near'\ncount = 'answer.posted'\nat_least = 4\n"
    mine = f"{BADGE}count = 'answer.posted'\nat_least = 9\nnone_of = [{bar}]\n"
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{mine}{near}"))
    at, reply = community.NOW - timedelta(hours=1), {"actor": "ann", "in_reply_to": "q"}
    for name in ("a1", "a2", "a3"):
        engine.record(Event(id=name, type="answer.posted", object=name, occurred_at=at, **reply))
    for name in ("d1", "d2"):
        disliked = {"type": "object.disliked", "actor": "ann", "object": "q", "recipient": "raj"}
        engine.record(Event(id=name, occurred_at=at, **disliked))
    found = client_of(engine).get("/badges", headers=as_("ann")).text
    assert told in found and "3 of 9" in found
    assert "2 of 1" not in found and "2 of 2" not in found
    assert found.index(">Near<") < found.index(">B<")


@pytest.mark.parametrize(
    ("badge", "told"),
    [
        ("", "The rule book has no badges for members."),
        (f"{BADGE}to = 'unit'\ncount = 'answer.posted'", "has no badges for members."),
        (
            f"{BADGE}count = 'answer.posted'\nover = 'last 30 days'\nuntil = 2020-01-01",
            "There is no badge to get at the moment.",
        ),
    ],
)
def test_that_the_page_of_badges_says_why_it_is_empty(client_of, badge, told):
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{badge}"))
    assert told in client_of(engine).get("/badges", headers=as_("ann")).text


@pytest.mark.parametrize("per", ["person", "pair"])
def test_that_the_page_of_badges_calls_people_by_their_names(client_of, per):
    book = f"[book]\nid = 'b'\n{BADGE}count = 'kudos.given'\nper = '{per}'\nagain = '{per}'\nat_least = 2"
    engine = Engine(RuleBook.parse(book))
    for name in ("k1", "k2", "k3"):
        thanks = {"actor": "u1", "recipient": "u7" if name < "k3" else "u9"}
        engine.record(Event(id=name, type="kudos.given", occurred_at=community.NOW, **thanks))
    client = client_of(engine, names={"u7": "Ann Keller", "u9": "Raj Patel"}.get)
    found = client.get("/badges", headers=as_("u1")).text
    assert "<small>Ann Keller</small>" in found and "<small>Raj Patel</small>" in found
    assert ">u7<" not in found and ">u9<" not in found


def test_that_the_page_of_badges_says_which_criterion_is_left(client_of):
    parts = "{ count = 'answer.posted', at_least = 1 }, { count = 'question.asked', at_least = 3 }"
    badge = f"{BADGE}say = 'You ask and answer'\nall_of = [{parts}]\n"
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{badge}"))
    reply = {"actor": "ann", "object": "a", "in_reply_to": "q"}
    engine.record(Event(id="a", type="answer.posted", occurred_at=community.NOW, **reply))
    found = client_of(engine).get("/badges", headers=as_("ann")).text
    assert '<small class="for">How often: somebody asks a question</small>' in found
    assert "0 of 3" in found and "somebody answers" not in found


def test_that_the_page_of_badges_tells_what_the_present_week_has(client_of):
    each = "each = { count = 'answer.posted', at_least = 3 }"
    book = RuleBook.parse(f"[book]\nid = 'b'\n{BADGE}groups = 'week'\n{each}\nat_least = 4")
    engine = Engine(book)
    answered = {"type": "answer.posted", "actor": "ann", "in_reply_to": "q"}
    for name in ("a1", "a2"):
        engine.record(Event(id=name, object=name, occurred_at=community.NOW, **answered))
    found = client_of(engine).get("/badges", headers=as_("ann")).text
    assert '<small class="quiet">Week from 4 May 2026: 2 of 3</small>' in found
    engine.record(Event(id="a3", object="a3", occurred_at=community.NOW, **answered))
    found = client_of(engine).get("/badges", headers=as_("ann")).text
    assert "1 of 4" in found and "Week from" not in found


@pytest.mark.parametrize(
    ("criterion", "told"),
    [
        (
            "groups = 'week'\neach = { count = 'answer.posted', at_least = 3 }",
            "How many weeks: somebody answers a question (at least 3 each)",
        ),
        (
            "groups = 'week'\neach = { count = 'answer.posted' }\nover = 'last 90 days'",
            "How many weeks: somebody answers a question (within 90 days)",
        ),
        (
            "groups = 'day'\neach = { sum = 'minutes', on = 'mentoring.session', at_least = 120 }",
            "How many days: a mentor meets a colleague whom they mentor (total (“minutes”): at least 120 each)",
        ),
        (
            "groups = 'week'\neach = { distinct = 'actor', on = 'kudos.given' }\nto = 'recipient'",
            "How many weeks: somebody thanks a colleague (how many different people: at least 1 each)",
        ),
        (
            "streak = 'workday'\neach = { count = 'answer.posted', at_least = 1 }\nfreeze = 2",
            "How many working days in a row: somebody answers a question (2 may be left out)",
        ),
        (
            "count = 'answer.posted'\nto = 'recipient'\nper = 'topic'",
            "How often: somebody answers a question (if it is for you, on one topic)",
        ),
        (
            "count = 'object.liked'\nto = 'recipient'\nper = 'object'",
            "How often: somebody likes a contribution (for one contribution)",
        ),
        (
            "count = 'object.liked'\nto = 'recipient'\nper = 'object'\nagain = 'object'",
            "How often: somebody likes a contribution (once for each contribution)",
        ),
        (
            "count = 'answer.posted'\nover = 'week'\nagain = 'period'",
            "How often: somebody answers a question (each week anew)",
        ),
        (
            "count = 'answer.posted'\nper = 'topic'\nover = 'every 14 days'\nagain = ['topic', 'period']",
            "How often: somebody answers a question (once for each topic, anew every 14 days)",
        ),
        (
            "count = 'answer.posted'\nagain = 10",
            "How often: somebody answers a question (anew for every 10 more)",
        ),
        (
            "count = 'answer.posted'\nto = 'mentor'",
            "How often: somebody answers a question (done by people you mentor)",
        ),
        (
            "count = ['answer.posted', 'answer.accepted']\nto = 'mentor'",
            "How often: somebody answers a question, or the asker says that an answer solved their question "
            "(done by or for people you mentor)",
        ),
        (
            "count = ['post.shared', 'object.liked']",
            "How often: somebody shares what they know or found, or somebody likes a contribution (if it is you)",
        ),
        (
            "count = 'post.shared'\nto = 'community'",
            "How often: somebody shares what they know or found (by anybody in the community)",
        ),
        (
            "groups = 'year'\neach = { count = 'post.shared', at_least = 2 }",
            "How many years: somebody shares what they know or found (at least 2 each)",
        ),
        (
            "count = 'post.shared'\nover = 'every 14 days'",
            "How often: somebody shares what they know or found (in a fixed period of 14 days)",
        ),
        (
            "count = 'post.shared'\nover = 'last 90 seconds'",
            "How often: somebody shares what they know or found (within 90 seconds)",
        ),
        (
            "count = 'kudos.given'\nto = 'mentor'",
            "How often: somebody thanks a colleague (done for people you mentor)",
        ),
        (
            "count = 'kudos.given'\nto = 'mentor'\nof = 'actor'",
            "How often: somebody thanks a colleague (done by people you mentor)",
        ),
        (
            "count = 'kudos.given'\nper = 'pair'",
            "How often: somebody thanks a colleague (with one person)",
        ),
        (
            "ratio = [{ count = 'answer.accepted', to = 'recipient' }, { count = 'answer.posted', at_least = 10 }]",
            "How often: the asker says that an answer solved their question; "
            "for each of: how often: somebody answers a question (at least 10)",
        ),
        (
            "count = 'answer.posted'\nnone_of = [{ count = 'object.disliked', over = 'month' }]",
            "How often: somebody answers a question; "
            "but not if: somebody dislikes a contribution (if it is you, in one month)",
        ),
    ],
)
def test_that_a_badge_says_all_that_a_criterion_takes(criterion, told):
    book = RuleBook.parse(f"[book]\nid = 'b'\n{BADGE}{criterion}\nat_least = 3")
    assert badge_means(book, book.badges["b"]) == told


def test_that_a_badge_says_how_many_of_its_criteria_it_needs():
    parts = ", ".join(
        f"{{ count = '{each}', at_least = 1 }}"
        for each in ("kudos.given", "post.shared", "object.read")
    )
    book = RuleBook.parse(f"[book]\nid = 'b'\n{BADGE}any_of = [{parts}]\nneeds = 2")
    assert badge_means(book, book.badges["b"]) == (
        "2 of these criteria: How often: somebody thanks a colleague (if it is you); "
        "How often: somebody shares what they know or found; How often: somebody reads a contribution (if it is you)"
    )


def test_that_where_each_criterion_has_one_threshold_it_is_told():
    thanks = "{ count = 'kudos.given', to = 'recipient', at_least = 2 }"
    days = "{ groups = 'day', each = { count = 'post.shared', at_least = 3 }, at_least = 4 }"
    text = f"""
    [book]
    id = "b"
    [[badge]]
    id = "both"
    all_of = [{thanks}, {days}]
    [[badge]]
    id = "kept"
    count = "post.shared"
    over = "last 30 days"
    at_least = 7
    keep_up = {{ share = 0.9 }}
    [[ladder.path.level]]
    id = "known"
    count = "answer.posted"
    at_least = 5
    """
    book = RuleBook.parse(text)
    (known,) = book.ladders["path"].climbs
    assert [badge_means(book, each) for each in (*book.badges.values(), known)] == [
        "How often: somebody thanks a colleague (at least 2); "
        "and: How many days: somebody shares what they know or found (at least 4, at least 3 each)",
        "How often: somebody shares what they know or found (at least 7, within 30 days). It is looked at again from time to time",
        "How often: somebody answers a question (at least 5)",
    ]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "You get it after: Moon and Asker, Gold"),
        ("de", "Du bekommst es nach: Moon und Asker, Gold"),
        ("fr", "Vous l\u2019obtenez après : Moon et Asker, Or"),
        ("es", "Lo obtienes después de: Moon y Asker, Oro"),
    ],
)
def test_that_a_badge_that_only_follows_others_names_them(language, told):
    others = """
    [book]
    id = "b"
    [[badge]]
    id = "moon"
    count = "kudos.given"
    at_least = 1
    [[badge]]
    id = "asker"
    count = "question.asked"
    at_least = { silver = 1, gold = 2 }
    """
    book = RuleBook.parse(f"{others}\n{BADGE}after = ['moon', 'asker:gold']")
    said = badge_means(book, book.badges["b"], speech(language))
    assert said.replace("\xa0", " ") == told


def test_that_a_badge_with_criteria_says_after_which_others_it_comes():
    book = RuleBook.parse("""
    [book]
    id = "b"
    [[badge]]
    id = "moon"
    count = "kudos.given"
    at_least = 1
    means = "thanks that you gave."
    after = "trust/known"
    [[badge]]
    id = "trust"
    count = "question.asked"
    at_least = 1
    [[ladder.trust.level]]
    id = "seen"
    count = "post.shared"
    at_least = 1
    [[ladder.trust.level]]
    id = "known"
    count = "post.shared"
    at_least = 2
    after = "trust"
    """)
    seen, known = book.ladders["trust"].climbs
    assert badge_means(book, book.badges["moon"]) == "Thanks that you gave. You get it after: Known"
    assert badge_means(book, seen) == "How often: somebody shares what they know or found"
    assert (
        badge_means(book, known)
        == f"{badge_means(book, seen)} (at least 2). You get it after: Trust"
    )


ASKING = """
[book]
id = "b"
[[rule]]
id = "liked"
on = "object.liked"
to = "recipient"
where = "'answer' == object_type"
points = 3
until = 2026-07-01
limit = { times = 2, per = "day" }
[[rule]]
id = "early"
on = "post.shared"
where = "words > 5 * 5 and hour < 9"
points = "words // 50 * 2"
"""


def test_that_a_rule_says_its_condition_in_words_or_else_as_code(client_of):
    client = client_of(Engine(RuleBook.parse(ASKING)))
    page = client.get("/rules", headers=as_("Ann")).text
    assert (
        '<p class="bounds">if it is about an answer; at most 2 times a day; until 30 June 2026</p>'
        in page
    )
    assert "object_type" not in page
    assert "If <code>words &gt; 5 * 5 and hour &lt; 9</code>" in page
    assert '<span class="gives">points: <code>words // 50 * 2</code></span>' in page
    for language, told in (
        ("de", "wenn es um eine Antwort geht; "),
        ("fr", "il s\u2019agit d\u2019une réponse"),
        ("es", "si se trata de una respuesta; "),
    ):
        asked = {**as_("Ann"), "accept-language": language}
        assert told in html.unescape(client.get("/rules", headers=asked).text)
    liked, early = client.get("/api/rules", headers=as_("Ann")).json()[::-1]
    assert (liked["only"], early["only"]) == ("", "words > 5 * 5 and hour < 9")
    assert (liked["formula"], early["formula"]) == ("", "words // 50 * 2")


def test_that_the_page_of_rules_says_how_each_level_is_reached(client_of):
    page = client_of(Engine(RuleBook.load("plugin:discourse"))).get("/rules", headers=as_("Ann"))
    assert "<li>Member <small>You come back, and take part</small></li>" in page.text
    page = client_of(Engine(RuleBook.load("plugin:sharing"))).get("/rules", headers=as_("Ann"))
    assert "<li>Contributor <small>from 50 points</small></li>" in page.text


@pytest.mark.parametrize("pack", ["sharing", "stackexchange", "discourse", "fedora", "kudos"])
def test_that_each_badge_of_a_pack_says_so_in_a_sentence(pack):
    book = RuleBook.load(f"plugin:{pack}")
    for badge in book.badges.values():
        told = badge_means(book, badge)
        assert not told[0].islower() and not re.search(r"[{}…]|  |:$|hidden", told), told


def until_told(over):
    """What the page of badges says of how long the progress of a badge counts."""
    book = RuleBook.parse(f"""
    [book]
    id   = "acme"
    zone = "Europe/Paris"

    [[badge]]
    id       = "around"
    {over}
    at_least = 5
    """)
    engine = Engine(book)
    at = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    engine.record(Event(id="p", type="post.shared", occurred_at=at, actor="ann", object="p"))
    with TestClient(application(engine, who=Always("ann"), language="en")) as client:
        return re.search(r"valid until <time[^>]*>([^<]*)</time>", client.get("/badges").text)[1]


def test_that_badges_count_until_a_day_or_hour_of_the_zone_of_the_book():
    assert until_told('streak = "week"\n    each = { count = "post.shared" }') == "17 May 2026"
    rolling = 'count = "post.shared"\n    over = "last 7 days"'
    assert until_told(rolling) == "11 May 2026, 11:30 CEST"


CAMPAIGNS = """
[book]
id   = "acme"
zone = "Europe/Paris"

[purse.points]

[purse.euros]
decimals = 2

[[rule]]
id     = "paid"
on     = "campaign.paid"
to     = "recipient"
purse  = "euros"
points = "amount"

[campaign.knowledge-month]
pays   = "euros"
since  = 2026-10-01
until  = 2026-11-01
goal   = 1000
budget = 3000
most   = 60.5
means  = "in October we collect what we know"

[campaign.podium]
pays   = "euros"
prizes = [100, 50]

[campaign.teams]
pays  = "euros"
team  = 0.4
bonus = 10
"""


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["Knowledge month", "In October we collect what we know", "October 2026",
                "3,000 euros to share, by what each one earned; at most 60.50 euros; if all together have 1,000 points",
                "prizes: 100 and 50 euros", "10 euros for everybody in a unit of which 40% have points"]),
        ("de", ["Oktober 2026", "sobald alle zusammen 1.000 Punkte haben", "Preise: 100 und 50 euros"]),
        ("fr", ["Octobre 2026", "dès que tout le monde ensemble a 1\u202f000 points"]),
        ("es", ["Octubre de 2026", "en cuanto todo el mundo junto tenga 1000 puntos"]),
    ],
)  # fmt: skip
def test_that_members_read_what_campaigns_there_are(client_of, language, told):
    client = client_of(Engine(RuleBook.parse(CAMPAIGNS)))
    page = html.unescape(
        client.get("/rules", headers={**as_("Ann"), "accept-language": language}).text
    )
    assert [each for each in told if each not in page] == []
