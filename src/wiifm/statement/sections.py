"""The sections of what is told of a statement: sentences, each with the events behind it.

What may be told is bound by the rules of docs/explanation/no-shaming.md, which a test reads every sentence by.
"""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.rulebook.book import RuleBook
from wiifm.statement.acts import at_once, earning
from wiifm.statement.ahead import Kept, Step
from wiifm.statement.durations import duration, while_left
from wiifm.statement.nouns import OpenQuestion, Saved, Statement, Used, award_line, joined
from wiifm.statement.told import Line, Section
from wiifm.statement.words import step_means
from wiifm.words.speech import Speech, apart

MOST = 5
"""So many lines of one kind are told."""


def beginning(statement: Statement, speech: Speech) -> Section:
    """What to begin with, for whoever is new."""
    found = statement.beginning
    first = {
        "asks": speech("Ask a question: others have it, too"),
        "replies": speech("Reply to something that you read"),
        "thanks": speech("Thank somebody who helped you, in a sentence"),
        "answers": speech("Answer a question that you know something about"),
        "shares": speech("Share something that you found useful"),
    }
    lines = [
        Line(
            name=f"beginning.{step.act}",
            text=first[step.act],
            value=f"+{speech.number(step.points)}" if step.points else "",
        )
        for step in (found.steps if found else ())
    ]
    for near in found.neighbours if found else ():
        text = speech(
            "{person}, of your unit, shares and answers", person=speech.person(near.member)
        )
        if near.topics:
            text = speech(
                "{person}, of your unit, shares and answers: {topics}",
                person=speech.person(near.member),
                topics=speech.listed(map(apart, near.topics)),
            )
        lines.append(Line(name="beginning.neighbours", text=text, events=near.events))
    return Section(name="beginning", title=speech("Where to begin"), lines=tuple(lines))


def gained(statement: Statement, speech: Speech) -> Section:
    """What rules gave, and what for."""
    several = len({each.purse for each in statement.earned}) > 1
    lines = [
        Line(
            name=f"earned.{each.purse}.{each.rule}",
            text=earning(speech, each),
            value=f"+{speech.number(each.amount)}"
            + (f" {speech.called('purse', each.purse)}" if several else ""),
            events=each.events,
        )
        for each in at_once([each for each in statement.earned if each.amount > 0])
    ]
    lines += _taken_off(statement, speech, several)
    best = [each for each in statement.topics if each.amount > 0][:MOST]
    if len(best) > 1:
        topics = [
            f"{apart(each.topic)} {speech.number(each.amount)}"
            + (f" {speech.called('purse', each.purse)}" if several else "")
            for each in best
        ]
        text = speech("By topic: {topics}", topics=", ".join(topics))
        told = tuple(dict.fromkeys(event for each in best for event in each.events))
        lines.append(Line(name="topics", text=text, events=told))
    return Section(name="earned", title=speech("What you gained"), lines=tuple(lines))


def _taken_off(statement: Statement, speech: Speech, several: bool) -> Iterator[Line]:
    """What rules took off, in one line for each purse: the figure stays right, and nobody is told off."""
    for purse in dict.fromkeys(each.purse for each in statement.earned if each.amount < 0):
        less = [each for each in statement.earned if each.purse == purse and each.amount < 0]
        amount = speech.number(sum((each.amount for each in less), start=0))
        yield Line(
            name=f"less.{purse}",
            value=amount + (f" {speech.called('purse', purse)}" if several else ""),
            text=speech("Adjusted by the rules"),
            events=tuple(dict.fromkeys(e for each in less for e in each.events)),
        )


def awards(statement: Statement, speech: Speech) -> Section:
    """The badges of this time."""
    lines = []
    for each in statement.awards[-MOST:]:
        text = speech.called("badge", each.badge)
        if each.tier:
            text += f", {speech.called('tier', each.tier)}"
        if what := _what(each.key, statement, speech):
            text = speech("{badge}, for {what}", badge=text, what=what)
        lines.append(Line(name=award_line(each), text=text, events=(each.event,)))
    return Section(name="awards", title=speech("Your badges"), lines=tuple(lines))


def _what(key: str | None, statement: Statement, speech: Speech) -> str:
    """What a badge is for: an object by its title, if it has one, and all else by its name."""
    title = statement.titles.get(key, key) if key else ""
    if not title or key not in statement.titles:
        return title or ""
    return speech("“{title}”", title=title)


def reached(statement: Statement, speech: Speech) -> Section:
    """Whom the member helped."""
    reach, lines = statement.reach, []
    if reach.people:
        text = speech.many(
            "You helped {n} colleague: {people}", "You helped {n} colleagues: {people}",
            len(reach.people), people=speech.people(each.member for each in reach.people),
        )  # fmt: skip
        lines.append(Line(name="reach.people", text=text, events=joined(reach.people)))
    if reach.answered:
        text = speech.many(
            "You answered a question from {people}", "You answered {n} questions from {people}",
            len(joined(reach.answered)),
            people=speech.people(each.member for each in reach.answered),
        )  # fmt: skip
        lines.append(Line(name="reach.answered", text=text, events=joined(reach.answered)))
    if reach.units:
        text = speech.many(
            "Your help reached another unit: {units}", "Your help reached {n} other units: {units}",
            len(reach.units), units=speech.listed([each.to for each in reach.units]),
        )  # fmt: skip
        lines.append(Line(name="reach.units", text=text, events=joined(reach.units)))
    if reach.levels:
        most = max(abs(int(each.to)) for each in reach.levels)
        text = speech.many(
            "Your help crossed a level of the hierarchy",
            "Your help crossed up to {n} levels of the hierarchy", most,
        )  # fmt: skip
        lines.append(Line(name="reach.levels", text=text, events=joined(reach.levels)))
    for used in reach.used[:3]:
        text = _still_of_use(used, speech)
        if all(line.text != text for line in lines):
            lines.append(Line(name=f"reach.used.{used.object}", text=text, events=used.events))
    return Section(name="reach", title=speech("Whom you helped"), lines=tuple(lines))


def _still_of_use(used: Used, speech: Speech) -> str:
    """What goes on helping, by its title if it has one."""
    words = {"title": used.title}
    if used.people:
        words["people"] = speech.people(used.people)
    if used.title == used.object:
        if used.people:
            return speech("Something of yours is still of use to {people}", people=words["people"])
        return speech.many(
            "Something of yours is still of use", "Something of yours was of use {n} times",
            len(used.events),
        )  # fmt: skip
    if used.people:
        return speech("Still of use: “{title}”, to {people}", **words)
    return speech.many(
        "Still of use: “{title}”, {n} time", "Still of use: “{title}”, {n} times",
        len(used.events), **words,
    )  # fmt: skip


def recognised(statement: Statement, speech: Speech) -> Section:
    """What others said, and how many recognised the member."""
    lines = [
        Line(
            name="recognition",
            text=speech.quote(each.text.strip()),
            by=speech.person(each.giver) if each.giver else speech("A colleague"),
            events=(each.event,),
        )
        for each in statement.recognition
        if each.text.strip()
    ][-MOST:]
    givers = {each.giver for each in statement.recognition if each.giver}
    if len(givers) > 1:
        text = speech.many(
            "{n} colleague recognised what you did", "{n} colleagues recognised what you did",
            len(givers),
        )  # fmt: skip
        events = tuple(each.event for each in statement.recognition)
        lines.append(Line(name="recognition", text=text, events=events))
    return Section(name="recognition", title=speech("What others say"), lines=tuple(lines))


def learned(statement: Statement, speech: Speech) -> Section:
    """What the member asked, replied to and read."""
    found, lines = statement.learning, []
    if found.asked:
        text = speech.many("You asked a question", "You asked {n} questions", len(found.asked))
        lines.append(Line(name="learning.asked", text=text, events=found.asked))
    if found.answered:
        text = speech.many(
            "One of them got an answer", "{n} of them got answers", len(found.answered)
        )
        if found.answerers:
            text = speech.of(text, speech.people(each.member for each in found.answerers))
        lines.append(Line(name="learning.answered", text=text, events=found.answered))
    if found.replied:
        text = speech.many(
            "You replied to a contribution of a colleague", "You replied to contributions of colleagues {n} times",
            len(found.replied),
        )  # fmt: skip
        lines.append(Line(name="learning.replied", text=text, events=found.replied))
    if found.read:
        text = speech.many("You read something", "You read {n} things", len(found.read))
        lines.append(Line(name="learning.read", text=text, events=found.read))
    return Section(name="learning", title=speech("How you learned"), lines=tuple(lines))


def talents(statement: Statement, speech: Speech) -> Section:
    """The topics in which others confirmed the member."""
    lines = [
        Line(
            name=f"talents.{each.topic}",
            value=apart(each.topic),
            text=speech.many(
                "{people} confirmed what you know", "{n} colleagues confirmed what you know: {people}",
                len(each.people), people=speech.people(each.people),
            ),
            events=each.events,
        )
        for each in statement.talents[:MOST]
    ]  # fmt: skip
    return Section(name="talents", title=speech("What you are known for"), lines=tuple(lines))


_ROWS = {
    "day": lambda s, n: s.many("{n} day in a row", "{n} days in a row", n),
    "workday": lambda s, n: s.many("{n} working day in a row", "{n} working days in a row", n),
    "week": lambda s, n: s.many("{n} week in a row", "{n} weeks in a row", n),
    "month": lambda s, n: s.many("{n} month in a row", "{n} months in a row", n),
}


def grown(statement: Statement, speech: Speech) -> Section:
    """Levels, streaks, and what is more than before: what is less isn't told."""
    found, lines = statement.growth, []
    for ladder, level in found.levels.items():
        text = speech("Your level: {level}", level=_level(level, ladder, statement, speech))
        lines.append(_line(f"growth.levels.{ladder}", text, statement))
    for held in found.kept:
        if left := while_left(held.until, statement.at, speech):
            text = speech(
                "{name}: what you did is enough for {time} more",
                name=_called(held, statement, speech), time=left,
            )  # fmt: skip
            lines.append(_line(held.line, text, statement))
    for each in found.streaks:
        row = _ROWS[each.unit](speech, each.length)
        text = speech.of(speech.called("badge", each.badge), row)
        lines.append(_line(f"growth.streaks.{each.badge}", text, statement))
    if found.compared:
        for purse, (now, before) in found.compared.points.items():
            if now > before > 0:
                text = speech(
                    "{more} {purse} more than in the time before",
                    purse=speech.purse(purse, now - before), more=speech.number(now - before),
                )  # fmt: skip
                lines.append(_line(f"growth.compared.{purse}", text, statement))
        more = found.compared.people[0] - found.compared.people[1]
        if more > 0 and found.compared.people[1]:
            text = speech.many(
                "You helped {n} colleague more than in the time before",
                "You helped {n} colleagues more than in the time before",
                more,
            )
            lines.append(
                Line(
                    name="growth.compared.people", text=text, events=joined(statement.reach.people)
                )
            )
    return Section(name="growth", title=speech("How you grow"), lines=tuple(lines))


def _called(what: Step | Kept, statement: Statement, speech: Speech) -> str:
    """What a badge or a level is called."""
    if what.ladder is None:
        return speech.called("badge", what.name)
    return _level(what.name, what.ladder, statement, speech)


def _level(name: str, ladder: str, statement: Statement, speech: Speech) -> str:
    """What a level is called, with its ladder where there are several."""
    level = speech.called("level", name)
    if len(statement.standing.levels) < 2:
        return level
    return f"{level} ({speech.called('ladder', ladder)})"


def _line(name: str, text: str, statement: Statement) -> Line:
    """A line of which the statement knows the events by its name."""
    return Line(name=name, text=text, events=statement.behind.get(name, ()))


def nearest(statement: Statement, speech: Speech, book: RuleBook | None = None) -> Section:
    """The badges and levels that are nearest, and what counts for them, where the book is at hand that tells it."""
    lines = [
        Line(
            name=each.line,
            text=_step(each, statement, speech),
            share=max(0.0, min(1.0, float(each.value) / float(each.threshold)))
            if each.threshold
            else 0.0,
            means=step_means(book, each, speech) if book else "",
            events=statement.behind.get(each.line, ()),
        )
        for each in (() if statement.beginning else statement.nearest)
    ]
    return Section(name="next", title=speech("What is next"), lines=tuple(lines))


def _step(step: Step, statement: Statement, speech: Speech) -> str:
    name = _called(step, statement, speech)
    if step.tier:
        name += f", {speech.called('tier', step.tier)}"
    value, threshold = (speech.number(each) for each in (step.value, step.threshold))
    told = speech("{what}: {value} of {threshold}", what=name, value=value, threshold=threshold)
    what = _what(step.key, statement, speech)
    told = f"{told} ({what})" if what else told
    left = while_left(step.until, statement.at, speech) if step.until else ""
    return speech("{step}, good for {time} more", step=told, time=left) if left else told


def needed(statement: Statement, speech: Speech) -> Section:
    """Open questions, and who is new."""
    found, lines = statement.needed, []
    for each in found.questions[:MOST]:
        text, topic = _asks(each, speech), apart(each.topics[0])
        lines.append(Line(name="needed.questions", text=text, value=topic, events=(each.event,)))
    for colleague in found.colleagues[:3]:
        text = speech("{person} is new here", person=speech.person(colleague.member))
        topic = apart(colleague.topics[0]) if colleague.topics else ""
        line = Line(name="needed.colleagues", text=text, value=topic, events=(colleague.event,))
        lines.append(line)
    return Section(name="needed", title=speech("Where you are needed"), lines=tuple(lines))


def _asks(open: OpenQuestion, speech: Speech) -> str:
    """A question that waits, by its title if it has one."""
    words = {"title": open.title, "day": speech.day(open.occurred_at)}
    if open.title == open.object:
        if open.asker is None:
            return speech("A question is open (since {day})", day=words["day"])
        person = speech.person(open.asker)
        return speech("{person} has a question (since {day})", person=person, day=words["day"])
    if open.asker is None:
        return speech("Open: “{title}” (since {day})", **words)
    return speech(
        "{person} asks: “{title}” (since {day})", person=speech.person(open.asker), **words
    )


def saved(statement: Statement, speech: Speech) -> Section:
    """What others may have saved, and what that assumes."""
    found = statement.saved
    if not found.minutes:
        return Section(name="saved", title="", lines=())
    text = speech("About {time}", time=duration(found.minutes, speech))
    events = tuple(dict.fromkeys(e for each in found.by.values() for e in each))
    note = speech(
        "Estimated, not measured: {assumed}.",
        assumed="; ".join(_assumed(found, speech)),
    )
    line = Line(name="saved", text=text, events=events)
    return Section(name="saved", title=speech("Time you saved others"), lines=(line,), note=note)


def _assumed(saved: Saved, speech: Speech) -> Iterator[str]:
    """How much is assumed of each act that happened, and how often it did."""
    for act, events in saved.by.items():
        count = {
            "accepts": lambda n: speech.many("{n} accepted answer", "{n} accepted answers", n),
            "confirms": lambda n: speech.many("helped {n} time", "helped {n} times", n),
            "uses": lambda n: speech.many("used {n} time", "used {n} times", n),
            "reads": lambda n: speech.many("read {n} time", "read {n} times", n),
        }.get(act)
        told = count(len(events)) if count else f"{act} {speech.number(len(events))}"
        each = duration(saved.assumed[act], speech)
        yield speech("{count}, {time} each", count=told, time=each)
