"""A report in words: the lines and sections that all its forms (text, Markdown, HTML) show, and its title, period and lead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from attrs import define, frozen

from wiifm.culture.figures import OTHERS, Figure, refused
from wiifm.culture.nouns import Culture
from wiifm.words.speech import ENGLISH, Speech, strip_controls

NONE = "—"
"""What is shown in place of a figure that is withheld."""

WEEK = 7
"""The days of a complete week."""

MOST = 8
"""How many units, topics and rules are listed at most; the JSON has all of them."""


@frozen
class Line:
    """One figure: its label, its value, and a note on what it is of and how certain it is."""

    label: str
    value: str
    note: str = ""


@frozen
class Section:
    """A title, what the figures mean, and the lines."""

    name: str
    title: str
    means: str
    lines: tuple[Line, ...]


Of: TypeAlias = Literal[
    "members", "persons", "helpers", "early", "followed", "newcomers",
    "contributions", "questions", "times", "ties", "rules",
]  # fmt: skip
"""What the ``n`` of a figure counts."""


def counted(n: int, of: Of, s: Speech = ENGLISH) -> str:
    """What a figure is of, in words.

    >>> counted(1, "members"), counted(1234, "times")
    ('1 member', '1,234 times')
    """
    words = {
        "members": s.many("{n} member", "{n} members", n),
        "persons": s.many("{n} person", "{n} persons", n),
        "helpers": s.many("{n} helper", "{n} helpers", n),
        "early": s.many("{n} early contributor", "{n} early contributors", n),
        "followed": s.many("{n} who was followed", "{n} who were followed", n),
        "newcomers": s.many("{n} newcomer", "{n} newcomers", n),
        "contributions": s.many("{n} contribution", "{n} contributions", n),
        "questions": s.many("{n} question", "{n} questions", n),
        "ties": s.many("{n} tie", "{n} ties", n),
        "rules": s.many("{n} rule", "{n} rules", n),
        "times": s.many("{n} time", "{n} times", n),
    }
    return words[of]


def percent(value: float, s: Speech = ENGLISH) -> str:
    """A share as a percentage.

    >>> percent(0.2), percent(0.004)
    ('20%', '0.4%')
    """
    return s.percent(round(value, 3 if 0 < value < 0.1 else 2))


def number(value: float, s: Speech = ENGLISH) -> str:
    """A number with two or three significant digits.

    >>> number(1234.5), number(0.633), number(2.0), number(-0.004)
    ('1,234', '0.63', '2', '0')
    """
    rounded = round(value, 2 if abs(value) < 10 else 1)
    if rounded == int(rounded) or abs(value) >= 100:
        return s.number(int(rounded))
    return s.number(rounded)


def decimals(value: float, s: Speech = ENGLISH) -> str:
    """A coefficient from 0 to 1, with two decimals if it is neither, so that it can be compared with others.

    >>> decimals(0.5), decimals(0.507), decimals(1.0)
    ('0.50', '0.51', '1')
    """
    return s.number(Decimal(f"{value:.2f}"))


Shown: TypeAlias = Callable[[float, Speech], str]


@define
class Teller:
    """Makes lines of a report in a language."""

    culture: Culture
    s: Speech = ENGLISH

    def line(self, label: str, found: Figure, of: Of, shown: Shown = percent) -> Line:
        """A line for a figure; ``of`` says what its ``n`` counts."""
        if found.value is None:
            return Line(label, NONE, self.withheld(found))
        note = counted(found.n, of, self.s)
        if found.low is not None and found.high is not None and found.low < found.high:
            low, high = shown(found.low, self.s), shown(found.high, self.s)
            note = self.s("{count}; likely {low} to {high}", count=note, low=low, high=high)
        return Line(label, shown(found.value, self.s), note)

    def count(self, label: str, found: int, of: str) -> Line:
        """A line for a count; 0 means that it is withheld."""
        if found:
            return Line(label, self.s.number(found), of)
        return Line(label, NONE, self.withheld(refused(self.culture.fewest)))

    def withheld(self, found: Figure) -> str:
        """Why a figure is withheld, in words."""
        s = self.s
        if found.withheld.startswith("would tell"):
            return s.many(
                "would tell of fewer than {n} person",
                "would tell of fewer than {n} persons",
                self.culture.fewest,
            )
        if found.withheld.startswith("fewer"):
            return s("fewer were answered")
        return s("no data")


def unit_name(name: str, s: Speech = ENGLISH) -> str:
    """The name of a unit, or of the merged small ones.

    >>> unit_name("Lab")
    'Lab'
    """
    return s("other units") if name == OTHERS else strip_controls(name)


def title(culture: Culture, s: Speech = ENGLISH) -> str:
    """The title of a report.

    >>> from wiifm import Engine, RuleBook
    >>> title(Engine(RuleBook.load("plugin:sharing")).culture())
    'sharing: does knowledge flow?'
    """
    return s("{book}: does knowledge flow?", book=culture.book)


def footnote(culture: Culture, s: Speech = ENGLISH) -> str:
    """A note that applies to all figures of a report."""
    few = s(
        "No figure covers fewer than {n} persons; — marks a figure that is withheld.",
        n=culture.fewest,
    )
    return f"{few} {s('A likely range is the 95% confidence interval.')}"


def period(culture: Culture, s: Speech = ENGLISH) -> str:
    """The period of a report, in words.

    >>> from datetime import UTC, datetime
    >>> from wiifm import Engine, Event, RuleBook
    >>> engine = Engine(RuleBook.load("plugin:sharing"))
    >>> done = engine.record(Event(id="q", type="question.asked", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="raj", object="q"))
    >>> period(engine.culture(since=datetime(2027, 1, 1, tzinfo=UTC)))
    'Since 1 January 2027'
    """
    first = culture.since.date() if culture.since else culture.first_day
    end = (culture.until - timedelta.resolution).date()
    last = s.day(end)
    text = s("Until {last}", last=last)
    if first is not None and first > end:  # nothing happened since
        text = s("Since {first}", first=s.day(first))
    elif first is not None:
        text = s("{first} to {last}", first=s.day(first), last=last)
    if not culture.deeds:  # or too few to be shown
        return text
    return s.many("{period}: {n} deed", "{period}: {n} deeds", culture.deeds, period=text)


def lead(culture: Culture, s: Speech = ENGLISH) -> str:
    """A sentence on whether activity grows: members active lately, compared with the time before; or when there will be figures.

    >>> from wiifm import Engine, RuleBook
    >>> lead(Engine(RuleBook.load("plugin:sharing")).culture())
    'Figures appear here as soon as 5 members take part.'
    """
    a = culture.adoption
    if a.active.value is None:
        return s(
            "Figures appear here as soon as {n} members take part.", n=s.number(culture.fewest)
        )
    more = a.now_active - a.before_active
    words = {"active": s.number(a.now_active), "more": s.number(abs(more))}
    days = a.period_days
    if more > 0:
        text = s.many(
            "Members active on the last day: {active}, {more} more than on the day before.",
            "Members active in the last {n} days: {active}, {more} more than in the {n} days before.",
            days, **words,
        )  # fmt: skip
    elif more < 0:
        text = s.many(
            "Members active on the last day: {active}, {more} fewer than on the day before.",
            "Members active in the last {n} days: {active}, {more} fewer than in the {n} days before.",
            days, **words,
        )  # fmt: skip
    else:
        text = s.many(
            "Members active on the last day: {active}, as many as on the day before.",
            "Members active in the last {n} days: {active}, as many as in the {n} days before.",
            days, active=words["active"],
        )  # fmt: skip
    return f"{text} {_moved(culture, s)}"


def _moved(culture: Culture, s: Speech) -> str:
    """How many are new, returned and fell silent."""
    a = culture.adoption
    new, back, silent = (s.number(each) for each in (a.new, a.returned, a.silent))
    return s(
        "New: {new}; came back: {back}; fell silent: {silent}.", new=new, back=back, silent=silent
    )


def last_week(culture: Culture, s: Speech = ENGLISH) -> str:
    """A note if the last week isn't complete; "" otherwise."""
    if not culture.weeks or culture.weeks[-1].days == WEEK:
        return ""
    return s.many(
        "Only {n} day of the last week lies in this period.",
        "Only {n} days of the last week lie in this period.",
        culture.weeks[-1].days,
    )


def tiles(culture: Culture, speech: Speech = ENGLISH) -> tuple[Line, ...]:
    """The main figures of a report: four, those that are known first."""
    a, tell, s = culture.answering, Teller(culture, speech).line, speech
    found = (
        tell(s("of members contribute"), culture.adoption.contributing, "members"),
        tell(s("of help stays in its unit"), culture.flow.help.within, "times"),
        tell(s("of questions are answered"), a.answered, "questions"),
        tell(s("hours saved, an estimate"), culture.saved.hours, "times", number),
        tell(s("hours until half of questions are answered"), a.hours, "questions", number),
    )
    return tuple(sorted(found, key=lambda each: each.value == NONE)[:4])
