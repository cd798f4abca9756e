"""What a plugin may contribute to wiifm: all hooks on one page.

Each hook is called once for each rule book that is made, with an object to register at; nothing is called for a single event. A
plugin is any object with some of these functions, marked with :data:`hookimpl`; it is found by an entry point
of the group ``wiifm``, or handed to ``RuleBook.load(..., plugins=[...])``. Hooks are called when somebody asks
for what they register: those of rule books when a book is gathered, the others when events are read by a source's name, and
when the command line looks for commands.

A hook that is to go is deprecated first: ``@hookspec(warn_on_impl=DeprecationWarning("use ... instead"))`` tells
the authors of plugins that still have it, for one minor version at least; then it goes, and ``API_VERSION`` grows. A plugin
may say for which version it was written, ``wiifm_api_version = 1`` beside its hooks; one that asks for a later one is told to whoever
names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
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

API_VERSION = 1
"""Grows when a hook goes or takes something else; a new hook leaves it as it is."""

PROJECT = "wiifm"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks the functions of a plugin: ``@hookimpl``."""


@hookspec
def wiifm_event_types(types: EventTypes) -> None:
    """Declare event types: ``types.add(EventType(...))``. They are there for books that name the plugin."""


@hookspec
def wiifm_rules(book: RuleBookBuilder) -> None:
    """Contribute rules and badges: ``book.toml(...)``, ``book.add(...)``, ``@book.rule(...)``."""


@hookspec
def wiifm_rule_kinds(kinds: RuleKinds) -> None:
    """Contribute ways to decide an amount: ``kinds.add(RuleKind(...))``."""


@hookspec
def wiifm_measures(measures: Measures) -> None:
    """Contribute measures for criteria: ``measures.add(Measure(...))``."""


@hookspec
def wiifm_calendars(calendars: Calendars) -> None:
    """Contribute holidays: ``calendars.add("de", {date(2026, 12, 25), ...})``."""


@hookspec
def wiifm_observers(observers: Observers) -> None:
    """Contribute observers, told per batch, and durable ones: ``observers.add(call, Delivery("crm", to))``."""


@hookspec
def wiifm_books(books: Books) -> None:
    """Contribute rule books to build on, packs: ``books.add("kudos", files(__package__) / "kudos.toml")``."""


@hookspec
def wiifm_sources(sources: Sources) -> None:
    """Contribute readers of foreign payloads: ``sources.add("mbox", read)``; ``read(stream, file)`` yields lines."""


@hookspec
def wiifm_stores(stores: Stores) -> None:
    """Contribute stores by the scheme of their URLs: ``stores.add("redis", open)``; ``open(url)`` answers a store."""


@hookspec
def wiifm_commands(commands: Commands) -> None:
    """Contribute commands to ``wiifm``: ``commands.add(command)``, each one of click's."""


@hookspec
def wiifm_words(words: Words) -> None:
    """Contribute a language: ``words.add("nl", files(__package__) / "nl.po")``; of one that is there, what to say otherwise."""
