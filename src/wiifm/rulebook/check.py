"""Checks a rule book as a whole, and lists all its faults. Each names its source, table and key.

This module checks event types, purses, limits and gates; the other modules ``check_*`` check rules, badges, criteria and
campaigns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import fields, has

from wiifm.event_types import A_NAME, is_name
from wiifm.faults import Fault, nearest, short
from wiifm.periods import PERIODS
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rulebook.check_amounts import amount_faults, purse_faults, size_faults
from wiifm.rulebook.check_badges import Others, badge_faults, circle_faults, ladder_faults
from wiifm.rulebook.check_campaigns import campaign_faults
from wiifm.rulebook.check_rules import rule_faults
from wiifm.rulebook.check_sentences import telling_faults, unfilled_faults
from wiifm.rulebook.draft import Draft
from wiifm.rules import DECIMALS, GATE_KEYS, LIMIT_KEYS, Gate, Limit, Purse


def check(book: RuleBook, draft: Draft) -> Iterator[Fault]:
    """All faults of a book. ``draft`` is what it was made from: it knows the source of each table."""
    yield from check_kept(book, draft)
    for name, rule in book.rules.items():
        if kind := book.kinds.get(rule.kind or ""):
            yield from _located(draft, "rule", name, kind.setting_faults(rule.settings))
        for look in (unfilled_faults, telling_faults):
            yield from _located(draft, "rule", name, look(book, rule.on, rule.to, rule.say))
    for name, badge in book.badges.items():
        for part in badge.asks:
            on = [each for one in (part, part.each, *part.terms) if one for each in one.on]
            yield from _located(draft, "badge", name, telling_faults(book, on, part.to, badge.say))


def check_kept(book: RuleBook, draft: Draft) -> Iterator[Fault]:
    """The faults of a book from a store.

    These are all but those of settings, as its rule kinds may have taken others when it was kept, and of names in sentences that are never
    filled in, as they do no harm, or that tell the unit of somebody else, as they have told it.
    """
    places = {fault.where for fault in draft.faults}
    header, key = f"{draft.source}: book", f"{draft.source}: book, key 'id'"
    if not book.id and not places & {header, key}:
        yield Fault(key, "nothing", "a name for the rule book")
    elif "\0" in book.id:
        yield Fault(key, short(book.id), "a name without NUL")
    yield from _name_faults(draft)
    yield from _text_faults(draft)
    for name, each in book.types.items():
        yield from _located(draft, "event", name, each.declaration_faults())
        yield from _located(draft, "event", name, _object_faults(book, each.acts_on))
    for name, purse in book.purses.items():
        yield from _located(draft, "purse", name, _purse_faults(book, purse))
    for name, limit in book.limits.items():
        yield from _located(draft, "limit", name, _limit_faults(book, limit))
    for name, gate in book.gates.items():
        yield from _located(draft, "gate", name, _gate_faults(gate))
    for name, rule in book.rules.items():
        yield from _located(draft, "rule", name, rule_faults(book, rule))
    others = Others.among(all_badges(book))
    for name, badge in book.badges.items():
        yield from _located(draft, "badge", name, badge_faults(book, badge, others))
    for name, ladder in book.ladders.items():
        yield from _located(draft, "ladder", name, ladder_faults(book, ladder, others))
    for section, name, fault in circle_faults(book):
        yield from _located(draft, section, name, [fault])
    for name, campaign in book.campaigns.items():
        yield from _located(draft, "campaign", name, campaign_faults(book, campaign))


def _located(draft: Draft, section: str, name: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Faults that name only a key, with the source and the table in front. Limits and gates inside a rule name the rule."""
    owner = (section, name)
    if section in ("limit", "gate") and "#" in name:
        owner = ("rule", name.partition("#")[0])
    for fault in faults:
        key = f"key {fault.where!r}" if owner[0] == section else f"key {section!r}, {fault.where}"
        yield Fault(f"{draft.place(*owner)}, {key}", fault.found, fault.expected, fault.nearest)


def _text_faults(draft: Draft) -> Iterator[Fault]:
    """The faults of texts with NUL, which no store can keep."""
    for (section, name), item in draft.items.items():
        for field in fields(type(item)):
            if field.name not in ("id", "name") and _has_nul(getattr(item, field.name)):
                where = f"{draft.place(section, name)}, key {field.name!r}"
                yield Fault(where, "a text with NUL in it", "a text without it")


def _has_nul(found: object) -> bool:
    if found is None or isinstance(found, int | float):  # fast: most values
        return False
    return (
        "\0" in found if isinstance(found, str) else any("\0" in each for each in texts_in(found))
    )


def texts_in(found: object) -> Iterator[str]:
    """All texts in a value of an item, at any depth."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from texts_in((key, value))
    elif isinstance(found, tuple):
        for each in found:
            yield from texts_in(each)
    elif has(kind := type(found)):
        for field in fields(kind):
            yield from texts_in(getattr(found, field.name))


def _name_faults(draft: Draft) -> Iterator[Fault]:
    for section, name in draft.items:  # event types check their own names
        if (
            section != "event"
            and not is_name(name)
            and not ("#" in name and section in ("limit", "gate"))
        ):
            yield Fault(f"{draft.place(section, name)}, key 'id'", short(name), A_NAME)


def _object_faults(book: RuleBook, acts_on: Iterable[str]) -> Iterator[Fault]:
    known = {each.creates for each in book.types.values() if each.creates}
    for name in acts_on:
        if name != "any" and is_name(name) and name not in known:
            yield Fault(
                "acts_on",
                repr(name),
                "a type of object that an event creates",
                nearest(name, known),
            )


def _purse_faults(book: RuleBook, purse: Purse) -> Iterator[Fault]:
    if purse.decimals not in DECIMALS:
        yield Fault("decimals", short(purse.decimals), "a number from 0 to 9")
    if purse.floor is not None:
        yield from amount_faults(book, purse.id, "floor", [purse.floor])


def _limit_faults(book: RuleBook, limit: Limit) -> Iterator[Fault]:
    if limit.points is None and limit.times is None:
        yield Fault("points", "nothing", "points or times, or both")
    for key, most in (("points", limit.points), ("times", limit.times)):
        if most is not None and most <= 0:
            expected = "a number above 0; with this no rule could ever give anything"
            yield Fault(key, short(most), expected)
    yield from size_faults("times", [limit.times or 0])
    yield from amount_faults(book, limit.purse, "points", [limit.points or 0])
    known = (*PERIODS, *LIMIT_KEYS)
    for name in limit.per:
        if name not in known:
            yield Fault("per", repr(name), "one of " + ", ".join(known), nearest(name, known))
    if sum(name in PERIODS for name in limit.per) > 1:
        yield Fault("per", str(list(limit.per)), "at most one period")
    yield from purse_faults(book, limit.purse)


def _carry_faults(gate: Gate, carry: float) -> Iterator[Fault]:
    if carry <= 0:
        yield Fault("carry", short(carry), "a number above 0, or no carry")
    yield from size_faults("carry", [carry])
    if gate.times is not None and carry != int(carry):
        yield Fault("carry", short(carry), "a whole number, as the gate counts times")
    if gate.per == "ever":
        yield Fault("per", repr(gate.per), "a period to carry over from, such as 'week'")
    if gate.distinct:
        yield Fault("distinct", repr(gate.distinct), "no `distinct` together with carry")


def _gate_faults(gate: Gate) -> Iterator[Fault]:
    if (gate.times is None) == (gate.points is None):
        yield Fault("times", "both or neither of times and points", "exactly one of them")
    for key, most in (("points", gate.points), ("times", gate.times)):
        if most is not None and most <= 0:
            yield Fault(key, short(most), "a number above 0; nothing could ever pass this gate")
        yield from size_faults(key, [most or 0])
    for name in gate.of:
        if name not in GATE_KEYS:
            yield Fault(
                "of", repr(name), "one of " + ", ".join(GATE_KEYS), nearest(name, GATE_KEYS)
            )
    if not gate.of:
        yield Fault("of", "nothing", "one of " + ", ".join(GATE_KEYS))
    if gate.carry is not None:
        yield from _carry_faults(gate, gate.carry)
    if gate.per not in PERIODS:
        yield Fault(
            "per", repr(gate.per), "one of " + ", ".join(PERIODS), nearest(gate.per, PERIODS)
        )
