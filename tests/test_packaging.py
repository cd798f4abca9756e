"""What is handed out: whoever installs it gets all of the package, and whoever unpacks the sources can test them."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from hatchling import build

import wiifm

HOUSE = Path(__file__).parent.parent
PATHS = f"import sys; sys.path[:0] = {sys.path!r}; "
"""For an interpreter without ``site``, which itself imports much."""


def files_below(folder):
    """What belongs to the project; not what tools leave beside it."""
    found = (each for each in (HOUSE / folder).rglob("*") if each.is_file())
    named = (each.relative_to(HOUSE) for each in found)
    return {
        each.as_posix()
        for each in named
        if not any(part == "__pycache__" or part[0] == "." for part in each.parts[:-1])
    }


def test_that_a_wheel_holds_all_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(HOUSE)
    with zipfile.ZipFile(tmp_path / build.build_wheel(str(tmp_path))) as wheel:
        held = {f"src/{name}" for name in wheel.namelist() if name.startswith("wiifm/")}
        assert held == files_below("src/wiifm")
        assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
        assert "wiifm/py.typed" in wheel.namelist()
        (about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        lines = wheel.read(about).decode().splitlines()
    assert {"Classifier: Framework :: Pytest", "Classifier: Typing :: Typed"} <= {*lines}
    assert f"Version: {wiifm.__version__}" in lines


def test_that_the_version_is_looked_up_only_when_it_is_asked_for():
    code = "import sys, wiifm; print('importlib.metadata' in sys.modules, wiifm.__version__)"
    told = subprocess.check_output([sys.executable, "-S", "-c", PATHS + code], text=True)
    assert told == f"False {wiifm.__version__}\n"
    assert "__version__" in dir(wiifm)


def test_that_the_sources_hold_what_their_tests_need(tmp_path, monkeypatch):
    monkeypatch.chdir(HOUSE)
    with tarfile.open(tmp_path / build.build_sdist(str(tmp_path))) as sources:
        held = {name.partition("/")[2] for name in sources.getnames()}
    wanted = files_below("src") | files_below("tests") | files_below("examples")
    assert not wanted - held
    assert {"pyproject.toml", "conftest.py", "constraints.txt", "README.md"} <= held


WITHOUT = """
import sys

class Without:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "hypothesis":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Without())
"""
"""As where Hypothesis isn't installed."""


def test_that_pytest_runs_wherever_wiifm_is_installed(tmp_path):
    (tmp_path / "test_others.py").write_text(
        "import sys\n\n\n"
        "def test_that_nothing_is_imported_that_nobody_asked_for():\n"
        "    assert 'wiifm.testing.plugin' in sys.modules and 'wiifm.engine' not in sys.modules\n\n\n"
        "def test_that_the_fixtures_are_there(wiifm_engine, wiifm_community):\n"
        "    assert wiifm_engine.record_many(wiifm_community).recorded == 10\n"
    )
    run = WITHOUT + "import pytest\nsys.exit(pytest.main())"
    options = "-q -p no:hypothesispytest -p no:cacheprovider"
    done = subprocess.run(
        [sys.executable, "-c", run],
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTEST_ADDOPTS": options},
        capture_output=True,
        text=True,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_that_the_extra_of_the_test_kit_is_named_where_it_is_missing():
    asking = WITHOUT + "from wiifm.testing import RuleContract"
    done = subprocess.run(
        [sys.executable, "-c", asking], check=False, capture_output=True, text=True
    )
    said = "ImportError: the test kit needs hypothesis; install the extra: pip install 'wiifm[testing]'"
    assert done.stderr.splitlines()[-1] == said
