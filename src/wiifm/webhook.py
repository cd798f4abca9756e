"""A delivery that posts notices to a URL, signed as https://www.standardwebhooks.com specifies."""

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

SECRET_PREFIX = "whsec_"
"""What a secret begins with; the Base64 of the key follows."""

MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
"""The length of a key in bytes."""

GONE = 410
"""The HTTP status by which a receiver says that it wants nothing more."""

_IN_ASCII = "percent-encode what isn't ASCII or a space, and write such a host as xn--..."
_GONE_HINT = "it wants nothing more; remove the delivery, or give it another URL and retry its notices (wiifm outbox STORE retry)"


class Webhook:
    """Posts each notice as JSON to a URL, with the headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.

    Anything but a status of 200 to 299 in time raises. ``Delivery`` then tries again, no sooner than ``Retry-After`` says
    (RFC 9110, 10.2.3). After a 410 the notice is parked, and no other one is sent for an hour, or until somebody has notices
    retried. Redirects are not followed.

    >>> Webhook("https://crm.example/hooks", "whsec_d2hhdCdzIGluIGl0IGZvciBtZT8gISEh")
    Webhook('https://crm.example')

    Args:
        url: where to post.
        secrets: ``whsec_...``. While one is being replaced, give the new and the old one; the receiver may check either.
        timeout: how many seconds to wait for the connection, and for the response.
        clock: returns the time at which a request is sent.

    Raises:
        InvalidInput: the URL isn't one of http or https, or a secret isn't valid; the message contains no secret.
    """

    def __init__(
        self,
        url: str,
        *secrets: str,
        timeout: float = 10,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._origin = _origin(url)
        if not secrets:
            raise _invalid("secret", "none")
        self._url, self._keys = url, [_key(secret) for secret in secrets]
        self._timeout, self._clock = timeout, clock
        self._opener = build_opener(_NoRedirect, _HTTPHandler, _HTTPSHandler)

    def __repr__(self) -> str:
        return f"Webhook({self._origin!r})"

    def __call__(self, notice: Notice) -> None:
        """Post a notice.

        Raises:
            ConnectionError: the receiver didn't take it; the message says which one, and why. It is a :class:`~wiifm.NotYet` if the
                receiver says when to try again, and a :class:`~wiifm.Gone` if it says that it wants nothing more.
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
            message = f"{self._origin} answered {error.code} {error.reason}"
            if error.code == GONE:
                raise Gone(f"{message}: {_GONE_HINT}") from None
            after = _retry_after(error.headers.get("Retry-After"), self._clock())
            raise (NotYet(message, after) if after else ConnectionError(message)) from None
        except URLError as error:
            raise ConnectionError(f"{self._origin}: {error.reason}") from None
        except (OSError, HTTPException) as error:
            raise ConnectionError(f"{self._origin}: {error or type(error).__name__}") from None


def signed(name: str, moment: datetime, body: bytes, keys: list[bytes]) -> dict[str, str]:
    """The headers with the id of a message, the time at which it is sent, and a signature for each key.

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


def _retry_after(found: str | None, now: datetime) -> timedelta | None:
    """How long ``Retry-After`` says to wait, in seconds or until a date; None if it can't be read, or the time is past.

    >>> _retry_after("120", datetime(2026, 5, 4, tzinfo=UTC)), _retry_after("soon", datetime(2026, 5, 4, tzinfo=UTC))
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


def _origin(url: str) -> str:
    """The scheme and host of a URL, which may be shown; the rest may contain a secret."""
    expected = "a URL such as https://crm.example/hooks"
    if isinstance(url, str) and not (url.isascii() and url.isprintable() and " " not in url):
        # http.client would quote the path when it refuses it
        raise _invalid("url", "a character that no URL has", f"{expected}: {_IN_ASCII}")
    try:
        found = urlsplit(url)
        host, port, user = found.hostname, found.port, found.username
    except (ValueError, TypeError, AttributeError):
        raise _invalid("url", "no URL", expected) from None
    if found.scheme not in ("http", "https") or not host:
        raise _invalid("url", "none of http or https, with a host", expected)
    if user is not None:
        raise _invalid(
            "url", "one with a user and a password", f"{expected}: the signature says who"
        )
    return f"{found.scheme}://{host}" + (f":{port}" if port else "")


def _key(secret: str) -> bytes:
    """The key in a secret."""
    text = secret if isinstance(secret, str) else ""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("secret", "one that isn't in Base64") from None
    if not text.startswith(SECRET_PREFIX):
        raise _invalid("secret", f"one that doesn't begin with {SECRET_PREFIX}")
    if not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise _invalid("secret", f"a key of {len(key)} bytes")
    return key


def _invalid(
    key: str,
    found: str,
    expected: str = f"{SECRET_PREFIX} and the Base64 of {MIN_KEY_BYTES} to {MAX_KEY_BYTES} random bytes",
) -> InvalidInput:
    return InvalidInput([Fault(f"webhook, {key}", found, expected)])


class _NoRedirect(HTTPRedirectHandler):
    """Treats a redirect as an error instead of following it."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> None:
        """Return None: don't follow."""


class _DeadlineConnection(HTTPConnection):
    """An HTTP connection with a time limit for the whole answer. A socket timeout alone starts again with each byte."""

    _timed_out = False

    def getresponse(self) -> HTTPResponse:
        """Wait for the response, for at most ``timeout`` seconds."""
        assert self.timeout is not None
        timer = Timer(self.timeout, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            answer = super().getresponse()
        except (OSError, HTTPException):
            if self._timed_out:
                raise TimeoutError("timed out") from None
            raise
        finally:
            timer.cancel()
        if self._timed_out:
            raise TimeoutError("timed out")
        return answer

    def _hang_up(self) -> None:
        self._timed_out = True
        with suppress(OSError):
            self.sock.shutdown(SHUT_RDWR)


class _DeadlineHTTPSConnection(_DeadlineConnection, HTTPSConnection):
    """The same over TLS."""


class _HTTPHandler(HTTPHandler):
    """Opens URLs of http."""

    def http_open(self, req: Request) -> HTTPResponse:
        """Send a request; returns the response."""
        return self.do_open(_DeadlineConnection, req)


class _HTTPSHandler(HTTPSHandler):
    """Opens URLs of https."""

    def https_open(self, req: Request) -> HTTPResponse:
        """Send a request; returns the response."""
        return self.do_open(_DeadlineHTTPSConnection, req)
