"""The pictures of README: pages of the examples, as Chromium shows them. ``python tests/pictures.py`` takes them anew.

Each carries in itself a digest of what its page said: that can be set beside what it says now, whatever the fonts of a machine are.
"""

import asyncio
import hashlib
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from starlette.testclient import TestClient

HOUSE = Path(__file__).parent.parent
sys.path.append(str(HOUSE / "examples"))

import community  # noqa: E402
from wiifm import AsyncEngine, Engine, Event, RuleBook  # noqa: E402
from wiifm.sources import read_jsonl  # noqa: E402
from wiifm.web import Always, application, everybody  # noqa: E402

SHOWN = HOUSE / "docs" / "pictures"
AGAIN = "python tests/pictures.py"
WIDE, HIGH = 1100, 920
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEY = b"wiifm page"
QUANTUM = HOUSE / "examples" / "quantum"
PAGES = {"statement": "/?over=all", "culture": "/culture"}


def app_of(name: str):
    """The pages that a picture shows one of: Ann's in the small community; those of the real community's owner."""
    if name == "statement":
        engine = Engine(RuleBook.load("plugin:sharing"))
        engine.record_many(community.events())
        return AsyncEngine(engine), "Ann", community.NOW
    engine = Engine(RuleBook.load(QUANTUM / "book.toml"))
    happened = read_jsonl(QUANTUM / "events.jsonl.gz")
    engine.record_many(each for each in happened if isinstance(each, Event))
    return AsyncEngine(engine), "55", datetime(2018, 9, 3, tzinfo=UTC)


@contextmanager
def shown(name: str) -> Iterator:
    """The application whose page a picture shows."""
    engine, member, now = app_of(name)
    yield application(engine, who=Always(member), owner=everybody, clock=lambda: now)
    asyncio.run(engine.close())


class _Said(HTMLParser):
    """What a page says, and draws."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        drawn = {"path", "rect", "progress"}
        self.found += [value for _, value in attrs if tag in drawn and value]

    def handle_data(self, data):
        self.found += data.split()


def digest_of(app, name: str) -> bytes:
    """A digest of what a page says now."""
    with TestClient(app) as client:
        _, _, query = PAGES[name].partition("?")
        answer = client.get(f"/fragments/{name}?{query}")
        assert answer.status_code == 200, answer.text
    return hashlib.sha256("\n".join(_Said(answer.text).found).encode()).hexdigest().encode()


# ---- PNG -----------------------------------------------------------------------------------------------------


def noted(png: bytes, note: bytes) -> bytes:
    """A picture that carries a note, right behind its head."""
    text = b"tEXt" + KEY + b"\0" + note
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    end = len(SIGNATURE) + 25
    return png[:end] + chunk + png[end:]


def note_of(png: bytes) -> bytes:
    """The note of a picture; nothing if it has none."""
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        if kind == b"tEXt" and body.startswith(KEY + b"\0"):
            return body.removeprefix(KEY + b"\0")
        at += 12 + size
    return b""


def take(browser, serve, folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        with shown(name) as app, serve(app) as address:
            features = [{"name": "prefers-color-scheme", "value": "light"}]
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            size = {"width": WIDE, "height": HIGH, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(address + path)
            png = browser.get_screenshot_as_png()
            (folder / f"{name}.png").write_bytes(noted(png, digest_of(app, name)))


if __name__ == "__main__":
    from test_browser import opened, serving

    with opened(shutil.which("chromium"), shutil.which("chromedriver")) as browser:
        take(browser, serving, SHOWN)
