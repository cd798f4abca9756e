"""From a URL to the store that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from wiifm.faults import StoreFault, literal, nearest
from wiifm.stores.memory import MemoryStore
from wiifm.stores.protocol import Store
from wiifm.stores.sqlite import SqliteStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
"""What stands ahead of a colon; a single letter is a drive of Windows."""


def open_store(url: str, openers: Mapping[str, Callable[[str], Store]] | None = None) -> Store:
    """The store that a URL names. ``timeout=60`` in its query is for how many seconds a writer waits for its turn.

    ===============================================  ==========================================
    ``memory:``                                      in memory, for as long as the process runs
    ``sqlite:///acme.db``                            a file of this folder
    ``sqlite:////srv/acme.db``                       a file of anywhere
    ``postgresql://user@host/database?schema=acme``  a schema of a PostgreSQL database
    ===============================================  ==========================================

    >>> open_store("acme.db")
    Traceback (most recent call last):
    wiifm.faults.StoreFault: store 'acme.db': found no scheme, expected a URL; did you mean 'sqlite:///acme.db'?

    Args:
        url: where the rows are kept.
        openers: what opens the URLs of further schemes, by their names.

    Raises:
        StoreFault: the URL isn't one, or what it names can't be opened.
    """
    known = {**OPENERS, **(openers or {})}
    found = _SCHEME.match(url)
    if found is None:
        raise StoreFault(f"store {_shown(url)}: found no scheme, expected a URL{_meant(url)}")
    scheme = found[1].lower()
    if scheme not in known:
        near = nearest(scheme, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise StoreFault(
            f"store '{scheme}:...': found the scheme {scheme!r}, expected one of: {', '.join(sorted(known))}{hint}"
        )
    return known[scheme](url)


def _shown(url: str) -> str:
    """What may be shown of it: all, unless there might be a password in it."""
    return "'...'" if set("@=") & set(url) else literal(url)


def _meant(url: str) -> str:
    return (
        f"; did you mean {literal('sqlite:///' + url)}?" if _shown(url) != "'...'" and url else ""
    )


def _memory(url: str) -> Store:
    _, options = _apart(url)
    return MemoryStore(**options)


def _sqlite(url: str) -> Store:
    address, options = _apart(url)
    path = address.partition(":")[2]
    if not path.startswith("///") or path == "///":
        raise StoreFault(
            f"store {literal(url)}: found no path, expected sqlite:///acme.db (in this folder) "
            "or sqlite:////srv/acme.db"
        )
    return SqliteStore(path.removeprefix("///"), **options)


def _postgres(url: str) -> Store:
    try:
        from wiifm.stores.postgres import PostgresStore  # noqa: PLC0415 - the extra may be missing
    except ImportError as error:
        raise StoreFault(str(error)) from error
    address, options = _apart(url)
    return PostgresStore(address, **options)


def _apart(url: str) -> tuple[str, dict[str, float]]:
    """The URL without ``timeout``, and that."""
    address, _, query = url.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if "timeout" not in options:
        return url, {}
    said = options.pop("timeout")
    try:
        timeout = float(said)
    except ValueError:
        raise StoreFault(
            f"store, timeout: found {literal(said)}, expected seconds, such as 60"
        ) from None
    return address + ("?" + urlencode(options) if options else ""), {"timeout": timeout}


OPENERS: Mapping[str, Callable[[str], Store]] = MappingProxyType(
    {"memory": _memory, "postgres": _postgres, "postgresql": _postgres, "sqlite": _sqlite}
)
"""What opens the URLs of our own stores, by their schemes."""
