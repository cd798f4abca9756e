"""Puts the badges of a rule book into plain words for members: what each is for, and what counts towards it."""

from __future__ import annotations

from datetime import datetime

from wiifm.badges import Badge
from wiifm.criteria import Criterion
from wiifm.event_types import EventType
from wiifm.periods import Over
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rulebook.names import UNITS
from wiifm.statement.conditions import condition, fields_of
from wiifm.statement.durations import time_left
from wiifm.statement.outlook import Step
from wiifm.statement.rule_words import dates, in_general, in_words, tiered, title
from wiifm.words.speech import ENGLISH, Speech, capital


def badge_means(book: RuleBook, badge: Badge, s: Speech = ENGLISH) -> str:
    """Say what a badge is for, and after which others it comes. Of a level, the levels below it go without saying.

    >>> asker = "[[badge]]\\nid='asker'\\ncount='question.asked'\\nat_least=5\\nafter='moon'\\n"
    >>> book = RuleBook.parse(f"[book]\\nid='b'\\n{asker}[[badge]]\\nid='moon'\\nsay='You flew to the moon'\\ncount='post.shared'\\nat_least=1")
    >>> badge_means(book, book.badges["asker"]), badge_means(book, book.badges["moon"])
    ('How often: somebody asks a question. You get it after: Moon', 'You flew to the moon')
    """
    what, ladder = _asked_of(book, badge, s), badge.id.rpartition("/")[0]
    others = [each for each in badge.after if not (ladder and each.startswith(f"{ladder}/"))]
    if not others:
        return what
    after = s.of(s("You get it after"), s.listed(_tier(each, s) for each in others))
    return f"{what.rstrip('.')}. {after}" if what else after


def _asked_of(book: RuleBook, badge: Badge, s: Speech) -> str:
    """What a badge is for: by its meaning, or its sentence, or else by what its criteria measure; "" without criteria."""
    if badge.means:
        return capital(in_words(badge.means, s))
    if badge.say:
        return in_general(badge.say, s)
    criteria = [_criterion(book, part, s) for part in badge.parts]
    if badge.join == "any" and badge.needs > 1:
        what = s.of(s("{n} of these criteria", n=badge.needs), s("; ").join(criteria))
    else:
        what = (s("; and: ") if badge.join == "all" else s("; or: ")).join(criteria)
    if not badge.none_of:
        return what
    return s("{what}, {condition}", what=what, condition=s("under certain conditions"))


def _tier(name: str, s: Speech) -> str:
    """A badge that another comes after, with its tier if one is named.

    >>> _tier("helper:gold", ENGLISH), _tier("helper", ENGLISH)
    ('Helper, Gold', 'Helper')
    """
    badge, _, tier = name.partition(":")
    return tiered(title(badge, s), tier, s)


def part_means(book: RuleBook, badge: Badge, part: int, s: Speech = ENGLISH) -> str:
    """Say what one of the criteria of a badge measures.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='asker'\\ncount='question.asked'\\nat_least=5")
    >>> part_means(book, book.badges["asker"], 0)
    'How often: somebody asks a question'
    """
    return _criterion(book, badge.parts[part], s)


def step_means(book: RuleBook, step: Step, s: Speech = ENGLISH) -> str:
    """Say what counts towards the badge or level of a step.

    >>> book = RuleBook.load("plugin:sharing")
    >>> step_means(book, Step(kind="badge", name="solver", tier="gold", key=None, value=7, threshold=50))
    'Answers of yours that the askers accepted'
    """
    badge = all_badges(book).get(step.badge)
    if badge is None and step.ladder is not None:
        return capital(s.called("purse", book.ladders[step.ladder].purse))
    return badge_means(book, badge, s) if badge else ""


def _measured(book: RuleBook, part: Criterion, s: Speech) -> str:
    """What a criterion measures, and of which field, as the beginning of a sentence.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='b'\\nsum='words'\\non='post.shared'\\nat_least=900")
    >>> _measured(book, book.badges["b"].parts[0], ENGLISH)
    'Total (“words”)'
    """
    measures = {
        "count": s("How often"),
        "run": s("How many in a row"),
        "distinct": s("Number of different values"),
        "sum": s("Total"),
        "mean": s("Average"),
        "max": s("Highest value"),
        "latest": s("Latest value"),
    }
    measured = measures.get(part.measure) or title(part.measure, s)
    if part.value not in fields_of(_types(book, part)):
        return measured
    return f"{measured} ({s.quote(s.called('field', part.value))})"


def _grouped(group: str, in_a_row: bool, s: Speech) -> str:
    """What the groups of a criterion count, as the beginning of a sentence; ``in_a_row`` for streaks."""
    if in_a_row:
        rows = {
            "day": s("How many days in a row"),
            "workday": s("How many working days in a row"),
            "week": s("How many weeks in a row"),
            "month": s("How many months in a row"),
        }
        return rows.get(group) or s("How many in a row")
    found = {
        "object": s("How many contributions"),
        "in_reply_to": s("How many contributions"),
        "person": s("How many people"),
        "pair": s("How many people"),
        "topic": s("How many topics"),
        "community": s("How many communities"),
        "unit": s("How many units"),
        "day": s("How many days"),
        "week": s("How many weeks"),
        "month": s("How many months"),
    }
    return found.get(group) or s("Number of different values")


def _criterion(book: RuleBook, part: Criterion, s: Speech) -> str:
    """A criterion as a sentence, with the time that it looks at.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='busy'\\ncount='question.asked'\\nover='last 7 days'\\nat_least=5")
    >>> _criterion(book, book.badges["busy"].parts[0], ENGLISH)
    'How often: somebody asks a question (within 7 days)'
    """
    asked = _within(part.over, _asked(book, part, s), s)
    when = ", ".join(dates(part.since, part.until, s))
    return f"{asked} ({when})" if when else asked


def _within(over: str, asked: str, s: Speech) -> str:
    """What a criterion asks, with its window of time in brackets, if it has one."""
    match Over.parse(over):
        case Over("calendar", period):
            words = {
                "day": s("{asked} (in one day)", asked=asked),
                "week": s("{asked} (in one week)", asked=asked),
                "month": s("{asked} (in one month)", asked=asked),
                "year": s("{asked} (in one year)", asked=asked),
            }
            return words[period]
        case Over("last" | "every", _, length):
            time = time_left(datetime.min + length, datetime.min, s)
            return s("{asked} (within {time})", asked=asked, time=time)
        case _:  # ever, or a campaign
            return asked


def _asked(book: RuleBook, part: Criterion, s: Speech) -> str:
    """What a criterion asks, without its time.

    >>> text = "[book]\\nid='b'\\n[[badge]]\\nid='b'\\nstreak='day'\\neach={sum='words'}\\non='post.shared'\\nat_least=5"
    >>> book = RuleBook.parse(text)
    >>> _asked(book, book.badges["b"].parts[0], ENGLISH)
    'How many days in a row: somebody shares what they know or found'
    """
    if part.measure == "earned":
        return s("How many {purse} you earned", purse=s.called("purse", part.purse))
    if part.terms:
        first, second = (_criterion(book, each, s) for each in part.terms)
        second = second[:1].lower() + second[1:]
        return s("{first}; for each of: {second}", first=first, second=second)
    if part.each is not None:
        asked = _grouped(str(part.group), part.measure == "streak", s)
        earned = part.each.measure == "earned"
        inner = _criterion(book, part.each, s) if earned else _happens(book, part, s)
        return s.of(asked, inner[:1].lower() + inner[1:])
    if part.measure == "distinct" and part.value in ("actor", "recipient"):
        return s.of(s("How many different people"), _happens(book, part, s))
    if part.measure == "distinct" and part.value in ("unit", *UNITS):
        return s.of(s("How many units"), _happens(book, part, s))
    return s.of(_measured(book, part, s), _happens(book, part, s))


def _happens(book: RuleBook, part: Criterion, s: Speech) -> str:
    """The events of a criterion and their conditions, as the rest of a sentence. A condition without words could name somebody, so it isn't shown."""
    inner, types = part.each or part, _types(book, part)
    said = [in_words(each.means, s) or each.name for each in types]
    found = [each.partition(". ")[0].rstrip(".") for each in said]
    what = s(", or ").join(each[:1].lower() + each[1:] for each in found)
    where = [f"({one})" for one in dict.fromkeys((part.where, inner.where)) if one]
    if not where:
        return what
    about = condition(" and ".join(where), fields_of(types), s) or s("under certain conditions")
    return s("{what}, {condition}", what=what, condition=about)


def _types(book: RuleBook, part: Criterion) -> list[EventType]:
    return [book.types[name] for name in part.on or (part.each or part).on]
