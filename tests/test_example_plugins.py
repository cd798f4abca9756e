"""Each example of a plugin is installed as a package of its own, and its tests run as its author would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.name)
def test_that_it_installs_and_passes_its_own_tests(path, tmp_path):
    if path.name == "wiifm-holidays":
        pytest.importorskip("holidays")
    install(path, tmp_path)
    told = run(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert " passed" in told and "failed" not in told
