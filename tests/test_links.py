"""Every link between the texts of this repository leads to a file, and to a heading of it, that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
    if not any(part.startswith((".", "_")) for part in path.relative_to(ROOT).parts)
)
CODE = re.compile(r"^(`{3,}|:{3,}).*?^\1$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TARGET = re.compile(r"^\((.+)\)=$", re.MULTILINE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: str) -> set[str]:
    """What can be linked to on a page: its headings as GitHub and Sphinx name them, and its own targets."""
    text = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    slugs = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(text)
    }
    return slugs | set(TARGET.findall(text))


def broken(path: Path) -> list[str]:
    """The links of a page that lead nowhere; those to other sites aren't followed."""
    links = LINK.findall(CODE.sub("", path.read_text(encoding="utf-8")))
    return [link for link in links if not re.match(r"[a-z]+:", link) and not leads(path, link)]


def leads(path: Path, link: str) -> bool:
    """Whether a link of a page leads to a file, and if it says so to a heading of it."""
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_that_its_links_lead_somewhere(path):
    assert broken(path) == []


def test_that_a_broken_link_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# A `key` of it\n\n```text\n# no heading\n```\n")
    page.write_text(
        "[a](other.md) [b](other.md#a-key-of-it) [c](https://example.org/x) `[d](e)` [f](other.md#no-heading)"
        " [g](gone.md) [h](#nowhere) [i](../outside.md)"
    )
    assert broken(page) == ["other.md#no-heading", "gone.md", "#nowhere", "../outside.md"]


def test_that_each_promise_of_a_store_names_tests_that_there_are():
    """Of each row of the tables: its module, and the functions or classes in that."""
    page = (ROOT / "docs/explanation/consistency.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2] for line in page.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row != " tests "]
    assert len(rows) > 45
    for row in rows:
        names, module = re.findall(r"`(\w+)`", row), ""
        assert names, row
        for name in names:
            if (ROOT / f"tests/{name}.py").exists():
                module = (ROOT / f"tests/{name}.py").read_text(encoding="utf-8")
            else:
                assert re.search(rf"^ *(async )?(def |class )?{name}\b", module, re.MULTILINE), name
