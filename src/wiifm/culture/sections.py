"""The sections of a report in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from attrs import evolve

from wiifm.culture.figures import OTHERS
from wiifm.culture.nouns import BadgeTier, Culture, UnitAdoption, UnitSpread
from wiifm.culture.telling import (
    MOST,
    NONE,
    Line,
    Section,
    Teller,
    decimals,
    number,
    percent,
    unit_name,
)
from wiifm.event_types import Act
from wiifm.statement.rule_words import tiered, title
from wiifm.words.speech import ENGLISH, Speech


def sections(culture: Culture, speech: Speech = ENGLISH) -> tuple[Section, ...]:
    """The sections of a report that have figures.

    >>> from wiifm import Engine, RuleBook
    >>> sections(Engine(RuleBook.load("plugin:sharing")).culture())
    ()
    """
    parts = (_taking_part, _spread, _evenness, _manner, _flow, _answers, _topics, _rewards, _badges)
    found = (_without_empty(part(Teller(culture, speech), speech), speech) for part in parts)
    return tuple(each for each in found if each.lines)


def _without_empty(section: Section, s: Speech) -> Section:
    """A section without the lines that have no figure; a sentence for each reason names those."""
    lines = tuple(each for each in section.lines if each.value != NONE)
    empty: dict[str, list[str]] = {}
    for each in section.lines:
        if each.value == NONE:
            empty.setdefault(each.note, []).append(each.label)
    without = [
        s("No figure yet ({why}): {labels}.", why=why, labels=s("; ").join(labels))
        for why, labels in empty.items()
    ]
    return evolve(section, lines=lines, means=" ".join((section.means, *without)))


def _taking_part(teller: Teller, s: Speech) -> Section:
    a, tell = teller.culture.adoption, teller.line
    lines = [
        tell(s("members who took part"), a.active, "members"),
        tell(s("members who contributed"), a.contributing, "members"),
        *([] if a.contributing.value is None else [_target(a.target, s)]),
    ]
    for unit in _largest(a.units):
        label = s("contributed in {unit}", unit=unit_name(unit.unit, s))
        lines.append(tell(label, unit.contributing, "members"))
    means = s("The target: a fifth of all members contributes.")
    return Section("adoption", s("Who takes part"), f"{means}{_smaller(a.units, s)}", tuple(lines))


_Unit = TypeVar("_Unit", UnitAdoption, UnitSpread)


def _largest(units: Sequence[_Unit]) -> list[_Unit]:
    """The units that are listed, in their order: the largest ones, and the small ones that are reported together."""
    ranked = sorted(units, key=lambda each: (each.unit != OTHERS, -each.members, each.unit))
    listed = {each.unit for each in ranked[:MOST]}
    return [each for each in units if each.unit in listed]


def _smaller(units: Sequence[UnitAdoption | UnitSpread], s: Speech) -> str:
    """How many units aren't listed; "" if all are."""
    more = len(units) - MOST
    return _many(s, "{n} smaller unit isn't listed.", "{n} smaller units aren't listed.", more)


def _many(s: Speech, one: str, several: str, n: int) -> str:
    """A further sentence about how many there are; "" if there are none."""
    return f" {s.many(one, several, n)}" if n > 0 else ""


def _target(share: float, s: Speech) -> Line:
    return Line(s("target for contributing"), percent(share, s))


def _spread(teller: Teller, s: Speech) -> Section:
    found, tell = teller.culture.spread, teller.line
    lines = [
        teller.count(s("ever contributed"), found.contributors, s("members")),
        tell(s("early contributors followed by a colleague"), found.followed, "early"),
        tell(s("days until the first colleague followed"), found.lag_days, "followed", number),
    ]
    for unit in _largest(found.units):
        words = {"some": s.number(unit.contributors), "all": s.number(unit.members)}
        said = s("{some} of {all} since {day}", day=s.day(unit.began), **words)
        if unit.first:
            said = s("{said}, by {person}", said=said, person=s.person(unit.first))
        days = unit.days.value
        shown = NONE if days is None else s.many("{n} day", "{n} days", int(days))
        fewest, name = s.number(teller.culture.fewest), unit_name(unit.unit, s)
        label = s("until {n} contributed in {unit}", n=fewest, unit=name)
        lines.append(Line(label, shown, said))
    means = s(
        "Whether colleagues of the same unit began to contribute within 90 days of the first ones."
    )
    means += _smaller(found.units, s)
    return Section("spread", s("First believers"), means, tuple(lines))


def _evenness(teller: Teller, s: Speech) -> Section:
    p, tell = teller.culture.participation, teller.line
    lines = (
        tell(s("have not contributed"), p.onlookers, "members"),
        tell(s("contributions by the busiest 1%"), p.top_1, "members"),
        tell(s("contributions by the next 9%"), p.next_9, "members"),
        tell(s("contributions by the other 90%"), p.other_90, "members"),
        tell(s("inequality of contributing (Gini)"), p.gini_contributing, "members", decimals),
        tell(s("inequality of giving help (Gini)"), p.gini_giving, "members", decimals),
        tell(s("inequality of receiving help (Gini)"), p.gini_receiving, "members", decimals),
        tell(s("members who gave half of all help"), p.half_of_help, "helpers", number),
    )
    means = s("Gini: 0 if all do the same, towards 1 if one person does it all.")
    return Section("evenness", s("How evenly it is spread"), means, lines)


def _manner(teller: Teller, s: Speech) -> Section:
    m, tell = teller.culture.manner, teller.line
    lines = (
        tell(s("broadcasting"), m.broadcasting, "contributions"),
        tell(s("sharing"), m.sharing, "contributions"),
        tell(s("conversing"), m.conversing, "contributions"),
    )
    return Section(
        "manner",
        s("Broadcasting or conversing"),
        s("Broadcasting is from one to many; conversing is asking, answering and replying."),
        lines,
    )


def _flow(teller: Teller, s: Speech) -> Section:
    f, tell = teller.culture.flow, teller.line
    lines = (
        tell(s("help within units"), f.help.within, "times"),
        tell(s("expected if units made no difference"), f.help.by_chance, "members"),
        tell(s("expected by what each unit gives and gets"), f.help.by_activity, "times"),
        tell(s("contact within units"), f.contact.within, "times"),
        tell(s("help across levels"), f.across_levels, "times"),
        tell(s("of these, upwards"), f.upwards, "times"),
        tell(s("help along reporting lines"), f.help_along_lines, "times"),
        tell(s("expected if these made no difference"), f.lines_by_chance, "members"),
        tell(s("members connected through help"), f.hanging_together, "persons"),
        tell(s("ties of help that go both ways"), f.reciprocity, "ties"),
    )
    means = s("If far more help stays within units than expected, it stays in silos.")
    return Section("flow", s("Where help goes"), means, lines)


def _answers(teller: Teller, s: Speech) -> Section:
    culture, tell = teller.culture, teller.line
    a, m = culture.answering, culture.mentoring
    lines = (
        tell(s("questions answered"), a.answered, "questions"),
        tell(s("questions solved"), a.solved, "questions"),
        tell(s("hours until half are answered"), a.hours, "questions", number),
        tell(
            s("hours until three quarters are answered"),
            a.hours_of_three_quarters,
            "questions",
            number,
        ),
        tell(s("members with a mentor"), m.mentored, "members"),
        tell(s("newcomers with a mentor"), m.newcomers, "newcomers"),
        tell(s("hours saved, an estimate"), culture.saved.hours, "times", number),
    )
    said = ", ".join(_minutes(act, each, s) for act, each in culture.saved.minutes.items())
    means = s("Assumed to save, in minutes: {acts}.", acts=said)
    return Section("answers", s("Answers, mentors, time"), means, lines)


def _minutes(act: Act, minutes: float, s: Speech) -> str:
    """How many minutes an act is assumed to save, in words."""
    called = {
        "accepts": s("an accepted answer {n}"),
        "confirms": s("“this helped” {n}"),
        "uses": s("reused {n}"),
        "reads": s("read {n}"),
    }
    return called.get(act, f"{act} {{n}}").format(n=number(minutes, s))


def _topics(teller: Teller, s: Speech) -> Section:
    k = teller.culture.knowledge
    among = s.many("of {n} topic", "of {n} topics", len(k.topics))
    lines = [
        Line(s("orphaned: no helper is active any more"), s.number(k.orphaned), among),
        Line(s("depending on one person"), s.number(k.resting_on_one), among),
    ]
    lines = lines if k.topics else []
    for topic in k.topics[:MOST]:
        note = s.many("{n} helped", "{n} helped", topic.helpers)
        if topic.help:
            times = s.many("{n} time", "{n} times", topic.help)
            note = s.many("{n} helped {times}", "{n} helped {times}", topic.helpers, times=times)
        if topic.orphaned:
            note = f"{note}, {s('orphaned')}"
        if topic.named:
            note = f"{note}: {', '.join(map(s.person, topic.named))}"
        label = s("{topic}: depends on", topic=topic.topic)
        value = s.many("{n} person", "{n} persons", topic.bus_factor)
        lines.append(Line(label, value, note))
    means = s(
        "A topic depends on the smallest group of people who give over half of its help (bus factor)."
    )
    means += _many(
        s,
        "{n} topic with less help isn't listed.",
        "{n} topics with less help aren't listed.",
        len(k.topics) - MOST,
    )
    means += _many(
        s,
        "{n} topic has too few persons to be shown.",
        "{n} topics have too few persons to be shown.",
        k.withheld,
    )
    return Section("topics", s("Who knows what"), means, tuple(lines))


def _rewards(teller: Teller, s: Speech) -> Section:
    r, tell = teller.culture.rewards, teller.line
    lines = [
        tell(s("do points follow help (1: fully)"), r.points_and_help, "members", number),
        tell(s("effective number of rules"), r.effective_rules, "rules", number),
    ]
    if r.rules:
        most = title(r.drowning, s, "rule") if r.drowning else s("none")
        lines.append(Line(s("rule that gives over half of all points"), most))
    lines += [
        Line(s("by {rule}", rule=title(each.rule, s, "rule")), percent(each.share, s))
        for each in r.rules[:MOST]
    ]
    means = s("1: whoever helps more has more points; 0: points say nothing about help.")
    means += _many(
        s,
        "{n} rule with a smaller share isn't listed.",
        "{n} rules with smaller shares aren't listed.",
        len(r.rules) - MOST,
    )
    means += _many(
        s,
        "{n} rule gave points to too few persons to be shown.",
        "{n} rules gave points to too few persons to be shown.",
        r.withheld,
    )
    return Section("rewards", s("Do rewards go where help went?"), means, tuple(lines))


def _badges(teller: Teller, s: Speech) -> Section:
    tiers = teller.culture.badges
    told = [each for each in tiers if each.held.value is not None]
    nobody = [_badge(each, s) for each in told if not each.held.value]
    among = s.many("of {n} badge or tier", "of {n} badges and tiers", len(tiers))
    lines = [Line(s("held by nobody"), s.number(len(nobody)), among)] if told else []
    lines += [_holders(each, teller, s) for each in tiers if each.held.value != 0]
    means = s(
        "A number is left out if it, or what another one exceeds it by, is of too few persons."
    )
    if nobody:
        means += f" {s('Nobody holds: {badges}.', badges=s('; ').join(nobody))}"
    return Section("holders", s("How many hold each badge"), means, tuple(lines))


def _holders(tier: BadgeTier, teller: Teller, s: Speech) -> Line:
    """How many hold a badge in a tier; in a report that begins at some time, also how many got it since."""
    line, got = teller.line(_badge(tier, s), tier.held, "members", number), tier.got.value
    if tier.held.value is None:
        return line
    if teller.culture.since is None or got is None:
        return evolve(line, note="")
    new = s.many("{n} got it in this time", "{n} got it in this time", int(got))
    return evolve(line, note=new if got else s("nobody got it in this time"))


def _badge(tier: BadgeTier, s: Speech) -> str:
    """The name of a badge, and of its tier."""
    return tiered(s.called("badge", tier.badge), tier.tier, s)
