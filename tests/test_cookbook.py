"""The cookbook: forty-six recipes, each played on its page; and here against the naive implementation, and in any order."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

import pages
from test_law import check_against_naive
from wiifm import Engine, Event, RuleBook
from wiifm.rulebook.lint import lint
from wiifm.testing import check_law

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "cookbook.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^### (\d+)\. ([^\n]+)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)


def test_that_there_are_forty_six_and_each_is_a_book_a_story_and_what_came_of_it():
    assert [int(number) for number, *_ in RECIPES] == list(range(1, 47))
    for number, _, text in RECIPES:
        found = [(block.language, bool(block.text.strip())) for block in pages.blocks(text)]
        assert found == [("toml", True), ("python", True), ("", True)], number


def played(text, monkeypatch, tmp_path):
    """The book of a recipe, and the events of its story."""
    monkeypatch.chdir(tmp_path)
    names: pages.Names = {"__name__": "__main__"}
    first = next(pages.blocks(PAGE))
    pages.run(first, "cookbook.md", names)
    book, story, _ = pages.blocks(text)
    pages.run(book, "cookbook.md", names)
    told = []

    def play(*happened):
        for number, (keys, day) in enumerate(happened, 1):
            at = names["MONDAY"] + timedelta(days=day, minutes=number)
            told.append(Event(id=f"e{number}", occurred_at=at, **keys))
        return Engine(RuleBook.load("acme.toml"))

    names["play"] = play
    pages.run(story, "cookbook.md", names)
    return RuleBook.load("acme.toml"), told


@pytest.mark.parametrize(("number", "title", "text"), RECIPES, ids=[each[0] for each in RECIPES])
def test_that_a_recipe_keeps_the_law(number, title, text, monkeypatch, tmp_path):
    book, events = played(text, monkeypatch, tmp_path)
    assert events
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, events)
    check_law(book, events)
    allowed = ("as often as somebody likes", "both credit")
    assert all(any(word in each.what for word in allowed) for each in lint(book))


def test_that_the_table_of_systems_names_recipes_and_pages_that_are_there():
    (table,) = re.findall(r"<!-- systems -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    rows = table.splitlines()[2:]
    assert all(len(row.split(" | ")) == 3 for row in rows)
    named = {
        int(each)
        for each in re.findall(r"\b(\d+)\b", " ".join(re.findall(r"recipes? [\d, and to]+", table)))
    }
    assert named <= set(range(1, 46)) and len(named) > 15
    for link in re.findall(r"\]\(([\w/.-]+)\)", table):
        assert (DOCS / link).is_file(), link
    unsaid = [row for row in rows if "can't be said" in row]
    assert len(unsaid) > 8 and all("*can't be said*: " in row for row in unsaid)
