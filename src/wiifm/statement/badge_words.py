"""Puts the badges of a rule book into plain words for members: what each is for, and what counts towards it."""

from __future__ import annotations

from wiifm.badges import Badge
from wiifm.progress import Progress
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.statement.criterion_words import (
    bar_means,
    barred_means,
    criterion_means,
    demand_means,
)
from wiifm.statement.outlook import Step
from wiifm.statement.rule_words import in_general, in_words, tiered, title
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
    levels, kept = "/" in badge.id, badge.keep_up is not None
    one_each = len(badge.parts) > 1 or levels or kept  # each criterion has one threshold
    said = demand_means if one_each else criterion_means
    criteria = [said(book, part, s) for part in badge.parts]
    if badge.join == "any" and badge.needs > 1:
        what = s.of(s("{n} of these criteria", n=badge.needs), s("; ").join(criteria))
    else:
        what = (s("; and: ") if badge.join == "all" else s("; or: ")).join(criteria)
    asked = s("; ").join([what, *(bar_means(book, part, s) for part in badge.none_of)])
    return (
        asked
        if badge.keep_up is None
        else f"{asked}. {s('It is looked at again from time to time')}"
    )


def _tier(name: str, s: Speech) -> str:
    """A badge that another comes after, with its tier if one is named.

    >>> _tier("helper:gold", ENGLISH), _tier("helper", ENGLISH)
    ('Helper, Gold', 'Helper')
    """
    badge, _, tier = name.partition(":")
    return tiered(title(badge, s), tier, s)


def ahead_means(book: RuleBook, one: Progress | Step, s: Speech = ENGLISH) -> str:
    """Say what the progress towards a badge is counted by, where the badge alone doesn't tell: by one of several criteria, or by
    the second measure of a ratio as long as that is too small. "" otherwise.

    >>> both = "[{ count='answer.accepted', to='recipient' }, { count='answer.posted', at_least=10 }]"
    >>> book = RuleBook.parse(f"[book]\\nid='b'\\n[[badge]]\\nid='sure'\\nratio={both}\\nat_least=0.5")
    >>> ahead_means(book, Progress(badge="sure", tier="", key=None, value=3, threshold=10, second=True))
    'How often: somebody answers a question'
    """
    badge = all_badges(book).get(one.badge)
    if badge is None or (len(badge.parts) < 2 and not one.second):
        return ""
    part = badge.parts[one.part]
    return criterion_means(book, part.terms[1] if one.second else part, s)


def barring_means(book: RuleBook, barred: Progress, s: Speech = ENGLISH) -> str:
    """Say which criterion of ``none_of`` stands in the way of a badge; its number comes after those of ``all_of`` or ``any_of``.

    >>> book = RuleBook.parse("[book]\\nid='b'\\n[[badge]]\\nid='kind'\\ncount='answer.posted'\\nat_least=5\\n"
    ...                       "none_of=[{ count='object.disliked', over='month' }]")
    >>> barring_means(book, Progress(badge="kind", tier="", key=None, value=1, threshold=1, part=1, barred=True))
    'Not while: somebody dislikes a contribution (if it is you, in one month)'
    """
    badge = all_badges(book)[barred.badge]
    return barred_means(book, badge.none_of[barred.part - len(badge.parts)], s)


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
