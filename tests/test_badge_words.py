"""What badges are for, in words."""

import pytest

from wiifm import RuleBook
from wiifm.statement.badge_words import badge_means
from wiifm.words.catalogues import speech

HEAD = """
[book]
id = "b"
zone = "Europe/Paris"
[purse.points]
[purse.water]
[event."pr.merged"]
means = "PR merged."
requires = ["actor"]
fields = { lines = { type = "integer" }, files = { type = "integer" }, kind = {} }
[event."site.pushed"]
means = "GitHub got a push."
requires = ["actor"]
[event."rover.landed"]
means = "Somebody's rover landed."
requires = ["actor"]
[event."ticket.closed"]
means = "IT closes a ticket."
requires = ["actor"]
[event."wiki.made"]
means = "The wiki of NASA has a new page."
requires = ["actor"]
"""
RATIO = "ratio = [{ count = 'answer.accepted', to = 'recipient' }, { count = 'answer.posted', at_least = 10 }]"


def means(badge, language="en"):
    """What a badge of these keys is for."""
    book = RuleBook.parse(f"{HEAD}\n[[badge]]\nid = 'b'\n{badge}")
    return badge_means(book, book.badges["b"], speech(language))


def test_that_all_that_a_ratio_takes_is_in_one_pair_of_brackets():
    asked = "How often: the asker says that an answer solved their question; for each of: how often: somebody answers a question"
    alone = means(f"{RATIO}\nat_least = 0.5\nover = 'last 30 days'")
    assert alone == f"{asked} (at least 10, within 30 days)"
    both = means(f"all_of = [{{ {RATIO}, at_least = 0.5 }}, {{ count = 'post.shared' }}]")
    assert both.startswith(f"{asked} (at least 10, as a ratio at least 0.5); and: ")
    least = "(mindestens 10, als Verhältnis mindestens 0,5)"
    assert least in means(
        f"all_of = [{{ {RATIO}, at_least = 0.5 }}, {{ count = 'post.shared' }}]", "de"
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "How often: somebody asks a question, or somebody answers a question, in each case if it is in the community x"),
        ("de", "Wie oft: jemand fragt, oder jemand beantwortet eine Frage, jeweils wenn es in der Community x ist"),
        ("fr", "Combien de fois\xa0: quelqu\u2019un pose une question, ou quelqu\u2019un répond à une question, dans chaque cas si c\u2019est dans la communauté x"),
        ("es", "Cuántas veces: alguien pregunta, o alguien responde a una pregunta, en cada caso si es en la comunidad x"),
    ],
)  # fmt: skip
def test_that_a_condition_of_several_event_types_is_told_of_each(language, told):
    badge = (
        "count = ['question.asked', 'answer.posted']\nwhere = \"community == 'x'\"\nat_least = 5"
    )
    assert means(badge, language) == told


@pytest.mark.parametrize(
    ("badge", "told"),
    [
        ("sum = 'lines'", "Total (“lines”): PR merged"),
        (
            "sum = 'lines + 5 * files'",
            "Total (computed from “lines” and “files”): PR merged",
        ),
        ("max = 'lines // files'", "Highest value (computed from “lines” and “files”): PR merged"),
        ("distinct = 'kind'", "Number of different values (“kind”): PR merged"),
        ("distinct = 'hour'", "Number of different values: PR merged"),
        ("sum = 'hour'", "Total: PR merged"),
    ],
)
def test_that_what_is_measured_is_told(badge, told):
    assert means(f"{badge}\non = 'pr.merged'\nat_least = 5") == told


def test_that_different_values_are_asked_for_whatever_their_gender():
    badge = "distinct = 'kind'\non = 'pr.merged'\nat_least = 5"
    assert [means(badge, each).partition(" (")[0] for each in ("de", "fr", "es")] == [
        "Wie viele verschiedene Werte",
        "Combien de valeurs différentes",
        "Cuántos valores distintos",
    ]


def test_that_different_objects_are_called_what_they_are():
    told = means("distinct = 'object'\non = 'post.shared'\nat_least = 5")
    assert told == "How many contributions: somebody shares what they know or found"


def test_that_only_an_ordinary_first_word_begins_with_a_small_letter():
    types = ["pr.merged", "site.pushed", "rover.landed", "ticket.closed", "wiki.made"]
    assert means(f"count = {types}\nat_least = 5") == (
        "How often: PR merged, or GitHub got a push, or somebody's rover landed, or IT closes a ticket, or the wiki of NASA has a new page"
    )
    grouped = means("groups = 'week'\neach = { count = 'pr.merged' }\nat_least = 5")
    assert grouped == "How many weeks: PR merged"


def test_that_the_time_of_day_is_told_unless_it_is_midnight_in_the_zone_of_the_book():
    badge = "count = 'pr.merged'\nat_least = 5\n"
    assert means(f"{badge}since = 2026-05-04T07:30:00Z\nuntil = 2026-05-05T18:00:00") == (
        "How often: PR merged (since 4 May 2026, 09:30 CEST, until 5 May 2026, 18:00 CEST)"
    )
    assert means(f"{badge}since = 2026-05-03T22:00:00Z\nuntil = 2026-05-06") == (
        "How often: PR merged (since 4 May 2026, until 5 May 2026)"
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["How much you earned in water", "How much your unit earned in points", "How much your community earned in points"]),
        ("de", ["Wie viel du als water bekommen hast", "Wie viel dein Bereich als Punkte bekommen hat", "Wie viel deine Community als Punkte bekommen hat"]),
        ("fr", ["Combien vous avez reçu en water", "Combien votre unité a reçu en points", "Combien votre communauté a reçu en points"]),
        ("es", ["Cuánto recibiste en water", "Cuánto recibió tu unidad en puntos", "Cuánto recibió tu comunidad en puntos"]),
    ],
)  # fmt: skip
def test_that_what_was_earned_is_told_of_whoever_earned_it(language, told):
    earned = (
        "earned = 'water'",
        "earned = 'points'\nto = 'unit'",
        "earned = 'points'\nto = 'community'",
    )
    assert [means(f"{each}\nat_least = 5", language) for each in earned] == told
    days = means(
        "groups = 'day'\neach = { earned = 'points', at_least = 2 }\nto = 'unit'\nat_least = 5"
    )
    assert days == "How many days: how much your unit earned in points (at least 2 each)"


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "once for each"), ("de", "einmal je"), ("fr", "une fois pour chaque"), ("es", "una vez por cada")],
)  # fmt: skip
@pytest.mark.parametrize("per", ["object", "in_reply_to", "topic", "community", "person", "pair"])
def test_that_a_badge_for_each_of_something_says_so(per, language, told):
    badge = f"count = 'kudos.given'\nper = '{per}'\nat_least = 5\n"
    assert f"{told} " in means(f"{badge}again = '{per}'", language)
    assert f"{told} " not in means(badge, language)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "on Saturdays or before 9:00"), ("de", "samstags oder vor 9 Uhr"), ("fr", "le samedi ou avant 9 h"), ("es", "los sábados o antes de las 9:00")],
)  # fmt: skip
def test_that_of_two_conditions_either_is_told_without_a_comma(language, told):
    badge = "count = 'post.shared'\nat_least = 5\nwhere = "
    assert means(f"{badge}'weekday == 6 or hour < 9'", language).endswith(f", {told}")
    three = means(f"{badge}'weekday == 6 and hour < 9 or weekday == 7'")
    assert three.endswith(", on Saturdays and before 9:00, or on Sundays")
