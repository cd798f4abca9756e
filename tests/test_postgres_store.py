"""What is special about PostgreSQL: connections that break, scans in parts, forks, plans, and URLs with passwords."""

import os
import re
import socket
import socketserver
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from random import Random
from threading import Thread
from unittest.mock import patch

import psycopg
import pytest

from conftest import connected, drop_remains
from histories import history
from test_archive import check_same
from test_law import some_book
from wiifm import (
    Engine,
    Event,
    InvalidURL,
    NotPrepared,
    RuleBook,
    StoreBusy,
    StoreDamaged,
    StoreFault,
    StoreUnreachable,
)
from wiifm.stores import postgres_rows, statements
from wiifm.stores.postgres import PostgresStore
from wiifm.stores.postgres_rows import DIALECT
from wiifm.stores.protocol import Table
from wiifm.stores.statements import Projection
from wiifm.testing.store_machine import compare
from wiifm.testing.store_samples import APPLE, EATEN, FRUIT, PEAR, PLUM, add, all_of, opened
from wiifm.upkeep.exporting import export

BOOK = RuleBook.parse("""
[book]
id = "acme"

[[rule]]
id     = "kudos"
on     = "kudos.given"
to     = "recipient"
points = 5
""")


@pytest.fixture
def url(postgres_urls):
    return postgres_urls()


@pytest.fixture
def store(url):
    name = url.rpartition("=")[2]
    store = opened(lambda: PostgresStore(f"{url}&application_name={name}"), [PLUM])
    yield store
    store.close()


@pytest.fixture
def end_connections(url):
    """Have the server close the store's connections."""
    name = url.rpartition("=")[2]
    with psycopg.connect(url.partition("?")[0], autocommit=True) as administrator:

        def end():
            sql = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"
            return len(administrator.execute(sql, [name]).fetchall())

        yield end


@pytest.fixture
def role(url):
    """A role that nothing is granted to, and a way for the owner to say more; its name wants quotes."""
    with psycopg.connect(url.partition("?")[0], autocommit=True) as owner:
        name = "wiifm-" + url.rpartition("_")[2]
        owner.execute(f'CREATE ROLE "{name}" LOGIN')
        yield name, owner.execute
        owner.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


# ---- rights ----------------------------------------------------------------------------------------------


def test_that_a_role_is_told_what_it_may_not_do_and_what_helps(store, url, role):
    name, say = role
    schema = url.rpartition("=")[2]
    told = rf'^postgresql://.*: the role "{name}" may not do this \(permission denied for %s\); have the owner execute: %s$'
    tables = f'ON ALL TABLES IN SCHEMA {schema} TO "{name}"'
    usage = f'GRANT USAGE ON SCHEMA {schema} TO "{name}"'
    select = f"GRANT SELECT {tables}"
    change = f"GRANT INSERT, UPDATE, DELETE {tables}"
    create = f'GRANT CREATE ON SCHEMA {schema} TO "{name}"'
    to_record = re.escape(" (to record, SELECT, INSERT, UPDATE, DELETE)")
    other = re.sub("//[^@]*@", f"//{name}@", url)
    with closing(PostgresStore(other)) as theirs:
        with pytest.raises(
            StoreFault, match=told % (f"schema {schema}", f"{usage}; {select}{to_record}")
        ):
            all_of(theirs)
        say(usage)
        with pytest.raises(StoreFault, match=told % ("table fruit", select + to_record)):
            all_of(theirs)
        say(select)
        assert all_of(theirs) == [PLUM]
        with pytest.raises(StoreFault, match=told % ("table fruit", change)):
            add(theirs, APPLE)
        say(change)
        add(theirs, APPLE)
        with pytest.raises(StoreFault, match=told % (f"schema {schema}", create)):
            theirs.prepare([Table("more", {"name": "text"}, ("name",))])
    assert all_of(store) == [APPLE, PLUM]


def test_that_a_role_that_may_make_no_schema_is_told_so(url, role):
    name, _ = role
    with closing(PostgresStore(re.sub("//[^@]*@", f"//{name}@", url))) as theirs:
        with pytest.raises(NotPrepared):
            all_of(theirs)
        with pytest.raises(StoreFault, match=f'GRANT CREATE ON DATABASE test TO "{name}"$'):
            theirs.prepare([FRUIT])


def test_that_whoever_reads_where_they_may_not_is_not_told_that_there_is_nothing(url, role):
    name, _ = role
    Engine.open(url, some_book(Random(1))).close()
    with pytest.raises(StoreFault, match=r"may not do this .* GRANT USAGE"):
        Engine.open(re.sub("//[^@]*@", f"//{name}@", url))


# ---- connections -----------------------------------------------------------------------------------------


def test_that_a_session_that_the_server_ends_is_lost_before_the_connection_knows(url):
    errors = PostgresStore(url)._errors
    address = url.partition("?")[0]
    with psycopg.connect(address) as ended, psycopg.connect(address) as still_open:
        with pytest.raises(psycopg.errors.AdminShutdown) as raised:
            ended.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        told = errors.fault(raised.value, still_open)
    assert isinstance(told, ConnectionError) and "nothing of the transaction is kept" in str(told)


def test_that_a_connection_that_was_closed_while_it_rested_is_replaced(store, end_connections):
    assert end_connections() == 1
    assert all_of(store) == [PLUM]
    assert end_connections() == 1
    add(store, APPLE)
    assert all_of(store) == [APPLE, PLUM]


def test_that_a_connection_that_is_lost_within_a_transaction_ends_it(store, end_connections):
    with pytest.raises(StoreFault, match="the server closed the connection"), store.writing() as w:
        w.insert(FRUIT, [APPLE])
        assert end_connections() == 1
        w.insert(FRUIT, [PEAR])
    with pytest.raises(StoreFault, match="the server closed the connection"), store.reading() as r:
        assert list(r.scan(FRUIT)) == [PLUM]
        assert end_connections() == 1
        list(r.scan(FRUIT))
    assert all_of(store) == [PLUM]


def test_that_what_was_read_whole_is_told_though_the_connection_is_lost(store, end_connections):
    with store.reading() as reading:
        assert list(reading.scan(FRUIT)) == [PLUM]
        assert end_connections() == 1
    assert all_of(store) == [PLUM]


def test_that_who_computes_too_long_within_a_transaction_is_told_what_to_allow(store, url):
    limit = "options=-c%20idle_in_transaction_session_timeout%3D20"
    with closing(PostgresStore(f"{url}&{limit}")) as other:
        with pytest.raises(StoreFault) as told, other.reading() as reading:
            time.sleep(0.3)
            list(reading.scan(FRUIT))
        assert "closed the connection; nothing of the transaction is kept" in str(told.value)
        assert "by ?options=-c%20idle_in_transaction_session_timeout%3D0)" in str(told.value)
        assert all_of(other) == [PLUM]


def test_that_a_connection_that_is_lost_at_the_commit_leaves_it_open(store, end_connections):
    with (
        pytest.raises(StoreUnreachable, match="give an engine the same again"),
        store.writing() as writing,
    ):
        writing.insert(FRUIT, [APPLE])
        assert writing.find(FRUIT, [APPLE[:1]])  # the server has heard all of it but for the commit
        end_connections()
    assert all_of(store) == [PLUM]


def test_that_an_engine_takes_the_same_again_after_a_commit_that_is_in_doubt(url):
    def lost(store, connection):
        connection.execute("COMMIT")
        connection.close()
        committed(store, connection)

    committed, at = PostgresStore._commit, datetime(2026, 5, 4, tzinfo=UTC)
    thanks = Event(id="k1", type="kudos.given", occurred_at=at, actor="bob", recipient="ann")
    with Engine.open(url, BOOK) as engine:
        with patch.object(PostgresStore, "_commit", lost), pytest.raises(StoreUnreachable):
            engine.record(thanks)
        assert engine.record(thanks).status == "duplicate"
        assert [entry.event for entry in engine.ledger()] == [thanks.id]


def test_that_a_connection_that_is_lost_in_the_midst_keeps_nothing(store, end_connections):
    expected = pytest.raises(StoreFault, match="nothing of the transaction is kept")
    with expected, store.writing() as writing:
        writing.insert(FRUIT, [APPLE])
        end_connections()
    assert all_of(store) == [PLUM]


def test_that_a_server_that_is_not_there_is_told_without_the_password():
    store = PostgresStore("postgresql://ann:secret@127.0.0.1:1/acme")
    with pytest.raises(StoreFault, match=r"127.0.0.1:1/acme.*expected a server that runs") as told:
        all_of(store)
    assert "secret" not in str(told.value) and "ann" not in str(told.value)


def test_that_one_who_waits_for_another_schema_does_not_wait(store, postgres_urls):
    other = opened(lambda: PostgresStore(postgres_urls(), timeout=0.2))
    with store.writing() as writing:
        writing.insert(FRUIT, [APPLE])
        add(other, PLUM)
        again = PostgresStore(other.place, timeout=0.2)
        with other.writing(), pytest.raises(StoreBusy, match=r"another process .* for 0.2 s"):
            add(again, PEAR)
    assert all_of(other) == [PLUM]
    again.close()
    other.close()


def test_that_nobody_waits_for_ever_for_what_somebody_holds(store, url):
    impatient = PostgresStore(f"{store.place}&options=-c%20statement_timeout%3D200", timeout=0.5)
    with store.writing(), pytest.raises(StoreBusy, match=r"writing, or held a lock, for 0.5 s"):
        add(impatient, APPLE)  # a limit of statements is none of waiting
    with psycopg.connect(url.partition("?")[0]) as other:
        other.execute(f'LOCK TABLE "{store._schema}".fruit'.encode())
        with pytest.raises(StoreBusy, match="try again, or allow more time"):
            all_of(PostgresStore(store.place, timeout=0.1))
    cancelled = pytest.raises(StoreFault, match="statement timeout; allow more")
    with cancelled, impatient.writing() as w:
        impatient.execute(w._connection, "SELECT pg_sleep(5)")
    assert all_of(impatient) == [PLUM]
    impatient.close()


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_that_whoever_had_to_give_way_may_try_again(store, code):
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '{code}'; END $$"
    with pytest.raises(StoreBusy, match=r"try again \(so it is\)"), store.writing() as writing:
        writing.insert(FRUIT, [APPLE])
        store.execute(writing._connection, raising)
    assert all_of(store) == [PLUM]


def test_that_a_key_that_is_too_long_is_told(store):
    name = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyzäöü", k=3_000))
    with pytest.raises(StoreFault, match=r"exceeds .* maximum .*: use shorter ids"):
        add(store, (name, *PLUM[1:]))
    assert all_of(store) == [PLUM]


@pytest.mark.parametrize("code", ["XX001", "XX002"])
def test_that_a_damaged_database_says_so(store, code):
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'invalid page' USING ERRCODE = '{code}'; END $$"
    with (
        pytest.raises(StoreDamaged, match=r"the database is damaged; .*\(invalid page\)"),
        store.reading() as reading,
    ):
        store.execute(reading._connection, raising)


def test_that_a_full_disk_is_told(store):
    raising = "DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '53100'; END $$"
    with pytest.raises(StoreFault, match="so it is; make room"), store.writing() as writing:
        store.execute(writing._connection, raising)
    assert all_of(store) == [PLUM]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="of Linux")
@pytest.mark.parametrize(("says", "idle"), [("", 30), ("&keepalives_idle=7", 7)])
def test_that_a_machine_that_vanished_is_given_up(url, says, idle):
    with closing(PostgresStore(url + says)) as store, store._connections.borrowed(id) as connection:
        line = socket.socket(fileno=os.dup(connection.fileno()))
        with line:
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == idle
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


def test_that_parent_and_child_of_a_fork_go_on(store):
    program = f"""
import os
from wiifm import StoreFault
from wiifm.stores.postgres import PostgresStore
from wiifm.testing.store_samples import APPLE, FRUIT, PEAR, PLUM, add, all_of
store = PostgresStore({store.place!r})
all_of(store)
with store.reading() as reading:
    child = os.fork()
    if child == 0:
        add(store, APPLE)
        try:
            reading.find(FRUIT, [("plum",)])
        except StoreFault as fault:
            print(fault, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print(reading.find(FRUIT, [("plum",)]) == [PLUM])
add(store, PEAR)
print(all_of(store) == [APPLE, PEAR, PLUM])
store.close()
"""
    told, *same = output(program).splitlines()
    assert "belongs to the parent process" in told and same == ["True", "True"]


def output(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- sessions that only read, and poolers -----------------------------------------------------------------


@pytest.mark.parametrize("says", ["before", "when something is written"])
def test_that_a_session_that_only_reads_is_told_and_reads(store, url, says, monkeypatch):
    if says != "before":  # as a server does that tells nothing of itself
        monkeypatch.setattr("wiifm.stores.postgres._READ_ONLY", ())
    only_reads = "options=-c%20default_transaction_read_only%3Don"
    with closing(PostgresStore(f"{url}&{only_reads}")) as reader:
        assert all_of(reader) == [PLUM]
        with pytest.raises(StoreFault, match=r"only reads, expected one that may write.* standby"):
            add(reader, APPLE)
    assert all_of(store) == [PLUM]


def asked_again_in_another_session(store):
    """Ask the same question often enough to be prepared, then in a session that doesn't know it, as a pooler would hand it out."""
    for _ in range(6):
        assert all_of(store) == [PLUM]
    store._connections._idle[-1].pgconn.exec_(b"DEALLOCATE ALL")
    return all_of(store)


def test_that_nothing_is_prepared_behind_a_pooler_that_is_told_of(store, url):
    with pytest.raises(StoreFault, match="say so in the URL: prepare=off"):
        asked_again_in_another_session(store)
    with closing(PostgresStore(f"{url}&prepare=off")) as behind:
        assert asked_again_in_another_session(behind) == [PLUM]
        add(behind, APPLE)


# ---- questions -------------------------------------------------------------------------------------------


def test_that_a_scan_in_parts_is_the_same(postgres_urls, monkeypatch):
    monkeypatch.setattr(postgres_rows, "_MAX_ROWS", 2)
    compare(lambda: partial(PostgresStore, postgres_urls()), lasting=True, examples=15)


@pytest.mark.parametrize("table", [FRUIT, EATEN], ids=lambda table: table.name)
def test_that_no_scan_sorts(store, url, table):
    with psycopg.connect(url.partition("?")[0]) as connection:
        connection.execute(f'SET search_path = "{store._schema}"'.encode())
        connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        for index, backwards in product([None, *table.indexes], [False, True]):
            ordered = table.ordered_by(index)
            for width in range(len(ordered)):
                since = len(ordered) - width
                sql = statements.scan(DIALECT, table, index, width, since, None, backwards, True)
                cells = [1 if table.columns[c] == "integer" else "a" for c in ordered]
                plan = connection.execute(f"EXPLAIN {sql}".encode(), [*cells, 5]).fetchall()
                text = "\n".join(line for (line,) in plan)
                assert "Index" in text and " Sort " not in text, text


@pytest.mark.parametrize("how", ["scan", "last of each", "sift"])
def test_that_no_other_index_that_has_the_same_order_is_read(store, url, how):
    """Of twenty rows one is green, so one seems to be near wherever one begins; but all of them stand ahead of half of the others."""
    rows = [
        (
            f"{number:05}",
            1,
            "green" if number % 20 == 0 and number < 3_000 else f"{number % 20}",
            b"x" * 100,
            None,
        )
        for number in range(6_000)
    ]
    with store.writing() as writing:
        writing.insert(FRUIT, rows)
    with psycopg.connect(url.partition("?")[0], autocommit=True) as connection:
        connection.execute(f'ANALYZE "{store._schema}".fruit'.encode())
    with store.reading() as reading:
        if how == "scan":
            (last,) = reading.scan(FRUIT, ("green",), "colour", backwards=True, most=1)
        elif how == "sift":
            (last,) = reading.sift(FRUIT, ("green",), "colour", only=("weight", [1]), last=1)
        else:
            (last, _) = sorted(reading.last_of(FRUIT, [("green",), ("1",)], "colour", most=1))
        assert last == rows[2_980]
        read = "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = 'fruit'::regclass"
        ((fetched,),) = reading._connection.execute(read).fetchall()
        assert fetched < 10


@pytest.mark.parametrize("index", [None, "colour"])
def test_that_no_table_is_read_for_some_keys_though_nobody_has_analyzed_it(store, index):
    names = [f"{number:05}" for number in range(5_000)]
    with store.writing() as writing:
        writing.insert(FRUIT, [(name, 1, name, b"", None) for name in names])
    with store.reading() as reading:
        assert len(reading.find(FRUIT, [(name,) for name in names[::10]], index)) == 500
        looked = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = 'fruit'::regclass"
        assert reading._connection.execute(looked).fetchall() == [(0,)]


def test_that_what_is_sifted_is_looked_up_by_its_keys_alone(store):
    """An index of the column that is sifted may tell of far more rows than a key has, once more for each key."""
    asked = Projection(("name",), ("label", 1))
    sql = statements.pick_all(DIALECT, FRUIT, "colour", 1, asked)
    with store.reading() as reading:
        plan = reading._connection.execute(f"EXPLAIN {sql}".encode(), ["{blue,red}", "p1"])
        assert "fruit_by_label" not in str(plan.fetchall())


def test_that_whoever_needs_no_more_than_the_first_rows_is_handed_few(store, monkeypatch):
    names = [f"{number:05}" for number in range(5_000)]
    with store.writing() as writing:
        writing.insert(FRUIT, [(name, 1, name, b"", None) for name in names])
    handed = []
    with store.reading() as reading:
        query = reading._query
        monkeypatch.setattr(
            reading, "_query", lambda *asked: handed.append(rows := query(*asked)) or rows
        )
        assert next(iter(reading.scan(FRUIT)))[0] == names[0]
        assert next(iter(reading.scan(FRUIT, backwards=True)))[0] == PLUM[0]
        assert [len(rows) for rows in handed] == [32, 32]
        handed.clear()
        assert [row[0] for row in reading.scan(FRUIT)] == [*names, PLUM[0]]
        assert len(handed) == 6  # more and more at once


def test_that_no_more_of_a_ledger_is_handed_over_than_is_read(url, monkeypatch):
    with Engine.open(url, BOOK) as engine:
        engine.record_many(kudos(number) for number in range(2_500))
    handed = handed_over(monkeypatch)
    with Engine.open(url) as engine:
        assert len(list(engine.ledger())) == 2_500
        assert handed["entries"] == 2_500
        handed.clear()
        assert len(list(engine.ledger("m3"))) == 250
        assert handed["entries"] == 250


def test_that_whoever_is_exported_is_looked_up(url, monkeypatch):
    with Engine.open(url, BOOK) as engine:
        engine.record_many(kudos(number) for number in range(1_000))
    handed = handed_over(monkeypatch)
    with closing(PostgresStore(url)) as store:
        told = export(store, BOOK, "m3")
    assert len(told["entries"]) == 100
    # All sentences may name them; the last row of each part of a scan is handed over with the next one, too.
    assert 1_100 <= handed["entries"] < 1_110
    few_columns, whole = 4 * 1_000, 14
    assert handed["cells of entries"] < few_columns + 110 * whole
    assert handed["cells of events"] < few_columns + 210 * whole
    assert 100 <= handed["received_2"] < 110
    assert 100 <= handed["histories"] < 110


def kudos(number):
    at = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(minutes=number)
    members = {"actor": f"m{number % 10}", "recipient": f"m{(number + 3) % 10}"}
    return Event(id=f"k{number}", type="kudos.given", occurred_at=at, **members)


def handed_over(monkeypatch):
    """How many rows the server hands over from now on, of each table, and how many cells."""
    found, execute = Counter(), PostgresStore.execute

    def counted(self, connection, sql, cells=()):
        rows = execute(self, connection, sql, cells)
        if table := re.search(r'FROM (?:unnest.* FROM )?"(\w+)"', sql):
            found[table[1]] += len(rows)
            found[f"cells of {table[1]}"] += sum(map(len, rows))
        return rows

    monkeypatch.setattr(PostgresStore, "execute", counted)
    return found


def test_that_whatever_stands_in_a_text_is_only_a_text(store):
    names = ["", " a ", '"', "\\", '\\"', "{", "},{", ",", "NULL", "null", "\n", "é", "a\tb"]
    rows = [(name, 2**62, name or None, name.encode(), None) for name in names]
    store.prepare([FRUIT])
    with store.writing() as writing:
        writing.put(FRUIT, rows)
        writing.put(FRUIT, rows)
    with store.reading() as reading:
        assert sorted(reading.find(FRUIT, [(name,) for name in names])) == sorted(rows)
        found = reading.find(FRUIT, [(name,) for name in names if name], "colour")
        assert sorted(found) == sorted(rows[1:])
    with store.writing() as writing:
        writing.delete(FRUIT, [(name,) for name in names])
    assert all_of(store) == [PLUM]


@pytest.mark.parametrize("seed", range(6))
def test_that_an_engine_holds_the_same_over_it(url, seed, monkeypatch):
    monkeypatch.setattr(postgres_rows, "_MAX_ROWS", 3 if seed % 2 else 2_000)
    random = Random(seed)
    book, events = some_book(random), history(random, 20)
    store = PostgresStore(url)
    resident, one, other = Engine(book), Engine.over(store, book), Engine.over(store, book)
    for number in range(0, len(events), 5):
        resident.record_many(events[number : number + 5])
        one.record_many(events[number : number + 5])
        one, other = other, one
    check_same(resident, other, events)
    check_same(resident, Engine.over(store, book), events)
    store.close()


# ---- URLs ------------------------------------------------------------------------------------------------


def test_that_statements_are_prepared_or_not():
    with pytest.raises(StoreFault, match="prepare: found 'never', expected on or off"):
        PostgresStore("postgresql://db.acme.example/community?prepare=never")


@pytest.mark.parametrize("schema", ["", "1a", "a.b", '"', "$user", "a" * 64, "a b", "ä"])
def test_that_a_schema_has_a_plain_name(schema):
    with pytest.raises(StoreFault, match="expected a letter or _"):
        PostgresStore(f"postgresql://127.0.0.1/test?schema={schema}")


@pytest.mark.parametrize("schema", ["Acme", "acme-corp", "_1", "select"])
def test_that_a_schema_may_be_called_otherwise(store, schema):
    name = f"{schema}_{store._schema[-12:]}"
    other = opened(lambda: PostgresStore(store.place.replace(store._schema, name)), [PLUM])
    other.prepare([FRUIT])
    assert all_of(other) == [PLUM]
    with other.writing() as writing:
        other.execute(writing._connection, f'DROP SCHEMA "{name}" CASCADE')
    other.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:se@cret@host:port:5/acme",
        "postgresql://host/acme?colour=secret",
        "postgresql://host:secret/acme",
        "postgresql://host:99999/acme",
        "postgresql://host/acme?port=0",
        "postgresql://one:5432,other:secret/acme",
        "postgresql://ann:se/cret@host/acme",
        "postgresql://ann:12/secret@host/acme",
    ],
)
def test_that_a_url_that_is_none_is_told_without_the_password(url):
    with pytest.raises(InvalidURL, match="in a password, write %40 for @") as told:
        PostgresStore(url)
    assert "cret" not in str(told.value)


@pytest.mark.parametrize(
    "option", ["sslmode=bogus", "connect_timeout=abc", "keepalives_idle=x", "hostaddr=x"]
)
def test_that_a_setting_that_libpq_cant_read_is_not_waited_for(url, option):
    wrong = PostgresStore(f"{url.replace('@', ':secret@')}&{option}")
    with pytest.raises(InvalidURL, match=f"libpq can't read .*{option.split('=')[1]}") as told:
        all_of(wrong)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("database", "options", "told"),
    [
        ("acne", "", 'database "acne" does not exist'),
        ("test", "&user=nobody", 'role "nobody" does not exist'),
        ("test", "&options=-c%20colour%3Dred", 'unrecognized configuration parameter "colour"'),
    ],
)
def test_that_what_the_server_refuses_for_good_is_not_waited_for(url, database, options, told):
    wrong = PostgresStore(f"{url.replace('/test?', f'/{database}?')}{options}")
    with pytest.raises(StoreFault, match=f"{told}.*correct the URL") as raised:
        all_of(wrong)
    assert not isinstance(raised.value, StoreUnreachable)


@contextmanager
def answering(state, told):
    """A server that refuses each connection in German; yields its port, and a list with an item for each connection."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self):
            asked.append(self.client_address)
            while (head := self.request.recv(8)) and head[4:] in (ENCRYPT, ENCRYPT_GSS):
                self.request.sendall(b"N")
            fields = {"S": "FATAL", "V": "FATAL", "C": state, "M": told}
            body = b"".join(f"{key}{text}\0".encode() for key, text in fields.items()) + b"\0"
            self.request.sendall(b"E" + (len(body) + 4).to_bytes(4, "big") + body)
            self.request.recv(1024)

    asked = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


ENCRYPT, ENCRYPT_GSS = ((80877103 + number).to_bytes(4, "big") for number in (0, 1))
"""What a client asks for before it says what it wants."""


@pytest.mark.skipif(sys.platform != "linux", reason="psycopg traces only on Linux")
@pytest.mark.parametrize(
    ("state", "told", "for_good"),
    [
        ("28000", "Rolle »nobody« existiert nicht", True),
        ("28P01", "Passwort-Authentifizierung für Benutzer »ann« fehlgeschlagen", True),
        ("3D000", "Datenbank »acne« existiert nicht", True),
        ("42501", "keine Berechtigung für Datenbank »acme«", True),
        ("53300", "tut mir leid, schon zu viele Verbindungen", False),
        ("57P03", "das Datenbanksystem startet", False),
    ],
)
def test_that_a_server_is_understood_in_any_language(state, told, for_good):
    with answering(state, told) as (port, asked):
        store = PostgresStore(f"postgresql://ann:secret@127.0.0.1:{port}/acme")
        for _ in range(3):
            with pytest.raises(StoreFault, match=re.escape(told)) as raised:
                all_of(store)
            assert isinstance(raised.value, StoreUnreachable) is not for_good
            assert ("correct the URL" in str(raised.value)) is for_good
            assert "secret" not in str(raised.value)
    assert len(asked) == 4, "the same answer is looked into once"


def test_that_the_extra_is_named_where_it_is_missing():
    program = """
import sys
sys.modules["psycopg"] = None
from wiifm import StoreFault
from wiifm.stores.urls import open_store
try:
    open_store("postgresql://host/acme")
except StoreFault as fault:
    print(fault)
try:
    import wiifm.stores.postgres
except ImportError as error:
    print(error)
"""
    said = "a store in PostgreSQL needs psycopg; install the extra: pip install 'wiifm[postgres]'\n"
    assert output(program) == said + said


def test_that_the_schemas_of_killed_tests_are_dropped_and_those_of_running_ones_stay(postgres_urls):
    running = postgres_urls().partition("schema=")[2]
    remains = running.replace(running.split("_")[2], "0")  # no session ever has this number
    with connected() as connection:
        for schema in (running, remains):
            connection.execute(f'CREATE SCHEMA "{schema}" CREATE TABLE fruit (name text)')
        drop_remains(connection)
        found = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
    assert (running,) in found
    assert (remains,) not in found
