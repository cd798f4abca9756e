"""Each example of a plugin is installed as a package of its own, and its tests run as its author would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wiifm.plugins import find_plugins

PLUGINS = sorted(
    (Path(__file__).parent.parent / "examples" / "plugins").glob("wiifm-*"),
    key=lambda path: path.name,
)


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(path, target):
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-build-isolation", "--target", str(target), str(path)),
    )


def check(path, target):
    """Install a plugin where nobody else sees it, and run its tests."""
    install(path, target)
    told = run(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert " passed" in told and "failed" not in told


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.name)
def test_that_it_installs_and_passes_its_own_tests(path, tmp_path):
    if path.name == "wiifm-holidays":
        pytest.importorskip("holidays")
    check(path, tmp_path)


@pytest.mark.parametrize("name", ["lunch", "team-lunch"])
def test_that_the_template_makes_a_plugin_that_passes_its_tests(name, tmp_path):
    copier = pytest.importorskip("copier")
    made = tmp_path / f"wiifm-{name}"
    template = PLUGINS[0].parent / "template"
    copier.run_copy(str(template), str(made), data={"name": name}, defaults=True, quiet=True)
    check(made, tmp_path / "installed")


OURS = list(find_plugins().contributions["sharing"].books.registered)


@pytest.mark.parametrize(
    "name", [*OURS, "none", "Lunch", "team lunch", "team-", "été", "_lunch", "wiifm-x"]
)
def test_that_the_template_refuses_a_name_that_makes_no_plugin(tmp_path, name):
    copier = pytest.importorskip("copier")
    template, made = str(PLUGINS[0].parent / "template"), str(tmp_path / "made")
    with pytest.raises(ValueError, match=r"Lower case: words|name of wiifm's own|called wiifm-x\."):
        copier.run_copy(template, made, data={"name": name}, defaults=True, quiet=True)
