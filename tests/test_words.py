"""Every language has every sentence, with its numbers and names, and none that shames anybody."""

import re
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from starlette.testclient import TestClient

import community
import wiifm
from templates import PARTS, own_words, templates
from wiifm import Engine, Event, InvalidInput, RuleBook, StoreFault, hookimpl
from wiifm.cli.app import run
from wiifm.culture.plain import markdown as culture_markdown
from wiifm.showing import markdown
from wiifm.statement import plain
from wiifm.statement.acts import earned_sentence
from wiifm.statement.rule_words import rules_in_words
from wiifm.statement.telling import tell
from wiifm.stores.urls import open_store
from wiifm.testing import shaming
from wiifm.testing.shaming import WORDS
from wiifm.web import Always, application
from wiifm.words import catalogues
from wiifm.words.catalogues import BUILT_IN, languages, speech
from wiifm.words.speech import isolate

PO = Path(wiifm.__file__).parent / "words"
PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "no-shaming.md"


def catalogue(language, part=""):
    name = f"{language}.{part}.po" if part else f"{language}.po"
    with (PO / name).open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def wanted_of(part):
    """The sentences of a part that no part before it has."""
    before = [*PARTS][: [*PARTS].index(part)]
    known = {one for other in before for one in templates(other)}
    return {one: more for one, more in templates(part).items() if one not in known}


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", BUILT_IN)
def test_that_a_language_has_every_sentence_with_all_that_is_filled_in(language, part):
    wanted, found = wanted_of(part), catalogue(language, part)
    assert len(wanted) > (40 if part == "sharing" else 80)
    plain = {each.id[0] if each.pluralizable else each.id for each in found if each.context is None}
    assert plain - {""} == set(wanted)
    for one, more in wanted.items():
        message = found[one]
        assert not message.fuzzy
        told = message.string if more else (message.string,)
        assert len(told) == (found.num_plurals if more else 1), one
        for text in told:
            assert text.strip(), one
            assert fields(text) <= fields(one) | fields(more or ""), text
        assert fields(told[-1]) == fields(more or one), one


@pytest.mark.parametrize("language", BUILT_IN)
def test_that_names_of_the_built_in_books_are_told_in_each_language(language):
    found = {(each.context, each.id) for each in catalogue(language) if each.context}
    book = wiifm.RuleBook.load("plugin:sharing")
    for badge in book.badges.values():
        assert ("badge", badge.id) in found
        assert {("tier", tier) for tier in badge.tiers if tier} <= found
    kinds = {kind.creates for kind in book.types.values()} - {"closing", None}
    sharing = {(each.context, each.id) for each in catalogue(language, "sharing") if each.context}
    assert {("object", kind) for kind in kinds} <= sharing
    assert {("rule", rule) for rule in book.rules} <= sharing
    assert {("level", level) for ladder in book.ladders.values() for level in ladder.names} <= found


def said(language, part=""):
    if language == "en":
        return [text for pair in wanted_of(part).items() for text in pair if text]
    texts = (each.string for each in catalogue(language, part) if each.id)
    return [part for text in texts for part in (text if isinstance(text, tuple) else (text,))]


@pytest.mark.parametrize("part", ["", "pages", "sharing"])
@pytest.mark.parametrize("language", ["en", *BUILT_IN])
def test_that_no_sentence_shames_anybody(language, part):
    assert len(said(language, part)) > 40
    for text in said(language, part):
        assert shaming(text, language) == [], text


@pytest.mark.parametrize("path", [each for each in PARTS["pages"] if each.suffix == ".html"])
def test_that_a_page_has_no_words_of_its_own(path):
    for line in own_words(path.read_text(encoding="utf-8")):
        told = re.sub(r"<[^>]*>?|^[^<]*>|\b(?:doctype html)\b", " ", line)
        assert not re.search(r"\w\w", told), line
        labels = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', line)
        assert not [each for each in labels if re.search(r"\w\w", each)], line


def test_that_what_shames_is_found():
    assert shaming("You lost your streak!", "en") == ["lost", "!"]
    assert shaming("Du liegst auf dem letzten Platz", "de-AT") == ["Platz"]
    assert shaming("Vous êtes en retard", "fr") == ["retard"]
    assert shaming("Te faltan tres", "es") == ["faltan"]
    assert shaming("Closer to", "en") == []


def test_that_the_page_lists_the_words():
    (rows,) = re.findall(r"<!-- words -->\n(.*?)<!-- end -->", PAGE.read_text("utf-8"), re.DOTALL)
    told = dict(re.findall(r"^\| (\w\w) \| (.*) \|$", rows, re.MULTILINE))
    assert told == {name: ", ".join(words.split()) for name, words in WORDS.items()}


def test_that_numbers_dates_and_plurals_are_those_of_the_language():
    many = ("{n} hour", "{n} hours")
    assert [speech("fr").many(*many, n) for n in (0, 1, 2)] == ["0 heure", "1 heure", "2 heures"]
    assert [speech("de").many(*many, n) for n in (0, 1, 2)] == [
        "0 Stunden",
        "1 Stunde",
        "2 Stunden",
    ]
    assert speech("de").number(12345) == "12.345" and speech().number(12345) == "12,345"
    assert speech("de").number(Decimal("1.5")) == "1,5" and speech().number(1.50) == "1.5"
    assert [speech("es").number(each) for each in (1234, 12345, Decimal("1234.50"))] == [
        "1234",
        "12.345",
        "1234,50",
    ]
    assert speech("es").day(date(2026, 5, 4)) == "4 de mayo de 2026"
    assert speech("de-CH").month(date(2026, 5, 1)) == "Mai 2026"
    assert speech("DE").language == speech("de_at").language == "de"
    assert speech("de").called("tier", "silver") == "Silber"


class Dutch:
    @hookimpl
    def wiifm_words(self, words):
        words.add("nl", 'msgid "Why?"\nmsgstr "Waarom?"\n')
        words.add("de", 'msgid "Why?"\nmsgstr "Wieso?"\n')


def test_that_a_plugin_adds_a_language_and_says_one_otherwise():
    assert languages([Dutch()]) == ("de", "en", "es", "fr", "nl")
    dutch, german = (speech(each, plugins=[Dutch()]) for each in ("nl", "de"))
    assert dutch("Why?") == "Waarom?" and dutch("What is next") == "What is next"
    assert german("Why?") == "Wieso?" and german("What is next") == "Was als Nächstes kommt"
    assert speech("de")("Why?") == "Warum?"


def test_that_a_region_is_told_by_a_plugin_and_the_rest_as_without_it():
    plugin = speaking("de-AT", 'msgid "Why?"\nmsgstr "Warum denn?"\n')
    assert languages([plugin]) == ("de", "de-AT", "en", "es", "fr")
    austrian = speech("de_at", plugins=[plugin])
    assert (
        austrian("Why?") == "Warum denn?" and austrian("What is next") == "Was als Nächstes kommt"
    )
    assert austrian.day(date(2026, 1, 1)) == "1. Jänner 2026" and austrian.number(0.5) == "0,5"
    assert speech("de-CH", plugins=[plugin])("Why?") == "Warum?"
    canadian = speech("fr-CA", plugins=[speaking("fr-CA", 'msgid "Why?"\nmsgstr "Comment ça?"\n')])
    assert canadian.purse("points", 1.5) == "point"
    assert canadian.day(date(2026, 1, 1)) == "1er janvier 2026"


def test_that_what_rules_say_is_told_in_the_language_of_a_plugin():
    book = wiifm.RuleBook.parse("""
        [book]
        id = "b"
        [event."lunch.talked"]
        fields = { topic = {} }
        [[rule]]
        id     = "talk"
        on     = "lunch.talked"
        points = 1
        say    = "You gave a talk"
        [[rule]]
        id     = "topic"
        on     = "lunch.talked"
        points = 2
        say    = "You talked on {topic}"
        means  = "talks at lunch"
    """)
    engine = wiifm.Engine(book)
    at = datetime(2026, 5, 4, tzinfo=UTC)
    for number, topic in enumerate(["prices", "taxes"]):
        data = {"topic": topic}
        engine.record(
            wiifm.Event(id=topic, type="lunch.talked", occurred_at=at, actor="ann", data=data)
        )
        told = markdown(engine.statement("ann"), speech("nl", plugins=[Talks()]))
        assert "Je hield een praatje" in told
        assert ("praatjes bij de lunch (2" if number else "You talked on prices") in told


class Talks:
    @hookimpl
    def wiifm_words(self, words):
        words.add("nl", 'msgid "You gave a talk"\nmsgstr "Je hield een praatje"\n')
        words.add("nl", 'msgid "talks at lunch"\nmsgstr "praatjes bij de lunch"\n')


class Wrong:
    @hookimpl
    def wiifm_words(self, words):
        words.add("Dutch!", "")
        words.add("nl", 5)
        words.add("sv", 'msgid "Why?\n')


def test_that_what_is_wrong_with_a_language_is_told():
    faults = (
        wiifm.plugins.find_plugins([Wrong()], hooks={"wiifm_words"}).contributions["Wrong"].faults
    )
    told = "\n".join(map(str, faults))
    assert "'Dutch!', expected a language such as 'nl'" in told and "found 5" in told
    with pytest.raises(
        InvalidInput, match=r"plugin 'Wrong': words of 'sv', line 1: found .*, expected a g"
    ):
        speech("sv", plugins=[Wrong()])
    with pytest.raises(InvalidInput, match=r"found 'nl', expected a language [\s\S]*'nl': found 5"):
        speech("nl", plugins=[Wrong()])
    with pytest.raises(InvalidInput, match="did you mean 'de'"):
        speech("dee")


def speaking(language, po):
    class Plugin:
        @hookimpl
        def wiifm_words(self, words):
            words.add(language, po)

    return Plugin()


BADGE = 'msgctxt "badge"\n'
PEOPLE = 'msgid "{n} person"\nmsgid_plural "{n} people"\n'


@pytest.mark.parametrize(
    ("language", "po", "told"),
    [
        ("nl", "garbage", "words of 'nl', line 1: found 'garbage', expected a gettext catalogue (.po): on each line"),
        ("nl", '# ok\nmsgid "Why?"\n\nmsgstr "Waarom', """line 4: found 'msgstr "Waarom', expected a gettext catalogue"""),
        ("nl", 'msgid "Why?"\nmsgstr "Waarom\\"\n', "line 2: found 'msgstr"),
        ("nl", 'msgid "Why?"\nmsgstr "Wie "u" hielp"\n', "line 2: found 'msgstr"),
        ("nl", '\nmsgid "Why?"\nmsgid "Who?"\nmsgstr "Wie?"', "line 2: found missing msgstr for msgid 'Why?'"),
        ("nl", PEOPLE + 'msgstr[0] "{n:d} mens"', "msgid '{n} person': found '{n:d} mens', expected no braces beside {n}"),
        ("nl", PEOPLE + 'msgstr[0] "{n}"\nmsgstr[1] "{n!r} mensen"', "found '{n!r} mensen', expected no braces beside {n}"),
        ("nl", PEOPLE + 'msgstr[0] "{n.real} mens"', "found '{n.real} mens', expected no braces beside {n}"),
        ("nl", 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=x;\\n"\n', "invalid token in plural"),
        ("nl", 'msgid ""\nmsgstr "Content-Type: text/plain; charset=nowhere\\n"\n', "encoding: nowhere"),
        ("nl", 'msgid "By topic: {topics}"\nmsgstr "Over {thema}"', "found 'Over {thema}', expected no braces beside {topics}"),
        ("nl", 'msgid "Why?"\nmsgstr "Waar{om?"', "msgid 'Why?': found 'Waar{om?', expected no braces"),
        ("nl", "", "words of 'nl': found no msgid, expected a gettext catalogue (.po) with at least one msgid"),
        ("nl", 'msgid ""\nmsgstr "Language: nl\\n"\n', "found no msgid, expected"),
        ("nl", '# a\nmsgid "Why?"\nmsgstr "A"\n\nmsgid ""\n"Why"\n"?"\nmsgstr "B"', "line 5: found msgid 'Why?' again, expected only the one in line 2"),
        ("nl", PEOPLE + 'msgstr[0] "{n}"\nmsgid "{n} person"\nmsgstr "{n}"', "line 4: found msgid '{n} person' again"),
        ("nl", 'msgid ""\nmsgstr ""\nmsgid "Why?"\nmsgstr "A"\nmsgid ""\nmsgstr ""', "line 5: found a second header, expected only the one in line 1"),
        ("nl", BADGE + 'msgid "a"\nmsgstr "A"\n' + BADGE + '# b\nmsgid "a"\nmsgstr "B"', "line 6: found msgid 'a' again"),
        ("nl", 'msgctxt "bagde"\nmsgid "a"\nmsgstr "A"', "msgid 'a', msgctxt: found 'bagde', expected one of badge, tier, level, ladder, rule, purse, object, field, campaign; did you mean 'badge'?"),
        ("nl", BADGE + PEOPLE + 'msgstr[0] "A"', "msgid '{n} person': found a msgid_plural, expected only one form of the name of a badge"),
        ("nl-BE", "garbage", "words of 'nl-BE', line 1: found 'garbage'"),
        ("nl-foo9", 'msgid "Why?"\nmsgstr "?"', "found 'nl-foo9', expected a language that Babel knows"),
        ("xx", 'msgid "Why?"\nmsgstr "?"', "words of 'xx': found 'xx', expected a language that Babel knows"),
    ],
)  # fmt: skip
def test_that_a_catalogue_that_cannot_be_told_is_a_fault_of_its_plugin(language, po, told):
    """Whoever speaks the language is told before anything is said, not in the middle of a page."""
    with pytest.raises(InvalidInput) as caught:
        speech(language, plugins=[speaking(language, po)])
    (fault,) = map(str, caught.value.faults)
    assert fault.startswith("plugin 'Plugin': words of ") and told in fault


def test_that_the_same_msgid_in_several_contexts_is_no_repetition():
    po = "".join(
        f'{context}msgid "guide"\nmsgstr "{number}"\n\n#~ msgid "guide"\n#~ msgstr "old"\n\n'
        for number, context in enumerate([BADGE, "", 'msgctxt "level"\n'])
    )
    dutch = speech("nl", plugins=[speaking("nl", po)])
    assert (dutch.called("badge", "guide"), dutch("guide")) == ("0", "1")
    assert dutch.called("level", "guide") == "2"


def test_that_the_list_of_plugins_tells_of_words_that_cannot_be_told(install, capsys):
    install(
        "dutch",
        "from wiifm import hookimpl\n@hookimpl\ndef wiifm_words(words): words.add('nl', 'x')",
    )
    assert run(["plugins"]) == 1
    assert "wrong     plugin 'dutch' (wiifm-dutch 1.0): words of 'nl'" in capsys.readouterr().out


def test_that_what_a_plugin_that_is_off_would_have_had_names_it(install, monkeypatch):
    install("dutch", "from wiifm import hookimpl")
    monkeypatch.setenv("WIIFM_PLUGINS", "none")
    off = r"\(plugins that are switched off: dutch\)$"
    with pytest.raises(InvalidInput, match=off):
        speech("nl")
    with pytest.raises(StoreFault, match=off):
        open_store("windmill:acme")


def test_that_a_language_without_the_extra_names_it(monkeypatch):
    catalogues._translations.cache_clear()
    monkeypatch.setitem(sys.modules, "babel.messages.mofile", None)
    with pytest.raises(InvalidInput, match=r"pip install 'wiifm\[words\]'"):
        speech("de")
    assert speech("en")("Why?") == "Why?"


def test_that_a_text_from_outside_turns_nothing_around_it():
    """Hebrew and Arabic names stand apart in a sentence, and no mark in a name has the rest of it run backwards (UAX 9)."""
    names = {
        "n": "\u05e0\u05d5\u05e2\u05d4",
        "evil": "raj\u202e txet",
        "both": "\u2069\u202e\u0641",
    }
    told = speech("en", names.__getitem__)
    assert (
        told.people(names)
        == "\u2068\u05e0\u05d5\u05e2\u05d4\u2069, raj txet and \u2068\u0641\u2069"
    )
    assert told.quote("\u202eabc") == "“abc”"
    hebrew = told("{a} on {b}", a="\u05e0", b="\u202eb")
    assert hebrew == "\u2068\u05e0\u2069 on b" == told("{said}", said=hebrew)
    assert isolate("\u2068" * 9 + "a" + "\u2069" * 9) == isolate("a\u2069") == "a"


def test_that_each_language_joins_and_counts_as_it_is_spoken():
    spanish, french = speech("es"), speech("fr")
    assert spanish.listed(["Ana", "Ida"]) == "Ana e Ida"
    for name in ("Hielo", "Ian", "Iolanda", "Yago"):
        assert spanish.listed(["Ana", name]) == f"Ana y {name}"
    for name in ("Inés", "Íñigo", "Hilda", "Yves"):
        assert spanish.listed(["Ana", name]) == f"Ana e {name}"
    assert spanish.listed(["Noor y Ana", "Iris"]) == "Noor y Ana e Iris"
    assert (
        french.day(date(2026, 5, 1)) == "1er mai 2026" and french.day(date(2026, 5, 11))[0] == "1"
    )
    assert (french.purse("points", 1.5), french.purse("points", 2.5)) == ("point", "points")
    assert (speech("en").purse("points", -1), speech("en").purse("points", 1.5)) == (
        "point",
        "points",
    )


def test_that_whoever_is_told_of_stands_where_no_case_is_asked_for():
    """A list of people ends with how many others there are, which German declines; and nothing is said of them that it would not."""
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(community.events())
    found = engine.statement("Ann")
    german, spanish = (plain.text(tell(found, speech(name))).split() for name in ("de", "es"))
    said = " ".join(german)
    assert "Du hast 54 Fragen beantwortet: Raj, Zoe, Eve und 8 weitere Personen" in said
    assert not re.search(r"\b(von|mit|bei|zu|aus|für) \w+(, \w+)* und \d+ weitere", said)
    assert "2 unidades alcanzadas además de la tuya" in " ".join(spanish)


def test_that_french_has_a_space_before_a_semicolon():
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(community.events())
    found = plain.text(tell(engine.statement("Ann"), speech("fr")))
    found += culture_markdown(engine.culture(), speech("fr"))
    assert len(re.findall("[ \u00a0\u202f\\n];", found)) >= 2 and not re.search(r"\w;", found)


TALKS = """
[book]
id = "talks"
[event."talk.given"]
means = "Somebody gives a talk."
requires = ["actor"]
fields = { topic = { type = "text", required = true } }
[[rule]]
id = "talk"
on = "talk.given"
points = 2
say = "You gave a talk on {topic}"
means = "For talks"
"""
DUTCH_TALKS = """
msgid "You gave a talk on {topic}"
msgstr "U hield een praatje over {topic}"

msgid "For talks"
msgstr "Voor praatjes"
"""


@pytest.mark.parametrize(
    ("topics", "told"),
    [(["cats"], "You gave a talk on cats"), (["cats", "dogs"], "Voor praatjes (2 times)")],
)
def test_that_a_sentence_with_a_field_is_translated_in_the_list_of_rules_only(topics, told):
    dutch = speech("nl", plugins=[speaking("nl", DUTCH_TALKS)])
    engine = Engine(RuleBook.parse(TALKS))
    for topic in topics:
        at = datetime(2026, 5, 4, 9, tzinfo=UTC)
        data = {"topic": topic}
        talk = wiifm.Event(id=topic, type="talk.given", occurred_at=at, actor="raj", data=data)
        engine.record(talk)
    (earned,) = engine.statement("raj").earned
    assert earned_sentence(dutch, earned) == told
    (rule,) = rules_in_words(engine.book, dutch)
    assert (rule.title, rule.means) == ("U hield een praatje over …", "Voor praatjes")


@pytest.mark.parametrize(
    ("language", "whole", "broken"),
    [("en", "70", "47.80"), ("de", "70", "47,80"), ("fr", "70", "47,80")],
)
def test_that_money_has_all_its_decimals_or_none(language, whole, broken):
    told = speech(language)
    assert (told.number(Decimal("70.00")), told.number(Decimal("47.80"))) == (whole, broken)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "raj liked your answer"),
        ("de", "raj mag etwas von dir (Antwort)"),
        ("fr", "raj a aimé votre réponse"),
        ("es", "A raj le gustó tu respuesta"),
    ],
)
def test_that_the_sentence_of_an_entry_calls_things_by_words_of_its_language(language, told):
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(
        [
            Event(id="q", type="question.asked", occurred_at=at, actor="mia", object="q"),
            Event(id="a", type="answer.posted", occurred_at=at, actor="ann", object="a", in_reply_to="q"),
            Event(id="l", type="object.liked", occurred_at=at, actor="raj", object="a"),
        ]
    )  # fmt: skip
    app = application(engine, who=Always("ann"), language=language)
    with TestClient(app) as page:
        assert told in page.get("/why?line=earned.points.liked&over=all").text


def test_that_a_meeting_with_a_mentee_is_not_called_progress():
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(
        [
            Event(id="a", type="mentoring.started", occurred_at=at, actor="ann", recipient="raj"),
            Event(id="b", type="mentoring.session", occurred_at=at, actor="ann", recipient="raj"),
        ]
    )
    assert "+10  A colleague you mentor had a mentoring session: raj" in str(
        engine.statement("ann")
    )


def test_that_the_largest_purse_comes_first_and_topics_are_told_by_purse():
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(
        Event(id=f"{who}{n}", type="document.contributed", occurred_at=at, actor=who, object=f"d{who}{n}", topics=[f"t{n}"])
        for who in ("raj", "ann")
        for n in range(2)
    )  # fmt: skip
    engine.record_many(
        Event(id=f"r{n}", type="object.read", occurred_at=at, actor="ann", object=f"draj{n}") for n in range(2)
    )  # fmt: skip
    told = str(engine.statement("ann"))
    assert "10 points · 0.2 learning" in told
    assert "By topic: t0 5, t1 5" in told and "By topic: t0 0.1, t1 0.1" in told
    assert told.index("You shared 2 things") < told.index("You read 2 things")


def test_that_one_of_several_purses_beside_one_is_a_point():
    book = RuleBook.parse("""
    [book]
    id = "b"
    [purse.points]
    [purse.stars]
    [[rule]]
    id = "asked"
    on = "question.asked"
    points = 1
    [[rule]]
    id = "shared"
    on = "post.shared"
    points = -1
    [[rule]]
    id = "learned"
    on = "question.asked"
    purse = "stars"
    points = 1
    """)
    engine = Engine(book)
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    for kind in ("question.asked", "post.shared"):
        engine.record(Event(id=kind, type=kind, occurred_at=at, actor="ann", object=kind))
    told = str(engine.statement("ann"))
    assert "+1 point  You asked" in told and "+1 stars  You asked" in told
    assert "-1 point  Adjusted" in told
