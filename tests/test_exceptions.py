"""What wiifm raises: exceptions that survive a pickle, with a base class and a place in the reference."""

import copy
import pickle
from datetime import timedelta

import pytest

import wiifm
from wiifm import Fault

FAULTS = (Fault("actor", "7", "a text", "act"), Fault("book", "nothing", "an id"))
MADE = {
    "ConflictingEvent": lambda: wiifm.ConflictingEvent(FAULTS),
    "Gone": lambda: wiifm.Gone("the chat was closed down"),
    "InvalidEvent": lambda: wiifm.InvalidEvent(FAULTS),
    "InvalidInput": lambda: wiifm.InvalidInput(FAULTS),
    "InvalidRuleBook": lambda: wiifm.InvalidRuleBook(FAULTS),
    "NotPrepared": lambda: wiifm.NotPrepared("acme.db: there is no such file"),
    "NotYet": lambda: wiifm.NotYet("the chat is busy", timedelta(minutes=5)),
    "StoreBusy": lambda: wiifm.StoreBusy("acme.db: another process has been writing for 30 s"),
    "StoreFault": lambda: wiifm.StoreFault("acme.db: the disk is full"),
    "UnknownName": lambda: wiifm.UnknownName("member 'Rajj': there is none", nearest="Raj"),
    "WiifmError": lambda: wiifm.WiifmError("something"),
    "Withheld": lambda: wiifm.Withheld("no leaderboards"),
}
"""One of each."""


def exported():
    found = {name: getattr(wiifm, name) for name in wiifm.__all__}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, BaseException)
    }


def test_that_one_of_each_exported_exception_is_tried():
    assert sorted(MADE) == sorted(exported())


@pytest.mark.parametrize(
    "again", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, copy.copy]
)
@pytest.mark.parametrize("name", sorted(MADE))
def test_that_an_exception_arrives_whole_in_another_process(name, again):
    error = MADE[name]()
    error.add_note("while reading april.jsonl")
    found = again(error)
    assert type(found) is type(error) is exported()[name]
    assert (str(found), repr(found), found.args) == (str(error), repr(error), error.args)
    assert vars(found) == vars(error) and found.__notes__ == ["while reading april.jsonl"]
