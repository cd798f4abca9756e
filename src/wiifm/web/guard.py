"""ASGI middleware around everything: checks the ``Host``, and adds security and cache headers to every answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wiifm.faults import Fault, InvalidInput, literal

_NAME = re.compile(r"[^\s:/@]+|\[[0-9a-fA-F:.]+\]")
_ORIGIN = re.compile(r"'self'|[a-z][a-z0-9+.-]*:(//[^\s/;,'\"@]+)?")

FOR_ALL = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Headers for static files, which pages of other hosts may use, such as the style of a fragment: they are the same for everybody."""

LASTING = "public, max-age=31536000, immutable"
"""The ``Cache-Control`` of what never changes."""


FOREIGN = PlainTextResponse(
    "this host isn't served here: name it in hosts=... of the application, or by --at", 421
)
BROKEN = PlainTextResponse("something went wrong", 500)


def policy(frames: Iterable[str] = ()) -> str:
    """The content security policy: everything comes from this origin, and inline scripts and styles are forbidden.

    Args:
        frames: origins whose pages may show a page in a frame.
    """
    ancestors = " ".join(frames) or "'none'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


def frame_origins(frames: Iterable[str]) -> tuple[str, ...]:
    """Check origins that may show pages in a frame, and return them in the form of a content security policy.

    >>> frame_origins(["https://esn.example", "'self'"])
    ('https://esn.example', "'self'")

    Raises:
        InvalidInput: they aren't a list, or one isn't an origin.
    """
    expected = """a list of origins such as 'https://acme.example', or "'self'\""""
    if isinstance(frames, str) or not isinstance(frames, Iterable):
        raise InvalidInput([Fault("frames", literal(frames), expected)])
    found = tuple(frames)
    wrong = [each for each in found if type(each) is not str or not _ORIGIN.fullmatch(each)]
    if wrong:
        raise InvalidInput(Fault("frames", literal(each), expected) for each in wrong)
    return found


class Guard:
    """The middleware: refuses unknown hosts, and adds headers to every answer.

    Args:
        app: the application.
        hosts: the host names that are served; None for any.
        frames: origins whose pages may show a page in a frame.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str] | None = None, frames: tuple[str, ...] = ()
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.headers = {
            "Content-Security-Policy": policy(frames),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        if not frames:
            self.headers["X-Frame-Options"] = "DENY"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if headers.get("Cache-Control") != LASTING:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if not self._is_served(Headers(scope=scope).getlist("host")):
            await FOREIGN(scope, receive, guarded)
            return
        try:
            await self.app(scope, receive, guarded)
        except Exception:  # the server logs it; the answer gets the headers, too
            if not begun:
                await BROKEN(scope, receive, guarded)
            raise

    def _is_served(self, found: list[str]) -> bool:
        if self.hosts is None:
            return True
        return len(found) == 1 and host_of(found[0]) in self.hosts


def host_of(found: str) -> str:
    """A host without its port, in lower case.

    >>> host_of("LocalHost:8000"), host_of("[::1]:8000"), host_of("acme.example")
    ('localhost', '[::1]', 'acme.example')
    """
    name, colon, port = found.rpartition(":")
    return (name if colon and port.isdigit() else found).lower()


def host_names(hosts: Iterable[str] | None) -> frozenset[str] | None:
    """Check host names, and return them in the form in which requests are compared with them; None for any host.

    >>> sorted(host_names(["Acme.example", "[::1]"]))
    ['[::1]', 'acme.example']

    Raises:
        InvalidInput: they aren't a list, or one has more than a name, so that no request could match.
    """
    if hosts is None:
        return None
    found = list(hosts) if isinstance(hosts, Iterable) and not isinstance(hosts, str) else [hosts]
    wrong = [each for each in found if type(each) is not str or not _NAME.fullmatch(each)]
    if isinstance(hosts, str) or wrong:
        expected = "names of hosts alone, such as ['acme.example']: no https://, no port"
        raise InvalidInput([Fault("hosts", literal(each), expected) for each in wrong or found])
    return frozenset(each.lower() for each in found)
