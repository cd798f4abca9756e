"""What one plugin contributes: it is handed registries by its hooks, and what is wrong with these is told.

A plugin that can't be imported, or that raises, is a contribution with faults: they are told to whoever names the plugin,
and to nobody else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from inspect import isfunction, ismethod, signature

import pluggy
from attrs import define, field

from wiifm import hooks
from wiifm.faults import (
    DISTURBANCES,
    NOT_ASYNC,
    Fault,
    InvalidInput,
    is_async,
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

HOOKS = {
    name: next(iter(signature(hook).parameters))
    for name, hook in vars(hooks).items()
    if name.startswith("wiifm_")
}
"""The hooks, and what each calls the registry that it is handed."""

WRITTEN_FOR = "wiifm_api_version"
"""The attribute by which a plugin may say for which version of the hooks it was written."""


@define
class Contribution:
    """All that one plugin contributes, as far as it was asked for, and what was wrong with it."""

    name: str
    plugin: object = None
    distribution: str | None = None
    faults: list[Fault] = field(factory=list)
    called: list[str] = field(factory=list)
    """Its hooks that were called."""
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
        """How messages name the plugin: with its distribution, where it comes with one."""
        return f"plugin {self.name!r}" + (f" ({self.distribution})" if self.distribution else "")


def attribute(plugin: object, name: str) -> object:
    """An attribute of a plugin; None where there is none, or asking for it raises."""
    try:
        return getattr(plugin, name, None)
    except DISTURBANCES:
        return None


def collected(
    made: Contribution, asked: Collection[str], others: Iterable[str] = ()
) -> Contribution:
    """Have a plugin contribute, registered alone, so that what it registers is known to be its own."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    try:
        if fault := _version_fault(made):  # it may well have hooks that there aren't yet
            made.faults.append(fault)
        else:
            manager.register(made.plugin, made.name)
            made.faults += _hook_faults(manager, made, others)
    except pluggy.PluginValidationError as error:
        made.faults += _argument_faults(made) or [
            Fault(made.source, " ".join(str(error).split()), "hooks as in wiifm.hooks")
        ]
    except DISTURBANCES as error:
        made.faults.append(Fault(made.source, literal(error, 200), "a plugin with hooks"))
    else:
        fitting = [hook for hook in HOOKS if hook in asked and _fits(manager, made, hook)]
        for hook in fitting if not isinstance(made.plugin, type) else ():
            _call(manager, made, hook)
    return made


def _fits(manager: pluggy.PluginManager, made: Contribution, hook: str) -> bool:
    """Whether a plugin has a hook that takes what it is handed, and is done when it returns; one that doesn't is told why."""
    found = getattr(manager.hook, hook).get_hookimpls()
    for impl in found:
        place = f"{made.source}, hook {hook}"
        if HOOKS[hook] not in impl.argnames:
            made.faults.append(Fault(place, "no argument", f"{HOOKS[hook]!r}, to register at"))
            return False
        if is_async(impl.function):
            expected = NOT_ASYNC
            made.faults.append(Fault(place, "a coroutine function", expected))
            return False
    return bool(found)


def _version_fault(made: Contribution) -> Fault | None:
    """What is wrong with the version of the hooks that a plugin says it was written for."""
    place, there = f"{made.source}, {WRITTEN_FOR}", hooks.API_VERSION
    said = getattr(made.plugin, WRITTEN_FOR, there)
    if type(said) is not int or said < 1:
        return Fault(place, literal(said), "a version of the hooks, such as 1")
    if said > there:
        expected = f"at most {there}, as this wiifm has it: upgrade wiifm, or take an earlier release of the plugin"
        return Fault(place, str(said), expected)
    return None


def _argument_faults(made: Contribution) -> list[Fault]:
    """Hooks that name what they are handed otherwise than wiifm does."""
    hooks_there = {name: attribute(made.plugin, name) for name in HOOKS}
    return [
        Fault(f"{made.source}, hook {name}", f"the argument {argument!r}", repr(HOOKS[name]))
        for name, hook in hooks_there.items()
        if isfunction(hook) or ismethod(hook)
        for argument, parameter in signature(hook).parameters.items()
        if argument != HOOKS[name] and parameter.default is parameter.empty
    ]


def _hook_faults(
    manager: pluggy.PluginManager, made: Contribution, others: Iterable[str]
) -> Iterator[Fault]:
    """Hooks that are misspelt or not marked, or none at all."""
    plugin, place = made.plugin, made.source
    callers = manager.get_hookcallers(plugin) or []
    marked = {caller.name for caller in callers}
    for caller in callers:
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls()):
            expected, hint = "one of " + ", ".join(HOOKS), nearest(caller.name, HOOKS)
            yield Fault(place, f"an unknown hook {caller.name!r}", expected, hint)
    unmarked = sorted((HOOKS.keys() & set(dir(plugin))) - marked)
    for hook in unmarked:
        yield Fault(f"{place}, hook {hook}", "no mark", "@wiifm.hookimpl above it")
    if isinstance(plugin, type):
        yield Fault(place, "a class", f"an instance of it: {made.name}()")
    elif not marked and not unmarked:
        expected = "a module or an object with hooks: " + ", ".join(HOOKS)
        meant = nearest(plugin, others) if isinstance(plugin, str) else None
        yield Fault(place, literal(plugin), expected, f"use = [{meant!r}]" if meant else None)


def _call(manager: pluggy.PluginManager, made: Contribution, hook: str) -> None:
    """Have a plugin register what it contributes by one hook; whatever it raises is told, not swallowed."""
    place, argument = f"{made.source}, hook {hook}", HOOKS[hook]
    expected = "a hook that registers and returns nothing"
    made.called.append(hook)
    try:
        returned = getattr(manager.hook, hook)(**{argument: getattr(made, argument)})
    except InvalidInput as error:
        made.faults += [fault.inside(place) for fault in error.faults]
    except DISTURBANCES as error:
        made.faults.append(Fault(place, literal(error, 200), expected))
    else:
        made.faults += [Fault(place, literal(value), expected) for value in returned]
