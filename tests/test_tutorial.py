"""The tutorial is followed to the letter, in an empty folder and a virtual environment of its own; so are other pages that install packages.

Their ``bash`` blocks install packages. Here the environment sees what this one has, and pip asks nobody else: no network is needed. Where a page
makes an environment, it is there already.
"""

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPS": "1", "PIP_QUIET": "1"}
"""What pip is told: ``PIP_NO_BUILD_ISOLATION=0`` is how it spells no isolation."""


def follow(folder, *names):
    """Do what some pages of the docs say, in a folder."""
    venv.create(folder / ".venv", symlinks=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder / ".venv")})
    seen = [sysconfig.get_path("purelib"), str(ROOT / "src")]
    Path(packages, "seen.pth").write_text("\n".join(seen), encoding="utf-8")
    scripts = folder / ".venv" / "bin"
    for name, module in (
        ("pip", "pip"),
        ("pytest", "pytest"),
        ("wiifm", "wiifm"),
        ("copier", "copier"),
    ):
        (scripts / name).write_text(f'#!/bin/sh\nexec "{scripts}/python" -m {module} "$@"\n')
        (scripts / name).chmod(0o755)
    made = folder / ".made"
    made.mkdir()
    (made / "python3").write_text(f'#!/bin/sh\n[ "$2" = venv ] || exec "{scripts}/python" "$@"\n')
    (made / "python3").chmod(0o755)
    environment = {
        **os.environ,
        **OFFLINE,
        "WIIFM": str(ROOT),
        "PATH": f"{made}:{scripts}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        [
            scripts / "python",
            ROOT / "tests" / "pages.py",
            *(ROOT / "docs" / name for name in names),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_the_tutorial_works_from_an_empty_folder(tmp_path):
    parts = ("first-book", "own-plugin", "package")
    follow(tmp_path, *(f"tutorial/{part}.md" for part in parts))


def test_that_a_plugin_can_be_published_as_the_page_says(tmp_path):
    pytest.importorskip("copier")
    follow(tmp_path, "howto/publish.md")


def test_that_a_command_can_be_added_as_the_page_says(tmp_path):
    follow(tmp_path, "howto/command.md")
