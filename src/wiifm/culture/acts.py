"""How often each act was done, as far as it is told: nothing of too few persons, and nothing that leads to it.

An act counts in two parts: what concerned another person, and what didn't. A part that too few did is in no number that is told. What
concerned others is also in the sum of help or of contact, which are told of all: so there the rarest other part is left out with
it, until enough are behind what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from wiifm.culture.tally import GAVE, GIVES, Pair, Tally
from wiifm.event_types import Act

HELPING = GIVES | GAVE


def served_told(tally: Tally, fewest: int) -> dict[Act, int]:
    """How often each act concerned another person.

    >>> found = Tally(served=Counter(uses=9, likes=9), serving={"uses": {"ann", "bob"}, "likes": {"ann"}})
    >>> served_told(found, fewest=2)
    {'uses': 9}
    """
    found = {act: times for act, times in tally.served.items() if len(tally.serving[act]) >= fewest}
    for helping in (True, False):
        group = [act for act in tally.served if (act in HELPING) is helping]
        missing = set[str]().union(*(tally.serving[act] for act in group if act not in found))
        told = (act for act in group if act in found)
        for act in sorted(told, key=lambda each: (tally.served[each], each)):
            if not 0 < len(missing) < fewest:
                break
            missing |= tally.serving[act]
            del found[act]
    return found


def acts_told(tally: Tally, fewest: int) -> dict[Act, int]:
    """How often each act was done, most often first."""
    found = Counter(served_told(tally, fewest))
    for act, doers in tally.alone.items():
        if len(doers) >= fewest:
            found[act] += tally.acts[act] - tally.served[act]
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def met_otherwise(helps: Mapping[Pair, int], contacts: Mapping[Pair, int], fewest: int) -> bool:
    """Whether enough persons, or none, had contact that is no help: it could be had by taking help from contact."""
    met = set[str]()
    for (one, other), times in contacts.items():
        both = times + contacts.get((other, one), 0)
        if both > helps.get((one, other), 0) + helps.get((other, one), 0):
            met |= {one, other}
            if len(met) >= fewest:
                return True
    return not met
