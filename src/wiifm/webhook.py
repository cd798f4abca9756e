"""Notices as web requests, signed by the convention of https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR
from threading import Timer
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    Request,
    build_opener,
)

from wiifm.deliveries import Gone, NotYet
from wiifm.faults import Fault, InvalidInput
from wiifm.notices import Notice

PREFIX = "whsec_"
"""What a secret begins with; behind it stands the key in Base64."""

SHORTEST, LONGEST = 24, 64
"""How many bytes a key has."""

GONE = 410
"""By this status whoever receives says that nothing is to be sent any more."""

_WAY_OUT = "it wants nothing more; remove the delivery, or give it another URL and have it retried (wiifm outbox STORE retry)"


class Webhook:
    """Posts each notice as JSON to a URL, with the headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.

    Whatever isn't answered by a status of 200 to 299 in time raises: ``Delivery`` then tries again, no sooner than ``Retry-After`` says
    (RFC 9110, 10.2.3). Who answers 410 is gone: the notice is parked, and the next one not sent before somebody has it retried, or an hour is
    over. No redirect is followed.

    >>> Webhook("https://crm.example/hooks", "whsec_d2hhdCdzIGluIGl0IGZvciBtZT8gISEh")
    Webhook('https://crm.example')

    Args:
        url: where to.
        secrets: ``whsec_...``; while one is replaced, the new one and the old one, and the receiver may go by either.
        timeout: how many seconds to wait for the connection, and for the answer.
        clock: tells when a request is sent.

    Raises:
        InvalidInput: the URL isn't one of http or https, or a secret isn't of this form; no secret is shown.
    """

    def __init__(
        self,
        url: str,
        *secrets: str,
        timeout: float = 10,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._place = _place(url)
        if not secrets:
            raise _wrong("secret", "none")
        self._url, self._keys = url, [_key(secret) for secret in secrets]
        self._timeout, self._clock = timeout, clock
        self._opener = build_opener(_NoRedirect, _Plain, _Secure)

    def __repr__(self) -> str:
        return f"Webhook({self._place!r})"

    def __call__(self, notice: Notice) -> None:
        """Post a notice.

        Raises:
            ConnectionError: it wasn't taken; says by whom, and why: a :class:`~wiifm.NotYet`, where it may be taken later; a
                :class:`~wiifm.Gone`, where it won't.
        """
        body = json.dumps(notice.as_json(), allow_nan=False, separators=(",", ":")).encode()
        headers = {
            **signed(notice.id, self._clock(), body, self._keys),
            "content-type": "application/json",
            "user-agent": "wiifm",
        }
        request = Request(self._url, body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout):
                return
        except HTTPError as error:
            error.close()
            told = f"{self._place} answered {error.code} {error.reason}"
            if error.code == GONE:
                raise Gone(f"{told}: {_WAY_OUT}") from None
            after = _after(error.headers.get("Retry-After"), self._clock())
            raise (NotYet(told, after) if after else ConnectionError(told)) from None
        except URLError as error:
            raise ConnectionError(f"{self._place}: {error.reason}") from None
        except (OSError, HTTPException) as error:
            raise ConnectionError(f"{self._place}: {error or type(error).__name__}") from None


def signed(name: str, moment: datetime, body: bytes, keys: list[bytes]) -> dict[str, str]:
    """The headers that say which message it is, when it is sent, and that whoever has a key sends it.

    >>> signed("n1", datetime(2026, 5, 4, tzinfo=UTC), b"{}", [b"key"])["webhook-timestamp"]
    '1777852800'
    """
    second = str(int(moment.timestamp()))
    content = f"{name}.{second}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys]
    return {
        "webhook-id": name,
        "webhook-timestamp": second,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _after(found: str | None, now: datetime) -> timedelta | None:
    """How long ``Retry-After`` says to wait, by seconds or by a date; None where it says nothing that can be read, or nothing to come.

    >>> _after("120", datetime(2026, 5, 4, tzinfo=UTC)), _after("soon", datetime(2026, 5, 4, tzinfo=UTC))
    (datetime.timedelta(seconds=120), None)
    """
    text = (found or "").strip()
    try:
        if text.isascii() and text.isdigit():
            wait = timedelta(seconds=min(int(text[:9]), 10**8))
        else:
            wait = parsedate_to_datetime(text).astimezone(UTC) - now
    except (ValueError, OverflowError):
        return None
    return wait if wait > timedelta(0) else None


def _place(url: str) -> str:
    """A URL's scheme and host, which may be shown: the rest may hold a secret."""
    expected = "a URL such as https://crm.example/hooks"
    try:
        found = urlsplit(url)
        host, port, user = found.hostname, found.port, found.username
    except (ValueError, TypeError, AttributeError):
        raise _wrong("url", "no URL", expected) from None
    if found.scheme not in ("http", "https") or not host:
        raise _wrong("url", "none of http or https, with a host", expected)
    if user is not None:
        raise _wrong("url", "one with a user and a password", f"{expected}: the signature says who")
    return f"{found.scheme}://{host}" + (f":{port}" if port else "")


def _key(secret: str) -> bytes:
    """The key in a secret."""
    text = secret if isinstance(secret, str) else ""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("secret", "one that isn't in Base64") from None
    if not text.startswith(PREFIX):
        raise _wrong("secret", f"one that doesn't begin with {PREFIX}")
    if not SHORTEST <= len(key) <= LONGEST:
        raise _wrong("secret", f"a key of {len(key)} bytes")
    return key


def _wrong(
    key: str,
    found: str,
    expected: str = f"{PREFIX} and the Base64 of {SHORTEST} to {LONGEST} random bytes",
) -> InvalidInput:
    return InvalidInput([Fault(f"webhook, {key}", found, expected)])


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: whoever answers elsewhere wasn't meant, and the answer is an error as it stands."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> None:
        """Decline."""


class _Timely(HTTPConnection):
    """A connection whose answer comes in time, or not at all: a timeout alone begins anew with each byte."""

    _late = False

    def getresponse(self) -> HTTPResponse:
        """Wait for the answer."""
        assert self.timeout is not None
        alarm = Timer(self.timeout, self._hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            answer = super().getresponse()
        except (OSError, HTTPException):
            if self._late:
                raise TimeoutError("timed out") from None
            raise
        finally:
            alarm.cancel()
        if self._late:
            raise TimeoutError("timed out")
        return answer

    def _hang_up(self) -> None:
        self._late = True
        with suppress(OSError):
            self.sock.shutdown(SHUT_RDWR)


class _TimelySecure(_Timely, HTTPSConnection):
    """The same, encrypted."""


class _Plain(HTTPHandler):
    """Opens URLs of http."""

    def http_open(self, req: Request) -> HTTPResponse:
        """Send a request; answers what came back."""
        return self.do_open(_Timely, req)


class _Secure(HTTPSHandler):
    """Opens URLs of https."""

    def https_open(self, req: Request) -> HTTPResponse:
        """Send a request; answers what came back."""
        return self.do_open(_TimelySecure, req)
