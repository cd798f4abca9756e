"""What the methods of an engine take: names or holders, ids or events, and what they say of names that nobody knows."""

import asyncio
import inspect
from datetime import UTC, datetime

import pytest
from attrs import evolve

from wiifm import (
    AsyncEngine,
    Engine,
    Event,
    Holder,
    InvalidInput,
    InvalidURL,
    RuleBook,
    UnknownName,
    preview,
)
from wiifm.stores.memory import MemoryStore

BOOK = RuleBook.load("plugin:sharing")
THANKS = Event(
    id="k1",
    type="kudos.given",
    occurred_at=datetime(2026, 5, 4, 9, tzinfo=UTC),
    actor="raj",
    recipient="ann",
)
ANN, SALES = Holder("member", "ann"), Holder("unit", "Sales")
OF_MEMBERS = {
    "member": lambda engine, who: engine.member(who),
    "statement": lambda engine, who: engine.statement(who),
    "leaderboard": lambda engine, who: engine.leaderboard(around=who),
}
OF_HOLDERS = {
    "standing": lambda engine, who: engine.standing(who),
    "scores": lambda engine, who: engine.scores("score", who),
    "ledger": lambda engine, who: engine.ledger(who),
}
OF_EVENTS = {
    "receipt": lambda engine, event: engine.receipt(event),
    "entries_of": lambda engine, event: engine.entries_of(event),
}


@pytest.fixture(params=["memory", "sqlite"])
def engine(request, tmp_path):
    """An engine with one thanks, in memory or over a store."""
    book = RuleBook.parse("[book]\nid = 'b'\nuse = ['sharing', 'praise']")
    if request.param == "memory":
        found = Engine(book)
    else:
        found = Engine.open(f"sqlite:///{tmp_path}/arguments.db", book)
    with found:
        found.record(THANKS)
        yield found


def plain(found):
    """What a reading returned, if it is an iterator all of it."""
    return [*found] if inspect.isgenerator(found) else found


@pytest.mark.parametrize("read", [*OF_MEMBERS.values(), *OF_HOLDERS.values()], ids=[*OF_MEMBERS, *OF_HOLDERS])  # fmt: skip
def test_that_a_holder_may_be_given_wherever_a_name_may(engine, read):
    found = plain(read(engine, engine.member("ann")))
    assert found == plain(read(engine, "ann"))
    assert str(found) == str(plain(read(engine, "ann")))


def test_that_a_statement_of_a_holder_is_that_of_the_member(engine):
    assert engine.statement(ANN).member == "ann"
    assert engine.statement(ANN).standing.points["points"] == 5


def test_that_a_board_is_that_of_the_unit_or_the_community_of_a_holder(engine):
    there = {"unit": "Sales", "community": "talk"}
    hired = {"id": "h1", "type": "member.joined", "actor": "ann", "data": {"unit": "Sales"}}
    engine.record(Event(**hired, occurred_at=datetime(2026, 5, 3, tzinfo=UTC)))
    engine.record(evolve(THANKS, id="k3", community="talk"))
    for kind, name in there.items():
        board = engine.leaderboard(**{kind: name})
        assert engine.leaderboard(**{kind: Holder(kind, name)}) == board != []
        with pytest.raises(
            InvalidInput, match=f"{kind}: found the member 'ann', expected a {kind}"
        ):
            engine.leaderboard(**{kind: ANN})


@pytest.mark.parametrize("read", OF_MEMBERS.values(), ids=OF_MEMBERS)
def test_that_a_unit_is_refused_where_only_members_are_meant(engine, read):
    with pytest.raises(InvalidInput, match=r"found the unit 'Sales', expected a member"):
        read(engine, SALES)


@pytest.mark.parametrize("read", [*OF_MEMBERS.values(), *OF_HOLDERS.values()], ids=[*OF_MEMBERS, *OF_HOLDERS])  # fmt: skip
def test_that_a_holder_in_a_holder_is_refused_by_what_was_found(engine, read):
    with pytest.raises(InvalidInput, match=r"member: found Holder\(kind='member', id='ann'\)"):
        read(engine, Holder("member", ANN))


@pytest.mark.parametrize("ask", OF_EVENTS.values(), ids=OF_EVENTS)
def test_that_an_event_may_be_given_wherever_its_id_may(engine, ask):
    assert ask(engine, THANKS) == ask(engine, "k1")
    assert ask(engine, THANKS)


def test_that_a_member_may_retract_by_their_holder(engine):
    assert engine.retract(THANKS, actor=Holder("member", "raj")).status == "retraction"
    assert engine.retract("k1").status == "duplicate"
    with pytest.raises(InvalidInput, match=r"actor: found the unit 'Sales', expected a member"):
        engine.retract("k2", actor=SALES)


def test_that_the_same_is_true_on_an_event_loop(engine):
    async def asked():
        async with AsyncEngine(engine) as shared:
            assert await shared.statement(ANN) == await shared.statement("ann")
            assert await shared.leaderboard(around=ANN) == await shared.leaderboard(around="ann")
            assert await shared.member(ANN) == ANN
            assert await shared.receipt(THANKS) == await shared.receipt("k1")
            assert await shared.entries_of(THANKS) == await shared.entries_of("k1")
            with pytest.raises(InvalidInput, match="found the unit 'Sales', expected a member"):
                await shared.statement(SALES)
            return (await shared.retract(THANKS, actor=Holder("member", "raj"))).status

    assert asyncio.run(asked()) == "retraction"


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.ledger("ann", purse="nope"),
        lambda engine: engine.ledger("ann", rule="nope"),
        lambda engine: engine.leaderboard("nope"),
        lambda engine: engine.culture(purse="nope"),
        lambda engine: engine.scores("nope", "ann"),
        lambda engine: engine.close_campaign("nope"),
        lambda engine: engine.preview_closing("nope"),
    ],
)
def test_that_a_name_which_the_book_lacks_is_unknown_at_the_call(engine, ask):
    with pytest.raises(UnknownName, match="'nope'"):
        ask(engine)


def test_that_of_a_name_which_the_community_lacks_there_is_nothing(engine):
    for holder in ("zoe", Holder("unit", "zoe"), Holder("community", "zoe")):
        assert not engine.standing(holder).badges
        assert not engine.standing(holder).points["points"]
        assert not [*engine.ledger(holder)]
        assert not engine.scores("score", holder)
    assert engine.entries_of("zoe") == []
    assert not engine.statement("zoe").earned
    for where in ({"community": "zoe"}, {"topic": "zoe"}, {"unit": "zoe"}, {"around": "zoe"}):
        assert engine.leaderboard(over="week", **where) == []


def test_that_whoever_looks_for_a_name_is_told_that_it_is_unknown(engine):
    for find in (engine.member, engine.receipt):
        with pytest.raises(UnknownName, match="'zoe'"):
            find("zoe")
    with pytest.raises(UnknownName, match="entry 9"):
        engine.explain(9)


def test_that_entries_are_read_page_by_page_after_the_call(engine):
    entries = engine.ledger()
    engine.retract("k1")
    assert [each.amount for each in entries] == [5, -5]


def test_that_a_preview_refuses_what_is_no_store_at_the_call():
    with pytest.raises(InvalidURL, match="nonsense"):
        preview("nonsense", BOOK)
    with pytest.raises(InvalidInput, match="book: found 'nonsense'"):
        preview("memory:", "nonsense")


def test_that_the_latest_entries_are_read_page_by_page(engine):
    engine.retract("k1")
    for number in range(2, 5):
        engine.record(evolve(THANKS, id=f"k{number}", actor=f"m{number}"))
    everything = [*engine.ledger("ann")][::-1]
    assert len(everything) == 5
    first = engine.latest_entries(ANN, limit=3)
    second = engine.latest_entries("ann", before=first[-1], limit=3)
    assert first + second == everything
    assert engine.latest_entries("ann", before=first[-1].no, limit=3) == second
    assert engine.latest_entries("ann", before=1) == []
    assert engine.latest_entries("ann", "points", "kudos") == everything


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": "9"}, {"before": -1}, {"before": "9"}])
def test_that_the_latest_entries_are_asked_for_by_numbers(engine, wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(InvalidInput, match=f"{name}: found {value!r}, expected a whole number"):
        engine.latest_entries("ann", **wrong)


def signature_of(kind, name):
    """The parameters of a method, or "property"."""
    found = inspect.getattr_static(kind, name)
    if isinstance(found, property):
        return "property"
    found = getattr(found, "__func__", found)
    return [str(each) for each in inspect.signature(found).parameters.values()]


def test_that_both_engines_have_the_same_methods():
    one, other = (
        {name: signature_of(kind, name) for name in dir(kind) if not name.startswith("_")}
        for kind in (Engine, AsyncEngine)
    )
    assert one["record_many"] == ["self", "events: 'Iterable[Event]'"]
    assert other["record_many"] == ["self", "events: 'Iterable[Event] | AsyncIterable[Event]'"]
    assert {**one, "record_many": ...} == {**other, "record_many": ...}


def test_that_no_method_hides_its_arguments():
    for kind in (Engine, AsyncEngine):
        for name in dir(kind):
            assert name.startswith("_") or "**" not in str(signature_of(kind, name)), name


def test_that_an_asynchronous_engine_over_a_store_tells_what_failed():
    def failing(_):
        raise ValueError("no")

    async def asked():
        async with await AsyncEngine.over(MemoryStore(), BOOK, [failing]) as shared:
            await shared.record(THANKS)
            assert (shared.book, shared.at_once) == (BOOK, 5_000)
            return await shared.holders(), shared.faults, shared.clock

    holders, faults, clock = asyncio.run(asked())
    assert holders == [ANN]
    assert "ValueError" in str(faults[0])
    assert clock().tzinfo is UTC


def test_that_a_leaderboard_says_which_argument_it_lacks(engine):
    with pytest.raises(TypeError, match="unexpected keyword argument 'units'"):
        engine.leaderboard(units="x")
    assert engine.leaderboard("points", "ever", None, "ann", None) == engine.leaderboard()
