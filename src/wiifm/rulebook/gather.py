"""Makes a rule book from a draft and the plugins: merges it with what it builds on, checks it, and computes its digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import evolve

from wiifm.faults import Fault, InvalidRuleBook
from wiifm.plugins import Plugins, find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.causes import root_causes
from wiifm.rulebook.check import check, check_kept
from wiifm.rulebook.draft import Draft, Header
from wiifm.rulebook.layers import Layers, fewest_of, may_name_individuals, merge, packs_of
from wiifm.rulebook.locations import unreadable
from wiifm.rulebook.offers import Offers
from wiifm.rulebook.over_campaigns import resolve_campaigns
from wiifm.rulebook.packs import PLUGIN_PREFIX
from wiifm.rulebook.toml import read_toml
from wiifm.rulebook.working_days import working_days
from wiifm.rules import Gate, Limit, Purse, Rule


def load(path: str | Path, plugins: Iterable[object] = ()) -> RuleBook:
    """Load the rule book in a TOML file; or ``plugin:NAME``: the pack with this name, or else what the plugin itself contributes.

    >>> load("plugin:sharing").rules["kudos"].points
    5

    Raises:
        InvalidRuleBook: the book isn't valid; with all its faults, each naming its file, table and key.
    """
    if str(path).startswith(PLUGIN_PREFIX):
        return gather(Draft(str(path), header=_offered(str(path), plugins)), plugins)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InvalidRuleBook([unreadable(Path(path), error)]) from None
    return gather(read_toml(text, Path(path).name), plugins, Path(path))


def _offered(path: str, plugins: Iterable[object]) -> Header:
    """The header of a book that consists of a pack or plugin alone. It has the zone and the calendar of the pack."""
    name = path.removeprefix(PLUGIN_PREFIX)
    packs = list(packs_of(find_plugins(plugins)).get(name, {}).values())
    header = packs[0].draft().header if packs else Header(id=name)
    return evolve(header, use=(name,), vocabulary=(), drop=())


def parse(text: str, plugins: Iterable[object] = (), source: str = "rule book") -> RuleBook:
    """Read a rule book from a TOML text. The plugins that are given are used as if ``use`` named them.

    >>> book = parse("[book]\\nid = 'b'\\n[[rule]]\\nid = 'thanks'\\non = 'kudos.given'\\n"
    ...              "to = 'recipient'\\npoints = 5")
    >>> book.rules["thanks"].points
    5

    Raises:
        InvalidRuleBook: the book isn't valid; with all its faults, each naming its source, table and key.
    """
    return gather(read_toml(text, source), plugins)


def gather(own: Draft, plugins: Iterable[object] = (), file: Path | None = None) -> RuleBook:
    """Make the rule book of a draft and the plugins, checked as a whole.

    ``file`` is where the draft was read from; only then may it build on other files.

    Raises:
        InvalidRuleBook: the book isn't valid; with all its faults.
    """
    return _gathered(own, check, plugins, file)


def gather_kept(own: Draft) -> RuleBook:
    """Make the rule book of a draft that a store kept, whatever settings its rule kinds take by now.

    Raises:
        InvalidRuleBook: the book isn't valid; with all its faults.
    """
    return _gathered(own, check_kept)


def _gathered(
    own: Draft,
    faults_of: Callable[[RuleBook, Draft], Iterable[Fault]],
    plugins: Iterable[object] = (),
    file: Path | None = None,
) -> RuleBook:
    """Make the rule book of a draft and the plugins. ``faults_of`` checks it as a whole."""
    available = find_plugins(plugins, own.header.disabled_plugins)
    layers = _layers_below(own, available, file)
    merged = merge(own, layers.by_source.values())
    merged.faults += [*available.faults, *layers.faults]
    for name in {**layers.used_plugins, **available.tried}:
        merged.faults += available.contributions[name].faults
    for section, key in list(merged.items):
        _name_inline(merged, section, key)
    resolve_campaigns(merged)
    offers = Offers(merged.source, available.contributions, layers.used_plugins)
    note = available.switched_off_note()
    book = _book(own, merged, layers, offers, note)
    faults = merged.faults
    if not layers.faults:  # else what a check misses may only be in a layer that couldn't be read
        checked = (_mention_disabled(fault, note) for fault in faults_of(book, merged))
        found = [*offers.faults(book, own.header.calendars_named), *checked]
        faults = [*faults, *root_causes(merged, found)]
    if faults:
        raise InvalidRuleBook(dict.fromkeys(faults))
    return book


def _layers_below(own: Draft, available: Plugins, file: Path | None) -> Layers:
    """The layers that a draft builds on, by its header and by the plugins that were given."""
    layers = Layers(available)
    if file is not None:
        layers.files[own.source] = file.resolve()
    use = (*own.header.use, *available.given)
    layers.add_below(evolve(own, header=evolve(own.header, use=use)), tuple(layers.files))
    return layers


def _book(own: Draft, merged: Draft, layers: Layers, offers: Offers, note: str) -> RuleBook:
    """The rule book of a merged draft, before it is checked."""
    header, contributions = own.header, layers.available.contributions
    used = {name: contributions[name] for name in layers.used_plugins}
    return RuleBook(
        id=header.id,
        zone=header.zone,
        **_sections(merged),
        calendar=working_days(merged, offers.calendars, note),
        kinds=offers.kinds,
        measures=offers.measures,
        observers={name: tuple(each.observers.registered) for name, each in used.items()},
        plugins={name: each.source for name, each in used.items()},
        disabled_plugins=header.disabled_plugins,
        individuals=may_name_individuals(own, layers.by_source.values()),
        fewest=_fewest(merged, layers),
    )


def _mention_disabled(fault: Fault, note: str) -> Fault:
    """A fault about an unknown rule kind or measure, with a note of the plugins that are switched off; others as they are."""
    unknown = fault.where.endswith(("key 'kind'", "key 'measure'"))
    return evolve(fault, expected=fault.expected + note) if unknown else fault


def _name_inline(merged: Draft, section: str, key: str) -> None:
    """Move the limits and the gate that are written inside a rule to their sections, under generated ids, and refer to them."""
    rule = merged.items[section, key]
    if not isinstance(rule, Rule):
        return
    names: list[str | Limit] = []
    for number, limit in enumerate(rule.limit, 1):
        if isinstance(limit, Limit):
            inline = evolve(limit, id=f"{rule.id}#{number}", purse=rule.purse)
            _add_inline(merged, rule, inline)
            names.append(inline.id)
        else:
            names.append(limit)
    gate = rule.gate
    if isinstance(gate, Gate):
        gate = evolve(gate, id=rule.id + "#")
        _add_inline(merged, rule, gate)
        gate = gate.id
    merged.items[section, key] = evolve(rule, limit=tuple(names), gate=gate)


def _add_inline(merged: Draft, rule: Rule, inline: Limit | Gate) -> None:
    """Add a limit or gate that was written inside a rule to its section."""
    section = "limit" if isinstance(inline, Limit) else "gate"
    key = section, inline.id
    if key in merged.items:
        expected = f"another id: the {section} inside the rule {rule.id!r} has this one"
        merged.faults.append(Fault(merged.place(*key), repr(inline.id), expected))
    merged.items[key] = inline
    merged.sources[key] = merged.sources["rule", rule.id]


def _sections(merged: Draft) -> dict[str, Any]:
    """The items of a draft, as arguments of ``RuleBook``."""
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
    found = {plural: dict(merged.section(section)) for section, plural in names.items()}
    found["purses"] = found["purses"] or {"points": Purse(id="points")}
    return found


def _fewest(merged: Draft, layers: Layers) -> int:
    """The smallest number of persons that a figure may be of."""
    fewest = fewest_of(merged, layers.by_source.values())
    if fewest < 1:
        where = f"{merged.source}: book, key 'fewest'"
        merged.faults.append(Fault(where, str(fewest), "a number of persons, 1 or more"))
    return fewest
