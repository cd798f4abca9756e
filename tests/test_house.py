"""The house keeps its own rules: small modules, small functions, and documented names."""

import ast
import subprocess
import sys
from pathlib import Path
from types import FunctionType, UnionType

import pytest

import wiifm
from wiifm import stores, testing

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


@pytest.mark.parametrize("menu", [wiifm, stores, testing], ids=lambda menu: menu.__name__)
def test_that_a_type_checker_sees_every_name_of_a_menu(menu):
    tree = ast.parse(Path(menu.__file__).read_text(encoding="utf-8"))
    (checking,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = [each.name for node in checking.body for each in node.names]
    assert sorted(seen) == menu.__all__


@pytest.mark.parametrize("menu", [stores, testing], ids=lambda menu: menu.__name__)
def test_that_a_menu_is_sorted_and_complete(menu):
    for name in menu.__all__:
        found = getattr(menu, name)
        assert found is getattr(sys.modules[menu._HOMES[name]], name)
        if isinstance(found, type | FunctionType):
            assert found.__module__ == menu._HOMES[name]
    assert sorted(menu._HOMES) == menu.__all__ and set(menu.__all__) <= set(dir(menu))
    with pytest.raises(
        AttributeError, match=f"module '{menu.__name__}' has no attribute 'contracts'"
    ):
        _ = menu.contracts


def test_that_the_menu_is_sorted_and_complete():
    assert wiifm.__all__ == sorted(wiifm.__all__)
    public = [getattr(wiifm, name) for name in wiifm.__all__]
    assert all(value.__doc__ for value in public if not is_alias(value))
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
    at_work = [each for each in wiifm.__all__ if not is_alias(getattr(wiifm, each))]
    silent = {name for name in at_work if ">>>" not in getattr(wiifm, name).__doc__}
    assert silent <= {"hookimpl"}  # an instance of pluggy's; its use stands in the docs


def is_alias(value):
    """Whether a public name only stands for a type that is made of others."""
    return isinstance(value, UnionType) or getattr(value, "__module__", "") in ("typing", "collections.abc")  # fmt: skip
