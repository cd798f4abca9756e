"""Puts a rule book into plain words for members: what is rewarded, how much, how often, and why.

Sentences from the book itself are translated if the catalogue of the language has them; otherwise they stay as they are in the book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import frozen

from wiifm.badges import Badge
from wiifm.criteria import Criterion
from wiifm.ledger import Amount
from wiifm.periods import Over
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rules import Gate, Limit, Rule
from wiifm.statement.conditions import condition, fields_of
from wiifm.statement.durations import time_left
from wiifm.statement.outlook import Step
from wiifm.words.speech import ENGLISH, Kind, Speech, capital


@frozen(kw_only=True)
class RuleInWords:
    """A rule in words for members.

    ``title`` is its sentence, ``when`` says which events it is about, ``gives`` what it gives, ``bounds`` its condition, limits and audience, and
    ``means`` what it is for. ``heading`` groups rules by whom they credit. ``only`` is the condition as an expression, if it
    can't be put into words among the bounds, and ``formula`` the expression by which the points are computed, if there is one.
    """

    id: str
    title: str
    heading: str
    when: tuple[str, ...]
    gives: str
    only: str
    bounds: tuple[str, ...]
    means: str
    formula: str = ""


def in_words(text: str, s: Speech) -> str:
    """Translate a sentence of a book, if the catalogue of the language has it.

    >>> in_words("what likes can earn in a day", ENGLISH)
    'what likes can earn in a day'
    """
    return s(text) if text else ""


def headings(s: Speech) -> Mapping[str, str]:
    """The headings of rules in their order, by whom the rules credit."""
    return {
        "actor": s("For what you do"),
        "recipient": s("For what others do with your contributions, or say to you"),
        "mentor": s("For the people you mentor"),
        "former_mentor": s("For the people you mentored"),
        "mentors_mentor": s("For the people whose mentors you mentor"),
        "unit": s("For your unit as a whole"),
        "community": s("For your community as a whole"),
    }


def rules_in_words(book: RuleBook, s: Speech = ENGLISH) -> list[RuleInWords]:
    """Return all rules of a book, sorted by their headings and ids.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[rule]]\\nid='post'\\non='post.shared'\\npoints=2\\n"
    ...                       "limit = { times = 3, per = 'day' }")
    >>> rule = rules_in_words(book)[0]
    >>> rule.when, rule.gives, rule.bounds
    (('Somebody shares what they know or found.',), '2 points', ('at most 3 times a day',))
    """
    order = list(headings(s))
    found = sorted(book.rules.values(), key=lambda rule: (order.index(rule.to), rule.id))
    return [_rule(book, each, s) for each in found]


def _rule(book: RuleBook, rule: Rule, s: Speech) -> RuleInWords:
    about = condition(rule.where, fields_of(book.types[name] for name in rule.on), s)
    return RuleInWords(
        id=rule.id,
        title=_title(rule, s),
        heading=headings(s)[rule.to],
        when=tuple(in_words(book.types[name].means, s) or name for name in rule.on),
        gives=_gives(rule, s),
        only="" if about else rule.where or "",
        bounds=(*([about] if about else ()), *_bounds(book, rule, s)),
        means=in_words(rule.means, s),
        formula=rule.points if isinstance(rule.points, str) else "",
    )


class _Placeholders(dict[str, str]):
    """The values for a sentence in general: "…" for whatever only an event knows."""

    def __missing__(self, name: str) -> str:
        return "…"


def _title(rule: Rule, s: Speech) -> str:
    """The sentence of a rule in general; its id as a title if it has none."""
    return _in_general(rule.say, s) if rule.say else title(rule.id, s)


def _in_general(say: str, s: Speech) -> str:
    """The sentence of a rule or badge in general, with "somebody" in place of names."""
    sentence = in_words(say, s)
    if sentence == say:  # untranslated: so are the placeholders
        s = ENGLISH
    somebody = s("somebody")
    known = {"actor": somebody, "recipient": somebody, "mentor": somebody, "object": ""}
    words = _Placeholders(known, object_type=s("contribution"))
    return capital(" ".join(sentence.format_map(words).split()).rstrip(" :,;-…"))


def _gives(rule: Rule, s: Speech) -> str:
    purse = s.called("purse", rule.purse)
    if rule.kind is not None:
        return s("{purse}, as {kind} decides", purse=purse, kind=repr(rule.kind))
    if rule.graded is not None and rule.graded.steps:
        return s("{purse} in steps, by everything that happens to one contribution", purse=purse)
    if rule.graded is not None or rule.judged is not None:
        return s("{purse}, by everything that is said about one contribution", purse=purse)
    if isinstance(rule.points, str):
        return s("{purse}: {amount}", purse=purse, amount=rule.points)
    return amount_of(rule.points or 0, rule.purse, s)


def amount_of(points: Amount | float, purse: str, s: Speech = ENGLISH) -> str:
    """An amount with the name of its purse.

    >>> amount_of(5, "points")
    '5 points'
    """
    return f"{s.number(points)} {s.purse(purse, points)}"


def _bounds(book: RuleBook, rule: Rule, s: Speech) -> Iterator[str]:
    for name in rule.limit:
        if isinstance(name, str):
            yield _limit(book.limits[name], s)
    for name, limit in book.limits.items():
        if limit.all and limit.purse == rule.purse and name not in rule.exempt:
            yield s("{limit}, together with all other rules", limit=_limit(limit, s))
    if isinstance(rule.gate, str):
        yield _gate(book.gates[rule.gate], rule.purse, s)
    if rule.audience.units:
        yield s("in {units}", units=s.listed(rule.audience.units))
    if rule.audience.communities:
        yield s("in the communities {names}", names=s.listed(rule.audience.communities))
    if rule.since:
        yield s("since {day}", day=s.day(rule.since.date()))
    if rule.until:
        yield s("until {day}", day=s.day(rule.until.date()))


def _times(times: int, s: Speech) -> str:
    return s("once") if times == 1 else s.many("{n} time", "{n} times", times)


def _per(period: str, s: Speech) -> str:
    """A period, or what else a limit is counted by, as the end of a sentence."""
    found = {
        "day": s("a day"),
        "week": s("a week"),
        "month": s("a month"),
        "quarter": s("a quarter"),
        "year": s("a year"),
        "object": s("for each contribution"),
        "person": s("with each person"),
        "topic": s("on each topic"),
        "community": s("in each community"),
    }
    return found.get(period) or s("in each {period}", period=period)


def _limit(limit: Limit, s: Speech) -> str:
    most = []
    if limit.points is not None:
        most.append(amount_of(limit.points, limit.purse, s))
    if limit.times is not None:
        most.append(_times(limit.times, s))
    last = {"object", "person", "topic", "community"}
    per = sorted((each for each in limit.per if each != "ever"), key=last.__contains__)
    return s("at most {most}", most=" ".join([s.listed(most), *(_per(each, s) for each in per)]))


def _gate(gate: Gate, purse: str, s: Speech) -> str:
    """A gate of a rule that gives points in a purse.

    >>> _gate(Gate(id="thanks#", of=("actor",), points=5, per="week"), "kudos", ENGLISH)
    '5 kudos a week for each giver'
    """
    of = {
        "actor": s("for each giver"),
        "recipient": s("for each receiver"),
        "object": s("for each contribution"),
        "in_reply_to": s("for each contribution that is answered"),
        "community": s("in each community"),
        "unit": s("for each unit"),
        "all": s("for everybody together"),
    }
    most = (
        _times(gate.times, s) if gate.times is not None else amount_of(gate.points or 0, purse, s)
    )
    period = [] if gate.per == "ever" else [_per(gate.per, s)]
    return " ".join([most, *period, s.listed([of[each] for each in gate.of])])


def title(name: str, s: Speech = ENGLISH, kind: Kind = "badge") -> str:
    """Return an id of the book as a title.

    >>> title("good-answer"), title("path/guide")
    ('Good answer', 'Guide')
    """
    last = name.rpartition("/")[2]
    return capital(s.called("level" if "/" in name else kind, last))


def tiered(name: str, tier: str, s: Speech = ENGLISH) -> str:
    """The name of a badge and of its tier, if it has one.

    >>> tiered("Helper", "gold"), tiered("Helper", "")
    ('Helper, Gold', 'Helper')
    """
    return f"{name}, {s.called('tier', tier)}" if tier else name


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
        return _in_general(badge.say, s)
    criteria = [_criterion(book, part, s) for part in badge.parts]
    joined = s("; and: ") if badge.join == "all" else s("; or: ")
    return joined.join(criteria)


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


def _measured(measure: str, s: Speech) -> str:
    """A measure, as the beginning of a sentence."""
    found = {
        "count": s("How often"),
        "run": s("How many in a row"),
        "distinct": s("Number of different values"),
        "sum": s("Total"),
        "mean": s("Average"),
        "max": s("Highest value"),
        "latest": s("Latest value"),
    }
    return found.get(measure) or title(measure, s)


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
    return _within(part.over, _asked(book, part, s), s)


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
        inner = _criterion(book, part.each, s) if earned else _types(book, part, s)
        return s.of(asked, inner[:1].lower() + inner[1:])
    if part.measure == "distinct" and part.value in ("actor", "recipient"):
        return s.of(s("How many different people"), _types(book, part, s))
    return s.of(_measured(part.measure, s), _types(book, part, s))


def _types(book: RuleBook, part: Criterion, s: Speech) -> str:
    """The events of a criterion and their conditions, as the rest of a sentence. A condition without words could name somebody, so it isn't shown."""
    inner = part.each or part
    types = [book.types[name] for name in part.on or inner.on]
    said = [in_words(each.means, s) or each.name for each in types]
    found = [each.partition(". ")[0].rstrip(".") for each in said]
    what = s(", or ").join(each[:1].lower() + each[1:] for each in found)
    where = [f"({one})" for one in dict.fromkeys((part.where, inner.where)) if one]
    if not where:
        return what
    about = condition(" and ".join(where), fields_of(types), s) or s("under certain conditions")
    return s("{what}, {condition}", what=what, condition=about)
