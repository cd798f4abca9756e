"""Finds the faults of a rule book that only follow from others, and leaves them out, so that the rest is what to fix.

A fault follows from another one if its item refers to an id that is defined twice, or to an item that isn't valid. And if a
source drops something that an item of another source refers to, the fault is in the ``drop``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import fields

from wiifm.badges import Badge, Ladder
from wiifm.criteria import Criterion
from wiifm.faults import Fault
from wiifm.rulebook.check import texts_in
from wiifm.rulebook.draft import Draft, Item, Key


def root_causes(merged: Draft, faults: Iterable[Fault]) -> list[Fault]:
    """The faults of a merged draft without those that only follow from others, and with the faults of wrong drops.

    >>> from wiifm.criteria import Criterion
    >>> badge = Badge(id="thanked", parts=(Criterion(measure="earned", rules=("kudos",), at_least={"": 5}),))
    >>> merged = Draft("own", dropped={("rule", "kudos"): "own"})
    >>> merged.items["badge", "thanked"], merged.sources["badge", "thanked"] = badge, "common.toml"
    >>> for fault in root_causes(merged, [Fault("common.toml: badge 'thanked', key 'rules'", "'kudos'", "a rule")]):
    ...     print(fault)
    own: book, key 'drop': found rule 'kudos', which badge 'thanked' of common.toml refers to, expected badge 'thanked' to be dropped or redefined, too
    """
    missing = list(_missing_references(merged))
    places = tuple(f"{merged.place(*key)}," for key in _unreliable(merged))
    reliable = [fault for fault in faults if not fault.where.startswith(places)]
    left = [
        fault
        for fault in reliable
        if not any(_is_consequence(merged, fault, *each) for each in missing)
    ]
    return [*(_drop_fault(merged, *each) for each in missing), *left]


def _unreliable(merged: Draft) -> set[Key]:
    """The items whose id is defined twice or isn't valid, and all items that refer to these, directly or not."""
    found, more = set[Key](), merged.collided | set(_rejected(merged))
    while more:
        found |= more
        names = {name for _, name in found}
        more = {key for key, item in merged.items.items() if names & _referenced_ids(item)} - found
    return found


_REJECTED = re.compile(r": (event|rule kind|measure|limit|gate|purse|rule|badge|ladder) '([^']+)'")


def _rejected(merged: Draft) -> Iterator[Key]:
    """The items that are missing from a draft because they had faults of their own."""
    for fault in merged.faults:
        place = _REJECTED.search(fault.where)
        if place and place.groups() not in merged.items:
            yield place[1], place[2]


def _referenced_ids(item: Item) -> set[str]:
    """All texts of an item that may be the id of another one."""
    words = (getattr(item, each.name) for each in fields(type(item)) if each.name != "id")
    return {text.partition(":")[0] for word in words for text in texts_in(word)}


def _missing_references(merged: Draft) -> Iterator[tuple[Key, Key]]:
    """Pairs of an item that was dropped, and one of another source that refers to it."""
    for gone, by in merged.dropped.items():
        for key, item in merged.items.items():
            if gone not in merged.items and merged.sources[key] != by and gone in _references(item):
                yield gone, key


def _references(item: Item) -> set[Key]:
    """The rules, badges and ladders that an item refers to."""
    badges = item.climbs if isinstance(item, Ladder) else (item,)
    found = set[Key]()
    for badge in badges:
        if isinstance(badge, Badge):
            after = [name.partition(":")[0] for name in badge.after]
            found |= {("badge", name) for name in after}
            found |= {("ladder", name.partition("/")[0]) for name in after if "/" in name}
            found |= {("rule", name) for part in badge.asks for name in _rules_of(part)}
    return found


def _rules_of(part: Criterion) -> Sequence[str]:
    """The rules that a criterion and the criteria inside it refer to."""
    inner = (*part.terms, part.each) if part.each else part.terms
    return [*part.rules, *(name for each in inner for name in each.rules)]


def _is_consequence(merged: Draft, fault: Fault, gone: Key, key: Key) -> bool:
    """Whether a fault says that the item ``key`` refers to the dropped item ``gone``."""
    names = gone[1] + ("/" if gone[0] == "ladder" else "'")
    found = (f"'{names}", f"the badge '{names}")
    return fault.where.startswith(f"{merged.place(*key)},") and fault.found.startswith(found)


def _drop_fault(merged: Draft, gone: Key, key: Key) -> Fault:
    """The fault of a ``drop`` that leaves out an item which another source refers to."""
    (section, name), (other, by) = gone, key
    found = f"{section} {name!r}, which {other} {by!r} of {merged.sources[key]} refers to"
    expected = f"{other} {by!r} to be dropped or redefined, too"
    return Fault(f"{merged.dropped[gone]}: book, key 'drop'", found, expected)
