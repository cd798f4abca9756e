"""The sections of a report in words, one after the other."""

from __future__ import annotations

from wiifm.culture.nouns import Culture
from wiifm.culture.telling import MOST, NONE, Line, Section, Teller, number, percent, unit_name
from wiifm.event_types import Act
from wiifm.words.speech import ENGLISH, Speech


def sections(culture: Culture, speech: Speech = ENGLISH) -> tuple[Section, ...]:
    """All that a report says.

    >>> from wiifm import Engine, RuleBook
    >>> sections(Engine(RuleBook.load("plugin:sharing")).culture())[0].title
    'Who takes part'
    """
    parts = (_taking_part, _spread, _evenness, _manner, _flow, _answers, _topics, _rewards)
    return tuple(part(Teller(culture, speech), speech) for part in parts)


def _taking_part(teller: Teller, s: Speech) -> Section:
    a, tell = teller.culture.adoption, teller.line
    lines = [
        tell(s("took part"), a.active, "members"),
        tell(s("contributed"), a.contributing, "members"),
        Line(s("target for contributing"), percent(a.target, s)),
        *(_growth(teller, s) if a.members >= teller.culture.fewest else ()),
    ]
    for unit in a.units[:MOST]:
        label = s("contributed in {unit}", unit=unit_name(unit.unit, s))
        lines.append(tell(label, unit.contributing, "members"))
    return Section(
        "adoption", s("Who takes part"), s("Against the target of a fifth."), tuple(lines)
    )


def _growth(teller: Teller, s: Speech) -> tuple[Line, Line]:
    """Who is active of late, beside the time before."""
    a = teller.culture.adoption
    before = s.many(
        "{active} in the day before",
        "{active} in the {n} days before",
        a.period_days,
        active=s.number(a.before_active),
    )
    moved = s(
        "{back} came back, {silent} fell silent",
        back=s.number(a.returned),
        silent=s.number(a.silent),
    )
    lately = s.many("active in the last day", "active in the last {n} days", a.period_days)
    return (
        Line(lately, s.number(a.now_active), before),
        Line(s("of these new"), s.number(a.new), moved),
    )


def _spread(teller: Teller, s: Speech) -> Section:
    found, tell = teller.culture.spread, teller.line
    lines = [
        teller.count(s("ever contributed"), found.contributors, s("members")),
        tell(s("early ones whom a colleague followed"), found.followed, "early"),
        tell(s("days until the first followed"), found.lag_days, "followed", number),
    ]
    for unit in found.units[:MOST]:
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
        "Early contributors, and colleagues of their unit who began within 90 days after them."
    )
    return Section("spread", s("First believers"), means, tuple(lines))


def _evenness(teller: Teller, s: Speech) -> Section:
    p, tell = teller.culture.participation, teller.line
    lines = (
        tell(s("only look on"), p.onlookers, "members"),
        tell(s("by the busiest 1 %"), p.top_1, "members"),
        tell(s("by the next 9 %"), p.next_9, "members"),
        tell(s("by the other 90 %"), p.other_90, "members"),
        tell(s("Gini of contributing"), p.gini_contributing, "members", number),
        tell(s("Gini of giving help"), p.gini_giving, "members", number),
        tell(s("Gini of receiving help"), p.gini_receiving, "members", number),
        tell(s("members who gave half of all help"), p.half_of_help, "helpers", number),
    )
    means = s("A Gini coefficient is 0 where all do as much.")
    return Section("evenness", s("How evenly"), means, lines)


def _manner(teller: Teller, s: Speech) -> Section:
    m, tell = teller.culture.manner, teller.line
    lines = (
        tell(s("broadcasting"), m.broadcasting, "contributions"),
        tell(s("sharing"), m.sharing, "contributions"),
        tell(s("conversing"), m.conversing, "contributions"),
    )
    return Section("manner", s("Broadcasting or conversing"), s("What contributions are."), lines)


def _flow(teller: Teller, s: Speech) -> Section:
    f, tell = teller.culture.flow, teller.line
    lines = (
        tell(s("help within units"), f.help.within, "times"),
        tell(s("by chance, units dealt out anew"), f.help.by_chance, "members"),
        tell(s("by how much each unit gives and gets"), f.help.by_activity, "times"),
        tell(s("contact within units"), f.contact.within, "times"),
        tell(s("help across levels"), f.across_levels, "times"),
        tell(s("of that, upwards"), f.upwards, "times"),
        tell(s("help along reporting lines"), f.help_along_lines, "times"),
        tell(s("such pairs by chance"), f.lines_by_chance, "members"),
        tell(s("hang together in the net of help"), f.hanging_together, "persons"),
        tell(s("ties that go both ways"), f.reciprocity, "ties"),
    )
    means = s("Far more within units than by chance says that help stays in silos.")
    return Section("flow", s("Where help goes"), means, lines)


def _answers(teller: Teller, s: Speech) -> Section:
    culture, tell = teller.culture, teller.line
    a, m = culture.answering, culture.mentoring
    lines = (
        tell(s("questions answered"), a.answered, "questions"),
        tell(s("solved"), a.solved, "questions"),
        tell(s("hours until half are answered"), a.hours, "questions", number),
        tell(s("hours until three quarters are"), a.hours_of_three_quarters, "questions", number),
        tell(s("have a mentor"), m.mentored, "members"),
        tell(s("newcomers with a mentor"), m.newcomers, "newcomers"),
        tell(s("hours saved, an estimate"), culture.saved.hours, "times", number),
    )
    said = ", ".join(_minutes(act, each, s) for act, each in culture.saved.minutes.items())
    means = s("Assumed to save, in minutes: {acts}.", acts=said)
    return Section("answers", s("Answers, mentors, time"), means, lines)


def _minutes(act: Act, minutes: float, s: Speech) -> str:
    """How many minutes an act is assumed to save."""
    called = {
        "accepts": s("an accepted answer {n}"),
        "confirms": s("“this helped” {n}"),
        "uses": s("used again {n}"),
        "reads": s("read {n}"),
    }
    return called.get(act, f"{act} {{n}}").format(n=number(minutes, s))


def _topics(teller: Teller, s: Speech) -> Section:
    k = teller.culture.knowledge
    among = s.many("of {n} topic", "of {n} topics", len(k.topics))
    lines = [
        Line(s("orphaned"), s.number(k.orphaned), among),
        Line(s("resting on one person"), s.number(k.resting_on_one), among),
    ]
    for topic in k.topics[:MOST]:
        times = s.many("{n} time", "{n} times", topic.help)
        note = s.many("{n} helped {times}", "{n} helped {times}", topic.helpers, times=times)
        if topic.orphaned:
            note = f"{note}, {s('orphaned')}"
        if topic.named:
            note = f"{note}: {', '.join(map(s.person, topic.named))}"
        label = s("bus factor of {topic}", topic=topic.topic)
        lines.append(Line(label, s.number(topic.bus_factor), note))
    hidden = s.many(
        "{n} topic has too few persons to be told.",
        "{n} topics have too few persons to be told.",
        k.withheld,
    )
    fewest = s("The fewest who give over half of a topic's help.")
    means = f"{fewest} {hidden}"
    return Section("topics", s("Who knows what"), means, tuple(lines))


def _rewards(teller: Teller, s: Speech) -> Section:
    r, tell = teller.culture.rewards, teller.line
    lines = [
        tell(s("points follow help (rank correlation)"), r.points_and_help, "members", number),
        tell(s("as many rules as equal ones"), r.effective_rules, "rules", number),
        Line(s("a rule that drowns the others"), r.drowning or s("none")),
    ]
    lines += [
        Line(s("by {rule}", rule=each.rule), percent(each.share, s)) for each in r.rules[:MOST]
    ]
    means = s("From -1 to 1.")
    if r.withheld:
        hidden = s.many(
            "{n} rule gave points to too few persons to be told.",
            "{n} rules gave points to too few persons to be told.",
            r.withheld,
        )
        means = f"{means} {hidden}"
    return Section("rewards", s("Do rewards go where help went"), means, tuple(lines))
