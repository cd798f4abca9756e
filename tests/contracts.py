"""What the tests of the contracts share: events, a book with a kind of rule, and contracts that are kept or broken."""

import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

import wiifm
from wiifm import Delivery, Event, Measure, RuleBook, RuleKind
from wiifm.sources import read_lines
from wiifm.testing import (
    DeliveryContract,
    MeasureContract,
    ObserverContract,
    RuleContract,
    SourceContract,
)

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def post(number):
    at = START + timedelta(hours=number)
    return Event(
        id=f"x{number}", type="post.shared", occurred_at=at, actor="ann", object=f"x{number}"
    )


def kind_book(step, start=0, given="{}", **keys):
    """A book with one rule, of a kind with a step and other keys, to which the rule gives settings."""

    class Kinds:
        @wiifm.hookimpl
        def wiifm_rule_kinds(self, kinds):
            kinds.add(RuleKind(name="kind", step=step, start=start, **keys))

    return RuleBook.parse(
        f"[book]\nid='b'\n[[rule]]\nid='r'\non='post.shared'\nkind='kind'\nsettings={given}",
        plugins=[Kinds()],
    )


def broken(contract, **methods):
    """A contract with methods that break it."""
    return type("Broken", (contract,), methods)()


@cache
def year():
    """A clock that each process reads once."""
    return datetime.now(UTC).year


class FadingKind(RuleContract):
    """A right kind of rule."""

    examples = 10

    def make_book(self):
        return kind_book(lambda state, activity, settings: (state + 1, max(1, 8 // 2**state)))

    def examples_of(self):
        return [post(1), post(2)]


class Longest(MeasureContract):
    """A right measure."""

    examples = 30

    def make_measure(self):
        return Measure(name="longest", start=0, add=max, read=lambda state: state)

    def samples(self):
        return st.integers(0, 100)


class JsonLines(SourceContract):
    """A right source."""

    examples = 15

    def read(self, payload):
        return read_lines(io.BytesIO(payload), name="events.jsonl")

    def write(self, events):
        return b"".join(json.dumps(event.as_json()).encode() + b"\n" for event in events)

    def wrong(self):
        return b'{"id": 7}\n'


class Mailbox:
    """An observer that delivers each entry once, by its number."""

    def __init__(self):
        self.delivered = {}

    def __call__(self, receipts):
        self.delivered |= {entry.no: entry.say for each in receipts for entry in each.entries}


class ToMailbox(ObserverContract):
    """A right observer."""

    def make_observer(self):
        return Mailbox()

    def delivered(self, observer):
        return observer.delivered


class ToInbox(DeliveryContract):
    """A right delivery."""

    def make_delivery(self):
        self.inbox = {}
        return Delivery("inbox", lambda notice: self.inbox.update({notice.id: str(notice)}))

    def delivered(self, delivery):
        return self.inbox
