"""Finds the plugins that are built in, installed, tried or given, and collects what each contributes.

The built-in plugin uses the same hooks as any other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint
from typing import TypeVar

from attrs import field, frozen

from wiifm.contributions import HOOKS, Contribution, attribute, collect
from wiifm.failures import raised
from wiifm.faults import FOREIGN_ERRORS, Fault, literal, nearest
from wiifm.installed import installed
from wiifm.packs import sharing
from wiifm.tried import tried

T = TypeVar("T")

ENVIRONMENT = "WIIFM_PLUGINS"
"""The environment variable that says which installed plugins are on: "none", or their names, separated by commas."""

OUTSIDE_HOOKS = frozenset({"wiifm_sources", "wiifm_stores", "wiifm_commands", "wiifm_words"})
"""The hooks that have nothing to do with rule books. They may import what no book needs, so they are called only when needed."""

RULE_BOOK_HOOKS = HOOKS.keys() - OUTSIDE_HOOKS
"""The hooks that are called when a rule book is loaded."""

BUILT_IN: Mapping[str, object] = {"sharing": sharing}
"""The plugins that come with wiifm, by name."""


@frozen
class Plugins:
    """All plugins, by name.

    ``contributions`` are those of the plugins that are on, ``given`` the names of those that the caller gave. ``tried`` are those that are
    tried without being installed, and how each was named. ``off`` are the plugins that are switched off, and by what.
    """

    contributions: Mapping[str, Contribution]
    given: tuple[str, ...] = ()
    tried: Mapping[str, str] = field(factory=dict)
    off: Mapping[str, str] = field(factory=dict)
    faults: tuple[Fault, ...] = ()

    def offered(
        self, registry: Callable[[Contribution], Mapping[str, T]]
    ) -> dict[str, dict[str, T]]:
        """What plugins registered at one registry: by name, and for each name by plugin.

        >>> packs = find_plugins().offered(lambda each: each.books.registered)
        >>> list(packs["sharing"])
        ['sharing']
        """
        offers: dict[str, dict[str, T]] = {}
        for plugin, each in self.contributions.items():
            for name, value in registry(each).items():
                offers.setdefault(name, {})[plugin] = value
        return offers

    def switched_off_note(self) -> str:
        """The plugins that are off, as an addition to a message about an unknown name; "" if all are on.

        >>> Plugins({}, off={"chat": "disabled_plugins"}).switched_off_note()
        ' (plugins that are switched off: chat)'
        """
        return (
            f" (plugins that are switched off: {', '.join(sorted(self.off))})" if self.off else ""
        )

    def ambiguity(self, title: str, name: str, plugins: Iterable[str]) -> Fault:
        """The fault of several plugins that offer something under one name; ``title`` says what it is."""
        found = " and ".join(f"one of {self.contributions[each].source}" for each in plugins)
        return Fault(
            f"{title} {name!r}",
            found,
            "one plugin: uninstall the others, or switch them off (WIIFM_PLUGINS)",
        )


def find_plugins(
    given: Iterable[object] = (),
    disabled: Container[str] = (),
    hooks: Collection[str] = RULE_BOOK_HOOKS,
    built_in: Mapping[str, object] = BUILT_IN,
) -> Plugins:
    """Find the built-in plugins, the installed, the tried and the given ones, without the disabled ones, and call these ``hooks``.

    >>> plugins = find_plugins([sharing], disabled=["chat"])
    >>> plugins.contributions["sharing"].faults, plugins.given
    ([], ('sharing',))
    """
    available = installed()
    tries = [(each.name or plugin_name(each.plugin), each) for each in tried()]
    enabled, faults = _enabled(available, {*built_in, *(name for name, _ in tries)})
    off = _switched_off(available, enabled, built_in, disabled)
    found = {
        name: _built_in(name, plugin, frozenset(hooks))
        for name, plugin in built_in.items()
        if name not in disabled
    }
    for name, points in available.items():
        if name not in off:
            found[name] = _imported(name, points, hooks)
    handed = _HandedOver(available, disabled, hooks, found, off, faults)
    tried_names: dict[str, str] = {}
    for name, each in tries:
        expected = f"another name for one of them: --plugin NAME={each.text.rpartition('=')[2]}"
        if placed := handed.add(each.plugin, name, expected):
            tried_names[placed] = each.text
    given_names: dict[str, None] = {}
    for plugin in _given_plugins(given, faults):
        name = plugin_name(plugin)
        expected = f"plugins with different names: give it another one by setting its __name__, such as '{name}_2'"
        if placed := handed.add(plugin, name, expected):
            given_names[placed] = None
    _reserve_built_in_names(found, built_in)
    return Plugins(found, tuple(given_names), tried_names, off, tuple(faults))


@frozen
class _HandedOver:
    """Where plugins that aren't looked for, but handed over, are added."""

    available: Mapping[str, Sequence[EntryPoint]]
    disabled: Container[str]
    hooks: Collection[str]
    found: dict[str, Contribution]
    off: dict[str, str]
    faults: list[Fault]

    def add(self, plugin: object, name: str, expected: str) -> str | None:
        """Add a plugin, which may be one of those that were found; returns its name, or None if it is disabled, or the name is taken.

        ``expected`` says what to do then.
        """
        known = [each for each, there in self.found.items() if there.plugin is plugin]
        names = {*known, name, plugin_name(plugin), *_installed_as(plugin, self.available)}
        if any(each in self.disabled for each in names):
            self.off.update(dict.fromkeys(names, "disabled_plugins"))
            for each in known:
                del self.found[each]
            return None
        if known:
            return known[0]
        if name in self.found:
            self.faults.append(Fault(f"plugin {name!r}", "a second one with this name", expected))
            return None
        self.found[name] = collect(Contribution(name, plugin), self.hooks, self.found)
        return name


def _switched_off(
    installed: Collection[str],
    enabled: Collection[str],
    built_in: Collection[str],
    disabled: Container[str],
) -> dict[str, str]:
    """The plugins that are off, and what switches each off."""
    off = {name: ENVIRONMENT for name in installed if name not in enabled}
    off |= {name: "the built-in plugin of this name" for name in installed if name in built_in}
    return off | {name: "disabled_plugins" for name in (*built_in, *installed) if name in disabled}


def _reserve_built_in_names(found: Mapping[str, Contribution], built_in: Container[str]) -> None:
    """Remove packs and sources of other plugins that have the name of a built-in one, and add faults for them."""
    ours = [each for name, each in found.items() if name in built_in]
    for each in (each for name, each in found.items() if name not in built_in):
        for title, taken, theirs in (
            (
                "pack",
                {name for own in ours for name in own.books.registered},
                each.books.registered,
            ),
            (
                "source",
                {name for own in ours for name in own.sources.registered},
                each.sources.registered,
            ),
        ):
            for name in sorted(taken & theirs.keys()):
                del theirs[name]
                place = f"{each.source}: {title} {name!r}"
                expected = f"a name other than those of wiifm's own: {', '.join(sorted(taken))}"
                each.faults.append(Fault(place, f"the name {name!r}", expected))


def plugin_name(plugin: object) -> str:
    """The name of a plugin that was given: the last part of its module's or class's name.

    >>> plugin_name(sharing), plugin_name(object())
    ('sharing', 'object')
    """
    return (_own_name(plugin) or type(plugin).__name__).rpartition(".")[2]


def _own_name(plugin: object) -> str | None:
    """The name of a module or class; None for an object."""
    name = attribute(plugin, "__name__")
    return name if isinstance(name, str) else None


def _installed_as(plugin: object, installed: Mapping[str, Collection[EntryPoint]]) -> list[str]:
    """The names of the entry points by which the same module is installed."""
    module = _own_name(plugin)
    return [name for name, points in installed.items() if any(p.value == module for p in points)]


def _enabled(installed: Collection[str], others: Container[str]) -> tuple[list[str], list[Fault]]:
    """The installed plugins that the environment variable leaves on, and a fault for each unknown name in it. ``others`` are always on."""
    setting = os.environ.get(ENVIRONMENT, "").strip()
    if not setting:
        return list(installed), []
    parts = [] if setting == "none" else map(str.strip, setting.split(","))
    names = [each for each in parts if each]
    expected = "'none', or installed plugins: " + (", ".join(sorted(installed)) or "there are none")
    return names, [
        Fault(ENVIRONMENT, repr(name), expected, nearest(name, installed))
        for name in names
        if name not in installed and name not in others
    ]


def _given_plugins(given: Iterable[object], faults: list[Fault]) -> list[object]:
    """The plugins that the caller gave, as a list."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        expected = "a list of modules or objects with hooks; an installed plugin is named in the book's `use`"
        faults.append(Fault("plugins", literal(given), expected))
        return []
    return list(given)


def _imported(name: str, points: Sequence[EntryPoint], hooks: Collection[str]) -> Contribution:
    """Import an installed plugin, and collect what it contributes; only faults if it can't be imported."""
    places = [f"{point.value} in {point.dist.name if point.dist else '?'}" for point in points]
    if len({point.value for point in points}) > 1:
        expected = "one plugin with this name: uninstall or rename the others"
        fault = Fault(f"plugin {name!r}", " and ".join(places), expected)
        return Contribution(name, faults=[fault])
    dist = points[0].dist
    contribution = Contribution(name, distribution=f"{dist.name} {dist.version}" if dist else None)
    try:
        contribution.plugin = points[0].load()
    except FOREIGN_ERRORS as error:
        place, expected = (
            f"{contribution.source}, {points[0].value}",
            "a plugin that can be imported",
        )
        contribution.faults.append(Fault(place, raised(error, points[0].module), expected))
        return contribution
    return collect(contribution, hooks)


@lru_cache(maxsize=16)
def _built_in(name: str, plugin: object, hooks: frozenset[str]) -> Contribution:
    """What a built-in plugin contributes. It never changes, so it is collected and checked once."""
    return collect(Contribution(name, plugin), hooks)
