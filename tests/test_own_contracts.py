"""All that is built in keeps the contracts that we ask of plugins: a new measure, grade, pack or source is among them by itself."""

import io
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from wiifm import Engine, Event, Measure, RuleBook, hookimpl
from wiifm.criteria import GROUPS, MEASURES, STREAKS
from wiifm.plugins import find_plugins
from wiifm.program.measures import plain
from wiifm.program.writing import Constants
from wiifm.rulebook.check_rules import GRADES
from wiifm.rulebook.layers import packs_of
from wiifm.sources import find_source
from wiifm.sources.by_name import WITH_SOURCES
from wiifm.testing import (
    MeasureContract,
    PackContract,
    RuleContract,
    SourceContract,
    WordsContract,
    histories,
)
from wiifm.testing.examples import drawn
from wiifm.words import catalogues

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
PLUGINS = find_plugins(hooks={"wiifm_sources", "wiifm_books"}, built_in=WITH_SOURCES)
SOURCES = sorted(PLUGINS.offered(lambda each: each.sources.registered))
TALKS = """
[book]
id = "talks"
[event."talk.given"]
requires = ["actor", "object"]
creates = "talk"
acts_on = "talk"
fields = { minutes = { type = "integer" } }
[event."member.joined"]
requires = ["actor"]
relates = "profile"
fields = { unit = { type = "text" } }
[event."talk.judged"]
requires = ["actor", "object"]
acts_on = "talk"
fields = { score = { type = "number" } }
[[rule]]
id = "given"
on = "talk.given"
points = 1
"""
GROUPINGS = {"groups": GROUPS, "streak": STREAKS}
CRITERIA = [(measure, group) for measure in MEASURES for group in GROUPINGS.get(measure, ("",))]


def talks():
    """A talk on each of three days, each about the one before; and one after a day without."""
    yield Event(
        id="u", type="member.joined", occurred_at=START, actor="ann", data={"unit": "sales"}
    )
    for number in (0, 1, 2, 4):
        yield Event(
            id=f"t{number}",
            type="talk.given",
            occurred_at=START + timedelta(days=number),
            actor="ann",
            object=f"talk{number}",
            in_reply_to=f"talk{number - 1}" if number in (1, 2) else None,
            community="sales",
            topics=("pricing",),
            data={"minutes": 10 + number},
        )
        at = START + timedelta(days=number, hours=1)
        yield Event(
            id=f"j{number}",
            type="talk.judged",
            occurred_at=at,
            actor="bob",
            object=f"talk{number}",
            data={"score": 2.5},
        )


class TestEveryMeasureOfCriteria(RuleContract):
    """A badge for each measure of the language, in each of its groupings."""

    examples = 3
    test_that_a_new_process_comes_to_the_same = None  # those of all packs are enough

    @pytest.fixture(autouse=True, params=CRITERIA, ids="-".join)
    def _criterion(self, request):
        measure, group = request.param
        of_two = group in ("person", "pair")
        role, type = ("recipient", "talk.judged") if of_two else ("actor", "talk.given")
        to = "" if group == "pair" else f"to = '{role}'\n"
        self.text = (
            f"{to}self_credit = true\n"
            + {
                "on": f"{measure} = '{type}'\nwhere = 'minutes > 0'",
                "value": f"{measure} = 'minutes'\non = '{type}'",
                "purse": f"{measure} = 'points'",
                "terms": f"ratio = [{{ count = '{type}' }}, {{ count = '{type}' }}]",
                "group": f"{measure} = '{group}'\neach = {{ count = '{type}' }}",
            }[MEASURES[measure]]
        )

    def make_book(self):
        return RuleBook.parse(f"{TALKS}[[badge]]\nid = 'tried'\n{self.text}\n")

    def examples_of(self):
        return talks()

    def test_that_the_examples_earn_the_badge(self):
        """The badge itself, not only the points."""
        engine = Engine(self.make_book())
        engine.record_many(talks())
        assert any(each.badge == "tried" for each in engine.standing("ann").badges)


class TestEveryGrade(RuleContract):
    """A graded rule for each measure that may grade."""

    examples = 3
    test_that_a_new_process_comes_to_the_same = None

    @pytest.fixture(autouse=True, params=GRADES)
    def _grade(self, request):
        value = "" if request.param == "count" else ", value = 'score'"
        self.graded = f"{{ by = '{request.param}'{value} }}"

    def make_book(self):
        rule = f"[[rule]]\nid = 'judged'\non = 'talk.judged'\nto = 'recipient'\ngraded = {self.graded}\n"
        return RuleBook.parse(f"{TALKS}{rule}points = 'value * 2'")

    def examples_of(self):
        return talks()


class TestEveryPlainMeasure(MeasureContract):
    """Each measure that stands on its own, run as the source that a program has of it."""

    test_that_a_new_process_comes_to_the_same = None  # those of all packs are enough

    @pytest.fixture(
        autouse=True, params=[name for name in MEASURES if MEASURES[name] not in ("group", "terms")]
    )
    def _measure(self, request):
        self.name = request.param

    def make_measure(self):
        constants = Constants()
        found = plain(RuleBook.parse(TALKS), constants, self.name)
        names = dict(constants.values)
        read = eval(f"lambda v: {found.read('v')}", names)
        return Measure(
            name=self.name,
            start=eval(found.first, names),
            add=eval(f"lambda v, x: {found.step.format(v='v', x='x')}", names),
            read=lambda v: number(read(v)),
        )

    def samples(self):
        return st.booleans() if self.name == "run" else st.integers(-1000, 1000)


def number(value):
    """A number that a program reads, as a plugin's measure would say it."""
    return float(value) if isinstance(value, Fraction) else value


def happened(*told, at=START):
    """Events, one a minute, each told by its type and its keys."""
    return [
        Event(id=f"{at:%Y}-{number}", type=type, occurred_at=at + timedelta(minutes=number), **keys)
        for number, (type, keys) in enumerate(told)
    ]


ANSWERED = [
    ("question.asked", {"actor": "bob", "object": "q"}),
    ("answer.posted", {"actor": "ann", "object": "a", "in_reply_to": "q"}),
    ("object.liked", {"actor": "cy", "object": "q"}),
    ("object.liked", {"actor": "cy", "object": "a"}),
    ("answer.accepted", {"actor": "bob", "object": "a"}),
]
DISLIKED = ("object.disliked", {"actor": "bob", "object": "a"})
PAID = {"campaign": "praise", "amount": 5}
EARNING = {
    "sharing": happened(
        ("mentoring.started", {"actor": "cy", "recipient": "ann"}),
        ("mentoring.session", {"actor": "cy", "recipient": "ann"}),
        *ANSWERED,
    ),
    "stackexchange": [
        *happened(*ANSWERED, DISLIKED, at=datetime(2018, 5, 4, tzinfo=UTC)),
        *happened(("object.liked", {"actor": "dee", "object": "q"})),
    ],
    "discourse": happened(
        ("topic.created", {"actor": "bob", "object": "t"}),
        ("post.created", {"actor": "ann", "object": "r", "in_reply_to": "t"}),
        ("post.reacted", {"actor": "bob", "object": "r"}),
        ("solution.accepted", {"actor": "bob", "object": "r"}),
        ("member.visited", {"actor": "ann", "data": {"seconds": 3600, "posts_read": 100}}),
        ("flag.agreed", {"actor": "bob", "object": "r"}),
        ("chat.posted", {"actor": "ann", "object": "m"}),
        ("chat.reacted", {"actor": "bob", "object": "m"}),
    ),
    "praise": happened(
        ("praise.given", {"actor": "bob", "object": "p", "recipient": "ann"}),
        ("praise.judged", {"actor": "cy", "object": "p", "recipient": "ann", "data": {"score": 5}}),
        ("campaign.closed", {"object": "c", "data": {"campaign": "praise", "until": "2026-05-04"}}),
        ("campaign.paid", {"object": "c", "recipient": "ann", "data": PAID}),
    ),
}
EARNING["stackexchange-rescored"] = EARNING["stackexchange"]
"""Events for which rules give something that seldom do so for generated ones."""


@cache
def histories_of(pack):
    """Histories for a pack, the same ones for each of its tests."""
    return drawn(histories(RuleBook.load(f"plugin:{pack}")), 60)


class TestEveryPack(PackContract):
    """The rule books that come with wiifm: the law, purity, and rules that give something, in whole sentences."""

    examples = 5

    @pytest.fixture(autouse=True, params=sorted(packs_of(PLUGINS)))
    def _pack(self, request):
        self.pack = request.param

    def make_book(self):
        return RuleBook.load(f"plugin:{self.pack}")

    def examples_of(self):
        return EARNING.get(self.pack, [])

    def _histories(self):
        return histories_of(self.pack)

    def test_that_the_examples_earn_something(self):
        """What a pack pays is tested beside it: here it must only say something."""
        book = self.make_book()
        assert book.id == self.pack and (book.rules or book.badges)


class OwnWords:
    """Registers the catalogues that come with wiifm, as a plugin would."""

    @hookimpl
    def wiifm_words(self, words):
        for path in sorted(Path(catalogues.__file__).parent.glob("*.po")):
            words.add(path.name.partition(".")[0], path)


class TestEveryCatalogue(WordsContract):
    """The languages that come with wiifm."""

    def make_plugin(self):
        return OwnWords()


class TestEverySource(SourceContract):
    """The sources that come with wiifm, by their names."""

    examples = 10
    written = {"jsonl": lambda event: json.dumps(event.as_json()).encode() + b"\n"}
    wrongs = {"jsonl": b'{"id": 7}\n'}

    @pytest.fixture(autouse=True, params=SOURCES)
    def _source(self, request):
        self.source = request.param

    def read(self, payload):
        return find_source(self.source)(io.BytesIO(payload), f"events.{self.source}")

    def write(self, events):
        return b"".join(map(self.written[self.source], events))

    def wrong(self):
        return self.wrongs[self.source]
