"""Opens the store that a URL names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import cast

from wiifm.archive.stored_book import check_store
from wiifm.faults import (
    FOREIGN_ERRORS,
    Fault,
    InvalidURL,
    StoreFault,
    WiifmError,
    literal,
    nearest,
    shown,
)
from wiifm.plugins import find_plugins
from wiifm.rulebook.check_attributes import with_article
from wiifm.stores.holding import Held
from wiifm.stores.memory import MemoryStore
from wiifm.stores.protocol import OpenStore, Store
from wiifm.stores.sqlite import SqliteStore

_SUCH_AS = "such as sqlite:///acme.db"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
"""The part before the first colon. A single letter would be a Windows drive."""

MAX_TIMEOUT = 86_400
"""The longest timeout in seconds, a day."""


def open_store(url: str, disabled: Collection[str] = ()) -> OpenStore:
    """The store that a URL names, such as ``sqlite:///acme.db`` or ``postgresql://user@host/database?schema=acme``. A ``with`` block closes it.

    Plugins add further schemes with the hook ``wiifm_stores``. They are only searched for schemes that aren't built in.

    >>> with open_store("memory:") as store:
    ...     print(store)
    in memory
    >>> open_store("acme.db")
    Traceback (most recent call last):
    wiifm.faults.InvalidURL: store 'acme.db': found no scheme, expected a URL; did you mean 'sqlite:///acme.db'?

    Args:
        url: names the store.
        disabled: plugins that aren't searched.

    Raises:
        InvalidURL: the URL isn't valid.
        StoreFault: the store can't be opened.
    """
    if not isinstance(url, str):
        raise InvalidURL([Fault("store", with_article(type(url)), "a URL, " + _SUCH_AS)])
    scheme = scheme_of(url)
    if scheme is None:
        raise InvalidURL([_no_scheme_fault(url)])
    opener = OPENERS.get(scheme) or _plugin_opener(scheme, disabled)
    return opener(url)


@contextmanager
def opened(store: Store | str, disabled: Collection[str] = ()) -> Iterator[Store]:
    """A store that is open: the given one, or the one that a URL names, which is closed at the end of the block.

    >>> with opened("memory:") as store:
    ...     print(store)
    in memory

    Raises:
        InvalidInput: it is neither.
        StoreFault: the store can't be opened.
    """
    if isinstance(store, str):
        with open_store(store, disabled) as found:
            yield found
    else:
        check_store(store)
        yield store


def scheme_of(text: str) -> str | None:
    """The scheme of a text that may be a URL, in lower case; None if there is none.

    >>> scheme_of("SQLite:///acme.db"), scheme_of("acme.db"), scheme_of("C:/acme.db")
    ('sqlite', None, None)
    """
    found = _SCHEME.match(text)
    return found and found[1].lower()


_STORE_METHODS = ("prepare", "reading", "writing", "close")
"""The methods that every store has."""


def _plugin_opener(scheme: str, disabled: Collection[str]) -> Callable[[str], OpenStore]:
    """The opener of a scheme that plugins offer, guarded against exceptions and wrong results."""
    plugins = find_plugins(disabled=disabled, hooks={"wiifm_stores"})
    offered = plugins.offered(lambda each: each.stores.registered)
    owners = offered.get(scheme, {})
    if len(owners) > 1:
        raise InvalidURL([plugins.ambiguity("store", scheme, owners)])
    if not owners:
        known = sorted({*OPENERS, *offered})
        fault = Fault(
            f"store '{scheme}:...'",
            f"the scheme {scheme!r}",
            f"one of: {', '.join(known)}{plugins.switched_off_note()}",
            nearest(scheme, known),
        )
        broken = [each for found in plugins.contributions.values() for each in found.faults]
        raise InvalidURL([fault, *plugins.faults, *broken])
    ((owner, opener),) = owners.items()
    source = plugins.contributions[owner].source

    def guarded(url: str) -> OpenStore:
        try:
            store = opener(url)
        except WiifmError:
            raise
        except FOREIGN_ERRORS as error:
            raise StoreFault(
                f"store '{scheme}:...' of {source}: it raised {shown(error)}"
            ) from error
        missing = [name for name in _STORE_METHODS if not callable(getattr(store, name, None))]
        if missing:
            raise StoreFault(
                f"store '{scheme}:...' of {source}: found {shown(store)}, expected a store; it has no {', '.join(missing)}"
            )
        closes_itself = isinstance(store, AbstractContextManager)
        return cast(OpenStore, store) if closes_itself else Held(store)

    return guarded


def _no_scheme_fault(text: str) -> Fault:
    """The fault of a text without a scheme. If there might be a password in it, the text isn't shown."""
    if not text or set("@=") & set(text):
        shown = "'...'" if text else "''"
        return Fault(f"store {shown}", "no scheme", "a URL, " + _SUCH_AS)
    meant, place = f"sqlite:///{text}", f"store {literal(text)}"
    if len(meant) >= 60 or text.removesuffix(".gz").endswith((".toml", ".jsonl")):
        return Fault(place, "no scheme", "a URL, " + _SUCH_AS)
    return Fault(place, "no scheme", "a URL", meant)


def _memory(url: str) -> OpenStore:
    _, options = _split(url)
    return MemoryStore(timeout=_timeout(options))


def _sqlite(url: str) -> OpenStore:
    address, options = _split(url)
    path = address.partition(":")[2]
    if not path.startswith("///") or path == "///":
        expected = "sqlite:///acme.db (in this folder) or sqlite:////srv/acme.db"
        # with an @ it may be another database's, with a password
        place = "store 'sqlite:...'" if "@" in url else f"store {literal(url)}"
        raise InvalidURL([Fault(place, "no path", expected)])
    if path == "///:memory:":
        expected = "a path; memory: is a store in memory"
        raise InvalidURL([Fault(f"store {literal(url)}", "no file to keep rows in", expected)])
    return SqliteStore(path.removeprefix("///"), timeout=_timeout(options))


def _postgres(url: str) -> OpenStore:
    try:
        from wiifm.stores.postgres import PostgresStore  # noqa: PLC0415 - the extra may be missing
    except ImportError as error:
        raise StoreFault(str(error)) from error
    address, options = _split(url)
    own = {"timeout": options.pop("timeout")} if "timeout" in options else {}
    query = "&".join(f"{name}={value}" for name, value in options.items())
    return PostgresStore(f"{address}?{query}", timeout=_timeout(own))


def _split(url: str) -> tuple[str, dict[str, str]]:
    """The part before the question mark, and the options after it."""
    address, _, query = url.partition("?")
    return address, dict(option.partition("=")[::2] for option in query.split("&") if option)


def _timeout(options: dict[str, str]) -> float:
    """The timeout in the options of a URL, which is the only option that stores have by themselves."""
    for name in options:
        if name != "timeout":
            raise InvalidURL([Fault("store", f"the option {literal(name)}", "timeout=SECONDS")])
    given = options.get("timeout", "30")
    try:
        timeout = float(given)
    except ValueError:
        timeout = -1
    if not 0 <= timeout <= MAX_TIMEOUT:
        raise InvalidURL([Fault("store, timeout", literal(given), "seconds, such as 60")])
    return timeout


OPENERS: Mapping[str, Callable[[str], OpenStore]] = MappingProxyType(
    {"memory": _memory, "postgres": _postgres, "postgresql": _postgres, "sqlite": _sqlite}
)
"""The functions that open the URLs of the built-in stores, by scheme."""
