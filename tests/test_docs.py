"""The tables and lists in the docs say what the code says."""

import re
from collections.abc import Iterable
from pathlib import Path

from wiifm import EventType, Field
from wiifm.packs.sharing import EVENT_TYPES

DOCS = Path(__file__).parent.parent / "docs"
TYPES = "| event type | what it says | needs | object | merit | data |\n|---|---|---|---|---|---|\n"
FIELDS = "| field of data | kind | in | meaning |\n|---|---|---|---|\n"
RELATES = {
    "profile": "sets the actor's profile",
    "mentoring starts": "the actor is the recipient's mentor from then on",
    "mentoring ends": "the actor is it no longer",
}


def page_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def vocabulary() -> str:
    """The tables of what ``sharing`` declares, as docs/events.md shows them."""
    carriers: dict[tuple[str, Field], list[str]] = {}
    for kind in EVENT_TYPES:
        for name, each in kind.fields.items():
            carriers.setdefault((name, each), []).append(f"`{kind.name}`")
    fields = [
        [f"`{name}`{'*' if each.required else ''}", each.type, ", ".join(types), each.means]
        for (name, each), types in carriers.items()
    ]
    return f"{TYPES}{_rows(map(_type, EVENT_TYPES))}\n{FIELDS}{_rows(fields)}"


def _rows(rows: Iterable[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _type(kind: EventType) -> list[str]:
    needs = [*kind.requires, *(["retracts"] if kind.retracts else [])]
    return [
        f"`{kind.name}`",
        kind.means,
        ", ".join(f"`{key}`" for key in needs),
        _object(kind),
        "recipient" if kind.merit == "recipient" else "",
        ", ".join(f"`{name}`" for name in kind.fields),
    ]


def _object(kind: EventType) -> str:
    """What an event does to objects, or to who belongs to whom."""
    things = ["any object" if name == "any" else _a(name) for name in kind.acts_on]
    if kind.creates:
        reply = f", `in_reply_to` {' or '.join(things)}" if things else ""
        return f"creates {_a(kind.creates)}{reply}"
    if things:
        return " or ".join(things)
    return RELATES[kind.relates] if kind.relates else ""


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def test_that_the_vocabulary_of_sharing_is_the_one_that_is_declared() -> None:
    page = page_of("events.md")
    (shown,) = re.findall(r"<!-- vocabulary.*? -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert shown == vocabulary(), "put this into docs/events.md:\n" + vocabulary()
