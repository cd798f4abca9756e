"""Which faults follow from others: of what hangs on an id that means two things, or on what is wrong itself, or asks for what was dropped.

They are left out, so that what is told is what there is to mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import fields

from wiifm.badges import Badge, Ladder
from wiifm.criteria import Criterion
from wiifm.faults import Fault
from wiifm.rulebook.check import texts
from wiifm.rulebook.draft import Draft, Item, Key


def root_causes(whole: Draft, faults: Iterable[Fault]) -> list[Fault]:
    """The faults of a draft that is gathered, without those that follow from others, and with drops that others don't bear.

    >>> from wiifm.criteria import Criterion
    >>> badge = Badge(id="thanked", parts=(Criterion(measure="earned", rules=("kudos",), at_least={"": 5}),))
    >>> whole = Draft("own", dropped={("rule", "kudos"): "own"})
    >>> whole.items["badge", "thanked"], whole.sources["badge", "thanked"] = badge, "common.toml"
    >>> for fault in root_causes(whole, [Fault("common.toml: badge 'thanked', key 'rules'", "'kudos'", "a rule")]):
    ...     print(fault)
    own: book, key 'drop': found rule 'kudos', which badge 'thanked' of common.toml asks for, expected badge 'thanked' to be dropped or defined anew, too
    """
    missed = list(_missed(whole))
    places = tuple(f"{whole.place(*key)}," for key in _hanging(whole))
    found = [fault for fault in faults if not fault.where.startswith(places)]
    left = [each for each in found if not any(_follows(whole, each, *miss) for miss in missed)]
    return [*(_unborne(whole, *miss) for miss in missed), *left]


def _hanging(whole: Draft) -> set[Key]:
    """What is said twice under one id, or couldn't be taken in, and all that names such an id, or what does."""
    found, more = set[Key](), whole.collided | set(_refused(whole))
    while more:
        found |= more
        names = {name for _, name in found}
        more = {key for key, item in whole.items.items() if names & _names(item)} - found
    return found


_REFUSED = re.compile(r": (event|rule kind|measure|limit|gate|purse|rule|badge|ladder) '([^']+)'")


def _refused(whole: Draft) -> Iterator[Key]:
    """What isn't there because something was wrong with it: nobody who names it is told that there is no such thing."""
    for fault in whole.faults:
        about = _REFUSED.search(fault.where)
        if about and about.groups() not in whole.items:
            yield about[1], about[2]


def _names(item: Item) -> set[str]:
    """All words of an item that may be the id of another one."""
    words = (getattr(item, each.name) for each in fields(type(item)) if each.name != "id")
    return {text.partition(":")[0] for word in words for text in texts(word)}


def _missed(whole: Draft) -> Iterator[tuple[Key, Key]]:
    """What was dropped, and an item that asks for it in a source that didn't drop it."""
    for gone, by in whole.dropped.items():
        for key, item in whole.items.items():
            if gone not in whole.items and whole.sources[key] != by and gone in _asked(item):
                yield gone, key


def _asked(item: Item) -> set[Key]:
    """The rules, badges and ladders that an item asks for."""
    badges = item.climbs if isinstance(item, Ladder) else (item,)
    found = set[Key]()
    for badge in badges:
        if isinstance(badge, Badge):
            after = [name.partition(":")[0] for name in badge.after]
            found |= {("badge", name) for name in after}
            found |= {("ladder", name.partition("/")[0]) for name in after if "/" in name}
            found |= {("rule", name) for part in badge.asks for name in _rules(part)}
    return found


def _rules(part: Criterion) -> Sequence[str]:
    inner = (*part.terms, part.each) if part.each else part.terms
    return [*part.rules, *(name for each in inner for name in each.rules)]


def _follows(whole: Draft, fault: Fault, gone: Key, key: Key) -> bool:
    """Whether a fault says that an item names what was dropped."""
    names = gone[1] + ("/" if gone[0] == "ladder" else "'")
    told = (f"'{names}", f"the badge '{names}")
    return fault.where.startswith(f"{whole.place(*key)},") and fault.found.startswith(told)


def _unborne(whole: Draft, gone: Key, key: Key) -> Fault:
    (section, name), (asking, by) = gone, key
    found = f"{section} {name!r}, which {asking} {by!r} of {whole.sources[key]} asks for"
    expected = f"{asking} {by!r} to be dropped or defined anew, too"
    return Fault(f"{whole.dropped[gone]}: book, key 'drop'", found, expected)
