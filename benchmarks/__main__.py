"""The command ``python -m benchmarks``: run one benchmark, and print its figures.

::

    python -m benchmarks culture|memory|growth|read|rescore|web [--events N] [--seed S] [--json]
    python -m benchmarks fill|store [sqlite|postgres] [--events N] [--seed S] [--json]
    python -m benchmarks memory --book stackexchange|discourse [--events N] [--seed S] [--json]
    python -m benchmarks steps [--json]
    python -m benchmarks truth [--data FOLDER] [--dump DIR] [--json]

README.md beside this file says what each measures.
"""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import packs, steps, truth
from benchmarks.forums import FORUMS
from wiifm import InvalidInput

READ = {
    "events_per_second": "events per second, read_jsonl with the extra fast",
    "lines_per_second": "events per second with their places, read_lines with the extra fast",
    "floor_events_per_second": "lines per second that msgspec only decodes",
    "plain_events_per_second": "events per second, read_jsonl without the extra fast",
    "plain_floor_events_per_second": "lines per second that json only decodes",
    "constructed_per_second": "events per second, Event(...) from given values",
    "ratio": "speed of reading, relative to msgspec alone",
    "plain_ratio": "speed of reading without the extra, relative to json alone",
}
MEMORY = {
    "events_per_second": "events per second, the engine",
    "floor_events_per_second": "events per second, the hand-written loop",
    "ratio": "speed of the engine, relative to the loop",
    "keeping_ratio": "the same, relative to a loop that also checks and keeps events",
    "bytes_per_member": "bytes of a member's state in a store",
    "bytes_per_live_member": "bytes of a member's state in memory",
    "bytes_per_event": "bytes that the engine holds per event, without the event itself",
    "late_speedup": "times faster than folding 10^5 events from the beginning, a late event",
    "retract_speedup": "times faster than folding 10^5 events from the beginning, a retraction",
    "import_ratio": "time to import attrs, cattrs, pluggy and wiifm, relative to the first three",
    "ready_ratio": "the same, including the engine",
}
PACK = {
    "events_per_second": "events per second, the engine with the pack",
    "growth": "time per event, relative to that with 10^4 events",
    "bytes_per_member": MEMORY["bytes_per_member"],
    "bytes_per_live_member": MEMORY["bytes_per_live_member"],
    "bytes_per_event": MEMORY["bytes_per_event"],
}
RESCORE = {
    "events_per_second": "events per second, rescore",
    "cpu_events_per_second": "events per second of processor time, rescore",
    "verify_events_per_second": "events per second, verify",
    "verify_cpu_events_per_second": "events per second of processor time, verify",
    "log_share": "share of rescore that reads, relates and writes the log",
    "move_share": "share of rescore that writes the result and the corrections into the store",
    "beside_share": "share of rescore on a thread that writes while another one decides",
    "two_processes_at_most": "times faster at most, if each of two processes folded half of the holders",
}
WEB = {
    "members": "members",
    "page_bytes": "bytes of a page",
    "bare_p95_ms": "milliseconds (95th percentile), a bare page",
    "bare_per_second": "bare pages per second",
    "page_p95_ms": "milliseconds, a member's page that was requested before",
    "page_per_second": "such pages per second",
    "json_p95_ms": "milliseconds, a member's statement as JSON that was requested before",
    "json_per_second": "such statements per second",
    "cold_p95_ms": "milliseconds, the first page of a member since something was recorded",
    "cold_per_second": "such pages per second",
    "ratio": "time for the page, relative to the bare one",
    "live_p95_ms": "milliseconds, the page of any member while kudos are recorded, one per second",
    "live_per_second": "such pages per second",
    "kept_p95_ms": "milliseconds, the same with a server that keeps pages for a minute",
    "kept_per_second": "such pages per second",
}
CULTURE = {
    "events_per_second": "events per second, a culture report",
    "floor_events_per_second": "events per second, only read from the file",
    "ratio": "speed of the report, relative to only reading",
    "seconds": "seconds of processor time for the report",
    "peak_megabytes": "megabytes of memory at most",
    "store_first_seconds": "seconds of processor time, the first report on a store without kept days",
    "store_again_seconds": "seconds, a second report by the same process",
    "store_peak_megabytes": "megabytes of memory at most in that process",
    "kept_seconds": "seconds, a report by another process on a store with kept days",
    "kept_month_seconds": "seconds, the same for a month",
    "day_more_seconds": "seconds, a report by another process after another day was recorded",
}
WORDS = {"culture": CULTURE, "memory": MEMORY, "read": READ, "rescore": RESCORE, "web": WEB}

STORED = ("fill", "store")
"""The benchmarks that run on a store of either backend."""

WITH_EVENTS = ("culture", "fill", "growth", "memory", "read", "rescore", "store", "web")
"""The benchmarks that generate a community."""

BENCHMARKS = sorted([*WITH_EVENTS, "steps", "truth"])

ACCEPTED_BY = {
    "backend": STORED,
    "--events": WITH_EVENTS,
    "--seed": WITH_EVENTS,
    "--data": ("truth",),
    "--dump": ("truth",),
    "--book": ("memory",),
}
"""The benchmarks that accept each argument."""

FEWEST, FEWEST_TO_GROW = 1_000, 10_000
"""The least number of events: with fewer, the figures say nothing about normal use, or ``growth`` has none."""

UNITS = {
    "growth": "Microseconds per event, by age, by number of events, and by number of rules:",
    "steps": "Microseconds per step, by number of events:",
}
"""What the figures of benchmarks are that have no words of their own."""


def main() -> None:
    """Run the benchmark that the command line names, and print its figures."""
    parser = _parser()
    given = parser.parse_args()
    for name, accepting in ACCEPTED_BY.items():
        value = getattr(given, name.removeprefix("--"))
        if value is not None and given.what not in accepting:
            parser.error(f"argument {name}: found {str(value)!r} with {given.what}, expected none")
    given.events = 1_000_000 if given.events is None else given.events
    given.seed = 7 if given.seed is None else given.seed
    fewest = FEWEST_TO_GROW if given.what == "growth" else FEWEST
    if given.events < fewest:
        parser.error(f"argument --events: found {given.events}, expected {fewest:,} or more")
    if given.what == "truth":
        try:
            _print_truth(given.data or truth.DATA, given.dump, given.json)
        except InvalidInput as error:
            parser.error(str(error))
        return
    _measure(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Run a benchmark, and print its figures."
    )
    parser.add_argument("what", choices=BENCHMARKS)
    parser.add_argument(
        "backend",
        nargs="?",
        choices=["sqlite", "postgres"],
        help="fill, store: the database (default: sqlite)",
    )
    parser.add_argument(
        "--events",
        type=int,
        metavar="N",
        help=f"all but steps and truth: the number of events, {FEWEST:,} or more, for growth {FEWEST_TO_GROW:,} (default: a million)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="S",
        help="all but steps and truth: the seed of the community (default: 7)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="truth: the folder with published data (default: ../shared/data beside the checkout)",
    )
    parser.add_argument(
        "--dump",
        type=Path,
        metavar="DIR",
        help="truth: a Stack Exchange data dump (default: the community in examples/quantum)",
    )
    parser.add_argument(
        "--book",
        choices=sorted(FORUMS),
        help="memory: a pack, with a community that uses its event types (default: the benchmark's own book)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _measure(given: argparse.Namespace) -> None:
    """Run a benchmark other than ``truth``, and print its figures."""
    module = import_module(f"benchmarks.{given.what}")
    words = WORDS.get(given.what, {})
    if given.book:
        found, words = packs.measure(given.book, given.events, given.seed), PACK
    elif given.what == "steps":
        found = steps.measure()
    elif given.what in STORED:
        found = module.measure(given.events, given.seed, given.backend or "sqlite")
    else:
        found = module.measure(given.events, given.seed)
    if given.json or given.what in ("growth", "steps", *STORED):
        if given.what in UNITS and not given.json:
            print(UNITS[given.what])
        print(json.dumps(found, indent=None if given.json else 2))
        return
    for key, value in found.items():
        print(f"{value:>12,}  {words[key]}")


def _print_truth(data: Path, dump: Path | None, as_json: bool) -> None:
    """Print all comparisons for which there are data, and say on standard error which data are missing."""
    for keys, folder in (("praise, adoption", truth.PRAISE), ("manufacturing", truth.MAIL)):
        if not (data / folder).is_dir():
            message = f"{keys}: found no folder {data / folder}, expected the data in it"
            print(message, file=sys.stderr)
    found = truth.measure(data, dump)
    print(json.dumps(found) if as_json else truth.as_text(found))


if __name__ == "__main__":
    main()
