"""The tables of an archive: what each row is, and by what it is found.

The log is the truth, and the ledger only ever grows; holders, snapshots and gates can be made anew from the log.
Events are named by their ids, holders by a number of their own. Moments are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from wiifm.stores.protocol import Index, Table

VERSION = 6
"""The version of these tables, which a store notes; a wiifm that knows only earlier ones refuses it. A table whose columns
change gets another name (``versions`` brings over what was in it). Since 2 there are mentions, and gates that carry over; since 3
what was received, and since 4 of which type it is; since 4 states hold once what several badges measure alike; since 5 there are mentions
of all topics, since 6 in order of time."""

FACTS = Table("facts", {"name": "text", "value": "text"}, key=("name",))
"""What an archive knows of itself: versions, the rule book's digest, and how far it has come."""

BOOKS = Table(
    "books",
    {"digest": "text", "text": "text", "lacks": "text", "made": "text"},
    key=("digest",),
)
"""The rule books that decided, as TOML; ``lacks`` tells what TOML can't say where there is none; ``made``: its id,
the plugins that it was made with, and the versions of what it uses of them."""

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
"""The log, each batch in the order in which it took effect, topics and data as JSON: ``about`` is the object that an event acts on, ``says`` the object or member that it tells of."""

MENTIONS = Table(
    "mentions_2",
    {"place": "text", "name": "text", "type": "text", "at": "integer", "no": "integer"},
    key=("place", "name", "type", "at", "no"),
)
"""The events that make something about a topic, those that say that a member belongs to a unit, and those that are on a topic themselves
("tagged"), in order of time, by their numbers."""

RECEIVED = Table(
    "received_2",
    {"member": "text", "at": "integer", "no": "integer", "type": "text"},
    key=("member", "at", "no"),
)
"""Of what others did what may be for a member, in order of time, by its number in the log and its type: what names them as recipient, or acts
on an object that they created, first or not. So there may be more than is for them, never less, and whom it is for needs no second look
at all that they ever created."""

AWAITED = Table("awaited", {"object": "text"}, key=("object",))
"""Objects that events were about before anybody created them."""

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
"""Who is credited: how many events concern them, after how many a snapshot is due, the last one, the state after it;
and the awards that stay though events behind them died."""

GHOSTS = Table(
    "ghosts",
    {"holder": "integer", "event": "text", "at": "integer", "id": "text"},
    key=("holder", "event"),
    indexes={"event": Index(("event",))},
)
"""Died events that concern a holder of kept badges, and where in the order they died."""

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
"""States on the way: of a holder, after the event at a place, which is the ``count``-th, at the end of an epoch."""

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
"""What a holder's state has by object, person and the like: the value under a key of one of its tables, as it was at the
end of an epoch. An epoch ends with a snapshot. ``part`` is the object or person, by which all about it is found."""

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
"""What is used up at each key of a gate; where it carries over, in which period, and what came over into that."""

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
"""What was claimed at each key of a gate, in order, and the place that it got."""

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
"""The ledger: amounts in minor units, the sentence and the words that it was made of; ``because`` where it is another
event than ``event``; ``grade`` where the entry is part of what a graded rule gives for one object; ``book`` is the digest
of the rule book that decided it, ``was`` of the one before it where all was decided anew."""

RECEIPTS = Table("receipts", {"event": "text", "body": "text"}, key=("event",))
"""What else was said of an event when it came: its status, refusals, and awards that came and went."""

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
"""The chain: how many events, entries and holders there were after each commit, by which book, and its hashes (see ``chain``)."""

REDACTIONS = Table(
    "redactions",
    {"commit": "integer", "by": "integer", "salt": "text", "body": "text"},
    key=("commit", "by"),
)
"""Commits of whose rows something was erased, by which later commit, and the body that they have since; the link stays."""

DAYS = Table(
    "days",
    {"day": "integer", "people": "text", "deeds": "text", "paid": "text"},
    key=("day",),
)
"""What the events of each day (its ordinal, in UTC) come to, for culture reports: who was there, what was done, what was earned.
They are kept by whoever asks for it, and thrown away where anything is erased or decided anew."""

DAYS_UPTO = Table("days_upto", {"no": "integer", "link": "text"}, key=("no",))
"""The commit up to which they were read, and its link behind the version of their texts: one row, or none. Days that changed since
are read anew, and so are all where the texts are of another version."""

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
