"""A plugin in one file: an event type, a kind of rule, a rule with a test in Python, a measure, and an observer.

Run it with ``python examples/plugin_in_one_file.py``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from wiifm import (
    Engine,
    Event,
    EventType,
    Field,
    Measure,
    Receipt,
    RuleBook,
    RuleKind,
    Setting,
    hookimpl,
)

MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
BOOK = """
[book]
id = "lunches"

[[rule]]
id       = "gave-a-talk"
on       = "lunch.talked"
kind     = "by-audience"
settings = { each = 2, most = 30 }
say      = "{listeners} colleagues listened to your talk on {topic}"

[[badge]]
id       = "teacher"
measure  = "widest"
value    = "listeners"
on       = "lunch.talked"
at_least = { bronze = 5, gold = 20 }
"""


def by_audience(state: int, activity: Any, settings: Mapping[str, Any]) -> tuple[int, float | None]:
    """A step of the rule kind: ``each`` points for each listener, up to ``most`` in all. The state is the sum given so far."""
    worth = min(settings["each"] * activity.data["listeners"], settings["most"] - state)
    return state + worth, worth


class Lunches:
    """The plugin, for talks that colleagues give at lunch."""

    @hookimpl
    def wiifm_event_types(self, types: Any) -> None:
        fields = {"topic": Field(required=True), "listeners": Field("integer", required=True)}
        types.add(EventType(name="lunch.talked", requires=("actor",), fields=fields))

    @hookimpl
    def wiifm_rule_kinds(self, kinds: Any) -> None:
        settings = {
            "each": Setting(least=0, means="points for each listener"),
            "most": Setting(least=0, default=50, means="points for all talks of a member"),
        }
        kinds.add(
            RuleKind(name="by-audience", step=by_audience, start=0, settings=settings, version="1")
        )

    @hookimpl
    def wiifm_rules(self, book: Any) -> None:
        @book.rule(on="lunch.talked", points=5, say="A talk that fills the room", version="1")
        def full_room(activity: Any) -> bool:
            return activity.data["listeners"] >= 15

    @hookimpl
    def wiifm_measures(self, measures: Any) -> None:
        measures.add(Measure(name="widest", start=0, add=max, read=lambda most: most))

    @hookimpl
    def wiifm_observers(self, observers: Any) -> None:
        observers.add(announce)


def announce(receipts: tuple[Receipt, ...]) -> None:
    """An observer: print news about badges, as a platform would post them."""
    for award in (award for each in receipts for award in each.awards):
        print(f"news: {award.holder} is now a {award.badge} ({award.tier})")


def main() -> None:
    """Record three talks, and print their receipts."""
    engine = Engine(RuleBook.parse(BOOK, plugins=[Lunches()]))
    for number, listeners in enumerate([4, 16, 25]):
        talk = Event(
            id=f"talk{number}",
            type="lunch.talked",
            occurred_at=MONDAY + timedelta(weeks=number),
            actor="ann",
            data={"topic": "pricing", "listeners": listeners},
        )
        print(engine.record(talk))
    print(engine.standing("ann").points["points"], "points in all")


if __name__ == "__main__":
    main()
