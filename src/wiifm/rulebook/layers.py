"""What a rule book builds on: from the names in ``use`` and ``vocabulary`` to layers that are laid over each other.

A name means a file, if it ends in ``.toml``; or a pack, or else what a plugin contributes itself. Files and packs build on others
in their turn. What one defines again or drops is that of the layers below it, however else these come in; two layers of
which neither builds on the other must not say two things under one id, unless a layer above both decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from wiifm.faults import Fault, InvalidRuleBook, nearest
from wiifm.plugins import Plugins
from wiifm.rulebook.book import FEWEST
from wiifm.rulebook.draft import Draft, Item, Key
from wiifm.rulebook.locations import FILE, beside, meant_as_file
from wiifm.rulebook.packs import OFFERED, Pack

DROPPED = ("rule", "badge", "ladder")
"""The sections of what can be dropped by its id."""

DEEPEST = 32
"""So many rule books may each build on the next."""


def packs_of(there: Plugins) -> dict[str, dict[str, Pack]]:
    """The packs there are: by name, the one of each plugin that offers one."""
    return there.offered(lambda each: each.books.found)


@frozen
class Layer:
    """A draft, the sources of all that it builds on, and whether more than its event types is meant."""

    draft: Draft
    below: frozenset[str]
    whole: bool

    @property
    def items(self) -> Iterator[tuple[Key, Item]]:
        """What it brings in."""
        return (pair for pair in self.draft.items.items() if self.whole or pair[0][0] == "event")


@define
class Layers:
    """The layers that a book builds on, by their sources and the lowest first, and the plugins that they name."""

    there: Plugins
    packs: Mapping[str, Mapping[str, Pack]] = field()
    found: dict[str, Layer] = field(factory=dict)
    plugins: dict[str, None] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    files: dict[str, Path] = field(factory=dict)
    """Where the sources lie that are files, the book's own first."""

    @packs.default
    def _all_of_them(self) -> Mapping[str, Mapping[str, Pack]]:
        return packs_of(self.there)

    def under(self, draft: Draft, path: tuple[str, ...] = (), whole: bool = True) -> frozenset[str]:
        """Take in what a draft builds on; answers the sources of all of it."""
        header, below = draft.header, set[str]()
        for name in dict.fromkeys([*header.vocabulary, *header.use]):
            below |= self._named(name, draft, path, whole and name in header.use)
        return frozenset(below)

    def _named(self, name: str, asking: Draft, path: tuple[str, ...], whole: bool) -> set[str]:
        """Take in what a name means."""
        if name.endswith(FILE):
            return self._file(name, asking, path, whole)
        packs = self.packs.get(name, {})
        plugin = self.there.found.get(name)
        claims = {pack.source: owner for owner, pack in packs.items()}
        if plugin and name not in claims.values():
            claims |= {plugin.source: name}
        if len(claims) > 1:
            where = _place(asking, name)
            expected = "one: disabled_plugins switches the others off"
            self.faults.append(Fault(where, f"{name!r}: {' and '.join(claims)}", expected))
            return set()
        if packs:
            ((owner, pack),) = packs.items()
            self.plugins[owner] = None
            return self._pack(pack, owner, asking, path, whole)
        if plugin is None:
            self.faults.append(self._missing(name, asking))
            return set()
        return self._plugin(name, whole)

    def _file(self, name: str, asking: Draft, path: tuple[str, ...], whole: bool) -> set[str]:
        """Take in another file, whose name is seen from the file that asks for it."""
        where = _place(asking, name)
        if asking.source not in self.files:
            expected = "a plugin, or a pack of one; only a rule book in a file builds on files"
            self.faults.append(Fault(where, repr(name), expected))
            return set()
        try:
            file = beside(self.files[asking.source].parent, name, where)
        except InvalidRuleBook as error:
            self.faults += error.faults
            return set()
        return self._pack(Pack(name, self._source(file), file), "", asking, path, whole)

    def _source(self, file: Path) -> str:
        """How messages name a file: as seen from the folder of the book, unless another is named so."""
        known = {there: source for source, there in self.files.items()}
        if file not in known:
            home = next(iter(known)).parent
            source = file.relative_to(home).as_posix() if file.is_relative_to(home) else str(file)
            known[file] = str(file) if source in self.files else source
            self.files[known[file]] = file
        return known[file]

    def _plugin(self, name: str, whole: bool) -> set[str]:
        """Take in what a plugin contributes itself."""
        plugin = self.there.found[name]
        self.plugins[name] = None
        known = self.found.get(plugin.source)
        wanted = whole or bool(known and known.whole)
        self.found[plugin.source] = Layer(plugin.draft, frozenset(), wanted)
        return {plugin.source}

    def _pack(
        self, pack: Pack, owner: str, asking: Draft, path: tuple[str, ...], whole: bool
    ) -> set[str]:
        """Take in a pack over what it builds on; one with its plugin's name also over what that contributes itself."""
        if pack.source in path:
            if asking.source == pack.source and owner == pack.name:
                return set()  # what its plugin contributes, which lies below it in any case
            where = _place(asking, pack.name)
            expected = "rule books that don't build on each other in a circle"
            self.faults.append(Fault(where, f"{pack.name!r}, which builds on this one", expected))
            return set()
        if len(path) > DEEPEST:
            expected = f"no more than {DEEPEST} rule books of which each builds on the next"
            self.faults.append(Fault(_place(asking, pack.name), repr(pack.name), expected))
            return set()
        known = self.found.get(pack.source)
        if known is None or (whole and not known.whole):
            try:
                draft = known.draft if known else pack.draft()
            except InvalidRuleBook as error:
                self.faults += error.faults
                return set()
            own = self._plugin(owner, whole) if owner == pack.name else set()
            below = self.under(draft, (*path, pack.source), whole) | own
            known = self.found[pack.source] = Layer(draft, below, whole)
        return {pack.source, *known.below}

    def _missing(self, name: str, asking: Draft) -> Fault:
        """A name that is asked for, and neither installed nor on."""
        where, there = _place(asking, name), self.there
        known = sorted({*there.found, *self.packs})
        names = ", ".join(known)
        if asking.source == f"plugin:{name}":  # nobody wrote a key: the book is the plugin
            where = "rule book"
        if name in there.off:
            found = f"{name!r}, which {there.off[name]} switches off"
            return Fault(where, found, f"a plugin that is on: {names}")
        expected = f"an installed plugin, or a pack of one: {names}{there.without()}"
        file = asking.source in self.files and meant_as_file(self.files[asking.source].parent, name)
        if file:
            return Fault(
                where, repr(name), f"{expected}; or a file, whose name ends in {FILE}", file
            )
        return Fault(where, repr(name), expected, nearest(name.removeprefix(OFFERED), known))


def _place(asking: Draft, name: str) -> str:
    """Where a draft names what it builds on, as faults tell it."""
    key = "use" if name in asking.header.use else "vocabulary"
    return f"{asking.source}: book, key {key!r}"


def may_name_individuals(own: Draft, below: Iterable[Layer]) -> bool:
    """Whether readings may rank members and name them to each other: not where a layer says no, unless one above it says yes.

    >>> from wiifm.rulebook.draft import Header
    >>> quiet = Layer(Draft("quiet", header=Header(individuals=False)), frozenset(), True)
    >>> may_name_individuals(Draft("own"), [quiet])
    False
    >>> may_name_individuals(Draft("own", header=Header(individuals=True)), [quiet])
    True
    """
    if own.header.individuals is not None:
        return own.header.individuals
    layers = [each for each in below if each.whole]
    allowing = [each.below for each in layers if each.draft.header.individuals]
    forbidding = [each.draft.source for each in layers if each.draft.header.individuals is False]
    return all(any(source in under for under in allowing) for source in forbidding)


def fewest_of(own: Draft, below: Iterable[Layer]) -> int:
    """Of how many persons figures are at least: as a book says itself, or else the largest number of the layers that it builds on.

    >>> from wiifm.rulebook.draft import Header
    >>> strict = Layer(Draft("strict", header=Header(fewest=8)), frozenset(), True)
    >>> fewest_of(Draft("own"), [strict]), fewest_of(Draft("own", header=Header(fewest=6)), [strict]), fewest_of(Draft("own"), [])
    (8, 6, 5)
    """
    if own.header.fewest is not None:
        return own.header.fewest
    said = (each.draft.header.fewest for each in below if each.whole)
    return max((each for each in said if each is not None), default=FEWEST)


def laid(own: Draft, below: Iterable[Layer]) -> Draft:
    """A book's own draft over the layers that it builds on; what two of them say under one id is a fault.

    >>> from wiifm.rulebook.draft import Header
    >>> from wiifm.rules import Rule
    >>> one, two = Draft("one"), Draft("two", header=Header(drop=("kudos",)))
    >>> one.add(Rule(id="kudos", on=("kudos.given",), points=5))
    >>> laid(two, [Layer(one, frozenset(), True)]).items
    {}
    """
    layers = list(below)
    whole = Draft(own.source, header=own.header)
    claims: dict[Key, dict[str, Item]] = {}
    for layer in [*layers, Layer(own, frozenset(each.draft.source for each in layers), True)]:
        whole.faults += layer.draft.faults
        if layer.whole:
            whole.faults += _drop(whole, claims, layer)
        for key, item in layer.items:
            claims[key] = _left(claims.get(key, {}), layer) | {layer.draft.source: item}
    for key, items in claims.items():
        if items:
            whole.sources[key], whole.items[key] = next(reversed(items.items()))
            several = list(_several(own.source, key, items))
            whole.faults += several
            whole.collided |= {key} if several else set()
    return whole


def _left(items: Mapping[str, Item], layer: Layer) -> dict[str, Item]:
    """What a layer that has an item of this id leaves of the others: those that it doesn't build on."""
    return {source: item for source, item in items.items() if source not in layer.below}


def _drop(whole: Draft, claims: dict[Key, dict[str, Item]], layer: Layer) -> Iterator[Fault]:
    """Leave out what a layer drops of those that it builds on: all of an id, or of ``rule:ID`` that of one section."""
    known = {key for key, items in claims.items() if key[0] in DROPPED and layer.below & set(items)}
    for name in layer.draft.header.drop:
        gone = [key for key in known if name in (key[1], ":".join(key))]
        for key in gone:
            claims[key] = _left(claims[key], layer)
            whole.dropped[key] = layer.draft.source
        if not gone:
            where = f"{layer.draft.source}: book, key 'drop'"
            what = "the id of a rule, badge or ladder that it builds on"
            ids = (":".join(key) if ":" in name else key[1] for key in known)
            yield Fault(where, repr(name), what, nearest(name, ids))


def _several(source: str, key: Key, items: Mapping[str, Item]) -> Iterator[Fault]:
    """What more than one layer says under one id; on a purse they may agree."""
    section, name = key
    one, *others = items.values()
    if others and not (section == "purse" and all(one == other for other in others)):
        expected = f"one: define {section} {name!r} in the book, which replaces them"
        found = " and ".join(f"one of {each}" for each in items)
        yield Fault(f"{source}: {section} {name!r}", found, expected)
