"""The ASGI application: pages, their fragments, the API, and answers to errors."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from wiifm.asynchronous import AsyncEngine
from wiifm.culture.nouns import Asked
from wiifm.dispatch import Clock, utc_now
from wiifm.engine import Engine
from wiifm.faults import (
    ConflictingEvent,
    InvalidInput,
    StoreFault,
    UnknownName,
    WiifmError,
)
from wiifm.privacy import Withheld
from wiifm.showing.links import Links, nowhere, resolver
from wiifm.web.api import Api
from wiifm.web.forms import Seal
from wiifm.web.guard import FOR_ALL, LASTING, Guard, frame_origins, host_names
from wiifm.web.identity import Owner, Who, marked_owner, signed_in
from wiifm.web.languages import LanguageOf, Speeches, left_to_the_browser
from wiifm.web.pages import Pages
from wiifm.web.rendering import KINDS, STATIC, mark_of, render, static_file
from wiifm.web.site import Site
from wiifm.words.speech import ENGLISH, Speech, id_as_name

_log = logging.getLogger("wiifm.web")

STATUS: tuple[tuple[type[WiifmError], int], ...] = (
    (UnknownName, 404),
    (Withheld, 403),
    (ConflictingEvent, 409),
    (StoreFault, 503),
    (InvalidInput, 422),
)
"""The HTTP status of each kind of error. The first one that fits counts: an InvalidURL is both a StoreFault, and no fault of the client."""


def heading(status: int, s: Speech) -> str:
    """The heading of an error page.

    >>> from wiifm.words import speech
    >>> heading(404, speech())
    'There is nothing here'
    """
    found = {
        401: s("Nobody is signed in"),
        403: s("That isn't possible here"),
        404: s("There is nothing here"),
        422: s("That can't be understood"),
        501: s("Not installed"),
        503: s("Not available right now"),
    }
    return found.get(status, s("That didn't work"))


def application(
    engine: Engine | AsyncEngine,
    *,
    who: Who = signed_in,
    owner: Owner = marked_owner,
    culture: Asked | None = None,
    writes: bool = False,
    hosts: Iterable[str] | None = None,
    frames: Iterable[str] = (),
    secret: bytes | None = None,
    known: Callable[[str], bool] | None = None,
    whom: Callable[[str], str | None] = id_as_name,
    names: Callable[[str], str] = id_as_name,
    links: Links = nowhere,
    language: LanguageOf | str = left_to_the_browser,
    kept: float = 0.0,
    clock: Clock = utc_now,
) -> Starlette:
    """An ASGI application with a member's pages, the JSON API, and the culture report for owners.

    >>> from wiifm import Engine, RuleBook
    >>> [each.path for each in application(Engine(RuleBook.load("plugin:sharing"))).routes][:2]
    ['/', '/fragments/statement']

    Args:
        engine: what is read, and recorded to. An ``Engine`` is closed when its server stops; to mount the application, pass an ``AsyncEngine``.
        who, owner: tell which member is signed in, and whether that member may read the culture report.
        culture: arguments for that report, as for ``Engine.culture``, but without its period; wrong ones are refused at once.
        writes: whether members may give kudos, and opt out of leaderboards.
        hosts, frames: the hosts to answer for (by default any); origins whose pages may show these pages in a frame, such as ``'self'`` in quotes.
        secret: the key that forms are signed with; needed if several processes serve the pages. Random by default.
        known, whom: whether a member can be thanked (by default, those that events credit); which member's id is meant by typed text, or None.
        names, links: the name that people see for a member's id; where objects and members are on the platform.
        language: the language of a request, or one for all requests; by default, what the browser asks for.
        kept, clock: for how many seconds a page over a store is cached while others record (what concerns the member shows at once); the time.
    """
    shared = engine if isinstance(engine, AsyncEngine) else AsyncEngine(engine)
    shown = Speeches(names, language), Seal() if secret is None else Seal(secret), resolver(links)
    site = Site(shared, who, writes, clock, owner, culture or {}, known, whom, *shown, kept)
    return _starlette(site, _guard(hosts, frames), None if shared is engine else _closing(shared))


def _guard(hosts: Iterable[str] | None, frames: Iterable[str]) -> Middleware:
    return Middleware(Guard, hosts=host_names(hosts), frames=frame_origins(frames))


def _starlette(site: Site, guard: Middleware, lifespan: Lifespan[Starlette] | None) -> Starlette:
    """The application of a site."""
    pages = Pages(site)
    failing = _failing(pages)
    app = Starlette(
        routes=[*pages.routes(), *Api(site).routes(), Route("/static/{mark}/{name}", _static)],
        middleware=[guard],
        exception_handlers={HTTPException: failing, WiifmError: failing},
        lifespan=lifespan,
    )
    # a redirect would go to the Host header that a proxy passes on
    app.router.redirect_slashes = False
    return app


def _closing(engine: AsyncEngine) -> Lifespan[Starlette]:
    """A lifespan that closes the engine when the server stops."""

    @asynccontextmanager
    async def until_it_stops(_: Starlette) -> AsyncIterator[None]:
        yield
        await engine.close()

    return until_it_stops


async def _static(request: Request) -> Response:
    """A static file. Its address contains a hash of its content, so it may be cached for ever."""
    name = request.path_params["name"]
    if name not in STATIC or request.path_params["mark"] not in (mark_of(name), "latest"):
        raise HTTPException(404, "no such file")
    lasting = {"Cache-Control": LASTING} if request.path_params["mark"] == mark_of(name) else {}
    kind = KINDS[name.rpartition(".")[2]]
    return Response(static_file(name), media_type=kind, headers={**FOR_ALL, **lasting})


def _failing(pages: Pages) -> Callable[[Request, Exception], Response]:
    """The error handler: it answers the API in JSON, and everything else as a page or fragment."""

    def failing(request: Request, error: Exception) -> Response:
        status, message = _status_and_message(error)
        if status in (500, 503):  # the answer doesn't say the cause: it is for operators
            _log.warning(
                "%s %r is answered with %d: %s", request.method, request.url.path, status, error
            )
        headers = error.headers if isinstance(error, HTTPException) else None
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if path.startswith("/api/"):
            return JSONResponse({"error": message}, status, headers)
        skeleton = "fragment.html" if path.startswith("/fragments/") else "page.html"
        frame = pages.frame(request, skeleton, "error", _member_if_known(pages, request))
        more = "" if _repeats_heading(status, message) else message
        words = {"heading": heading(status, frame.speech), "message": more}
        return HTMLResponse(render("error.html", frame, words), status, headers)

    return failing


def _member_if_known(pages: Pages, request: Request) -> str | None:
    """The member who is signed in, if that can be found out: an owner's error page links to the report, too."""
    try:
        return pages.site.who(request.scope)
    except WiifmError:  # perhaps the error that is being answered
        return None


def _repeats_heading(status: int, message: str) -> bool:
    """Whether a message says no more than the heading."""
    headings = (heading(status, ENGLISH), HTTPStatus(status).phrase)
    return message.lower() in {each.lower() for each in headings}


def _status_and_message(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, error.detail
    for kind, status in STATUS:
        if isinstance(error, kind):
            busy = "the store can't be read right now; try again in a moment"
            return status, busy if status == 503 else str(error)
    return 500, "something went wrong"
