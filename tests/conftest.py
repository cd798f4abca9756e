"""What several test modules need."""

import importlib
import sys
from textwrap import dedent

import pytest


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a plugin where an installed distribution would be."""
    monkeypatch.delenv("WIIFM_PLUGINS", raising=False)
    made = []

    def put(name, text, distribution=None):
        distribution = distribution or f"wiifm-{name}"
        module = distribution.replace("-", "_") + "_plugin"
        site = tmp_path / distribution
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{module}.py").write_text(dedent(text), encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0")
        (info / "entry_points.txt").write_text(f"[wiifm]\n{name} = {module}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        made.append(module)
        return module

    yield put
    for module in made:
        sys.modules.pop(module, None)
