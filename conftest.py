"""Makes pytest run every code block of the README and the docs, page by page, in order (with sybil); see tests/pages.py.

The pages that install packages (the tutorial, publishing, commands) are run by tests/test_tutorial.py instead.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sybil import Document, Example, Region, Sybil

import pages


def blocks(document: Document) -> Iterator[Region]:
    """The code blocks of a page, for sybil."""
    for block in pages.blocks(document.text):
        if block.language != "bash":
            yield Region(block.start, block.end, block, run)


def run(example: Example) -> str | None:
    """Run a block in the namespace of its page; answer what is wrong, if anything is."""
    return pages.run(example.parsed, example.path, example.namespace)


def setup(namespace: dict[str, object]) -> None:
    """Run each page like a script, in a temporary folder of its own."""
    namespace["__name__"] = "__main__"
    folder = TemporaryDirectory()
    namespace["_folder"], namespace["_before"] = folder, Path.cwd()
    os.chdir(folder.name)


def teardown(namespace: dict[str, object]) -> None:
    """Return to the folder from before, and delete the temporary one."""
    os.chdir(str(namespace["_before"]))
    namespace["_folder"].cleanup()  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Run all blocks of a page, and all tests of the site, in one process, as each builds on those before it."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - asked only where it is installed

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            page, _, _ = nodeid.partition("::")
            return page if page.endswith((".md", "test_site.py")) else nodeid

    return ByPage(config, log)


collect_ignore_glob = ["docs/*.py"]
"""Python files that only Sphinx runs, which isn't installed for the tests (extra ``docs``)."""

pytest_collect_file = Sybil(
    parsers=[blocks],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    excludes=["docs/tutorial/*.md", "docs/howto/publish.md", "docs/howto/command.md"],
    setup=setup,
    teardown=teardown,
).pytest()
