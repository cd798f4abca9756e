"""From a file and the plugins to one rule book: lay the drafts over each other, check, freeze, digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from attrs import evolve

from wiifm.faults import Fault, InvalidRuleBook, nearest
from wiifm.periods import Calendar
from wiifm.plugins import Plugins, find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check import check
from wiifm.rulebook.digest import digest
from wiifm.rulebook.draft import Draft, Header
from wiifm.rulebook.offers import Offers
from wiifm.rulebook.toml import read_toml
from wiifm.rules import Gate, Limit, Purse, Rule

Twice: TypeAlias = dict[tuple[str, str], list[str]]
"""By section and id, the plugins that contribute it, where there is more than one."""


def load(path: str | Path, plugins: Iterable[object] = ()) -> RuleBook:
    """The rule book in a TOML file, or ``plugin:NAME`` for what a plugin contributes alone.

    Raises:
        InvalidRuleBook: with all faults, each naming its file, table and key.
    """
    if str(path).startswith("plugin:"):
        name = str(path).removeprefix("plugin:")
        header = Header(id=name, use=(name,), vocabulary=())
        return gather(Draft(str(path), header=header), plugins)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InvalidRuleBook([Fault(str(path), str(error), "a readable file in UTF-8")]) from None
    return parse(text, plugins, source=Path(path).name)


def parse(text: str, plugins: Iterable[object] = (), source: str = "rule book") -> RuleBook:
    """The rule book that a TOML text says, with what it uses of plugins.

    Plugins that are given are used with all they contribute.

    >>> book = parse("[book]\\nid = 'b'\\n[[rule]]\\nid = 'thanks'\\non = 'kudos.given'\\n"
    ...              "to = 'recipient'\\npoints = 5")
    >>> book.rules["thanks"].points
    5

    Raises:
        InvalidRuleBook: with all faults, each naming its source, table and key.
    """
    return gather(read_toml(text, source), plugins)


def gather(own: Draft, plugins: Iterable[object] = ()) -> RuleBook:
    """The rule book of a draft and the plugins, checked as a whole."""
    header = own.header
    there = find_plugins(plugins, header.disabled_plugins)
    whole = Draft(own.source, header=header, faults=list(there.faults))
    use = {*header.use, *there.handed_over}
    named = dict.fromkeys([*header.vocabulary, *header.use, *there.handed_over])
    twice = _take(whole, there, {name: name in use for name in named})
    for name in header.drop:
        _drop(whole, name)
    whole.lay_over(own)
    whole.faults += _twice_faults(whole, own, twice)
    for section, key in list(whole.items):
        _name_inline(whole, section, key)
    offers = Offers(whole.source, there.found, named)
    book = RuleBook(
        id=header.id,
        zone=header.zone,
        **_sections(whole),
        calendar=_calendar(whole, offers.calendars),
        kinds=offers.kinds,
        measures=offers.measures,
        observers={
            name: tuple(there.found[name].observers.found) for name in named if name in there.found
        },
    )
    faults = [*whole.faults, *offers.faults(book, header.calendar), *check(book, whole)]
    if faults:
        raise InvalidRuleBook(dict.fromkeys(faults))
    return evolve(book, digest=digest(book))


def _take(whole: Draft, there: Plugins, with_rules: Mapping[str, bool]) -> Twice:
    """Take in what the named plugins contribute, and answer what more than one of them does."""
    twice: Twice = {}
    for name, rules in with_rules.items():
        contribution = there.found.get(name)
        if contribution is None:
            whole.faults.append(_missing(whole, there, name))
            continue
        whole.faults += contribution.faults
        for draft in (contribution.types.draft, *([contribution.book.draft] if rules else [])):
            for key, item in draft.items.items():
                if key in whole.items and (key[0] != "purse" or item != whole.items[key]):
                    twice.setdefault(key, [whole.sources[key]]).append(draft.source)
            whole.items |= draft.items
            whole.sources |= draft.sources
    return twice


def _missing(whole: Draft, there: Plugins, name: str) -> Fault:
    """A plugin that is named and not there: not installed, or switched off."""
    key = "use" if name in whole.header.use else "vocabulary"
    where, known = f"{whole.source}: book, key {key!r}", ", ".join(sorted(there.found))
    if whole.source == f"plugin:{name}":  # nobody wrote a key: the book is the plugin
        where = "rule book"
    if name in there.off:
        found = f"{name!r}, which {there.off[name]} switches off"
        return Fault(where, found, f"a plugin that is on: {known}")
    return Fault(where, repr(name), f"an installed plugin: {known}", nearest(name, there.found))


def _twice_faults(whole: Draft, own: Draft, twice: Twice) -> Iterator[Fault]:
    """What two plugins contribute under one id, unless the book drops it, or says itself what it is."""
    for key, sources in twice.items():
        if key in whole.items and key not in own.items:
            section, name = key
            where = f"{whole.source}: {section} {name!r}"
            expected = f"one: define {section} {name!r} in the book, which replaces them"
            yield Fault(where, " and ".join(f"one of {each}" for each in sources), expected)


def _drop(whole: Draft, name: str) -> None:
    """Leave out a rule, badge or ladder that a pack brought in."""
    gone = [key for key in whole.items if key[1] == name and key[0] in ("rule", "badge", "ladder")]
    for key in gone:
        del whole.items[key]
    if not gone:
        known = [key for section, key in whole.items if section in ("rule", "badge", "ladder")]
        where = f"{whole.source}: book, key 'drop'"
        what = "the id of a rule, badge or ladder of a pack"
        whole.faults.append(Fault(where, repr(name), what, nearest(name, known)))


def _name_inline(whole: Draft, section: str, key: str) -> None:
    """Give limits and gates that are written inside a rule a name, so that all are looked up alike."""
    rule = whole.items[section, key]
    if not isinstance(rule, Rule):
        return
    names: list[str | Limit] = []
    for number, limit in enumerate(rule.limit, 1):
        if isinstance(limit, Limit):
            name = f"{rule.id}#{number}"
            whole.items["limit", name] = evolve(limit, id=name, purse=rule.purse)
            whole.sources["limit", name] = whole.sources[section, key]
            names.append(name)
        else:
            names.append(limit)
    gate = rule.gate
    if isinstance(gate, Gate):
        whole.items["gate", rule.id + "#"] = evolve(gate, id=rule.id + "#")
        whole.sources["gate", rule.id + "#"] = whole.sources[section, key]
        gate = rule.id + "#"
    whole.items[section, key] = evolve(rule, limit=tuple(names), gate=gate)


def _sections(whole: Draft) -> dict[str, Any]:
    names = {
        "event": "types",
        "purse": "purses",
        "rule": "rules",
        "limit": "limits",
        "gate": "gates",
        "badge": "badges",
        "ladder": "ladders",
    }
    found = {plural: dict(whole.section(section)) for section, plural in names.items()}
    found["purses"] = found["purses"] or {"points": Purse(id="points")}
    return found


def _calendar(whole: Draft, known: Mapping[str, frozenset[date]]) -> Calendar:
    """The working days of the book, without the holidays of the calendars that it names."""
    header = whole.header
    for name in header.calendar:
        if name not in known:
            what = "a calendar of a plugin: " + (", ".join(sorted(known)) or "none is installed")
            where = f"{whole.source}: book, key 'calendar'"
            whole.faults.append(Fault(where, repr(name), what, nearest(name, known)))
    weekdays = frozenset(header.workdays)
    if not weekdays or not weekdays <= set(range(1, 8)):
        where = f"{whole.source}: book, key 'workdays'"
        whole.faults.append(Fault(where, str(header.workdays), "ISO weekdays, 1 (Monday) to 7"))
        weekdays = Calendar().weekdays
    holidays = [known[name] for name in header.calendar if name in known]
    return Calendar(weekdays, frozenset().union(*holidays))
