"""A reading: a member's "what's in it for me?": what they earned and why, who was behind it, and what is next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction

from attrs import frozen

from wiifm.ledger import Amount, Award, Entry, Standing
from wiifm.progress import Progress

NEAREST = 3
"""How many next badges a printed statement shows."""


@frozen(kw_only=True)
class Earned:
    """What one rule brought in one purse: how much, for how many events, and the entries behind it.

    >>> Earned(rule="kudos", purse="points", amount=5, times=1, say="Bob thanked you", entries=(1,)).amount
    5
    """

    rule: str
    purse: str
    amount: Amount
    times: int
    say: str
    entries: tuple[int, ...]


@frozen(kw_only=True)
class Statement:
    """What sharing did for a member, and for others, from ``since`` to ``until``.

    ``helped`` counts for each person how often the member was credited for something done for them;
    ``recognised_by`` how often each person's doing credited the member, with their words. ``next`` is
    what is still missing to badges, nearest first. Printed, it is what a member gets to read.

    >>> from wiifm.ledger import Holder
    >>> print(statement(Standing(holder=Holder("member", "ann"), points={"points": 0}), [], []))
    ann: 0 points
    <BLANKLINE>
      Nothing yet in this time.
    <BLANKLINE>
    """

    member: str
    since: datetime | None
    until: datetime | None
    standing: Standing
    earned: tuple[Earned, ...]
    awards: tuple[Award, ...]
    helped: Mapping[str, int]
    recognised_by: Mapping[str, int]
    words: tuple[tuple[str, str], ...]
    next: tuple[Progress, ...]

    def __str__(self) -> str:
        purses = ", ".join(f"{amount} {name}" for name, amount in self.standing.points.items())
        in_all = " in all" if self.since or self.until else ""
        lines = [f"{self.member}: {purses}{in_all}", ""]
        lines += [f"  {e.amount:>6} {e.purse}  {e.say} ({_times(e.times)})" for e in self.earned]
        lines += [""] if self.earned else ["  Nothing yet in this time.", ""]
        if self.helped:
            lines.append(f"You did something for {_people(self.helped)}.")
        if self.recognised_by:
            lines.append(f"You were recognised by {_people(self.recognised_by)}.")
        lines += [f'{who}: "{text}"' for who, text in self.words[-3:]]
        for award in self.awards:
            what = f" for {award.key}" if award.key else ""
            lines.append(f"Badge: {award.badge} {award.tier}".rstrip() + what)
        lines += [
            f"Level on {name}: {level}" for name, level in self.standing.levels.items() if level
        ]
        lines += [
            f"Next: {p.badge} {p.tier}".rstrip()
            + f": {p.value:g} of {'fewer than ' if p.barred else ''}{p.threshold:g}"
            for p in _one_a_badge(self.next)[:NEAREST]
        ]
        return "\n".join(lines)


def _one_a_badge(progress: tuple[Progress, ...]) -> list[Progress]:
    """The nearest of each badge: several criteria of one would crowd the others out."""
    return list({each.badge: each for each in reversed(progress)}.values())[::-1]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _people(counted: Mapping[str, int]) -> str:
    return _names(counted) if len(counted) == 1 else f"{len(counted)} people: {_names(counted)}"


def _names(counted: Mapping[str, int]) -> str:
    names = sorted(counted, key=lambda name: (-counted[name], name))
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


@frozen
class Grounds:
    """An entry with what a statement wants to know beyond it: the other person, what they said, what the rule is for."""

    entry: Entry
    person: str | None
    text: str
    means: str = ""


def statement(
    standing: Standing,
    grounds: Iterable[Grounds],
    progress: Iterable[Progress],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Statement:
    """Put a member's statement together from what was read; ``since`` counts, ``until`` no longer does."""
    inside = [g for g in grounds if _within(g.entry.occurred_at, since, until)]
    valid = _net(inside)
    return Statement(
        member=standing.holder.id,
        since=since,
        until=until,
        standing=standing,
        earned=_earned(valid),
        awards=tuple(a for a in standing.badges if _within(a.occurred_at, since, until)),
        helped=_people_in(valid, ("actor", "mentor")),
        recognised_by=_people_in(valid, ("recipient",)),
        words=tuple((g.person, g.text) for g, _ in valid if g.person and g.text),
        next=tuple(sorted(progress, key=_nearness)),
    )


def _within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or moment >= since) and (until is None or moment < until)


def _net(grounds: list[Grounds]) -> list[tuple[Grounds, Amount]]:
    """For each event and rule the sum of its entries, corrections included; what came to nothing is left out."""
    sums: dict[tuple[str, str, str], Amount] = {}
    first: dict[tuple[str, str, str], Grounds] = {}
    for g in grounds:
        key = (g.entry.event, g.entry.rule, g.entry.role)
        sums[key] = sums.get(key, 0) + g.entry.amount
        first.setdefault(key, g)
    return [(first[key], amount) for key, amount in sums.items() if amount]


def _earned(valid: list[tuple[Grounds, Amount]]) -> tuple[Earned, ...]:
    found: dict[tuple[str, str], list[tuple[Grounds, Amount]]] = {}
    for g, amount in valid:
        found.setdefault((g.entry.rule, g.entry.purse), []).append((g, amount))
    lines = [
        Earned(
            rule=rule,
            purse=purse,
            amount=sum((amount for _, amount in items), start=0),
            times=len(items),
            say=_together([g for g, _ in items]),
            entries=tuple(g.entry.no for g, _ in items),
        )
        for (rule, purse), items in found.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.purse, -line.amount, line.rule)))


def _together(grounds: list[Grounds]) -> str:
    """One sentence for several entries of a rule: what the rule is for, or else the latest one, and who else it was."""
    latest = grounds[-1]
    others = Counter(g.person for g in grounds if g.person and g.person != latest.person)
    if len({g.entry.say for g in grounds}) == 1:
        return latest.entry.say
    if latest.means or not others:
        return latest.means or latest.entry.say
    return f"{latest.entry.say}; also {_names(others)}"


def _people_in(valid: list[tuple[Grounds, Amount]], roles: tuple[str, ...]) -> dict[str, int]:
    events = {
        (g.person, g.entry.event)
        for g, amount in valid
        if g.person and amount > 0 and g.entry.role in roles and g.person != g.entry.holder.id
    }
    return dict(Counter(person for person, _ in sorted(events)).most_common())


def _nearness(progress: Progress) -> tuple[bool, Fraction, str, str]:
    share = (
        Fraction(progress.value) / Fraction(progress.threshold)
        if progress.threshold
        else Fraction(0)
    )
    return (progress.barred, -share, progress.badge, progress.tier)
