"""Serves an application by uvicorn, until somebody asks it to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable

import uvicorn

from wiifm.engine import Engine
from wiifm.faults import Fault, InvalidInput, literal
from wiifm.showing.links import Links
from wiifm.web.application import application
from wiifm.web.identity import Owner, Who


def serve(
    engine: Engine,
    who: Who,
    owner: Owner,
    writes: bool,
    kept: float,
    links: Links,
    host: str,
    port: int,
    hosts: Iterable[str],
    say: Callable[[str], None],
) -> None:
    """Answer requests at an address, and say where that is.

    The peer of a request is that of its connection: what ``X-Forwarded-For`` says counts for nothing.

    Raises:
        InvalidInput: nobody can listen at this address.
    """
    app = application(
        engine, who=who, owner=owner, writes=writes, hosts=hosts, kept=kept, links=links
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        host.encode(
            "idna"
        )  # which the socket would be asked for, and left open where there is no such thing
        listening = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        fault = Fault(f"{literal(host)}, port {port}", str(error), "an address that is free")
        raise InvalidInput([fault]) from None
    with listening:
        where = f"[{host}]" if ":" in host else host
        say(f"http://{where}:{listening.getsockname()[1]}/  (Ctrl-C ends it)")
        config = uvicorn.Config(app, proxy_headers=False, server_header=False, log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])
