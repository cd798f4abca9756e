"""Where a book says ``individuals = false``, nothing that anybody is shown has another member's name: read letter by letter, wherever it is shown."""

import json
import os
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from attrs import evolve
from starlette.testclient import TestClient

from communities import BEGIN, community
from naive.rights import renamed
from wiifm import Engine, Event, Holder, InvalidRuleBook, RuleBook, UnknownName, Withheld
from wiifm.accounts import Accounts
from wiifm.cli.app import run
from wiifm.culture.data import as_json as reported
from wiifm.engine_readings import memory_of
from wiifm.folds.relate import Relations
from wiifm.showing import mail, markdown, page
from wiifm.statement import as_json as stated
from wiifm.web import application
from wiifm.words.catalogues import languages, speech

SEEDS = range(300 if os.environ.get("WIIFM_LONG") else 3)
RULES = """
[book]
id = "quiet"
use = ["PACK"]
individuals = false
fewest = 5
[[rule]]
id = "profile"
on = ["member.joined", "member.updated"]
points = 1
say = "{actor} works for {manager} in {unit}"
[[rule]]
id = "to-mentor"
on = ["answer.posted", "question.asked", "post.shared"]
to = "mentor"
points = 2
say = "{mentor} mentors {actor}, who helped {recipient}"
[[rule]]
id = "to-all"
on = ["answer.posted", "object.liked", "kudos.given", "answer.accepted"]
to = "unit"
points = 1
say = "{actor} helped {recipient}"
[[rule]]
id = "in-community"
on = ["answer.posted", "object.liked", "question.asked"]
to = "community"
points = 1
say = "{actor} helped {recipient}"
[[badge]]
id = "fan"
count = ["kudos.given", "object.liked"]
to = "recipient"
per = "person"
again = "person"
at_least = { bronze = 1, silver = 9 }
points = 3
say = "{actor} is a fan of {recipient}"
[[badge]]
id = "friends"
count = ["kudos.given", "answer.posted"]
per = "pair"
again = "pair"
at_least = { bronze = 1, silver = 7 }
[[badge]]
id = "known-here"
count = ["kudos.given", "answer.posted", "object.liked"]
to = "unit"
per = "person"
again = "person"
at_least = { bronze = 1, silver = 9 }
[[badge]]
id = "at-home"
count = ["answer.posted", "question.asked"]
to = "community"
per = "person"
again = "person"
at_least = 1
[[badge]]
id = "circle"
groups = "person"
each = { count = ["kudos.given", "object.liked"], at_least = 2 }
to = "recipient"
at_least = 2
[[rule]]
id = "prize"
on = "campaign.paid"
to = "recipient"
points = "amount"
[campaign.spring]
pays = "points"
budget = 100
[ladder.trust]
[[ladder.trust.level]]
id = "seen"
to = "recipient"
count = "kudos.given"
per = "person"
at_least = 2
[[ladder.trust.level]]
id = "liked"
to = "recipient"
count = "kudos.given"
at_least = 5
"""
SPOKEN = [speech(each) for each in languages()]
PACKS = ["sharing", "stackexchange", "discourse"]
PAGES = ["", "badges", "leaderboard", "rules", "why", "culture", "kudos"]
READS = ["statement", "entries", "badges", "leaderboard", "rules", "culture", "openapi.json"]


def life(random):
    """What happened, of members whose names stand in no other word."""
    found = community(random, random.choice([4, 8]), 70, random.choice([3, 30]))
    return [renamed(each, _odd) for each in found]


def _odd(name):
    return f"Zzq{name[1:]}x" if name[:1] == "m" and name[1:].isdigit() else name


class Seen:
    """Finds names in what one member is shown, or nobody in particular."""

    def __init__(self, members, me=None):
        self.others = {*members} - {me}

    def check(self, where, text):
        named = [each for each in self.others if each in text]
        assert not named, (where, named, _around(text, named))


def _around(text, named):
    at = text.index(named[0])
    return text[max(0, at - 200) : at + 80]


def check_readings(engine, members, me):
    seen = Seen(members, me)
    seen.check("standing", repr(engine.standing(me)))
    for since in (None, BEGIN.replace(day=3)):
        found = engine.statement(me, since)
        assert not found.reach.levels
        seen.check("repr", repr(found))
        seen.check("json", json.dumps(stated(found)))
        for language in SPOKEN:
            seen.check("markdown", markdown(found, language))
            seen.check("page", page(found, language))
            seen.check("mail", mail(found, language).as_string())
    for entry in engine.ledger(me):
        found = engine.explain(entry)
        seen.check("explain", f"{found} {found!r}")


def check_whole(engine, members):
    """What is shown to anybody."""
    seen = Seen(members)
    seen.check("standings", repr(engine.standings()))
    report = engine.culture()
    seen.check("culture", f"{report} {report!r} {json.dumps(reported(report))}")
    for reading in (engine.leaderboard, lambda: engine.culture(named=True)):
        with pytest.raises(Withheld) as withheld:
            reading()
        seen.check("withheld", str(withheld.value))
    told = {each.holder for each in engine.standings()}
    for entry in engine.ledger():
        if entry.holder.kind != "member":
            text = said_of(lambda entry=entry: engine.explain(entry), entry.holder in told)
            seen.check("explain", text)
    with pytest.raises(UnknownName) as unknown:
        engine.member(f"{sorted(members)[0]}x")
    seen.check("who was meant", str(unknown.value).replace(f"{sorted(members)[0]}x", ""))


def said_of(reading, is_told):
    """A reading of a unit or a community in words, which is an error where it isn't told."""
    if is_told:
        return f"{(found := reading())} {found!r}"
    with pytest.raises(Withheld) as withheld:
        reading()
    return str(withheld.value)


def check_groups(engine, events):
    """No unit or community is told of which fewer than so many earned anything, nor can what such ones have be had from a sum."""
    known = {each.id: each for each in events}
    unit_now, left = {}, set()
    gone = {each.retracts for each in events}
    said = [each for each in events if each.id not in gone and each.type.startswith("member.")]
    for each in sorted(said, key=lambda each: (each.occurred_at, each.id)):
        if "unit" in each.data:
            unit_now[each.actor] = each.data["unit"]
        if each.type != "member.updated":
            (left.add if each.type == "member.left" else left.discard)(each.actor)
    told = {each.holder for each in engine.standings()}
    for kind in ("unit", "community"):
        earners = {each: set() for each in engine.holders() if each.kind == kind}
        booked = Counter()
        for entry in engine.ledger():
            if entry.holder.kind == kind:
                booked[entry.holder, entry.event, entry.purse] += entry.amount
        for (holder, name, _), amount in booked.items():
            if amount:
                event = known[name]
                named = {
                    event.actor,
                    event.recipient,
                    author_of(event, events, engine.book.types),
                } - {None}
                mine = {each for each in named - left if unit_now.get(each) == holder.id}
                earners[holder] |= mine if kind == "unit" else named
        missing = earners.keys() - told
        for each, persons in earners.items():
            said_of(lambda each=each: engine.standing(each), each in told)
            assert each in missing or len(persons) >= engine.book.fewest
        behind = set().union(*(earners[each] for each in missing))
        assert not missing or missing == earners.keys() or len(behind) >= engine.book.fewest


def test_that_neither_what_corrects_an_entry_nor_what_it_corrects_names_anybody():
    rule = "[[rule]]\nid = 'r'\non = 'kudos.given'\nto = 'recipient'\npoints = 1\nsay = '{actor} thanked you'"
    book = RuleBook.parse(f"[book]\nid = 'b'\nindividuals = false\n{rule}")
    engine = engine_of(on(1, "kudos.given", "raj", recipient="ann", data={"text": "x"}), book=book)
    (first,) = engine.ledger("ann")
    engine.retract(first.event, at=BEGIN + timedelta(days=9))
    first, second = map(engine.explain, engine.ledger("ann"))
    assert first.corrections == (second.entry,) and second.corrects == first.entry
    assert "raj" not in repr((first, second))


def test_that_what_is_left_of_a_unit_that_nothing_credits_any_more_is_not_told(tmp_path):
    text = '[book]\nid = "quiet"\nindividuals = false\nfewest = 1\n[[rule]]\nid = "team"\non = "kudos.given"\nto = "unit"\npoints = 1'
    joined = {"type": "member.joined", "actor": "ann", "data": {"unit": "Lab"}}
    thanks = {"type": "kudos.given", "actor": "raj", "recipient": "ann", "data": {"text": "x"}}
    for url in ("memory:", f"sqlite:///{tmp_path}/quiet.db"):
        with Engine.open(url, RuleBook.parse(text)) as engine:
            for number, more in enumerate((joined, thanks)):
                at = BEGIN + timedelta(days=number)
                engine.record(Event(id=f"e{number}", occurred_at=at, **more))
            assert "Lab" in str(engine.explain(1))
            engine.retract("e1", at=BEGIN + timedelta(days=2))
            assert not engine.standings()
            for entry in engine.ledger():
                with pytest.raises(Withheld):
                    engine.explain(entry)


def author_of(event, events, types):
    """Whoever made first what an event acts on."""
    thing, gone = event.in_reply_to or event.object, {each.retracts for each in events}
    made = [e for e in events if e.object == thing and types[e.type].creates and e.id not in gone]
    first = min(made, key=lambda each: (each.occurred_at, each.id), default=None)
    return first.actor if first else None


def check_site(engine, members, me):
    seen = Seen(members, me)
    app = application(
        engine,
        who=lambda scope: me,
        owner=lambda *_: True,
        writes=True,
        clock=lambda: BEGIN.replace(month=5),
    )
    with TestClient(app) as client:
        numbers = [entry.no for entry in engine.ledger(me)][-10:]
        paths = [f"/{name}" for name in PAGES]
        paths += [f"/fragments/{name or 'statement'}" for name in PAGES]
        paths += [f"/why/{no}" for no in numbers] + [f"/api/why/{no}" for no in numbers]
        paths += [f"/api/{name}" for name in READS] + [
            "/?over=all",
            "/why?line=reach.people&over=all",
        ]
        for path in paths:
            for language in ("en", "de"):
                answer = client.get(path, headers={"accept-language": language})
                seen.check(path, answer.text)
        with memory_of(engine).reading():
            to = memory_of(engine).flow.relations.there(sorted(seen.others))[0]
        sent = client.post("/api/kudos", json={"recipient": to, "text": "well done"})
        assert sent.status_code == 200
        Seen(members, me).check("kudos", sent.text)


def check_commands(url, text, tmp_path, members, me, entries, shown):
    other = tmp_path / "other.toml"
    other.write_text(text.replace("points = 2", "points = 5"), encoding="utf-8")
    own, all_ = Seen(members, me), Seen(members)
    for face in ([], ["--json"], ["--html"], ["--markdown"], ["--mail"], ["--why"]):
        own.check(face, shown(["statement", me, url, *face]))
    for number in entries[-5:]:
        for face in ([], ["--json"]):
            own.check(("explain", face), shown(["explain", f"#{number}", url, *face]))
    for command in (
        ["standings", url],
        ["culture", url],
        ["rescore", url, str(other), "--preview"],
        ["leaderboard", url],
        ["close", url, "spring", "--until", "2026-06-01", "--preview"],
        ["statement", f"{me}x", url],
    ):
        for face in ([], ["--json"]):
            all_.check((command, face), shown([*command, *face]).replace(f"{me}x", ""))


@pytest.mark.parametrize("seed", SEEDS)
def test_that_nobody_is_shown_to_anybody_else(seed, tmp_path, capsys):
    random, text = Random(seed), RULES.replace("PACK", PACKS[seed % len(PACKS)])
    text = text.replace("fewest = 5", f"fewest = {random.randint(1, 5)}")
    events, url = life(random), f"sqlite:///{tmp_path}/quiet.db"

    def shown(arguments):
        capsys.readouterr()
        run(arguments)
        return "".join(capsys.readouterr())

    engine = Engine.open(url, RuleBook.parse(text))
    assert engine.record_many(events).recorded > len(events) / 2
    members = {who for e in events for who in (e.actor, e.recipient, e.data.get("manager")) if who}
    members = {each for each in members if each.startswith("Zzq")}
    me = random.choice(sorted({e.actor for e in events if e.actor}))
    check_readings(engine, members, me)
    check_whole(engine, members)
    check_groups(engine, events)
    check_commands(url, text, tmp_path, members, me, [e.no for e in engine.ledger(me)], shown)
    check_site(engine, members, me)


# ---- what it found -------------------------------------------------------------------------------------------

QUIET = RuleBook.parse(RULES.replace("PACK", "sharing"))


def engine_of(*events, book=QUIET):
    engine = Engine(book)
    assert engine.record_many(events).recorded == len(events)
    return engine


def on(number, kind, actor, **more):
    return Event(id=f"e{number}", type=kind, occurred_at=BEGIN, actor=actor, **more)


JOINED = on(1, "member.joined", "ann", data={"unit": "Law", "manager": "noor"})
THANKED = on(2, "kudos.given", "raj", recipient="ann")


def test_that_nobody_is_told_whom_somebody_reports_to():
    found = engine_of(JOINED).explain(1)
    assert found.entry.say == "ann works for somebody in Law"
    assert found.event.data["manager"] == "somebody"
    assert engine_of(evolve(JOINED, data={"manager": "ann"})).explain(1).event.data == {
        "manager": "ann"
    }


def test_that_badges_of_a_unit_name_nobody():
    loose = evolve(QUIET, fewest=1)
    (unit,) = [
        each
        for each in engine_of(JOINED, THANKED, book=loose).standings()
        if each.holder.id == "Law"
    ]
    assert [(each.key, each.occurrence) for each in unit.badges] == [
        ("colleague 1", ("colleague 1",))
    ]


def test_that_an_entry_of_a_unit_called_like_a_member_names_nobody():
    engine = engine_of(evolve(JOINED, data={"unit": "raj"}), THANKED, book=evolve(QUIET, fewest=1))
    (entry,) = [each for each in engine.ledger() if each.holder.kind == "unit"]
    assert engine.explain(entry).entry.say == "somebody helped somebody"


def test_that_a_closing_to_come_ranks_nobody():
    engine, until = engine_of(JOINED, THANKED), BEGIN.replace(month=6)
    found = engine.preview_closing("spring", at=until, until=until)
    assert (found.pool, found.places) == (100, ())


def test_that_nobody_is_meant_by_a_name_that_isnt_known():
    with pytest.raises(UnknownName) as unknown:
        engine_of(JOINED).member("anm")
    assert unknown.value.nearest is None


def in_units(sizes):
    """Somebody thanks the members of some units, each once."""
    for number, unit in enumerate(unit for unit, size in sizes.items() for _ in range(size)):
        yield on(100 + number, "member.joined", f"m{number}", data={"unit": unit})
        yield on(500 + number, "kudos.given", "boss", recipient=f"m{number}")


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"Law": 1, "Lab": 5, "Sales": 6}, {"Sales"}),  # or Law's is the sum less the others'
        ({"Law": 1, "Lab": 6, "Sales": 5}, {"Sales"}),
        ({"Law": 4, "Art": 1, "Lab": 5}, {"Lab"}),
        ({"Law": 5, "Lab": 6}, {"Law", "Lab"}),
        ({"Law": 1, "Lab": 5}, set()),
        ({"Law": 4}, set()),
    ],
)
def test_which_units_are_told(sizes, told):
    engine = engine_of(*in_units(sizes))
    assert {each.holder.id for each in engine.standings() if each.holder.kind == "unit"} == told
    for unit in sizes.keys() - told:
        with pytest.raises(Withheld, match=r"fewer than 5 of its members earned it"):
            engine.standing(Holder("unit", unit))
    for entry in engine.ledger():
        if entry.holder.id in sizes:
            said_of(lambda entry=entry: engine.explain(entry), entry.holder.id in told)


def test_that_who_left_a_unit_hides_nobody_who_stayed():
    moved = [
        evolve(
            on(900 + n, "member.updated", f"m{n}", data={"unit": "Sales"}),
            occurred_at=BEGIN.replace(day=9),
        )
        for n in range(4)
    ]
    engine = engine_of(*in_units({"Law": 5, "Sales": 6}), *moved)
    assert not [each for each in engine.standings() if each.holder.id == "Law"]


def test_that_whose_merit_was_taken_back_hides_nobody_whose_merit_stands():
    engine = engine_of(*in_units({"Law": 5, "Lab": 6, "Sales": 7}))
    assert engine.standing(Holder("unit", "Law"))
    engine.retract("e500")
    assert {each.holder.id for each in engine.standings() if each.holder.kind == "unit"} == {
        "Sales"
    }


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/quiet.db"])
def test_that_the_same_unit_is_hidden_beside_few_whose_ever_the_last_merits_were(
    url, tmp_path, open_engine
):
    """Of the many in Art, few were thanked lately."""
    events = [*in_units({"Law": 1, "Art": 20, "Lab": 7})]
    for n in range(100):
        thanked = on(1000 + n, "kudos.given", f"boss{n}", recipient=f"m{1 + n % 5}")
        events.append(evolve(thanked, occurred_at=BEGIN + timedelta(days=n)))
    engines = Engine(QUIET), open_engine(url.format(tmp_path), QUIET)
    for engine in engines:
        assert not engine.record_many(events).rejected
        told = {each.holder.id for each in engine.standings() if each.holder.kind == "unit"}
        assert told == {"Lab"}


def test_that_no_unit_is_named_by_which_one_knows_who_is_meant():
    """Somebody in Lab answers what the only one in Law asks, who is above them, and one of many in Sales."""

    def helped(number, asker):
        yield on(number, "question.asked", asker, object=f"q{number}")
        yield on(number + 1, "answer.posted", "m0", object=f"a{number}", in_reply_to=f"q{number}")

    sales = range(2, 7)
    profiles = [on(100, "member.joined", "m0", data={"unit": "Lab", "manager": "m1"})]
    profiles += [on(101, "member.joined", "m1", data={"unit": "Law"})]
    profiles += [on(100 + n, "member.joined", f"m{n}", data={"unit": "Sales"}) for n in sales]
    events = [*profiles, *helped(200, "m1"), *helped(300, "m2")]
    open_, quiet = (
        engine_of(*events, book=evolve(QUIET, individuals=each)).statement("m0").reach
        for each in (True, False)
    )
    assert [each.to for each in open_.units] == ["Law", "Sales"] and open_.levels
    assert [each.to for each in quiet.units] == ["Sales"] and not quiet.levels
    assert len(quiet.people) == 2


@pytest.mark.parametrize(("moved", "most"), [(0, 50), (60, 199)])
def test_that_of_a_large_unit_no_more_is_looked_at_than_who_came_last(moved, most, monkeypatch):
    """Unless those have left it by now: then whoever is in it is found among all."""
    came = [on(1000 + n, "member.joined", f"m{n}", data={"unit": "Sales"}) for n in range(1, 200)]
    left = [evolve(each, id=f"{each.id}b", data={"unit": "Law"}) for each in came[199 - moved :]]
    engine = engine_of(
        on(1, "member.joined", "m0", data={"unit": "Lab"}),
        *came,
        on(2, "question.asked", "m1", object="q"),
        on(3, "answer.posted", "m0", object="a", in_reply_to="q"),
        *(evolve(each, occurred_at=BEGIN + timedelta(days=1)) for each in left),
    )
    looked_at = []
    monkeypatch.setattr(
        Relations, "prefetch_profiles", lambda _, members: looked_at.append(len([*members]))
    )
    assert [each.to for each in engine.statement("m0").reach.units] == ["Sales"]
    assert max(looked_at) == most


def test_that_no_report_is_of_fewer_than_the_book_says():
    engine = engine_of(*in_units({"Law": 5, "Lab": 6}))
    with pytest.raises(Withheld, match=r"of fewer than 5 persons"):
        engine.culture(fewest=4)
    assert engine.culture().fewest == 5
    eight = engine_of(*in_units({"Law": 5, "Lab": 6}), book=evolve(QUIET, fewest=8))
    assert eight.culture().fewest == 8
    assert Engine(evolve(QUIET, fewest=8, individuals=True)).culture(fewest=2).fewest == 2


def test_that_fewest_is_kept_in_the_book(tmp_path):
    (tmp_path / "strict.toml").write_text("[book]\nid = 's'\nfewest = 8", encoding="utf-8")
    (tmp_path / "own.toml").write_text("[book]\nid = 'o'\nuse = ['strict.toml']", encoding="utf-8")
    book = RuleBook.load(tmp_path / "own.toml")
    assert book.fewest == 8 == RuleBook.parse(book.dumps()).fewest
    assert book.digest == RuleBook.parse("[book]\nid = 'o'\nfewest = 3").digest
    for wrong in ("0", "'5'"):
        with pytest.raises(InvalidRuleBook, match="key 'fewest'"):
            RuleBook.parse(f"[book]\nid = 'o'\nfewest = {wrong}")


def test_that_the_tables_tell_of_units_where_members_are_not_named(tmp_path, capsys):
    text = "[book]\nid = 'b'\nindividuals = false\nfewest = 2\n[[rule]]\nid = 'team'\non = 'kudos.given'\nto = 'unit'\npoints = 1"
    (tmp_path / "b.toml").write_text(text, encoding="utf-8")
    lines = [json.dumps(each.as_json()) for each in in_units({"Law": 1, "Lab": 2, "Art": 3})]
    (tmp_path / "e.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run(["score", str(tmp_path / "b.toml"), str(tmp_path / "e.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "unit Lab" in told and "individuals = false" in told
    assert not [each for each in ("Law", "Art", "m0") if each in told]


def test_that_an_event_is_explained_though_it_brought_something_to_a_unit_of_few(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/quiet.db"
    with Engine.open(url, QUIET) as engine:
        engine.record_many(in_units({"Law": 1}))
        whose = {each.holder.kind for each in engine.entries_of("e500")}
    assert {"member", "unit"} <= whose
    assert run(["explain", "e500", url, "--json"]) == 0
    explained = json.loads(capsys.readouterr().out)["explanations"]
    assert {each["entry"]["holder"]["kind"] for each in explained} == {"member"}


def test_that_the_number_of_an_entry_that_is_not_told_may_be_the_id_of_an_event(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/quiet.db"
    with Engine.open(url, QUIET) as engine:
        engine.record_many(in_units({"Law": 1}))
        by_kind = {each.holder.kind: each.no for each in engine.entries_of("e500")}
        untold, told = str(by_kind["unit"]), str(by_kind["member"])
    for what in (untold, f"#{untold}"):
        assert run(["explain", what, url]) == 2
        said = capsys.readouterr().err
        assert "individuals = false: the standing of the unit 'Law' is withheld" in said
        assert f"event '{what}'" in said
    with Engine.open(url, QUIET) as engine:
        for name in (untold, told, f"#{untold}"):
            posted = evolve(on(600 + len(name), "post.shared", "m0", object=name), id=name)
            assert engine.record(posted).status == "recorded"
    for what, event in ((untold, untold), (f"#{untold}", f"#{untold}"), (told, None)):
        assert run(["explain", what, url, "--json"]) == 0
        receipt = json.loads(capsys.readouterr().out)["receipt"]
        assert (receipt and receipt["event"]) == event


@pytest.mark.parametrize(("size", "told"), [(4, None), (5, {f"p{n}": 3 for n in range(5)})])
def test_that_the_worth_of_what_a_unit_made_is_told_of_no_fewer(size, told):
    rule = "[[rule]]\nid = 'score'\non = 'object.liked'\nto = 'unit'\njudged = { by = 'mean', value = '3' }"
    book = RuleBook.parse(f"[book]\nid = 'b'\nindividuals = false\n{rule}\npoints = 'value'")
    events = [on(10 + n, "member.joined", f"m{n}", data={"unit": "Law"}) for n in range(size)]
    events += [on(20 + n, "post.shared", f"m{n}", object=f"p{n}") for n in range(size)]
    events += [on(30 + n, "object.liked", "boss", object=f"p{n}") for n in range(size)]
    engine = engine_of(*events, book=book)
    try:
        assert engine.scores("score", Holder("unit", "Law")) == told
    except Withheld:
        assert told is None


def test_that_each_row_is_looked_at_once_however_many_communities_there_are(monkeypatch):
    events = [on(n, "object.liked", "ann", object="p", community=f"c{n}") for n in range(100, 300)]
    engine = engine_of(on(1, "post.shared", "bob", object="p"), *events)
    asked, of_holder = [], Accounts.of_holder
    monkeypatch.setattr(
        Accounts, "of_holder", lambda *given: (asked.append(1), *of_holder(*given))[1:]
    )
    assert not [each for each in engine.standings() if each.holder.kind == "community"]
    assert len(asked) <= 2
