"""The tables and lists in the docs say what the code says."""

import re
from collections.abc import Iterable
from pathlib import Path
from signal import SIGTERM
from typing import get_args

import pages
from wiifm import EventType, Field
from wiifm.activities import Activity
from wiifm.cli.app import BROKEN_PIPE, INTERRUPTED, UNUSABLE
from wiifm.event_types import ACTS, Act
from wiifm.expressions import Kind, parse
from wiifm.packs.sharing import EVENT_TYPES
from wiifm.rulebook.keys import MEANINGS, meanings
from wiifm.rulebook.schema import json_schema

DOCS = Path(__file__).parent.parent / "docs" / "reference"
TYPES = "| event type | what it says | act | needs | object | merit | data |\n|---|---|---|---|---|---|---|\n"
FIELDS = "| field of data | kind | in | meaning |\n|---|---|---|---|\n"
RELATES = {
    "profile": "sets the actor's profile",
    "joining": "sets the actor's profile, who is there from then on",
    "leaving": "the actor isn't there from then on",
    "mentoring starts": "the actor is the recipient's mentor from then on",
    "mentoring ends": "the actor is it no longer",
}


def page_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def vocabulary() -> str:
    """The tables of what ``sharing`` declares, as docs/reference/events.md shows them."""
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
        f"`{kind.act}`" if kind.act else "",
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
    assert shown == vocabulary(), "put this into docs/reference/events.md:\n" + vocabulary()


def test_that_every_act_is_told() -> None:
    rows = "| act | what the actor does |\n|---|---|\n" + _rows(
        [f"`{name}`", words] for name, words in ACTS.items()
    )
    (shown,) = re.findall(r"<!-- acts -->\n(.*?)<!-- end -->", page_of("events.md"), re.DOTALL)
    assert shown == rows, "put this into docs/reference/events.md:\n" + rows
    assert list(ACTS) == list(get_args(Act))
    assert all(f"`{name}`" in meanings("event")["act"] for name in ACTS)


def keys(table: str) -> str:
    """What the keys of a table of the rule book say, as docs/reference/rulebook.md shows it."""
    rows = _rows([f"`{key}`", words] for key, words in MEANINGS[table].items())
    return f"| key | meaning |\n|---|---|\n{rows}"


def test_that_the_rule_book_page_has_every_key_that_the_schema_knows() -> None:
    schema, page = json_schema(), page_of("rulebook.md")
    shown = dict(re.findall(r"<!-- keys: (\w+) -->\n(.*?)<!-- end -->", page, re.DOTALL))
    assert set(shown) == set(schema["$defs"])
    for table, rows in shown.items():
        assert rows == keys(table), f"docs/reference/rulebook.md, {table}: put there\n{keys(table)}"
        properties = schema["$defs"][table]["properties"]
        assert {key: each["description"] for key, each in properties.items()} == meanings(table)
    for section in schema["properties"]:
        assert f"`[{section}" in page or f"`[[{section}" in page


def test_that_every_block_of_the_docs_is_run() -> None:
    """All but plain text; what ``bash`` does, by test_tutorial.py and test_operate.py."""
    followed = {"first-book.md", "own-plugin.md", "package.md", "publish.md", "command.md"}
    followed |= {"operate.md"}
    for path in DOCS.parent.rglob("*.md"):
        for found in pages.FENCE.finditer(path.read_text(encoding="utf-8")):
            language = found["language"].strip()
            run = language in pages.RUNNERS or (language == "bash" and path.name in followed)
            assert run or language == "text" or language.startswith("{"), f"{path.name}: {language}"


def test_that_null_is_told_as_it_is() -> None:
    kinds: dict[str, Kind] = {"f": "flag", "t": "text", "n": "number", "l": "texts"}
    told = re.search(r"- these don't hold: (.*)\n- and these.*, do: (.*)\n", page_of("rulebook.md"))
    assert told
    for group, truth in ((told[1], False), (told[2], True)):
        found = re.findall(r"`(.+?)`", group)
        assert len(found) > 5
        for text in found:
            holds = parse(text, kinds, where=text, kind="flag").function(
                dict.fromkeys(kinds, "None"), ""
            )
            assert (holds() is True) is truth, text


def test_that_the_page_of_commands_has_every_exit_status() -> None:
    shown = re.findall(r"^\| (\d+) \|", page_of("commands.md"), re.MULTILINE)
    assert [int(each) for each in shown] == [
        0,
        1,
        UNUSABLE,
        INTERRUPTED,
        BROKEN_PIPE,
        128 + SIGTERM,
    ]


def test_that_authors_are_told_all_that_an_activity_tells() -> None:
    page = (DOCS.parent / "howto" / "rule-kind.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"## What an activity tells\n(.*?)\n\n[A-Z]", page, re.DOTALL)
    inner = {"slot", "rank", "order", "actor_day", "parties"}
    public = {name for name in dir(Activity) if not name.startswith("_")} - inner
    assert {name for name in public if f"`{name}`" not in table} == set()
