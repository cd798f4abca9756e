"""The sections of a statement's text about what a member holds: badges, levels, streaks, their growth, and what is next.

Every sentence must keep the rules of docs/explanation/no-shaming.md; a test checks all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from wiifm.ledger import Award
from wiifm.progress import Progress, share_of
from wiifm.pseudonyms import is_named
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.statement.badge_words import ahead_means, barring_means, step_means
from wiifm.statement.criterion_words import present_in_words
from wiifm.statement.durations import time_left
from wiifm.statement.nouns import Statement, award_line, events_of
from wiifm.statement.openings import begun
from wiifm.statement.outlook import Kept, Step
from wiifm.statement.rule_words import dates, tiered, title
from wiifm.statement.titling import told
from wiifm.statement.view import MAX_LINES, About, Line, Section
from wiifm.words.speech import Speech


def awards(statement: Statement, speech: Speech, book: RuleBook | None = None) -> Section:
    """The latest badges of the period, and how many more there are; with the book, people for whom a badge counts are called by their names."""
    lines, shown = [], _most_telling(statement.awards)
    for each in shown:
        text = tiered(speech.called("badge", each.badge), each.tier, speech)
        if what := _what(each, statement, speech, book):
            text = speech("{badge}, for {what}", badge=text, what=what)
        about = _object(each, statement, speech)
        lines.append(Line(name=award_line(each), text=text, events=(each.event,), about=about))
    if more := len(statement.awards) - len(shown):
        text = speech.many("and {n} more", "and {n} more", more)
        lines.append(Line(name="awards", text=text, events=()))
    return Section(name="awards", title=speech("Your badges"), lines=tuple(lines))


def _most_telling(awards: Sequence[Award]) -> list[Award]:
    """At most ``MAX_LINES`` awards, in their order: the latest of each badge, then the second latest of each, and so on.

    So a badge that is given for every object doesn't hide the others.
    """
    seen, ranked = Counter[str](), []
    for number in reversed(range(len(awards))):
        seen[awards[number].badge] += 1
        ranked.append((seen[awards[number].badge], -number))
    return [awards[number] for number in sorted(-minus for _, minus in sorted(ranked)[:MAX_LINES])]


def _object(one: Award | Step, statement: Statement, speech: Speech) -> About | None:
    """The object that a badge is for, if it has a title."""
    if one.key is None or not statement.titles.get(one.key):
        return None
    return About("object", one.key, _what(one, statement, speech))


def _what(
    one: Award | Step, statement: Statement, speech: Speech, book: RuleBook | None = None
) -> str:
    """What a badge is for: what an object is called, or the name of a topic or person; "" for an object without a title."""
    key = one.key
    if key and (not is_named(key) or _is_by_person(one, book)):
        return speech.person(key)
    if key is None or key not in statement.titles:
        return key or ""
    title = statement.titles[key]
    return told(title, statement.replies.get(key), speech) if title else ""


def _is_by_person(one: Award | Step, book: RuleBook | None) -> bool:
    """Whether a badge counts for a person, as the book says."""
    badge = all_badges(book).get(one.badge) if book else None
    return badge is not None and badge.by_person


_ROWS = {
    "day": lambda s, n: s.many("{n} day in a row", "{n} days in a row", n),
    "workday": lambda s, n: s.many("{n} working day in a row", "{n} working days in a row", n),
    "week": lambda s, n: s.many("{n} week in a row", "{n} weeks in a row", n),
    "month": lambda s, n: s.many("{n} month in a row", "{n} months in a row", n),
}


def grown(statement: Statement, speech: Speech) -> Section:
    """Levels, streaks, and what is more than in the period before; what is less isn't shown."""
    found, lines = statement.growth, []
    for ladder, level in found.levels.items():
        text = speech("Your level: {level}", level=_level(level, ladder, statement, speech))
        lines.append(_line(f"growth.levels.{ladder}", text, statement))
    for held in found.kept:
        if left := time_left(held.until, statement.at, speech):
            text = speech(
                "{name}: yours for {time} more, thanks to what you did so far",
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
                    "{more} more {purse} than in the period before",
                    purse=speech.purse(purse, now - before), more=speech.number(now - before),
                )  # fmt: skip
                lines.append(_line(f"growth.compared.{purse}", text, statement))
        more = found.compared.people[0] - found.compared.people[1]
        if more > 0 and found.compared.people[1]:
            text = speech.many(
                "You helped {n} more colleague than in the period before",
                "You helped {n} more colleagues than in the period before",
                more,
            )
            lines.append(
                Line(
                    name="growth.compared.people",
                    text=text,
                    events=events_of(statement.reach.people),
                )
            )
    return Section(name="growth", title=speech("How you grow"), lines=tuple(lines))


def _called(what: Step | Kept, statement: Statement, speech: Speech) -> str:
    """The name of a badge or a level."""
    if what.ladder is None:
        return speech.called("badge", what.name)
    return _level(what.name, what.ladder, statement, speech)


def _level(name: str, ladder: str, statement: Statement, speech: Speech) -> str:
    """The name of a level, with its ladder if there are several."""
    level = speech.called("level", name)
    if len(statement.standing.levels) < 2:
        return level
    return f"{level} ({speech.called('ladder', ladder)})"


def _line(name: str, text: str, statement: Statement) -> Line:
    """A line with the events that the statement has under its name."""
    return Line(name=name, text=text, events=statement.behind.get(name, ()))


def nearest(statement: Statement, speech: Speech, book: RuleBook | None = None) -> Section:
    """The nearest badges and levels; with the book, also what counts towards them, and those that something bars though all else is met."""
    lines = [
        Line(
            name=each.line,
            text=_step(each, statement, speech, book),
            share=_share(each),
            means=_means(each, statement, speech, book) if book else "",
            events=statement.behind.get(each.line, ()),
            about=_object(each, statement, speech),
        )
        for each in (() if statement.beginning else statement.nearest)
    ]
    if book and not statement.beginning:
        lines += _held_up(statement, speech, book)
    return Section(name="next", title=speech("What is next"), lines=tuple(lines))


def _held_up(statement: Statement, speech: Speech, book: RuleBook) -> Iterator[Line]:
    """The badges and levels that take nothing more, but that something bars at the moment."""
    ahead = {each.badge for each in statement.next if not each.barred}
    bars: dict[str, list[str]] = {}
    for each in statement.next:
        if each.barred and each.badge not in ahead:
            bars.setdefault(each.badge, []).append(_bar(each, speech, book))
    for badge, means in bars.items():
        yield Line(name=f"next.{badge}", text=title(badge, speech), means=". ".join(means))


def _means(step: Step, statement: Statement, speech: Speech, book: RuleBook) -> str:
    """What counts towards a step, and what stands in its way at the moment."""
    barred = [each for each in statement.next if each.barred and each.badge == step.badge]
    means = [step_means(book, step, speech), *(_bar(each, speech, book) for each in barred)]
    return ". ".join(each.rstrip(".") for each in means if each) if barred else means[0]


def _bar(barred: Progress, speech: Speech, book: RuleBook) -> str:
    """What stands in the way of a badge or level, and until when."""
    bar = barring_means(book, barred, speech)
    until = dates(None, barred.until, book.zone, speech)
    return speech("; ").join([bar, *until])


def _counted(step: Step, speech: Speech, book: RuleBook | None) -> str:
    """By which criterion of several the progress is, unless the badge says itself what it is for; or that it is by the second measure of a ratio."""
    badge = all_badges(book).get(step.badge) if book else None
    if book is None or badge is None or ((badge.means or badge.say) and not step.second):
        return ""
    return begun(ahead_means(book, step, speech))


def _share(step: Step) -> float:
    """The progress, from 0 to 1."""
    done, whole = share_of(step.value, step.threshold)
    return max(0.0, min(1.0, done / whole))


def _step(step: Step, statement: Statement, speech: Speech, book: RuleBook | None) -> str:
    """The sentence about a step: its name, the progress, what it is for, and how long the progress lasts."""
    name = tiered(_called(step, statement, speech), step.tier, speech)
    value, threshold = (speech.number(each) for each in (step.value, step.threshold))
    text = speech("{what}: {value} of {threshold}", what=name, value=value, threshold=threshold)
    details = [_what(step, statement, speech, book), _counted(step, speech, book)]
    shown = ", ".join(filter(None, details))
    text = f"{text} ({shown})" if shown else text
    left = time_left(step.until, statement.at, speech) if step.until else ""
    text = speech("{step}, counts for {time} more", step=text, time=left) if left else text
    if step.present is None:
        return text
    return speech("; ").join([text, present_in_words(step.present, speech)])
