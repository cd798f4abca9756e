"""The oldest releases that pyproject.toml allows will do: with all of them at once, every test passes."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OF_DEVELOPERS = {"test", "docs", "dev"}
"""The extras that nobody needs who uses wiifm."""

OF_ITS_TIME = ["anyio==4.10", "httpx==0.28"]
"""What the test client of the oldest Starlette needs: it imports httpx, and a name from anyio of which later ones warn."""


def requirements():
    """What wiifm asks for, and each extra that is meant for users."""
    extras = PROJECT["optional-dependencies"]
    of_extras = [each for name in extras if name not in OF_DEVELOPERS for each in extras[name]]
    return [Requirement(each) for each in [*PROJECT["dependencies"], *of_extras]]


def oldest(requirement):
    """The oldest release that a requirement allows, as a line of constraints."""
    (bound,) = requirement.specifier
    return f"{requirement.name}=={bound.version}"


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_that_it_names_the_oldest_release_and_forbids_no_newer_one(requirement):
    """A platform that embeds wiifm chooses its own."""
    assert [bound.operator for bound in requirement.specifier] == [">="]


@pytest.mark.long
def test_that_the_oldest_releases_will_do(tmp_path):
    constraints = tmp_path / "oldest.txt"
    constraints.write_text("\n".join(map(oldest, requirements())), encoding="utf-8")
    python = tmp_path / "venv" / "bin" / "python"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(*command):
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]

    run(sys.executable, "-m", "venv", str(python.parent.parent))
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(python, *install, "-c", constraints, "-e", ".[test]", *OF_ITS_TIME)
    quietly = ("-q", "-n", "auto", "-p", "no:cacheprovider")
    # Without the page that shows how pytest tells a failure: each release does so in its own way.
    run(python, "-m", "pytest", *quietly, "--ignore=docs/howto/test.md")
