"""What the conditions of rules and badges are in words."""

import pytest

from wiifm import RuleBook
from wiifm.event_types import Field
from wiifm.statement.conditions import condition, fields_of
from wiifm.words.catalogues import speech

FIELDS = {
    "words": Field("integer", means="how long it is"),
    "minutes": Field("number"),
    "title": Field(),
    "kind": Field(),
    "changed_keys": Field("texts"),
    "accepted": Field("flag", means="whether the asker accepted it"),
    "wiki": Field("flag", means="The post is a wiki: nobody owns it."),
}


@pytest.mark.parametrize(
    "where",
    [
        "object_type != 'answer'",
        "hour < 1",
        "hour >= 24",
        "hour >= 0",
        "hour < true",
        "hour == words",
        "9 <= hour <= day",
        "hour < 'nine'",
        "hour in [9, 12]",
        "18 <= hour < 9",
        "9 <= day < 18",
        "not object_type == 'answer'",
        "object_type == 'answer' == true",
        "object_type == 'answer' and unknown > 9",
        "(accepted or words > 9) and hour < 9",
        "object == 'answer'",
        "actor == 'ann'",
        "len(text) <= 20",
        "len(title) >= 20",
        "len(text) >= 2.5",
        "actor == recipient",
        "words > len(title)",
        "words > minutes",
        "words * 2 > 9",
        "words",
        "accepted == false",
        "kind in [title, 'idea']",
        "kind in []",
        "not (words > 9)",
        "across_units == false",
        "actor_unit != 'Lab'",
        "actor_unit == recipient_unit",
        "object_type in ['answer', words]",
        "object_type not in ['answer', 'post']",
        "object_type in []",
        "place == 2",
        "place > 1",
        "place <= 0",
        "place == true",
        "community == ''",
        "minutes > 0.0004",
        "minutes < 1e27",
        "minutes == 1234567.8912",
    ],
)
def test_that_a_condition_that_no_words_say_exactly_has_none(where):
    assert condition(where, FIELDS) == ""


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("len(text) >= 20", "if the text has at least 20 characters"),
        ("len(text) > 0", "if the text has at least 1 character"),
        ("actor != recipient", "if it is for somebody else"),
        ("recipient != actor", "if it is for somebody else"),
        ("weekday <= 5", "from Monday to Friday"),
        ("weekday >= 6", "at the weekend"),
        ("weekday in [6, 7]", "at the weekend"),
        ("weekday == 1", "on Mondays"),
        ("2 <= weekday < 5", "on Tuesdays, Wednesdays and Thursdays"),
        ("month == 12", "in December"),
        ("6 <= month <= 8", "in June, July and August"),
        ("hour < 9", "before 9:00"),
        ("hour <= 8", "before 9:00"),
        ("hour >= 18", "from 18:00 on"),
        ("hour == 12", "between 12:00 and 13:00"),
        ("hour >= 22 or hour < 6", "from 22:00 on or before 6:00"),
        ("weekday <= 5 and 9 <= hour < 18", "from Monday to Friday and between 9:00 and 18:00"),
        ("object_type == 'answer' and hour < 9", "if it is about an answer and before 9:00"),
        ("object_type == 'spaceship'", "if it is about something of the kind “spaceship”"),
        ("words >= 1200", "if “words” is at least 1,200"),
        ("9 < words", "if “words” is more than 9"),
        ("words == -1", "if “words” is -1"),
        ("50 <= words < 70", "if “words” is at least 50 and if “words” is smaller than 70"),
        ("words == null or words > 0", "if “words” isn't given or if “words” is more than 0"),
        ("words != null and words != 3", "if “words” is given and if “words” isn't 3"),
        ("words in [1, 3]", "if “words” is one of 1 and 3"),
        ("kind == 'idea'", "if “kind” is “idea”"),
        ("kind != 'idea'", "if “kind” isn't “idea”"),
        ("kind not in ['idea', 'plan']", "if “kind” is none of “idea” and “plan”"),
        ("'gpg_keyid' in changed_keys", "if “changed keys” includes “gpg_keyid”"),
        ("'gpg_keyid' not in changed_keys", "if “changed keys” doesn't include “gpg_keyid”"),
        ("accepted", "if it is marked as “accepted”"),
        ("accepted == true", "if it is marked as “accepted”"),
        ("not accepted", "unless it is marked as “accepted”"),
        ("wiki and words > 9", "if the post is a wiki and if “words” is more than 9"),
        ("not wiki", "unless the post is a wiki"),
        ("across_units", "if it goes from one unit to another"),
        ("not across_units", "if it doesn't go from one unit to another"),
        ("actor_unit == 'Lab'", "if it comes from Lab"),
        (
            "recipient_unit == 'Lab' and community == 'Makers'",
            "if it goes to Lab and if it is in the community Makers",
        ),
        (
            "object_type in ['answer', 'post']",
            "if it is about an answer or if it is about a post",
        ),
        ("place == 1", "if it is the first"),
        ("place < 2", "if it is the first"),
        ("place <= 3", "if it is among the first 3"),
        ("place < 4", "if it is among the first 3"),
    ],
)
def test_that_a_frequent_condition_is_said_in_words(where, told):
    assert condition(where, FIELDS) == told


@pytest.mark.parametrize(
    ("where", "german", "french", "spanish"),
    [
        (
            "words >= 1200",
            "wenn „Wörter“ mindestens 1.200 ist",
            "si «\xa0mots\xa0» vaut 1\u202f200 ou plus",
            "si «palabras» es 1200 como mínimo",
        ),
        (
            "weekday in [1, 3]",
            "montags und mittwochs",
            "le lundi et le mercredi",
            "los lunes y los miércoles",
        ),
        ("month in [6, 7]", "im Juni und Juli", "en juin et juillet", "en junio y julio"),
        (
            "not wiki",
            "außer wenn „the post is a wiki“ zutrifft",
            "sauf si «\xa0the post is a wiki\xa0» est vrai",
            "salvo si se cumple «the post is a wiki»",
        ),
        (
            "kind in ['a', 'b'] and accepted",
            "wenn „kind“ einer der Werte „a“ und „b“ ist und wenn es als „accepted“ gekennzeichnet ist",
            "si «\xa0kind\xa0» prend l\u2019une des valeurs «\xa0a\xa0» et «\xa0b\xa0» et si c\u2019est marqué comme «\xa0accepted\xa0»",
            "si «kind» es uno de los valores «a» y «b» y si está marcado como «accepted»",
        ),
    ],
)
def test_that_a_condition_is_said_in_each_language(where, german, french, spanish):
    said = [condition(where, FIELDS, speech(each)) for each in ("de", "fr", "es")]
    assert said == [german, french, spanish]


def test_that_a_condition_never_tells_the_profile_of_a_member():
    book = RuleBook.load("plugin:sharing")
    types = [book.types["member.joined"]]
    assert condition("manager == 'ann'", fields_of(types)) == ""


def test_that_a_condition_never_tells_a_rank():
    fields = fields_of([RuleBook.parse("[book]\nid = 'b'").types["campaign.paid"]])
    assert condition("rank == 1", fields) == ""
    assert condition("amount > 0", fields) == "if “amount” is more than 0"
