"""Old events go into an archive; what the store holds then is as much as before, and is still proved."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from attrs import evolve
from hypothesis import given, settings

from histories import START, history
from test_archive import record
from test_forget import THANKS, standings, thanks
from test_law import EXAMPLES, seeds, some_book
from test_rescore import book, check_all, rows_of, two_books
from wiifm import (
    ConflictingEvent,
    Engine,
    InvalidInput,
    RuleBook,
    RuleKind,
    StoreBusy,
    StoreFault,
    hookimpl,
    prune,
    rescore,
    retention,
    verify,
)
from wiifm.activities import order_of
from wiifm.sources.jsonl import read_jsonl
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep import erasing
from wiifm.upkeep.forgetting import forget

FREE = "a text that nobody asks for"


def wordy(decided, events):
    """The events, each with a free text where its type has one."""
    kinds = {name: kind.fields for name, kind in decided.types.items()}
    return [
        evolve(each, data={**each.data, "text": f"{FREE} {each.id}"})
        if "text" in kinds[each.type]
        else each
        for each in events
    ]


def moment_in(random, events):
    return random.choice(events).occurred_at + timedelta(microseconds=random.choice([0, 1]))


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_standings_stay_and_the_archive_can_be_replayed(tmp_path_factory, seed):
    random, folder = Random(seed), tmp_path_factory.mktemp("prune")
    decided, other = two_books(random)
    events = wordy(decided, history(random, 40))
    store, archives = MemoryStore(), []
    for number, (first, last) in enumerate(((0, 25), (25, 35))):
        record(Engine.over(store, decided), events[first:last], random)
        before, entries = standings(Engine.over(store, decided)), sums(store, decided)
        edge = moment_in(random, events)
        told = prune(store, decided, edge, folder / f"{number}.jsonl.gz")
        assert standings(Engine.over(store, decided)) == before
        assert sums(store, decided) == entries
        old = {each.id for each in events[:last] if each.occurred_at < edge}
        new = old - {each.id for each in archives}
        if told.archived:
            found = list(read_jsonl(folder / f"{number}.jsonl.gz"))
            assert found == sorted(found, key=order_of)
            assert {each.id for each in found} == new
            archives += found
        assert told.archived == len(new)
        kept = repr(rows_of(store))
        assert not any(f"{FREE} {name}'" in kept or f'{FREE} {name}"' in kept for name in old)
        assert Engine.over(store, decided).record_many(events[:last]).duplicates == last
        check_all(store, decided, events[:last])
    ids = {each.id for each in archives}
    fresh = Engine(decided)
    record(fresh, [*archives, *(each for each in events[:35] if each.id not in ids)], random)
    assert standings(fresh) == standings(Engine.over(store, decided))
    record(Engine.over(store, decided), events[35:], random)
    check_all(store, decided, events)
    rescore(store, other)
    check_all(store, other, events)


def sums(store, decided):
    return [(each.no, each.amount, each.rule) for each in Engine.over(store, decided).ledger()]


def pruned(tmp_path, more=""):
    """A store with two thanks, a day apart, of which the first is pruned; its book, and the receipt."""
    store, decided = MemoryStore(), book(THANKS + more)
    first, second = thanks(1, "Ann", "Bob", "for the prices"), thanks(2, "Cy", "Bob", "for coffee")
    later = evolve(second, occurred_at=START + timedelta(days=1))
    Engine.over(store, decided).record_many([first, later])
    return store, decided, prune(store, decided, later.occurred_at, tmp_path / "old.jsonl.gz")


def test_that_texts_go_and_sentences_with_them(tmp_path):
    store, decided, told = pruned(tmp_path)
    assert str(told) == "1 event archived; texts of 1 event and 1 entry erased, in 1 commit"
    said = [entry.say for entry in Engine.over(store, decided).ledger("Bob")]
    assert said == ["Ann thanked you", "Cy thanked you: for coffee"]
    assert "prices" not in repr(rows_of(store))
    (found,) = read_jsonl(tmp_path / "old.jsonl.gz")
    assert found.data["text"] == "for the prices"


def test_that_a_second_run_changes_nothing(tmp_path):
    store, decided, _ = pruned(tmp_path)
    rows, archive = rows_of(store), (tmp_path / "old.jsonl.gz").read_bytes()
    again = prune(store, decided, START + timedelta(days=1), tmp_path / "old.jsonl.gz")
    assert (again.archived, again.commits) == (0, 0)
    assert rows_of(store) == rows
    assert (tmp_path / "old.jsonl.gz").read_bytes() == archive


def test_that_what_comes_late_goes_into_the_next_archive(tmp_path):
    store, decided, _ = pruned(tmp_path)
    late = evolve(thanks(3, "Dee", "Bob", "for the tea"), occurred_at=START - timedelta(days=1))
    Engine.over(store, decided).record(late)
    told = prune(store, decided, START + timedelta(days=1), tmp_path / "more.jsonl")
    assert told.archived == told.events == 1
    assert list(read_jsonl(tmp_path / "more.jsonl")) == [late]
    assert not verify(store, decided).differences


def test_that_what_came_twice_is_archived_once_and_replayed_to_no_effect(tmp_path):
    random, path = Random(7), tmp_path / "old.jsonl.gz"
    decided = some_book(random)
    events = wordy(decided, history(random, 40))
    store, edge = MemoryStore(), START + timedelta(days=2)
    engine = Engine.over(store, decided)
    for each in ([*events, *events], [*reversed(events)]):
        assert engine.record_many(each).recorded in (len(events), 0)
    old = [each for each in sorted(events, key=order_of) if each.occurred_at < edge]
    assert prune(store, decided, edge, path).archived == len(old) > 0
    rows, archived = rows_of(store), list(read_jsonl(path))
    assert archived == old
    for each in (archived, [*archived, *archived], events):
        assert Engine.over(store, decided).record_many(each).duplicates == len(each)
        assert {engine.record(one).status for one in each[:3]} == {"duplicate"}
    assert prune(store, decided, edge, tmp_path / "more.jsonl.gz").archived == 0
    assert rows_of(store) == rows
    fresh = Engine(decided)
    fresh.record_many([*archived, *archived, *events])
    assert standings(fresh) == standings(engine)


def test_that_a_pruned_event_is_known_when_it_is_sent_again(tmp_path):
    store, decided, _ = pruned(tmp_path)
    engine, first = Engine.over(store, decided), thanks(1, "Ann", "Bob", "for the prices")
    assert engine.record_many([first]).duplicates == 1
    with pytest.raises(ConflictingEvent, match="recipient was 'Bob', now 'Dee'"):
        engine.record(evolve(first, recipient="Dee"))


def test_that_what_a_rule_asks_for_stays(tmp_path):
    store, decided, told = pruned(tmp_path, "where = 'len(text) > 3'\n")
    assert (told.archived, told.events, told.entries) == (1, 0, 0)
    assert "prices" in repr(rows_of(store))
    assert not verify(store, decided).differences


def test_that_a_kept_field_stays(tmp_path):
    store, decided = MemoryStore(), book(THANKS)
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "for the prices"))
    later = START + timedelta(days=1)
    assert prune(store, decided, later, tmp_path / "a.jsonl", keep=["text"]).events == 0


def test_that_members_are_forgotten_in_what_is_pruned(tmp_path):
    store, decided, _ = pruned(tmp_path)
    forget(store, decided, "Ann")
    assert "Ann" not in repr(rows_of(store))
    assert prune(store, decided, START + timedelta(days=1), tmp_path / "b.jsonl").archived == 0
    assert not verify(store, decided).differences


def test_that_another_file_is_not_overwritten(tmp_path):
    store, decided, _ = pruned(tmp_path)
    rows, archive = rows_of(store), (tmp_path / "old.jsonl.gz").read_bytes()
    with pytest.raises(StoreFault, match="found other events, expected those that would be"):
        prune(store, decided, START + timedelta(days=2), tmp_path / "old.jsonl.gz")
    assert rows_of(store) == rows
    assert (tmp_path / "old.jsonl.gz").read_bytes() == archive


def test_that_no_archive_is_written_where_somebody_elses_file_or_link_waits_for_it(tmp_path):
    pytest.importorskip("fcntl")
    store, decided, edge = MemoryStore(), book(THANKS), START + timedelta(days=1)
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "for the prices"))
    rows, partial, other = rows_of(store), tmp_path / "partial-a.jsonl", tmp_path / "other"
    other.write_text("precious", encoding="utf-8")
    partial.symlink_to(other)
    with pytest.raises(InvalidInput, match=r"partial-a\.jsonl: found a symbolic link"):
        prune(store, decided, edge, tmp_path / "a.jsonl")
    partial.unlink()
    partial.write_text("precious", encoding="utf-8")
    somebody = patch("os.geteuid", lambda: partial.stat().st_uid + 1)
    with somebody, pytest.raises(InvalidInput, match="found a file of another user, expected one"):
        prune(store, decided, edge, tmp_path / "a.jsonl")
    assert rows_of(store) == rows and not (tmp_path / "a.jsonl").exists()
    assert {each.read_text(encoding="utf-8") for each in (other, partial)} == {"precious"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
def test_that_an_archive_is_a_file(tmp_path):
    store, decided = MemoryStore(), book(THANKS)
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "for the prices"))
    for place in (Path("/dev/full"), tmp_path):
        with pytest.raises(StoreFault, match="expected a file or a free name"):
            prune(store, decided, START + timedelta(days=900), place)


def test_that_nothing_goes_unless_the_archive_can_be_read(tmp_path):
    store, decided = MemoryStore(), book(THANKS)
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "for the prices"))
    rows, later = rows_of(store), START + timedelta(days=1)
    unwritable = "found No such file or directory, expected a file that can be written"
    with pytest.raises(InvalidInput, match=unwritable):
        prune(store, decided, later, tmp_path / "none" / "a.jsonl.gz")
    nothing = patch("wiifm.retention.write_jsonl", lambda events, path: path.write_bytes(b""))
    with nothing, pytest.raises(StoreFault, match="found something else than was written"):
        prune(store, decided, later, tmp_path / "a.jsonl.gz")
    assert rows_of(store) == rows
    assert not (tmp_path / "a.jsonl.gz").exists()


def test_that_a_moment_needs_its_offset(tmp_path):
    store, decided = MemoryStore(), book(THANKS)
    Engine.over(store, decided)
    with pytest.raises(InvalidInput, match="with its UTC offset"):
        prune(store, decided, START.replace(tzinfo=None), tmp_path / "a.jsonl")


class Killed(BaseException):
    """As if the process had been killed."""


STAGES = [
    "os.fsync",
    "wiifm.retention.read_jsonl",
    "wiifm.retention._sync_folder",
    "wiifm.retention.erasing",
    *(
        f"wiifm.upkeep.erasing.ErasingTransaction.{name}"
        for name in ("_check", "_erase_events", "_erase_entries", "_commit")
    ),
    "wiifm.upkeep.erasing.move",
]


@pytest.mark.parametrize("stage", STAGES)
def test_that_it_is_run_again_where_it_was_stopped(tmp_path, stage):
    with closing(SqliteStore(tmp_path / "a.db")) as store:
        decided, random = some_book(Random(4)), Random(4)
        events = wordy(decided, history(random, 40))
        record(Engine.over(store, decided), events, random)
        rows, edge = rows_of(store), events[20].occurred_at

        def stop(*given):
            raise Killed

        with patch(stage, stop), pytest.raises(Killed):
            prune(store, decided, edge, tmp_path / "a.jsonl.gz")
        assert rows_of(store) == rows
        told = prune(store, decided, edge, tmp_path / "a.jsonl.gz")
        assert told.archived == len(list(read_jsonl(tmp_path / "a.jsonl.gz"))) > told.events > 0
        check_all(store, decided, events)


def test_that_of_two_at_one_archive_the_second_is_told_and_disturbs_nobody(tmp_path):
    """A second run that begins amid the first would write over what that has just looked through, and might be killed there."""
    pytest.importorskip("fcntl")
    with closing(SqliteStore(tmp_path / "a.db")) as store:
        decided, path = book(THANKS), tmp_path / "a.jsonl"
        first, edge = thanks(1, "Ann", "Bob", "for the prices"), START + timedelta(days=1)
        Engine.over(store, decided).record(first)

        def looked_through(*given):
            found = holds(*given)
            with patch("os.fsync", side_effect=Killed), closing(SqliteStore(store.place)) as second:
                Engine.over(second, decided).record(thanks(2, "Cy", "Bob", "for coffee"))
                with pytest.raises(StoreBusy, match="another process is at work there"):
                    prune(second, decided, edge, path)
            return found

        holds = retention._holds
        with patch.object(retention, "_holds", looked_through):
            assert prune(store, decided, edge, path).archived == 1
        assert list(read_jsonl(path)) == [first]
        assert prune(store, decided, edge, tmp_path / "b.jsonl").archived == 1


def test_that_whoever_erases_while_another_one_does_may_try_again(tmp_path):
    store, decided, edge = MemoryStore(), book(THANKS), START + timedelta(days=1)
    for number, actor in enumerate(["Ann", "Cy", "Dee", "Eve"], 1):
        Engine.over(store, decided).record(thanks(number, actor, "Bob", "for the prices"))
    others = iter(["Cy", "Dee"])

    def meanwhile(*given):
        with patch.object(erasing, "stage", stage):
            forget(store, decided, next(others))
        return stage(*given)

    stage = erasing.stage
    uses = (
        lambda: forget(store, decided, "Ann"),
        lambda: prune(store, decided, edge, tmp_path / "a.jsonl"),
    )
    for use in uses:
        with patch.object(erasing, "stage", meanwhile), pytest.raises(StoreBusy, match="try again"):
            use()
    assert forget(store, decided, "Ann").events == 1
    assert not verify(store, decided).differences


def test_that_nothing_is_left_of_an_archive_that_could_not_be_written(tmp_path):
    pytest.importorskip("fcntl")
    store, decided = MemoryStore(), book(THANKS)
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "for the prices"))
    full = OSError(28, "No space left on device")
    with patch("os.fsync", side_effect=full), pytest.raises(OSError, match="No space"):
        prune(store, decided, START + timedelta(days=1), tmp_path / "a.jsonl")
    assert not list(tmp_path.iterdir())


def test_that_it_says_what_to_do_where_somebody_was_forgotten_since_it_was_stopped(tmp_path):
    store, decided = MemoryStore(), book(THANKS)
    engine, edge = Engine.over(store, decided), START + timedelta(days=900)
    engine.record(thanks(1, "Ann", "Bob", "for the prices"))
    archive = tmp_path / "a.jsonl"
    with patch("wiifm.retention.erasing", side_effect=Killed), pytest.raises(Killed):
        prune(store, decided, edge, archive)
    forget(store, decided, "Bob")
    with pytest.raises(
        StoreFault, match=r"a member was forgotten or more was recorded since.*so remove the file"
    ):
        prune(store, decided, edge, archive)
    archive.unlink()
    assert prune(store, decided, edge, archive).archived == 1
    assert "Bob" not in archive.read_text(encoding="utf-8")


class Quoting:
    """Its rules raise and answer wrongly, and so say what they were given."""

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        def step(state, activity, settings):
            return state, activity.data["text"]

        kinds.add(RuleKind(name="quoting", step=step))

    @hookimpl
    def wiifm_rules(self, book):
        @book.rule(on="kudos.given", to="recipient", points=1)
        def tested(activity):
            raise ValueError(f"no points for {activity.data['text']!r}")

        book.toml("[[rule]]\nid = 'kind'\non = 'kudos.given'\nto = 'recipient'\nkind = 'quoting'")


@pytest.mark.parametrize("way", ["prune", "forget"])
def test_that_what_a_plugin_quoted_when_it_raised_goes_with_the_text(tmp_path, way):
    decided, store = RuleBook.parse("[book]\nid = 'b'", plugins=[Quoting()]), MemoryStore()
    Engine.over(store, decided).record(thanks(1, "bob", "ann", "a secret"))
    for number in range(2):
        assert ("a secret" in repr(rows_of(store))) == (number == 0)
        if way == "prune":
            prune(store, decided, START + timedelta(days=number + 1), tmp_path / f"{number}.jsonl")
        else:
            forget(store, decided, ["bob", "ann"][number])
    kind, tested = sorted(
        each.detail for each in Engine.over(store, decided).receipt("e1").refusals
    )[::-1]
    assert tested.endswith(
        ":Quoting.wiifm_rules.<locals>.tested raised ValueError; what it said was erased"
    )
    assert kind.endswith(".step, answered wrongly; what it said was erased")
    assert not verify(store, decided).differences


def test_that_what_was_told_as_raised_before_is_no_difference_and_goes_with_the_text(
    tmp_path, monkeypatch
):
    """A wrong answer was told as a TypeError or a ValueError that the function had raised."""
    book, store = RuleBook.parse("[book]\nid = 'b'", plugins=[Quoting()]), MemoryStore()
    with monkeypatch.context() as before:
        before.setattr(
            "wiifm.program.compile.failure", lambda error, _: f"raised TypeError({str(error)!r})"
        )
        Engine.over(store, book).record(thanks(1, "bob", "ann", "a secret"))
    again = RuleBook.parse("[book]\nid = 'b'", plugins=[Quoting()])
    assert "raised TypeError" in repr(rows_of(store)) and not verify(store, again).differences
    prune(store, again, START + timedelta(days=1), tmp_path / "old.jsonl")
    assert "a secret" not in repr(rows_of(store))
