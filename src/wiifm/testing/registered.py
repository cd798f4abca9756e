"""Calls one hook of a plugin, for the contracts that look at what it registers."""

from __future__ import annotations

from wiifm.contributions import Contribution, collect
from wiifm.plugins import plugin_name


def contribution_of(plugin: object, hook: str) -> Contribution:
    """What a plugin registers by a hook.

    >>> from wiifm.packs import sharing
    >>> "sharing" in contribution_of(sharing, "wiifm_books").books.registered
    True

    Raises:
        AssertionError: it has no such hook, or something is wrong with what it registers.
    """
    found = collect(Contribution(plugin_name(plugin), plugin), {hook})
    assert not found.faults, "\n".join(map(str, found.faults))
    assert hook in found.called, f"make_plugin must return a plugin with the hook {hook}"
    return found
