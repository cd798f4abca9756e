"""What rules give, in words."""

import pytest

from wiifm import RuleBook
from wiifm.statement.rule_words import rules_in_words
from wiifm.words.catalogues import speech

HEAD = "[book]\nid = 'b'\n[purse.points]\n[event.told]\nrequires = 'recipient'\n[event.told.fields]\nlong = { type = 'flag' }\nwords = { type = 'integer' }\n"
RULE = "[[rule]]\nid = 'r'\non = 'told'\npoints = \"{}\"\n"


def told(points, language="en"):
    """What a rule for so many points gives, and which formula the page shows."""
    (rule,) = rules_in_words(RuleBook.parse(HEAD + RULE.format(points)), speech(language))
    return rule.gives, rule.formula


@pytest.mark.parametrize(
    ("points", "gives"),
    [
        ("10 if across_units else 5", "5 points; if it goes from one unit to another: 10 points"),
        ("3 if weekday > 5 else 1", "1 point; at the weekend: 3 points"),
        (
            "10 if not across_units else 5",
            "5 points; if it doesn't go from one unit to another: 10 points",
        ),
        ("words", "as much in points as “words” says"),
        (
            "1 if words == null else words",
            "as much in points as “words” says; if “words” isn't given: 1 point",
        ),
        (
            "words // 50 if long else words * 0.5",
            "0.5 points times “words”; if it is marked as “long”: 1 point for every 50 (“words”)",
        ),
        ("words * 2", "2 points times “words”"),
        ("1 * words", "1 point times “words”"),
        ("words // 50", "1 point for every 50 (“words”)"),
        ("0.5 if long else 0", "0 points; if it is marked as “long”: 0.5 points"),
        ("10 if long else -5", "-5 points; if it is marked as “long”: 10 points"),
        (
            "words + 1 if across_units else 5",
            "5 points; if it goes from one unit to another: as much in points as “words” says, and 1 point",
        ),
        ("5 + words // 10", "5 points, and 1 point for every 10 (“words”)"),
        ("words / 60", "1 point for every 60 (“words”), in proportion"),
        ("-words", "-1 point times “words”"),
    ],
)
def test_that_one_of_two_amounts_is_told_with_its_condition(points, gives):
    assert told(points) == (gives, "")


@pytest.mark.parametrize(
    "points",
    [
        "words / -50",
        "words + hour",
        "words // 0.5",
        "words * -2",
        "words * words",
        "10 if across_units else 5 if long else 1",
    ],
)
def test_that_any_other_amount_is_told_as_its_formula(points):
    assert told(points) == (f"points: {points}", points)


@pytest.mark.parametrize(
    ("language", "gives"),
    [
        ("de", "2 Punkte, und 1 Punkt für je 60 („Wörter“), anteilig"),
        ("fr", "2 points, et 1 point par tranche de 60 («\xa0mots\xa0»), au prorata"),
        ("es", "2 puntos, y 1 punto por cada 60 («palabras»), en proporción"),
    ],
)
def test_that_a_sum_is_told_in_each_language(language, gives):
    assert told("2 + words / 60", language) == (gives, "")


@pytest.mark.parametrize("points", ["6 // place", "6 / place"])
def test_that_an_amount_that_is_shared_out_by_place_is_told(points):
    gate = "gate = { of = 'in_reply_to', times = 3 }"
    rule = f"[[rule]]\nid = 'r'\non = 'answer.posted'\npoints = '{points}'\n{gate}"
    (found,) = rules_in_words(RuleBook.parse(f"[book]\nid = 'b'\n{rule}"))
    told = "6 points for the first, and a smaller part of it for each that follows"
    assert (found.gives, found.formula) == (told, "")


def test_that_an_amount_by_a_field_called_place_is_told_as_its_formula():
    event = "[event.raced]\nrequires = ['actor']\nfields = { place = { type = 'integer' } }"
    rule = "[[rule]]\nid = 'r'\non = 'raced'\npoints = '6 // place'"
    (found,) = rules_in_words(RuleBook.parse(f"[book]\nid = 'b'\n{event}\n{rule}"))
    assert found.formula == "6 // place"


def test_that_it_is_told_in_each_language():
    points = "10 if across_units else 5"
    assert [told(points, each)[0] for each in ("de", "fr", "es")] == [
        "5 Punkte; wenn es von einem Bereich in einen anderen geht: 10 Punkte",
        "5 points\xa0; si cela va d\u2019une unité à une autre\xa0: 10 points",
        "5 puntos; si va de una unidad a otra: 10 puntos",
    ]


@pytest.mark.parametrize(
    ("more", "bounds"),
    [
        (
            "to = 'recipient'\nweaker = { mutual = 0.5, within = '12 hours' }",
            ("50% of it if it is given back within 12 hours",),
        ),
        (
            "to = 'recipient'\nweaker = { mutual = 0, reporting = 0.25 }",
            (
                "nothing if it is given back within 30 days",
                "25% of it between managers and those who report to them",
            ),
        ),
        (
            "to = 'former_mentor'\nfade = { share = 0.5, per = '7 days', times = 3 }",
            (
                "after the mentoring ended, all of it at first (7 days), "
                "then each time 50% of the last; for 21 days",
            ),
        ),
        (
            "to = 'former_mentor'\nfade = { share = 0.5, per = '30 days', times = 1 }",
            ("all of it after the mentoring ended; for 30 days",),
        ),
        (
            "gate = { of = 'recipient', times = 9, distinct = 'actor' }",
            ("9 times for each receiver; each giver counts once",),
        ),
        (
            "gate = { of = 'actor', points = 5, per = 'month', carry = 2 }",
            ("5 points a month for each giver; up to 2 points of what is left is carried over",),
        ),
        (
            "gate = { of = 'actor', times = 5, per = 'week', carry = 1 }",
            ("5 times a week for each giver; up to 1 of what is left is carried over",),
        ),
    ],
)
def test_that_what_makes_an_amount_smaller_is_told(more, bounds):
    text = f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'kudos.given'\npoints = 4\n{more}"
    (rule,) = rules_in_words(RuleBook.parse(text))
    assert rule.bounds == bounds


def test_that_steps_are_told_with_what_each_is_worth():
    graded = "graded = { by = 'count', steps = [[3, 5], [10, 15]] }"
    text = f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'object.liked'\nto = 'recipient'\n{graded}"
    (rule,) = rules_in_words(RuleBook.parse(text))
    assert rule.gives == (
        "5 points from 3 on and 15 points from 10 on, by everything that happens to one contribution"
    )
