"""Every code block of the README and the docs is run by pytest, in order, page by page (sybil).

A block of ``python`` is executed; the block without a language behind it is what it printed. A block of
``toml`` must be a rule book; it is saved as ``acme.toml`` for the blocks that follow. ``bash`` blocks are
run by the continuous integration, on a fresh machine.
"""

import contextlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sybil import Document, Example, Region, Sybil

from wiifm import RuleBook

BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
DIGEST = re.compile(r"\b[0-9a-f]{16}\b")


def blocks(document: Document) -> Iterator[Region]:
    """The fenced blocks of a page."""
    evaluators = {"python": run, "toml": check, "": compare}
    for found in BLOCK.finditer(document.text):
        evaluate = evaluators.get(found["language"])
        if evaluate is not None:
            yield Region(found.start(), found.end(), (found["language"], found["text"]), evaluate)


def run(example: Example) -> None:
    """Execute a block in the names of its page, and keep what it printed."""
    _, text = example.parsed
    code = compile("\n" * example.line + text, example.path, "exec")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(code, example.namespace)
    example.namespace["printed"] = output.getvalue()


def check(example: Example) -> None:
    """A rule book must be one, and is at hand for the page as ``acme.toml``."""
    _, text = example.parsed
    RuleBook.parse(text)
    Path("acme.toml").write_text(text, encoding="utf-8")


def compare(example: Example) -> str | None:
    """What a block printed is what the page shows behind it; a digest is shown as DIGEST."""
    _, text = example.parsed
    printed = example.namespace.pop("printed", None)
    if printed is None:
        return None
    printed = DIGEST.sub("DIGEST", printed)
    return None if printed.strip() == text.strip() else f"printed:\n{printed}\nshown:\n{text}"


def setup(namespace: dict[str, object]) -> None:
    """Each page runs in a folder of its own."""
    folder = TemporaryDirectory()
    namespace["_folder"], namespace["_before"] = folder, Path.cwd()
    os.chdir(folder.name)


def teardown(namespace: dict[str, object]) -> None:
    """Back to where we were."""
    os.chdir(str(namespace["_before"]))
    namespace["_folder"].cleanup()  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give all blocks of a page to one process, however many there are: each builds on the one before."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - asked only where it is installed

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            page, _, _ = nodeid.partition("::")
            return page if page.endswith(".md") else nodeid

    return ByPage(config, log)


pytest_collect_file = Sybil(
    parsers=[blocks], patterns=["README.md", "docs/*.md"], setup=setup, teardown=teardown
).pytest()
