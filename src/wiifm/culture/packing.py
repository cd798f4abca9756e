"""Packs a day into three texts to be stored, and unpacks it. Equal days have equal texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any, TypeAlias

from wiifm.archive.codec import micros, moment_of
from wiifm.culture.days import Day
from wiifm.culture.deeds import MemberFact
from wiifm.culture.tally import Pair, Tally

Texts: TypeAlias = tuple[str, str, str]
"""Who was there, what was done, and what was earned."""

Firsts: TypeAlias = dict[str, tuple[datetime, str | None]]
"""By question, when something was first done, and by whom."""

FORMAT = 6
"""The version of these texts. Stored days of another version are tallied again, never read.

Version 2 added what each rule gave to whom; 3, who did each act; 4, answers to hidden askers (and nobody mentors themselves any more);
5, who answered first; 6, who left.
"""

_text = json.JSONEncoder(check_circular=False, separators=(",", ":"), sort_keys=True).encode


def packed(day: Day) -> Texts:
    """A day as texts.

    >>> packed(Day(739000, named={"ann"}))[0]
    '{"named":{"ann":0},"said":[]}'
    """
    return _people(day), _deeds(day), _earned(day)


def unpacked(ordinal: int, texts: Texts) -> Day:
    """The day that was packed."""
    people, deeds, earned = map(json.loads, texts)
    day = Day(ordinal, set(people["named"]), [MemberFact(*each) for each in people["said"]])
    day.tally = _tally(ordinal, deeds)
    _there(day, people["named"])
    for purse, given in earned["paid"].items():
        for rule, cells in given.items():
            day.paid[purse].given[rule] = _counts(earned["names"], cells)
    return day


def unreadable(ordinal: int, texts: Texts) -> str | None:
    """The column of a text that ``packed`` can't have made; None if it may have made all.

    >>> unreadable(739000, packed(Day(739000, named={"ann"}))), unreadable(739000, ("[]", "{}", "{}"))
    (None, 'people')
    """
    empty = packed(Day(ordinal))
    people, deeds, paid = texts
    alone = ((people, *empty[1:]), (empty[0], deeds, empty[2]), (*empty[:2], paid))
    for column, each in zip(_COLUMNS, alone, strict=True):
        if not _can_be_packed(ordinal, each):
            return column
    again = packed(unpacked(ordinal, texts))
    return next((c for c, one, two in zip(_COLUMNS, texts, again, strict=True) if one != two), None)


_COLUMNS = ("people", "deeds", "paid")
_LEAVES: Mapping[str, set[type]] = {
    "named": {int},
    "said": {str, int, bool, NoneType},
    "names": {str},
    "solved": {str},
    "asked": {int, NoneType},
    "answered": {int, NoneType},
}
"""The types of the values in each part of a text. In all others there are only integers."""


def _can_be_packed(ordinal: int, texts: Texts) -> bool:
    """Whether some texts can be unpacked and packed again, and have the right types."""
    try:
        packed(unpacked(ordinal, texts))
        found = [item for text in texts for item in json.loads(text).items()]
        return all(_LEAVES.get(name, {int}).issuperset(_types(part)) for name, part in found)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False


def _types(part: Any) -> Iterator[type]:
    """The types of the values at any depth. What is in a part isn't empty."""
    for each in part.values() if isinstance(part, dict) else part:
        if isinstance(each, dict | list) and each:
            yield from _types(each)
        else:
            yield type(each)


def who_was_there(ordinal: int, texts: Texts) -> Day:
    """Unpack only who was there: without deeds, and without how often somebody contributed."""
    people = json.loads(texts[0])
    day = Day(ordinal, set(people["named"]), [MemberFact(*each) for each in people["said"]])
    _there(day, people["named"])
    day.tally.contributing[ordinal] = Counter(m for m, how in people["named"].items() if how == 2)
    return day


def _people(day: Day) -> str:
    """The persons whom the day names (1 if active, 2 if they contributed), and the facts about members."""
    named = dict.fromkeys(day.named, 0)
    named.update(dict.fromkeys(day.active, 1))
    named.update(dict.fromkeys(day.contributing, 2))
    return _text({"named": named, "said": day.facts})


def _there(day: Day, named: Mapping[str, int]) -> None:
    active = {member for member, how in named.items() if how}
    if active:
        day.tally.active[day.ordinal] = active


def _deeds(day: Day) -> str:
    """The tally. Members are replaced by their index in a list of names; pairs and counts are flattened."""
    tally = day.tally
    names = sorted(day.named | _met(tally))
    place = _places(names)

    def counts(found: Mapping[str, int]) -> list[int]:
        return _cells(place, found)

    def pairs(found: Mapping[Pair, int]) -> list[int]:
        rows = sorted((place[a], place[b], n) for (a, b), n in found.items())
        return [cell for row in rows for cell in row]

    def firsts(found: Firsts) -> dict[str, list[int | None]]:
        return {
            name: [micros(at), None if who is None else place[who]]
            for name, (at, who) in found.items()
        }

    def sets(found: Iterable[tuple[str, set[str]]]) -> dict[str, list[int]]:
        return {key: sorted(place[name] for name in each) for key, each in found}

    return _text(
        {
            "names": names,
            "contributing": counts(day.contributing),
            "acts": tally.acts,
            "served": tally.served,
            "alone": sets(tally.alone.items()),
            "serving": sets(tally.serving.items()),
            "helps": pairs(tally.helps),
            "contacts": pairs(tally.contacts),
            "thanks": pairs(tally.thanks),
            "asked": firsts(tally.asked),
            "answered": firsts(tally.answered),
            "solved": sorted(tally.solved),
            "expertise": {topic: counts(found) for topic, found in tally.expertise.items()},
            "interest": sets(tally.interest.items()),
        }
    )


def _met(tally: Tally) -> set[str]:
    """The persons in the tally, some of whom no event of the day names."""
    met = {name for pairs in (tally.contacts, tally.helps) for pair in pairs for name in pair}
    return met.union(*tally.alone.values())


def _tally(ordinal: int, found: Mapping[str, Any]) -> Tally:
    names = found["names"]

    def counts(cells: Iterable[int]) -> Counter[str]:
        return _counts(names, cells)

    def pairs(cells: Iterable[int]) -> Counter[Pair]:
        rest = iter(cells)
        return Counter({(names[a], names[b]): n for a, b, n in zip(rest, rest, rest, strict=True)})

    def firsts(rows: Mapping[str, list[Any]]) -> Firsts:
        return {
            name: (moment_of(at), None if who is None else names[who])
            for name, (at, who) in rows.items()
        }

    tally = Tally(
        acts=Counter(found["acts"]),
        served=Counter(found["served"]),
        helps=pairs(found["helps"]),
        contacts=pairs(found["contacts"]),
        thanks=pairs(found["thanks"]),
        asked=firsts(found["asked"]),
        answered=firsts(found["answered"]),
        solved=set(found["solved"]),
    )
    tally.expertise.update((topic, counts(cells)) for topic, cells in found["expertise"].items())
    for key in ("alone", "serving", "interest"):
        for name, cells in found[key].items():
            getattr(tally, key)[name].update(names[n] for n in cells)
    contributing = counts(found["contributing"])
    if contributing:
        tally.contributing[ordinal] = contributing
    return tally


def _earned(day: Day) -> str:
    """What each rule gave in each purse, with members replaced by their index as well."""
    names = sorted({m for paid in day.paid.values() for got in paid.given.values() for m in got})
    place = _places(names)
    paid = {
        purse: {rule: _cells(place, got) for rule, got in found.given.items()}
        for purse, found in day.paid.items()
    }
    return _text({"names": names, "paid": paid})


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _cells(place: Mapping[str, int], found: Mapping[str, int]) -> list[int]:
    """Indexes and counts, flattened."""
    rows = sorted((place[name], n) for name, n in found.items())
    return [cell for row in rows for cell in row]


def _counts(names: Sequence[str], cells: Iterable[int]) -> Counter[str]:
    """The counts that were flattened."""
    rest = iter(cells)
    return Counter({names[a]: n for a, n in zip(rest, rest, strict=True)})
