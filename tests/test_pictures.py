"""The pictures that README shows are still what its pages say. What their pixels are is for eyes; they are small files."""

import re

import pytest

from pictures import AGAIN, HOUSE, PAGES, SHOWN, digest_of, note_of, noted, shown


@pytest.mark.parametrize("name", PAGES)
def test_that_a_picture_shows_what_its_page_says_now(name):
    picture = (SHOWN / f"{name}.png").read_bytes()
    assert len(picture) < 150_000
    with shown(name) as app:
        assert note_of(picture) == digest_of(app, name), f"the page says something else: {AGAIN}"


def test_that_another_page_would_be_seen():
    picture = (SHOWN / "statement.png").read_bytes()
    assert note_of(noted(picture, b"another")) == b"another"
    with shown("statement") as app:
        digest = digest_of(app, "statement")
        assert len(digest) == 64 and digest != digest_of(app, "culture")


def test_that_each_picture_is_shown_and_described():
    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"!\[([^\]]{40,})\]\(docs/pictures/(\w+)\.png\)", text))
    assert sorted(found.values()) == sorted(PAGES) == sorted(each.stem for each in SHOWN.iterdir())
