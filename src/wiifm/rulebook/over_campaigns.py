"""Criteria over a campaign: its dates become those of the criterion, so that what a badge asks for stands in the badge.

A campaign's dates decide nothing else that anybody holds. Here they do: the digest of the book changes with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from attrs import evolve

from wiifm.badges import Badge, Ladder
from wiifm.campaigns import Campaign
from wiifm.criteria import Criterion
from wiifm.faults import Fault, nearest
from wiifm.rulebook.draft import Draft

_WORD = "campaign"


def date_campaigns(whole: Draft) -> None:
    """Give each criterion that is over a campaign the dates of it; what can't be dated becomes a fault."""
    campaigns = {
        name: each for name, each in whole.section("campaign") if isinstance(each, Campaign)
    }
    for (section, name), item in list(whole.items.items()):
        badge = partial(_badge, whole, campaigns, whole.place(section, name))
        if isinstance(item, Badge):
            whole.items[section, name] = badge(item)
        elif isinstance(item, Ladder):
            climbs = tuple(badge(each) for each in item.climbs)
            whole.items[section, name] = evolve(item, climbs=climbs)


def _badge(whole: Draft, campaigns: Mapping[str, Campaign], place: str, badge: Badge) -> Badge:
    if not any(_named(part) is not None for part in badge.asks):
        return badge
    dated = partial(_dated, whole, campaigns, place)
    parts, none_of = (tuple(map(dated, each)) for each in (badge.parts, badge.none_of))
    return evolve(badge, parts=parts, none_of=none_of)


def _named(part: Criterion) -> str | None:
    """The name of the campaign that a criterion is over, which may be none at all; None where it is over something else."""
    first, _, name = part.over.strip().partition(" ")
    return name.strip() if first == _WORD else None


def _dated(
    whole: Draft, campaigns: Mapping[str, Campaign], place: str, part: Criterion
) -> Criterion:
    name = _named(part)
    if name is None:
        return part
    where, known = f"{place}, key 'over'", sorted(campaigns)
    campaign = campaigns.get(name)
    if campaign is None:
        names = ", ".join(f"'campaign {each}'" for each in known) or "a campaign of the book"
        hint = nearest(name, known)
        whole.faults.append(Fault(where, repr(part.over), names, hint and f"campaign {hint}"))
    elif campaign.since is None:
        expected = f"a campaign with since: when {name} begins is said by its closings alone"
        whole.faults.append(Fault(where, repr(part.over), expected))
    elif part.since is not None or part.until is not None:
        whole.faults.append(Fault(where, repr(part.over), "no since and until beside a campaign's"))
    else:
        return evolve(part, over="ever", since=campaign.since, until=campaign.until)
    return evolve(part, over="ever")
