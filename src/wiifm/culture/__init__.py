"""A reading: the organisation's culture. Events become deeds, deeds tallies, tallies a :class:`~wiifm.culture.nouns.Culture`.

No one is named in it unless somebody asks for names and the rule book allows them. Definitions stand in docs/explanation/culture.md.
"""

from wiifm.culture.data import as_json
from wiifm.culture.figures import Figure
from wiifm.culture.nouns import (
    Adoption,
    Answering,
    Asked,
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
