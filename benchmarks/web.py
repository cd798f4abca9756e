"""How long a member waits for their page while fifty others ask at once, beside a bare page of Starlette as long as theirs.

The server is a process of its own (uvicorn, one worker); it is asked over loopback by fifty connections that each ask again as soon as
they are answered. So the time of an answer is about fifty times what one costs. What a live store costs is measured while thanks are
recorded by another process, one a second: by a server that keeps pages until then, and by one that keeps them for a minute.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
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
"""So many are asked for of each kind (fewer, where there are few events); of members who ask for the first time, a quarter at most."""
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
    """All figures, in milliseconds, requests a second and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/web.db"
        with Engine.open(url, RuleBook.load(BOOK)) as engine:
            engine.record_many(community(events, seed))
            members = [each.id for each in engine.holders() if each.kind == "member"]
        number = min(REQUESTS, events // 10)
        with _server(url, 0) as port:
            found = asyncio.run(_measured(port, members, number))
            found |= asyncio.run(_live("live", port, url, members, number // 2))
        with _server(url, 60) as port:
            return found | asyncio.run(_live("kept", port, url, members, number // 2))


@contextmanager
def _server(url: str, kept: int) -> Iterator[int]:
    """The port of a server that keeps pages for so many seconds."""
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


async def _measured(port: int, members: list[str], count: int) -> dict[str, float]:
    await _up(port)
    page = (await _asked(port, [("/", members[0])]))[1]
    few = members[:AT_ONCE]
    kinds = {
        "bare": [(f"/bare?long={page}", "")] * count,
        "page": [("/", few[number % len(few)]) for number in range(count)],
        "json": [("/api/statement", few[number % len(few)]) for number in range(count)],
        "cold": [("/", member) for member in members[-count // 4 :]],
    }
    found: dict[str, float] = {"members": len(members), "page_bytes": page}
    for path in ("/", "/api/statement"):
        await _asked(port, [(path, member) for member in few])
    for kind, asked in kinds.items():
        waits, _, took = await _asked(port, asked)
        found[f"{kind}_p95_ms"] = round(quantiles(waits, n=100)[94] * 1000, 1)
        found[f"{kind}_per_second"] = round(len(asked) / took)
    found["ratio"] = round(found["page_p95_ms"] / found["bare_p95_ms"], 2)
    return found


async def _live(kind: str, port: int, url: str, members: list[str], most: int) -> dict[str, float]:
    """The pages of up to 1,000 members in turn, each read before, while somebody is thanked each second."""
    await _up(port)
    asked = [("/", members[-1 - number % len(members)]) for number in range(most)]
    await _asked(port, asked[: len(members)])
    recording = asyncio.create_task(_recording(url, kind, members))
    waits, _, took = await _asked(port, asked)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    return {
        f"{kind}_p95_ms": round(quantiles(waits, n=100)[94] * 1000, 1),
        f"{kind}_per_second": round(len(asked) / took),
    }


async def _recording(url: str, kind: str, members: list[str]) -> None:
    """Record thanks to one member after the other, once a second."""
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


async def _up(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise RuntimeError("the server didn't come up")


async def _asked(port: int, asked: list[tuple[str, str]]) -> tuple[list[float], int, float]:
    """Ask for all of it by some connections at once; answers the waits, the length of a page, and how long all took."""
    waits: list[float] = []
    left, lengths = iter(asked), set()
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
