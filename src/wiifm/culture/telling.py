"""What a report says, in words: sections of lines that every face shows. Nobody is named unless the report names them."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from wiifm.culture.figures import Figure, refused
from wiifm.culture.nouns import Culture

NONE = "—"
"""What stands where a figure isn't told."""

MOST = 8
"""So many units and topics are shown in a page; all are in its JSON."""


@frozen
class Line:
    """One figure: what it is, its value, and how sure one can be of it."""

    label: str
    value: str
    note: str = ""


@frozen
class Section:
    """Lines under a title, and what they mean."""

    name: str
    title: str
    means: str
    lines: tuple[Line, ...]


def percent(value: float) -> str:
    """A share in hundredths.

    >>> percent(0.2), percent(0.004)
    ('20%', '0.4%')
    """
    return f"{value * 100:.1f}%" if 0 < value < 0.1 else f"{value * 100:.0f}%"


def number(value: float) -> str:
    """A number as short as it can be.

    >>> number(1234.5), number(0.633), number(2.0)
    ('1,234', '0.63', '2')
    """
    if value == int(value) or abs(value) >= 100:
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def line(label: str, found: Figure, of: str, shown: Callable[[float], str] = percent) -> Line:
    """A figure as a line; ``of`` says what its n counts."""
    if found.value is None:
        return Line(label, NONE, found.withheld)
    between = ""
    if found.low is not None and found.high is not None and found.low < found.high:
        between = f", {shown(found.low)} to {shown(found.high)}"
    return Line(label, shown(found.value), f"{found.n:,} {of}{between}")


def _days(count: float, which: str = "") -> str:
    """So many days, such as the last ones.

    >>> _days(2), _days(1), _days(1, "last"), _days(28, "last")
    ('2 days', '1 day', 'last day', 'last 28 days')
    """
    if count == 1:
        return f"{which} day" if which else "1 day"
    return f"{which} {number(count)} days".strip()


def _count(label: str, found: int, of: str, fewest: int) -> Line:
    """A count, which isn't told where it is 0 for being of too few."""
    return Line(label, f"{found:,}", of) if found else Line(label, NONE, refused(fewest).withheld)


def period(culture: Culture) -> str:
    """The time that a report is about."""
    first = culture.since.date() if culture.since else culture.first_day
    return f"{first or 'the beginning'} to {culture.until.date()}, {culture.events:,} deeds"


def tiles(culture: Culture) -> tuple[Line, ...]:
    """The figures that stand above all others: four, and of these none that isn't told, as far as there are others."""
    a = culture.answering
    found = (
        line("of members contribute", culture.adoption.contributing, "members"),
        line("of help stays in its unit", culture.flow.help.within, "times"),
        line("of questions are answered", a.answered, "questions"),
        line("hours saved, an estimate", culture.saved.hours, "times", number),
        line("hours until half of questions are answered", a.hours, "questions", number),
    )
    return tuple(sorted(found, key=lambda each: each.value == NONE)[:4])


def sections(culture: Culture) -> tuple[Section, ...]:
    """All that a report says."""
    parts = (_taking_part, _spread, _evenness, _manner, _flow, _answers, _topics, _rewards)
    return tuple(part(culture) for part in parts)


def _taking_part(culture: Culture) -> Section:
    a = culture.adoption
    growth = f"{a.before_active:,} in the {_days(a.period_days)} before"
    lines = [
        line("took part", a.active, "members"),
        line("contributed", a.contributing, "members"),
        Line("target for contributing", percent(a.target)),
    ]
    if a.members >= culture.fewest:
        lines += [
            Line(f"active in the {_days(a.period_days, 'last')}", f"{a.now_active:,}", growth),
            Line(
                "of these new", f"{a.new:,}", f"{a.returned:,} came back, {a.silent:,} fell silent"
            ),
        ]
    for unit in a.units[:MOST]:
        lines.append(line(f"contributed in {unit.unit}", unit.contributing, "members"))
    return Section("adoption", "Who takes part", "Against the target of a fifth.", tuple(lines))


def _spread(culture: Culture) -> Section:
    s = culture.spread
    lines = [
        _count("ever contributed", s.contributors, "members", culture.fewest),
        line("early ones whom a colleague followed", s.followed, "early contributors"),
        line("days until the first followed", s.lag_days, "followed", number),
    ]
    for unit in s.units[:MOST]:
        who = f", by {unit.first}" if unit.first else ""
        said = f"{unit.contributors} of {unit.members} since {unit.began}{who}"
        days = NONE if unit.days.value is None else _days(unit.days.value)
        lines.append(Line(f"until {culture.fewest} contributed in {unit.unit}", days, said))
    means = "Early contributors, and colleagues of their unit who began within 90 days after them."
    return Section("spread", "First believers", means, tuple(lines))


def _evenness(culture: Culture) -> Section:
    p = culture.participation
    lines = (
        line("only look on", p.onlookers, "members"),
        line("by the busiest 1 %", p.top_1, "contributions"),
        line("by the next 9 %", p.next_9, "contributions"),
        line("by the other 90 %", p.other_90, "contributions"),
        line("Gini of contributing", p.gini_contributing, "members", number),
        line("Gini of giving help", p.gini_giving, "members", number),
        line("Gini of receiving help", p.gini_receiving, "members", number),
        line("members who gave half of all help", p.half_of_help, "helpers", number),
    )
    return Section("evenness", "How evenly", "A Gini coefficient is 0 where all do as much.", lines)


def _manner(culture: Culture) -> Section:
    m = culture.manner
    lines = (
        line("broadcasting", m.broadcasting, "contributions"),
        line("sharing", m.sharing, "contributions"),
        line("conversing", m.conversing, "contributions"),
    )
    return Section("manner", "Broadcasting or conversing", "What contributions are.", lines)


def _flow(culture: Culture) -> Section:
    f = culture.flow
    lines = (
        line("help within units", f.help.within, "times"),
        line("by chance, units dealt out anew", f.help.by_chance, "members"),
        line("by how much each unit gives and gets", f.help.by_activity, "times"),
        line("contact within units", f.contact.within, "times"),
        line("help across levels", f.across_levels, "times"),
        line("of that, upwards", f.upwards, "times"),
        line("help along reporting lines", f.help_along_lines, "times"),
        line("such pairs by chance", f.lines_by_chance, "members"),
        line("hang together in the net of help", f.hanging_together, "persons"),
        line("ties that go both ways", f.reciprocity, "ties"),
    )
    means = "Far more within units than by chance says that help stays in silos."
    return Section("flow", "Where help goes", means, lines)


def _answers(culture: Culture) -> Section:
    a, m = culture.answering, culture.mentoring
    lines = (
        line("questions answered", a.answered, "questions"),
        line("solved", a.solved, "questions"),
        line("hours until half are answered", a.hours, "questions", number),
        line("hours until three quarters are", a.hours_of_three_quarters, "questions", number),
        line("have a mentor", m.mentored, "members"),
        line("newcomers with a mentor", m.newcomers, "newcomers"),
        line("hours saved, an estimate", culture.saved.hours, "times", number),
    )
    said = ", ".join(f"{act} {number(each)} min" for act, each in culture.saved.minutes.items())
    return Section("answers", "Answers, mentors, time", f"Assumed to save: {said}.", lines)


def _topics(culture: Culture) -> Section:
    k = culture.knowledge
    lines = [
        Line("orphaned", f"{k.orphaned:,}", f"of {len(k.topics):,} topics"),
        Line("resting on one person", f"{k.resting_on_one:,}", f"of {len(k.topics):,} topics"),
    ]
    for topic in k.topics[:MOST]:
        orphaned = ", orphaned" if topic.orphaned else ""
        who = f": {', '.join(topic.named)}" if topic.named else ""
        note = f"{topic.helpers} helped {topic.help:,} times{orphaned}{who}"
        lines.append(Line(f"bus factor of {topic.topic}", str(topic.bus_factor), note))
    means = f"The fewest who give over half of a topic's help. {k.withheld} topics have too few persons to be told."
    return Section("topics", "Who knows what", means, tuple(lines))


def _rewards(culture: Culture) -> Section:
    r = culture.rewards
    lines = [
        line("points follow help (rank correlation)", r.points_and_help, "members", number),
        line("as many rules as equal ones", r.effective_rules, "rules", number),
        Line("a rule that drowns the others", r.drowning or "none"),
    ]
    lines += [Line(f"by {each.rule}", percent(each.share)) for each in r.rules[:MOST]]
    return Section("rewards", "Do rewards go where help went", "From -1 to 1.", tuple(lines))
