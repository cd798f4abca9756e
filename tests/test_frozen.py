"""What wiifm hands out can't be changed: rule books, standings, statements and their parts."""

import copy
import pickle
from datetime import UTC, datetime
from itertools import chain

import attrs
import pytest
from attrs import evolve

import wiifm
from wiifm import (
    Badge,
    Criterion,
    Engine,
    Event,
    EventType,
    Field,
    Holder,
    InvalidRuleBook,
    Ladder,
    Rule,
    RuleBook,
    RuleKind,
    Setting,
    Standing,
    StoreFault,
)
from wiifm.archive.stored_book import kept_book
from wiifm.culture import nouns as culture
from wiifm.frozendict import FrozenDict
from wiifm.plugins import find_plugins
from wiifm.statement import nouns, outlook
from wiifm.stores.memory import MemoryStore
from wiifm.stores.protocol import Table
from wiifm.web.readings import BadgeSeen

SHARING = RuleBook.load("plugin:sharing")
AT = datetime(2026, 5, 4, tzinfo=UTC)
THANKS = Event(id="k1", type="kudos.given", occurred_at=AT, actor="bob", recipient="ann")
ANN = Holder("member", "ann")
PACKS = sorted(
    chain.from_iterable(each.books.registered for each in find_plugins().contributions.values())
)


# ---- mappings ----------------------------------------------------------------------------------------------


def values():
    """The classes that a user of wiifm meets: those on the menu, and those of the reports and stores."""
    modules = (culture, nouns, outlook)
    found = [getattr(wiifm, name) for name in wiifm.__all__]
    found += [each for module in modules for each in vars(module).values()]
    found += [Table, BadgeSeen]
    return sorted({each for each in found if isinstance(each, type) and attrs.has(each)}, key=str)


@pytest.mark.parametrize("noun", values(), ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_that_no_value_can_be_changed(noun):
    assert noun.__setattr__ is not object.__setattr__
    for field in attrs.fields(noun):
        kind = str(field.type).removeprefix("collections.abc.")
        assert not kind.startswith(("dict[", "list[", "set["))
        if kind.startswith("Mapping["):
            given = {"a": 1}
            kept = field.converter(given)
            given["a"] = 2
            assert kept == {"a": 1}
            with pytest.raises(TypeError):
                kept["a"] = 2


CHANGES = {
    "a key is set": lambda each: each.__setitem__("a", 2),
    "a key is deleted": lambda each: each.__delitem__("a"),
    "it is updated": lambda each: each.update(a=2),
    "it is merged": lambda each: each.__ior__({"a": 2}),
    "a key is set if missing": lambda each: each.setdefault("b", 2),
    "a key is taken": lambda each: each.pop("a"),
    "any key is taken": lambda each: each.popitem(),
    "it is cleared": lambda each: each.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_that_a_frozen_dict_is_never_changed(change):
    frozen = FrozenDict({"a": 1})
    with pytest.raises(TypeError, match="can't be changed; make another one"):
        change(frozen)
    assert frozen == {"a": 1}


def test_that_a_frozen_dict_is_copied_and_hashed_by_its_contents():
    frozen = FrozenDict({"a": 1, "b": (2,)})
    for again in (copy.copy(frozen), copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert (type(again), again, hash(again)) == (FrozenDict, frozen, hash(frozen))
    assert hash(frozen) == hash(FrozenDict({"b": (2,), "a": 1})) != hash(FrozenDict({"a": 1}))
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(FrozenDict({"a": []}))


def test_that_two_standings_share_nothing_that_changes():
    one, other = Standing(holder=ANN, points={}), Standing(holder=ANN, points={})
    with pytest.raises(TypeError):
        one.levels["path"] = "guide"
    assert other.levels == {}


def test_that_who_reads_a_standing_cannot_change_it():
    engine = Engine(SHARING)
    engine.record(THANKS)
    standing = engine.standing("ann")
    with pytest.raises(TypeError):
        standing.points["points"] = 999
    assert standing == engine.standing("ann")


KIND = RuleKind(name="k", step=len, settings={"first": Setting(default=8)})
VALUES = {
    "a rule": Rule(id="r", on=("kudos.given",), settings={"first": 8}),
    "a rule kind": KIND,
    "a criterion": Criterion(measure="count", at_least={"": 1}),
    "a badge": Badge(id="b", points={"": 3}),
    "a ladder": Ladder(id="l", levels={"newcomer": 0}),
    "an event type": EventType(name="note.made", fields={"text": Field()}),
    "a standing": Standing(holder=ANN, points={"points": 5}, levels={"path": None}),
    "a statement": Engine(SHARING).statement("ann"),
    "a rule book": SHARING,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_that_equal_values_have_one_hash(value):
    for again in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value
        assert {again: "found"}[value] == "found"


# ---- the digest of a rule book -----------------------------------------------------------------------------


def test_that_the_parts_of_a_book_stay():
    with pytest.raises(TypeError):
        SHARING.rules.pop("kudos")
    with pytest.raises(TypeError):
        SHARING.types["post.shared"].fields["colour"] = None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        SHARING.digest = "other"


def test_that_a_digest_cannot_be_given():
    with pytest.raises(TypeError, match="digest"):
        evolve(SHARING, digest="0" * 16)


@pytest.mark.parametrize(
    "changed",
    [
        {"rules": {}},
        {"zone": "Asia/Tokyo"},
        {"rules": {**SHARING.rules, "kudos": evolve(SHARING.rules["kudos"], points=6)}},
    ],
    ids=["without rules", "elsewhere", "with another amount"],
)
def test_that_a_changed_book_has_its_own_digest(changed):
    before = SHARING.digest
    assert evolve(SHARING, **changed).digest != before == SHARING.digest
    assert evolve(SHARING, observers={}).digest == before


@pytest.mark.parametrize("pack", PACKS)
def test_that_a_copy_of_a_book_computes_the_same_digest(pack):
    book = RuleBook.load(f"plugin:{pack}")
    for again in (copy.deepcopy(book), pickle.loads(pickle.dumps(book)), evolve(book)):
        assert again.digest == book.digest == RuleBook.parse(book.dumps()).digest


def test_that_a_changed_book_opens_no_store():
    store = MemoryStore()
    Engine.over(store, SHARING).record(THANKS)
    without = evolve(SHARING, rules={k: v for k, v in SHARING.rules.items() if k != "kudos"})
    with pytest.raises(StoreFault, match="has the digest"):
        Engine.over(store, without)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"gates": {}}, "the rule book 'sharing': rule 'kudos', key 'gate': found 'kudos#'"),
        ({"limits": {}}, "key 'limit': found 'daily-effort', expected a limit of the book"),
        ({"purses": {}}, "key 'purse': found 'points', expected a purse of the book"),
    ],
    ids=["a gate", "a limit", "a purse"],
)
def test_that_an_engine_says_what_a_book_that_nobody_validated_lacks(given, told):
    with pytest.raises(InvalidRuleBook) as caught:
        Engine(evolve(SHARING, **given))
    assert told in str(caught.value)


# ---- the book that a store keeps ---------------------------------------------------------------------------


def with_words(say):
    return evolve(
        SHARING, rules={**SHARING.rules, "kudos": evolve(SHARING.rules["kudos"], say=say)}
    )


def test_that_a_kept_book_is_not_replaced_by_one_that_cannot_be_read_back():
    store = MemoryStore()
    Engine.over(store, SHARING).record(THANKS)
    book = with_words("{nobody} thanked you")
    assert book.digest == SHARING.digest
    with pytest.raises(StoreFault, match="'sharing' can't replace the one that the store keeps"):
        Engine.over(store, book)
    with pytest.raises(StoreFault, match="'sharing' can't replace the one that the store keeps"):
        wiifm.rescore(store, book)
    assert kept_book(store) == SHARING
    Engine.over(store).record(evolve(THANKS, id="k2"))
    assert not wiifm.verify(store, SHARING).differences


def test_that_a_kept_book_is_replaced_by_one_with_other_words():
    store = MemoryStore()
    Engine.over(store, SHARING).record(THANKS)
    book = with_words("{actor} was glad")
    Engine.over(store, book).record(evolve(THANKS, id="k2"))
    assert kept_book(store) == book != SHARING
