"""Who was forgotten is known by their pseudonym, and who isn't named by a number; a member may have an id that looks nearly like either."""

import copy
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Engine, Event, Holder, RuleBook, forget
from wiifm.outbox.rounds import notices_of
from wiifm.pseudonyms import Numbered, is_named, is_pseudonym, pseudonym
from wiifm.statement.telling import tell
from wiifm.statement.view import About
from wiifm.stores.memory import MemoryStore
from wiifm.words.catalogues import speech

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
BOOK = RuleBook.load("plugin:sharing")
QUIET = RuleBook.parse(
    """
    [book]
    id = "quiet"
    use = ["sharing"]
    individuals = false

    [[badge]]
    id = "friends"
    count = "kudos.given"
    to = "recipient"
    per = "person"
    again = "person"
    at_least = 1
    """
)
NAMED = QUIET.dumps().replace("individuals = false", "individuals = true")
LIKE_PSEUDONYMS = [
    "forgotten-hope",
    "forgotten-",
    "forgotten-12ab",
    "forgotten-0123456789abcdef0",
    "forgotten-0123456789ABCDEF",
    "forgotten-0123456789abcdef\u200b",
    "not-forgotten-0123456789abcdef",
    "colleague 7",
]


def on(number, kind, actor, **more):
    at = START + timedelta(minutes=number)
    return Event(id=f"e{number}", type=kind, occurred_at=at, actor=actor, **more)


def life(member):
    """A member joins, is thanked, shares, asks, and thanks ann, who is of the same unit."""
    return [
        on(0, "member.joined", member, data={"unit": "Sales"}),
        on(1, "member.joined", "ann", data={"unit": "Sales"}),
        on(2, "member.joined", "new", data={"unit": "Sales"}),
        on(3, "kudos.given", "ann", recipient=member, data={"text": "for the note"}),
        on(4, "post.shared", member, object="p", topics=("pricing",)),
        on(5, "kudos.given", member, recipient="ann", data={"text": "for your patience"}),
    ]


@pytest.mark.parametrize("member", LIKE_PSEUDONYMS)
def test_that_a_member_may_be_called_nearly_so(member):
    assert not is_pseudonym(member) and is_named(member)
    engine = Engine(BOOK)
    receipts = [engine.record(each) for each in life(member)]
    holder = Holder("member", member)
    told = [each for receipt in receipts for each in notices_of(BOOK, receipt)]
    assert [each for each in told if each.holder == holder]
    assert member in [each.member for each in engine.leaderboard()]
    neighbours = engine.statement("new").beginning.neighbours
    assert [each.member for each in neighbours] == [member]
    for language in ("en", "de", "fr", "es"):
        found = tell(engine.statement("ann"), speech(language))
        (quoted,) = [line for part in found.sections for line in part.lines if line.by]
        assert (quoted.by, quoted.giver) == (member, About("member", member, member))
        assert tell(engine.statement(member), speech(language)).member == member


def test_that_who_was_forgotten_is_nobody_any_more():
    store = MemoryStore()
    Engine.over(store, BOOK).record_many(life("raj"))
    name = forget(store, BOOK, "raj").name
    assert is_pseudonym(name) and not is_named(name)
    engine = Engine.over(store, BOOK)
    assert [each.member for each in engine.leaderboard()] == ["ann"]
    assert not engine.statement("new").beginning.neighbours
    told = [each for number in range(6) for each in notices_of(BOOK, engine.receipt(f"e{number}"))]
    assert {each.holder for each in told} == {Holder("member", "ann")}
    (said,) = engine.statement("ann").recognition
    assert said.giver == name
    assert name not in str(engine.statement("ann"))


def test_that_an_event_with_a_pseudonym_is_recorded_and_names_nobody():
    """It comes from an archive, or from another store."""
    engine, name = Engine(BOOK), pseudonym("0123456789abcdef")
    assert engine.record_many(life(name)).recorded == 6
    assert [each.member for each in engine.leaderboard()] == ["ann"]
    assert "a former colleague" in str(engine.statement("ann"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_that_a_number_stands_for_who_is_not_named_but_not_for_a_member_called_so(language):
    words = speech(language)
    quiet, loud = Engine(QUIET), Engine(RuleBook.parse(NAMED))
    for engine in (quiet, loud):
        engine.record_many(life("colleague 7"))
    found = tell(quiet.statement("ann"), words)
    (quoted,) = [line for part in found.sections for line in part.lines if line.by]
    assert (quoted.by, quoted.giver) == ({"en": "colleague 1", "de": "Person 1"}[language], None)
    badge = [line.text for part in found.sections if part.name == "awards" for line in part.lines]
    assert any({"en": "colleague 1", "de": "Person 1"}[language] in each for each in badge)
    found = tell(loud.statement("ann"), words)
    (quoted,) = [line for part in found.sections for line in part.lines if line.by]
    assert quoted.by == "colleague 7" and quoted.giver is not None


def test_that_a_badge_for_somebody_who_was_forgotten_does_not_show_the_pseudonym():
    store, book = MemoryStore(), RuleBook.parse(NAMED)
    Engine.over(store, book).record_many(life("raj"))
    forget(store, book, "raj")
    told = str(Engine.over(store, book).statement("ann"))
    assert "for a former colleague" in told and "forgotten-" not in told


def test_that_a_number_is_still_one_in_a_copy():
    for made in (copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))):
        again = made(Numbered(3))
        assert (type(again), again, again.number) == (Numbered, "colleague 3", 3)
