"""Writes small Stack Exchange dumps for tests, as XML."""

import gzip
from pathlib import Path
from xml.sax.saxutils import quoteattr

Rows = list[dict[str, object]]


def write_table(folder: Path, name: str, rows: Rows, zipped: bool = True) -> Path:
    """Write a table in the format of a dump, with one row per line."""
    lines = (f"  <row {_attributes(row)} />\n" for row in rows)
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<{name.lower()}>\n{"".join(lines)}</{name.lower()}>'
    path = folder / f"{name}.xml{'.gz' if zipped else ''}"
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    return path


def write_dump(folder: Path, tables: dict[str, Rows], zipped: bool = True) -> Path:
    """Write the tables of a dump; required ones that aren't given are written empty."""
    folder.mkdir(exist_ok=True)
    for name, rows in {"Users": [], "Posts": [], "Votes": [], **tables}.items():
        write_table(folder, name, rows, zipped)
    return folder


def _attributes(row: dict[str, object]) -> str:
    return " ".join(f"{key}={quoteattr(str(value))}" for key, value in row.items())


def user(number: int, **more: object) -> dict[str, object]:
    """A row of Users: joined on 1 January 2019, last seen in June."""
    times = {"CreationDate": "2019-01-01T08:00:00.000", "LastAccessDate": "2019-06-01T08:00:00.000"}
    return {"Id": number, "Reputation": 1, **times, "UpVotes": 0, "DownVotes": 0, **more}


def question(number: int, owner: int, **more: object) -> dict[str, object]:
    """A row of Posts, of 1 February 2019."""
    at = {"CreationDate": "2019-02-01T10:00:00.500", "Tags": "<tea><water>", "ViewCount": 7}
    return {"Id": number, "PostTypeId": 1, "OwnerUserId": owner, **at, **more}


def answer(number: int, owner: int, to: int, **more: object) -> dict[str, object]:
    """A row of Posts, of 2 February 2019, a day and an hour after the question."""
    at = {"CreationDate": "2019-02-02T11:00:00.500"}
    return {"Id": number, "PostTypeId": 2, "OwnerUserId": owner, "ParentId": to, **at, **more}


def vote(
    number: int, post: int, kind: int, day: str = "2019-02-03", **more: object
) -> dict[str, object]:
    """A row of Votes."""
    at = {"CreationDate": f"{day}T00:00:00.000"}
    return {"Id": number, "PostId": post, "VoteTypeId": kind, **at, **more}


def comment(number: int, post: int, by: int, **more: object) -> dict[str, object]:
    """A row of Comments."""
    at = {"CreationDate": "2019-02-04T12:00:00.000"}
    return {"Id": number, "PostId": post, "UserId": by, "Score": 0, **at, **more}


def revision(number: int, post: int, by: int | None, kind: int, group: str) -> dict[str, object]:
    """A row of PostHistory."""
    at = {"CreationDate": "2019-02-05T12:00:00.000", "RevisionGUID": group}
    who = {} if by is None else {"UserId": by}
    return {"Id": number, "PostId": post, "PostHistoryTypeId": kind, **at, **who}
