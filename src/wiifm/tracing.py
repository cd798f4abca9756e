"""Traces how a rule book scores events, step by step, for one holder: the basis of ``wiifm try``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from attrs import field, frozen

from wiifm.activities import Activity, order_of
from wiifm.arguments import credited_member
from wiifm.badges import Badge
from wiifm.events import ENVELOPE, Event
from wiifm.expiry import Moment
from wiifm.expressions import parse
from wiifm.expressions.parsing import parse_tree
from wiifm.faults import short
from wiifm.ledger import Holder, LevelChange, Receipt, Refusal
from wiifm.memory import Memory
from wiifm.one_line import one_line
from wiifm.program.slots import rule_slots
from wiifm.progress import Progress, progress_of
from wiifm.records import History
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import ACROSS, UNITS, names_for
from wiifm.rules import Rule

Counts: TypeAlias = dict[tuple[str, int, str | None], Progress]
"""The progress towards the next award of each badge, by badge, criterion and key."""

Badges: TypeAlias = dict[str, Badge]
"""All badges by id, including those of ladders."""


@frozen
class Step:
    """What one rule, badge or ladder made of an event: ``what`` is its name, ``outcome`` a sentence.

    >>> print(Step("rule kudos", "gave +5 points"))
    rule kudos: gave +5 points
    """

    what: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.what}: {self.outcome}"


@frozen
class Trial:
    """An event that concerns a holder, and the steps in which it was scored.

    ``status`` and ``why`` are those of its receipt. ``steps`` is empty if no rule or badge is about such an event in a role of the holder's.
    """

    event: Event
    status: str
    why: str
    steps: tuple[Step, ...] = field(default=())

    def __str__(self) -> str:
        at = self.event.occurred_at.isoformat()
        why = f", {self.why}" if self.why else ""
        lines = [f"{self.event.id}  {at}  {self.event.type}  {self.status}{why}"]
        lines += (f"  {step}" for step in self.steps)
        return "\n".join(map(one_line, lines))


def trials(book: RuleBook, events: Iterable[Event], holder: Holder) -> Iterator[Trial]:
    """Score events in order with a rule book, and yield a :class:`Trial` for each that concerns a holder.

    >>> from datetime import UTC, datetime
    >>> book = RuleBook.parse('''[book]
    ... id = "b"
    ... [[rule]]
    ... id = "early"
    ... on = "post.shared"
    ... where = "hour < 9"
    ... points = 2''')
    >>> post = Event(id="e1", type="post.shared", occurred_at=datetime(2026, 5, 4, 11, tzinfo=UTC), actor="ann", object="p")
    >>> for each in trials(book, [post], Holder("member", "ann")):
    ...     print(each)
    e1  2026-05-04T11:00:00+00:00  post.shared  recorded
      rule early: nothing, as hour < 9 is false (hour is 11)

    Raises:
        InvalidEvent: an event doesn't fit its type, or the book has no such type.
        ConflictingEvent: two different events have the same id.
        UnknownName: no event concerns a member of this name. Raised after all events were scored.
    """
    memory, concerned = Memory.of(book), False
    for trial in _scored(memory, events, holder):
        concerned = True
        yield trial
    if not concerned and holder.kind == "member":
        credited_member(memory, holder.id)


def _scored(memory: Memory, events: Iterable[Event], holder: Holder) -> Iterator[Trial]:
    """Record events one by one, and yield the trial of each that concerns a holder."""
    book = memory.book
    badges = {each.badge.id: each.badge for each in memory.program.badges}
    before: Counts | None = None
    for event in sorted(events, key=order_of):
        if not memory.log.is_new(event):
            continue
        before = _progress(memory, holder, event) if before is None else before
        memory.log.append(event)
        since = memory.commit([event]).since
        receipt = memory.journal.receipts([event.id], since)[event.id]
        mine = [a for a in memory.flow.activities(event) if a.holder == holder]
        after = _progress(memory, holder, event)
        steps = [
            *_rules(book, mine, receipt),
            *_corrections(event, receipt, holder),
            *_refused_by_badges(event, receipt, holder),
            *_awards(book, receipt, holder),
            *_counts(badges, before, after),
            *_met(badges, before, after, memory.flow.histories.get(holder)),
        ]
        before = after
        if steps or mine or holder.id in (event.actor, event.recipient):
            yield Trial(event, receipt.status, receipt.why, tuple(steps))


# ---- rules -------------------------------------------------------------------------------------------------


def _rules(book: RuleBook, activities: list[Activity], receipt: Receipt) -> Iterator[Step]:
    """What each rule made of an event, of those that are about such an event in one of the holder's roles."""
    for a in activities:
        for rule in book.rules.values():
            if a.slot in rule_slots(book, rule):
                yield from _rule(book, rule, a, receipt)


def _rule(book: RuleBook, rule: Rule, a: Activity, receipt: Receipt) -> Iterator[Step]:
    what = f"rule {rule.id}"
    entries = [
        each
        for each in receipt.entries
        if (each.rule, each.holder, each.event) == (rule.id, a.holder, a.event.id)
    ]
    refusals = [
        each
        for each in receipt.refusals
        if (each.rule, each.holder, each.event) == (rule.id, a.holder, a.event.id)
    ]
    for entry in entries:
        yield Step(what, f"gave {entry.amount:+} {entry.purse}")
    for refusal in refusals:
        yield Step(what, f"gave nothing{' more' if entries else ''}, {_reason(refusal)}")
    if not entries and not refusals:
        yield Step(what, f"nothing, as {_why_not(book, rule, a)}")


def _corrections(event: Event, receipt: Receipt, holder: Holder) -> Iterator[Step]:
    """What rules give, take back or refuse for other events because of this one: such as one that it retracts, or that shares a limit with it."""
    given: set[tuple[str, str]] = set()
    for entry in receipt.entries:
        if entry.holder == holder and entry.event != event.id and entry.amount:
            given.add((entry.rule, entry.event))
            yield Step(_what(entry.rule), f"gave {entry.amount:+} {entry.purse} for {entry.event}")
    for refusal in receipt.refusals:
        if refusal.holder == holder and refusal.event != event.id:
            more = " more" if (refusal.rule, refusal.event) in given else ""
            outcome = f"gave nothing{more} for {refusal.event}, {_reason(refusal)}"
            yield Step(_what(refusal.rule), outcome)


def _what(rule: str) -> str:
    """The name in a step of the rule of an entry or a refusal."""
    return rule.replace(":", " ") if rule.startswith("badge:") else f"rule {rule}"


def _reason(refusal: Refusal) -> str:
    """Why something wasn't given."""
    return f"{refusal.reason}: {refusal.detail}"


def _why_not(book: RuleBook, rule: Rule, a: Activity) -> str:
    """Why a rule gave nothing for an activity, although no limit refused it."""
    at = a.event.occurred_at
    if rule.since is not None and at < rule.since:
        return f"it holds since {rule.since.isoformat()}"
    if rule.until is not None and at >= rule.until:
        return f"it held until {rule.until.isoformat()}"
    for key, among in (("community", rule.audience.communities), ("unit", rule.audience.units)):
        found = a.community if key == "community" else a.holder_unit
        if among and found not in among:
            return f"it is for the {key} {' or '.join(among)} (this is {short(found)})"
    if rule.where is not None:
        names = names_for(book.types, rule.on)
        wanted = parse(rule.where, names, where="where", kind="flag")
        read = {name: _value(name, a) for name in sorted(wanted.names)}
        holds = wanted.function({name: f"read[{name!r}]" for name in read}, "read")
        if not holds(read):
            as_written, _ = parse_tree(rule.where, "where")
            values = ", ".join(f"{name} is {short(_value(name, a))}" for name in _told(read))
            return f"{as_written} is false ({values})"
    if rule.test is not None or rule.kind:
        return "its function decided so"
    return "its points come to 0"


def _told(names: Iterable[str]) -> list[str]:
    """The names in a condition whose values tell why it fails: for units that differ, or don't, the units."""
    each_unit = ((UNITS if name == ACROSS else (name,)) for name in names)
    return sorted({*chain.from_iterable(each_unit)})


def _value(name: str, a: Activity) -> Any:
    """The value of a name in an expression."""
    derived = {
        "recipient": a.recipient,
        "community": a.community,
        "topics": a.topics,
        "object_type": a.object_type,
        "unit": a.unit,
        "actor_unit": a.parties.actor_unit,
        "recipient_unit": a.parties.recipient_unit,
        "across_units": a.parties.across_units,
        "hour": a.local.hour,
        "weekday": a.local.isoweekday(),
        "day": a.local.day,
        "month": a.local.month,
    }
    if name in derived:
        return derived[name]
    if name in ENVELOPE or name in ("id", "type"):
        return getattr(a.event, name)
    return a.event.data.get(name)


# ---- badges ------------------------------------------------------------------------------------------------


def _progress(memory: Memory, holder: Holder, event: Event) -> Counts:
    """The progress towards each next award, as of an event."""
    zone = memory.flow.relations.zone(holder.id if holder.kind == "member" else None, event)
    history, now = memory.flow.histories.get(holder), event.occurred_at
    moment = Moment(now, zone, memory.flow.histories.time(now))
    found = progress_of(memory.program, holder.kind, history, moment)
    return {(each.badge, each.part, each.key): each for each in found}


def _refused_by_badges(event: Event, receipt: Receipt, holder: Holder) -> Iterator[Step]:
    """What badges and levels refused for an event, such as when the measure of a plugin failed."""
    for refusal in receipt.refusals:
        mine = (refusal.holder, refusal.event) == (holder, event.id)
        if mine and refusal.rule.startswith("badge:"):
            yield Step(_what(refusal.rule), f"gave nothing, {_reason(refusal)}")


def _awards(book: RuleBook, receipt: Receipt, holder: Holder) -> Iterator[Step]:
    """Awards that were earned or lost; changes of a ladder's badges are reported as level changes."""
    climbed = {change.ladder for change in receipt.levels if change.holder == holder}
    of_ladders = {badge.id for ladder in climbed for badge in book.ladders[ladder].climbs}
    for award in receipt.awards:
        if award.holder == holder and award.badge not in of_ladders:
            yield Step(f"badge {award.badge}", f"earned {award.tier}".rstrip())
    for award in receipt.withdrawn:
        if award.holder == holder and award.badge not in of_ladders:
            yield Step(f"badge {award.badge}", f"lost {award.tier}".rstrip())
    for change in receipt.levels:
        if change.holder == holder:
            yield Step(f"ladder {change.ladder}", _climb(change))


def _climb(change: LevelChange) -> str:
    """The level before and after."""
    if change.before is None:
        return f"reached {change.level}"
    return f"{change.before} to {change.level or 'no level'}"


def _counts(badges: Badges, before: Counts, after: Counts) -> Iterator[Step]:
    """The progress towards the next award of each badge, if it changed."""
    for key, now in after.items():
        was = before.get(key)
        if was != now and (now.value or was is not None):
            yield Step(_part(badges[now.badge], now), _count(now))


def _met(badges: Badges, before: Counts, after: Counts, history: History | None) -> Iterator[Step]:
    """Badges that must be kept up and whose criteria are all met now: they are awarded once time is advanced."""
    held = {badge for badge, _, _ in history.awards()} if history else set()
    lacking = {badge for badge, _, _ in after}
    for badge in dict.fromkeys(badge for badge, _, _ in before):
        if badges[badge].keep_up is not None and badge not in held | lacking:
            yield Step(f"badge {badge}", "all is met; it is given once time is advanced")


def _part(badge: Badge, now: Progress) -> str:
    """The name in a step of a badge, and of the criterion if the badge has several."""
    several = len(badge.parts) > 1 and not now.barred
    return f"badge {badge.id}" + (f", criterion {now.part + 1}" if several else "")


def _count(now: Progress) -> str:
    """Progress as text: the value, the threshold, and until when the value counts if nothing more happens.

    >>> _count(Progress(badge="helper", tier="gold", key="python", value=7, threshold=10))
    '7 of 10 to gold for python'
    >>> _count(Progress(badge="sure", tier="", key=None, value=3, threshold=4, second=True))
    '3 of 4 of its second measure'
    >>> _count(Progress(badge="reader", tier="", key=None, value=1_234_567, threshold=2_000_000))
    '1234567 of 2000000'
    >>> _count(Progress(badge="calm", tier="", key=None, value=3, threshold=2, barred=True))
    '3, must stay below 2'
    >>> from datetime import date
    >>> from wiifm import Present
    >>> week = Present(group="week", since=date(2026, 3, 9), value=1, threshold=3)
    >>> _count(Progress(badge="steady", tier="", key=None, value=2, threshold=4, present=week))
    '2 of 4, 1 of 3 in this week'
    """
    far = (
        f"{now.value:.15g}, must stay below {now.threshold:.15g}"
        if now.barred
        else f"{now.value:.15g} of {now.threshold:.15g}"
    )
    second = " of its second measure" if now.second else ""
    tier = f" to {now.tier}" if now.tier else ""
    key = f" for {now.key}" if now.key is not None else ""
    left = (
        f", until {now.until.isoformat()} if nothing more happens"
        if now.until and now.value
        else ""
    )
    here = now.present
    present = f", {here.value:.15g} of {here.threshold:.15g} in this {here.group}" if here else ""
    return f"{far}{second}{tier}{key}{present}{left}"
