"""``python -m benchmarks culture|memory|growth|read|rescore|web [--events N] [--seed S] [--json]``
``python -m benchmarks fill|store [sqlite|postgres] [--events N] [--seed S] [--json]``
``python -m benchmarks memory --book stackexchange|discourse [--events N] [--seed S] [--json]``
``python -m benchmarks steps [--json]``
``python -m benchmarks truth [--data FOLDER] [--dump DIR] [--json]``"""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import packs, steps, truth
from benchmarks.forums import FORUMS
from wiifm import InvalidInput

READ = {
    "events_per_second": "events a second, read_jsonl with the extra fast",
    "lines_per_second": "events a second with their places, read_lines with the extra fast",
    "floor_events_per_second": "lines a second, msgspec decodes them and no more",
    "plain_events_per_second": "events a second, read_jsonl without the extra fast",
    "plain_floor_events_per_second": "lines a second, json decodes them and no more",
    "constructed_per_second": "events a second, Event(...) of values at hand",
    "ratio": "reading over msgspec alone",
    "plain_ratio": "reading without the extra over json alone",
}
MEMORY = {
    "events_per_second": "events a second, the engine",
    "floor_events_per_second": "events a second, the loop written by hand",
    "ratio": "the engine over the loop",
    "bytes_per_member": "bytes that the fold keeps of a member at rest",
    "bytes_per_live_member": "bytes that the fold keeps of a member in use",
    "bytes_per_event": "bytes that the engine holds for an event, the event aside",
    "late_speedup": "a late event, times cheaper than folding 10^5 from zero",
    "retract_speedup": "a retraction, times cheaper than folding 10^5 from zero",
    "import_ratio": "importing attrs, cattrs, pluggy and wiifm over the first three",
    "ready_ratio": "the same with the engine at hand",
}
PACK = {
    "events_per_second": "events a second, the engine under the pack",
    "growth": "times that an event takes, of what it takes among 10^4",
    "bytes_per_member": MEMORY["bytes_per_member"],
    "bytes_per_live_member": MEMORY["bytes_per_live_member"],
    "bytes_per_event": MEMORY["bytes_per_event"],
}
RESCORE = {
    "events_per_second": "events a second, rescore",
    "cpu_events_per_second": "events a second of processor time, rescore",
    "verify_events_per_second": "events a second, verify",
    "verify_cpu_events_per_second": "events a second of processor time, verify",
    "log_share": "share of rescore that reads, relates and writes the log",
    "move_share": "share that writes what was made, and the difference, into the store",
    "beside_share": "share that a thread writes, while another one decides",
    "two_processes_at_most": "times faster at most, if two processes fold half of the holders each",
}
WEB = {
    "members": "members",
    "page_bytes": "bytes of a page",
    "bare_p95_ms": "milliseconds that 95 of 100 wait at most, a bare page",
    "bare_per_second": "bare pages a second",
    "page_p95_ms": "milliseconds, a member's page that was asked for before",
    "page_per_second": "such pages a second",
    "json_p95_ms": "milliseconds, a member's statement as JSON that was asked for before",
    "json_per_second": "such statements a second",
    "cold_p95_ms": "milliseconds, the page of a member who asks for the first time since something was recorded",
    "cold_per_second": "such pages a second",
    "ratio": "the page over the bare one, in milliseconds",
    "live_p95_ms": "milliseconds, the page of any member while thanks are recorded, one a second",
    "live_per_second": "such pages a second",
    "kept_p95_ms": "milliseconds, the same of a server that keeps pages for a minute",
    "kept_per_second": "such pages a second",
}
CULTURE = {
    "events_per_second": "events a second, a culture report on them",
    "floor_events_per_second": "events a second, read from the file and no more",
    "ratio": "the report over just reading",
    "seconds": "seconds of processor time that the report takes",
    "peak_megabytes": "megabytes that its process holds at most",
    "store_first_seconds": "seconds of processor time, the first report on a store that keeps no days",
    "store_again_seconds": "seconds, one more by the same process",
    "store_peak_megabytes": "megabytes that this process holds at most",
    "kept_seconds": "seconds, by another process, once the store keeps its days",
    "kept_month_seconds": "seconds, the same on a month",
    "day_more_seconds": "seconds, by another process, after the events of a day more",
}
WORDS = {"culture": CULTURE, "memory": MEMORY, "read": READ, "rescore": RESCORE, "web": WEB}

STORED = ("fill", "store")
"""What is measured over a store of either kind."""

FEWEST = 1_000
"""With fewer events than this the figures say nothing of an engine at work."""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    kinds = [
        "culture",
        "fill",
        "growth",
        "memory",
        "read",
        "rescore",
        "steps",
        "store",
        "truth",
        "web",
    ]
    parser.add_argument("what", choices=kinds)
    parser.add_argument(
        "backend",
        nargs="?",
        choices=["sqlite", "postgres"],
        help="fill, store: which; sqlite unless given",
    )
    parser.add_argument(
        "--events",
        type=int,
        default=1_000_000,
        metavar="N",
        help=f"how many events, {FEWEST:,} or more; a million unless given",
    )
    parser.add_argument(
        "--seed", type=int, default=7, metavar="S", help="which community; 7 unless given"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=truth.DATA,
        metavar="FOLDER",
        help="truth: where the published data lie; ../shared/data beside the checkout unless given",
    )
    parser.add_argument(
        "--dump",
        type=Path,
        metavar="DIR",
        help="truth: a Stack Exchange data dump; the community in examples/quantum unless given",
    )
    parser.add_argument(
        "--book",
        choices=sorted(FORUMS),
        help="memory: a pack, and a community in its words; the benchmark's own book unless given",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    if given.events < FEWEST:
        parser.error(f"argument --events: found {given.events}, expected {FEWEST:,} or more")
    if given.backend and given.what not in STORED:
        parser.error(f"argument backend: found {given.backend!r} with {given.what}, expected none")
    if given.dump and given.what != "truth":
        parser.error(f"argument --dump: found {str(given.dump)!r} with {given.what}, expected none")
    if given.book and given.what != "memory":
        parser.error(f"argument --book: found {given.book!r} with {given.what}, expected none")
    if given.what == "truth":
        try:
            _tell_truth(given.data, given.dump, given.json)
        except InvalidInput as error:
            parser.error(str(error))
        return
    _measure(given)


def _measure(given: argparse.Namespace) -> None:
    """Measure the engine, and print."""
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
        print(json.dumps(found, indent=None if given.json else 2))
        return
    for key, value in found.items():
        print(f"{value:>12,}  {words[key]}")


def _tell_truth(data: Path, dump: Path | None, as_json: bool) -> None:
    """Print what can be compared; data that aren't there are told beside it."""
    for keys, folder in (("praise, adoption", truth.PRAISE), ("manufacturing", truth.MAIL)):
        if not (data / folder).is_dir():
            told = f"{keys}: found no folder {data / folder}, expected the data in it"
            print(told, file=sys.stderr)
    found = truth.measure(data, dump)
    print(json.dumps(found) if as_json else truth.shown(found))


if __name__ == "__main__":
    main()
