"""The JSON API: the same readings as the pages, with a description in OpenAPI."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from attrs import define, frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wiifm.culture.nouns import Culture
from wiifm.explanation import Explanation
from wiifm.faults import Fault, InvalidInput, short
from wiifm.plain_data import as_json
from wiifm.statement.nouns import Statement
from wiifm.statement.rule_words import RuleInWords, rules_in_words
from wiifm.web.forms import body_of, kind_of, of_the_same_origin
from wiifm.web.months import OVERS, span_of
from wiifm.web.openapi import Operation, Parameter, document
from wiifm.web.pages import before_of, board_of
from wiifm.web.readings import BadgeSeen, BoardSeen, Entries
from wiifm.web.site import Site, key_of, root_of
from wiifm.web.thanks import Thanked
from wiifm.words.speech import Speech

Answer = Callable[[Request, str], Awaitable[Any]]

JSON = "application/json"

_SINCE = Parameter("since", "string", "From this moment on, in ISO 8601 with a UTC offset.")
_BOARD = (
    Parameter(
        "over", "string", "The period: ever, month, last 90 days and so on; month by default."
    ),
    Parameter("by", "string", "points (by default) or improvement."),
    Parameter("purse", "string", "The purse to compare; by default points, or the first purse."),
    Parameter("topic", "string", "Only what was earned on this topic."),
    Parameter("unit", "string", "Only what was earned in this unit."),
    Parameter("community", "string", "Only what was earned in this community."),
    Parameter("newcomers", "string", "Any value: only those who began in the last 90 days."),
)
_MONTHS = (
    Parameter("over", "string", f"The period: {', '.join(OVERS)}; ever by default."),
    Parameter(
        "from", "string", "From the beginning of this month, such as 2026-01; instead of over."
    ),
    Parameter("to", "string", "Up to the end of this month, such as 2026-03."),
)
_ENTRIES = (
    Parameter("rule", "string", "Only entries of this rule."),
    Parameter("purse", "string", "Only entries in this purse."),
    Parameter("before", "integer", "Only entries with a smaller number than this."),
)


@frozen(kw_only=True)
class Thanks:
    """The body of a request that thanks somebody: the recipient's member id, and what for."""

    recipient: str
    text: str


@define
class Api:
    """The routes of a site's JSON API."""

    site: Site

    def operations(self) -> list[tuple[Operation, Answer]]:
        """All operations, each with the function that answers it."""
        read = self.site.readings
        found: list[tuple[Operation, Answer]] = [
            (Operation("/api/statement", Statement, "My statement", (_SINCE,)), self._statement),
            (Operation("/api/entries", Entries, "My entries", _ENTRIES), self._entries),
            (Operation("/api/why/{no}", Explanation, "Why I have an entry"), self._why),
            (
                Operation("/api/badges", list[BadgeSeen], "My badges, and my next ones"),
                lambda request, member: read.badges(member, self._speech(request)),
            ),
            (
                Operation("/api/leaderboard", BoardSeen, "A leaderboard, as I see it", _BOARD),
                lambda request, member: read.leaderboard(
                    member, **board_of(request, self.site.book)
                ),
            ),
            (
                Operation("/api/culture", Culture, "Does knowledge flow?", _MONTHS, owned=True),
                self._culture,
            ),
            (Operation("/api/rules", list[RuleInWords], "What is rewarded here"), self._rules),
        ]
        if self.site.thanks:
            give = Operation("/api/kudos", Thanked, "Thank somebody", takes=Thanks)
            found.append((give, self._give_kudos))
        return found

    def routes(self) -> list[Route]:
        """The routes of all operations, and of their OpenAPI description."""
        operations = self.operations()
        described = document([operation for operation, _ in operations])

        async def describe(request: Request) -> Response:
            servers = [{"url": root_of(request) or "/"}]
            return JSONResponse({**described, "servers": servers})

        return [
            *(
                Route(
                    each.path.replace("{no}", "{no:entry}"),
                    self._endpoint(each, answer),
                    methods=[each.method],
                )
                for each, answer in operations
            ),
            Route("/api/openapi.json", describe, methods=["GET"]),
        ]

    def _endpoint(
        self, operation: Operation, answer: Answer
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            member = self.site.member(request)
            if operation.owned:
                self.site.must_own(request, member)
            if request.method == "POST":
                return _json(await answer(request, member))

            async def make() -> bytes:
                return bytes(_json(await answer(request, member)).body)

            form = "json", self._speech(request).language
            found = await self.site.cached(request, member, form, make)
            return Response(found, media_type=JSON)

        return endpoint

    async def _statement(self, request: Request, member: str) -> Statement:
        return await self.site.readings.statement(
            member, _moment(request.query_params.get("since"))
        )

    async def _entries(self, request: Request, member: str) -> Entries:
        rule, purse = (request.query_params.get(key) or None for key in ("rule", "purse"))
        return await self.site.readings.entries(member, rule, purse, before_of(request))

    async def _why(self, request: Request, member: str) -> Explanation:
        return await self.site.readings.why(member, request.path_params["no"])

    async def _culture(self, request: Request, _: str) -> Culture:
        return await self.site.readings.culture(span_of(request.query_params, self.site.clock()))

    async def _rules(self, request: Request, _: str) -> list[RuleInWords]:
        return rules_in_words(self.site.book, self._speech(request))

    def _speech(self, request: Request) -> Speech:
        return self.site.speeches.of(request.scope)

    async def _give_kudos(self, request: Request, member: str) -> Thanked:
        """Record thanks. Only a body of JSON from the same origin is accepted, which a page of another site can't send."""
        if kind_of(request) != JSON:
            raise HTTPException(415, "expected a body of type application/json")
        if not of_the_same_origin(request):
            raise HTTPException(403, "this request was sent by a page of another site")
        thanks = _thanks(await body_of(request))
        which = key_of(request, member) or secrets.token_hex(16)
        return await self.site.give_kudos(member, thanks.recipient, thanks.text, which)


def _json(found: object) -> Response:
    return JSONResponse(as_json(found))


def _thanks(body: bytes) -> Thanks:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or set(found) != {"recipient", "text"}:
        fault = Fault("the body", short(found), 'an object {"recipient": "...", "text": "..."}')
        raise InvalidInput([fault])
    faults = [
        Fault(key, short(value), "a text") for key, value in found.items() if type(value) is not str
    ]
    if faults:
        raise InvalidInput(faults)
    return Thanks(**found)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        expected = "ISO 8601 with a UTC offset, such as '2026-05-01T00:00:00Z'"
        raise InvalidInput([Fault("since", short(text), expected)])
    return found
