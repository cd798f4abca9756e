"""Where a book says ``individuals = false``, nothing that anybody is shown has another member's name: read letter by letter, wherever it is shown."""

import json
import os
from random import Random

import pytest
from attrs import evolve
from starlette.testclient import TestClient

from communities import BEGIN, community
from naive.rights import renamed
from wiifm import Engine, Event, RuleBook, UnknownName, Withheld
from wiifm.cli.app import run
from wiifm.culture.data import as_json as reported
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
say = "{mentor} mentors {actor} of {unit}, who helped {recipient}"
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
    for entry in engine.ledger():
        if entry.holder.kind != "member":
            found = engine.explain(entry)
            seen.check("explain", f"{found} {found!r}")
    with pytest.raises(UnknownName) as unknown:
        engine.member(f"{sorted(members)[0]}x")
    seen.check("who was meant", str(unknown.value).replace(f"{sorted(members)[0]}x", ""))


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
        to = next(iter(sorted(seen.others)))
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
    check_commands(url, text, tmp_path, members, me, [e.no for e in engine.ledger(me)], shown)
    check_site(engine, members, me)


# ---- what it found -------------------------------------------------------------------------------------------

QUIET = RuleBook.parse(RULES.replace("PACK", "sharing"))


def engine_of(*events):
    engine = Engine(QUIET)
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
    (unit,) = [each for each in engine_of(JOINED, THANKED).standings() if each.holder.id == "Law"]
    assert [(each.key, each.occurrence) for each in unit.badges] == [
        ("colleague 1", ("colleague 1",))
    ]


def test_that_an_entry_of_a_unit_called_like_a_member_names_nobody():
    engine = engine_of(evolve(JOINED, data={"unit": "raj"}), THANKED)
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
