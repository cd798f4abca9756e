"""The outbox of a store: how far deliveries have come, what waits or is parked, and to have it retried.

>>> from wiifm.stores.memory import MemoryStore
>>> undelivered(MemoryStore())
[]
"""

from wiifm.outbox.holding import Told, Undelivered, progress, retry, undelivered

__all__ = ["Told", "Undelivered", "progress", "retry", "undelivered"]
