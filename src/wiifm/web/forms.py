"""Forms: signed tokens, so that a form is accepted only from its own page, for the member it was made for, and once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from attrs import define, field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from wiifm.faults import Fault, InvalidInput

LARGEST = 100_000
"""The largest body of a form, in bytes."""

LEAST = 16
"""The smallest length of a secret, in bytes."""

VALID = timedelta(hours=12)
"""How long a form may stay open."""

_NONCE = 32


def _random() -> bytes:
    return secrets.token_bytes(32)


@define
class Seal:
    """Makes and checks the tokens of forms: the time, a nonce, and an HMAC over both and the member.

    >>> from datetime import UTC
    >>> seal, noon = Seal(), datetime(2026, 5, 4, 12, tzinfo=UTC)
    >>> token = seal.token("ann", noon)
    >>> seal.which(token, "ann", noon) == token.split(".")[1]
    True
    >>> seal.which(token, "eve", noon), seal.which(token, "ann", noon + timedelta(days=1))
    (None, None)

    Raises:
        InvalidInput: the secret isn't of bytes, or is too short.
    """

    secret: bytes = field(factory=_random)

    def __attrs_post_init__(self) -> None:
        if type(self.secret) is not bytes or len(self.secret) < LEAST:
            kind = type(self.secret)
            found = f"{len(self.secret)} bytes" if kind is bytes else f"a {kind.__name__}"
            expected = f"at least {LEAST} random bytes, such as secrets.token_bytes(32)"
            raise InvalidInput([Fault("secret", found, expected)])

    def token(self, member: str, now: datetime) -> str:
        """A new token for a form of a member."""
        body = f"{int(now.timestamp())}.{secrets.token_hex(_NONCE // 2)}"
        return f"{body}.{self._mark(body, member)}"

    def which(self, token: str, member: str, now: datetime) -> str | None:
        """The nonce of a token; None if the token isn't valid for this member, or is too old."""
        body, _, mark = token.rpartition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(body, member).encode()):
            return None
        made, _, nonce = body.partition(".")
        age = now - datetime.fromtimestamp(int(made), now.tzinfo)
        return nonce if timedelta() <= age + timedelta(minutes=1) <= VALID else None

    def _mark(self, body: str, member: str) -> str:
        # The NUL makes the text unambiguous, as no member's id has one.
        return hmac.new(self.secret, f"{body}\0{member}".encode(), hashlib.sha256).hexdigest()


def of_the_same_origin(request: Request) -> bool:
    """Whether a request comes from a page of this host, as far as the browser says (``Origin``, ``Sec-Fetch-Site``)."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None:
        scheme, _, place = origin.partition("://")
        return scheme in ("http", "https") and place == request.headers.get("host") != ""
    return site in (None, "same-origin", "none")


def kind_of(request: Request) -> str:
    """The media type of a request's body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: Request) -> bytes:
    """Read the body of a request.

    Raises:
        HTTPException: it is larger than :data:`LARGEST`.
    """
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST:
            raise HTTPException(413, f"more than {LARGEST} bytes")
    return bytes(found)


async def fields_of(request: Request) -> dict[str, str]:
    """Read the fields of a form; of several with one name, the last.

    Raises:
        HTTPException: the body isn't a form, or is too large.
    """
    if kind_of(request) != "application/x-www-form-urlencoded":
        raise HTTPException(415, "expected a form: application/x-www-form-urlencoded")
    try:
        text = (await body_of(request)).decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=20))
    except ValueError:
        raise HTTPException(422, "expected the fields of a form, in UTF-8") from None
