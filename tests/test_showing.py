"""The faces of a statement: text, page, Markdown, mail. All say the same, and whatever members wrote is only text in them."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from attrs import evolve
from markdown_it import MarkdownIt

from test_statement import MONTH, on, unit
from wiifm import Engine, Event, RuleBook
from wiifm.cli.app import run
from wiifm.showing import fragment, mail, markdown, page, style
from wiifm.showing.commonmark import plain
from wiifm.sources import write_jsonl
from wiifm.statement.plain import WIDTH, rows, text
from wiifm.statement.telling import tell
from wiifm.words.catalogues import languages, speech
from wiifm.words.speech import ENGLISH

EVIL = "<script>alert('x')</script>\"&*_[a](javascript:b)\x1b[2J"
OCTOBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def statement():
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(
        [*MONTH, on(20, "k9", "kudos.given", EVIL, recipient="ann", data={"text": EVIL})]
    )
    return engine.statement("ann", *OCTOBER)


class Tags(HTMLParser):
    """The tags of a page, all of which are closed, and their attributes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], {}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes.update({(tag, name): value for name, value in attrs})
        if tag not in ("meta", "br", "!doctype"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", languages())
def test_that_every_face_has_every_line_in_every_language(statement, language):
    spoken = speech(language)
    told = tell(statement, spoken)
    assert len(told.sections) >= 8
    html, plain = page(statement, spoken), " ".join(text(told).split())
    marked = MarkdownIt().render(markdown(statement, spoken))
    body = mail(statement, spoken)
    parts = {part.get_content_type(): part.get_content() for part in body.iter_parts()}
    assert f'<html lang="{language}">' in html
    for section in told.sections:
        for words in (section.title, *(line.text for line in section.lines)):
            shown = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            quoted = shown.replace('"', "&quot;")
            assert shown.replace('"', "&quot;").replace("'", "&#x27;") in html
            assert " ".join(quoted.split()) in marked
            assert " ".join(words.split()) in plain
            assert " ".join(words.split()) in " ".join(parts["text/plain"].split())
            assert quoted.replace("'", "&#x27;") in parts["text/html"]


NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def quiet():
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(MONTH)
    return engine.statement("ann", NEXT_YEAR)


@pytest.mark.parametrize("language", languages())
def test_that_every_face_says_that_there_is_nothing_new(quiet, statement, language):
    spoken = speech(language)
    note = tell(quiet, spoken).note
    assert note == spoken("There is nothing new to tell of this time.")
    faces = [page(quiet, spoken), text(tell(quiet, spoken)), markdown(quiet, spoken)]
    faces += [part.get_content() for part in mail(quiet, spoken).iter_parts()]
    assert len(faces) == 5 and all(note in each for each in faces)
    assert tell(statement, spoken).note == tell(evolve(quiet, since=None), spoken).note == ""


def test_that_who_begins_is_told_where_and_not_that_nothing_is_new():
    found = tell(Engine(RuleBook.load("plugin:sharing")).statement("ann", NEXT_YEAR))
    assert found.note == "" and found.sections[0].name == "beginning"


def test_that_weeks_before_the_period_say_when_they_end(quiet, statement):
    caption = "How often you helped somebody, in each of twelve weeks"
    latest = ENGLISH.day(quiet.at)
    assert quiet.at < NEXT_YEAR and any(quiet.weeks)
    assert tell(quiet).caption == f"{caption} up to {latest}"
    assert tell(statement).caption == caption
    assert tell(evolve(quiet, since=quiet.at)).caption == caption


def test_that_a_page_fetches_nothing_and_runs_nothing(statement):
    html = page(statement)
    tags = Tags(html)
    assert not {"script", "img", "link", "iframe", "object"} & {*tags.seen}
    assert not [name for _, name in tags.attributes if name.startswith("on") or name == "style"]
    assert "http" not in html and "url(" not in html and "@import" not in html
    assert {"svg", "details", "blockquote", "h1", "h2"} <= {*tags.seen}
    for svg in re.findall(r"<svg.*?</svg>", html):
        ElementTree.fromstring(svg)


def test_that_a_fragment_styles_only_itself(statement):
    piece = fragment(statement)
    Tags(piece)
    assert piece.startswith("<article") and "<style" not in piece
    rules = re.sub(r"@media[^{]*|@page[^}]*}", "", style())
    for selectors in re.findall(r"([^{}]+){", rules):
        assert all(
            each.strip().startswith(".wiifm") for each in selectors.split(",") if each.strip()
        )


@pytest.mark.parametrize("wide", [40, 60])
def test_that_a_text_fits_a_narrow_terminal(statement, wide):
    told = [text for _, text in rows(tell(statement), wide)]
    assert max(map(len, told)) <= wide
    words = " ".join(" ".join(told).split())
    for section in tell(statement).sections:
        for line in section.lines:
            assert line.text in words or any(len(each) > wide - 4 for each in line.text.split())


@pytest.mark.parametrize("wide", [40, 80])
def test_that_one_long_topic_moves_no_other_one(wide):
    events = [
        event
        for n, topic in enumerate(["tax", "W" * 200])
        for event in (
            on(n, f"q{n}", "question.asked", "raj", object=f"q{n}", topics=(topic,)),
            on(n, f"a{n}", "answer.posted", "ann", object=f"a{n}", in_reply_to=f"q{n}"),
            on(n, f"c{n}", "answer.accepted", "raj", object=f"a{n}"),
        )
    ]
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(events)
    told = [row for _, row in rows(tell(engine.statement("ann")), wide)]
    known = told[told.index("What you are known for") :]
    assert "  tax  raj confirmed what you know" in known
    assert max(map(len, told)) <= wide and sum(row.count("W") for row in known) >= 200


def test_that_a_text_fits_80_columns(statement):
    for row in text(tell(statement)).splitlines():
        assert len(row) <= WIDTH, row


def test_that_what_members_wrote_is_text_in_markdown_and_mail(statement):
    rendered = MarkdownIt("commonmark").render(markdown(statement))
    assert "<script" not in rendered and "<a" not in rendered and "&lt;script&gt;" in rendered
    made = mail(statement, link="https://esn.example/me?a=1&b=2")
    again = message_from_bytes(made.as_bytes(), policy=policy.default)
    html = again.get_body(("html",)).get_content()
    assert "<script" not in html and 'href="https://esn.example/me?a=1&amp;b=2"' in html
    Tags(html)
    assert "https://esn.example/me" in again.get_body(("plain",)).get_content()


def test_that_a_member_is_called_as_the_platform_says(statement):
    spoken = speech("en", _named)
    assert "Ann Keller: what's in it for you" in page(statement, spoken).replace("&#x27;", "'")
    assert "Raj Patel" in text(tell(statement, spoken))


def _named(member):
    return {"ann": "Ann Keller", "raj": "Raj Patel"}.get(member, member)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_jsonl([*MONTH, unit("new", "Design")], tmp_path / "october.jsonl")
    return ["plugin:sharing", "october.jsonl"]


@pytest.mark.parametrize(
    ("face", "begins"),
    [
        ([], "ann: what's in it for you"),
        (["--language", "de"], "ann: was für dich drin ist"),
        (["--html", "--language", "fr"], "<!doctype html>\n<html lang=\"fr\">"),
        (["--markdown"], "# ann: what's in it for you"),
        (["--mail"], "Subject: ann: what's in it for you"),
        (["--why"], "earned.points.accepted: c1"),
        (["--json"], "{"),
    ],
)  # fmt: skip
def test_that_the_command_shows_every_face(files, capsysbinary, face, begins):
    assert run(["statement", "ann", *files, *face]) == 0
    out = capsysbinary.readouterr().out.decode()
    assert out.replace("\r\n", "\n").startswith(begins) and "\x1b" not in out


def test_that_no_face_has_what_a_terminal_obeys():
    """What the command prints goes to a terminal, a mail may be read there, and whoever prints a statement sees it there."""
    sly = "\x1b]52;c;eA==\x07\x9b31m\x08\x7f"
    asked = on(1, "q", "question.asked", f"raj{sly}", object="q1", topics=[f"pricing{sly}"])
    told = [
        asked,
        on(2, "a", "answer.posted", "ann", object="a1", in_reply_to="q1"),
        on(3, "c", "answer.accepted", f"raj{sly}", object="a1"),
        on(4, "k", "kudos.given", f"raj{sly}", recipient="ann", data={"text": f"well done{sly}"}),
        on(5, "o", "question.asked", f"mia{sly}", object="q2", topics=[f"pricing{sly}"]),
    ]
    book = RuleBook.load("plugin:sharing")
    engine = Engine(book)
    engine.record_many(told)
    found = engine.statement("ann")
    parts = [each.get_content() for each in mail(found, book=book).iter_parts()]
    for shown in (str(found), page(found, book=book), markdown(found, book=book), *parts):
        assert "well done" in shown and not set("\x1b\x07\x9b\x08\x7f") & set(shown)


@pytest.mark.parametrize("command", [["statement", "ann"], ["culture"]])
def test_that_two_formats_are_refused(files, capsys, command):
    assert run([*command, *files, "--json", "--html", "--json"]) == 2
    shown = capsys.readouterr()
    assert "found --json and --html, expected only one output format" in shown.err
    assert shown.out == ""


def test_that_the_command_tells_a_name_that_runs_from_the_right_as_it_is(tmp_path, capsys):
    thanks = on(
        1, "k", "kudos.given", "\u05e0\u05d5\u05e2\u05d4", recipient="ann", data={"text": "\x1b[2J"}
    )
    write_jsonl([thanks], tmp_path / "thanks.jsonl")
    assert run(["statement", "ann", "plugin:sharing", str(tmp_path / "thanks.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "A colleague thanked you: \u2068\u05e0\u05d5\u05e2\u05d4\u2069\n" in told
    assert "\\u206" not in told and "[2J" in told and "\x1b" not in told


def test_that_the_command_knows_its_languages(files, capsys):
    assert run(["statement", "ann", *files, "--language", "xx"]) == 2
    assert "a language there is a catalogue of: de, en, es, fr" in capsys.readouterr().err


def test_that_the_beginning_is_a_page_too(files, capsys):
    assert run(["statement", "new", *files, "--html"]) == 0
    assert "Where to begin" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://evil.example", "https:\\//evil.example"),
        ("see www.evil.example", "see www\\.evil.example"),
        ("@all, look", "@\u2060all, look"),
        ("- one", "\\- one"),
        ("1. one", "1\\. one"),
        ("---", "\\---"),
        ("+15", "+15"),
        ("[a](javascript:b)", "\\[a\\](javascript:b)"),
    ],
)
def test_that_nothing_written_by_a_member_is_a_link_a_list_or_a_call_in_markdown(text, told):
    assert plain(text) == told


def test_that_every_face_tells_what_counts_for_what_is_next():
    engine = Engine(RuleBook.load("plugin:sharing"))
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    engine.record(Event(id="e1", type="kudos.given", occurred_at=at, actor="bob", recipient="ann"))
    found, means = engine.statement("ann"), "Weeks in which you read, ask or discuss five"
    for face in (markdown, page, lambda *told, book: mail(*told, book=book).as_string()):
        assert means in face(found, ENGLISH, book=engine.book)
    assert means in text(tell(found, ENGLISH, engine.book))
    assert max(map(len, text(tell(found, ENGLISH, engine.book)).splitlines())) <= 80
    assert means not in markdown(found) and means not in text(tell(found))
