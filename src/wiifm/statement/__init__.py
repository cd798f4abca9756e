"""A member's statement: the data it consists of, its text in a language, and its JSON.

:class:`wiifm.Statement` holds the data. :func:`tell` turns it into sentences (:class:`Told`), from which :func:`text` and
:mod:`wiifm.showing` make their output; :func:`as_json` serializes it.

>>> from wiifm import Engine, RuleBook
>>> print(tell(Engine(RuleBook.load("plugin:sharing")).statement("ann")).sections[0].lines[0].text)
Ask a question: others may have the same one
"""

from wiifm.statement.data import as_json
from wiifm.statement.nouns import (
    Beginning,
    Crossing,
    FirstStep,
    Learning,
    Needed,
    Neighbour,
    NewColleague,
    OpenQuestion,
    Person,
    Reach,
    Recognition,
    Reply,
    Saved,
    Talent,
    TopicEarned,
    Used,
    evidence,
)
from wiifm.statement.outlook import Compared, Growth, Kept, RunningCampaign, Step, Streak
from wiifm.statement.plain import text
from wiifm.statement.telling import tell
from wiifm.statement.view import About, Figure, Line, Section, Told

__all__ = [
    "About",
    "Beginning",
    "Compared",
    "Crossing",
    "Figure",
    "FirstStep",
    "Growth",
    "Kept",
    "Learning",
    "Line",
    "Needed",
    "Neighbour",
    "NewColleague",
    "OpenQuestion",
    "Person",
    "Reach",
    "Recognition",
    "Reply",
    "RunningCampaign",
    "Saved",
    "Section",
    "Step",
    "Streak",
    "Talent",
    "Told",
    "TopicEarned",
    "Used",
    "as_json",
    "evidence",
    "tell",
    "text",
]
