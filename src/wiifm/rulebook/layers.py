"""What a rule book builds on: resolves ``use`` and ``vocabulary`` to layers, and merges these.

A name that ends in ``.toml`` means a file. Any other name means a pack, or else what a plugin itself contributes. Files and
packs build on others in turn. A layer replaces or drops items of the layers below it, even where another path leads to
those, too. If two layers define an item with the same id and neither builds on the other, this is a fault, unless a layer
above both replaces or drops the item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from wiifm.faults import Fault, InvalidRuleBook, nearest
from wiifm.plugins import Plugins
from wiifm.rulebook.book import DEFAULT_FEWEST
from wiifm.rulebook.draft import Draft, Item, Key
from wiifm.rulebook.locations import FILE, likely_file_name, resolve_file
from wiifm.rulebook.packs import PLUGIN_PREFIX, Pack

DROPPABLE = ("rule", "badge", "ladder")
"""The sections whose items ``drop`` can leave out."""

DEEPEST = 32
"""The longest chain of rule books of which each builds on the next."""


def packs_of(available: Plugins) -> dict[str, dict[str, Pack]]:
    """All packs: by name, and for each name by the plugin that offers it."""
    return available.offered(lambda each: each.books.registered)


@frozen
class Layer:
    """A draft that a book builds on."""

    draft: Draft
    below: frozenset[str]
    """The sources of all layers that it builds on."""
    whole: bool
    """Whether all its items count (``use``), or only its event types (``vocabulary``)."""

    @property
    def items(self) -> Iterator[tuple[Key, Item]]:
        """The items that count."""
        return (pair for pair in self.draft.items.items() if self.whole or pair[0][0] == "event")


@define
class Layers:
    """The layers that a book builds on, as they are found, and the faults on the way."""

    available: Plugins
    packs: Mapping[str, Mapping[str, Pack]] = field()
    by_source: dict[str, Layer] = field(factory=dict)
    """The layers by the source of their draft, the lowest first."""
    used_plugins: dict[str, None] = field(factory=dict)
    """The names of the plugins that layers come from, in the order in which they were found."""
    faults: list[Fault] = field(factory=list)
    files: dict[str, Path] = field(factory=dict)
    """The paths of the sources that are files, the book's own first."""

    @packs.default
    def _all_packs(self) -> Mapping[str, Mapping[str, Pack]]:
        return packs_of(self.available)

    def add_below(
        self, draft: Draft, path: tuple[str, ...] = (), whole: bool = True
    ) -> frozenset[str]:
        """Add all layers that a draft builds on, and return their sources. ``path`` leads to the draft, to detect circles."""
        header, below = draft.header, set[str]()
        for name in dict.fromkeys([*header.vocabulary, *header.use]):
            below |= self._add_named(name, draft, path, whole and name in header.use)
        return frozenset(below)

    def _add_named(self, name: str, asking: Draft, path: tuple[str, ...], whole: bool) -> set[str]:
        """Add the layers that a name in ``use`` or ``vocabulary`` of the draft ``asking`` means, and return their sources."""
        if name.endswith(FILE):
            return self._add_file(name, asking, path, whole)
        packs = self.packs.get(name, {})
        plugin = self.available.contributions.get(name)
        claims = {pack.source: owner for owner, pack in packs.items()}
        if plugin and name not in claims.values():
            claims |= {plugin.source: name}
        if len(claims) > 1:
            where = _place(asking, name)
            expected = "one plugin: disabled_plugins can switch the others off"
            self.faults.append(Fault(where, f"{name!r}: {' and '.join(claims)}", expected))
            return set()
        if packs:
            ((owner, pack),) = packs.items()
            self.used_plugins[owner] = None
            return self._add_pack(pack, owner, asking, path, whole)
        if plugin is None:
            self.faults.append(self._missing(name, asking))
            return set()
        return self._add_plugin(name, whole)

    def _add_file(self, name: str, asking: Draft, path: tuple[str, ...], whole: bool) -> set[str]:
        """Add another file; its name is relative to the file of ``asking``."""
        where = _place(asking, name)
        if asking.source not in self.files:
            expected = "a plugin or a pack; only a rule book in a file can build on files"
            self.faults.append(Fault(where, repr(name), expected))
            return set()
        try:
            file = resolve_file(self.files[asking.source].parent, name, where)
        except InvalidRuleBook as error:
            self.faults += error.faults
            return set()
        return self._add_pack(Pack(name, self._source(file), file), "", asking, path, whole)

    def _source(self, file: Path) -> str:
        """How messages name a file: by its path relative to the folder of the book, unless another source has that name."""
        known = {there: source for source, there in self.files.items()}
        if file not in known:
            home = next(iter(known)).parent
            source = file.relative_to(home).as_posix() if file.is_relative_to(home) else str(file)
            known[file] = str(file) if source in self.files else source
            self.files[known[file]] = file
        return known[file]

    def _add_plugin(self, name: str, whole: bool) -> set[str]:
        """Add what a plugin itself contributes."""
        plugin = self.available.contributions[name]
        self.used_plugins[name] = None
        known = self.by_source.get(plugin.source)
        wanted = whole or bool(known and known.whole)
        self.by_source[plugin.source] = Layer(plugin.draft, frozenset(), wanted)
        return {plugin.source}

    def _add_pack(
        self, pack: Pack, owner: str, asking: Draft, path: tuple[str, ...], whole: bool
    ) -> set[str]:
        """Add a pack, and what it builds on. A pack with its plugin's name also builds on what the plugin itself contributes."""
        if pack.source in path:
            if asking.source == pack.source and owner == pack.name:
                return set()  # means what its plugin contributes, which is below it in any case
            where = _place(asking, pack.name)
            expected = "rule books that don't build on each other in a circle"
            self.faults.append(Fault(where, f"{pack.name!r}, which builds on this one", expected))
            return set()
        if len(path) > DEEPEST:
            expected = f"at most {DEEPEST} rule books that each build on the next"
            self.faults.append(Fault(_place(asking, pack.name), repr(pack.name), expected))
            return set()
        known = self.by_source.get(pack.source)
        if known is None or (whole and not known.whole):
            try:
                draft = known.draft if known else pack.draft()
            except InvalidRuleBook as error:
                self.faults += error.faults
                return set()
            own = self._add_plugin(owner, whole) if owner == pack.name else set()
            below = self.add_below(draft, (*path, pack.source), whole) | own
            known = self.by_source[pack.source] = Layer(draft, below, whole)
        return {pack.source, *known.below}

    def _missing(self, name: str, asking: Draft) -> Fault:
        """The fault of a name that means nothing, or a plugin that is switched off."""
        where, available = _place(asking, name), self.available
        known = sorted({*available.contributions, *self.packs})
        names = ", ".join(known)
        if asking.source == f"plugin:{name}":
            where = "rule book"  # no key has the name: it is from RuleBook.load("plugin:...")
        if name in available.off:
            found = f"{name!r}, which {available.off[name]} switches off"
            return Fault(where, found, f"a plugin that is on: {names or 'none is'}")
        expected = f"an installed plugin, or a pack of one: {names}{available.switched_off_note()}"
        file = asking.source in self.files and likely_file_name(
            self.files[asking.source].parent, name
        )
        if file:
            return Fault(
                where, repr(name), f"{expected}; or a file whose name ends in {FILE}", file
            )
        return Fault(where, repr(name), expected, nearest(name.removeprefix(PLUGIN_PREFIX), known))


def _place(asking: Draft, name: str) -> str:
    """How messages name the key in which a draft names what it builds on."""
    key = "use" if name in asking.header.use else "vocabulary"
    return f"{asking.source}: book, key {key!r}"


def may_name_individuals(own: Draft, below: Iterable[Layer]) -> bool:
    """Whether readings may rank members, and name members to each other.

    The book's own ``individuals`` decides. Without it, readings may do so unless a layer says false. A layer that says true
    overrides the layers that it builds on.

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
    """The smallest number of persons that a figure may be of: the book's own ``fewest``, else the largest of its layers, else 5.

    >>> from wiifm.rulebook.draft import Header
    >>> strict = Layer(Draft("strict", header=Header(fewest=8)), frozenset(), True)
    >>> fewest_of(Draft("own"), [strict]), fewest_of(Draft("own", header=Header(fewest=6)), [strict]), fewest_of(Draft("own"), [])
    (8, 6, 5)
    """
    if own.header.fewest is not None:
        return own.header.fewest
    numbers = (each.draft.header.fewest for each in below if each.whole)
    return max((each for each in numbers if each is not None), default=DEFAULT_FEWEST)


def merge(own: Draft, below: Iterable[Layer]) -> Draft:
    """Merge a book's own draft with the layers that it builds on, the lowest first. Items that collide are faults.

    >>> from wiifm.rulebook.draft import Header
    >>> from wiifm.rules import Rule
    >>> one, two = Draft("one"), Draft("two", header=Header(drop=("kudos",)))
    >>> one.add(Rule(id="kudos", on=("kudos.given",), points=5))
    >>> merge(two, [Layer(one, frozenset(), True)]).items
    {}
    """
    layers = list(below)
    merged = Draft(own.source, header=own.header)
    claims: dict[Key, dict[str, Item]] = {}
    for layer in [*layers, Layer(own, frozenset(each.draft.source for each in layers), True)]:
        merged.faults += layer.draft.faults
        if layer.whole:
            merged.faults += _drop(merged, claims, layer)
        for key, item in layer.items:
            claims[key] = _without_replaced(claims.get(key, {}), layer) | {layer.draft.source: item}
    for key, items in claims.items():
        if items:
            merged.sources[key], merged.items[key] = next(reversed(items.items()))
            collisions = list(_collisions(own.source, key, items))
            merged.faults += collisions
            merged.collided |= {key} if collisions else set()
    return merged


def _without_replaced(items: Mapping[str, Item], layer: Layer) -> dict[str, Item]:
    """Items with one id, by source, without those of the layers that ``layer`` builds on: it replaces or drops these."""
    return {source: item for source, item in items.items() if source not in layer.below}


def _drop(merged: Draft, claims: dict[Key, dict[str, Item]], layer: Layer) -> Iterator[Fault]:
    """Remove what a layer's ``drop`` names from the layers that it builds on: ``ID`` in all sections, ``rule:ID`` in one."""
    known = {
        key for key, items in claims.items() if key[0] in DROPPABLE and layer.below & set(items)
    }
    for name in layer.draft.header.drop:
        gone = [key for key in known if name in (key[1], ":".join(key))]
        for key in gone:
            claims[key] = _without_replaced(claims[key], layer)
            merged.dropped[key] = layer.draft.source
        if not gone:
            where = f"{layer.draft.source}: book, key 'drop'"
            what = "the id of a rule, badge or ladder of what it builds on"
            ids = (":".join(key) if ":" in name else key[1] for key in known)
            yield Fault(where, repr(name), what, nearest(name, ids))


def _collisions(source: str, key: Key, items: Mapping[str, Item]) -> Iterator[Fault]:
    """The fault of several layers that define one id. Purses are an exception if all definitions are equal."""
    section, name = key
    one, *others = items.values()
    if others and not (section == "purse" and all(one == other for other in others)):
        expected = f"one definition: define {section} {name!r} in the book, which replaces them"
        found = " and ".join(f"one of {each}" for each in items)
        yield Fault(f"{source}: {section} {name!r}", found, expected)
