"""Calls the hooks of one plugin, and collects what it contributes and all faults.

A plugin that can't be imported, or whose hook raises, becomes a contribution with faults. Only whoever uses the plugin
gets to see them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from inspect import isfunction, ismethod, ismodule, signature

import pluggy
from attrs import define, field

from wiifm import hooks
from wiifm.failures import module_of, raised
from wiifm.faults import (
    FOREIGN_ERRORS,
    Fault,
    InvalidInput,
    literal,
    nearest,
)
from wiifm.registries import (
    Books,
    Calendars,
    Commands,
    EventTypes,
    Measures,
    Observers,
    RuleBookBuilder,
    RuleKinds,
    Sources,
    Stores,
    Words,
)
from wiifm.rulebook.draft import Draft
from wiifm.signatures import NOT_ASYNC, is_async

HOOKS = {
    name: next(iter(signature(hook).parameters))
    for name, hook in vars(hooks).items()
    if name.startswith("wiifm_")
}
"""The names of all hooks, and the name of the argument (a registry) that each takes."""

VERSION_ATTRIBUTE = "wiifm_api_version"
"""The attribute in which a plugin may say for which version of the hooks it was written."""


@define
class Contribution:
    """What one plugin contributes by those of its hooks that were called, and the faults in it.

    Each attribute from ``types`` on is the registry of a hook. ``draft`` holds what the plugin could have written in TOML.
    """

    name: str
    plugin: object = None
    distribution: str | None = None
    faults: list[Fault] = field(factory=list)
    called: list[str] = field(factory=list)
    """The hooks that were called."""
    draft: Draft = field(init=False)
    types: EventTypes = field(init=False)
    book: RuleBookBuilder = field(init=False)
    kinds: RuleKinds = field(init=False)
    measures: Measures = field(init=False)
    calendars: Calendars = field(init=False)
    observers: Observers = field(init=False)
    books: Books = field(init=False)
    sources: Sources = field(init=False)
    stores: Stores = field(init=False)
    commands: Commands = field(init=False)
    words: Words = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.draft = Draft(self.source, faults=self.faults)
        self.types = EventTypes(self.source, self.faults, self.draft)
        self.book = RuleBookBuilder(self.source, self.faults, self.draft)
        self.kinds = RuleKinds(self.source, self.faults)
        self.measures = Measures(self.source, self.faults)
        self.calendars = Calendars(self.source, self.faults)
        self.observers = Observers(self.source, self.faults)
        self.books = Books(self.source, self.faults)
        self.sources = Sources(self.source, self.faults)
        self.stores = Stores(self.source, self.faults)
        self.commands = Commands(self.source, self.faults)
        self.words = Words(self.source, self.faults)

    @property
    def source(self) -> str:
        """How messages name the plugin: with its distribution, if it is installed."""
        return f"plugin {self.name!r}" + (f" ({self.distribution})" if self.distribution else "")


def attribute(plugin: object, name: str) -> object:
    """An attribute of a plugin; None if there is none, or if getting it raises."""
    try:
        return getattr(plugin, name, None)
    except FOREIGN_ERRORS:
        return None


def collect(
    contribution: Contribution, wanted: Collection[str], others: Iterable[str] = ()
) -> Contribution:
    """Call the wanted hooks of a contribution's plugin, and return the contribution, now filled.

    The plugin has a plugin manager of its own, so that everything that is registered comes from it. ``others`` are
    names of plugins, one of which may be meant if the plugin is a text.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    try:
        # a plugin for a later version may have hooks that this one doesn't know
        if fault := _version_fault(contribution):
            contribution.faults.append(fault)
        else:
            manager.register(contribution.plugin, contribution.name)
            contribution.faults += _hook_faults(manager, contribution, others)
    except pluggy.PluginValidationError as error:
        contribution.faults += _argument_faults(contribution) or [
            Fault(contribution.source, " ".join(str(error).split()), "hooks as in wiifm.hooks")
        ]
    except FOREIGN_ERRORS as error:
        contribution.faults.append(
            Fault(contribution.source, literal(error, 200), "a plugin with hooks")
        )
    else:
        usable = [
            hook for hook in HOOKS if hook in wanted and _is_usable(manager, contribution, hook)
        ]
        for hook in usable if not isinstance(contribution.plugin, type) else ():
            _call(manager, contribution, hook)
    return contribution


def _is_usable(manager: pluggy.PluginManager, contribution: Contribution, hook: str) -> bool:
    """Whether the plugin has this hook, and it takes a registry and isn't async. If it has an unusable one, a fault is added."""
    implementations = getattr(manager.hook, hook).get_hookimpls()
    for impl in implementations:
        place = f"{contribution.source}, hook {hook}"
        if HOOKS[hook] not in impl.argnames:
            contribution.faults.append(_missing_argument_fault(place, hook, impl.function))
            return False
        if is_async(impl.function):
            contribution.faults.append(Fault(place, "a coroutine function", NOT_ASYNC))
            return False
    return bool(implementations)


def _missing_argument_fault(place: str, hook: str, function: object) -> Fault:
    """The fault of a hook that doesn't take its registry."""
    argument = HOOKS[hook]
    if ismethod(function) and next(iter(signature(function.__func__).parameters), "") == argument:
        found = f"a method whose first argument is {argument!r}"
        return Fault(place, found, f"self before it: def {hook}(self, {argument})")
    return Fault(place, "no argument", f"the argument {argument!r}")


def _version_fault(contribution: Contribution) -> Fault | None:
    """What is wrong with the version of the hooks that the plugin was written for; None if nothing is."""
    place, current = f"{contribution.source}, {VERSION_ATTRIBUTE}", hooks.API_VERSION
    version = getattr(contribution.plugin, VERSION_ATTRIBUTE, current)
    if type(version) is not int or version < 1:
        return Fault(place, literal(version), "a version of the hooks, such as 1")
    if version > current:
        expected = f"at most {current}, the version of this wiifm: upgrade wiifm, or install an earlier release of the plugin"
        return Fault(place, str(version), expected)
    return None


def _argument_faults(contribution: Contribution) -> list[Fault]:
    """The faults of hooks whose argument has another name than in ``wiifm.hooks``."""
    functions = {name: attribute(contribution.plugin, name) for name in HOOKS}
    return [
        Fault(
            f"{contribution.source}, hook {name}", f"the argument {argument!r}", repr(HOOKS[name])
        )
        for name, hook in functions.items()
        if isfunction(hook) or ismethod(hook)
        for argument, parameter in signature(hook).parameters.items()
        if argument != HOOKS[name] and parameter.default is parameter.empty
    ]


def _hook_faults(
    manager: pluggy.PluginManager, contribution: Contribution, others: Iterable[str]
) -> Iterator[Fault]:
    """The faults of misspelt hooks, of hooks without ``@hookimpl``, and of a plugin without hooks."""
    plugin, place = contribution.plugin, contribution.source
    callers = manager.get_hookcallers(plugin) or []
    marked = {caller.name for caller in callers}
    for caller in callers:
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls()):
            expected, hint = "one of " + ", ".join(HOOKS), nearest(caller.name, HOOKS)
            yield Fault(place, f"an unknown hook {caller.name!r}", expected, hint)
    unmarked = sorted((HOOKS.keys() & set(dir(plugin))) - marked)
    for hook in unmarked:
        yield Fault(
            f"{place}, hook {hook}", "a function without a mark", "@wiifm.hookimpl above it"
        )
    if isinstance(plugin, type):
        yield Fault(place, "a class", f"an instance of it: {contribution.name}()")
    elif not marked and not unmarked:
        yield from _without_hooks(plugin, place, others)


def _without_hooks(plugin: object, place: str, others: Iterable[str]) -> Iterator[Fault]:
    """The faults of a plugin without hooks: its functions that may be meant as hooks, or its classes and objects that have hooks."""
    names = dir(plugin)
    for name in names:
        if callable(attribute(plugin, name)) and (meant := _hook_meant(name)):
            expected = "@wiifm.hookimpl above a function with the name of a hook"
            yield Fault(place, f"{name}, a function without a mark", expected, meant)
    inside = [each for each in names if HOOKS.keys() & set(dir(attribute(plugin, each)))]
    if ismodule(plugin) and inside:
        found = f"a module without hooks, in which {' and '.join(inside)} has them"
        yield Fault(
            place,
            found,
            "hooks that are functions of the module, or the name of an object with hooks: MODULE:OBJECT",
        )
    elif not any(map(_hook_meant, names)):
        expected = "a module or an object with hooks: " + ", ".join(HOOKS)
        similar = nearest(plugin, others) if isinstance(plugin, str) else None
        yield Fault(place, literal(plugin), expected, f"use = [{similar!r}]" if similar else None)


def _hook_meant(name: str) -> str | None:
    """The hook that a function's name may mean."""
    prefix = f"{hooks.PROJECT}_"
    meant = nearest(name, HOOKS) if name.startswith(prefix) else None
    return meant or (f"{prefix}{name}" if f"{prefix}{name}" in HOOKS else None)


def _call(manager: pluggy.PluginManager, contribution: Contribution, hook: str) -> None:
    """Call one hook of the plugin; if it raises, or returns anything, faults are added."""
    place, argument = f"{contribution.source}, hook {hook}", HOOKS[hook]
    expected = "a hook that registers and returns nothing"
    contribution.called.append(hook)
    try:
        returned = getattr(manager.hook, hook)(**{argument: getattr(contribution, argument)})
    except InvalidInput as error:
        contribution.faults += [fault.inside(place) for fault in error.faults]
    except FOREIGN_ERRORS as error:
        found = raised(error, module_of(attribute(contribution.plugin, hook)))
        contribution.faults.append(Fault(place, found, expected))
    else:
        contribution.faults += [Fault(place, literal(value), expected) for value in returned]
