"""The ASGI application: pages, their fragments, the API, and what happens where something is wrong."""

from __future__ import annotations

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
    NotPrepared,
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
from wiifm.web.languages import Tongue, Tongues, left_to_the_browser
from wiifm.web.pages import Pages
from wiifm.web.rendering import KINDS, STATIC, mark_of, render, static_file
from wiifm.web.site import Site
from wiifm.words.speech import ENGLISH, Speech, id_as_name

STATUS: tuple[tuple[type[WiifmError], int], ...] = (
    (UnknownName, 404),
    (Withheld, 403),
    (ConflictingEvent, 409),
    (InvalidInput, 422),
    (NotPrepared, 503),
    (StoreFault, 503),
)
"""The HTTP status of each error."""


def heading(status: int, s: Speech) -> str:
    """What stands above an error.

    >>> from wiifm.words import speech
    >>> heading(404, speech())
    'There is nothing here'
    """
    found = {
        401: s("Nobody is signed in"),
        403: s("That isn't possible here"),
        404: s("There is nothing here"),
        422: s("That can't be read"),
        501: s("It isn't installed"),
        503: s("Not now"),
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
    language: Tongue | str = left_to_the_browser,
    kept: float = 0.0,
    clock: Clock = utc_now,
) -> Starlette:
    """An ASGI application with a member's pages, and the culture report for whoever answers for the programme.

    >>> from wiifm import Engine, RuleBook
    >>> [each.path for each in application(Engine(RuleBook.load("plugin:sharing"))).routes][:2]
    ['/', '/fragments/statement']

    Args:
        engine: what is read, and recorded to. An ``Engine`` is closed where its server stops; mount it as ``AsyncEngine``.
        who, owner: tell who is signed in, and who of them answers for the programme, and so may read the culture report.
        culture: what that report is asked for beside its time; it is an error, if the report can't be asked for that.
        writes: whether members may give kudos and say that leaderboards leave them out.
        hosts, frames: the hosts that requests may be for, any unless given; origins whose pages may show these in a frame, such as ``'self'`` in quotes.
        secret: what forms are signed with, where several processes answer; made at random unless given.
        known, whom: whether there is a member to thank (those that events credit, unless given); whose id, or None, is meant by what is typed.
        names, links: make of a member's id what people call them; tell where things and members are on the platform.
        language: tells the language of a request, or is the only one; what the browser asks for, unless given.
        kept, clock: for so many seconds a page over a store is kept though others record (what the member does or gets is seen at once); what time it is.
    """
    shared = engine if isinstance(engine, AsyncEngine) else AsyncEngine(engine)
    said = Tongues(names, language), Seal() if secret is None else Seal(secret), resolver(links)
    site = Site(shared, who, writes, clock, owner, culture or {}, known, whom, *said, kept)
    return _answering(site, _guard(hosts, frames), None if shared is engine else _closing(shared))


def _guard(hosts: Iterable[str] | None, frames: Iterable[str]) -> Middleware:
    return Middleware(Guard, hosts=host_names(hosts), frames=frame_origins(frames))


def _answering(site: Site, guard: Middleware, lifespan: Lifespan[Starlette] | None) -> Starlette:
    """The application of a site."""
    pages = Pages(site)
    failing = _failing(pages)
    made = Starlette(
        routes=[*pages.routes(), *Api(site).routes(), Route("/static/{mark}/{name}", _static)],
        middleware=[guard],
        exception_handlers={HTTPException: failing, WiifmError: failing},
        lifespan=lifespan,
    )
    made.router.redirect_slashes = False  # it would lead to the Host that a proxy hands over
    return made


def _closing(engine: AsyncEngine) -> Lifespan[Starlette]:
    """Closes an engine when the server stops."""

    @asynccontextmanager
    async def until_it_stops(_: Starlette) -> AsyncIterator[None]:
        yield
        await engine.close()

    return until_it_stops


async def _static(request: Request) -> Response:
    """A file that pages need, which may be kept for ever under this address."""
    name = request.path_params["name"]
    if name not in STATIC or request.path_params["mark"] not in (mark_of(name), "latest"):
        raise HTTPException(404, "no such file")
    lasting = {"Cache-Control": LASTING} if request.path_params["mark"] == mark_of(name) else {}
    kind = KINDS[name.rpartition(".")[2]]
    return Response(static_file(name), media_type=kind, headers={**FOR_ALL, **lasting})


def _failing(pages: Pages) -> Callable[[Request, Exception], Response]:
    """Answers what is wrong: as JSON to whoever asks the API, else as a page."""

    def failing(request: Request, error: Exception) -> Response:
        status, told = _told(error)
        headers = error.headers if isinstance(error, HTTPException) else None
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if path.startswith("/api/"):
            return JSONResponse({"error": told}, status, headers)
        skeleton = "fragment.html" if path.startswith("/fragments/") else "page.html"
        frame = pages.frame(request, skeleton, "error", _asking(pages, request))
        more = "" if _is_said(status, told) else told
        words = {"heading": heading(status, frame.speech), "told": more}
        return HTMLResponse(render("error.html", frame, words), status, headers)

    return failing


def _asking(pages: Pages, request: Request) -> str | None:
    """Who asks, as far as that can be told: an owner's error has the way to the report above it, too."""
    try:
        return pages.site.who(request.scope)
    except WiifmError:  # which may be the very thing that is wrong
        return None


def _is_said(status: int, told: str) -> bool:
    """Whether what is wrong says no more than what stands above it."""
    said = (heading(status, ENGLISH), HTTPStatus(status).phrase)
    return told.lower() in {each.lower() for each in said}


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, error.detail
    for kind, status in STATUS:
        if isinstance(error, kind):
            busy = "the store can't be read right now; try again in a moment"
            return status, busy if status == 503 else str(error)
    return 500, "something went wrong"
