"""Measure how long members wait for their pages at fifty requests at once, relative to a bare page of Starlette of the same length.

The server is a process of its own (uvicorn, one worker). Fifty connections over loopback each send the next request as soon as they have an answer,
so the time of an answer is about fifty times what one costs. The cost of a live store is measured while this process records kudos, one per
second: with a server that keeps pages until something is recorded, and with one that keeps them for a minute.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from benchmarks.community import community
from wiifm import AsyncEngine, Engine, Event, RuleBook

AT_ONCE = 50
REQUESTS = 4_000
"""The number of requests of each kind; fewer if there are few events, and at most a quarter for first pages of members."""
BOOK = Path(__file__).parent / "book.toml"
SERVER = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from wiifm import AsyncEngine, Engine
from wiifm.web import TrustedHeader, application

async def bare(request):
    return HTMLResponse("x" * int(request.query_params["long"]))

who, kept = TrustedHeader("x-member", ["127.0.0.1"]), float(sys.argv[3])
pages = application(AsyncEngine(Engine.open(sys.argv[1])), who=who, kept=kept)
app = Starlette(routes=[Route("/bare", bare), Mount("/", pages)])
uvicorn.run(app, port=int(sys.argv[2]), log_level="error", proxy_headers=False, access_log=False)
"""


def measure(events: int, seed: int) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints."""
    with tempfile.TemporaryDirectory() as folder:
        url, recorded = f"sqlite:///{folder}/web.db", community(events, seed)
        with Engine.open(url, RuleBook.load(BOOK)) as engine:
            engine.record_many(recorded)
            members = [each.id for each in engine.holders() if each.kind == "member"]
        busiest = most_active(recorded, members)
        number = min(REQUESTS, events // 10)
        with _server(url, 0) as port:
            found = asyncio.run(_measured(port, members, busiest, number))
            found |= asyncio.run(_live("live", port, url, members, number // 2))
        with _server(url, 60) as port:
            return found | asyncio.run(_live("kept", port, url, members, number // 2))


def most_active(events: Iterable[Event], members: Iterable[str]) -> list[str]:
    """The :data:`AT_ONCE` members with the most events as their actor, the most active one first."""
    counts = Counter(event.actor for event in events)
    return sorted(members, key=lambda member: (-counts[member], member))[:AT_ONCE]


@contextmanager
def _server(url: str, kept: int) -> Iterator[int]:
    """The port of a server that keeps pages for ``kept`` seconds."""
    port = _free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, url, str(port), str(kept)])
    try:
        yield port
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def _measured(
    port: int, members: list[str], busiest: list[str], count: int
) -> dict[str, float]:
    await _wait_for(port)
    page = (await _request(port, [("/", busiest[0])]))[1]
    others = [each for each in members if each not in {*busiest}] or members
    kinds = {
        "bare": [(f"/bare?long={page}", "")] * count,
        "page": [("/", busiest[number % len(busiest)]) for number in range(count)],
        "json": [("/api/statement", busiest[number % len(busiest)]) for number in range(count)],
        "cold": [("/", member) for member in others[-count // 4 :]],
    }
    found: dict[str, float] = {"members": len(members), "page_bytes": page}
    for path in ("/", "/api/statement"):
        await _request(port, [(path, member) for member in busiest])
    for kind, requests in kinds.items():
        waits, _, took = await _request(port, requests)
        found[f"{kind}_p95_ms"] = round(quantiles(waits, n=100)[94] * 1000, 1)
        found[f"{kind}_per_second"] = round(len(requests) / took)
    found["ratio"] = round(found["page_p95_ms"] / found["bare_p95_ms"], 2)
    return found


async def _live(kind: str, port: int, url: str, members: list[str], most: int) -> dict[str, float]:
    """The figures for ``most`` pages, of all members in turn, while kudos are recorded. Each page was requested once before."""
    await _wait_for(port)
    requests = [("/", members[-1 - number % len(members)]) for number in range(most)]
    await _request(port, requests[: len(members)])
    recording = asyncio.create_task(_recording(url, kind, members))
    waits, _, took = await _request(port, requests)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    return {
        f"{kind}_p95_ms": round(quantiles(waits, n=100)[94] * 1000, 1),
        f"{kind}_per_second": round(len(requests) / took),
    }


async def _recording(url: str, kind: str, members: list[str]) -> None:
    """Record kudos to one member after the other, one per second."""
    async with AsyncEngine(Engine.open(url)) as engine:
        for number in count():
            thanks = Event(
                id=f"{kind} {number}",
                type="kudos.given",
                occurred_at=datetime.now(UTC),
                actor=members[0],
                recipient=members[1 + number % (len(members) - 1)],
            )
            await engine.record(thanks)
            await asyncio.sleep(1)


async def _wait_for(port: int) -> None:
    """Wait until the server accepts connections."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise RuntimeError("the server didn't start")


async def _request(port: int, requests: list[tuple[str, str]]) -> tuple[list[float], int, float]:
    """Send requests (path and member) over :data:`AT_ONCE` connections; return the waits, the length of the longest page, and the time in all."""
    waits: list[float] = []
    left, lengths = iter(requests), set()
    began = perf_counter()
    await asyncio.gather(*(_connection(port, left, waits, lengths) for _ in range(AT_ONCE)))
    return waits, max(lengths), perf_counter() - began


async def _connection(
    port: int, left: Iterator[tuple[str, str]], waits: list[float], lengths: set[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path, member in left:
        began = perf_counter()
        request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-member: {member}\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        waits.append(perf_counter() - began)
        lengths.add(length)
    writer.close()
