"""The test kit for plugin authors: contracts to inherit tests from, Hypothesis strategies, and checks.

Its pytest fixtures are in :mod:`wiifm.testing.plugin`, which pytest loads by itself wherever wiifm is installed. So a name is imported
only when it is used; contracts and strategies need Hypothesis (extra ``testing``).
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiifm.differences import difference
    from wiifm.testing.calendars import CalendarContract
    from wiifm.testing.law import check_law
    from wiifm.testing.measures import MeasureContract
    from wiifm.testing.observers import DeliveryContract, ObserverContract
    from wiifm.testing.packs import PackContract
    from wiifm.testing.purity import impurities
    from wiifm.testing.rules import RuleContract
    from wiifm.testing.shaming import shaming
    from wiifm.testing.sources import SourceContract
    from wiifm.testing.stores import StoreContract
    from wiifm.testing.strategies import communities, events, histories, rule_books
    from wiifm.testing.words import WordsContract

else:  # for a type checker, a module with __getattr__ would have every name

    def __getattr__(name: str) -> object:
        """A name of the test kit, imported from its module."""
        module_name = _HOMES.get(name)
        if module_name is None:
            message = f"module 'wiifm.testing' has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=sys.modules[__name__])
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name not in ("hypothesis", "pytest"):
                raise
            message = (
                f"the test kit needs {error.name}; install the extra: pip install 'wiifm[testing]'"
            )
            raise ImportError(message) from None
        value = globals()[name] = getattr(module, name)
        return value


_HOMES = {
    "CalendarContract": "wiifm.testing.calendars",
    "DeliveryContract": "wiifm.testing.observers",
    "MeasureContract": "wiifm.testing.measures",
    "ObserverContract": "wiifm.testing.observers",
    "PackContract": "wiifm.testing.packs",
    "RuleContract": "wiifm.testing.rules",
    "SourceContract": "wiifm.testing.sources",
    "StoreContract": "wiifm.testing.stores",
    "WordsContract": "wiifm.testing.words",
    "check_law": "wiifm.testing.law",
    "communities": "wiifm.testing.strategies",
    "difference": "wiifm.differences",
    "events": "wiifm.testing.strategies",
    "histories": "wiifm.testing.strategies",
    "impurities": "wiifm.testing.purity",
    "rule_books": "wiifm.testing.strategies",
    "shaming": "wiifm.testing.shaming",
}
"""The module of each name."""


def __dir__() -> list[str]:
    """The names to import, for tab completion."""
    return sorted([*globals(), *__all__])


__all__ = [
    "CalendarContract",
    "DeliveryContract",
    "MeasureContract",
    "ObserverContract",
    "PackContract",
    "RuleContract",
    "SourceContract",
    "StoreContract",
    "WordsContract",
    "check_law",
    "communities",
    "difference",
    "events",
    "histories",
    "impurities",
    "rule_books",
    "shaming",
]
