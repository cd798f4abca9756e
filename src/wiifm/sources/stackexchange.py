"""Convert a Stack Exchange data dump into events, for the pack ``stackexchange``.

A dump has the present state, table by table; an event says what happened, when, and to whom. What a row doesn't say is looked up in an index of
the posts. The index and the events, which have to be sorted, are in a temporary SQLite database on disk, so that memory doesn't grow with the
dump. docs/packs/stackexchange.md says how each row is converted, and what is assumed where a dump doesn't say it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeAlias

from wiifm.events import read_event
from wiifm.faults import Fault, InvalidInput, short
from wiifm.sources.lines import Line, Rejected
from wiifm.sources.rows import read_rows

Columns: TypeAlias = Mapping[str, str]

NEEDED = ("Posts", "Users", "Votes")
OPTIONAL = ("Comments", "PostHistory")

_SITE = "-1"
"""The id of the user that stands for the site itself. It is no member."""

_KINDS = {"1": "q", "2": "a"}
"""The prefix of an object's name by the type of its post: questions and answers."""

_TAG_WIKIS = frozenset("45")
"""The types of posts that describe a tag."""

_PARTS = {"4": "title", "5": "body", "6": "tags", "7": "title", "8": "body", "9": "tags"}
_ROLLBACKS = frozenset("789")
_SUGGESTION_APPLIED = "24"
_PROPOSED = re.compile(r"Proposed by (\d{1,18})\b", re.ASCII)
"""The comment of an applied suggestion, which has the user id of the one who made it."""

_DAY = timedelta(days=1)

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE post (id INTEGER PRIMARY KEY, name, owner, parent INTEGER, at, wiki, views INTEGER, file, line);
CREATE TABLE tag_wiki (post INTEGER PRIMARY KEY);
CREATE INDEX replies ON post (parent, at, id);
CREATE TABLE offer (question INTEGER, at, actor, amount INTEGER);
CREATE INDEX offers ON offer (question, at);
CREATE TABLE edit (revision PRIMARY KEY, editor) WITHOUT ROWID;
CREATE TABLE approval (revision, id, at, object, file, line);
CREATE TABLE event (at, id, json, file, line);
"""
_PLACES = """
SELECT a.id, a.name, a.at, q.at, a.owner = q.owner, a.file, a.line, NOT EXISTS (
    SELECT 1 FROM post b WHERE b.parent = a.parent AND (b.at, b.id) < (a.at, a.id))
FROM post a JOIN post q ON q.id = a.parent
"""
_POST = "SELECT name, owner, parent, at, wiki FROM post WHERE id = ?"
_VIEWED = "SELECT id, name, views, file, line FROM post WHERE views > 0 AND name IS NOT NULL"
_APPROVED = "SELECT id, at, object, editor, file, line FROM approval JOIN edit USING (revision)"
_FIRST_EDIT = "DELETE FROM tag_wiki WHERE post = ?"
_OFFERED = "SELECT actor, amount FROM offer WHERE question = ? AND at <= ? ORDER BY at DESC LIMIT 1"


def read_dump(folder: str | Path) -> Iterator[Line]:
    """Read a dump: first a line for each wrong row, then the events, sorted by time and id.

    The folder has ``Posts``, ``Users`` and ``Votes`` as ``.xml`` or ``.xml.gz``, and may have ``Comments`` and ``PostHistory``. Times are UTC; member
    ids are the user ids of the dump.

    >>> read_dump("nowhere")
    Traceback (most recent call last):
        ...
    wiifm.faults.InvalidInput: nowhere: found no Posts, Users, Votes (.xml or .xml.gz), expected the folder of a Stack Exchange data dump

    Raises:
        InvalidInput: a required table is missing, or a file can't be opened.
    """
    return _events(_tables(Path(folder)))


def _events(tables: Mapping[str, Path]) -> Iterator[Line]:
    with closing(sqlite3.connect("")) as database:
        database.executescript(_SCHEMA)
        dump = _Dump(database, "PostHistory" in tables)
        converters = (dump.post, dump.user, dump.vote, dump.comment, dump.revision)
        for name, convert in zip((*NEEDED, *OPTIONAL), converters, strict=True):
            if name in tables:
                yield from dump.read(tables[name], convert)
        dump.place_answers()
        dump.approve_edits()
        dump.count_views()
        yield from dump.in_order()


def _tables(folder: Path) -> dict[str, Path]:
    """The file of each table that the folder has; old dumps have names in lower case."""
    there = {path.name.lower(): path for path in _files(folder)}
    found = {
        name: there[file]
        for name in (*NEEDED, *OPTIONAL)
        for file in (f"{name.lower()}.xml.gz", f"{name.lower()}.xml")
        if file in there
    }
    if missing := [name for name in NEEDED if name not in found]:
        expected = "the folder of a Stack Exchange data dump"
        fault = Fault(str(folder), f"no {', '.join(missing)} (.xml or .xml.gz)", expected)
        raise InvalidInput([fault])
    return found


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except PermissionError:
        fault = Fault(str(folder), "no permission to read it", "a folder that can be read")
        raise InvalidInput([fault]) from None
    except OSError:
        return []


class _Post(NamedTuple):
    """A post in the index. Only questions and answers have a name."""

    name: str | None
    owner: str | None
    parent: int | None
    at: str
    wiki: str | None


class _Dump:
    """The temporary database of one conversion, and a method for the rows of each table."""

    def __init__(self, database: sqlite3.Connection, has_history: bool) -> None:
        self._database, self._has_history = database, has_history
        self._place: tuple[str, int] = ("", 0)

    def read(self, path: Path, convert: Callable[[Columns], None]) -> Iterator[Line]:
        """Convert the rows of a table, and yield a line for each wrong one."""
        for line, found in read_rows(path):
            self._place = (str(path), line)
            try:
                if isinstance(found, Fault):
                    raise InvalidInput([found])
                convert(found)
            except InvalidInput as error:
                yield Line(*self._place, Rejected(*self._place, tuple(error.faults)))

    def post(self, row: Columns) -> None:
        """Convert a question or an answer; any other post is only indexed."""
        number, at = _number(row, "Id"), _moment(row, "CreationDate")
        if _text(row, "PostTypeId") in _TAG_WIKIS:
            self._execute("INSERT OR IGNORE INTO tag_wiki VALUES (?)", (number,))
        kind, owner = _KINDS.get(_text(row, "PostTypeId")), _member(row, "OwnerUserId")
        parent = _number(row, "ParentId") if kind == "a" else None
        wiki = _moment(row, "CommunityOwnedDate") if "CommunityOwnedDate" in row else None
        name, views = kind and f"{kind}{number}", _count(row, "ViewCount")
        keys = {"actor": owner, "object": name}
        if kind == "q":
            topics = row.get("Tags", "").replace("<", "|").replace(">", "|").split("|")
            topics = [topic for topic in topics if topic]
            more = {"topics": topics, "data": {"title": row["Title"]} if "Title" in row else {}}
            self._event(f"post-{number}", "question.asked", at, **keys, **more)
        elif kind == "a":
            more = {"in_reply_to": f"q{parent}", "data": _wiki(wiki, at)}
            self._event(f"post-{number}", "answer.posted", at, **keys, **more)
        known = (number, name, owner, parent, at, wiki, views, *self._place)
        self._execute("INSERT OR REPLACE INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", known)

    def user(self, row: Columns) -> None:
        """Convert a user: when they joined and, dated by their last visit, the totals of their votes and the length of their profile."""
        member = _member(row, "Id")
        if member is None:
            return
        joined = _moment(row, "CreationDate")
        seen = _moment(row, "LastAccessDate") if "LastAccessDate" in row else joined
        cast = {"up": _count(row, "UpVotes"), "down": _count(row, "DownVotes")}
        self._event(f"user-{member}", "member.joined", joined, actor=member)
        if any(cast.values()):
            self._event(f"votes-{member}", "votes.counted", seen, actor=member, data=cast)
        if "AboutMe" in row or "AboutMeLength" in row:
            data = {"length": _count(row, "AboutMeLength") or len(row.get("AboutMe", ""))}
            self._event(f"about-{member}", "profile.written", seen, actor=member, data=data)

    def vote(self, row: Columns) -> None:
        """Convert a vote, an accepted answer, a bookmark or a bounty, if the dump still has its post."""
        number, kind = _number(row, "Id"), _text(row, "VoteTypeId")
        at, post = _end_of_day(row), self._post(_number(row, "PostId"))
        if post is None:
            return
        name, thing = f"vote-{number:08}", {"object": post.name}
        if kind == "16" and not self._has_history:
            self._tag_wiki_made(name, at, post, _number(row, "PostId"))
        if post.name is None:
            return
        if kind in ("2", "3"):
            type_ = "object.liked" if kind == "2" else "object.disliked"
            self._event(name, type_, at, data=_vote_data(post, at), **thing)
        elif kind == "1" and post.parent is not None:
            asked, data = self._post(post.parent), _wiki(post.wiki, at)
            actor = asked and asked.owner
            self._event(name, "answer.accepted", at, actor=actor, data=data, **thing)
        elif kind == "5":
            self._event(name, "object.bookmarked", at, actor=_member(row, "UserId"), **thing)
        elif kind == "8":
            self._bounty_offered(name, at, row, thing)
        elif kind == "9" and "BountyAmount" in row and post.parent is not None:
            self._bounty_won(name, at, post, _number(row, "BountyAmount"))

    def _tag_wiki_made(self, name: str, at: str, post: _Post, number: int) -> None:
        """Credit the first approved edit of a tag wiki to its owner, if it was approved on the day on which the wiki was created."""
        first = self._execute(_FIRST_EDIT, (number,)).rowcount
        if first and post.owner and post.at[:10] == at[:10]:
            self._event(name, "edit.approved", at, actor=post.owner)

    def _bounty_offered(
        self, name: str, at: str, row: Columns, thing: Mapping[str, object]
    ) -> None:
        """Convert an offered bounty. One of a deleted account gives no event, but is needed to find out whose bounty is awarded."""
        actor, amount = _member(row, "UserId"), _number(row, "BountyAmount")
        offer = (_number(row, "PostId"), at, actor, amount)
        self._execute("INSERT INTO offer VALUES (?, ?, ?, ?)", offer)
        if actor is not None:
            data = {"amount": amount}
            self._event(name, "bounty.offered", at, actor=actor, data=data, **thing)

    def _bounty_won(self, name: str, at: str, post: _Post, amount: int) -> None:
        found = self._execute(_OFFERED, (post.parent, at)).fetchone()
        data: dict[str, object] = {"amount": amount}
        actor = None
        if found is not None:
            actor, data["offered"] = found
            asked = self._post(post.parent or 0)
            data["own"] = asked is not None and actor is not None and asked.owner == actor
        self._event(name, "bounty.awarded", at, actor=actor, object=post.name, data=data)

    def comment(self, row: Columns) -> None:
        """Convert a comment, if the dump still has its post."""
        number, at, score = _number(row, "Id"), _moment(row, "CreationDate"), _count(row, "Score")
        post, actor = self._post(_number(row, "PostId")), _member(row, "UserId")
        if post is None or post.name is None:
            return
        keys = {"actor": actor, "object": f"c{number}", "in_reply_to": post.name}
        data = {"score": score} if score else {}
        self._event(f"comment-{number}", "comment.posted", at, data=data, **keys)

    def revision(self, row: Columns) -> None:
        """Convert an edit, or note the approval of a suggested one, if the dump still has its post."""
        kind = _text(row, "PostHistoryTypeId")
        if kind not in _PARTS and kind != _SUGGESTION_APPLIED:
            return
        number, at = _number(row, "Id"), _moment(row, "CreationDate")
        by_time = f"{_number(row, 'PostId')} {at}"  # without a GUID: all that was done to a post in one millisecond
        revision, post = row.get("RevisionGUID", by_time), self._post(_number(row, "PostId"))
        if post is None:
            return
        if kind == _SUGGESTION_APPLIED:
            approval = (revision, f"approval-{number}", at, post.name, *self._place)
            self._execute("INSERT INTO approval VALUES (?, ?, ?, ?, ?, ?)", approval)
            if proposed := _PROPOSED.match(row.get("Comment", "")):
                self._execute("INSERT OR IGNORE INTO edit VALUES (?, ?)", (revision, proposed[1]))
        elif editor := _member(row, "UserId"):
            self._execute("INSERT OR IGNORE INTO edit VALUES (?, ?)", (revision, editor))
            if post.name is not None:
                data = {"part": _PARTS[kind], **({"rollback": True} if kind in _ROLLBACKS else {})}
                keys = {"actor": editor, "object": post.name}
                self._event(f"edit-{number}", "object.edited", at, data=data, **keys)

    def place_answers(self) -> None:
        """Add an event to each answer: whether it was the first, was by the asker, and how many days after the question it came."""
        for number, name, at, asked, own, file, line, first in self._execute(_PLACES):
            self._place = (file, line)
            days = (datetime.fromisoformat(at) - datetime.fromisoformat(asked)) / _DAY
            data = {"first": bool(first), "own": bool(own), "days": round(days, 6)}
            self._event(f"place-{number}", "answer.placed", at, object=name, data=data)

    def approve_edits(self) -> None:
        """Add an event for each approved edit, credited to the member who made the edit of the same revision."""
        for name, at, thing, editor, file, line in self._execute(_APPROVED):
            self._place = (file, line)
            self._event(name, "edit.approved", at, actor=editor, object=thing)

    def count_views(self) -> None:
        """Add an event for the views of each question, dated by the latest event of the dump."""
        (end,) = self._execute("SELECT max(at) FROM event").fetchone()
        for number, name, views, file, line in self._execute(_VIEWED):
            self._place = (file, line)
            self._event(f"views-{number}", "views.counted", end, object=name, data={"views": views})

    def in_order(self) -> Iterator[Line]:
        """All events, sorted by time and id."""
        for found, file, line in self._execute(
            "SELECT json, file, line FROM event ORDER BY at, id"
        ):
            try:
                yield Line(file, line, read_event(json.loads(found)))
            except InvalidInput as error:
                yield Line(file, line, Rejected(file, line, tuple(error.faults)))

    def _execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        return self._database.execute(statement, values)

    def _post(self, number: int) -> _Post | None:
        found = self._execute(_POST, (number,)).fetchone()
        return found and _Post(*found)

    def _event(self, name: str, kind: str, at: str, **keys: object) -> None:
        event = {"id": name, "type": kind, "occurred_at": at, **keys}
        line = json.dumps(event, separators=(",", ":"))
        self._execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", (at, name, line, *self._place))


def _vote_data(post: _Post, at: str) -> dict[str, object]:
    """The data of a vote: whether its post was a community wiki at that time and, of a question, the day on which it was asked."""
    return {**_wiki(post.wiki, at), **({"asked_on": post.at[:10]} if post.parent is None else {})}


def _wiki(since: str | None, at: str) -> dict[str, object]:
    """The data that says that a post was a community wiki at a time; empty if it wasn't."""
    return {"wiki": True} if since is not None and since <= at else {}


def _text(row: Columns, key: str) -> str:
    try:
        return row[key]
    except KeyError:
        raise InvalidInput([Fault(key, "nothing", "a value")]) from None


def _number(row: Columns, key: str) -> int:
    found = _text(row, key)
    if found.isascii() and found.removeprefix("-").isdigit() and len(found) < 19:
        return int(found)
    raise InvalidInput([Fault(key, short(found), "an integer of at most 18 digits")])


def _count(row: Columns, key: str) -> int:
    return _number(row, key) if key in row else 0


def _member(row: Columns, key: str) -> str | None:
    """A member's id; None if the row names nobody, or the site itself."""
    found = str(_number(row, key)) if key in row else None
    return None if found == _SITE else found


def _moment(row: Columns, key: str) -> str:
    """A time of the dump, which is in UTC, as ISO 8601 with milliseconds."""
    found = _text(row, key)
    try:
        moment = datetime.fromisoformat(found)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise InvalidInput([Fault(key, short(found), "ISO 8601, in UTC")]) from None
    return moment.isoformat(timespec="milliseconds") + "Z"


def _end_of_day(row: Columns) -> str:
    """The last millisecond of a row's day. Votes have a date only, and this way none comes before its post."""
    return _moment(row, "CreationDate")[:10] + "T23:59:59.999Z"
