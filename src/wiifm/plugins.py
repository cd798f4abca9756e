"""Finds plugins and what each contributes, under its name: those that are built in, installed, or handed over.

What is built in comes in by the same hooks as anybody's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint
from typing import TypeVar

from attrs import field, frozen

from wiifm.contributions import HOOKS, Contribution, attribute, collected
from wiifm.faults import DISTURBANCES, Fault, literal, nearest
from wiifm.installed import installed
from wiifm.packs import sharing

T = TypeVar("T")

ENVIRONMENT = "WIIFM_PLUGINS"
"""The environment variable that says which installed plugins there are: "none", or their names with commas between."""

OF_THE_OUTSIDE = frozenset({"wiifm_sources", "wiifm_stores", "wiifm_commands", "wiifm_words"})
OF_RULE_BOOKS = HOOKS.keys() - OF_THE_OUTSIDE
"""The hooks that are called for a rule book; the others, which may import what no book needs, only for what they are for."""

BUILT_IN: Mapping[str, object] = {"sharing": sharing}
"""The plugins that come with wiifm, by their names."""


@frozen
class Plugins:
    """The plugins there are: what each contributes, which were handed over, which are switched off, and by what."""

    found: Mapping[str, Contribution]
    handed_over: tuple[str, ...] = ()
    off: Mapping[str, str] = field(factory=dict)
    faults: tuple[Fault, ...] = ()

    def offered(self, of: Callable[[Contribution], Mapping[str, T]]) -> dict[str, dict[str, T]]:
        """By name, what each plugin offers under it.

        >>> found = find_plugins().offered(lambda each: each.books.found)
        >>> list(found["sharing"])
        ['sharing']
        """
        found: dict[str, dict[str, T]] = {}
        for plugin, each in self.found.items():
            for name, value in of(each).items():
                found.setdefault(name, {})[plugin] = value
        return found

    def without(self) -> str:
        """What to add to the names that are expected: the plugins that might have had one more; "" where all are on.

        >>> Plugins({}, off={"chat": "disabled_plugins"}).without()
        ' (plugins that are switched off: chat)'
        """
        return (
            f" (plugins that are switched off: {', '.join(sorted(self.off))})" if self.off else ""
        )

    def several(self, title: str, name: str, plugins: Iterable[str]) -> Fault:
        """What is wrong where more than one plugin offers something under one name."""
        found = " and ".join(f"one of {self.found[each].source}" for each in plugins)
        return Fault(
            f"{title} {name!r}",
            found,
            "one: uninstall the others, or switch them off (WIIFM_PLUGINS)",
        )


def find_plugins(
    given: Iterable[object] = (),
    disabled: Container[str] = (),
    asked: Collection[str] = OF_RULE_BOOKS,
    built_in: Mapping[str, object] = BUILT_IN,
) -> Plugins:
    """The built-in plugins, the installed ones and those that are given, without the disabled ones.

    Of their hooks those that are asked for are called.

    >>> plugins = find_plugins([sharing], disabled=["chat"])
    >>> plugins.found["sharing"].faults, plugins.handed_over
    ([], ('sharing',))
    """
    there = installed()
    wanted, faults = _wanted(there, built_in)
    off = _switched_off(there, wanted, built_in, disabled)
    found = {
        name: _built_in(name, plugin, frozenset(asked))
        for name, plugin in built_in.items()
        if name not in disabled
    }
    for name, points in there.items():
        if name not in off:
            found[name] = _imported(name, points, asked)
    handed_over: dict[str, None] = {}
    for plugin in _listed(given, faults):
        known = [name for name, each in found.items() if each.plugin is plugin]
        name = known[0] if known else plugin_name(plugin)
        names = {*known, plugin_name(plugin), *_installed_as(plugin, there)}
        if any(each in disabled for each in names):
            off |= dict.fromkeys(names, "disabled_plugins")
            found = {each: made for each, made in found.items() if each not in known}
        elif name in found and not known:
            expected = "plugins whose names differ"
            faults.append(Fault(f"plugin {name!r}", "a second one of this name", expected))
        else:
            found[name] = found.get(name) or collected(Contribution(name, plugin), asked, found)
            handed_over[name] = None
    return Plugins(_with_ours(found, built_in), tuple(handed_over), off, tuple(faults))


def _switched_off(
    installed: Collection[str],
    wanted: Collection[str],
    built_in: Collection[str],
    disabled: Container[str],
) -> dict[str, str]:
    """The plugins that are off, and by what."""
    off = {name: ENVIRONMENT for name in installed if name not in wanted}
    off |= {name: "the built-in plugin of this name" for name in installed if name in built_in}
    return off | {name: "disabled_plugins" for name in (*built_in, *installed) if name in disabled}


def _with_ours(
    found: Mapping[str, Contribution], built_in: Container[str]
) -> Mapping[str, Contribution]:
    """Leave out packs and sources under a name of one that is built in: whoever says it means that one."""
    ours = [each for name, each in found.items() if name in built_in]
    for each in (each for name, each in found.items() if name not in built_in):
        for title, taken, theirs in (
            ("pack", {name for own in ours for name in own.books.found}, each.books.found),
            ("source", {name for own in ours for name in own.sources.found}, each.sources.found),
        ):
            for name in sorted(taken & theirs.keys()):
                del theirs[name]
                place = f"{each.source}: {title} {name!r}"
                expected = f"a name that no {title} of wiifm has: {', '.join(sorted(taken))}"
                each.faults.append(Fault(place, f"the name {name!r}", expected))
    return found


def plugin_name(plugin: object) -> str:
    """The name a given plugin goes by: the last part of its module's or class's name.

    >>> plugin_name(sharing), plugin_name(object())
    ('sharing', 'object')
    """
    return (_own_name(plugin) or type(plugin).__name__).rpartition(".")[2]


def _own_name(plugin: object) -> str | None:
    """What a module or class is called; None for an object."""
    name = attribute(plugin, "__name__")
    return name if isinstance(name, str) else None


def _installed_as(plugin: object, installed: Mapping[str, Collection[EntryPoint]]) -> list[str]:
    """The names under which a module that is handed over is installed, too."""
    module = _own_name(plugin)
    return [name for name, points in installed.items() if any(p.value == module for p in points)]


def _wanted(installed: Collection[str], built_in: Container[str]) -> tuple[list[str], list[Fault]]:
    """The installed plugins that the environment leaves on, and the names in it that mean none."""
    said = os.environ.get(ENVIRONMENT, "").strip()
    if not said:
        return list(installed), []
    names = [] if said == "none" else [each for each in map(str.strip, said.split(",")) if each]
    expected = "'none', or installed plugins: " + (", ".join(sorted(installed)) or "there are none")
    return names, [
        Fault(ENVIRONMENT, repr(name), expected, nearest(name, installed))
        for name in names
        if name not in installed and name not in built_in
    ]


def _listed(given: Iterable[object], faults: list[Fault]) -> list[object]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        expected = "a list of modules or objects with hooks; a book names others in `use`"
        faults.append(Fault("plugins", literal(given), expected))
        return []
    return list(given)


def _imported(name: str, points: Sequence[EntryPoint], asked: Collection[str]) -> Contribution:
    """What an installed plugin contributes; faults alone if it can't be imported."""
    places = [f"{point.value} in {point.dist.name if point.dist else '?'}" for point in points]
    if len({point.value for point in points}) > 1:
        expected = "one: uninstall or rename the others"
        fault = Fault(f"plugin {name!r}", " and ".join(places), expected)
        return Contribution(name, faults=[fault])
    dist = points[0].dist
    made = Contribution(name, distribution=f"{dist.name} {dist.version}" if dist else None)
    try:
        made.plugin = points[0].load()
    except DISTURBANCES as error:
        place = f"{made.source}, {points[0].value}"
        made.faults.append(Fault(place, literal(error, 200), "a plugin that can be imported"))
        return made
    return collected(made, asked)


@lru_cache(maxsize=16)
def _built_in(name: str, plugin: object, asked: frozenset[str]) -> Contribution:
    """What a plugin that comes with wiifm contributes: it never changes, and is collected and checked once."""
    return collected(Contribution(name, plugin), asked)
