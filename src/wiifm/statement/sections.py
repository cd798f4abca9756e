"""The sections of a statement's text, except for those in :mod:`~wiifm.statement.holdings`: sentences, each with the events behind it.

Every sentence must keep the rules of docs/explanation/no-shaming.md; a test checks all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from wiifm.event_types import zone_named
from wiifm.pseudonyms import is_named
from wiifm.rulebook.book import RuleBook
from wiifm.statement.acts import earned_sentence, merged
from wiifm.statement.durations import duration
from wiifm.statement.nouns import OpenQuestion, Recognition, Saved, Statement, Used, events_of
from wiifm.statement.titling import told
from wiifm.statement.view import MAX_LINES, About, Line, Section, about_member
from wiifm.words.speech import Speech, isolate


def beginning(statement: Statement, speech: Speech) -> Section:
    """First steps, for a member who is new."""
    found = statement.beginning
    first = {
        "asks": speech("Ask a question: others may have the same one"),
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
        person = speech.person(near.member)
        text = speech("{person} from your unit shares and answers", person=person)
        if near.topics:
            text = speech(
                "{person} from your unit shares and answers: {topics}",
                person=person,
                topics=speech.listed(map(isolate, near.topics)),
            )
        who = about_member(near.member, person)
        lines.append(Line(name="beginning.neighbours", text=text, events=near.events, about=who))
    return Section(name="beginning", title=speech("Where to begin"), lines=tuple(lines))


def gained(statement: Statement, speech: Speech) -> Section:
    """What rules gave, and for what."""
    several = len({each.purse for each in statement.earned}) > 1
    lines = [
        Line(
            name=f"earned.{each.purse}.{each.rule}",
            text=earned_sentence(speech, each),
            value=f"+{speech.number(each.amount)}"
            + (f" {speech.purse(each.purse, each.amount)}" if several else ""),
            events=each.events,
        )
        for each in merged([each for each in statement.earned if each.amount > 0])
    ]
    lines += _deducted(statement, speech, several)
    lines += _by_topic(statement, speech, several)
    return Section(name="earned", title=speech("What you gained"), lines=tuple(lines))


def _by_topic(statement: Statement, speech: Speech, several: bool) -> Iterator[Line]:
    """What was earned on the best topics, as one line for each purse."""
    for purse in dict.fromkeys(each.purse for each in merged(statement.earned)):
        found = [each for each in statement.topics if each.purse == purse and each.amount > 0]
        best = found[:MAX_LINES]
        if len(best) < 2:
            continue
        topics = ", ".join(f"{isolate(e.topic)} {speech.number(e.amount)}" for e in best)
        yield Line(
            name=f"by_topic.{purse}",
            value=speech.called("purse", purse) if several else "",
            text=speech("By topic: {topics}", topics=topics),
            events=tuple(dict.fromkeys(event for each in best for event in each.events)),
        )


def _deducted(statement: Statement, speech: Speech, several: bool) -> Iterator[Line]:
    """What rules deducted, as one neutral line for each purse, so that the lines add up to the figure."""
    for purse in dict.fromkeys(each.purse for each in statement.earned if each.amount < 0):
        less = [each for each in statement.earned if each.purse == purse and each.amount < 0]
        amount = sum((each.amount for each in less), start=0)
        yield Line(
            name=f"less.{purse}",
            value=speech.number(amount) + (f" {speech.purse(purse, amount)}" if several else ""),
            text=speech("Adjusted by the rules"),
            events=tuple(dict.fromkeys(e for each in less for e in each.events)),
        )


def reached(statement: Statement, speech: Speech) -> Section:
    """Whom the member helped."""
    reach, lines = statement.reach, []
    if reach.people:
        text = speech.many(
            "You helped {n} colleague: {people}", "You helped {n} colleagues: {people}",
            len(reach.people), people=speech.people(each.member for each in reach.people),
        )  # fmt: skip
        lines.append(Line(name="reach.people", text=text, events=events_of(reach.people)))
    if reach.answered:
        text = speech.many(
            "You answered a question from {people}", "You answered {n} questions from {people}",
            len(reach.questions),
            people=speech.people(each.member for each in reach.answered),
        )  # fmt: skip
        lines.append(Line(name="reach.answered", text=text, events=events_of(reach.answered)))
    if reach.units:
        text = speech.many(
            "Your help reached another unit: {units}", "Your help reached {n} other units: {units}",
            len(reach.units), units=speech.listed([each.to for each in reach.units]),
        )  # fmt: skip
        lines.append(Line(name="reach.units", text=text, events=events_of(reach.units)))
    if reach.levels:
        most = max(abs(int(each.to)) for each in reach.levels)
        text = speech.many(
            "Your help crossed a level of the hierarchy",
            "Your help crossed up to {n} levels of the hierarchy", most,
        )  # fmt: skip
        lines.append(Line(name="reach.levels", text=text, events=events_of(reach.levels)))
    for used in reach.used[:3]:
        text = _used_sentence(used, speech)
        if all(line.text != text for line in lines):
            name, thing = f"reach.used.{used.object}", _used_link(used, speech)
            lines.append(Line(name=name, text=text, events=used.events, about=thing))
    return Section(name="reach", title=speech("Whom you helped"), lines=tuple(lines))


def _used_link(used: Used, speech: Speech) -> About | None:
    """The object that is still of use; None if it has no title and a user of it isn't named, whom its address could identify."""
    title = _called(used, speech)
    known = title or all(map(is_named, used.people))
    return About("object", used.object, title) if known else None


def _called(what: Used | Recognition, speech: Speech) -> str:
    """What an object is called; "" for one that is known only by its id."""
    return told(what.title, what.reply, speech) if what.title not in ("", what.object) else ""


def _used_sentence(used: Used, speech: Speech) -> str:
    """The sentence about an object that is still of use: what it is called, and to whom."""
    what, people = _called(used, speech), speech.people(used.people) if used.people else ""
    if not what:
        if people:
            return speech("Something of yours is still useful to {people}", people=people)
        return speech.many(
            "Something of yours is still useful", "Something of yours was useful {n} times",
            len(used.events),
        )  # fmt: skip
    if people:
        return speech("Still useful: {what}, to {people}", what=what, people=people)
    return speech.many(
        "Still useful: {what}, {n} time", "Still useful: {what}, {n} times",
        len(used.events), what=what,
    )  # fmt: skip


def recognised(statement: Statement, speech: Speech) -> Section:
    """What others said to the member, and how many recognised them."""
    said = [each for each in statement.recognition if each.text.strip()]
    lines = [_quotation(each, speech) for each in said[-MAX_LINES:]]
    givers = {each.giver for each in statement.recognition if each.giver}
    if len(givers) > 1:
        text = speech.many(
            "{n} colleague recognised what you did", "{n} colleagues recognised what you did",
            len(givers),
        )  # fmt: skip
        events = tuple(each.event for each in statement.recognition)
        lines.append(Line(name="recognition", text=text, events=events))
    return Section(name="recognition", title=speech("What others say"), lines=tuple(lines))


def _quotation(found: Recognition, speech: Speech) -> Line:
    """A quotation of what somebody said."""
    by = speech.person(found.giver) if found.giver else speech("A colleague")
    return Line(
        name="recognition",
        text=speech.quote(found.text.strip()),
        by=by,
        events=(found.event,),
        about=_quotation_link(found, speech),
        giver=about_member(found.giver, by) if found.giver else None,
    )


def _quotation_link(found: Recognition, speech: Speech) -> About | None:
    """The object that a quotation is about; None if it has no title, or if its address could identify an author who isn't named."""
    title = _called(found, speech)
    known = found.giver is None or is_named(found.giver)
    return About("object", found.object, title) if found.object and title and known else None


def learned(statement: Statement, speech: Speech) -> Section:
    """What the member asked, replied to and read."""
    found, lines = statement.learning, []
    if found.asked:
        text = speech.many("You asked a question", "You asked {n} questions", len(found.asked))
        lines.append(Line(name="learning.asked", text=text, events=found.asked))
    if found.answered:
        text = (
            speech.many("One of them got an answer", "{n} of them got answers", len(found.answered))
            if len(found.asked) > 1
            else speech("It got an answer")
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
        text = speech.many("You read something", "You read {n} things", len(found.objects))
        lines.append(Line(name="learning.read", text=text, events=found.read))
    return Section(name="learning", title=speech("How you learned"), lines=tuple(lines))


def talents(statement: Statement, speech: Speech) -> Section:
    """The topics in which others confirmed the member."""
    lines = [
        Line(
            name=f"talents.{each.topic}",
            value=isolate(each.topic),
            text=speech.many(
                "{people} confirmed what you know", "{n} colleagues confirmed what you know: {people}",
                len(each.people), people=speech.people(each.people),
            ),
            events=each.events,
        )
        for each in statement.talents[:MAX_LINES]
    ]  # fmt: skip
    return Section(name="talents", title=speech("What you are known for"), lines=tuple(lines))


def needed(statement: Statement, speech: Speech, book: RuleBook | None) -> Section:
    """Open questions, and new colleagues. Days are those of the book's time zone, or of UTC without a book."""
    found, lines, zone = statement.needed, [], zone_named(book.zone if book else "UTC")
    for each in found.questions[:MAX_LINES]:
        lines.append(
            Line(
                name="needed.questions",
                text=_question_sentence(each, speech, zone),
                value=isolate(each.topics[0]),
                events=(each.event,),
                about=_question_link(each, speech),
            )
        )
    for colleague in found.colleagues[:3]:
        person = speech.person(colleague.member)
        text = speech("{person} is new here", person=person)
        topic = isolate(colleague.topics[0]) if colleague.topics else ""
        lines.append(
            Line(
                name="needed.colleagues",
                text=text,
                value=topic,
                events=(colleague.event,),
                about=about_member(colleague.member, person),
            )
        )
    return Section(name="needed", title=speech("Where you are needed"), lines=tuple(lines))


def _question_link(open: OpenQuestion, speech: Speech) -> About | None:
    """The object of an open question; None if it has no title and its asker isn't named, whom its address could identify."""
    title = told(open.title, None, speech) if open.title != open.object else ""
    known = title or open.asker is None or is_named(open.asker)
    return About("object", open.object, title) if known else None


def _question_sentence(open: OpenQuestion, speech: Speech, zone: tzinfo) -> str:
    """The sentence about an open question: its asker, its title if it has one, and the day in ``zone`` on which it was asked."""
    words = {"title": open.title, "day": speech.day(open.occurred_at.astimezone(zone))}
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
    """The time that others may have saved, with a note that says what is assumed."""
    found = statement.saved
    if not found.minutes:
        return Section(name="saved", title="", lines=())
    text = speech("About {time}", time=duration(found.minutes, speech))
    events = tuple(dict.fromkeys(e for each in found.by.values() for e in each))
    note = speech(
        "Estimated, not measured: {assumed}.",
        assumed=speech("; ").join(_assumed(found, speech)),
    )
    line = Line(name="saved", text=text, events=events)
    return Section(name="saved", title=speech("Time you saved others"), lines=(line,), note=note)


def _assumed(saved: Saved, speech: Speech) -> Iterator[str]:
    """For each act that saved time: how often it happened, and the time assumed for each."""
    for act, events in saved.by.items():
        count = {
            "accepts": lambda n: speech.many("{n} accepted answer", "{n} accepted answers", n),
            "confirms": lambda n: speech.many("helped {n} time", "helped {n} times", n),
            "uses": lambda n: speech.many("used {n} time", "used {n} times", n),
            "reads": lambda n: speech.many("read {n} time", "read {n} times", n),
        }.get(act)
        counted = count(len(events)) if count else f"{act} {speech.number(len(events))}"
        each = duration(saved.assumed[act], speech)
        yield speech.many(
            "{count}, {time}", "{count}, {time} each", len(events), count=counted, time=each
        )
