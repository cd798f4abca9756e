"""Every code block of the README and the docs is run by pytest, in order, page by page (sybil); see tests/pages.py.

The pages of the tutorial, and those on publishing and on commands, install packages: tests/test_tutorial.py follows them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sybil import Document, Example, Region, Sybil

import pages


def blocks(document: Document) -> Iterator[Region]:
    """The fenced blocks of a page."""
    for block in pages.blocks(document.text):
        if block.language != "bash":
            yield Region(block.start, block.end, block, run)


def run(example: Example) -> str | None:
    """Run a block in the names of its page."""
    return pages.run(example.parsed, example.path, example.namespace)


def setup(namespace: dict[str, object]) -> None:
    """Each page runs as a script does, in a folder of its own."""
    namespace["__name__"] = "__main__"
    folder = TemporaryDirectory()
    namespace["_folder"], namespace["_before"] = folder, Path.cwd()
    os.chdir(folder.name)


def teardown(namespace: dict[str, object]) -> None:
    """Back to where we were."""
    os.chdir(str(namespace["_before"]))
    namespace["_folder"].cleanup()  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give all blocks of a page, and all tests of the site, to one process: each builds on what was before."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - asked only where it is installed

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            page, _, _ = nodeid.partition("::")
            return page if page.endswith((".md", "test_site.py")) else nodeid

    return ByPage(config, log)


collect_ignore_glob = ["docs/*.py"]
"""Sphinx runs these; it comes with the extra ``docs``, which tests do without."""

pytest_collect_file = Sybil(
    parsers=[blocks],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    excludes=["docs/tutorial/*.md", "docs/howto/publish.md", "docs/howto/command.md"],
    setup=setup,
    teardown=teardown,
).pytest()
