"""Converts a Stack Exchange data dump to wiifm's events: ``python convert.py DUMP_DIR OUT_DIR``.

DUMP_DIR holds Posts, Votes, Comments and Users as ``.xml.gz``. OUT_DIR gets ``events.jsonl.gz`` and, as the truth to
compare with, ``reputation.csv`` with what the site published. What was decided on the way is told in
the README beside this file.
"""

import csv
import gzip
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

TABLES = ("Posts", "Votes", "Comments", "Users")
QUESTION, ANSWER = "1", "2"
END_OF_DAY = "T23:59:59.999Z"
Row = dict[str, str]
Event = dict[str, object]


def rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of one table of the dump, one at a time."""
    with gzip.open(folder / f"{name}.xml.gz") as file:
        for _, element in ET.iterparse(file):
            if element.tag == "row":
                yield dict(element.attrib)
            element.clear()


def event(name: str, kind: str, at: str, **more: object) -> Event:
    """One event, with only the keys that have a value."""
    found = {"id": name, "type": kind, "occurred_at": at, **more}
    return {key: value for key, value in found.items() if value not in (None, [], {})}


def member(row: Row, key: str) -> str | None:
    """A member's id; None where the dump names nobody (or the site's own user, -1)."""
    found = row.get(key)
    return None if found in (None, "-1") else found


def object_id(post: Row) -> str:
    """The id of a question or an answer as an object."""
    return ("q" if post["PostTypeId"] == QUESTION else "a") + post["Id"]


def post_events(posts: dict[str, Row]) -> Iterator[Event]:
    """Questions and answers."""
    for post in posts.values():
        shared = {"actor": member(post, "OwnerUserId"), "object": object_id(post)}
        at = post["CreationDate"] + "Z"
        if post["PostTypeId"] == QUESTION:
            topics = post.get("Tags", "").strip("<>").split("><")
            yield event(
                f"post-{post['Id']}",
                "question.asked",
                at,
                topics=list(filter(None, topics)),
                **shared,
            )
        else:
            parent = "q" + post["ParentId"]
            yield event(f"post-{post['Id']}", "answer.posted", at, in_reply_to=parent, **shared)


def vote_events(votes: Iterator[Row], posts: dict[str, Row]) -> Iterator[Event]:
    """Votes, accepts and bounties on the posts that the dump still has."""
    for vote in votes:
        post = posts.get(vote["PostId"])
        if post is None:
            continue
        name, at = f"vote-{int(vote['Id']):08}", vote["CreationDate"][:10] + END_OF_DAY
        thing, amount = object_id(post), {"amount": int(vote.get("BountyAmount", 0))}
        wiki = "CommunityOwnedDate" in post and post["CommunityOwnedDate"] <= at
        match vote["VoteTypeId"]:
            case "2":  # up
                yield event(
                    name, "object.liked", at, object=thing, data={"wiki": True} if wiki else {}
                )
            case "3":  # down
                yield event(
                    name, "object.disliked", at, object=thing, data={"wiki": True} if wiki else {}
                )
            case "1":  # accepted
                asker = member(posts[post["ParentId"]], "OwnerUserId")
                yield event(name, "answer.accepted", at, actor=asker, object=thing)
            case "8" if member(vote, "UserId"):  # a bounty is offered
                actor = member(vote, "UserId")
                yield event(name, "bounty.offered", at, actor=actor, object=thing, data=amount)
            case "9" if "BountyAmount" in vote:  # and awarded
                yield event(name, "bounty.awarded", at, object=thing, data=amount)


def comment_events(comments: Iterator[Row], posts: dict[str, Row]) -> Iterator[Event]:
    """Comments on the posts that the dump still has."""
    for comment in comments:
        post = posts.get(comment["PostId"])
        if post is not None:
            yield event(
                f"comment-{comment['Id']}",
                "comment.posted",
                comment["CreationDate"] + "Z",
                actor=member(comment, "UserId"),
                object=f"c{comment['Id']}",
                in_reply_to=object_id(post),
            )


def convert(dump: Path) -> list[Event]:
    """All events of a dump, in order."""
    posts = {
        post["Id"]: post for post in rows(dump, "Posts") if post["PostTypeId"] in (QUESTION, ANSWER)
    }
    joined = [
        event(f"user-{user['Id']}", "member.joined", user["CreationDate"] + "Z", actor=user["Id"])
        for user in rows(dump, "Users")
        if user["Id"] != "-1"
    ]
    events = [
        *joined,
        *post_events(posts),
        *vote_events(rows(dump, "Votes"), posts),
        *comment_events(rows(dump, "Comments"), posts),
    ]
    return sorted(events, key=lambda each: (each["occurred_at"], each["id"]))


def write(events: list[Event], path: Path) -> None:
    """Write events as JSON Lines; the same events give the same bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
        TextIOWrapper(packed, encoding="utf-8") as file,
    ):
        for each in events:
            file.write(json.dumps(each, separators=(",", ":")) + "\n")


def main(dump: Path, out: Path) -> None:
    """Convert a dump, and keep what the site published beside the events."""
    events = convert(dump)
    write(events, out / "events.jsonl.gz")
    with (out / "reputation.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["member", "reputation"])
        for user in rows(dump, "Users"):
            if user["Id"] != "-1":
                table.writerow([user["Id"], user["Reputation"]])
    print(f"{len(events)} events")


def folders(arguments: list[str]) -> tuple[Path, Path]:
    """The folders of a command line; the program ends with a sentence if there is something wrong with them."""
    if len(arguments) != 2:
        sys.exit("Usage: python convert.py DUMP_DIR OUT_DIR")
    dump, out = map(Path, arguments)
    for folder in (dump, out):
        if not folder.is_dir():
            sys.exit(f"{folder} is not a folder.")
    missing = [f"{name}.xml.gz" for name in TABLES if not (dump / f"{name}.xml.gz").is_file()]
    if missing:
        sys.exit(f"{dump} has no {', '.join(missing)}: DUMP_DIR is a Stack Exchange data dump.")
    return dump, out


if __name__ == "__main__":
    main(*folders(sys.argv[1:]))
