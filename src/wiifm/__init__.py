"""wiifm: what's in it for me? A recognition engine that communities embed.

The menu: everything that is meant for use, by its name.
"""

from wiifm.badges import Badge, Ladder
from wiifm.criteria import Criterion
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

__all__ = [
    "Audience",
    "Award",
    "Badge",
    "ConflictingEvent",
    "Criterion",
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
    "Progress",
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
    "Tally",
    "UnknownName",
    "WiifmError",
    "hookimpl",
    "read_event",
]
