"""How often each act was done, as far as a report may show it: no number is of too few persons, or lets one of too few be computed.

An act is counted in two parts: done to another person, and done alone. A part that too few persons did is in no number of the report.
The acts done to others are also in the totals of help and of contact, which the report shows. So if the hidden parts of such a total
are of too few persons together, the rarest other parts are hidden too, until enough persons are behind all that is hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from wiifm.culture.tally import GAVE, GIVES, Pair, Tally
from wiifm.event_types import Act

HELPING = GIVES | GAVE


def served_shown(tally: Tally, fewest: int) -> dict[Act, int]:
    """How often each act was done to another person, for the acts that may be shown.

    >>> found = Tally(served=Counter(uses=9, likes=9), serving={"uses": {"ann", "bob"}, "likes": {"ann"}})
    >>> served_shown(found, fewest=2)
    {'uses': 9}
    """
    found = {act: times for act, times in tally.served.items() if len(tally.serving[act]) >= fewest}
    for helping in (True, False):
        group = [act for act in tally.served if (act in HELPING) is helping]
        missing = set[str]().union(*(tally.serving[act] for act in group if act not in found))
        shown = (act for act in group if act in found)
        for act in sorted(shown, key=lambda each: (tally.served[each], each)):
            if not 0 < len(missing) < fewest:
                break
            missing |= tally.serving[act]
            del found[act]
    return found


def acts_shown(tally: Tally, fewest: int) -> dict[Act, int]:
    """How often each act was done in the parts that may be shown, most frequent first."""
    found = Counter(served_shown(tally, fewest))
    for act, doers in tally.alone.items():
        if len(doers) >= fewest:
            found[act] += tally.acts[act] - tally.served[act]
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def may_show_contact(helps: Mapping[Pair, int], contacts: Mapping[Pair, int], fewest: int) -> bool:
    """Whether enough persons, or none, had contact that isn't help; else it could be computed as contact less help."""
    met = set[str]()
    for (one, other), times in contacts.items():
        both = times + contacts.get((other, one), 0)
        if both > helps.get((one, other), 0) + helps.get((other, one), 0):
            met |= {one, other}
            if len(met) >= fewest:
                return True
    return not met
