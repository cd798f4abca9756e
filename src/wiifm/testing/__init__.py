"""For those who extend wiifm: what a rule, a measure, a source or an observer must keep, as tests to inherit from.

``pytest`` finds the fixtures by itself wherever wiifm is installed, so nothing is imported here until somebody asks for it; the
strategies and the contracts need Hypothesis (extra ``testing``).
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiifm.differences import difference
    from wiifm.testing.law import check_law
    from wiifm.testing.measures import MeasureContract
    from wiifm.testing.observers import DeliveryContract, ObserverContract
    from wiifm.testing.purity import impurities
    from wiifm.testing.rules import RuleContract
    from wiifm.testing.shaming import shaming
    from wiifm.testing.sources import SourceContract
    from wiifm.testing.stores import StoreContract
    from wiifm.testing.strategies import communities, events, histories, rule_books

else:  # or a type checker takes any name at all

    def __getattr__(name: str) -> object:
        """A name of the test kit, from its module."""
        home = _HOMES.get(name)
        if home is None:
            told = f"module 'wiifm.testing' has no attribute {name!r}"
            raise AttributeError(told, name=name, obj=sys.modules[__name__])
        try:
            module = import_module(home)
        except ModuleNotFoundError as error:
            if error.name not in ("hypothesis", "pytest"):
                raise
            told = (
                f"the test kit needs {error.name}; install the extra: pip install 'wiifm[testing]'"
            )
            raise ImportError(told) from None
        found = globals()[name] = getattr(module, name)
        return found


_HOMES = {
    "DeliveryContract": "wiifm.testing.observers",
    "MeasureContract": "wiifm.testing.measures",
    "ObserverContract": "wiifm.testing.observers",
    "RuleContract": "wiifm.testing.rules",
    "SourceContract": "wiifm.testing.sources",
    "StoreContract": "wiifm.testing.stores",
    "check_law": "wiifm.testing.law",
    "communities": "wiifm.testing.strategies",
    "difference": "wiifm.differences",
    "events": "wiifm.testing.strategies",
    "histories": "wiifm.testing.strategies",
    "impurities": "wiifm.testing.purity",
    "rule_books": "wiifm.testing.strategies",
    "shaming": "wiifm.testing.shaming",
}
"""In which module each name lives."""


def __dir__() -> list[str]:
    """What there is to import."""
    return sorted([*globals(), *__all__])


__all__ = [
    "DeliveryContract",
    "MeasureContract",
    "ObserverContract",
    "RuleContract",
    "SourceContract",
    "StoreContract",
    "check_law",
    "communities",
    "difference",
    "events",
    "histories",
    "impurities",
    "rule_books",
    "shaming",
]
