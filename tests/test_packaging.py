"""What is handed out: whoever installs it gets all of the package, and whoever unpacks the sources can test them."""

import tarfile
import zipfile
from pathlib import Path

from hatchling import build

HOUSE = Path(__file__).parent.parent


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


def test_that_the_sources_hold_what_their_tests_need(tmp_path, monkeypatch):
    monkeypatch.chdir(HOUSE)
    with tarfile.open(tmp_path / build.build_sdist(str(tmp_path))) as sources:
        held = {name.partition("/")[2] for name in sources.getnames()}
    wanted = files_below("src") | files_below("tests") | files_below("examples")
    assert not wanted - held
    assert {"pyproject.toml", "conftest.py", "constraints.txt", "README.md"} <= held
