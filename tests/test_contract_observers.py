"""An observer or delivery takes whatever there is to tell, and does nothing twice."""

import queue
import re
import threading
import time

import pytest
from attrs import evolve

from contracts import ToInbox, ToMailbox, broken, post
from wiifm import Delivery, RuleBook
from wiifm.testing import (
    DeliveryContract,
    ObserverContract,
    check_law,
    impurities,
)


class TestMailbox(ToMailbox):
    """What is right keeps the contract."""


class TestInbox(ToInbox):
    """What is right keeps the contract."""


def test_that_an_observer_must_say_what_it_delivered():
    contract = broken(ObserverContract, make_observer=lambda self: len)
    with pytest.raises(NotImplementedError, match="override delivered: it must return what was"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.usefixtures("unshrunk")
def test_that_an_observer_of_which_nothing_is_said_is_found_out():
    contract = broken(
        ObserverContract, make_observer=lambda self: len, delivered=lambda self, observer: None
    )
    with pytest.raises(AssertionError, match="delivered returned None"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.parametrize(
    "observe",
    [
        lambda receipt: [change.level.upper() for change in receipt.levels],
        lambda receipt: [int(str(entry.amount)) for entry in receipt.entries],
        lambda receipt: [{"member": 1}[award.holder.kind] for award in receipt.awards],
    ],
    ids=["no level", "decimals", "a unit"],
)
def test_that_an_observer_that_takes_not_every_receipt_is_found_out(observe):
    contract = broken(
        ObserverContract,
        make_observer=lambda self: lambda receipts: [observe(each) for each in receipts],
        make_book=lambda self: RuleBook.parse("[book]\nid = 'nothing'"),
    )
    with pytest.raises(AssertionError, match="the observer"):
        contract.test_that_it_takes_every_kind_of_receipt()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_delivery_of_which_nothing_is_said_is_found_out():
    contract = broken(
        DeliveryContract,
        make_delivery=lambda self: Delivery("post", str),
        delivered=lambda self, delivery: None,
    )
    with pytest.raises(AssertionError, match="delivered returned None"):
        contract.test_that_being_told_twice_changes_nothing()


def test_that_no_contract_tells_the_observers_of_a_book():
    """Those of the plugin itself would post to a server that isn't there."""

    def away(receipts):
        raise ConnectionError

    def make_book(self):
        return evolve(RuleBook.load("plugin:sharing"), observers={"away": (away,)})

    contract = broken(ToMailbox, make_book=make_book)
    contract.test_that_it_takes_every_kind_of_receipt()
    assert not check_law(make_book(None), [post(1)]).faults


@pytest.mark.usefixtures("unshrunk")
def test_that_an_observer_that_delivers_twice_is_found_out():
    class Post(list):
        def __call__(self, receipts):
            self.extend(entry for each in receipts for entry in each.entries)

    contract = broken(
        ObserverContract, make_observer=lambda self: Post(), delivered=lambda self, o: list(o)
    )
    with pytest.raises(AssertionError, match="the same batch again changed"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_delivery_that_remembers_only_the_last_is_found_out():
    posted = []

    def post(notice):
        if not posted or posted[-1] != notice.id:
            posted.append(notice.id)

    contract = broken(
        DeliveryContract,
        make_delivery=lambda self: Delivery("post", post),
        delivered=lambda self, delivery: posted,
    )
    with pytest.raises(AssertionError, match="delivering all notices again changed"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize("kind", ["award.withdrawn", "level.lost"])
def test_that_a_delivery_that_knows_not_every_notice_is_found_out(kind):
    def post(notice):
        assert notice.type != kind

    contract = broken(DeliveryContract, make_delivery=lambda self: Delivery("post", post))
    with pytest.raises(AssertionError):
        contract.test_that_it_takes_every_kind_of_notice()


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("observe", "told"),
    [
        (
            lambda receipts: time.sleep(0),
            r"Delivery: <lambda> \(test_contract_observers.py, line \d+\) waits",
        ),
        (lambda receipts: threading.Event().wait(0), r"waits \(Condition.wait\)"),
        (lambda receipts: object.__setattr__(receipts[0], "status", "?"), "the observer changed"),
    ],
    ids=["sleeps", "waits", "changes"],
)
def test_that_an_observer_that_holds_others_up_is_found_out(observe, told):
    contract = broken(ObserverContract, make_observer=lambda self: observe)
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_holds_nobody_up()


class Posting:
    """Starts its thread when it is first told something, and leaves the work to it."""

    def __init__(self):
        self.queue, self.posted, self.thread = queue.SimpleQueue(), set(), None

    def __call__(self, receipts):
        if self.thread is None:
            self.thread = threading.Thread(target=self.post, daemon=True)
            self.thread.start()
        self.queue.put(receipts)

    def post(self):
        while receipts := self.queue.get():
            self.posted |= {receipt.event for receipt in receipts}


def test_that_an_observer_may_start_its_thread_but_a_rule_may_not():
    broken(ObserverContract, make_observer=lambda self: Posting()).test_that_it_holds_nobody_up()
    (told,) = impurities(lambda: Posting()(()))
    assert re.search(r"^__call__ \(test_contract_observers.py, line \d+\) starts a thread", told)
