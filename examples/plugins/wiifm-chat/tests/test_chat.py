"""Each gain is posted once, even if its batch is delivered twice, and a chat that is down breaks nothing."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from wiifm_chat import Chat

import wiifm
from wiifm.testing import ObserverContract


@pytest.fixture
def chat():
    """A chat server on this machine: its address, and what was posted to it."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", posted
    server.shutdown()
    server.server_close()


def thanks(id="k"):
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    return wiifm.Event(
        id=id, type="kudos.given", occurred_at=at, actor="raj", recipient="ann", data={"text": "ta"}
    )


class TestContract(ObserverContract):
    """The observer takes every kind of receipt, and is idempotent."""

    @pytest.fixture(autouse=True)
    def _open(self, chat):
        self.url, self.posted = chat

    def make_observer(self):
        return Chat(self.url)

    def delivered(self, observer):
        return self.posted


def test_that_the_plugin_posts_what_was_earned(chat, monkeypatch):
    url, posted = chat
    monkeypatch.setenv("WIIFM_CHAT_URL", url)
    engine = wiifm.Engine(wiifm.RuleBook.parse("[book]\nid = 'b'\nuse = ['sharing', 'chat']"))
    engine.record(thanks())
    engine.record(thanks())
    assert not engine.faults
    assert len(posted) == 1 and posted[0].startswith("ann: +5 points (raj thanked you: ta)")


def test_that_the_same_batch_again_posts_nothing(chat):
    url, posted = chat
    observer = Chat(url)
    receipt = wiifm.Engine(wiifm.RuleBook.load("plugin:sharing")).record(thanks())
    observer((receipt,))
    observer((receipt,))
    assert len(posted) == 1


def test_that_a_badge_is_posted_that_came_without_points(chat):
    url, posted = chat
    text = "[book]\nid = 'b'\n[[badge]]\nid = 'thankful'\ncount = 'kudos.given'\nat_least = 1"
    engine = wiifm.Engine(wiifm.RuleBook.parse(text), [Chat(url)])
    engine.record(thanks())
    engine.record(thanks())
    assert posted == ["raj has earned thankful"]


def test_that_a_chat_that_is_down_is_a_fault_and_nothing_else():
    engine = wiifm.Engine(wiifm.RuleBook.load("plugin:sharing"), [Chat("http://127.0.0.1:9")])
    assert engine.record(thanks()).entries
    assert "observer" in str(engine.faults[0])
