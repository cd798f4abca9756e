"""What a member earned, by rule and by topic: from the entries of a time, those that came to nothing left out."""

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
    """What is told of an entry, with what a statement wants to know beyond it: the other person, what was done, in which topics, what
    the rule is for, and what was acted on.
    """

    line: Gain
    person: str | None
    act: Act | None = None
    topics: tuple[str, ...] = ()
    means: str = ""
    acted_on: str | None = None


@frozen
class Earnings:
    """What is booked for a member: the entries of the time that is told, and what came into each purse in the one before."""

    entries: list[EntryContext]
    before: dict[str, Amount]


class Net(NamedTuple):
    """What an event came to by a rule, corrections included."""

    context: EntryContext
    amount: Amount


def nets(grounds: Iterable[EntryContext]) -> list[Net]:
    """For each event, each rule and each purse the sum of its entries; what came to nothing is left out."""
    sums: dict[tuple[str, str, str, str], Amount] = {}
    first: dict[tuple[str, str, str, str], EntryContext] = {}
    for each in grounds:
        _, event, rule, slot, purse, amount, _ = each.line
        key = (event.id, rule, slot[1], purse)
        sums[key] = sums.get(key, 0) + amount
        first.setdefault(key, each)
    return [Net(first[key], amount) for key, amount in sums.items() if amount]


def earned(found: Iterable[Net]) -> tuple[Earned, ...]:
    """What each rule brought in each purse, most first."""
    groups: dict[tuple[str, str], list[Net]] = {}
    for net in found:
        groups.setdefault((net.context.line.rule, net.context.line.purse), []).append(net)
    lines = [_line(*key, group) for key, group in groups.items()]
    return tuple(sorted(lines, key=lambda line: (line.purse, -line.amount, line.rule)))


def _line(rule: str, purse: str, group: list[Net]) -> Earned:
    grounds = [net.context for net in group]
    acts = {each.act for each in grounds}
    roles = {each.line.slot[1] for each in grounds}
    say, alike = _together(grounds)
    return Earned(
        rule=rule,
        purse=purse,
        amount=sum((net.amount for net in group), start=0),
        times=len(group),
        say=say,
        alike=alike,
        entries=tuple(each.line.no for each in grounds),
        act=acts.pop() if len(acts) == 1 else None,
        role=roles.pop() if len(roles) == 1 else "",
        people=tuple(_often(each.person for each in grounds)),
        objects=tuple(dict.fromkeys(each.acted_on for each in grounds if each.acted_on)),
        events=tuple(dict.fromkeys(each.line.event.id for each in grounds)),
    )


def _often(people: Iterable[str | None]) -> list[str]:
    """Those who are known, the most frequent first."""
    counted = Counter(each for each in people if each)
    return sorted(counted, key=lambda name: (-counted[name], name))


def _together(grounds: list[EntryContext]) -> tuple[str, bool]:
    """One sentence for several entries of a rule, and whether it holds for all: what they all say, or else what the rule is for, or the
    latest one.
    """
    latest, said = grounds[-1], {each.line.say for each in grounds}
    if len(said) == 1:
        return said.pop(), True
    return latest.means or latest.line.say, bool(latest.means)


def by_topic(found: Iterable[Net]) -> tuple[TopicEarned, ...]:
    """What was earned in each topic, most first."""
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
    """What came into each purse."""
    return _by_purse((net.context.line.purse, net.amount) for net in found)


def totals_of_rows(book: RuleBook, rows: Iterable[BookedAmount]) -> dict[str, Amount]:
    """What rows of the ledger come to in each purse: the sums of their nets, where nothing else is asked of them."""
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
