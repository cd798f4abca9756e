"""From a file and the plugins to one rule book: lay it over what it builds on, check, freeze, digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from attrs import evolve

from wiifm.faults import Fault, InvalidRuleBook, nearest
from wiifm.periods import Calendar
from wiifm.plugins import find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.causes import causes
from wiifm.rulebook.check import check
from wiifm.rulebook.digest import digest
from wiifm.rulebook.draft import Draft, Header
from wiifm.rulebook.layers import Layers, fewest_of, laid, may_name_individuals, packs_of
from wiifm.rulebook.offers import Offers
from wiifm.rulebook.over_campaigns import date_campaigns
from wiifm.rulebook.packs import OFFERED
from wiifm.rulebook.toml import read_toml
from wiifm.rules import Gate, Limit, Purse, Rule


def load(path: str | Path, plugins: Iterable[object] = ()) -> RuleBook:
    """The rule book in a TOML file; or ``plugin:NAME``: the pack of this name, or what a plugin contributes itself.

    >>> load("plugin:sharing").rules["kudos"].points
    5

    Raises:
        InvalidRuleBook: with all faults, each naming its file, table and key.
    """
    if str(path).startswith(OFFERED):
        return gather(Draft(str(path), header=_offered(str(path), plugins)), plugins)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InvalidRuleBook([Fault(str(path), str(error), "a readable file in UTF-8")]) from None
    return gather(read_toml(text, Path(path).name), plugins, Path(path))


def _offered(path: str, plugins: Iterable[object]) -> Header:
    """The header of a book that is one of a plugin's, and nothing else: a pack's own zone and days hold."""
    name = path.removeprefix(OFFERED)
    packs = list(packs_of(find_plugins(plugins)).get(name, {}).values())
    header = packs[0].draft().header if packs else Header(id=name)
    return evolve(header, use=(name,), vocabulary=(), drop=())


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


def gather(own: Draft, plugins: Iterable[object] = (), file: Path | None = None) -> RuleBook:
    """The rule book of a draft and the plugins, checked as a whole; ``file`` is where it lies, which may build on others beside it."""
    header = own.header
    there = find_plugins(plugins, header.disabled_plugins)
    below = Layers(there)
    if file is not None:
        below.files[own.source] = file.resolve()
    asking = evolve(own, header=evolve(header, use=(*header.use, *there.handed_over)))
    below.under(asking, tuple(below.files))
    whole = laid(own, below.found.values())
    whole.faults += [*there.faults, *below.faults]
    for name in below.plugins:
        whole.faults += there.found[name].faults
    for section, key in list(whole.items):
        _name_inline(whole, section, key)
    date_campaigns(whole)
    offers = Offers(whole.source, there.found, below.plugins)
    book = RuleBook(
        id=header.id,
        zone=header.zone,
        **_sections(whole),
        calendar=_calendar(whole, offers.calendars, there.without()),
        kinds=offers.kinds,
        measures=offers.measures,
        observers={name: tuple(there.found[name].observers.found) for name in below.plugins},
        plugins={name: there.found[name].source for name in below.plugins},
        disabled_plugins=header.disabled_plugins,
        individuals=may_name_individuals(own, below.found.values()),
        fewest=_fewest(whole, below),
    )
    faults = whole.faults
    if not below.faults:  # or what is missing may only lie in what couldn't be taken in
        checked = (_with_those_off(fault, there.without()) for fault in check(book, whole))
        found = [*offers.faults(book, header.calendar), *checked]
        faults = [*faults, *causes(whole, found)]
    if faults:
        raise InvalidRuleBook(dict.fromkeys(faults))
    return evolve(book, digest=digest(book))


def _with_those_off(fault: Fault, without: str) -> Fault:
    """A fault that also says who might have had the kind or the measure that isn't there."""
    offered = fault.where.endswith(("key 'kind'", "key 'measure'"))
    return evolve(fault, expected=fault.expected + without) if offered else fault


def _name_inline(whole: Draft, section: str, key: str) -> None:
    """Give limits and gates that are written inside a rule a name, so that all are looked up alike."""
    rule = whole.items[section, key]
    if not isinstance(rule, Rule):
        return
    names: list[str | Limit] = []
    for number, limit in enumerate(rule.limit, 1):
        if isinstance(limit, Limit):
            inline = evolve(limit, id=f"{rule.id}#{number}", purse=rule.purse)
            _take_in(whole, rule, inline)
            names.append(inline.id)
        else:
            names.append(limit)
    gate = rule.gate
    if isinstance(gate, Gate):
        gate = evolve(gate, id=rule.id + "#")
        _take_in(whole, rule, gate)
        gate = gate.id
    whole.items[section, key] = evolve(rule, limit=tuple(names), gate=gate)


def _take_in(whole: Draft, rule: Rule, inline: Limit | Gate) -> None:
    """Have what is written inside a rule beside what has a name of its own."""
    section = "limit" if isinstance(inline, Limit) else "gate"
    key = section, inline.id
    if key in whole.items:
        expected = f"another id: this is what the {section} inside the rule {rule.id!r} is called"
        whole.faults.append(Fault(whole.place(*key), repr(inline.id), expected))
    whole.items[key] = inline
    whole.sources[key] = whole.sources["rule", rule.id]


def _sections(whole: Draft) -> dict[str, Any]:
    names = {
        "event": "types",
        "purse": "purses",
        "rule": "rules",
        "limit": "limits",
        "gate": "gates",
        "badge": "badges",
        "ladder": "ladders",
        "campaign": "campaigns",
    }
    found = {plural: dict(whole.section(section)) for section, plural in names.items()}
    found["purses"] = found["purses"] or {"points": Purse(id="points")}
    return found


def _fewest(whole: Draft, below: Layers) -> int:
    """Of how many persons figures are at least."""
    found = fewest_of(whole, below.found.values())
    if found < 1:
        where = f"{whole.source}: book, key 'fewest'"
        whole.faults.append(Fault(where, str(found), "a number of persons, 1 or more"))
    return found


def _calendar(whole: Draft, known: Mapping[str, frozenset[date]], without: str) -> Calendar:
    """The working days of the book, without its own holidays and those of the calendars that it names."""
    header = whole.header
    for name in header.calendar:
        if name not in known:
            names = ", ".join(sorted(known)) or "none is installed"
            what = f"a calendar of a plugin: {names}{without}"
            where = f"{whole.source}: book, key 'calendar'"
            whole.faults.append(Fault(where, repr(name), what, nearest(name, known)))
    weekdays = frozenset(header.workdays)
    if not weekdays or not weekdays <= set(range(1, 8)):
        where = f"{whole.source}: book, key 'workdays'"
        whole.faults.append(Fault(where, str(header.workdays), "ISO weekdays, 1 (Monday) to 7"))
        weekdays = Calendar().weekdays
    holidays = [known[name] for name in header.calendar if name in known]
    return Calendar(weekdays, frozenset(header.holidays).union(*holidays))
