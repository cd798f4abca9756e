"""Finds plugins and collects what each contributes, under its name.

The built-in plugin ``sharing`` comes in by the same hooks as anybody's. A plugin that raises is a
fault that names it; the others are collected all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import entry_points

import pluggy
from attrs import define, field

from wiifm import hooks
from wiifm.faults import Fault, InvalidInput
from wiifm.packs import sharing
from wiifm.registries import (
    Calendars,
    EventTypes,
    Measures,
    Observers,
    RuleBookBuilder,
    RuleKinds,
)


@define
class Contribution:
    """All that one plugin contributes to rule books, and what was wrong with it."""

    plugin: str
    faults: list[Fault] = field(factory=list)
    types: EventTypes = field(init=False)
    rules: RuleBookBuilder = field(init=False)
    kinds: RuleKinds = field(init=False)
    measures: Measures = field(init=False)
    calendars: Calendars = field(init=False)
    observers: Observers = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.types = EventTypes(self.plugin, self.faults)
        self.rules = RuleBookBuilder(self.plugin, self.faults)
        self.kinds = RuleKinds(self.plugin, self.faults)
        self.measures = Measures(self.plugin, self.faults)
        self.calendars = Calendars(self.plugin, self.faults)
        self.observers = Observers(self.plugin, self.faults)


def plugin_manager(plugins: Iterable[object] = ()) -> pluggy.PluginManager:
    """A pluggy manager with the built-in plugin, the installed ones, and those that are given.

    >>> sorted(name for name, _ in plugin_manager().list_name_plugin() if name == "sharing")
    ['sharing']

    Raises:
        InvalidInput: an installed plugin can't be imported, or isn't a plugin.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(sharing, "sharing")
    faults = []
    for point in entry_points(group=hooks.PROJECT):
        if manager.has_plugin(point.name) or manager.is_blocked(point.name):
            continue
        try:
            manager.register(point.load(), point.name)
        except Exception as error:  # whatever a foreign import raises is that plugin's fault
            faults.append(
                Fault(f"plugin {point.name!r} ({point.value})", repr(error), "a plugin to import")
            )
    for plugin in plugins:
        try:
            manager.register(plugin, plugin_name(plugin))
        except (ValueError, pluggy.PluginValidationError) as error:
            faults.append(Fault(f"plugin {plugin_name(plugin)!r}", str(error), "a valid plugin"))
    if faults:
        raise InvalidInput(faults)
    return manager


def plugin_name(plugin: object) -> str:
    """The name a given plugin goes by: the last part of its module's or class's name."""
    name = getattr(plugin, "__name__", None) or type(plugin).__name__
    return str(name).rpartition(".")[2]


def contributions(manager: pluggy.PluginManager) -> dict[str, Contribution]:
    """What each plugin contributes, by the plugin's name."""
    return {name: _contribution(manager, name) for name, _ in manager.list_name_plugin()}


def _contribution(manager: pluggy.PluginManager, name: str) -> Contribution:
    made = Contribution(name)
    for hook, registry in (
        ("wiifm_event_types", made.types),
        ("wiifm_rules", made.rules),
        ("wiifm_rule_kinds", made.kinds),
        ("wiifm_measures", made.measures),
        ("wiifm_calendars", made.calendars),
        ("wiifm_observers", made.observers),
    ):
        _call(manager, name, hook, registry, made.faults)
    return made


def _call(
    manager: pluggy.PluginManager, name: str, hook: str, registry: object, faults: list[Fault]
) -> None:
    """Call one hook of one plugin alone, so that what it registers is known to be its own."""
    others = [plugin for other, plugin in manager.list_name_plugin() if other != name]
    caller: Callable[..., object] = manager.subset_hook_caller(hook, others)
    argument = _ARGUMENTS[hook]
    try:
        caller(**{argument: registry})
    except InvalidInput as error:
        faults += error.faults
    except Exception as error:  # a foreign hook may raise anything: told, not swallowed
        faults.append(
            Fault(f"plugin {name!r}, hook {hook}", repr(error), "a hook that registers and returns")
        )


_ARGUMENTS = {
    "wiifm_event_types": "types",
    "wiifm_rules": "book",
    "wiifm_rule_kinds": "kinds",
    "wiifm_measures": "measures",
    "wiifm_calendars": "calendars",
    "wiifm_observers": "observers",
}
