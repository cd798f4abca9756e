"""Resolves criteria over a campaign (``over = "campaign spring"``): they get the campaign's ``since`` and ``until``.

So the dates become part of the badge, and of the book's digest. Otherwise a campaign's dates are not part of the digest,
as closings are events.
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


def resolve_campaigns(merged: Draft) -> None:
    """Replace each criterion over a campaign by one with the campaign's dates. If that isn't possible, faults are added."""
    campaigns = {
        name: each for name, each in merged.section("campaign") if isinstance(each, Campaign)
    }
    for (section, name), item in list(merged.items.items()):
        badge = partial(_badge, merged, campaigns, merged.place(section, name))
        if isinstance(item, Badge):
            merged.items[section, name] = badge(item)
        elif isinstance(item, Ladder):
            climbs = tuple(badge(each) for each in item.climbs)
            merged.items[section, name] = evolve(item, climbs=climbs)


def _badge(merged: Draft, campaigns: Mapping[str, Campaign], place: str, badge: Badge) -> Badge:
    """A badge with its criteria over campaigns resolved; the same object if it has none."""
    if not any(_campaign_name(part) is not None for part in badge.asks):
        return badge
    dated = partial(_resolved, merged, campaigns, place)
    parts, none_of = (tuple(map(dated, each)) for each in (badge.parts, badge.none_of))
    return evolve(badge, parts=parts, none_of=none_of)


def _campaign_name(part: Criterion) -> str | None:
    """The name in a criterion's ``over = "campaign NAME"``, which may be no campaign of the book; None for any other ``over``."""
    first, _, name = part.over.strip().partition(" ")
    return name.strip() if first == _WORD else None


def _resolved(
    merged: Draft, campaigns: Mapping[str, Campaign], place: str, part: Criterion
) -> Criterion:
    """A criterion with the dates of its campaign. If it can't have them: one over "ever", and a fault."""
    name = _campaign_name(part)
    if name is None:
        return part
    where, known = f"{place}, key 'over'", sorted(campaigns)
    campaign = campaigns.get(name)
    if campaign is None:
        names = ", ".join(f"'campaign {each}'" for each in known) or "a campaign of the book"
        hint = nearest(name, known)
        merged.faults.append(Fault(where, repr(part.over), names, hint and f"campaign {hint}"))
    elif campaign.since is None:
        expected = (
            f"a campaign with since: without it, only the closings of {name} say when it begins"
        )
        merged.faults.append(Fault(where, repr(part.over), expected))
    elif part.since is not None or part.until is not None:
        merged.faults.append(
            Fault(where, repr(part.over), "no since or until of its own together with a campaign")
        )
    else:
        return evolve(part, over="ever", since=campaign.since, until=campaign.until)
    return evolve(part, over="ever")
