"""The benchmark runs, and its floor does the same job as the engine (it asserts so itself)."""

import json
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
