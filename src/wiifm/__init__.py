"""wiifm: what's in it for me? A recognition engine that communities embed.

The menu: everything that is meant for use, by its name. A name is imported when it is first asked for, so that a
platform that only mentions wiifm starts as fast as one that doesn't.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiifm.asynchronous import AsyncEngine
    from wiifm.badges import Badge, Ladder
    from wiifm.criteria import Criterion
    from wiifm.differences import difference
    from wiifm.engine import Engine
    from wiifm.event_types import EventType, Field
    from wiifm.events import Event, read_event
    from wiifm.explanation import Explanation
    from wiifm.faults import (
        ConflictingEvent,
        Fault,
        InvalidEvent,
        InvalidInput,
        InvalidRuleBook,
        NotPrepared,
        StoreBusy,
        StoreFault,
        UnknownName,
        WiifmError,
    )
    from wiifm.hooks import hookimpl
    from wiifm.leaderboard import Rank
    from wiifm.ledger import Award, Entry, Holder, Receipt, Refusal, Rejection, Standing, Tally
    from wiifm.progress import Progress
    from wiifm.rulebook import Measure, RuleBook, RuleKind
    from wiifm.rules import Audience, Gate, Graded, Limit, Purse, Rule
    from wiifm.statement import Earned, Statement
    from wiifm.upkeep.comparing import Difference
    from wiifm.upkeep.proof import Proof, verify

_HOMES = {
    "AsyncEngine": "wiifm.asynchronous",
    "Audience": "wiifm.rules",
    "Award": "wiifm.ledger",
    "Badge": "wiifm.badges",
    "ConflictingEvent": "wiifm.faults",
    "Criterion": "wiifm.criteria",
    "Difference": "wiifm.upkeep.comparing",
    "Earned": "wiifm.statement",
    "Engine": "wiifm.engine",
    "Entry": "wiifm.ledger",
    "Event": "wiifm.events",
    "EventType": "wiifm.event_types",
    "Explanation": "wiifm.explanation",
    "Fault": "wiifm.faults",
    "Field": "wiifm.event_types",
    "Gate": "wiifm.rules",
    "Graded": "wiifm.rules",
    "Holder": "wiifm.ledger",
    "InvalidEvent": "wiifm.faults",
    "InvalidInput": "wiifm.faults",
    "InvalidRuleBook": "wiifm.faults",
    "Ladder": "wiifm.badges",
    "Limit": "wiifm.rules",
    "Measure": "wiifm.rulebook",
    "NotPrepared": "wiifm.faults",
    "Progress": "wiifm.progress",
    "Proof": "wiifm.upkeep.proof",
    "Purse": "wiifm.rules",
    "Rank": "wiifm.leaderboard",
    "Receipt": "wiifm.ledger",
    "Refusal": "wiifm.ledger",
    "Rejection": "wiifm.ledger",
    "Rule": "wiifm.rules",
    "RuleBook": "wiifm.rulebook",
    "RuleKind": "wiifm.rulebook",
    "Standing": "wiifm.ledger",
    "Statement": "wiifm.statement",
    "StoreBusy": "wiifm.faults",
    "StoreFault": "wiifm.faults",
    "Tally": "wiifm.ledger",
    "UnknownName": "wiifm.faults",
    "WiifmError": "wiifm.faults",
    "difference": "wiifm.differences",
    "hookimpl": "wiifm.hooks",
    "read_event": "wiifm.events",
    "verify": "wiifm.upkeep.proof",
}
"""In which module each name lives."""


def __getattr__(name: str) -> object:
    """A name of the menu, from its module."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'wiifm' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(home), name)
    return found


def __dir__() -> list[str]:
    """What is on the menu."""
    return sorted([*globals(), *__all__])


__all__ = [
    "AsyncEngine",
    "Audience",
    "Award",
    "Badge",
    "ConflictingEvent",
    "Criterion",
    "Difference",
    "Earned",
    "Engine",
    "Entry",
    "Event",
    "EventType",
    "Explanation",
    "Fault",
    "Field",
    "Gate",
    "Graded",
    "Holder",
    "InvalidEvent",
    "InvalidInput",
    "InvalidRuleBook",
    "Ladder",
    "Limit",
    "Measure",
    "NotPrepared",
    "Progress",
    "Proof",
    "Purse",
    "Rank",
    "Receipt",
    "Refusal",
    "Rejection",
    "Rule",
    "RuleBook",
    "RuleKind",
    "Standing",
    "Statement",
    "StoreBusy",
    "StoreFault",
    "Tally",
    "UnknownName",
    "WiifmError",
    "difference",
    "hookimpl",
    "read_event",
    "verify",
]
