"""wiifm: what's in it for me? A recognition engine that communities embed.

This module exports the public names. Each is imported from its module when it is first used, so that ``import wiifm``
itself takes next to no time.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiifm.activities import Activity
    from wiifm.asynchronous import AsyncEngine
    from wiifm.badges import Badge, KeepUp, Ladder
    from wiifm.campaigns import Campaign, Closing, Place
    from wiifm.criteria import Criterion, Measure
    from wiifm.culture.nouns import Culture
    from wiifm.deliveries import Delivery, Gone, NotYet, Observer
    from wiifm.differences import difference
    from wiifm.dispatch import Clock
    from wiifm.engine import Engine
    from wiifm.event_types import Act, EventType, Field
    from wiifm.events import Event, Value, read_event
    from wiifm.explanation import Explanation
    from wiifm.faults import (
        BookChanged,
        BookUnavailable,
        ConflictingEvent,
        Fault,
        InvalidEvent,
        InvalidInput,
        InvalidRuleBook,
        InvalidURL,
        NothingRecorded,
        NotPrepared,
        OtherBook,
        OtherVersion,
        StillDeciding,
        StoreBusy,
        StoreClosed,
        StoreFault,
        StoreUnreachable,
        UnknownName,
        WiifmError,
    )
    from wiifm.groups import to_each
    from wiifm.hooks import hookimpl
    from wiifm.leaderboard import Among, Board, Rank
    from wiifm.ledger import (
        Amount,
        Award,
        Entry,
        Holder,
        HolderKind,
        LevelChange,
        Reason,
        Receipt,
        Refusal,
        Rejection,
        Role,
        Standing,
        Status,
        Tally,
    )
    from wiifm.notices import Notice, NoticeType
    from wiifm.plain_data import as_json
    from wiifm.privacy import Withheld
    from wiifm.progress import Present, Progress
    from wiifm.retention import Pruned, prune
    from wiifm.rule_kinds import RuleKind, Setting
    from wiifm.rulebook import RuleBook
    from wiifm.rules import (
        Audience,
        Fade,
        Gate,
        Graded,
        Judged,
        Limit,
        Purse,
        Rule,
        Weaker,
    )
    from wiifm.statement.nouns import Earned, Statement
    from wiifm.stores.damaged import StoreDamaged
    from wiifm.stores.urls import open_store
    from wiifm.upkeep.compare_rows import Difference
    from wiifm.upkeep.exporting import export
    from wiifm.upkeep.forgetting import Forgotten, forget
    from wiifm.upkeep.previewing import Change, preview
    from wiifm.upkeep.proof import Proof, verify
    from wiifm.upkeep.rescoring import Rescored, rescore
    from wiifm.webhook import Webhook
else:  # a type checker that saw __getattr__ would accept any name

    def __getattr__(name: str) -> object:
        """A public name, imported from its module, and kept for the next time."""
        home = _HOMES.get(name)
        if name == "__version__":
            value = globals()[name] = import_module("importlib.metadata").version("wiifm")
            return value
        if home is None:
            message = f"module 'wiifm' has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=sys.modules[__name__])
        value = globals()[name] = getattr(import_module(home), name)
        return value


__version__: str
"""The version that is installed, as ``1.2.3``; it is looked up when it is first asked for."""

_HOMES = {
    "Act": "wiifm.event_types",
    "Activity": "wiifm.activities",
    "Among": "wiifm.leaderboard",
    "Amount": "wiifm.ledger",
    "AsyncEngine": "wiifm.asynchronous",
    "Audience": "wiifm.rules",
    "Award": "wiifm.ledger",
    "Badge": "wiifm.badges",
    "Board": "wiifm.leaderboard",
    "BookChanged": "wiifm.faults",
    "BookUnavailable": "wiifm.faults",
    "Campaign": "wiifm.campaigns",
    "Change": "wiifm.upkeep.previewing",
    "Clock": "wiifm.dispatch",
    "Closing": "wiifm.campaigns",
    "ConflictingEvent": "wiifm.faults",
    "Criterion": "wiifm.criteria",
    "Culture": "wiifm.culture.nouns",
    "Delivery": "wiifm.deliveries",
    "Difference": "wiifm.upkeep.compare_rows",
    "Earned": "wiifm.statement.nouns",
    "Engine": "wiifm.engine",
    "Entry": "wiifm.ledger",
    "Event": "wiifm.events",
    "EventType": "wiifm.event_types",
    "Explanation": "wiifm.explanation",
    "Fade": "wiifm.rules",
    "Fault": "wiifm.faults",
    "Field": "wiifm.event_types",
    "Forgotten": "wiifm.upkeep.forgetting",
    "Gate": "wiifm.rules",
    "Gone": "wiifm.deliveries",
    "Graded": "wiifm.rules",
    "Holder": "wiifm.ledger",
    "HolderKind": "wiifm.ledger",
    "InvalidEvent": "wiifm.faults",
    "InvalidInput": "wiifm.faults",
    "InvalidRuleBook": "wiifm.faults",
    "InvalidURL": "wiifm.faults",
    "Judged": "wiifm.rules",
    "KeepUp": "wiifm.badges",
    "Ladder": "wiifm.badges",
    "LevelChange": "wiifm.ledger",
    "Limit": "wiifm.rules",
    "Measure": "wiifm.criteria",
    "NotPrepared": "wiifm.faults",
    "NotYet": "wiifm.deliveries",
    "NothingRecorded": "wiifm.faults",
    "Notice": "wiifm.notices",
    "NoticeType": "wiifm.notices",
    "Observer": "wiifm.deliveries",
    "OtherBook": "wiifm.faults",
    "OtherVersion": "wiifm.faults",
    "Place": "wiifm.campaigns",
    "Present": "wiifm.progress",
    "Progress": "wiifm.progress",
    "Proof": "wiifm.upkeep.proof",
    "Pruned": "wiifm.retention",
    "Purse": "wiifm.rules",
    "Rank": "wiifm.leaderboard",
    "Reason": "wiifm.ledger",
    "Receipt": "wiifm.ledger",
    "Refusal": "wiifm.ledger",
    "Rejection": "wiifm.ledger",
    "Rescored": "wiifm.upkeep.rescoring",
    "Role": "wiifm.ledger",
    "Rule": "wiifm.rules",
    "RuleBook": "wiifm.rulebook",
    "RuleKind": "wiifm.rule_kinds",
    "Setting": "wiifm.rule_kinds",
    "Standing": "wiifm.ledger",
    "Statement": "wiifm.statement.nouns",
    "Status": "wiifm.ledger",
    "StillDeciding": "wiifm.faults",
    "StoreBusy": "wiifm.faults",
    "StoreClosed": "wiifm.faults",
    "StoreDamaged": "wiifm.stores.damaged",
    "StoreFault": "wiifm.faults",
    "StoreUnreachable": "wiifm.faults",
    "Tally": "wiifm.ledger",
    "UnknownName": "wiifm.faults",
    "Value": "wiifm.events",
    "Weaker": "wiifm.rules",
    "Webhook": "wiifm.webhook",
    "WiifmError": "wiifm.faults",
    "Withheld": "wiifm.privacy",
    "as_json": "wiifm.plain_data",
    "difference": "wiifm.differences",
    "export": "wiifm.upkeep.exporting",
    "forget": "wiifm.upkeep.forgetting",
    "hookimpl": "wiifm.hooks",
    "open_store": "wiifm.stores.urls",
    "preview": "wiifm.upkeep.previewing",
    "prune": "wiifm.retention",
    "read_event": "wiifm.events",
    "rescore": "wiifm.upkeep.rescoring",
    "to_each": "wiifm.groups",
    "verify": "wiifm.upkeep.proof",
}
"""The module that defines each public name."""


def __dir__() -> list[str]:
    """The names of the module, with the public ones that aren't imported yet."""
    return sorted({*globals(), *__all__, "__version__"})


__all__ = [
    "Act",
    "Activity",
    "Among",
    "Amount",
    "AsyncEngine",
    "Audience",
    "Award",
    "Badge",
    "Board",
    "BookChanged",
    "BookUnavailable",
    "Campaign",
    "Change",
    "Clock",
    "Closing",
    "ConflictingEvent",
    "Criterion",
    "Culture",
    "Delivery",
    "Difference",
    "Earned",
    "Engine",
    "Entry",
    "Event",
    "EventType",
    "Explanation",
    "Fade",
    "Fault",
    "Field",
    "Forgotten",
    "Gate",
    "Gone",
    "Graded",
    "Holder",
    "HolderKind",
    "InvalidEvent",
    "InvalidInput",
    "InvalidRuleBook",
    "InvalidURL",
    "Judged",
    "KeepUp",
    "Ladder",
    "LevelChange",
    "Limit",
    "Measure",
    "NotPrepared",
    "NotYet",
    "NothingRecorded",
    "Notice",
    "NoticeType",
    "Observer",
    "OtherBook",
    "OtherVersion",
    "Place",
    "Present",
    "Progress",
    "Proof",
    "Pruned",
    "Purse",
    "Rank",
    "Reason",
    "Receipt",
    "Refusal",
    "Rejection",
    "Rescored",
    "Role",
    "Rule",
    "RuleBook",
    "RuleKind",
    "Setting",
    "Standing",
    "Statement",
    "Status",
    "StillDeciding",
    "StoreBusy",
    "StoreClosed",
    "StoreDamaged",
    "StoreFault",
    "StoreUnreachable",
    "Tally",
    "UnknownName",
    "Value",
    "Weaker",
    "Webhook",
    "WiifmError",
    "Withheld",
    "as_json",
    "difference",
    "export",
    "forget",
    "hookimpl",
    "open_store",
    "preview",
    "prune",
    "read_event",
    "rescore",
    "to_each",
    "verify",
]
