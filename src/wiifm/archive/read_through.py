"""A dictionary that reads through to a store, and caches what it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import filterfalse, islice
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_held = dict.__contains__
_value = dict.get
_MISSING: Any = object()


class ReadThrough(dict[K, V]):
    """A dictionary whose missing keys are loaded: many at once by ``recall``, or one when it is accessed.

    It behaves like a dictionary that has everything. Calling ``recall`` first saves time, and nothing depends on it. Keys that
    don't exist are cached, too. While ``enabled`` is False nothing is loaded, since there is known to be nothing.

    >>> asked = []
    >>> squares = ReadThrough(lambda keys: [asked.extend(keys), {k: k * k for k in keys if k > 0}][1])
    >>> squares.recall([2, 3]), squares[2], squares.get(-1), -1 in squares, 4 in squares
    (None, 4, None, False, True)
    >>> sorted(asked)
    [-1, 2, 3, 4]

    Args:
        load: finds the values of those of the keys that there are.
    """

    __slots__ = ("_absent", "_load", "enabled")

    def __init__(self, load: Callable[[list[K]], Mapping[K, V]]) -> None:
        super().__init__()
        self._load = load
        self._absent: set[K] = set()
        self.enabled = True

    def recall(self, keys: Iterable[K]) -> None:
        """Load those of the keys that aren't cached."""
        if not self.enabled:
            return
        missing = self._unknown({*keys})
        if missing:
            self.hold(missing, self._load(missing))

    def hold(self, keys: Iterable[K], found: Mapping[K, V]) -> None:
        """Cache some keys: those that ``found`` has, and the others as absent. Keys that are cached already stay as they are."""
        unknown = self._unknown(keys)
        self.update([(key, found[key]) for key in unknown if key in found])
        self._absent.update(filterfalse(super().__contains__, unknown))

    def _unknown(self, keys: Iterable[K]) -> list[K]:
        """Those of the keys that aren't cached, as present or absent. It calls no Python function per key."""
        return [*filterfalse(self._absent.__contains__, filterfalse(super().__contains__, keys))]

    def forget(self) -> None:
        """Clear the cache."""
        self.clear()
        self._absent.clear()

    @property
    def size(self) -> int:
        """The number of keys that are cached as present or as absent, whichever is larger."""
        return max(len(self), len(self._absent))

    def keep(self, most: int) -> None:
        """Shrink the cache to ``most`` keys, evicting the oldest. This frees no more at once than was added since the last time.

        >>> letters = ReadThrough(lambda keys: {key: key.upper() for key in keys})
        >>> letters.recall(["a"]), letters.recall(["b"]), letters.keep(1), list(letters), letters["a"]
        (None, None, None, ['b'], 'A')
        """
        for key in [*islice(self, max(0, len(self) - most))]:
            super().__delitem__(key)
            self._absent.discard(key)
        if len(self._absent) > most:
            self._absent.clear()

    def __missing__(self, key: K) -> V:
        found: V = self.get(key, _MISSING)
        if found is _MISSING:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        if _held(self, key):
            return True
        if not self.enabled or key in self._absent:
            return False
        self.recall((key,))  # type: ignore[arg-type]
        return _held(self, key)

    def get(self, key: K, default: Any = None, /) -> Any:
        """The value of a key, loaded if necessary."""
        found = _value(self, key, _MISSING)
        if found is not _MISSING:
            return found
        if not self.enabled or key in self._absent:
            return default
        self.recall((key,))
        return _value(self, key, default)

    def setdefault(self, key: K, default: V) -> V:
        """The value of a key, loaded if necessary; if there is none, the default is set."""
        if key not in self:
            self.enabled = True
            self[key] = default
        return self[key]

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._absent.add(key)

    def pop(self, key: K, default: Any = None, /) -> Any:
        """Remove a key, and return its value, loaded if necessary."""
        found = self.get(key, default)
        if super().__contains__(key):
            del self[key]
        return found

    def __bool__(self) -> bool:
        return self.enabled
