"""Sentences for what rules reward: what a member did, or what others did for them, and how often."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from attrs import evolve

from wiifm.event_types import Act
from wiifm.ledger import Amount
from wiifm.statement.nouns import Earned
from wiifm.words.speech import Speech, capital

Sentence: TypeAlias = Callable[[Speech, int], str]
"""Returns a sentence in a language, in the grammatical form for a number."""


def _many(one: str, several: str) -> Sentence:
    """The sentence with a number, from its forms for one and for several."""
    return lambda s, n: s.many(one, several, n)


DONE: Mapping[Act, Sentence] = MappingProxyType(
    {
        "shares": _many("You shared something", "You shared {n} things"),
        "broadcasts": _many(
            "You sent a message to many people", "You sent {n} messages to many people"
        ),
        "asks": _many("You asked a question", "You asked {n} questions"),
        "answers": _many("You answered a question", "You answered {n} questions"),
        "replies": _many("You replied in a conversation", "You replied {n} times in conversations"),
        "accepts": _many(
            "You marked the answer that solved your question",
            "You marked {n} answers that solved your questions",
        ),
        "confirms": _many(
            "You told a colleague that something helped",
            "You told colleagues {n} times that something helped",
        ),
        "likes": _many("You liked something", "You liked {n} things"),
        "thanks": _many("You thanked a colleague", "You thanked {n} times"),
        "reads": _many("You read something", "You read {n} things"),
        "uses": _many(
            "You reused something or passed it on", "You reused {n} things or passed them on"
        ),
        "mentors": _many(
            "You gave a colleague your time as a mentor", "You gave your time as a mentor {n} times"
        ),
    }
)
"""The sentence for each act of the member's own."""

RECEIVED: Mapping[Act, Sentence] = MappingProxyType(
    {
        "answers": _many(
            "A question of yours was answered", "Your questions were answered {n} times"
        ),
        "replies": _many("A colleague replied to you", "Colleagues replied to you {n} times"),
        "accepts": _many("An answer of yours was accepted", "{n} answers of yours were accepted"),
        "confirms": _many(
            "Something of yours helped a colleague",
            "Something of yours helped colleagues {n} times",
        ),
        "likes": _many(
            "A colleague liked something of yours", "Colleagues liked something of yours {n} times"
        ),
        "thanks": _many("A colleague thanked you", "Colleagues thanked you {n} times"),
        "reads": _many("Something of yours was read", "Something of yours was read {n} times"),
        "uses": _many(
            "Something of yours was reused or passed on",
            "Something of yours was reused or passed on {n} times",
        ),
        "mentors": _many("A mentor made time for you", "A mentor made time for you {n} times"),
    }
)
"""The sentence for each act by which others did something for the member, or with something of theirs."""


def earned_sentence(speech: Speech, earned: Earned) -> str:
    """The sentence for what a rule rewarded: by the act, if it has a sentence and its events are all that there were; otherwise as the rule says it."""
    sentence = None if earned.by_object else _by_act(earned)
    if sentence is not None:
        text = sentence(speech, _count(earned))
        return speech.of(text, speech.people(earned.people)) if earned.people else text
    said = speech.former(speech(earned.say)) if earned.say else ""
    if said == earned.rule:
        said = capital(speech.called("rule", earned.rule))
    more = _more(speech, earned)
    return f"{said} ({more})" if more else said


def _by_act(earned: Earned) -> Sentence | None:
    """The sentence for the act of what a rule rewarded, if it has one."""
    if earned.role == "mentor":
        return _MET if earned.act == "mentors" else _MENTORED
    return _BY_ROLE.get(earned.role, {}).get(earned.act) if earned.act else None


def _more(speech: Speech, earned: Earned) -> str:
    """How often the sentence of a rule holds, or how many contributions it is about; "" for one."""
    if earned.by_object:
        count = len(earned.objects)
        return speech.many("{n} contribution", "{n} contributions", count) if count > 1 else ""
    if earned.times == 1:
        return ""
    if earned.alike:
        return speech.many("{n} time", "{n} times", earned.times)
    return speech.many("and {n} more", "and {n} more", earned.times - 1)


def _count(earned: Earned) -> int:
    """The number in the sentence: of distinct objects for acts in ``_OF_THINGS``, otherwise of times."""
    things = (earned.role, earned.act) in _OF_THINGS
    return len(earned.objects) if things and earned.objects else earned.times


def merged(earned: Iterable[Earned]) -> list[Earned]:
    """Merge what several rules gave in one purse for the same act and role: the purse with the largest total first, and in it the largest amount.

    The ``rule`` of a merged line is the ids of its rules, joined by ``+``.
    """
    groups: dict[object, list[Earned]] = {}
    totals: dict[str, Amount] = {}
    for each in earned:
        totals[each.purse] = totals.get(each.purse, 0) + each.amount
        by_act = each.act and not each.by_object
        same = (each.purse, each.role, each.act) if by_act else (each.purse, each.rule)
        groups.setdefault(same, []).append(each)
    found = [group[0] if len(group) == 1 else _joined(group) for group in groups.values()]
    return sorted(found, key=lambda e: (-totals[e.purse], e.purse, -e.amount, e.rule))


def _joined(group: list[Earned]) -> Earned:
    events = tuple(dict.fromkeys(event for each in group for event in each.events))
    alike = all(each.alike for each in group) and len({each.say for each in group}) == 1
    return evolve(
        group[0],
        rule="+".join(each.rule for each in group),
        amount=sum((each.amount for each in group), start=0),
        times=len(events),
        entries=tuple(entry for each in group for entry in each.entries),
        alike=alike,
        people=tuple(dict.fromkeys(name for each in group for name in each.people)),
        objects=tuple(dict.fromkeys(name for each in group for name in each.objects)),
        events=events,
    )


_MENTORED = _many(
    "A colleague you mentor made progress", "Colleagues you mentor made progress {n} times"
)
"""The sentence for what a member gets as somebody's mentor, whatever else the mentee does."""

_MET = _many(
    "A colleague you mentor had a mentoring session",
    "Colleagues you mentor had {n} mentoring sessions",
)
"""The sentence for what a member gets as somebody's mentor, for a meeting with the mentee."""

_OF_THINGS: Collection[tuple[str, Act]] = (
    ("actor", "answers"),
    ("actor", "accepts"),
    ("actor", "likes"),
    ("actor", "reads"),
    ("actor", "uses"),
    ("recipient", "accepts"),
)
"""Roles and acts whose sentence counts objects: two answers to one question are one question answered."""

_BY_ROLE: Mapping[str, Mapping[Act, Sentence]] = {"actor": DONE, "recipient": RECEIVED}
