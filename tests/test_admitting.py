"""The quick look at an event tells of none that it is sound which the close look finds a fault in, and of most that are."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from wiifm import Event, RuleBook
from wiifm.program import compile_book
from wiifm.testing.strategies import START, events

BOOKS = {
    name: RuleBook.load(f"plugin:{name}") for name in ("sharing", "stackexchange", "discourse")
}
EVENTS = {name: events(book) for name, book in BOOKS.items()}
OTHER = [None, "x", 7, 1.5, True, ("t",), ()]
WITHOUT = {"topics": ()}
KEYS = ["actor", "object", "recipient", "in_reply_to", "community", "topics", "retracts"]


@pytest.mark.parametrize("name", BOOKS)
@given(st.data())
def test_that_what_passes_the_quick_look_has_no_faults(name, data):
    book = BOOKS[name]
    event = data.draw(EVENTS[name])
    fields = sorted(book.types[event.type].fields)
    changed = data.draw(
        st.dictionaries(st.sampled_from([*fields, "unheard-of"]), st.sampled_from(OTHER))
    )
    gone = data.draw(st.sets(st.sampled_from(KEYS)))
    event = evolve(event, data={**event.data, **changed})
    event = evolve(event, **{key: WITHOUT.get(key) for key in gone})
    if compile_book(book).accepts[event.type](event):
        assert list(book.types[event.type].faults(event)) == []


@pytest.mark.parametrize("name", BOOKS)
@given(st.data())
def test_that_a_sound_event_passes_the_quick_look_unless_it_needs_a_closer_one(name, data):
    book = BOOKS[name]
    event = data.draw(EVENTS[name])
    kind = book.types[event.type]
    named = kind.profiles and not event.data.keys().isdisjoint(("zone", "unit", "manager"))
    closer = kind.retracts or kind.advances or named
    assert compile_book(book).accepts[event.type](event) == (not closer)
    assert list(kind.faults(event)) == []


def test_that_true_is_no_integer_at_first_sight_either():
    book = RuleBook.parse(
        '[book]\nid = "b"\n[purse.points]\n[event."session.held"]\nrequires = ["actor"]\n'
        "fields = { minutes = { type = 'integer', required = true } }\n"
    )
    accepts = compile_book(book).accepts["session.held"]

    def held(**data):
        return Event(
            id="e",
            type="session.held",
            occurred_at=START,
            actor="ann",
            data=data,
        )

    assert [accepts(held(**each)) for each in ({"minutes": 5}, {"minutes": True}, {})] == [
        True,
        False,
        False,
    ]
