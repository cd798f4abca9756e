"""The culture report: its figures beside truth that others published, and beside figures worked out by hand."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from itertools import groupby, permutations
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from wiifm import Engine, Event, EventType, InvalidInput, RuleBook, UnknownName, Withheld, hookimpl
from wiifm.archive.tables import DAYS
from wiifm.cli.app import run
from wiifm.culture.acts import HELPING
from wiifm.culture.charts import lorenz
from wiifm.culture.context import Context
from wiifm.culture.data import as_json
from wiifm.culture.days import days_of
from wiifm.culture.deeds import CollectedObjects, Deed, Scene, deed_of
from wiifm.culture.figures import around, by_configuration, by_permutation, folded, time_until
from wiifm.culture.knowledge import saved
from wiifm.culture.network import mixing
from wiifm.culture.page import page
from wiifm.culture.participation import manner
from wiifm.culture.plain import markdown, rows
from wiifm.culture.rewards import Paid, rewards
from wiifm.culture.sections import sections
from wiifm.culture.stored_days import StoredDays
from wiifm.culture.tally import merged, tally
from wiifm.culture.telling import lead
from wiifm.stores.memory import MemoryStore
from wiifm.upkeep.forgetting import forget
from wiifm.words.catalogues import speech

DATA = Path(__file__).parents[2] / "shared" / "data"
MAIL, PRAISE = DATA / "manufacturing_email", DATA / "tec_praise" / "visible"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHARING = RuleBook.load("plugin:sharing")


class Letters:
    """A plugin whose one event type is a message from one person to another."""

    @hookimpl
    def wiifm_event_types(self, types):
        types.add(EventType(name="letter.sent", requires=("actor", "recipient"), act="replies"))


def happened(*rows):
    """Events of rows of type, day, actor and more, hour by hour."""
    return [
        Event(
            id=f"e{n}",
            type=kind,
            occurred_at=START + timedelta(days=day, minutes=n),
            actor=actor,
            **more,
        )
        for n, (kind, day, actor, more) in enumerate(rows)
    ]


def engine_of(events, book=SHARING):
    engine = Engine(book)
    done = engine.record_many(events)
    assert not done.rejected, done.rejected[:3]
    return engine


def a_company():
    """Twelve people in two units of six, one of whom asks what another answers, each week."""
    rows = []
    people = [(f"{unit}{n}", unit.upper()) for unit in "ab" for n in range(6)]
    for name, unit in people:
        boss = {"a0": "b0"}.get(name, f"{unit.lower()}0") if name != "b0" else None
        data = {"unit": unit} | ({"manager": boss} if boss else {})
        rows.append(("member.joined", 0, name, {"data": data}))
    for n in range(6):
        rows.append(("question.asked", n, f"a{n}", {"object": f"q{n}", "topics": ["tax"]}))
        if n < 4:
            rows.append(("answer.posted", n, f"b{n}", {"object": f"r{n}", "in_reply_to": f"q{n}"}))
    rows.append(("answer.accepted", 6, "a1", {"object": "r1"}))
    rows.append(("kudos.given", 6, "a1", {"recipient": "a2"}))
    return happened(*rows)


def test_that_a_small_company_is_told_as_worked_out_by_hand():
    found = engine_of(a_company()).culture()
    assert found.adoption.members == 12
    assert found.adoption.active.value == pytest.approx(10 / 12, abs=1e-4)
    assert found.adoption.contributing.value == pytest.approx(10 / 12, abs=1e-4)
    assert [(u.unit, u.contributing.value) for u in found.adoption.units] == [
        ("A", 1.0),
        ("B", pytest.approx(4 / 6, abs=1e-4)),
    ]
    assert found.participation.onlookers.value == pytest.approx(2 / 12, abs=1e-4)
    assert found.answering.questions == 6
    looser = engine_of(a_company()).culture(fewest=4).answering
    assert looser.answered.value == pytest.approx(4 / 6, abs=1e-4)
    assert looser.solved.value == pytest.approx(1 / 6, abs=1e-4)
    assert looser.hours.value == pytest.approx(1 / 60, abs=1e-4)
    assert found.flow.help.count == 5 and found.flow.help.within.value == 0.2
    assert found.flow.help.by_chance.value == pytest.approx(2 * 6 * 5 / (12 * 11), abs=1e-4)
    assert found.flow.matrix == ((None, 0), (4, 0))  # a2 helped a1: two persons are too few
    assert found.flow.across_levels.value == 0.8  # all but a2 to a1, who report to the same
    assert found.flow.help_along_lines.value == pytest.approx(1 / 5)  # b0 answered a0
    (tax,) = found.knowledge.topics
    assert (tax.topic, tax.persons, tax.helpers, tax.bus_factor) == ("tax", 10, 4, 3)
    assert tax.help == 0  # four helped: too few to tell how often
    topic = next(each for each in sections(found) if each.name == "topics")
    assert [each.note for each in topic.lines][-1] == "4 helped"
    assert found.manner.conversing.value == 1.0 and found.manner.acts == {"asks": 6}
    assert found.saved.hours.value is None and found.saved.times == {}  # one accepted
    loose = engine_of(a_company()).culture(fewest=1)
    assert loose.saved.hours.value == 0.5 and loose.saved.times == {"accepts": 1}
    assert loose.manner.acts == {"asks": 6, "answers": 4, "accepts": 1, "thanks": 1}


@pytest.mark.parametrize(
    ("members", "fewest", "shares"),
    [
        (101, 1, (20 / 119, 9 / 119, 90 / 119)),
        (101, 2, (20 / 119, 9 / 119, 90 / 119)),
        (100, 2, (None, None, 90 / 118)),  # what the busiest did would follow from the others
    ],
)
def test_that_the_busiest_of_a_hundred_is_one_and_of_more_there_are_two(members, fewest, shares):
    posts = [*[0] * 9, *[1] * 9, *range(members)]
    rows = [("post.shared", 0, f"m{who}", {"object": f"p{n}"}) for n, who in enumerate(posts)]
    found = engine_of(happened(*rows)).culture(fewest=fewest).participation
    told = [each.value for each in (found.top_1, found.next_9, found.other_90)]
    assert told == [each if each is None else pytest.approx(each, abs=1e-4) for each in shares]


def test_that_nobody_is_named_unless_asked_to_and_where_the_book_forbids_it_not_even_then():
    engine = engine_of(a_company())
    text = json.dumps(as_json(engine.culture()))
    names = [f"{unit}{n}" for unit in "ab" for n in range(6)]
    assert not [name for name in names if f'"{name}"' in text]
    named = engine.culture(named=True)
    assert named.knowledge.topics[0].named == ("b0", "b1", "b2")
    assert named.spread.named == ("a0", "b0")
    quiet = RuleBook.parse('[book]\nid = "b"\nindividuals = false\nuse = ["sharing"]')
    with pytest.raises(Withheld):
        engine_of(a_company(), quiet).culture(named=True)
    assert engine_of(a_company(), quiet).culture().adoption.members == 12


def test_that_figures_of_too_few_are_withheld_wherever_they_stand():
    found = as_json(engine_of(a_company()).culture(fewest=13))
    figures = []

    def look(item):
        if isinstance(item, dict):
            if "withheld" in item and "value" in item:
                figures.append(item)
            item = item.values()
        elif not isinstance(item, list):
            return
        for each in item:
            look(each)

    look(found)
    assert len(figures) >= 30
    assert all(each["value"] is None and each["withheld"] for each in figures)
    assert found["adoption"]["units"] == [] and found["weeks"] == []
    assert found["knowledge"]["topics"] == [] and found["rewards"]["rules"] == []


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 12), max_size=8),
    st.integers(1, 9),
)
def test_that_no_unit_is_told_that_is_too_small(sizes, fewest):
    members = {
        unit: {f"{unit}{n}" for n in range(1, size)} | {f"{unit}0"} for unit, size in sizes.items()
    }
    called = folded(members, fewest)
    told = Counter()
    for unit, size in sizes.items():
        told[called[unit]] += size
    if sum(sizes.values()) >= fewest:
        assert all(size >= fewest for size in told.values())
    assert len(told) <= max(1, sum(1 for size in sizes.values() if size >= fewest) + 1)


def questions_of(answerers):
    """Six ask, and each is answered by the next of some."""
    for n in range(6):
        yield "question.asked", n, f"a{n}", {"object": f"q{n}", "topics": ["tax"]}
        how = {"object": f"r{n}", "in_reply_to": f"q{n}"}
        yield "answer.posted", n + 1, answerers[n % len(answerers)], how


def test_that_how_soon_questions_are_answered_is_not_told_of_one_who_answers():
    few, enough = (
        engine_of(happened(*questions_of([f"b{n}" for n in range(size)]))).culture().answering
        for size in (1, 5)
    )
    assert enough.answered.value == 1 and 24 <= enough.hours.value < 24.1
    for each in (few.answered, few.solved, few.hours, few.hours_of_three_quarters):
        assert each.value is None and each.withheld == "would tell of fewer than 5 persons"
    assert few.questions == enough.questions == 6


def test_that_no_topic_can_be_had_from_how_often_all_were_helped():
    tax, law = [f"b{n}" for n in range(6)], ["sly"]
    found = engine_of(happened(*about("tax", tax), *about("law", law))).culture().knowledge
    assert (found.topics, found.withheld) == ((), 2)  # or law's is what is left
    found = engine_of(
        happened(*about("tax", tax), *about("art", tax), *about("law", law))
    ).culture()
    assert [(t.topic, t.help) for t in found.knowledge.topics] == [("tax", 6)]
    found = engine_of(happened(*about("tax", tax), *about("law", law, 6))).culture().knowledge
    assert [(t.topic, t.help) for t in found.topics] == [("law", 0), ("tax", 0)]


def about(topic, helpers, askers=1):
    """Some help with a topic those who ask about it."""
    for n in range(max(len(helpers), askers)):
        question = f"{topic}{n}"
        asked = {"object": question, "topics": [topic]}
        yield "question.asked", n, f"ask-{topic}-{n % askers}", asked
        how = {"object": f"to-{question}", "in_reply_to": question}
        yield "answer.posted", n, helpers[n % len(helpers)], how


def test_that_days_merge_to_the_whole_in_any_order():
    events = sorted(a_company(), key=lambda each: (each.occurred_at, each.id))
    objects, types = CollectedObjects(), SHARING.types
    found = (deed_of(types[each.type], each, objects) for each in events)
    deeds = [each for each in found if each is not None]
    days = [tally(day) for _, day in groupby(deeds, key=lambda deed: deed.at.toordinal())]
    assert len(days) > 5
    assert days == [each.tally for each in days_of(events, types, CollectedObjects())]
    assert merged(days) == tally(deeds) == merged(days[::-1])
    assert merged([merged(days[:3]), merged(days[3:])]) == tally(deeds)


def test_that_no_more_of_a_store_is_held_than_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr("wiifm.culture.stored_days.PAGE", 5)
    with Engine.open(f"sqlite:///{tmp_path}/acme.db", SHARING) as kept:
        kept.record_many(a_company())
    with Engine.open(f"sqlite:///{tmp_path}/acme.db", SHARING) as kept:
        memory, held = kept._memory, []
        with memory.reading():
            for _ in StoredDays(memory).all_days():
                held.append((len(memory.log.events), len(memory.log.retractions)))
                held.append((len(memory.accounts.rows.held), len(memory.relations.objects)))
        assert len(held) > 10 and max(map(max, held)) <= 5


@pytest.mark.parametrize("order", [1, -1])
def test_that_a_store_tells_the_same_whatever_came_late_or_was_taken_back(tmp_path, order):
    events = a_company()[::order]
    doubled = Event(id="x", type="kudos.given", occurred_at=START, actor="a3", recipient="b3")
    with Engine.open(f"sqlite:///{tmp_path}/acme.db", SHARING) as kept:
        kept.record_many([*events, doubled])
        kept.retract("x", at=START)
        assert as_json(kept.culture()) == as_json(engine_of(events).culture())
        since, until = START + timedelta(days=2), START + timedelta(days=4)
        part = kept.culture(since, until, fewest=2)
        assert part == engine_of(events).culture(since, until, fewest=2)
        moment = timedelta(hours=3, minutes=20)
        for there in (timezone(timedelta(hours=-9)), UTC):
            cut = (since + moment).astimezone(there), (until + moment).astimezone(there)
            assert as_json(kept.culture(*cut)) == as_json(engine_of(events).culture(*cut))
        assert part.answering.questions == 2 and part.spread.contributors == 8


def test_what_an_unanswered_question_weighs():
    assert time_until([(1, True), (5, False), (5, False)], 0.5) is None
    assert time_until([(1, True), (2, True), (3, True), (5, False)], 0.5) == 2
    assert time_until([(4, False), (5, True), (6, True)], 0.5) == 5


def test_that_what_cant_be_asked_for_is_told():
    engine = Engine(SHARING)
    for asked, told in (
        ({"fewest": 0}, "a number of persons"),
        ({"since": datetime(2026, 1, 1)}, "UTC offset"),
        ({"minutes": {"accept": 3}}, "did you mean 'accepts'"),
    ):
        with pytest.raises(InvalidInput, match=told):
            engine.culture(**asked)
    with pytest.raises(UnknownName, match="did you mean 'points'"):
        engine.culture(purse="point")


def test_that_one_rule_that_gives_most_points_is_seen_to_drown_the_others():
    found = engine_of(a_company()).culture(fewest=1).rewards
    shares = {each.rule: each.share for each in found.rules}
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3) and not found.withheld
    assert found.drowning is None and 1 < found.effective_rules.value < len(shares)
    liked, asked, alone = (Counter({f"m{n}": each for n in range(5)}) for each in (9, 2, 5))
    given = {"liked": liked, "asked": asked}
    found = rewarded(given, fewest=5)
    assert (found.drowning, found.rules[0].share) == ("liked", pytest.approx(9 / 11, abs=1e-4))
    assert rewarded(given | {"third": alone}, fewest=5).drowning == "liked"
    assert rewarded({"liked": liked}, fewest=5).drowning is None


def rewarded(given, fewest):
    ground = Context(Scene(), tally([]), START, fewest=fewest)
    return rewards(ground, "points", Paid(defaultdict(Counter, given)))


def test_that_nothing_is_told_of_a_rule_that_gave_to_too_few():
    found = engine_of(a_company()).culture()
    (only,) = found.rewards.rules  # six asked; four answered, one accepted, one was thanked
    assert (only.share, found.rewards.effective_rules.value) == (1, 1)
    assert found.rewards.withheld >= 3 and found.rewards.drowning is None
    told = " ".join(each.means for each in sections(found))
    assert f"{found.rewards.withheld} rules gave points to too few persons to be shown." in told
    loose = engine_of(a_company()).culture(fewest=4).rewards
    assert {each.rule for each in loose.rules} > {only.rule}


PAID = st.dictionaries(
    st.sampled_from("rstuv"),
    st.dictionaries(st.integers(0, 9).map("m{}".format), st.integers(-20, 500), max_size=10),
    max_size=5,
)


@given(PAID, st.integers(1, 6), st.data())
def test_that_who_takes_what_is_told_from_the_whole_learns_nothing_of_too_few(paid, fewest, data):
    found = rewarded({rule: Counter(got) for rule, got in paid.items()}, fewest)
    few = {rule for rule, got in paid.items() if len([n for n in got.values() if n]) < fewest}
    assert not few & {each.rule for each in found.rules} and found.drowning not in few
    other = {
        rule: Counter(
            {m: n * data.draw(st.integers(1, 99)) if rule in few else n for m, n in got.items()}
        )
        for rule, got in paid.items()
    }
    again = rewarded(other, fewest)
    assert again.rules == found.rules and again.drowning == found.drowning
    assert again.effective_rules == found.effective_rules


def test_that_no_hidden_flow_can_be_had_from_the_sum():
    rows = [("member.joined", 0, f"{u}{n}", {"data": {"unit": u}}) for u in "abc" for n in range(6)]
    for giver, receiver in [*((f"a{n}", f"a{n + 1}") for n in range(5)), ("b0", "b1")]:
        rows.append(("kudos.given", 1, receiver, {"recipient": giver}))
    rows += [
        ("kudos.given", 1, f"c{n}", {"recipient": f"c{n + 1}"}) for n in range(5) for _ in "12"
    ]
    found = engine_of(happened(*rows)).culture().flow
    assert (found.help.count, found.help.within.value) == (16, 1.0)
    assert [found.matrix[n][n] for n in range(3)] == [None, None, 10]


def test_that_a_week_in_part_is_told_to_be_one():
    engine = engine_of(a_company())  # from a Monday to the next Sunday and beyond
    spans = [((0, 14), [7, 7]), ((0, 9), [7, 2]), ((2, 8), [5, 1]), ((1, 3), [2])]
    rows_ = [("post.shared", n, f"a{n % 6}", {"object": f"p{n}"}) for n in range(14)]
    engine.record_many([evolve(e, id=f"more-{e.id}") for e in happened(*rows_)])
    monday = START.replace(hour=0)
    for (first, last), days in spans:
        found = engine.culture(monday + timedelta(days=first), monday + timedelta(days=last))
        assert [each.days for each in found.weeks] == days
        assert [each["days"] for each in as_json(found)["weeks"]] == days
        said = {1: "Only 1 day of the last week lies", 2: "Only 2 days of the last week lie"}
        text, html = "\n".join(row for _, row in rows(found)), page(found)
        dashed = min(sum(each < 7 for each in days), len(days) - 1)
        assert html.count('class="curve part"') == html.count('class="second part"') == dashed
        assert ("of the last week" in text) == (days[-1] < 7) and said.get(days[-1], "") in text
        assert not days[1:] or ("of the last week" in html) == (days[-1] < 7)


# ---- faces -------------------------------------------------------------------------------------------------


def test_that_every_face_tells_the_same_and_no_text_is_wider_than_a_terminal():
    found = engine_of(a_company()).culture(fewest=4)
    told = [each for section in sections(found) for each in section.lines]
    text, html = [row for _, row in rows(found)], page(found)
    assert len(told) > 35 and max(map(len, text)) <= 80
    for each in told:
        assert each.value in html and each.value in "\n".join(text)
        assert each.value in markdown(found).replace("\\", "")


def test_that_a_page_is_one_file_and_nothing_from_outside_is_more_than_text():
    sly = "<script>alert(1)</script>"
    units = [sly, f"{sly} too"]
    rows_ = [("member.joined", 0, f"m{n}", {"data": {"unit": units[n // 6]}}) for n in range(12)]
    rows_ += [
        ("question.asked", n, f"m{n}", {"object": f"q{n}", "topics": [sly]}) for n in range(12)
    ]
    rows_ += [
        ("answer.posted", 7, f"m{n}", {"object": f"r{n}", "in_reply_to": f"q{n - 1}"})
        for n in range(1, 12)
    ]
    html = page(engine_of(happened(*rows_)).culture())
    assert "<script" not in html and html.count("&lt;script&gt;") >= 4
    assert html.count('role="img"') == 3 and "http" not in html and "<link" not in html
    HTMLParser().feed(html)


def test_the_command(tmp_path, capsys):
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(each.as_json()) + "\n" for each in a_company()))
    for face, begins in (
        ((), "sharing: does knowledge flow?"),
        (("--markdown",), "# sharing"),
        (("--html",), "<!doctype html>"),
        (("--json", "--named", "--fewest", "3"), "{"),
    ):
        assert run(["culture", "plugin:sharing", str(path), *face]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(begins) and "\x1b" not in shown
    assert json.loads(shown)["knowledge"]["topics"][0]["named"] == ["b0", "b1", "b2"]
    times = ["--since", "2026-02-01", "--until", "2026-01-01"]
    assert run(["culture", "plugin:sharing", str(path), *times]) == 2


def test_that_the_command_has_a_store_keep_its_days(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/acme.db"
    with Engine.open(url, SHARING) as engine:
        engine.record_many(a_company())
        assert run(["culture", url]) == 0
        before, store = capsys.readouterr().out, engine._memory.store
        for kept in (0, 7):
            with store.reading() as session:
                assert len([*session.scan(DAYS)]) == kept
            assert run(["culture", url, "--keep-days"]) == 0
            assert capsys.readouterr().out == before
    assert run(["culture", "plugin:sharing", str(tmp_path / "acme.db"), "--keep-days"]) == 2


def test_that_no_name_of_a_unit_or_topic_breaks_a_row():
    sly = "Lab\nand \x1b[31mred \u202e" + "long " * 9
    rows_ = [("member.joined", 0, f"m{n}", {"data": {"unit": sly}}) for n in range(6)]
    rows_ += [("post.shared", 1, f"m{n}", {"object": f"o{n}", "topics": [sly]}) for n in range(6)]
    rows_ += [
        ("answer.posted", 2, f"m{n}", {"object": f"r{n}", "in_reply_to": f"o{n - 1}"})
        for n in range(1, 6)
    ]
    found = [row for _, row in rows(engine_of(happened(*rows_)).culture(named=True))]
    assert sum("Lab and [31" in row for row in found) == 3
    assert max(map(len, found)) <= 80 and all(row.isprintable() for row in found)


# ---- truth -------------------------------------------------------------------------------------------------


needs_mail = pytest.mark.skipif(not MAIL.is_dir(), reason=f"the data aren't at {MAIL}")
needs_praise = pytest.mark.skipif(not PRAISE.is_dir(), reason=f"the data aren't at {PRAISE}")


@needs_mail
def test_that_a_company_mails_within_units_and_along_lines_as_was_found():
    from benchmarks.truth_culture import measure_mail

    found = measure_mail(MAIL)
    assert found["within_unit"] == pytest.approx(0.4525, abs=5e-5)
    assert found["by_chance"] == pytest.approx(0.3136, abs=5e-5)
    assert found["along_reporting_lines"] == pytest.approx(0.159, abs=5e-4)
    assert found["gini_of_sending"] == pytest.approx(0.633, abs=5e-4)


@needs_praise
def test_that_a_community_took_praise_up_as_it_published():
    from benchmarks.truth_culture import measure_praise

    found = measure_praise(PRAISE)
    assert found["nakamoto"] == [10, 10]
    for key, exact in (("givers", 8), ("receivers", 6)):
        assert found[key][0] >= exact and found[f"{key}_off_by"] <= 2
    assert found["new_off_by"] <= 3 and found["lost_off_by"] <= 3


def test_that_an_answer_counts_whichever_of_the_two_comes_first_in_the_order():
    names = [f"m{n}" for n in range(8)]
    for first in "az":  # the ids decide the order at one moment
        events = []
        for n in range(16):
            at = START + timedelta(hours=n)
            asker, helper = names[n % 8], names[(n + 3) % 8]
            events += [
                Event(
                    id=f"q{n}", type="question.asked", occurred_at=at, actor=asker, object=f"q{n}"
                ),
                Event(
                    id=f"{first}{n}",
                    type="answer.posted",
                    occurred_at=at,
                    actor=helper,
                    object=f"a{n}",
                    in_reply_to=f"q{n}",
                ),
            ]
        assert engine_of(events).culture().answering.answered.value == 1


# ---- by chance ---------------------------------------------------------------------------------------------


def mean_and_variance(found):
    mean = sum(found) / len(found)
    return mean, sum((each - mean) ** 2 for each in found) / len(found)


@pytest.mark.parametrize(
    ("units", "pairs"),
    [
        ("aab", {(0, 1): 3, (1, 0): 1, (1, 2): 2}),
        ("aabbc", {(0, 1): 1, (2, 3): 4, (4, 0): 2, (0, 4): 1}),
        ("aaabbb", {(0, 1): 5, (1, 2): 1, (3, 4): 1, (5, 0): 2, (2, 4): 1}),
        ("abcdef", {(0, 1): 1, (1, 2): 1}),
    ],
)
def test_that_what_units_dealt_out_anew_come_to_is_that_of_all_permutations(units, pairs):
    total = sum(pairs.values())
    all_ = [
        sum(n for (a, b), n in pairs.items() if dealt[a] == dealt[b]) / total
        for dealt in permutations(units)
    ]
    mean, variance = mean_and_variance(all_)
    found = by_permutation(
        [*Counter(units).values()], {(str(a), str(b)): n for (a, b), n in pairs.items()}
    )
    assert found == around(mean, variance, len(units))


@pytest.mark.parametrize(
    ("gives", "gets"), [("aab", "abb"), ("aabbc", "abccc"), ("aaabbb", "aabbbb"), ("ab", "cd")]
)
def test_that_the_spread_by_activity_is_that_of_all_ways_to_match(gives, gets):
    all_ = [
        sum(a == b for a, b in zip(gives, met, strict=True)) / len(gives)
        for met in permutations(gets)
    ]
    mean, variance = mean_and_variance(all_)
    assert by_configuration(Counter(gives), Counter(gets)) == pytest.approx(variance, abs=1e-12)
    flows = Counter(zip(gives, gets, strict=True))
    units = {name: name.lower() for name in "abcdABCD"}
    found = mixing({(a.upper(), b): n for (a, b), n in flows.items()}, units)
    assert found.by_activity == around(mean, variance, len(gives))


# ---- who may be named, and what is told of too few -----------------------------------------------------------


def numbers(item, inside=""):
    """Every number of a report by its name, but what was asked for and what is assumed."""
    if isinstance(item, dict):
        rest = {
            key: each for key, each in item.items() if key not in ("minutes", "target", "fewest")
        }
        for key, each in rest.items():
            yield from numbers(each, key)
    elif isinstance(item, list):
        for each in item:
            yield from numbers(each, inside)
    elif isinstance(item, int | float):
        yield inside, item


def test_that_not_even_a_count_is_told_of_too_few():
    found = as_json(engine_of(a_company()).culture(fewest=13))
    told = {name for name, number in numbers(found) if number}
    assert told == {"members", "period_days", "withheld"}


ACTS = ("shares", "asks", "answers", "replies", "accepts", "uses", "thanks", "reads")
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 6).map("m{}".format),
        st.none() | st.integers(7, 9).map("m{}".format),
    ),
    max_size=60,
)


@given(DEEDS, st.integers(1, 5), st.data())
def test_that_who_takes_acts_from_the_whole_learns_nothing_of_too_few(done, fewest, data):
    doers = defaultdict(set)  # what concerned another person, and what didn't, are two things
    for act, actor, other in done:
        doers[act, other is None].add(actor)
    few = {part for part, persons in doers.items() if len(persons) < fewest}
    more = [
        deed
        for deed in done
        if (deed[0], deed[2] is None) in few
        for _ in range(data.draw(st.integers(0, 9)))
    ]
    ground, again = (grounded(deeds, fewest) for deeds in (done, done + more))
    minutes = dict.fromkeys(ACTS, 60)
    assert again.acts == ground.acts and manner(again) == manner(ground)
    assert saved(again, minutes) == saved(ground, minutes)
    times = saved(ground, minutes).times
    for group in (HELPING, {*ACTS} - HELPING):  # of these the sums are told: of help and of contact
        there = {act for act, alone in doers if not alone and act in group}
        missing = set().union(*(doers[act, False] for act in there - times.keys()))
        assert len(missing) >= fewest or not missing or not there & times.keys()


def grounded(deeds, fewest):
    made = (Deed(START, act, actor, other, "q", ()) for act, actor, other in deeds)
    return Context(Scene(), tally(made), START, fewest=fewest)


def test_that_no_contact_of_too_few_can_be_had_by_taking_help_from_it():
    found = engine_of(a_company()).culture()  # all contact is help, but that one accepted an answer
    assert found.flow.help.count == 5
    assert found.flow.contact.count == 0 and found.flow.contact.within.withheld
    assert engine_of(a_company()).culture(fewest=2).flow.contact.count == 6


def test_that_a_hidden_vote_counts_by_whom_it_was_for():
    def told(others):
        hidden = [("likes", None, f"m{n}") for n in range(others)]
        return grounded([*hidden, *hidden, ("reads", None, None)], fewest=5).acts

    assert (told(5), told(4)) == ({"likes": 10}, {})


def test_that_nobody_is_named_who_opted_out_or_is_forgotten():
    store = MemoryStore()
    out = Event(
        id="out", type="member.joined", occurred_at=START, actor="b0", data={"listed": False}
    )
    Engine.over(store, SHARING).record_many([*a_company(), out])
    before = Engine.over(store).culture(named=True)
    assert before.spread.named == ("a0",) and before.knowledge.topics[0].named == ("b1", "b2", "b3")
    assert [each.first for each in before.spread.units] == ["a0"]
    forget(store, SHARING, "a0")
    forget(store, SHARING, "b2")
    found = Engine.over(store).culture(named=True)
    assert found.spread.named == () and found.knowledge.topics[0].named == ("b1", "b3")
    assert not [each.first for each in found.spread.units if each.first]


def test_that_a_time_without_anything_is_told_and_how_long_it_was():
    engine = engine_of(a_company())
    found = engine.culture(START + timedelta(days=400), START + timedelta(days=430))
    assert found.deeds == 0 and found.adoption.members == 12
    assert (found.adoption.active.value, found.adoption.period_days) == (0, 15)
    assert engine.culture(START + timedelta(days=400), START + timedelta(days=401)).adoption.members
    told = "\n".join(row for _, row in rows(found))
    assert "active in the last 15 days: 0, as many" in told and "until 5 contributed in A" in told


@pytest.mark.parametrize("store", [None, MemoryStore])
def test_that_a_time_may_begin_and_end_with_all_times_in_any_zone(store):
    east, west = (timezone(timedelta(hours=hours)) for hours in (14, -12))
    engine = engine_of(a_company()) if store is None else Engine.over(store(), SHARING)
    engine.record_many(a_company())
    first, last = datetime(1, 1, 1, tzinfo=east), datetime(9999, 12, 31, 23, tzinfo=west)
    whole, found = engine.culture(), engine.culture(first, last)
    assert (found.deeds, found.flow) == (whole.deeds, whole.flow)
    assert not engine.culture(last).deeds


class Counted(dict):
    asked = 0

    def get(self, *of):
        self.asked += 1
        return super().get(*of)


@pytest.mark.parametrize("top", ["m1000", "m0", "m999"])
def test_that_a_long_reporting_line_is_gone_along_once(top):
    """To nobody's level, in a circle to the first of the line, or to one who is above themself."""
    scene = Scene(managers=Counted({f"m{no}": f"m{no + 1}" for no in range(999)} | {"m999": top}))
    expected = {"m1000": 1000, "m0": None, "m999": 999}[top]
    assert scene.levels().get("m0") == expected
    assert scene.managers.asked <= 1001


def test_that_it_is_told_first_whether_the_community_moves():
    found = engine_of(a_company()).culture()
    told = lead(found)
    assert "Members active in the last" in told and "fell silent: " in told
    assert f": {found.deeds} deeds" in page(found)
    for face in (
        page(found),
        markdown(found).replace("\\", ""),
        "\n".join(t for _, t in rows(found)),
    ):
        assert told in " ".join(face.split())


def test_that_what_has_no_figure_takes_one_sentence_and_not_a_row_each():
    few = engine_of(happened(*(("member.joined", 0, f"m{n}", {}) for n in range(3)))).culture()
    assert lead(few) == "Figures appear here as soon as 5 members take part."
    assert sections(few) == () and "<strong>" not in page(few) and "0 deeds" not in page(few)
    found = sections(engine_of(a_company()).culture())
    assert all(each.value != "—" for section in found for each in section.lines)
    told = " ".join(each.means for each in found)
    assert (
        "No figure yet (would tell of fewer than 5 persons): contributions by the busiest 1%; "
        in told
    )


def test_that_a_gini_has_as_many_decimals_as_those_beside_it():
    found = engine_of(a_company()).culture()
    giving = evolve(found.participation.gini_giving, value=0.5)
    half = evolve(found, participation=evolve(found.participation, gini_giving=giving))
    for language, told in (("en", "0.50"), ("de", "0,50"), ("fr", "0,50"), ("es", "0,50")):
        lines = {each for part in sections(half, speech(language)) for each in part.lines}
        assert told in {each.value for each in lines if "Gini" in each.label}
        assert told in lorenz(half, speech(language))


@pytest.mark.parametrize("wide", [40, 60, 80])
def test_that_a_report_fits_a_narrow_terminal_and_says_the_same(wide):
    found = engine_of(a_company()).culture()
    told = [text for _, text in rows(found, wide=wide)]
    assert max(map(len, told)) <= wide
    words = " ".join(" ".join(told).split())
    for section in sections(found):
        for each in section.lines:
            assert each.value in words
            assert each.label in words or wide > 40


def test_that_the_largest_units_are_listed_and_the_others_counted():
    members = [(f"m{u}-{n}", f"u{u}") for u in range(10) for n in range(5 + (u > 1))]
    rows = [("member.joined", 0, name, {"data": {"unit": unit}}) for name, unit in members]
    rows += [("question.asked", 1, name, {"object": f"q-{name}"}) for name, _ in members]
    found = {each.name: each for each in sections(engine_of(happened(*rows)).culture())}
    listed = [
        each.label.removeprefix("contributed in ")
        for each in found["adoption"].lines
        if each.label.startswith("contributed in ")
    ]
    assert listed == [f"u{n}" for n in range(2, 10)]
    assert found["adoption"].means.endswith(" 2 smaller units aren't listed.")
    assert " 2 smaller units aren't listed." in found["spread"].means


def test_that_the_topics_that_are_not_listed_are_counted():
    rows = [
        ("question.asked", 1, f"m{n}", {"object": f"q{t}-{n}", "topics": [f"t{t}"]})
        for t in range(9)
        for n in range(5)
    ]
    found = {each.name: each for each in sections(engine_of(happened(*rows)).culture())}
    assert found["topics"].means.endswith(" 1 topic with less help isn't listed.")


def test_that_no_value_of_the_text_is_cut_and_no_percentage_is_broken():
    found = [text for _, text in rows(engine_of(a_company()).culture(), speech("de"))]
    (tax,) = (each for each in found if "tax" in each)
    assert tax.split() == ["tax:", "ruht", "auf", "3", "Personen", "4", "Personen", "halfen"]
    assert "\u00a0%" in "".join(found)
    assert not [each for each in found if each.strip().startswith("%")]


@pytest.mark.parametrize("face", [markdown, lambda found: "\n".join(t for _, t in rows(found))])
def test_that_the_text_says_what_likely_means(face):
    told = " ".join(face(engine_of(a_company()).culture()).split())
    assert told.endswith("A likely range is the 95% confidence interval.")
