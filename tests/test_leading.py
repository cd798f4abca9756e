"""What a member is told leads to where it is on the platform: every face has the same links, and nobody's id makes another one of them."""

import logging
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.testclient import TestClient

from test_statement import MONTH, SHARING, on
from wiifm import Engine, InvalidInput, RuleBook
from wiifm.cli.app import run
from wiifm.showing import by_template, fragment, mail, markdown, nowhere, page
from wiifm.showing.links import address, resolver
from wiifm.sources import write_jsonl
from wiifm.statement import About
from wiifm.statement.telling import tell
from wiifm.stores.memory import MemoryStore
from wiifm.upkeep.forgetting import forget
from wiifm.web import Always, application
from wiifm.words.catalogues import languages, speech
from wiifm.words.speech import ENGLISH

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OBJECTS, MEMBERS = "https://esn.example/q/{object}", "https://esn.example/p/{member}"
LINKS = by_template(OBJECTS, MEMBERS)
QUIET = RuleBook.parse('[book]\nid = "quiet"\nuse = ["sharing"]\nindividuals = false')
LIKED = [
    on(15, f"l{n}", "object.helped", who, object="a1", data={"text": f"as {who} said"})
    for n, who in enumerate(("tom", "noor", "eva", "raj", "lea"))
]
"""What earns the badge ``good-answer`` for the answer ``a1``, whose question is called “Which?”."""
UNTITLED = on(16, "q5", "question.asked", "zoe", object="q5", topics=("pricing",))
HAPPENED = [*MONTH, *LIKED, UNTITLED]

ATTACKS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://",
    "https://evil.example@esn.example/",
    "https://esn.example:443@evil.example/",
    "https://esn.example\\@evil.example",
    "https://esn.example:x/",
    "https://\u0435sn.example/",
    "ftp://esn.example/q",
    "/q\n1",
    "/q\tb",
    "/q b",
    " /q",
    "/q\r\nSet-Cookie: a=b",
    "/q\0",
    "/q\u202egnp",
    "/q\u200f",
    "/q\u2066",
    "/q\u00a0b",
    "/../admin",
    "/q/..",
    "/q/%2e%2E/admin",
    "https://esn.example/./x",
    "q1",
    "",
    "?q=1",
    "#q",
)
QUOTED = (
    "/q\"><script>alert(1)</script>",
    "/q'onclick='alert(1)",
    "/q)[x](javascript:alert(1)",
    "/q>)<javascript:alert(1)>",
    "/q?a=1&b=2&copy;=3&#106;",
    "/q`*_~|{}^",
    "/\u00e9t\u00e9?\u05e0=\u05d5",
)  # fmt: skip
"""Addresses that are a path of the platform's, whatever stands in them."""


def statement(events=HAPPENED, book=SHARING, member="ann"):
    engine = Engine(book)
    assert not engine.record_many(events).rejected
    return engine.statement(member)


def lines(found):
    return [line for each in tell(found).sections for line in each.lines]


class Links(HTMLParser):
    """The links of some HTML: where each leads, what it is called, and its target."""

    def __init__(self, html):
        super().__init__()
        self.found, self.inside = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append([dict(attrs).get("href"), "", dict(attrs).get("target")])
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "a"

    def handle_data(self, data):
        if self.inside:
            self.found[-1][1] += data

    @property
    def led(self):
        return {(place, " ".join(words.split())) for place, words, _ in self.found}


def faces(found, links, spoken=ENGLISH, link=None):
    """The links of every face of a statement."""
    sent = mail(found, spoken, link, links=links).as_bytes()
    body = message_from_bytes(sent, policy=policy.default).get_body(("html",))
    marked = MarkdownIt("commonmark").render(markdown(found, spoken, links=links))
    yield "page", Links(page(found, spoken, links=links))
    yield "fragment", Links(fragment(found, spoken, links=links))
    yield "markdown", Links(marked)
    yield "mail", Links(body.get_content())


# ---- what becomes a link -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_that_every_face_leads_to_the_same_places_by_their_titles(language):
    spoken, found = speech(language, str.capitalize), statement()
    answer = " ".join(spoken("your answer to “{title}”", title="Which?").split())
    quoted = {name: " ".join(spoken("“{title}”", title=name).split()) for name in ("How?", "T")}
    wanted = {
        ("https://esn.example/q/q3", quoted["How?"]),  # where one is needed
        ("https://esn.example/p/mia", "Mia"),  # who is new
        ("https://esn.example/q/d1", quoted["T"]),  # what is still of use
        ("https://esn.example/q/a1", answer),  # a badge, and what was praised
    }
    for name, face in faces(found, LINKS, spoken):
        assert wanted <= face.led, name
        assert {target for _, _, target in face.found} == (
            {"_top"} if name in ("page", "fragment") else {None}
        )
    text = mail(found, spoken, links=LINKS).get_body(("plain",)).get_content()
    assert {f"  {place}" for place, _ in wanted} <= {*text.splitlines()}


def test_that_what_somebody_said_leads_to_whoever_said_it():
    spoken, found = speech("en", str.capitalize), statement()
    givers = {each.giver for each in found.recognition if each.text}
    assert givers and None not in givers
    for name, face in faces(found, LINKS, spoken):
        for giver in givers:
            assert (f"https://esn.example/p/{giver}", giver.capitalize()) in face.led, name


def test_that_each_kind_of_line_says_what_it_is_about():
    about = {}
    for line in lines(statement()):
        about.setdefault(line.name, set()).add(line.about)
    assert about["needed.questions"] == {
        About("object", "q3", "“How?”"),
        About("object", "q5"),
    }
    assert About("member", "zoe", "zoe") in about["needed.colleagues"]
    assert about["reach.used.d1"] == {About("object", "d1", "“T”")}
    assert about["awards.good-answer.bronze.a1"] == {
        About("object", "a1", "your answer to “Which?”")
    }
    assert about["next.good-answer"] == {About("object", "a1", "your answer to “Which?”")}
    assert About("object", "a1", "your answer to “Which?”") in about["recognition"]
    assert about["reach.people"] == about["earned.points.accepted"] == {None}
    assert about["awards.solver.bronze"] == {None}


def test_that_colleagues_near_whoever_begins_are_links():
    near = statement(member="noor", events=HAPPENED)
    assert near.beginning is None
    events = [*HAPPENED, on(-1, "j", "member.joined", "new", data={"unit": "Design"})]
    found = [each.about for each in lines(statement(events, member="new"))]
    assert About("member", "ann", "ann") in found and About("member", "eva", "eva") in found


def test_that_a_question_without_a_title_is_a_link_as_a_whole():
    for _, face in faces(statement(), LINKS):
        (words,) = [words for place, words in face.led if place.endswith("/q5")]
        assert words == "zoe has a question (since 17 October 2026)"


def test_that_only_what_it_is_called_is_a_link_of_a_line():
    html = fragment(statement(), links=LINKS)
    link = '<a href="https://esn.example/q/q3" target="_top">“How?”</a>'
    assert f"mia asks: {link} (since 11 October 2026)" in html
    assert "mia asks: [“How?”](https://esn.example/q/q3) (since" in markdown(
        statement(), links=LINKS
    )


def test_that_nothing_is_a_link_unless_somebody_says_where_it_is():
    found = statement()
    for name, face in faces(found, nowhere):
        assert not face.found, name
    assert page(found) == page(found, links=nowhere)
    only = by_template(objects=OBJECTS)
    assert not [place for _, face in faces(found, only) for place, _ in face.led if "/p/" in place]


def test_that_a_mail_makes_whole_addresses_of_paths_or_none_at_all():
    links = by_template("/q/{object}")
    for link, wanted in ((None, None), ("https://esn.example/me", "https://esn.example/q/q3")):
        (face,) = [face for name, face in faces(statement(), links, link=link) if name == "mail"]
        text = mail(statement(), link=link, links=links).get_body(("plain",)).get_content()
        places = {place for place, _ in face.led} - {link}
        assert (wanted in places) is bool(wanted) and bool(places) is bool(wanted)
        assert (f"\n  {wanted}\n" in text.replace("\r", "")) is bool(wanted)


# ---- who isn't named -----------------------------------------------------------------------------------------


def test_that_nobody_is_a_link_where_nobody_is_named_nor_what_only_its_address_would_tell():
    found = statement(book=QUIET)
    assert found.needed.questions and found.recognition
    assert {each.asker for each in found.needed.questions} <= {f"colleague {n}" for n in range(1, 99)}  # fmt: skip
    told = [line.about for line in lines(found) if line.about]
    assert {each.kind for each in told} == {"object"} and all(each.title for each in told)
    assert {each.id for each in told} == {"q3", "d1", "a1"}
    assert not [line for line in lines(found) if line.by and (line.about or line.giver)]
    for _, face in faces(found, LINKS):
        assert face.found and not [place for place, _ in face.led if "/p/" in place]
        assert not [place for place, _ in face.led if place.endswith("/q5")]
        assert all(words.startswith(("“", "your answer to “")) for _, words in face.led)


def test_that_no_page_leads_to_anybody_where_nobody_is_named():
    engine = Engine(QUIET)
    engine.record_many([*HAPPENED, on(17, "kk", "kudos.given", "somebody", recipient="ann")])
    with TestClient(
        application(engine, who=Always("ann"), links=LINKS, clock=lambda: NOW)
    ) as client:
        numbers = [each.no for each in engine.ledger("ann")]
        paths = ["/", "/badges", "/why", *(f"/why/{no}" for no in numbers)]
        found = [Links(client.get(path).text).led for path in paths]
    places = {place for led in found for place, _ in led if place.startswith("https:")}
    assert places and not [each for each in places if "/p/" in each]


def test_that_whoever_was_forgotten_is_no_link_nor_a_question_that_only_its_address_would_tell():
    store = MemoryStore()
    Engine.over(store, SHARING).record_many(HAPPENED)
    forget(store, SHARING, "zoe")
    found = Engine.over(store).statement("ann")
    (asker,) = (each.asker for each in found.needed.questions if each.object == "q5")
    assert asker.startswith("forgotten-")
    for _, face in faces(found, LINKS):
        assert face.found
        assert not [place for place, _ in face.led if "forgotten" in place or "q5" in place]


# ---- what an attacker may call things ------------------------------------------------------------------------


@pytest.mark.parametrize("found", ATTACKS, ids=ascii)
def test_that_what_is_no_page_of_the_web_is_no_address(found):
    assert address(found) is None


@pytest.mark.parametrize("found", [*QUOTED, "https://[::1]:8000/q", "HTTPS://esn.example?q"])
def test_that_an_address_has_nothing_in_it_that_would_end_it(found):
    led = address(Markup(found))
    assert type(led) is str and re.fullmatch(r"[\w\-.~!#$%&'()*+,/:;=?@\[\]]+", led, re.ASCII)
    assert unquote(led) == unquote(found)


def told_of(id):
    """A question, an answer that is praised, and somebody new, of one id each."""
    return [
        on(1, "q", "question.asked", "raj", object="q", topics=("t",), data={"title": "Which?"}),
        on(2, "a", "answer.posted", "ann", object=id, in_reply_to="q"),
        on(3, "c", "object.helped", "raj", object=id, data={"text": "thank you"}),
        on(4, "n", "question.asked", id, object="q2", topics=("t",), data={"title": "How?"}),
    ]


@pytest.mark.parametrize("id", [*filter(None, ATTACKS), *QUOTED], ids=ascii)
def test_that_no_id_becomes_a_link_to_anywhere_else(id):
    if "\0" in id:
        return  # no event has it
    found = statement(told_of(id))
    assert len([each for each in lines(found) if each.about]) >= 4
    for links in (lambda _, it: it, LINKS, lambda _, it: f"https://esn.example/{it}"):
        for name, face in faces(found, links):
            for place, words, _ in face.found:
                assert re.match(r"https://esn\.example/|/(?!/)", place), (name, place)
                assert urlsplit(place).hostname in (None, "esn.example") and words
                assert not re.search(r"[\s\"'<>\\]|/\.\.?(/|$)", place.replace("'", "")), place
        led = {
            name: {unquote(place) for place, _ in face.led} for name, face in faces(found, links)
        }
        assert led["page"] == led["fragment"] == led["markdown"] >= led["mail"]
        sent = mail(found, links=links).get_body(("html",)).get_content()
        for made in (page(found, links=links), sent):
            assert "<script" not in made and "onclick='" not in made
    templated = {place for _, face in faces(found, LINKS) for place, _ in face.led}
    assert id in {unquote(each.removeprefix("https://esn.example/q/")) for each in templated}


@pytest.mark.parametrize("id", [".", ".."])
def test_that_an_id_of_dots_leads_no_step_up(id):
    assert resolver(LINKS)(About("object", id)) is None
    assert resolver(by_template("/q?id={object}"))(About("object", id)) == f"/q?id={id}"


def test_that_pages_have_no_other_links_than_before_and_those_of_the_platform():
    engine = Engine(SHARING)
    engine.record_many(HAPPENED)
    number = next(engine.ledger("ann")).no
    for evil in ("javascript:alert(1)", "//evil.example"):
        app = application(engine, who=Always("ann"), links=lambda *_, led=evil: led)
        client = TestClient(app)
        for path in ("/?over=all", "/badges", "/leaderboard?over=ever", f"/why/{number}"):
            page = client.get(path)
            assert page.status_code == 200 and evil not in page.text and 'class="to"' not in page.text  # fmt: skip
    engine.close()


# ---- the platform's answers ----------------------------------------------------------------------------------


def broken(kind, id):
    raise ValueError(f"no {kind} {id}")


@pytest.mark.parametrize(
    ("links", "told"),
    [
        (broken, r"links\('object', 'q1'\) gave no link: ValueError\('no object q1'\)"),
        (lambda *_: 7, "it answered 7, no text and not None"),
        (lambda *_: "esn.example/q1", "it answered 'esn.example/q1', which is no address"),
    ],
)
def test_that_what_raises_or_is_no_address_costs_its_link_alone_and_is_logged(links, told, caplog):
    with caplog.at_level(logging.WARNING, "wiifm.links"):
        assert resolver(links)(About("object", "q1")) is None
    assert re.search(told, caplog.text)
    caplog.clear()
    assert fragment(statement(), links=links) == fragment(statement())


def test_that_what_cant_be_asked_is_refused_at_once():
    async def late(kind, id):
        return None

    for links in (late, lambda name: None, "https://esn.example/{object}"):
        with pytest.raises(InvalidInput, match="links: found"):
            application(Engine(SHARING), links=links)
        with pytest.raises(InvalidInput, match=r"expected a function"):
            page(statement(), links=links)


@pytest.mark.parametrize(
    "template",
    [
        "https://esn.example/",
        "https://esn.example/{member}",
        "https://esn.example/{object}/{member}",
        "https://esn.example/{object!r}",
        "https://esn.example/{object:>9}",
        "https://esn.example/{object.x}",
        "https://esn.example/{object[0]}",
        "https://esn.example/{}",
        "https://esn.example/{object",
        "https://esn.example/object}",
        "https://{object}/",
        "https://{object}.esn.example/",
        "https://esn.example{object}",
        "https://esn.example:{object}/",
        "{object}",
        "q/{object}",
        "?q={object}",
        "//{object}",
        "//esn.example/{object}",
        "/\\{object}",
        "/../{object}",
        "javascript:{object}",
        "ftp://esn.example/{object}",
        "https://esn.example/a b/{object}",
        "",
    ],
)
def test_that_a_template_that_makes_no_address_is_refused(template, capsys, tmp_path):
    with pytest.raises(InvalidInput, match=r"objects: found .* with \{object\} after its host"):
        by_template(template)
    write_jsonl(MONTH, tmp_path / "m.jsonl")
    asked = ["statement", "ann", "plugin:sharing", str(tmp_path / "m.jsonl"), "--html"]
    assert run([*asked, "--links", template]) == 2
    assert "Invalid value for '--links': found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("/{object}", "/a%2F%2Fb%20%26%C3%A9"),
        ("HTTP://esn.example:8080/?t={object}#{object}", "HTTP://esn.example:8080/?t=a%2F%2Fb%20%26%C3%A9#a%2F%2Fb%20%26%C3%A9"),
        ("https://esn.example?{object}", "https://esn.example?a%2F%2Fb%20%26%C3%A9"),
    ],
)  # fmt: skip
def test_that_a_template_takes_an_id_whole(template, made):
    assert resolver(by_template(template))(About("object", "a//b &\u00e9")) == made


# ---- pages and commands --------------------------------------------------------------------------------------


@pytest.fixture
def client():
    engine = Engine(SHARING)
    engine.record_many([*HAPPENED, on(17, "kk", "kudos.given", "raj", recipient="ann")])
    app = application(engine, who=Always("ann"), links=LINKS, clock=lambda: NOW, writes=True)
    with TestClient(app) as found:
        yield found


def test_that_pages_lead_to_the_platform_out_of_any_frame(client):
    def led(path):
        found = [each for each in Links(client.get(path).text).found if each[0].startswith("https")]
        assert {target for _, _, target in found} <= {"_top"}
        return {(place.removeprefix("https://esn.example"), words) for place, words, _ in found}

    for path in ("/?over=all", "/fragments/statement?over=all"):
        assert led(path) == {
            ("/q/q3", "“How?”"),
            ("/q/q5", "zoe has a question (since 17 October 2026)"),
            ("/q/a1", "your answer to “Which?”"),
            ("/q/d1", "“T”"),
            ("/p/zoe", "zoe"),
            ("/p/mia", "mia"),
            *((f"/p/{giver}", giver) for giver in ("eva", "lea", "raj")),
        }
    assert ("/q/a1", "your answer to “Which?”") in led("/badges")
    ranks = led("/leaderboard?over=ever")
    assert ("/p/raj", "raj") in ranks and ("/p/ann", "ann") not in ranks
    assert led("/why?rule=accepted") == {("/q/a1", "your answer to “Which?”")}
    page = client.get("/why?rule=accepted").text
    entry = re.search(r'href="(/why/\d+)"', page)[1]
    assert led(entry) == {("/p/raj", "raj"), ("/q/a1", "your answer to “Which?”")}


def test_that_links_change_nothing_of_the_policy_nor_of_the_data(client):
    bare = application(Engine(SHARING), who=Always("ann"))
    ours, theirs = client.get("/"), TestClient(bare).get("/")
    policy = "content-security-policy"
    assert ours.headers[policy] == theirs.headers[policy] and "esn.example" not in ours.headers[policy]  # fmt: skip
    assert "https://esn.example" in ours.text
    for path in ("statement", "badges", "leaderboard", "entries"):
        assert "esn.example" not in client.get(f"/api/{path}").text


@pytest.fixture
def asked(tmp_path):
    write_jsonl(HAPPENED, tmp_path / "m.jsonl")
    return ["statement", "ann", "plugin:sharing", str(tmp_path / "m.jsonl")]


@pytest.mark.parametrize("face", ["--html", "--markdown", "--mail"])
def test_that_the_command_leads_there(asked, face, capsysbinary):
    assert run([*asked, face, "--links", OBJECTS, "--profiles", MEMBERS]) == 0
    out = capsysbinary.readouterr().out.replace(b"=\r\n", b"").replace(b"=\n", b"")
    assert b"https://esn.example/q/q3" in out and b"https://esn.example/p/mia" in out
    assert run([*asked, face]) == 0
    assert b"https://esn.example" not in capsysbinary.readouterr().out


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "--links and --profiles go with --html, --markdown or --mail"),
        (["--json"], "--links and --profiles go with --html, --markdown or --mail"),
        (["--why"], "--links and --profiles go with --html, --markdown or --mail"),
        (["--mail", "--profiles", "/p/{member}"], "a link in a mail can't be relative"),
    ],
)
def test_that_the_command_refuses_links_where_there_would_be_none(asked, more, told, capsys):
    assert run([*asked, "--links", OBJECTS, *more]) == 2
    assert told in capsys.readouterr().err
