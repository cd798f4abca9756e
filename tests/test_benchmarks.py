"""The benchmark runs, and its floor does the same job as the engine (it asserts so itself)."""

import json
import re
import subprocess
import sys
from pathlib import Path

KEYS = {
    "events_per_second",
    "floor_events_per_second",
    "ratio",
    "bytes_per_member",
    "bytes_per_event",
    "late_speedup",
    "retract_speedup",
    "import_ratio",
    "ready_ratio",
}


def test_that_the_benchmark_measures_the_same_job_done_twice():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "memory", "--events", "20000", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    found = json.loads(done.stdout)
    assert set(found) == KEYS
    assert all(value > 0 for value in found.values())


def test_that_the_table_has_a_figure_for_each_key():
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    figures = dict(re.findall(r"^\| `(\w+)` \| ([\d,.]+) \|$", page, re.MULTILINE))
    assert set(figures) == KEYS


def test_that_too_few_events_are_refused_with_the_usage():
    for few in ("0", "-1", "999"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "memory", "--events", few],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        assert done.returncode == 2
        assert f"found {few}, expected 1,000 or more" in done.stderr
        assert done.stderr.startswith("usage: python -m benchmarks")
