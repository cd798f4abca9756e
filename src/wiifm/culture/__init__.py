"""The culture report: how knowledge flows in an organisation. docs/explanation/culture.md defines each figure, with its source.

Events become deeds (who did what, to whom), deeds are tallied by day, and the tallies of a period become a
:class:`~wiifm.culture.nouns.Culture`. It names nobody, unless the caller asks for names and the rule book allows them.
"""

from wiifm.culture.data import as_json
from wiifm.culture.figures import Figure
from wiifm.culture.nouns import (
    Adoption,
    Answering,
    Asked,
    BadgeTier,
    Flow,
    Knowledge,
    Manner,
    Mentoring,
    Mixture,
    Participation,
    Rewards,
    RuleShare,
    Saved,
    Spread,
    Topic,
    UnitAdoption,
    UnitSpread,
    Week,
)

__all__ = [
    "Adoption",
    "Answering",
    "Asked",
    "BadgeTier",
    "Figure",
    "Flow",
    "Knowledge",
    "Manner",
    "Mentoring",
    "Mixture",
    "Participation",
    "Rewards",
    "RuleShare",
    "Saved",
    "Spread",
    "Topic",
    "UnitAdoption",
    "UnitSpread",
    "Week",
    "as_json",
]
