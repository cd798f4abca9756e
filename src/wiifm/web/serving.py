"""Serves an application with uvicorn, for ``wiifm serve``."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from wiifm.faults import Fault, InvalidInput, literal


def serve(app: Starlette, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve an application at an address, and ``say`` its URL, until the process is interrupted.

    The peer of a request is that of its connection; ``X-Forwarded-For`` is ignored.

    Raises:
        InvalidInput: the address can't be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        host.encode("idna")  # fail here: create_server would leave its socket open
        listening = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        fault = Fault(f"{literal(host)}, port {port}", str(error), "an address that is free")
        raise InvalidInput([fault]) from None
    with listening:
        shown_host = f"[{host}]" if ":" in host else host
        say(f"http://{shown_host}:{listening.getsockname()[1]}/  (Ctrl-C ends it)")
        config = uvicorn.Config(app, proxy_headers=False, server_header=False, log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])
