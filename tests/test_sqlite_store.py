"""What is special about SQLite: foreign files, full disks, forks, and the plans of its questions."""

import gc
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from itertools import product

import pytest

from wiifm import StoreBusy, StoreDamaged, StoreFault
from wiifm.stores import statements
from wiifm.stores.protocol import Index, Table
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.sqlite_rows import DIALECT
from wiifm.stores.statements import Projection, RowRange
from wiifm.testing.store_samples import APPLE, EATEN, FRUIT, PLUM, add, all_of, opened

NUMBERED = Table(
    "numbered",
    {"no": "integer", "member": "text", "at": "integer"},
    ("no",),
    {"member": Index(("member", "at")), "at": Index(("at",), unique=True)},
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "acme.db"


@pytest.fixture
def store(path):
    store = opened(lambda: SqliteStore(path), [PLUM])
    yield store
    store.close()


# ---- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_that_a_file_is_needed(name):
    with pytest.raises(StoreFault, match=r"expected a path; MemoryStore\(\) keeps them in memory"):
        SqliteStore(name)


def test_that_only_prepare_makes_a_file(path):
    store = SqliteStore(path)
    for use in (all_of, add):
        with pytest.raises(StoreFault, match=r"no such file; prepare\(\) makes it"):
            use(store)
    assert not path.exists()
    store.prepare([FRUIT])
    assert path.exists() and all_of(store) == []


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize(
    "use", [all_of, add, lambda store: store.prepare([FRUIT])], ids=["read", "write", "prepare"]
)
def test_that_nobody_goes_on_with_a_file_that_was_removed(store, path, use, replaced):
    """SQLite would, and what was recorded would be nowhere."""
    for each in path.parent.glob("acme.db*"):
        each.rename(each.with_name(f"former-{each.name}"))
    if replaced:
        opened(lambda: SqliteStore(path), [APPLE]).close()
    with pytest.raises(
        StoreFault,
        match=r"acme\.db: since it was opened the file was removed, or another one put in",
    ):
        use(store)
    assert path.exists() == replaced
    opened(lambda: SqliteStore(path), [] if replaced else [APPLE]).close()
    assert all_of(SqliteStore(path)) == [APPLE]


def test_that_what_is_written_while_the_file_is_removed_is_no_success(store, path):
    with pytest.raises(StoreFault, match="the file was removed"), store.writing() as writing:
        writing.insert(FRUIT, [APPLE])
        path.unlink()


def test_that_an_empty_file_is_a_new_one(path):
    path.touch()
    assert all_of(opened(lambda: SqliteStore(path), [PLUM])) == [PLUM]


@pytest.mark.parametrize("name", ["with space.db", "100%.db", "a?b#c.db", "müsli.db", "file:x.db"])
def test_that_a_file_may_have_any_name(tmp_path, name):
    opened(lambda: SqliteStore(tmp_path / name), [PLUM]).close()
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_that_a_folder_is_refused(tmp_path):
    with pytest.raises(StoreFault, match="found a folder, expected a file"):
        SqliteStore(tmp_path)


def test_that_a_place_that_cannot_be_looked_at_is_told(tmp_path):
    with pytest.raises(StoreFault, match=r"it can't be accessed \(File name too long\)"):
        SqliteStore(tmp_path / ("x" * 400))


def test_that_a_folder_that_is_missing_is_told(tmp_path):
    store = SqliteStore(tmp_path / "nowhere" / "acme.db")
    with pytest.raises(StoreFault, match="its folder must exist"):
        store.prepare([FRUIT])


def test_that_a_file_of_another_kind_is_refused_and_left_alone(path):
    path.write_text("name,weight\n" * 1_000)
    with pytest.raises(StoreFault, match="this isn't an SQLite database; name another file"):
        SqliteStore(path)
    assert path.read_text().startswith("name,weight")


def test_that_the_database_of_another_program_is_refused_and_left_alone(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE fruit (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreFault, match="expected a store of wiifm; name another file"):
        SqliteStore(path)
    assert path.read_bytes() == before and [*path.parent.iterdir()] == [path]


def test_that_a_file_that_is_damaged_says_so(store, path):
    add(store, *[(f"f{number}", number, "c" * 500, None, None) for number in range(500)])
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_960)
    with pytest.raises(StoreDamaged, match="the file is damaged; restore it from a backup") as told:
        all_of(SqliteStore(path))
    assert told.value.table is None


def test_that_a_schema_that_is_damaged_says_so_though_its_message_is_no_text(store, path):
    store.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE T\xc8BLE"))
    with pytest.raises(StoreDamaged, match="the file is damaged; restore it from a backup"):
        all_of(SqliteStore(path))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (sqlite3.SQLITE_FULL, "free some space, and try again"),
        (sqlite3.SQLITE_READONLY, "make the file and its folder writable, or read a copy"),
        (sqlite3.SQLITE_IOERR | 10 << 8, "look at the system's log"),
        (sqlite3.SQLITE_PERM, "make the file and its folder readable and writable"),
        (sqlite3.SQLITE_ERROR, "acme.db: what it said"),
    ],
)
def test_that_what_sqlite_says_comes_with_a_way_out(store, code, told):
    error = sqlite3.OperationalError("what it said")
    error.sqlite_errorcode = code
    assert told in str(store.fault(error)) and "what it said" in str(store.fault(error))


def test_that_a_full_disk_is_told_and_nothing_is_half_written(path):
    program = f"""
import resource, signal
from wiifm import StoreFault
from wiifm.stores.sqlite import SqliteStore
from wiifm.testing.store_samples import PLUM, add, all_of, opened
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = opened(lambda: SqliteStore({str(path)!r}), [PLUM])
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    add(store, *[(f"f{{n}}", n, "c" * 1000, None, None) for n in range(5_000)])
except StoreFault as fault:
    print(fault)
print(all_of(store) == [PLUM])
"""
    told, same = output(program).splitlines()
    assert "the disk" in told and "full" in told and same == "True"


# ---- transactions ----------------------------------------------------------------------------------------


def test_that_commits_outlive_a_power_cut(store):
    with store.reading() as reading:
        assert reading._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert reading._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_that_a_scan_that_was_not_finished_holds_nothing(store):
    add(store, APPLE)
    with store.reading() as reading:
        rows = reading.scan(FRUIT)
        next(rows)
    add(store, ("fig", 1, None, None, None))
    assert len(all_of(store)) == 3
    with sqlite3.connect(store.place) as other:  # which would be busy if somebody still read
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.close()
    with pytest.raises(StoreFault, match="has ended"):
        next(rows)


def test_that_what_was_committed_while_somebody_read_for_long_takes_no_room_for_ever(path):
    store, log = SqliteStore(path), path.with_name("acme.db-wal")
    store.prepare([FRUIT])
    with store.reading() as reading:
        list(reading.scan(FRUIT))
        for number in range(24):
            with store.writing() as writing:
                writing.insert(FRUIT, [(f"{number}", number, None, bytes(4_000_000), None)])
        assert log.stat().st_size > 90_000_000
    for _ in range(3):
        with store.writing() as writing:
            writing.put(FRUIT, [PLUM])
    assert log.stat().st_size <= 64 * 2**20
    store.close()


def test_that_another_program_may_hold_the_file_for_some_time(path):
    store = opened(lambda: SqliteStore(path, timeout=0.2))
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match=r"acme.db: another process has been writing for 0.2 s"):
            add(store, PLUM)
        other.execute("ROLLBACK")
    other.close()
    add(store, PLUM)


def test_that_who_has_waited_long_asks_as_often_as_who_came_last(store, path, monkeypatch):
    asked, execute = [], SqliteStore.execute

    def noted(self, connection, sql, cells=()):
        if sql == "BEGIN IMMEDIATE":
            asked.append(time.monotonic())
        return execute(self, connection, sql, cells)

    with closing(SqliteStore(path, timeout=1)) as late, store.writing():
        monkeypatch.setattr(SqliteStore, "execute", noted)
        with pytest.raises(StoreBusy), late.writing():
            pass
    half = (asked[0] + asked[-1]) / 2
    assert sum(moment > half for moment in asked) > 20


def test_that_a_store_that_nobody_holds_is_closed(path):
    store = opened(lambda: SqliteStore(path), [PLUM])
    assert path.with_name("acme.db-wal").exists()
    del store
    gc.collect()
    assert [*path.parent.iterdir()] == [path]


# ---- forks -----------------------------------------------------------------------------------------------


def output(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


FORKED = """
import os
from wiifm import StoreFault
from wiifm.stores.sqlite import SqliteStore
from wiifm.testing.store_samples import APPLE, FRUIT, PEAR, PLUM, add, all_of, opened
store = opened(lambda: SqliteStore({path!r}), [PLUM])
def told(work):
    try:
        print(work(), flush=True)
    except StoreFault as fault:
        print(fault, flush=True)
"""


def test_that_parent_and_child_of_a_fork_lose_nothing(path):
    """SQLite itself would: the child's connection believes to have the locks that the parent's has."""
    program = (
        FORKED.format(path=str(path))
        + """
to_parent, to_child = os.pipe(), os.pipe()
if os.fork() == 0:
    add(store, APPLE)
    os.write(to_parent[1], b"1")
    os.read(to_child[0], 1)
    add(store, PEAR)
    os._exit(0)
os.read(to_parent[0], 1)
all_of(store)
store.close()
os.write(to_child[1], b"1")
os.wait()
print(len(all_of(SqliteStore(store.place))))
"""
    )
    assert output(program) == "3\n"


def test_that_a_transaction_is_not_inherited(path):
    program = (
        FORKED.format(path=str(path))
        + """
with store.writing() as writing:
    writing.insert(FRUIT, [APPLE])
    child = os.fork()
    if child == 0:
        told(lambda: writing.insert(FRUIT, [PEAR]))
        told(lambda: add(store, PEAR))
        told(lambda: add(SqliteStore(store.place), PEAR))
        os._exit(0)
    os.waitpid(child, 0)
print(all_of(store) == [APPLE, PLUM])
"""
    )
    first, second, third, same = output(program).splitlines()
    assert "belongs to the parent process; begin another" in first
    assert "forked in the middle of a transaction; fork between transactions, or spawn" in second
    assert third == second and same == "True"


def test_that_a_child_leaves_the_block_of_its_parent_without_harm(path):
    program = (
        FORKED.format(path=str(path))
        + """
child = None
try:
    with store.writing() as writing:
        writing.insert(FRUIT, [APPLE])
        child = os.fork()
        if child:
            os.waitpid(child, 0)
except StoreFault as fault:
    print(fault, flush=True)
    os._exit(0)
print(all_of(store) == [APPLE, PLUM])
"""
    )
    told, same = output(program).splitlines()
    assert "belongs to the parent process" in told and same == "True"


# ---- plans -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [FRUIT, EATEN, NUMBERED], ids=lambda table: table.name)
def test_that_no_scan_sorts_and_none_reads_more_than_it_must(table):
    connection = sqlite3.connect(":memory:")
    connection.execute(statements.create_table(DIALECT, table))
    for index in table.indexes:
        connection.execute(statements.create_index(DIALECT, table, index))
    for index, backwards in product([None, *table.indexes], [False, True]):
        widths = range(len(table.ordered_by(index)) + 1)
        for width, since, before in product(widths, widths, widths):
            if width + max(since, before) >= len(widths):
                continue
            sql = statements.scan(
                DIALECT, table, index, width, since or None, before or None, backwards, True
            )
            cells = [0] * sql.count("?")
            plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + sql, cells)]
            assert not any("TEMP B-TREE" in step for step in plan), sql
            assert plan[0].startswith("SEARCH" if width + since + before or index else "SCAN"), sql
    connection.close()


@pytest.mark.parametrize("table", [FRUIT, EATEN, NUMBERED], ids=lambda table: table.name)
def test_that_every_key_is_looked_up(table):
    connection = sqlite3.connect(":memory:")
    connection.execute(statements.create_table(DIALECT, table))
    for index in table.indexes:
        connection.execute(statements.create_index(DIALECT, table, index))
    for index in (None, *table.indexes):
        for width in range(1, len(table.ordered_by(index)) + 1):
            sql = statements.pick_each(
                DIALECT, table, index, width, 8, Projection((*table.columns,), None)
            )
            plan = [
                row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + sql, [0] * 8 * width)
            ]
            assert any(step.startswith(f"SEARCH {table.name}") for step in plan), plan
    connection.close()


@pytest.mark.parametrize("way", [None, "fruit"])
@pytest.mark.parametrize("index", [None, "colour"])
def test_that_what_others_have_is_looked_up(index, way):
    connection = sqlite3.connect(":memory:")
    for table in (FRUIT, EATEN):
        connection.execute(statements.create_table(DIALECT, table))
        for name in table.indexes:
            connection.execute(statements.create_index(DIALECT, table, name))
    asked, by = RowRange(1, 1, 1, ("at", 2)), ("fruit", way)
    sql = statements.follow(DIALECT, FRUIT, index, ("weight", 2), ("name",), EATEN, by, asked)
    found = connection.execute("EXPLAIN QUERY PLAN " + sql, [0] * sql.count("?"))
    plan = [row[3] for row in found]
    assert any(step.startswith("SEARCH fruit") for step in plan), plan
    assert any(step.startswith("SEARCH eaten") for step in plan), plan
    connection.close()


def test_that_a_copy_that_lost_the_wal_mode_gets_it_back(tmp_path):
    """VACUUM INTO makes such copies."""
    table = Table("fruit", {"name": "text"}, key=("name",))
    store = SqliteStore(tmp_path / "acme.db")
    store.prepare([table])
    store.close()
    with closing(sqlite3.connect(tmp_path / "acme.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    copy = SqliteStore(tmp_path / "copy.db")
    copy.prepare([table])
    copy.close()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


def test_that_rows_that_nobody_takes_any_more_are_let_go_in_silence(path, monkeypatch):
    noted = []
    monkeypatch.setattr(sys, "unraisablehook", noted.append)
    store = opened(lambda: SqliteStore(path), [PLUM, APPLE])
    with store.reading() as reading:
        rows = reading.scan(FRUIT)
        next(rows)
    store.close()
    del rows
    gc.collect()
    assert not noted
