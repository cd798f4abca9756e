"""Badges, as source: each folds the activity into its criteria, and gives the awards whose criteria are met.

Awards are stored in ``awards`` of the holder's state, by (badge, tier, occurrence), with when, by which event and for
which key they were given. An award that is stored there isn't given again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from graphlib import TopologicalSorter

from attrs import frozen

from wiifm.badges import Badge
from wiifm.program.amounts import in_minor
from wiifm.program.criteria import CompiledCriterion
from wiifm.program.giving import above, giving, new_repeats
from wiifm.program.grants import purse_field, words_needed
from wiifm.program.keeping import KeepUpTerms, keeping
from wiifm.program.measures import exact
from wiifm.program.ratios import compiled_criterion
from wiifm.program.state import Fields
from wiifm.program.writing import Constants, Function, Source
from wiifm.records import Grant
from wiifm.rulebook.book import RuleBook, all_badges


@frozen
class CompiledBadge:
    """A badge that writes itself into the functions of the slots that its criteria see.

    Attributes:
        prefix: the beginning of the names of its fields and locals.
        criteria: the compiled criteria of its parts, then those of ``none_of``.
    """

    book: RuleBook
    constants: Constants
    badge: Badge
    prefix: str
    criteria: tuple[CompiledCriterion, ...]
    given_flags: tuple[str, ...]
    """The locals that tell whether a badge that this one comes after was given in this very activity."""
    is_prerequisite: bool
    """Whether other badges come after this one."""

    def register(self, fields: Fields) -> None:
        """Add the fields that it needs to the state."""
        for each in self.criteria:
            each.register(fields)
        if self.badge.keep_up is not None:
            fields.add("passed", "None", "plain", "the last advance of time that changed it")
        badge, part = self.badge, self.badge.parts[0] if self.badge.parts else None
        if self.is_prerequisite or self.badge.after:
            fields.add("held", "None", "container", "the badges held that others come after")
        if self.badge.points:
            fields.add(purse_field(badge.purse), "0", "plain", f"the purse {badge.purse}")
        if badge.composite and badge.keep_up is None:
            for number, criterion in enumerate(self.criteria):
                name = f"{self.prefix}_{number}"
                what = f"part {number} of {badge.id}, as last seen"
                if criterion.is_kept_as_it_is:
                    continue
                if self._keyed:
                    fields.add(name, "{}", "table", what)
                else:
                    fields.add(name, "None", "plain", what)
            if not self._keyed:
                fields.add(
                    f"{self.prefix}_open", "True", "plain", f"whether {badge.id} can still be given"
                )
        elif badge.keep_up is not None:
            return
        elif part is not None and self._once:
            fields.add(
                f"{self.prefix}_next",
                self.criteria[0].thresholds[0][1],
                "plain",
                "its next threshold",
            )
        elif part is not None and self._once_each:
            fields.add(
                f"{self.prefix}_next", "None", "table", f"the next threshold of {badge.id}, by key"
            )

    @property
    def _once(self) -> bool:
        """Whether each tier is given once in all."""
        return not self.badge.composite and not self.badge.parts[0].again

    @property
    def _once_each(self) -> bool:
        """Whether each tier is given once for each key."""
        part = self.badge.parts[0]
        return not self.badge.composite and part.again == (part.per,)

    def write(self, f: Function, booked: dict[str, str]) -> None:
        """Write it into the function of a slot. ``booked`` has the locals with what rules have booked, by rule."""
        body = f.body
        body.line(f"# the badge {self.badge.id!r}")
        if self.badge.keep_up is not None:
            self._write_criteria(f, booked)
        elif self.badge.composite:
            self._write_parts(f, booked)
        else:
            self._write_one(f, booked)

    def _write_criteria(self, f: Function, booked: dict[str, str]) -> None:
        """Write a badge that is only given and taken when time is advanced: its criteria are folded, nothing is given."""
        for criterion in self.criteria:
            if f.slot in criterion.slots:
                criterion.write_fold(f, booked, None, self._refuse(f))

    def write_passing(self, f: Function) -> None:
        """Write it into the function that is called when time is advanced."""
        body = f.body
        body.line(f"# the badge {self.badge.id!r}")
        if self.badge.keep_up is None:
            self._write_parts(f, {})
            return
        held = " and ".join(self._held()) or "True"
        keep = keeping(KeepUpTerms.of(self.book, self.badge), self.is_prerequisite)
        name = self.constants.name(f"keep {self.badge.id} {f.name}", keep)
        award = self.constants.name(
            f"award {self.badge.id}", (self.badge.id, self.badge.tiers[0], ())
        )
        values = "".join(f"{each.field}_values(s, day, now)[0][1], " for each in self.criteria)
        with body.blocks(f"if (after := {held}) or {award} in s.awards:"):
            self._new(f, f"{name}(h, e, out, ({values}), after)")

    @property
    def barred(self) -> tuple[CompiledCriterion, ...]:
        """The criteria of ``none_of``, which must not be met."""
        return self.criteria[len(self.badge.parts) :]

    def _refuse(self, f: Function) -> str:
        """Source that writes a refusal, up to its reason and detail."""
        grant = self.constants.name(f"badge {self.badge.id}", self._grant(f))
        return f"refuse((h, e, {grant}"

    def _grant(self, f: Function) -> Grant:
        """The grant by which the badge's bonus is booked."""
        badge = self.badge
        say = badge.say or f"You earned the badge {badge.id}"
        return self.constants.grant(Grant(f"badge:{badge.id}", badge.purse, f.slot, say))

    def _give(self, f: Function, tier: str, occurrence: str, key: str) -> str:
        """Source that gives the badge, unless it was given before. Its value is whether it is new."""
        badge = self.badge
        bonus = {
            name: in_minor(badge.points.get(name, badge.points.get("", 0)), self._decimals)
            for name in (*badge.tiers, "")
        }
        give = giving(
            badge.id, bonus, purse_field(badge.purse), self._grant(f), self.is_prerequisite
        )
        name = self.constants.name(f"give {badge.id} {f.name}", give)
        words = words_needed(badge.say, f) if badge.points else "None"
        return f"{name}(h, e, out, {tier}, {occurrence}, {key}, {words})"

    @property
    def _decimals(self) -> int:
        """The decimals of the purse of its bonus."""
        return self.book.purses[self.badge.purse].decimals if self.badge.points else 0

    # ---- one criterion -----------------------------------------------------------------------------------

    def _write_one(self, f: Function, booked: dict[str, str]) -> None:
        """Write a badge with the tiers of one criterion."""
        criterion, body = self.criteria[0], f.body
        tiers = criterion.thresholds
        lowest = tiers[0][1]

        def award(key: str, span: str, value: str) -> None:
            guard = f"{value} is not None and " if criterion.may_lack else ""
            if self._once:
                with body.block(f"if {guard}{value} >= s.{self.prefix}_next:"):
                    self._tiers(f, value, "()", key)
                    body.line(f"s.{self.prefix}_next = {self._next()}({value})")
            elif self._once_each:
                with body.block(f"if {guard}{value} >= {lowest}:"):
                    with body.block(f"if s.{self.prefix}_next is None:"):
                        body.line(f"s.{self.prefix}_next = {{}}")
                    with body.block(f"if {value} >= s.{self.prefix}_next.get({key}, {lowest}):"):
                        self._tiers(f, value, f"({key},)", key)
                        body.line(f"s.{self.prefix}_next[{key}] = {self._next()}({value})")
            else:
                with body.block(f"if {guard}{value} >= {lowest}:"):
                    self._repeatedly(f, key, span, value)

        criterion.write_fold(f, booked, award, self._refuse(f), skip=self._once)

    def _next(self) -> str:
        """Source of the function that returns the lowest threshold above a value."""
        exactly = tuple(exact(most) for most in self.badge.parts[0].at_least.values())
        return self.constants.name(f"after {self.badge.id}", above(exactly))

    def _tiers(self, f: Function, value: str, occurrence: str, key: str) -> None:
        """Write that each tier whose threshold a value reaches is given."""
        tiers = self.criteria[0].thresholds
        for tier, most in tiers:
            head = f"if {value} >= {most}:" if len(tiers) > 1 else ""
            with f.body.blocks(head):
                self._new(f, self._give(f, repr(tier), occurrence, key))

    def _new(self, f: Function, give: str) -> None:
        """Write the giving of the badge; note that it is new, if other badges come after it."""
        if self.is_prerequisite:
            f.body.line(f"{self.prefix}_new |= {give}")
        else:
            f.body.line(give)

    def _repeatedly(self, f: Function, key: str, span: str, value: str) -> None:
        """Write awards that are given again: once for each key or period, or for every N."""
        part, body = self.badge.parts[0], f.body
        which = [key] if part.per in part.again else []
        which += [span] if "period" in part.again else []
        every = next((item for item in part.again if isinstance(item, int)), None)
        if every is None:
            self._tiers(f, value, f"({', '.join(which)},)", key)
            return
        repeats = self.constants.name("repeats", new_repeats)
        (tier, most), *_ = self.criteria[0].thresholds
        leading = "".join(f"{each}, " for each in which)
        with body.block(
            f"for k in {repeats}(s.awards, {self.badge.id!r}, {tier!r}, ({leading}), {value}, {most}, {every}):"
        ):
            self._new(f, self._give(f, repr(tier), f"({leading}k,)", key))

    # ---- several criteria, or after others ---------------------------------------------------------------

    @property
    def _keyed(self) -> bool:
        """Whether its criteria count by keys."""
        return any(criterion.keyed for criterion in self.criteria)

    def _write_parts(self, f: Function, booked: dict[str, str]) -> None:
        """Write a badge of several criteria, or one that comes after others."""
        body, prefix = f.body, self.prefix
        seen = [n for n, criterion in enumerate(self.criteria) if f.slot in criterion.slots]
        if seen:
            body.line(f"{prefix}_touched = {{}}" if self._keyed else f"{prefix}_touched = False")
        for number in seen:

            def keep(key: str, span: str, value: str, number: int = number) -> None:
                if self._keyed:
                    if not self.criteria[number].is_kept_as_it_is:
                        body.line(f"s.{prefix}_{number}[{key}] = {value}")
                    body.line(f"{prefix}_touched[{key}] = None")
                else:
                    body.line(f"s.{prefix}_{number} = {value}", f"{prefix}_touched = True")

            self.criteria[number].write_fold(f, booked, keep, self._refuse(f))
        if self._keyed:
            with body.block(f"for key in {prefix}_touched:"):
                self._write_expiry(body, "key")
                self._give_parts(f, "(key,)" if self.badge.asks[0].again else "()", "key")
        else:
            asked = [f"{prefix}_touched"] * bool(seen) + list(self.given_flags)
            joined = f"({' or '.join(asked)})" if len(asked) > 1 else asked[0]
            with body.block(f"if {joined} and s.{prefix}_open:"):
                if seen:
                    self._write_expiry(body, "None")
                self._give_parts(f, "()", "None")

    def _write_expiry(self, body: Source, key: str) -> None:
        """Write that what has left the windows of ``none_of`` is dropped, so that it isn't looked at again."""
        for each in (part for barred in self.barred for part in barred.parts):
            if each.over.kind == "last":
                each.window.write_expiry(body, key)

    def _give_parts(self, f: Function, occurrence: str, key: str) -> None:
        """Write that each tier that is met is given. A badge without keys isn't asked again once its highest tier is given."""
        tiers = list(self._thresholds_by_tier())
        with ExitStack() as measured:
            for each in [each for each in self.barred if _is_read(each) and each.foreign][:1]:
                measured.enter_context(each.guarded(f.body, self._refuse(f)))
            for tier, thresholds in tiers:
                with f.body.blocks(self._all_met(thresholds, key)):
                    self._new(f, self._give(f, repr(tier), occurrence, key))
                    if not self._keyed and tier == tiers[-1][0]:
                        f.body.line(f"s.{self.prefix}_open = False")

    def _all_met(self, thresholds: tuple[str, ...], key: str) -> str:
        """Source of the condition under which a tier is given."""
        met = []
        for number, most in enumerate(thresholds):
            value = self._seen(number, key)
            if self._keyed:
                met.append(_reaches(value, most))
            else:
                met.append(f"{value} is not None and {value} >= {most}")
        conditions = [self._joined(met)] if met else []
        conditions += [self._barred(each, key) for each in self.barred]
        conditions += self._held()
        return f"if {' and '.join(conditions)}:" if conditions else ""

    def _seen(self, number: int, key: str) -> str:
        """Source of the value of a part for a key, as of the last activity that it saw."""
        criterion = self.criteria[number]
        if criterion.is_kept_as_it_is:
            return f"(s.{criterion.field} or {{}}).get({key})"
        return f"s.{self.prefix}_{number}" + f".get({key})" * self._keyed

    def _held(self) -> list[str]:
        """Source of the conditions that the badges it comes after are held."""
        return [
            f"s.held is not None and {(other, tier)!r} in s.held"
            for other, _, tier in (name.partition(":") for name in self.badge.after)
        ]

    def _barred(self, criterion: CompiledCriterion, key: str) -> str:
        """Source of the condition that a criterion of ``none_of`` isn't met. One that time changes is measured as of now."""
        (_, most), *_ = criterion.thresholds
        if _is_read(criterion):
            value = f"{criterion.field}_value(s, {key}, day, e.occurred_at)"
        else:
            value = self._seen(self.criteria.index(criterion), key)
        return f"not ({_reaches(value, most)})"

    def _joined(self, met: list[str]) -> str:
        """Source of whether enough parts are met."""
        if self.badge.join == "all":
            return f"(({') and ('.join(met)}))"
        if self.badge.needs == 1:
            return f"(({') or ('.join(met)}))"
        return f"(({') + ('.join(met)}) >= {self.badge.needs})"

    def _thresholds_by_tier(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """For each tier the threshold of each part. One part may have tiers; several have one threshold each."""
        parts = self.criteria[: len(self.badge.parts)]
        if len(parts) == 1:
            for tier, most in parts[0].thresholds:
                yield tier or self.badge.tier, (most,)
        else:
            yield self.badge.tier, tuple(criterion.thresholds[0][1] for criterion in parts)


def _is_read(barred: CompiledCriterion) -> bool:
    """Whether a criterion of ``none_of`` is measured when the badge might be given, because time changes its value."""
    return barred.over.kind != "ever"


def _reaches(value: str, most: str) -> str:
    """Source of whether there is a value and it reaches a threshold."""
    return f"(seen := {value}) is not None and seen >= {most}"


def identifiers(names: list[str], what: str) -> dict[str, str]:
    """A unique identifier for each name, which may differ only in characters that identifiers can't have."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        word = f"{what}_" + "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        number = 2
        unique = word
        while unique in taken:
            unique, number = f"{word}_{number}", number + 1
        taken.add(unique)
        found[name] = unique
    return found


def compiled_badges(book: RuleBook, constants: Constants) -> tuple[CompiledBadge, ...]:
    """All badges and levels by criteria, compiled; each after those that it comes ``after``, ties by id."""
    known = all_badges(book)
    prefixes = identifiers(sorted(known), "badge")
    graph = {
        name: sorted({after.partition(":")[0] for after in badge.after})
        for name, badge in sorted(known.items())
    }
    is_prerequisite = {other for others in graph.values() for other in others}
    sorter, ordered = TopologicalSorter(graph), []
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    kept: dict[str, str] = {}
    return tuple(
        CompiledBadge(
            book,
            constants,
            known[name],
            prefixes[name],
            tuple(
                compiled_criterion(book, constants, part, f"{prefixes[name]}_c{number}", kept)
                for number, part in enumerate(known[name].asks)
            ),
            tuple(f"{prefixes[other]}_new" for other in graph[name]),
            name in is_prerequisite,
        )
        for name in ordered
    )
