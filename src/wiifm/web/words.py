"""The rule book in plain words: what is rewarded here, how much, how often, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from wiifm.badges import Badge
from wiifm.criteria import Criterion
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Gate, Limit, Rule

TO = {
    "actor": "For what you do",
    "recipient": "For what others do with what you gave, or say to you",
    "mentor": "For those whom you mentor",
    "former_mentor": "For those whom you mentored",
    "mentors_mentor": "For those whose mentors you mentor",
    "unit": "For your unit as a whole",
    "community": "For your community as a whole",
}
"""The headings of rules, by whom they credit."""

_GATES = {
    "actor": "each giver",
    "recipient": "each receiver",
    "object": "each contribution",
    "in_reply_to": "each contribution that is answered",
    "community": "each community",
    "unit": "each unit",
    "all": "everybody together",
}
_PERS = {
    "object": "for each contribution",
    "person": "with each person",
    "topic": "on each topic",
    "community": "in each community",
}


@frozen(kw_only=True)
class RuleInWords:
    """A rule for people: what is told to whoever it credits, when it holds, what it gives, what bounds it, and what it is for.

    ``heading`` groups rules by whom they credit. ``only`` is a condition as the book has it.
    """

    id: str
    title: str
    heading: str
    when: tuple[str, ...]
    gives: str
    only: str
    bounds: tuple[str, ...]
    means: str


def rules_in_words(book: RuleBook) -> list[RuleInWords]:
    """All rules of a book, in the order of their headings, by id.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[rule]]\\nid='post'\\non='post.shared'\\npoints=2\\n"
    ...                       "limit = { times = 3, per = 'day' }")
    >>> rule = rules_in_words(book)[0]
    >>> rule.when, rule.gives, rule.bounds
    (('Somebody shares what they know or found.',), '2 points', ('at most 3 times a day',))
    """
    found = [_rule(book, each) for each in book.rules.values()]
    order = list(TO.values())
    return sorted(found, key=lambda each: (order.index(each.heading), each.id))


def _rule(book: RuleBook, rule: Rule) -> RuleInWords:
    return RuleInWords(
        id=rule.id,
        title=_title(rule),
        heading=TO[rule.to],
        when=tuple(book.types[name].means or name for name in rule.on),
        gives=_gives(book, rule),
        only=rule.where or "",
        bounds=tuple(_bounds(book, rule)),
        means=rule.means,
    )


class _Somebody(dict[str, str]):
    """What stands in a sentence for what only an event tells."""

    def __missing__(self, name: str) -> str:
        return {"object_type": "contribution"}.get(name, "…")


def _title(rule: Rule) -> str:
    """The sentence of a rule, for nobody in particular; its name where it has none."""
    if not rule.say:
        return title(rule.id)
    people = dict.fromkeys(("actor", "recipient", "mentor"), "somebody")
    told = rule.say.format_map(_Somebody(people)).rstrip(" :,;-…")
    return told[:1].upper() + told[1:]


def _gives(book: RuleBook, rule: Rule) -> str:
    if rule.kind is not None:
        return f"{rule.purse}, as {rule.kind!r} decides"
    if rule.graded is not None and rule.graded.steps:
        return (
            f"{rule.purse} in steps, by the {rule.graded.by} of all that concerns one contribution"
        )
    if isinstance(rule.points, str):
        return f"{rule.purse}: {rule.points}"
    one = rule.points == 1 and rule.purse == "points"
    return "1 point" if one else f"{rule.points or 0:g} {rule.purse}"


def _bounds(book: RuleBook, rule: Rule) -> Iterator[str]:
    for name in rule.limit:
        if isinstance(name, str):
            yield _limit(book.limits[name])
    for name, limit in book.limits.items():
        if limit.all and limit.purse == rule.purse and name not in rule.exempt:
            yield f"{_limit(limit)}, with all other rules"
    if isinstance(rule.gate, str):
        yield _gate(book.gates[rule.gate])
    if rule.audience.units:
        yield f"only in {_listed(rule.audience.units)}"
    if rule.audience.communities:
        yield f"only in the communities {_listed(rule.audience.communities)}"
    if rule.since:
        yield f"since {rule.since:%-d %B %Y}"
    if rule.until:
        yield f"until {rule.until:%-d %B %Y}"


def _limit(limit: Limit) -> str:
    most = []
    if limit.points is not None:
        most.append(f"{limit.points:g} {limit.purse}")
    if limit.times is not None:
        most.append("once" if limit.times == 1 else f"{limit.times} times")
    periods = [f"a {each}" for each in limit.per if each not in _PERS and each != "ever"]
    others = [_PERS[each] for each in limit.per if each in _PERS]
    return " ".join(["at most", " and ".join(most), *periods, *others])


def _gate(gate: Gate) -> str:
    most = f"{gate.times} times" if gate.times is not None else f"{gate.points:g} points"
    most = "once" if gate.times == 1 else most
    period = "" if gate.per == "ever" else f" a {gate.per}"
    return f"{most}{period} for {_listed(tuple(_GATES[each] for each in gate.of))}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1]


def title(name: str) -> str:
    """A name of the book as a title.

    >>> title("good-answer"), title("path/guide")
    ('Good answer', 'Guide')
    """
    words = re.split(r"[-_.]+", name.rpartition("/")[2])
    return " ".join(words).capitalize()


def badge_means(book: RuleBook, badge: Badge) -> str:
    """What a badge is for: its own words, or else what its criteria measure.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='asker'\\ncount='question.asked'\\nat_least=5")
    >>> badge_means(book, book.badges["asker"])
    'How often: somebody asks'
    """
    if badge.means:
        return badge.means
    told = [_criterion(book, part) for part in badge.parts]
    joined = "; and: " if badge.join == "all" else "; or: "
    return joined.join(told)


_MEASURED = {
    "count": "How often",
    "run": "How often in a row",
    "distinct": "How many different ones",
    "sum": "How much in all",
    "mean": "How much on average",
    "max": "How much at most",
    "latest": "How much at last",
}


def _criterion(book: RuleBook, part: Criterion) -> str:
    """What a criterion measures."""
    if part.measure == "earned":
        return f"How many {part.purse} you earned"
    if part.terms:
        first, second = (_criterion(book, each) for each in part.terms)
        return f"{first}; for each of: {second[:1].lower()}{second[1:]}"
    if part.each is not None:
        each = "contribution" if part.group in ("object", "in_reply_to") else part.group
        row = " in a row" if part.measure == "streak" else ""
        return f"How many {_plural(each)}{row}: {_types(book, part.each)}"
    if part.measure == "distinct" and part.value in ("actor", "recipient"):
        return f"How many different people: {_types(book, part)}"
    return f"{_MEASURED.get(part.measure, title(part.measure))}: {_types(book, part)}"


def _plural(word: str) -> str:
    return (
        "people"
        if word == "person"
        else f"{word.removesuffix('y')}ies"
        if word == "community"
        else f"{word}s"
    )


def _types(book: RuleBook, part: Criterion) -> str:
    """What the events of a criterion are, as the middle of a sentence."""
    found = [(book.types[name].means or name).rstrip(".") for name in part.on]
    return ", or ".join(each[:1].lower() + each[1:] for each in found)
