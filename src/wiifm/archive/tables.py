"""The tables of an archive: what each row is, and by what it is found.

The log is the source of truth, and the ledger only grows. Holders, snapshots and gates can be recomputed from the log.
Events are named by their ids, holders by a number. Moments are microseconds since 1970 in UTC. Names that end in a number
are of tables whose columns have changed; see ``versions``.
"""

from __future__ import annotations

from wiifm.stores.protocol import Index, Table

VERSION = 6
"""The version of these tables, which a store notes. An older wiifm refuses a newer version. A table whose columns change gets another
name, and ``versions`` copies its rows. Changes: 2 added mentions, and gates that carry over; 3 added received events, 4 their types; 4
stores once what several badges measure alike; 5 added mentions of all topics, and 6 sorts mentions by time."""

FACTS = Table("facts", {"name": "text", "value": "text"}, key=("name",))
"""What an archive knows of itself: its version, the rule book's digest, its purses, its progress, and the last link of the chain."""

BOOKS = Table(
    "books",
    {"digest": "text", "text": "text", "lacks": "text", "made": "text"},
    key=("digest",),
)
"""The rule books that decided, as TOML. If there is no TOML, ``lacks`` says what it can't express. ``made`` is the book's id, the plugins
that it was made with, and the versions of what it uses of them."""

EVENTS = Table(
    "events",
    {
        "no": "integer",
        "id": "text",
        "type": "text",
        "at": "integer",
        "actor": "text",
        "object": "text",
        "recipient": "text",
        "in_reply_to": "text",
        "community": "text",
        "topics": "text",
        "data": "text",
        "retracts": "text",
        "about": "text",
        "says": "text",
    },
    key=("no",),
    indexes={
        "id": Index(("id",), unique=True),
        "time": Index(("at", "id")),
        "actor": Index(("actor", "at")),
        "about": Index(("about",)),
        "says": Index(("says",)),
        "retracts": Index(("retracts",)),
    },
)
"""The log. Within a batch the order is that in which events took effect. Topics and data are JSON. ``about`` is the object that an event
acts on, ``says`` the object or member that it says something about."""

MENTIONS = Table(
    "mentions_2",
    {"place": "text", "name": "text", "type": "text", "at": "integer", "no": "integer"},
    key=("place", "name", "type", "at", "no"),
)
"""Events by place, in order of time: those that create something about a topic ("topic"), that say to which unit a member belongs, and that
have a topic themselves ("tagged")."""

RECEIVED = Table(
    "received_2",
    {"member": "text", "at": "integer", "no": "integer", "type": "text"},
    key=("member", "at", "no"),
)
"""Events of others that may be for a member, in order of time: those that name them as recipient, or act on an object that they created,
first or not. There may be more than are for them now, but never fewer, so nothing else has to be searched."""

AWAITED = Table("awaited", {"object": "text"}, key=("object",))
"""Objects that events were about before any event created them."""

PENDING = Table("pending", {"event": "text"}, key=("event",))
"""Events that wait for the creator of their object."""

HOLDERS = Table(
    "holders",
    {
        "no": "integer",
        "kind": "text",
        "name": "text",
        "count": "integer",
        "due": "integer",
        "at": "integer",
        "id": "text",
        "epoch": "integer",
        "state": "text",
        "kept": "text",
    },
    key=("no",),
    indexes={"name": Index(("kind", "name"), unique=True)},
)
"""Holders: how many events concern them, after how many the next snapshot is due, the place of the last event, the state after it, and the
kept awards, which stay although the events behind them are dead."""

GHOSTS = Table(
    "ghosts",
    {"holder": "integer", "event": "text", "at": "integer", "id": "text"},
    key=("holder", "event"),
    indexes={"event": Index(("event",))},
)
"""Dead events (retracted, or about an object whose creation was retracted) that concern a holder of kept badges, and the place at which
each died."""

HISTORIES = Table(
    "histories",
    {"holder": "integer", "at": "integer", "id": "text"},
    key=("holder", "at", "id"),
)
"""The events that concern each holder, in order."""

SNAPSHOTS = Table(
    "snapshots",
    {
        "holder": "integer",
        "at": "integer",
        "id": "text",
        "count": "integer",
        "epoch": "integer",
        "state": "text",
    },
    key=("holder", "at", "id"),
    indexes={"time": Index(("at", "id"))},
)
"""Earlier states of a holder: the state after the ``count``-th event, which is at this place, at the end of an epoch."""

CELLS = Table(
    "cells",
    {
        "holder": "integer",
        "part": "text",
        "field": "text",
        "key": "text",
        "epoch": "integer",
        "value": "text",
    },
    key=("holder", "part", "field", "key", "epoch"),
    indexes={"epoch": Index(("holder", "epoch"))},
)
"""The items of the tables in a holder's state: the value of a key at the end of an epoch. A snapshot ends an epoch. ``part`` is the object
or person that the item is about, by which items are found."""

DOORS = Table(
    "doors_2",
    {
        "gate": "text",
        "key": "text",
        "through": "integer",
        "points": "text",
        "period": "integer",
        "carried": "text",
    },
    key=("gate", "key"),
)
"""The states of gates: what is used up at each key; for gates that carry over, in which period, and what was carried over into it."""

CLAIMS = Table(
    "claims_2",
    {
        "gate": "text",
        "key": "text",
        "at": "integer",
        "id": "text",
        "rule": "text",
        "rank": "integer",
        "amount": "text",
        "actor": "text",
        "period": "integer",
        "place": "integer",
    },
    key=("gate", "key", "at", "id", "rule", "rank"),
)
"""The claims at each key of a gate, in order, with the place that each got."""

ENTRIES = Table(
    "entries",
    {
        "no": "integer",
        "holder": "integer",
        "event": "text",
        "rule": "text",
        "purse": "text",
        "slot": "text",
        "amount": "text",
        "said": "text",
        "say": "text",
        "corrects": "integer",
        "because": "text",
        "grade": "text",
        "book": "text",
        "was": "text",
    },
    key=("no",),
    indexes={
        "holder": Index(("holder",)),
        "event": Index(("event",)),
        "because": Index(("because",)),
        "grade": Index(("grade",)),
    },
)
"""The ledger. Amounts are in minor units; ``say`` is the sentence, and ``said`` the words it was made of. ``because`` is the event that
caused the entry, if it isn't ``event``; ``grade`` the key of what a graded rule gives for one object. ``book`` is the digest of the rule
book that decided the entry, ``was`` that of the one before, if a rescoring wrote it."""

RECEIPTS = Table("receipts", {"event": "text", "body": "text"}, key=("event",))
"""What else an event's receipt says: its status, refusals, and awards and levels that came and went."""

COMMITS = Table(
    "commits",
    {
        "no": "integer",
        "events": "integer",
        "entries": "integer",
        "holders": "integer",
        "kind": "text",
        "book": "text",
        "salt": "text",
        "body": "text",
        "link": "text",
    },
    key=("no",),
)
"""The chain of commits: the kind and the rule book of each, how many events, entries and holders there were after it, and its hashes (see
``chain``)."""

REDACTIONS = Table(
    "redactions",
    {"commit": "integer", "by": "integer", "salt": "text", "body": "text"},
    key=("commit", "by"),
)
"""Commits of which rows were erased: by which later commit, and the body that the rows have since. The link stays."""

DAYS = Table(
    "days",
    {"day": "integer", "people": "text", "deeds": "text", "paid": "text"},
    key=("day",),
)
"""What the events of each day (its ordinal, in UTC) add up to, for culture reports: who was there, what was done, what was earned. The
rows are a cache, and are dropped if anything is erased or rescored."""

DAYS_UPTO = Table("days_upto", {"no": "integer", "link": "text"}, key=("no",))
"""The commit up to which the days are valid, and its link after the version of their encoding; at most one row. Days that changed since are
computed again, and so are all if the version is another."""

TABLES = (
    FACTS,
    BOOKS,
    EVENTS,
    MENTIONS,
    RECEIVED,
    AWAITED,
    PENDING,
    HOLDERS,
    GHOSTS,
    HISTORIES,
    SNAPSHOTS,
    CELLS,
    DOORS,
    CLAIMS,
    ENTRIES,
    RECEIPTS,
    COMMITS,
    REDACTIONS,
    DAYS,
    DAYS_UPTO,
)
