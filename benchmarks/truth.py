"""The truth: what packs come to, beside what the communities they are about published themselves.

Each key has a module with ``measure(folder) -> figures``, and a folder below the one that the command is given. The data are read from there, as
their licences allow; none of them is part of the project.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

TRUTHS = {"praise": ("benchmarks.truth_praise", "tec_praise/visible")}
"""For each key its module, and where its data lie."""

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Where the data lie unless the command is told: beside the checkout."""


def missing(data: Path) -> list[str]:
    """The keys whose data aren't there."""
    return [key for key, (_, below) in TRUTHS.items() if not (data / below).is_dir()]


def measure(data: Path) -> dict[str, Any]:
    """The figures of each key whose data are there."""
    gone = missing(data)
    return {
        key: import_module(module).measure(data / below)
        for key, (module, below) in TRUTHS.items()
        if key not in gone
    }
