"""Deliveries are told what receipts say, naively: all of it, in order for each holder, under one id, whatever is done with the store meanwhile."""

import os
from contextlib import closing
from datetime import timedelta
from random import Random

import pytest

from histories import MEMBERS, history
from processes import TEXT
from test_outbox import Clock
from wiifm import Delivery, Engine, Holder, RuleBook, UnknownName, prune, rescore, verify
from wiifm.outbox import Told, progress, retry, undelivered
from wiifm.stores.urls import open_store
from wiifm.upkeep.forgetting import forget

SEEDS = range(400 if os.environ.get("WIIFM_LONG") else 2)
BOOK = RuleBook.parse(TEXT)


def notices(receipt):
    """What a receipt tells, naively: entries, badges that went and came, levels; a badge that makes a level is told as that."""
    found = [("entry.written", each) for each in receipt.entries]
    found += [("award.withdrawn", each) for each in receipt.withdrawn if each.badge in BOOK.badges]
    found += [("award.granted", each) for each in receipt.awards if each.badge in BOOK.badges]
    return found + [("level.reached" if e.up else "level.lost", e) for e in receipt.levels]


class Listener:
    """Hears notices, as what stands at a place in the receipt of an event; fails for some, before or after it heard."""

    def __init__(self, life, after):
        self.life, self.after, self.failing, self.heard = life, after, set(), []

    def __call__(self, notice):
        life, random = self.life, self.life.random
        life.clock.tick(seconds=random.choice([0, 0, 0, 1, 30]))
        if random.random() < 0.01 and not life.busy:
            life.erase()
            life.amid = True
        fails = notice.holder in self.failing or random.random() < 0.1
        if fails and not self.after:
            raise ConnectionError(f"no way to {notice.holder}: {notice}")
        self.heard.append(life.place_of(notice.event, notice.type, notice.about, notice.id))
        if fails:
            raise TimeoutError(f"nobody heard of {notice}")


class Life:
    """A store with two deliveries, and what receipts told so far."""

    def __init__(self, seed, store, folder):
        self.random, self.store, self.folder, self.clock = Random(seed), store, folder, Clock()
        self.coming, self.receipts, self.busy, self.erased = history(self.random, 90), [], False, 0
        self.gone, self.amid, self.ids, self.over = {}, False, {}, []
        self.listeners = {"chat": Listener(self, False), "mail": Listener(self, True)}
        self.open()
        self.engine.deliver()

    def open(self):
        found = [
            Delivery(name, each, attempts=1_000, longest=timedelta(hours=1))
            for name, each in self.listeners.items()
        ]
        self.engine = Engine.over(self.store, BOOK, [self.receipts.extend, *found], self.clock)

    def record(self):
        size = self.random.choice([1, 1, 3, 10])
        batch, self.coming = self.coming[:size], self.coming[size:]
        assert not self.engine.record_many(batch).rejected

    def fail(self):
        for each in self.listeners.values():
            holders = sorted({Holder(*who) for who, _ in each.heard})
            each.failing = {*self.random.sample(holders, len(holders) // 3)}

    def wait(self):
        self.clock.tick(minutes=self.random.choice([1, 10, 100]))
        self.engine.deliver()

    def again(self):
        retry(self.store, self.clock.now)

    def rescore(self):
        self.check()  # it would mend what was done wrong before
        rescore(self.store, BOOK)
        self.check()

    def check(self):
        assert not verify(self.store, BOOK).differences

    def erase(self):
        """Forget somebody, or let go of old texts: in the midst of a round, too."""
        self.busy, self.erased = True, self.erased + 1
        if self.random.random() < 0.5 and len(self.gone) < 2:
            member = self.random.choice(MEMBERS)
            try:
                self.gone[forget(self.store, BOOK, member).name] = member
            except UnknownName:
                return
            was = [each for each in self.expected() if each[0] == ("member", member)]
            heard = {name: [*each.heard] for name, each in self.listeners.items()}
            self.over.append(({*was}, heard))
        else:
            edge = self.coming[0].occurred_at if self.coming else self.clock.now
            prune(self.store, BOOK, edge, self.folder / f"{self.erased}.gz")
        self.busy = False

    # ---- what was told, by who it was for and where it stands in a receipt --------------------------------------

    def who(self, name):
        return self.gone.get(name, name)

    def words(self, kind, about):
        """What tells a notice from others of its event; names of those who were forgotten since are those of before."""
        if kind == "entry.written":
            told = about.no, about.rule, about.purse, about.amount
        elif kind.startswith("award"):
            told = (
                about.badge,
                about.tier,
                about.event,
                self.who(about.key),
                *map(self.who, about.occurrence),
            )
        else:
            told = about.ladder, about.before, about.level
        return about.holder.kind, self.who(about.holder.id), kind, *told

    def expected(self):
        """All that receipts tell, in their order, but for what nobody is told any more as they are forgotten."""
        return [
            (
                (about.holder.kind, self.who(about.holder.id)),
                (receipt.event, self.words(kind, about)),
            )
            for receipt in self.receipts
            for kind, about in notices(receipt)
            if about.holder.id not in self.gone
        ]

    def place_of(self, event, kind, about, name):
        found = (about.holder.kind, self.who(about.holder.id)), (event, self.words(kind, about))
        assert self.ids.setdefault(name, found) == found
        return found

    def go_on(self):
        steps = [self.record] * 6 + [self.fail, self.wait, self.wait, self.again]
        steps += [self.open, self.rescore, self.erase]
        while self.coming:
            self.random.choice(steps)()
        self.check()
        for each in self.listeners.values():
            each.failing = set()
        told = Told(len(self.receipts), len(self.receipts))
        while undelivered(self.store) or {*progress(self.store).values()} != {told}:
            self.clock.tick(minutes=61)
            self.engine.deliver()


def check_told(life):
    expected, counts = life.expected(), {}
    assert len({*expected}) == len(expected) > 30
    for name, listener in life.listeners.items():
        heard = listener.heard
        first = [*dict.fromkeys(heard)]
        over = {each for was, before in life.over for each in was - {*before[name]}}
        assert {*first} <= {*expected} and {*expected} - {*first} <= over
        assert life.amid or not {*first} & over
        for who in {who for who, _ in expected}:
            mine = [each for each in first if each[0] == who]
            assert mine == [each for each in expected if each in mine]
        counts[name] = len(heard) - len(first)
    assert not counts["chat"] or life.amid
    assert not undelivered(life.store)
    if not life.gone:
        assert len(life.ids) == len(expected)


def live_through(seed, store, folder):
    life = Life(seed, store, folder)
    life.go_on()
    check_told(life)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/outbox.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_all_is_told_in_order_under_one_id(seed, url, tmp_path):
    with closing(open_store(url.format(tmp_path))) as store:
        live_through(seed, store, tmp_path)


def test_that_it_is_so_in_postgresql(postgres_urls, tmp_path):
    with closing(open_store(postgres_urls())) as store:
        live_through(1, store, tmp_path)
