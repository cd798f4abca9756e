"""The public types, as a type checker sees them: never run, only checked (mypy --strict)."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, assert_type

import wiifm
import wiifm.testing
from wiifm import (
    Activity,
    AsyncEngine,
    Award,
    Engine,
    Entry,
    Event,
    Explanation,
    Holder,
    Measure,
    Rank,
    Receipt,
    RuleBook,
    RuleKind,
    Standing,
    Statement,
    Tally,
    hookimpl,
    read_event,
)
from wiifm.outbox import Undelivered
from wiifm.registries import Books, Commands, EventTypes, Reader, RuleBookBuilder, Sources
from wiifm.showing import Links, by_template, mail, page
from wiifm.sources import find_source, read_lines
from wiifm.statement import RunningCampaign
from wiifm.stores import MemoryStore, OpenStore, Reading, Store, Table, Writing

assert_type(wiifm.__version__, str)
book = RuleBook.load("plugin:sharing")
assert_type(book, RuleBook)
engine = Engine(book)
event = Event(id="e", type="kudos.given", occurred_at=datetime.now(UTC), actor="a", recipient="b")
assert_type(read_event({"id": "e"}), Event)
receipt = engine.record(event)
assert_type(receipt, Receipt)
assert_type(receipt.entries, tuple[Entry, ...])
assert_type(receipt.awards, tuple[Award, ...])
assert_type(engine.record_many([event]), Tally)
assert_type(engine.retract("e"), Receipt)
assert_type(engine.standing("b"), Standing)
assert_type(engine.standing(Holder("unit", "sales")), Standing)
assert_type(engine.standing("b").points["points"], int | Decimal)
assert_type(engine.explain(1), Explanation)
assert_type(engine.leaderboard(over="week", around="b"), list[Rank])
assert_type(engine.leaderboard(topic="pricing", by="improvement", over="week"), list[Rank])
assert_type(engine.statement("b"), Statement)
assert_type(engine.statement("b").campaigns, tuple[RunningCampaign, ...])
assert_type([entry.amount for entry in engine.ledger("b")], list[int | Decimal])
assert_type(engine.latest_entries("b", before=receipt.entries[0], limit=20), list[Entry])
engine.leaderboard(unit=1)  # type: ignore[arg-type]
engine.culture(fewest=5, units={"b": "Sales"}, named=True)
engine.culture(fewst=5)  # type: ignore[call-arg]
engine.close_campaign("spring", budget=900, at=event.occurred_at)
assert_type(engine.standings(), list[Standing])
assert_type(engine.member("b"), Holder)
assert_type(engine.entries_of("e"), list[Entry])
someone = engine.member("b")
assert_type(engine.member(someone), Holder)
assert_type(engine.statement(someone), Statement)
assert_type(engine.scores("score", someone), dict[str, int | Decimal])
assert_type(engine.leaderboard(around=someone), list[Rank])
assert_type(engine.receipt(event), Receipt)
assert_type(engine.entries_of(event), list[Entry])
assert_type(engine.retract(event, actor=someone), Receipt)


def where(kind: Literal["object", "member"], id: str) -> str | None:
    return f"/{kind}s/{id}" if kind == "object" else None


links: Links = where
assert_type(by_template("/things/{object}"), Links)
assert_type(page(engine.statement("b"), links=where), str)
assert_type(mail(engine.statement("b"), links=links), EmailMessage)
with Engine.open("sqlite:///acme.db") as kept:
    assert_type(kept, Engine)
with wiifm.open_store("sqlite:///acme.db") as store:
    assert_type(store, OpenStore)
    assert_type(Engine.over(store, book), Engine)
with MemoryStore() as memory:
    assert_type(memory, MemoryStore)
for place in (store, "sqlite:///acme.db"):
    assert_type(wiifm.verify(place), wiifm.Proof)
    assert_type(wiifm.verify(place, book, "2e"), wiifm.Proof)
    assert_type(wiifm.forget(place, member="b"), wiifm.Forgotten)
    assert_type(wiifm.forget(place, book, "b", ["text"]), wiifm.Forgotten)
    assert_type(wiifm.prune(place, before=event.occurred_at, archive="old.gz"), wiifm.Pruned)
    assert_type(wiifm.prune(place, book, event.occurred_at, "old.gz"), wiifm.Pruned)
    assert_type(wiifm.export(place, member="b"), dict[str, Any])
    assert_type(wiifm.export(place, book, "b"), dict[str, Any])
    assert_type(wiifm.rescore(place, book), wiifm.Rescored)
    assert_type([*wiifm.preview(place, book)], list[wiifm.Change])
wiifm.forget("sqlite:///acme.db")  # type: ignore[call-overload]


class Elsewhere:
    """A store that knows no with-block is one all the same."""

    def prepare(self, tables: Iterable[Table]) -> None: ...
    def reading(self) -> AbstractContextManager[Reading]:
        raise NotImplementedError

    def writing(self) -> AbstractContextManager[Writing]:
        raise NotImplementedError

    def close(self) -> None: ...


elsewhere: Store = Elsewhere()


async def awaited() -> None:
    async with await AsyncEngine.open("sqlite:///acme.db") as shared:
        assert_type(shared, AsyncEngine)
        assert_type(await shared.record(event), Receipt)
        assert_type(await shared.record_many([event]), Tally)
        assert_type(await shared.statement("b"), Statement)
        assert_type(await shared.statement(someone), Statement)
        assert_type(await shared.leaderboard(around=someone), list[Rank])
        assert_type(await shared.receipt(event), Receipt)
        assert_type(await shared.entries_of(event), list[Entry])
        assert_type(await shared.retract(event, actor=someone), Receipt)
        assert_type(await shared.ledger("b"), list[Entry])
        assert_type(await shared.latest_entries("b", limit=20), list[Entry])
        assert_type(await shared.holders(), list[Holder])
        assert_type(shared.faults, tuple[wiifm.Fault, ...])


def lunch(activity: Activity) -> bool:
    return activity.local.hour == 12


def thorough(activity: Activity) -> bool:
    assert_type(activity.data, Mapping[str, Any])
    assert_type(activity.event.data, Mapping[str, Any])
    return activity.role == "recipient" and activity.data["comments"] >= 2


def long(activity: Activity) -> bool:
    words: int = activity.data["words"]
    return words > 100 and "pricing" in activity.data["tags"]


role: wiifm.Role = receipt.entries[0].role
reason: wiifm.Reason = receipt.refusals[0].reason
status: wiifm.Status = receipt.status
kind: wiifm.HolderKind = someone.kind
act: wiifm.Act = "asks"
value: wiifm.Value = ("a", "b")
clock: wiifm.Clock = engine.clock
amount: wiifm.Amount = receipt.entries[0].amount
observer: wiifm.Observer = print
assert_type(Undelivered.type, wiifm.NoticeType)
assert receipt.refusals[0].reason != "capt"  # type: ignore[comparison-overlap]
at_lunch: Callable[[Activity], bool] = lunch
_ = wiifm.Evnet  # type: ignore[attr-defined]
_ = wiifm.testing.RuleContrct  # type: ignore[attr-defined]


class Plugin:
    @hookimpl
    def wiifm_event_types(self, types: EventTypes) -> None:
        types.add()

    @hookimpl
    def wiifm_rules(self, book: RuleBookBuilder) -> None:
        book.toml("")
        assert_type(book.rule(on="post.shared", points=1)(at_lunch), Callable[[Activity], bool])

    @hookimpl
    def wiifm_books(self, books: Books) -> None:
        books.add("text", "")
        books.add("file", Path("thanks.toml"))
        books.add("resource", files("wiifm.packs") / "sharing.toml")

    @hookimpl
    def wiifm_sources(self, sources: Sources) -> None:
        sources.add("lines", read_lines)

    @hookimpl
    def wiifm_commands(self, commands: Commands) -> None:
        commands.add()


assert_type(find_source("jsonl"), Reader)


def step(state: int, activity: Activity, settings: Mapping[str, Any]) -> tuple[int, int]:
    assert_type(activity.event, Event)
    assert_type(activity.holder, Holder)
    return state + 1, settings["most"] - state


assert_type(RuleKind(name="fading", step=step), RuleKind)


def read(widest: int) -> int | None:
    return widest or None


assert_type(Measure(name="widest", start=0, add=max, read=read), Measure)
