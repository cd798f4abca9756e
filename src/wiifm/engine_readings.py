"""``EngineReadings``: what an engine can be asked. Readings change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from wiifm import arguments
from wiifm.campaigns import Closing
from wiifm.closing import Terms, plan
from wiifm.collector import young_generation_only
from wiifm.dispatch import Clock
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.explanation import Explanation
from wiifm.leaderboard import Board, By, Rank
from wiifm.ledger import Amount, Entry, Holder, Receipt, Standing
from wiifm.ledger_reading import (
    entries,
    entries_for,
    explanation_of,
    latest_entries,
    ranks_of,
)
from wiifm.memory import Memory
from wiifm.privacy import check_may_rank, without_places
from wiifm.rulebook.book import RuleBook
from wiifm.scores import scores_in
from wiifm.standings import standing_in, standings_in

if TYPE_CHECKING:
    from wiifm.culture.nouns import Culture
    from wiifm.statement.nouns import Statement


class EngineReadings:
    """The readings of an :class:`~wiifm.engine.Engine`, each of one state."""

    _book: RuleBook
    _clock: Clock
    _memory: Memory

    @property
    def book(self) -> RuleBook:
        """The rule book that decides. An engine keeps its book; for another one, open another engine."""
        return self._book

    @property
    def clock(self) -> Clock:
        """The clock that the engine was given."""
        return self._clock

    def holders(self) -> Iterator[Holder]:
        """All members, units and communities that an activity has credited or could have credited, by kind and name."""
        with self._memory.reading():
            return iter(sorted(each.holder for each in self._memory.credited()))

    def member(self, name: str | Holder) -> Holder:
        """The member with a name.

        Raises:
            UnknownName: nobody of this name did anything, or was or could have been credited; it suggests similar names.
            InvalidInput: it is the holder of a unit or a community.
        """
        with self._memory.reading():
            return arguments.credited_member(self._memory, name)

    def pending(self) -> tuple[str, ...]:
        """The ids of the events that wait for the event that creates their object.

        >>> from wiifm import Engine
        >>> Engine(RuleBook.load("plugin:sharing")).pending()
        ()
        """
        with self._memory.reading():
            return tuple(sorted(self._memory.flow.pending))

    def receipt(self, event: str | Event) -> Receipt:
        """The first receipt of a recorded event, by the event or its id.

        Raises:
            UnknownName: no event with this id was recorded.
        """
        memory = self._memory
        with memory.reading():
            return memory.journal.receipt(arguments.recorded_event(memory, event))

    def standing(self, holder: str | Holder) -> Standing:
        """What a member, unit or community has now. It is empty for an unknown one.

        Raises:
            InvalidInput: the name isn't valid.
            Withheld: the book says ``individuals = false``, and too few of the unit or community earned anything.

        >>> from wiifm import Engine
        >>> Engine(RuleBook.load("plugin:sharing")).standing("ann").levels
        {'path': 'newcomer'}
        """
        with self._memory.reading():
            return standing_in(self._memory, arguments.holder_of(holder))

    def standings(self) -> list[Standing]:
        """The standing of each of the ``holders``, in their order, all at one moment. With ``individuals = false`` in the book, members are left out,
        and so are units and communities that are too small.
        """
        with self._memory.reading():
            return standings_in(self._memory)

    def scores(self, rule: str, holder: str | Holder) -> dict[str, Amount]:
        """What each object of a member is worth, by its judgements under a judged rule.

        Raises:
            UnknownName: the book has no such judged rule.
            InvalidInput: the name isn't valid.
            Withheld: it is a unit or community whose :meth:`standing` is withheld.
        """
        with self._memory.reading():
            return scores_in(self._memory, rule, arguments.holder_of(holder))

    def ledger(
        self, holder: str | Holder | None = None, purse: str | None = None, rule: str | None = None
    ) -> Iterator[Entry]:
        """The entries in the order in which they were written: all, or those of a holder, purse or rule. The rule may be one of an earlier book.

        The arguments are checked at once; the entries are read while you iterate, a thousand at a time. Each page is one state. What is
        recorded meanwhile comes on a later page, as entries are only added.

        Raises:
            UnknownName: the book has no such purse; or neither the book nor any entry has such a rule.
            InvalidInput: a name isn't valid.

        >>> from wiifm import Engine
        >>> list(Engine(RuleBook.load("plugin:sharing")).ledger("ann", purse="points"))
        []
        """
        return entries(self._memory, holder, purse, rule)

    def latest_entries(
        self,
        holder: str | Holder,
        purse: str | None = None,
        rule: str | None = None,
        *,
        before: int | Entry | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """The latest entries of a holder, the last one first: at most ``limit`` of them. For more, pass the last of these as ``before``.

        Raises:
            UnknownName, InvalidInput: as :meth:`ledger`; or ``before`` isn't a number, or ``limit`` none from 1 on.

        >>> from wiifm import Engine
        >>> Engine(RuleBook.load("plugin:sharing")).latest_entries("ann", limit=20)
        []
        """
        number = before.no if isinstance(before, Entry) else before
        with self._memory.reading():
            return latest_entries(self._memory, holder, purse, rule, number, limit)

    def entries_of(self, event: str | Event) -> list[Entry]:
        """The entries that were written for an event, with those that correct them; none if it wasn't recorded.

        Raises:
            InvalidInput: the id isn't valid.
        """
        with self._memory.reading():
            return entries_for(self._memory, event)

    def explain(self, entry: int | Entry) -> Explanation:
        """Why there is an entry, as its holder may read it.

        Raises:
            UnknownName: there is no entry with this number.
            Withheld: it is one of a unit or community whose :meth:`standing` is withheld.
        """
        number = entry.no if isinstance(entry, Entry) else entry
        with self._memory.reading():
            return explanation_of(self._memory, number)

    def leaderboard(
        self,
        purse: str = "points",
        over: str = "ever",
        community: str | Holder | None = None,
        around: str | Holder | None = None,
        at: datetime | None = None,
        *,
        unit: str | Holder | None = None,
        topic: str | None = None,
        newcomers: str | None = None,
        by: By = "points",
    ) -> list[Rank]:
        """Who earned most, or improved most.

        Args:
            purse: which points are compared.
            over: the period that counts: ever, day, week, month, year, "last 30 days" or "every 14 days".
            community: only what was earned in this community: its name, or its ``Holder``.
            around: a member; limits the board to them and their neighbours.
            at: the moment at which the period ends or within which it lies; by default the time of the latest event. Over ever, what was earned
                later counts, too: the moment only decides who had left by then, and who the newcomers are.
            unit: only what was earned while in this unit: its name, or its ``Holder``.
            topic: only what was earned on this topic.
            newcomers: a period, too: only members whose first points lie in it.
            by: "points", or "improvement": how much more they earned than in the period before.

        Raises:
            Withheld: the book says ``individuals = false``.
            UnknownName: the book has no such purse.
            InvalidInput: ``over``, ``newcomers``, ``by`` or a name isn't valid, ``around`` isn't a member, or a holder is of another kind.
        """
        check_may_rank(self.book)
        arguments.check_known("purse", purse, self.book.purses)
        arguments.check_moment("at", at)
        within, unit = arguments.group_of("community", community), arguments.group_of("unit", unit)
        board = partial(Board, purse=purse, over=over, community=within, unit=unit, topic=topic)
        with self._memory.reading():
            found = board(at=at or self._now(), newcomers=newcomers, by=by)
            return ranks_of(self._memory, found, around)

    def preview_closing(
        self,
        name: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        budget: float | None = None,
        at: datetime | None = None,
    ) -> Closing:
        """What :meth:`close_campaign` would return, or raise, at this moment. Nothing is recorded.

        With ``individuals = false`` in the book it returns the pool, but no places.
        """
        terms = Terms(since=since, until=until, budget=budget, at=at)
        with self._memory.reading():
            return without_places(self.book, plan(self._memory, name, self.clock(), terms))

    def statement(
        self,
        member: str | Holder,
        since: datetime | None = None,
        until: datetime | None = None,
        minutes: Mapping[Act, float] | None = None,
    ) -> Statement:
        """A member's "what's in it for me?". ``minutes`` says how many minutes each act is assumed to save others.

        Raises:
            InvalidInput: the name isn't valid or is no member's, ``since`` or ``until`` isn't an aware datetime, or ``minutes`` has an
                unknown act.
        """
        from wiifm.statement_reading import statement_of  # noqa: PLC0415 - half as much to import as the rest

        arguments.check_report_arguments(since, until, minutes)
        with self._memory.reading(), young_generation_only():
            return statement_of(self._memory, member, since, until, self._now(), minutes)

    def culture(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        fewest: int | None = None,
        units: Mapping[str, str] | None = None,
        managers: Mapping[str, str] | None = None,
        minutes: Mapping[Act, float] | None = None,
        purse: str | None = None,
        named: bool = False,
    ) -> Culture:
        """The organisation's report on whether knowledge flows. It names nobody unless asked to (extra ``culture``).

        Args:
            since: the beginning of the period; by default that of the community.
            until: its end; by default it includes the latest event.
            fewest: how many persons must be behind each figure; by default what the book says.
            units: by member, their unit, which takes precedence over their profile; ``managers`` likewise.
            managers: by member, their manager.
            minutes: how many minutes each act is assumed to save others.
            purse: the points to compare with help; by default ``points``.
            named: whether to name early contributors and experts, which the book must allow.

        Raises:
            Withheld: names are asked for, or figures of fewer persons than the book allows, and it says ``individuals = false``.
            UnknownName: the book has no such purse.
            InvalidInput: a time, ``minutes`` or ``fewest`` isn't valid.
        """
        from wiifm.culture.nouns import Asked  # noqa: PLC0415 - imported only when needed
        from wiifm.culture.reading import culture_of  # noqa: PLC0415 - the extra may be missing

        asked = Asked(
            fewest=fewest, units=units, managers=managers, minutes=minutes, purse=purse, named=named
        )
        with self._memory.reading():
            return culture_of(self._memory, since, until, self._now(), asked)

    def _now(self) -> datetime:
        """The time of the latest event that counts, so that readings don't depend on a clock; by the clock if there is none."""
        return self._memory.flow.now() or self.clock()


def memory_of(engine: EngineReadings) -> Memory:
    """What an engine remembers, for modules of wiifm that read it in other ways than by its methods. They must not change it."""
    return engine._memory
