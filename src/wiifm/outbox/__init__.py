"""The outbox of a store: how far each delivery has come, which notices wait or are parked, and how to retry them.

>>> from wiifm import Engine, RuleBook
>>> from wiifm.stores.memory import MemoryStore
>>> store = MemoryStore()
>>> _ = Engine.over(store, RuleBook.load("plugin:sharing"))
>>> undelivered(store)
[]
"""

from wiifm.outbox.state import Told, Undelivered, progress, retry, undelivered

__all__ = ["Told", "Undelivered", "progress", "retry", "undelivered"]
