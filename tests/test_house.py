"""The house keeps its own rules: small modules, small functions, and documented names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import wiifm
from wiifm import testing

SOURCE = Path(wiifm.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))


def named(path):
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_that_a_module_fits_in_400_lines_and_says_what_it_is_for(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_that_a_function_fits_in_40_lines(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, f"{node.name} has grown too long"


@pytest.mark.parametrize("menu", [wiifm, testing])
def test_that_a_type_checker_sees_every_name_of_a_menu(menu):
    tree = ast.parse(Path(menu.__file__).read_text(encoding="utf-8"))
    (checking,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = [each.name for node in checking.body for each in node.names]
    assert sorted(seen) == menu.__all__


def test_that_the_test_kit_is_sorted_and_complete():
    for name in testing.__all__:
        assert getattr(testing, name).__module__ == testing._HOMES[name]
    assert sorted(testing._HOMES) == testing.__all__ and set(testing.__all__) <= set(dir(testing))
    with pytest.raises(
        AttributeError, match=r"module 'wiifm\.testing' has no attribute 'contracts'"
    ):
        _ = testing.contracts


def test_that_the_menu_is_sorted_and_complete():
    assert wiifm.__all__ == sorted(wiifm.__all__)
    assert all(getattr(wiifm, name).__doc__ for name in wiifm.__all__)
    assert sorted(wiifm._HOMES) == wiifm.__all__ and set(wiifm.__all__) <= set(dir(wiifm))
    with pytest.raises(AttributeError, match="no attribute 'Engin'"):
        _ = wiifm.Engin


def test_that_an_engine_imports_only_what_it_decides_with():
    code = (
        "import sys, wiifm; wiifm.Engine; print(*(name for name in sys.modules if 'wiifm' in name))"
    )
    imported = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert "wiifm.memory" in imported
    later = (
        "wiifm.statement",
        "wiifm.culture",
        "wiifm.web",
        "wiifm.cli",
        "wiifm.archive",
        "wiifm.plugins",
    )
    assert [name for name in imported if name.startswith(later)] == []


def test_that_no_rule_needs_a_clock():
    deciding = [
        *SOURCE.glob("folds/*.py"),
        *SOURCE.glob("program/*.py"),
        *SOURCE.glob("expressions/*.py"),
    ]
    assert deciding
    for path in deciding:
        for forbidden in (".now(", "time.time", "random"):
            assert forbidden not in path.read_text(encoding="utf-8"), path


def test_that_every_name_on_the_menu_shows_itself_at_work():
    silent = {name for name in wiifm.__all__ if ">>>" not in getattr(wiifm, name).__doc__}
    assert silent <= {"hookimpl"}  # an instance of pluggy's; its use stands in the docs
