"""For those who extend wiifm: what a rule, a measure, a source or an observer must keep, as tests to inherit from.

``pytest`` finds the fixtures by itself once wiifm is installed; the strategies and the contracts need Hypothesis
(extra ``testing``).
"""

from wiifm.differences import difference
from wiifm.testing.law import check_law
from wiifm.testing.measures import MeasureContract
from wiifm.testing.purity import impurities
from wiifm.testing.rules import RuleContract
from wiifm.testing.shaming import shaming
from wiifm.testing.sources import SourceContract
from wiifm.testing.stores import StoreContract
from wiifm.testing.strategies import communities, events, histories, rule_books
from wiifm.testing.told import DeliveryContract, ObserverContract

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
