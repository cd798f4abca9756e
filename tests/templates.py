"""Collects the translatable sentences from the code and the templates of pages."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

import wiifm

SOURCE = Path(wiifm.__file__).parent
SPEAKERS = {"speech", "s", "self"}
PAGES = SOURCE / "web" / "templates"

STATEMENT = [*sorted((SOURCE / "statement").glob("*.py")), SOURCE / "words" / "speech.py"]
PARTS = {
    "": STATEMENT,
    "pages": [*sorted((SOURCE / "web").glob("*.py")), *sorted(PAGES.glob("*.html"))],
    "culture": sorted((SOURCE / "culture").glob("*.py")),
    "sharing": [],
}
"""The files with the sentences of each catalogue: statements, pages, culture report; the built-in book has its own."""

Sentences = dict[str, str | None]


@cache
def templates(part: str = "") -> Sentences:
    """The sentences of a part, each with its plural, or None if it has none."""
    found: Sentences = dict.fromkeys(_of_the_book()) if part == "sharing" else {}
    for path in PARTS[part]:
        text = path.read_text(encoding="utf-8")
        found |= dict(_of_page(text) if path.suffix == ".html" else _of_code(text))
    return found


def _of_the_book() -> Iterable[str]:
    """The sentences of the built-in book and of its vocabulary, on which any book may have rules, that pages show."""
    book = wiifm.RuleBook.load("plugin:sharing")
    for rule in book.rules.values():
        yield from filter(None, (rule.say, rule.means))
    yield from (kind.means for kind in book.types.values() if not kind.advances)
    yield from (badge.means for badge in book.badges.values())
    yield from (ladder.means for ladder in book.ladders.values())


def _of_code(text: str) -> Iterable[tuple[str, str | None]]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        texts = [
            each.value
            for each in node.args
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        match node.func:
            case ast.Name(id=name) if name in SPEAKERS and texts:
                yield texts[0], None
            case ast.Attribute(attr="s") if texts:
                yield texts[0], None
            case ast.Attribute(value=ast.Name(id=name), attr="speech") if name == "self" and texts:
                yield texts[0], None
            case ast.Attribute(attr="many") | ast.Name(id="_many") if len(texts) == 2:
                yield texts[0], texts[1]
            case ast.Attribute(attr="ngettext") if len(texts) == 2:
                yield texts[0], texts[1]


def _of_page(text: str) -> Iterable[tuple[str, str | None]]:
    for call in Environment().parse(text).find_all(nodes.Call):
        texts = [each.value for each in call.args if isinstance(each, nodes.Const)]
        match call.node:
            case nodes.Name(name="s"):
                yield texts[0], None
            case nodes.Name(name="many"):
                yield texts[0], texts[1]


def own_words(text: str) -> list[str]:
    """The text of a template that isn't translated, by line."""
    found = "".join(value for _, kind, value in Environment().lex(text) if kind == "data")
    return found.split("\n")
