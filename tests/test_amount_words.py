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
        ("0.5 if long else 0", "0 points; if it is marked as “long”: 0.5 points"),
    ],
)
def test_that_one_of_two_amounts_is_told_with_its_condition(points, gives):
    assert told(points) == (gives, "")


@pytest.mark.parametrize(
    "points",
    [
        "words // 50",
        "words if across_units else 5",
        "10 if across_units else -5",
        "10 if not across_units else 5",
        "10 if across_units else 5 if long else 1",
    ],
)
def test_that_any_other_amount_is_told_as_its_formula(points):
    assert told(points) == (f"points: {points}", points)


def test_that_it_is_told_in_each_language():
    points = "10 if across_units else 5"
    assert [told(points, each)[0] for each in ("de", "fr", "es")] == [
        "5 Punkte; wenn es von einem Bereich in einen anderen geht: 10 Punkte",
        "5 points\xa0; si cela va d\u2019une unité à une autre\xa0: 10 points",
        "5 puntos; si va de una unidad a otra: 10 puntos",
    ]
