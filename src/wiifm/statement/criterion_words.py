"""Puts the criteria of badges into plain words for members: what counts, whose doing counts, and how much it takes in each group."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from attrs import evolve

from wiifm.criteria import Criterion
from wiifm.event_types import EventType
from wiifm.expressions.parsing import parse_tree
from wiifm.periods import Over
from wiifm.progress import Present
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import UNITS
from wiifm.rules import HOLDER_KINDS
from wiifm.statement.conditions import Fields, condition, field_called, fields_of
from wiifm.statement.durations import lasting
from wiifm.statement.openings import begun, inside
from wiifm.statement.rule_words import dates, in_words, title
from wiifm.words.speech import ENGLISH, Speech


def criterion_means(book: RuleBook, part: Criterion, s: Speech = ENGLISH) -> str:
    """A criterion as a sentence, with what else it takes in brackets. Its threshold is left out, as each tier has its own.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='busy'\\ngroups='week'\\n"
    ...                       "each={ count='answer.posted', at_least=3 }\\nover='last 90 days'\\nat_least=5")
    >>> criterion_means(book, book.badges["busy"].parts[0])
    'How many weeks: somebody answers a question (at least 3 each, within 90 days)'
    """
    return _with([*_of_second(book, part, s), *_details(book, part, s)], _asked(book, part, s), s)


def demand_means(book: RuleBook, part: Criterion, s: Speech = ENGLISH) -> str:
    """The same with its threshold, unless one event is enough: of a criterion that has no more than one.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='busy'\\ncount='answer.posted'\\nover='week'\\nat_least=5")
    >>> demand_means(book, book.badges["busy"].parts[0])
    'How often: somebody answers a question (at least 5, in one week)'
    """
    return _with(
        [*_of_second(book, part, s), *_demanded(part, s), *_details(book, part, s)],
        _asked(book, part, s),
        s,
    )


def _demanded(part: Criterion, s: Speech) -> Iterator[str]:
    """The threshold of a criterion that has one; nothing if one event is enough."""
    least = s.number(part.least)
    if part.or_only is not None:
        yield s("{least} or a smaller number, by how much happens", least=least)
    elif part.terms:
        yield s("as a ratio at least {least}", least=least)
    elif not part.met_by_one:
        yield s("at least {least}", least=least)


def _of_second(book: RuleBook, part: Criterion, s: Speech) -> Iterator[str]:
    """Of a ratio: what its second measure takes, which is told last, so that one pair of brackets has it all."""
    for second in part.terms[1:]:
        yield from (*_demanded(second, s), *_details(book, second, s))


def bar_means(book: RuleBook, part: Criterion, s: Speech = ENGLISH) -> str:
    """A criterion that must not be met, as the end of a sentence about those that must.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='kind'\\ncount='answer.posted'\\nat_least=5\\n"
    ...                       "none_of=[{ count='object.disliked', at_least=2, over='week' }]")
    >>> bar_means(book, book.badges["kind"].none_of[0])
    "as long as this doesn't reach 2: how often: somebody dislikes a contribution (if it is you, in one week)"
    """
    more = s("as long as this doesn't reach {n}", n=s.number(part.least))
    return _bar(book, part, s("but not if"), more, s)


def barred_means(book: RuleBook, part: Criterion, s: Speech = ENGLISH) -> str:
    """The same of one that is met, and stands in the way now.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='kind'\\ncount='answer.posted'\\nat_least=5\\n"
    ...                       "none_of=[{ count='object.disliked' }]")
    >>> barred_means(book, book.badges["kind"].none_of[0])
    'Not while: somebody dislikes a contribution (if it is you)'
    """
    more = s("Not while this is {n} or more", n=s.number(part.least))
    return _bar(book, part, s("Not while"), more, s)


def _bar(book: RuleBook, part: Criterion, once: str, more: str, s: Speech) -> str:
    """A criterion that bars a badge, after ``once`` if one event meets it, else after ``more``."""
    if part.met_by_one:
        return s.of(once, _with(_details(book, part, s), _happens(book, part, s), s))
    return s.of(more, begun(criterion_means(book, part, s)))


def _with(details: Iterable[str], asked: str, s: Speech) -> str:
    """What is asked, with what else it takes in brackets."""
    listed = ", ".join(details)
    return s("{asked} ({details})", asked=asked, details=listed) if listed else asked


# ---- what is asked -------------------------------------------------------------------------------------------


def _asked(book: RuleBook, part: Criterion, s: Speech) -> str:
    """What a criterion asks, without its details.

    >>> text = "[book]\\nid='b'\\n[[badge]]\\nid='b'\\nstreak='day'\\neach={sum='words'}\\non='post.shared'\\nat_least=5"
    >>> book = RuleBook.parse(text)
    >>> _asked(book, book.badges["b"].parts[0], ENGLISH)
    'How many days in a row: somebody shares what they know or found'
    """
    if part.measure == "earned":
        return _earned(part, s)
    if part.terms:
        first, second = criterion_means(book, part.terms[0], s), _asked(book, part.terms[1], s)
        return s("{first}; for each of: {second}", first=first, second=begun(second))
    if part.each is None:
        return s.of(_measured(part, _types(book, part), s), _happens(book, part, s))
    asked = _grouped(str(part.group), part.measure == "streak", s)
    if part.each.measure == "earned":
        return s.of(asked, begun(_earned(evolve(part.each, to=part.to), s)))
    return s.of(asked, _happens(book, part, s))


def _earned(part: Criterion, s: Speech) -> str:
    """How much of a purse a member, or a unit or community as a whole, earned.

    >>> _earned(Criterion(measure="earned", purse="kudos", to="unit", at_least={"": 5}), ENGLISH)
    'How much your unit earned in kudos'
    """
    purse = s.called("purse", part.purse)
    match HOLDER_KINDS[part.to]:
        case "unit":
            return s("How much your unit earned in {purse}", purse=purse)
        case "community":
            return s("How much your community earned in {purse}", purse=purse)
        case _:
            return s("How much you earned in {purse}", purse=purse)


def _measured(part: Criterion, types: list[EventType], s: Speech) -> str:
    """What a criterion over events of some types measures, and of which field, as the beginning of a sentence.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='b'\\nsum='words'\\non='post.shared'\\nat_least=900")
    >>> _measured(book.badges["b"].parts[0], [book.types["post.shared"]], ENGLISH)
    'Total (“words”)'
    """
    if part.measure == "distinct" and part.value in ("actor", "recipient"):
        return s("How many different people")
    if part.measure == "distinct" and part.value in ("unit", *UNITS):
        return s("How many units")
    if part.measure == "distinct" and part.value in ("object", "in_reply_to", "community"):
        return _grouped(part.value, in_a_row=False, s=s)
    measures = {
        "count": s("How often"),
        "run": s("How many in a row"),
        "distinct": s("Number of different values"),
        "sum": s("Total"),
        "mean": s("Average"),
        "max": s("Highest value"),
        "median": s("Median"),
        "latest": s("Latest value"),
        "gap": s("Longest time without it, in days"),
    }
    measured = measures.get(part.measure) or title(part.measure, s)
    of = _computed_from(part.value, fields_of(types), s)
    return f"{measured} ({of})" if of else measured


def _computed_from(value: str, fields: Fields, s: Speech) -> str:
    """What a value is: a field, or an expression of fields; "" if it is none that may be told.

    >>> from wiifm.event_types import Field
    >>> fields = {each: Field("integer") for each in ("words", "pictures")}
    >>> [_computed_from(each, fields, ENGLISH) for each in ("words", "words + 50 * pictures", "hour")]
    ['“words”', 'computed from “words” and “pictures”', '']
    """
    if value in fields:
        return field_called(value, s)
    _, tree = parse_tree(value or "0", "value")
    names = [each for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id in fields]
    found = dict.fromkeys(each.id for each in sorted(names, key=lambda each: each.col_offset))
    if not found:
        return ""
    return s("computed from {fields}", fields=s.listed(field_called(each, s) for each in found))


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
        "year": s("How many years"),
    }
    return found.get(group) or s("Number of different values")


def _happens(book: RuleBook, part: Criterion, s: Speech) -> str:
    """The events of a criterion and their conditions, as the rest of a sentence. A condition without words could name somebody, so it isn't shown."""
    inner, types = part.each or part, _types(book, part)
    said = [in_words(each.means, s) or each.name for each in types]
    what = s(", or ").join(inside(each.partition(". ")[0].rstrip(".")) for each in said)
    where = [f"({one})" for one in dict.fromkeys((part.where, inner.where)) if one]
    if not where:
        return what
    about = condition(" and ".join(where), fields_of(types), s) or s("under certain conditions")
    if len(types) > 1:
        return s("{what}, in each case {condition}", what=what, condition=about)
    return s("{what}, {condition}", what=what, condition=about)


def _types(book: RuleBook, part: Criterion) -> list[EventType]:
    return [book.types[name] for name in part.on or (part.each or part).on]


# ---- what else it takes --------------------------------------------------------------------------------------


def _details(book: RuleBook, part: Criterion, s: Speech) -> Iterator[str]:
    """What else a criterion takes: whose doing counts, what each group must reach, and what and when it is counted for."""
    yield from _whose(part, _types(book, part), s)
    rules = (part.each or part).rules
    if rules:
        titles = (s.quote(title(each, s, "rule")) for each in rules)
        yield s("by the rules {rules}", rules=s.listed(titles))
    if part.each is not None:
        yield from _each(part.each, _types(book, part), s)
    yield from _counted_for(part, s)
    yield from _within(part, s)
    yield from (s("anew for every {n} more", n=n) for n in part.again if isinstance(n, int))
    if part.freeze:
        yield s.many("{n} may be left out", "{n} may be left out", part.freeze)
    yield from dates(part.since, part.until, book.zone, s)


def _whose(part: Criterion, types: list[EventType], s: Speech) -> Iterator[str]:
    """Whose doing counts, unless it goes without saying: that of those whose merit all the events are."""
    if part.paired or not types:
        return
    merits = {each.merit for each in types}
    if part.to == "community":
        yield s("by anybody in the community")
        return
    whom = {
        "mentor": s("people you mentor"),
        "former_mentor": s("people you mentored"),
        "mentors_mentor": s("people whose mentors you mentor"),
        "unit": s("people of your unit"),
    }
    if part.to in whom:
        of, who = {part.of} if part.of else merits, whom[part.to]
        sentences = {
            "actor": s("done by {whom}", whom=who),
            "recipient": s("done for {whom}", whom=who),
        }
        yield sentences[of.pop()] if len(of) == 1 else s("done by or for {whom}", whom=who)
    elif merits != {part.to}:
        yield s("if it is you") if part.to == "actor" else s("if it is for you")


def _each(inner: Criterion, types: list[EventType], s: Speech) -> Iterator[str]:
    """What each group must reach; nothing if one event is enough."""
    if inner.met_by_one:
        return
    each = s("at least {n} each", n=s.number(inner.least))
    if inner.measure in ("count", "earned"):
        yield each
    else:
        yield s.of(begun(_measured(inner, types, s)), each)


def _counted_for(part: Criterion, s: Speech) -> Iterator[str]:
    """What a criterion is counted for, if it isn't everything that a member does; and whether there is an award for each."""
    one = {
        "object": s("for one contribution"),
        "in_reply_to": s("for one contribution"),
        "topic": s("on one topic"),
        "community": s("in one community"),
        "unit": s("in one unit"),
        "person": s("with one person"),
        "pair": s("with one person"),
    }
    each = {
        "object": s("once for each contribution"),
        "in_reply_to": s("once for each contribution"),
        "topic": s("once for each topic"),
        "community": s("once for each community"),
        "unit": s("once for each unit"),
        "person": s("once for each person"),
        "pair": s("once for each person"),
    }
    if part.per in one:
        yield (each if part.per in part.again else one)[part.per]


def _within(part: Criterion, s: Speech) -> Iterator[str]:
    """The time in which a criterion counts, and whether there is an award each time; nothing for all time."""
    anew = "period" in part.again
    match Over.parse(part.over):
        case Over("calendar", period):
            one = {
                "day": s("in one day"),
                "week": s("in one week"),
                "month": s("in one month"),
                "year": s("in one year"),
            }
            each = {
                "day": s("each day anew"),
                "week": s("each week anew"),
                "month": s("each month anew"),
                "year": s("each year anew"),
            }
            yield (each if anew else one)[period]
        case Over("every", _, length):
            time = lasting(length, s)
            yield (
                s("anew every {time}", time=time)
                if anew
                else s("in a fixed period of {time}", time=time)
            )
        case Over("last", _, length):
            yield s("within {time}", time=lasting(length, s))


def present_in_words(present: Present, s: Speech = ENGLISH) -> str:
    """What the present day, week, month or year has so far, and what it takes; by its date, as somebody may read it a day later.

    >>> from datetime import date
    >>> present_in_words(Present(group="week", since=date(2026, 3, 9), value=1, threshold=3))
    'week from 9 March 2026: 1 of 3'
    """
    value, threshold = s.number(present.value), s.number(present.threshold)
    day = s.day(present.since)
    when = {
        "day": day,
        "workday": day,
        "week": s("week from {day}", day=day),
        "month": s.month(present.since),
        "year": str(present.since.year),
    }
    return s(
        "{what}: {value} of {threshold}",
        what=when[present.group],
        value=value,
        threshold=threshold,
    )
