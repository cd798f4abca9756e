"""Notices as web requests: signed so that another implementation of the convention accepts them, and refused without a leak."""

import base64
import json
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Flag
from threading import Thread

import pytest
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from wiifm import Delivery, Engine, Event, InvalidInput, Receipt, RuleBook, Webhook
from wiifm.outbox import retry, undelivered
from wiifm.outbox.rounds import notices_of
from wiifm.stores.memory import MemoryStore
from wiifm.webhook import _retry_after

SECRET = "whsec_" + base64.b64encode(b"a key of two dozen bytes").decode()
OTHER = "whsec_" + base64.b64encode(b"another key of 24+ bytes").decode()
BOOK = RuleBook.load("plugin:sharing")
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
THANKS = Event(id="k1", type="kudos.given", occurred_at=AT, actor="bob", recipient="ann")


class Endpoint:
    """A server on this machine that keeps what was posted, and answers as it is told to."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.may_answer = Flag()
        self.may_answer.set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                endpoint.requests.append((self.path, dict(self.headers), body))
                endpoint.may_answer.wait(10)
                status, headers = endpoint.answers.pop(0) if endpoint.answers else (204, {})
                with suppress(OSError):  # whoever asked didn't wait for it
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()

            do_GET = do_POST  # noqa: N815

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self):
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    found = Endpoint()
    yield found
    found.close()


@pytest.fixture
def notice():
    return notices_of(BOOK, Engine(BOOK).record(THANKS))[0]


def test_that_a_receiver_accepts_what_is_signed(endpoint, notice):
    Webhook(f"{endpoint.url}/hooks?from=wiifm", SECRET)(notice)
    ((path, headers, body),) = endpoint.requests
    assert path == "/hooks?from=wiifm" and headers["Content-Type"] == "application/json"
    found = Receiver(SECRET).verify(body, headers)
    assert found == notice.as_json() == json.loads(body)
    assert found["type"] == "entry.written" and found["data"]["holder"]["id"] == "ann"
    assert {"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} <= headers.keys()
    with pytest.raises(WebhookVerificationError):
        Receiver(OTHER).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(SECRET).verify(body + b" ", headers)


def test_that_a_secret_can_be_replaced(endpoint, notice):
    Webhook(endpoint.url, OTHER, SECRET)(notice)
    ((_, headers, body),) = endpoint.requests
    assert Receiver(SECRET).verify(body, headers) == Receiver(OTHER).verify(body, headers)


def test_that_each_attempt_has_its_time_and_all_the_same_id(endpoint):
    now = [AT]
    endpoint.answers = [(500, {}), (429, {})]
    webhook = Webhook(endpoint.url, SECRET, clock=lambda: now[0])
    engine = Engine(BOOK, [Delivery("crm", webhook)], clock=lambda: now[0])
    engine.record(THANKS)
    for _ in range(2):
        now[0] += timedelta(minutes=2)
        engine.deliver()
    (first, second, third) = [headers for _, headers, _ in endpoint.requests]
    assert first["Webhook-Id"] == second["Webhook-Id"] == third["Webhook-Id"]
    assert int(third["Webhook-Timestamp"]) - int(first["Webhook-Timestamp"]) == 240
    assert len({headers["Webhook-Signature"] for headers in (first, second, third)}) == 3
    assert len({body for _, _, body in endpoint.requests}) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_that_no_redirect_is_followed(endpoint, notice, status):
    endpoint.answers = [(status, {"location": f"{endpoint.url}/elsewhere"})]
    with pytest.raises(ConnectionError, match=f"answered {status}"):
        Webhook(endpoint.url, SECRET)(notice)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("header", "after"),
    [
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("Mon, 04 May 2026 09:05:00 GMT", timedelta(minutes=5)),
        ("9" * 400, timedelta(seconds=10**8)),
        *(
            (header, None)
            for header in ("0", "soon", "-1", "1.5", "Mon, 04 May 2026 08:00:00 GMT", "\u0663")
        ),
    ],
)
def test_that_whoever_says_when_to_come_back_is_left_alone_till_then(header, after):
    assert _retry_after(header, AT) == after
    assert _retry_after(None, AT) is None


def test_that_no_notice_is_sent_before_a_server_wants_more(endpoint):
    clock = [AT]
    delivery = Delivery("crm", Webhook(endpoint.url, SECRET, clock=lambda: clock[0]))
    engine = Engine(BOOK, [delivery], clock=lambda: clock[0])
    endpoint.answers = [(429, {"Retry-After": "3600"}), (503, {"Retry-After": str(10**7)})]
    engine.record(THANKS)
    for moment, told in ((59, 1), (60, 2), (60 + 719, 2), (60 + 720, 3)):
        clock[0] = AT + timedelta(minutes=moment)
        engine.deliver()
        assert len(endpoint.requests) == told, moment


def test_that_who_is_gone_is_sent_nothing_more_and_somebody_is_told_what_to_do(endpoint):
    clock = [AT]
    delivery = Delivery("crm", Webhook(endpoint.url, SECRET, clock=lambda: clock[0]))
    store = MemoryStore()
    engine = Engine.over(store, BOOK, [delivery], clock=lambda: clock[0])
    endpoint.answers = [(410, {"Retry-After": "1"})]
    engine.record(THANKS)
    (first, *_) = undelivered(store)
    assert (first.state, first.attempts) == ("parked", 1)
    assert f"{endpoint.url} answered 410 Gone: it wants nothing more; remove" in first.reason
    assert "wiifm outbox STORE retry" in first.reason
    clock[0] += timedelta(minutes=59)
    engine.deliver()
    assert len(endpoint.requests) == 1
    assert retry(store, clock[0])
    engine.deliver()
    assert not undelivered(store)
    names = [headers["Webhook-Id"] for _, headers, _ in endpoint.requests]
    assert names[1:] == [each.id for each in notices_of(BOOK, engine.receipt("k1"))]


def test_that_whoever_doesnt_answer_in_time_is_not_waited_for(endpoint, notice):
    endpoint.may_answer.clear()
    with pytest.raises(ConnectionError, match=r"http://127.0.0.1:\d+: timed out"):
        Webhook(endpoint.url, SECRET, timeout=0.1)(notice)


@pytest.mark.parametrize("answer", [b"H" * 100, b"HTTP/1.1 204 x\r\nSlowly: " + b"x" * 100])
def test_that_whoever_answers_byte_by_byte_is_not_waited_for(notice, monkeypatch, answer):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            asked, _ = server.accept()
            with asked, suppress(OSError):
                for byte in answer:
                    asked.send(bytes([byte]))
                    time.sleep(0.02)

        thread = Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(ConnectionError, match=r"http://127.0.0.1:\d+: timed out"):
            Webhook(f"http://127.0.0.1:{server.getsockname()[1]}", SECRET, timeout=0.1)(notice)
        assert time.monotonic() - began < 1.5
        thread.join()


def test_that_whoever_isnt_there_is_told(endpoint, notice):
    endpoint.close()
    with pytest.raises(ConnectionError, match=r"http://127.0.0.1:\d+: .*refused"):
        Webhook(endpoint.url, SECRET)(notice)


def test_that_no_secret_is_told(endpoint, notice):
    endpoint.answers = [(403, {})]
    webhook = Webhook(f"{endpoint.url}/hooks/t0ken?key=t0ken", SECRET)
    with pytest.raises(ConnectionError) as caught:
        webhook(notice)
    assert str(caught.value) == f"{endpoint.url} answered 403 Forbidden"
    assert repr(webhook) == f"Webhook('{endpoint.url}')"
    for url, *secrets in (
        ("https://crm.example/hooks", "t0ken"),
        ("https://crm.example/hooks", "whsec_t0ken"),
        ("https://crm.example/hooks", SECRET.removeprefix("whsec_")),
        ("https://crm.example/hooks", "whsec_" + base64.b64encode(b"t0ken").decode()),
        ("https://crm.example/hooks", None),
        ("https://crm.example/hooks",),
        ("https://ann:t0ken@crm.example/hooks", SECRET),
        ("https://crm.example:t0ken/hooks", SECRET),
        ("crm.example/t0ken", SECRET),
        ("file:///t0ken", SECRET),
        ("https:///t0ken", SECRET),
        ("https://crm.example/t0ken hooks", SECRET),
        ("https://crm.example/t0ken\n", SECRET),
        ("https://crm.example/t0ken/h\u00f6ks", SECRET),
        (5, SECRET),
    ):
        with pytest.raises(InvalidInput) as wrong:
            Webhook(url, *secrets)
        told = str(wrong.value)
        assert "t0ken" not in told and SECRET[6:] not in told and "expected" in told


def test_that_a_notice_is_told_in_any_script(endpoint):
    event = Event(
        id="k2",
        type="kudos.given",
        occurred_at=AT,
        actor="bøb",
        recipient="ann",
        data={"text": "谢谢"},
    )
    for notice in notices_of(BOOK, Engine(BOOK).record(event)):
        Webhook(endpoint.url, SECRET)(notice)
    ((_, headers, body),) = endpoint.requests
    assert "谢谢" in Receiver(SECRET).verify(body, headers)["data"]["say"]


def test_that_a_receipt_without_anything_tells_nothing():
    assert notices_of(BOOK, Receipt(event="e", status="pending")) == []
