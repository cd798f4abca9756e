"""From a URL to the store that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from wiifm.faults import DISTURBANCES, Fault, StoreFault, WiifmError, literal, nearest, shown
from wiifm.plugins import find_plugins
from wiifm.registries import Opener
from wiifm.stores.memory import MemoryStore
from wiifm.stores.protocol import Store
from wiifm.stores.sqlite import SqliteStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
"""What stands ahead of the first colon; a single letter is a drive of Windows."""

LONGEST = 86_400
"""Nobody waits for a turn for more seconds than this, a day."""


def open_store(url: str, disabled: Collection[str] = ()) -> Store:
    """The store that a URL names.

    ===============================================  ===========================================
    ``sqlite:///acme.db``                            a file of this folder
    ``sqlite:////srv/acme.db``                       a file of anywhere
    ``postgresql://user@host/database?schema=acme``  a schema of a PostgreSQL database
    ``memory:``                                      nowhere: it is gone when the process ends
    ===============================================  ===========================================

    ``timeout=60`` behind a question mark says for how many seconds a writer waits for its turn.

    Plugins add further schemes by the hook ``wiifm_stores``; they are only looked at for one that isn't ours.

    >>> open_store("acme.db")
    Traceback (most recent call last):
    wiifm.faults.StoreFault: store 'acme.db': found no scheme, expected a URL; did you mean 'sqlite:///acme.db'?

    Args:
        url: where the rows are.
        disabled: plugins that are not asked.

    Raises:
        StoreFault: it isn't such a URL, or what it names can't be opened.
    """
    scheme = scheme_of(url)
    if scheme is None:
        raise StoreFault(f"store {_without_scheme(url)}")
    opener = OPENERS.get(scheme) or _of_a_plugin(scheme, disabled)
    return opener(url)


def scheme_of(text: str) -> str | None:
    """The scheme of what may be a URL; None where there is none.

    >>> scheme_of("SQLite:///acme.db"), scheme_of("acme.db"), scheme_of("C:/acme.db")
    ('sqlite', None, None)
    """
    found = _SCHEME.match(text)
    return found and found[1].lower()


_OF_STORES = ("prepare", "reading", "writing", "close")
"""What every store can do."""


def _of_a_plugin(scheme: str, disabled: Collection[str]) -> Opener:
    """What opens the stores of a scheme that isn't ours, guarded."""
    plugins = find_plugins(disabled=disabled, hooks={"wiifm_stores"})
    offered = plugins.offered(lambda each: each.stores.registered)
    owners = offered.get(scheme, {})
    if len(owners) > 1:
        raise StoreFault(str(plugins.ambiguity("store", scheme, owners)))
    if not owners:
        known = sorted({*OPENERS, *offered})
        fault = Fault(
            f"store '{scheme}:...'",
            f"the scheme {scheme!r}",
            f"one of: {', '.join(known)}{plugins.switched_off_note()}",
            nearest(scheme, known),
        )
        broken = [each for found in plugins.contributions.values() for each in found.faults]
        raise StoreFault("\n".join(map(str, [fault, *plugins.faults, *broken])))
    ((owner, opener),) = owners.items()
    source = plugins.contributions[owner].source

    def guarded(url: str) -> Store:
        try:
            store = opener(url)
        except WiifmError:
            raise
        except DISTURBANCES as error:
            raise StoreFault(
                f"store '{scheme}:...' of {source}: it raised {shown(error)}"
            ) from error
        lacks = [name for name in _OF_STORES if not callable(getattr(store, name, None))]
        if lacks:
            raise StoreFault(
                f"store '{scheme}:...' of {source}: found {shown(store)}, expected a store; it has no {', '.join(lacks)}"
            )
        return store

    return guarded


def _without_scheme(text: str) -> str:
    """What is wrong with it; it isn't shown if there might be a password in it."""
    if not text or set("@=") & set(text):
        shown = "'...'" if text else "''"
        return f"{shown}: found no scheme, expected a URL, such as sqlite:///acme.db"
    meant = literal(f"sqlite:///{text}")
    return f"{literal(text)}: found no scheme, expected a URL; did you mean {meant}?"


def _memory(url: str) -> Store:
    _, options = _apart(url)
    return MemoryStore(timeout=_timeout(options))


def _sqlite(url: str) -> Store:
    address, options = _apart(url)
    path = address.partition(":")[2]
    if not path.startswith("///") or path == "///":
        raise StoreFault(
            f"store {literal(url)}: found no path, expected sqlite:///acme.db (in this folder) "
            "or sqlite:////srv/acme.db"
        )
    return SqliteStore(path.removeprefix("///"), timeout=_timeout(options))


def _postgres(url: str) -> Store:
    try:
        from wiifm.stores.postgres import PostgresStore  # noqa: PLC0415 - the extra may be missing
    except ImportError as error:
        raise StoreFault(str(error)) from error
    address, options = _apart(url)
    own = {"timeout": options.pop("timeout")} if "timeout" in options else {}
    query = "&".join(f"{name}={value}" for name, value in options.items())
    return PostgresStore(f"{address}?{query}", timeout=_timeout(own))


def _apart(url: str) -> tuple[str, dict[str, str]]:
    """What stands ahead of the question mark, and the options behind it."""
    address, _, query = url.partition("?")
    return address, dict(option.partition("=")[::2] for option in query.split("&") if option)


def _timeout(options: dict[str, str]) -> float:
    """The only option that stores themselves have."""
    for name in options:
        if name != "timeout":
            raise StoreFault(f"store: found the option {literal(name)}, expected: timeout")
    said = options.get("timeout", "30")
    try:
        timeout = float(said)
    except ValueError:
        timeout = -1
    if not 0 <= timeout <= LONGEST:
        raise StoreFault(f"store, timeout: found {literal(said)}, expected seconds, such as 60")
    return timeout


OPENERS: Mapping[str, Callable[[str], Store]] = MappingProxyType(
    {"memory": _memory, "postgres": _postgres, "postgresql": _postgres, "sqlite": _sqlite}
)
"""What opens the URLs of our own stores, by their schemes."""
