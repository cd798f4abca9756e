"""The screenshots in the README, of pages of the examples in Chromium. ``python tests/pictures.py`` takes them again.

Each PNG contains a digest of the text and shapes of its page, so that a test can tell whether the page changed, whatever fonts a
machine has.
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
PAGES = {"statement": "/?over=ever", "culture": "/culture"}


def app_of(name: str):
    """The engine, member and time of a screenshot: Ann in the small community, or an owner of the real one."""
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
    """The application whose page a screenshot shows."""
    engine, member, now = app_of(name)
    yield application(engine, who=Always(member), owner=everybody, clock=lambda: now)
    asyncio.run(engine.close())


class _PageContent(HTMLParser):
    """Collects the words of a page, and the attributes of what it draws."""

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
    """The digest of what a page shows now."""
    with TestClient(app) as client:
        _, _, query = PAGES[name].partition("?")
        answer = client.get(f"/fragments/{name}?{query}")
        assert answer.status_code == 200, answer.text
    return hashlib.sha256("\n".join(_PageContent(answer.text).found).encode()).hexdigest().encode()


# ---- PNG -----------------------------------------------------------------------------------------------------


def noted(png: bytes, note: bytes) -> bytes:
    """A PNG with a note in a ``tEXt`` chunk, right after its header."""
    text = b"tEXt" + KEY + b"\0" + note
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    end = len(SIGNATURE) + 25
    return png[:end] + chunk + png[end:]


def note_of(png: bytes) -> bytes:
    """The note in a PNG; empty if it has none."""
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        if kind == b"tEXt" and body.startswith(KEY + b"\0"):
            return body.removeprefix(KEY + b"\0")
        at += 12 + size
    return b""


def take(browser, serve, folder: Path) -> None:
    """Take all screenshots."""
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
