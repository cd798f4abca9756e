"""``FrozenDict``: a dict that can't be changed. Value classes keep their mappings as such dicts, by ``frozen_mappings``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from attrs import Attribute

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that can't be changed. If its values can be hashed, so can it.

    It is read, compared, shown, pickled and written as JSON like any other dict. ``{**frozen, key: value}`` is a changed copy.

    >>> levels = FrozenDict({"path": "newcomer"})
    >>> levels, levels["path"], levels == {"path": "newcomer"}
    ({'path': 'newcomer'}, 'newcomer', True)
    >>> levels["path"] = "guide"
    Traceback (most recent call last):
    TypeError: this mapping can't be changed; make another one, such as {**mapping, key: value}
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "this mapping can't be changed; make another one, such as {**mapping, key: value}"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)

    def __copy__(self) -> FrozenDict[K, V]:
        return self


def frozen_mappings(_: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Have a class of attrs keep its mappings as ``FrozenDict``: its ``field_transformer``.

    A converter in each ``field`` would do the same, but type checkers would no longer know what the mapping holds.

    >>> from attrs import frozen
    >>> @frozen(field_transformer=frozen_mappings)
    ... class Prices:
    ...     of: Mapping[str, int]
    >>> given = {"apple": 3}
    >>> prices = Prices(given)
    >>> given["apple"] = 4
    >>> prices
    Prices(of={'apple': 3})
    """
    return [each.evolve(converter=_as_frozen) if _is_mapping(each) else each for each in fields]


def _is_mapping(attribute: Attribute[Any]) -> bool:
    return str(attribute.type).removeprefix("collections.abc.").startswith("Mapping[")


def _as_frozen(given: object) -> object:
    """A copy of a mapping, unless it is frozen already. Anything else as it is: whoever checks the types refuses it."""
    if type(given) is dict:  # isinstance of an abstract class would take longer than the copy
        return FrozenDict(given)
    if type(given) is FrozenDict or not isinstance(given, Mapping):
        return given
    return FrozenDict(given)
