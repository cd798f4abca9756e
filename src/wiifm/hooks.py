"""The hooks: what a plugin may contribute to wiifm.

A plugin is a module or an object with some of these functions, each marked with :data:`hookimpl`. It is found by an
entry point in the group ``wiifm``, or given to ``RuleBook.load(..., plugins=[...])``. Each hook is called with a registry,
at which the plugin registers what it contributes. No hook is called for a single event: the hooks for rule books are
called each time a book is loaded, the others when a source, a store, a command or a language is looked up by its name.

A plugin may say for which version of the hooks it was written: ``wiifm_api_version = 1`` beside its hooks. If it is later
than ``API_VERSION``, whoever uses the plugin gets an error. Before a hook is removed, it is deprecated for at least one
minor version: ``@hookspec(warn_on_impl=DeprecationWarning("use ... instead"))``. Then ``API_VERSION`` is incremented.
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
"""Incremented when a hook is removed or takes another argument; a new hook doesn't change it."""

PROJECT = "wiifm"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as a hook: ``@hookimpl``."""


@hookspec
def wiifm_event_types(types: EventTypes) -> None:
    """Declare event types, for books that use the plugin: ``types.add(EventType(...))``."""


@hookspec
def wiifm_rules(book: RuleBookBuilder) -> None:
    """Contribute rules, badges and more, for books that use the plugin: ``book.toml(...)``, ``book.add(...)``, ``@book.rule(...)``."""


@hookspec
def wiifm_rule_kinds(kinds: RuleKinds) -> None:
    """Contribute rule kinds, which decide amounts in Python: ``kinds.add(RuleKind(...))``."""


@hookspec
def wiifm_measures(measures: Measures) -> None:
    """Contribute measures for criteria and judged rules: ``measures.add(Measure(...))``."""


@hookspec
def wiifm_calendars(calendars: Calendars) -> None:
    """Contribute calendars of holidays: ``calendars.add("de", {date(2026, 12, 25), ...})``."""


@hookspec
def wiifm_observers(observers: Observers) -> None:
    """Contribute observers, which get the receipts of each batch, and deliveries: ``observers.add(call, Delivery("crm", to))``."""


@hookspec
def wiifm_books(books: Books) -> None:
    """Contribute packs, which are rule books that others build on: ``books.add("kudos", files(__package__) / "kudos.toml")``."""


@hookspec
def wiifm_sources(sources: Sources) -> None:
    """Contribute readers of foreign formats: ``sources.add("mbox", read)``, where ``read(stream, file)`` yields lines."""


@hookspec
def wiifm_stores(stores: Stores) -> None:
    """Contribute kinds of stores, by URL scheme: ``stores.add("redis", open)``, where ``open(url)`` returns a store."""


@hookspec
def wiifm_commands(commands: Commands) -> None:
    """Contribute commands of the command line ``wiifm``: ``commands.add(command)``, each a ``click.Command``."""


@hookspec
def wiifm_words(words: Words) -> None:
    """Contribute a language, or other words for one that exists: ``words.add("nl", files(__package__) / "nl.po")``."""
