"""Computes what a member earned by rule and by topic, from the ledger entries of a period.

Entries of one event that cancel each other out are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from attrs import frozen

from wiifm.accounts import BookedAmount, Gain
from wiifm.event_types import Act
from wiifm.ledger import Amount
from wiifm.program.amounts import in_points
from wiifm.rulebook.book import RuleBook
from wiifm.statement.nouns import Earned, TopicEarned


class EntryContext(NamedTuple):
    """A ledger entry (``line``) with what a statement says about it.

    ``person`` is the other member involved, ``act`` what was done, ``topics`` on which topics, ``means`` what the rule is for, and
    ``acted_on`` the object. ``by_object`` says that the rule values all that happens to an object together.
    """

    line: Gain
    person: str | None
    act: Act | None = None
    topics: tuple[str, ...] = ()
    means: str = ""
    acted_on: str | None = None
    by_object: bool = False


@frozen
class Earnings:
    """What was booked for a member: the entries of the period, and the total of each purse in the period before it."""

    entries: list[EntryContext]
    before: dict[str, Amount]


class Net(NamedTuple):
    """The net amount of an event under a rule, with all corrections; ``context`` is that of the first entry."""

    context: EntryContext
    amount: Amount


def nets(entries: Iterable[EntryContext]) -> list[Net]:
    """Sum the entries of each event, rule, role and purse; sums of zero are left out."""
    sums: dict[tuple[str, str, str, str], Amount] = {}
    first: dict[tuple[str, str, str, str], EntryContext] = {}
    for each in entries:
        _, event, rule, slot, purse, amount, _ = each.line
        key = (event.id, rule, slot[1], purse)
        sums[key] = sums.get(key, 0) + amount
        first.setdefault(key, each)
    return [Net(first[key], amount) for key, amount in sums.items() if amount]


def earned(found: Iterable[Net]) -> tuple[Earned, ...]:
    """What each rule gave in each purse, the largest amount first in each purse."""
    groups: dict[tuple[str, str], list[Net]] = {}
    for net in found:
        groups.setdefault((net.context.line.rule, net.context.line.purse), []).append(net)
    lines = [_line(*key, group) for key, group in groups.items()]
    return tuple(sorted(lines, key=lambda line: (line.purse, -line.amount, line.rule)))


def _line(rule: str, purse: str, group: list[Net]) -> Earned:
    contexts = [net.context for net in group]
    acts = {each.act for each in contexts}
    roles = {each.line.slot[1] for each in contexts}
    say, alike = _common_sentence(contexts)
    return Earned(
        rule=rule,
        purse=purse,
        amount=sum((net.amount for net in group), start=0),
        times=len(group),
        say=say,
        alike=alike,
        entries=tuple(each.line.no for each in contexts),
        act=acts.pop() if len(acts) == 1 else None,
        role=roles.pop() if len(roles) == 1 else "",
        people=tuple(_by_frequency(each.person for each in contexts)),
        objects=tuple(dict.fromkeys(each.acted_on for each in contexts if each.acted_on)),
        events=tuple(dict.fromkeys(each.line.event.id for each in contexts)),
        by_object=all(each.by_object for each in contexts),
    )


def _by_frequency(people: Iterable[str | None]) -> list[str]:
    """Members by how often they occur, the most frequent first; unknown ones (None) are left out."""
    counted = Counter(each for each in people if each)
    return sorted(counted, key=lambda name: (-counted[name], name))


def _common_sentence(contexts: list[EntryContext]) -> tuple[str, bool]:
    """One sentence for several entries of a rule, and whether it holds for all of them.

    That is the sentence that they share, or else what the rule is for, or else the sentence of the latest one.
    """
    latest, said = contexts[-1], {each.line.say for each in contexts}
    if len(said) == 1:
        return said.pop(), True
    return latest.means or latest.line.say, bool(latest.means)


def by_topic(found: Iterable[Net]) -> tuple[TopicEarned, ...]:
    """What was earned on each topic, the largest amount first in each purse."""
    groups: dict[tuple[str, str], list[Net]] = {}
    for net in found:
        for topic in net.context.topics:
            groups.setdefault((topic, net.context.line.purse), []).append(net)
    lines = [
        TopicEarned(
            topic=topic,
            purse=purse,
            amount=sum((net.amount for net in group), start=0),
            entries=tuple(net.context.line.no for net in group),
            events=tuple(dict.fromkeys(net.context.line.event.id for net in group)),
        )
        for (topic, purse), group in groups.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.purse, -line.amount, line.topic)))


def sums(found: Iterable[Net]) -> dict[str, Amount]:
    """The total of each purse."""
    return _by_purse((net.context.line.purse, net.amount) for net in found)


def totals_of_rows(book: RuleBook, rows: Iterable[BookedAmount]) -> dict[str, Amount]:
    """The total of each purse, from ledger rows without any context: the same as ``sums(nets(...))``."""
    found: dict[tuple[str, str, str, str], int] = {}
    for event, rule, role, purse, minor in rows:
        key = (event, rule, role, purse)
        found[key] = found.get(key, 0) + minor
    return _by_purse(
        (purse, in_points(minor, book.purses[purse].decimals))
        for (_, _, _, purse), minor in found.items()
        if minor
    )


def _by_purse(found: Iterable[tuple[str, Amount]]) -> dict[str, Amount]:
    total: dict[str, Amount] = {}
    for purse, amount in found:
        total[purse] = total.get(purse, 0) + amount
    return total
