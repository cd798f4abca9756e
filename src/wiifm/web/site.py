"""What pages and API share: the engine, who is signed in, what is allowed, the cache, and the events that members record."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from datetime import date
from math import inf
from typing import TypeVar

from attrs import define, field
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request

from wiifm.asynchronous import AsyncEngine
from wiifm.culture.nouns import Asked
from wiifm.culture.parameters import check
from wiifm.dispatch import Clock
from wiifm.event_types import zone_named
from wiifm.events import Event, Value, is_text
from wiifm.faults import ConflictingEvent, Fault, InvalidInput, UnknownName, literal
from wiifm.ledger import Receipt
from wiifm.rulebook.book import RuleBook
from wiifm.signatures import call_fault
from wiifm.statement.view import AddressOf, unlinked
from wiifm.web.forms import Seal
from wiifm.web.identity import Owner, Who, marked_owner
from wiifm.web.languages import Speeches
from wiifm.web.reader import EngineReader
from wiifm.web.readings import Readings
from wiifm.web.response_cache import ResponseCache
from wiifm.web.thanks import Gone, Thanked, thanked, thanks_faults
from wiifm.words.speech import id_as_name

T = TypeVar("T")

LONGEST = 1_000
"""The longest query that is cached, in bytes; no page links to a longer one."""

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def root_of(request: Request) -> str:
    """Where the pages are mounted, as a path: never with two slashes before it, as a browser takes what follows these for a host.

    >>> root_of(Request({"type": "http", "root_path": "//evil.example/pages"}))
    '/evil.example/pages'
    """
    found: str = request.scope.get("root_path", "")
    return f"/{found.lstrip('/')}" if found.startswith("//") else found


class Number(IntegerConvertor):
    """The number of an entry in a path, limited to 18 digits, as Python and databases refuse longer ones.

    >>> Number().convert("17")
    17
    """

    regex = "[0-9]{1,18}"


register_url_convertor("entry", Number())


@define
class Site:
    """The shared state of the pages and the API; the arguments are those of :func:`~wiifm.web.application`, with ``to`` for links."""

    engine: AsyncEngine
    who: Who
    writes: bool
    clock: Clock
    owner: Owner = marked_owner
    asked: Asked = field(factory=Asked)
    known: Callable[[str], bool] | None = None
    whom: Callable[[str], str | None] = id_as_name
    speeches: Speeches = field(factory=Speeches)
    seal: Seal = field(factory=Seal)
    address_of: AddressOf = unlinked
    seconds: float = 0.0
    reader: EngineReader = field(init=False)
    cache: ResponseCache = field(init=False)
    readings: Readings = field(init=False)

    def __attrs_post_init__(self) -> None:
        if faults := list(self._faults()):
            raise InvalidInput(faults)
        check(self.book, None, None, self.asked)
        self.reader = EngineReader(self.engine)
        self.cache = ResponseCache(self.reader.stamp, self.reader.stamp_of, self.seconds)
        self.readings = Readings(self.engine, self.reader, self.clock, self.asked)

    def _faults(self) -> Iterator[Fault]:
        """What is wrong with the arguments."""
        for place, function, arguments in (
            ("who", self.who, ("scope",)),
            ("owner", self.owner, ("scope", "member")),
            ("known", self.known, ("name",)),
            ("whom", self.whom, ("typed",)),
            ("clock", self.clock, ()),
        ):
            fault = call_fault(place, function, *arguments)
            if fault and (place, function) != ("known", None):  # known is optional
                yield fault
        if type(self.writes) is not bool:
            yield Fault("writes", literal(self.writes), "True or False")
        if type(self.seconds) not in (int, float) or not 0 <= self.seconds < inf:
            yield Fault("kept", literal(self.seconds), "a number of seconds, 0 or more")
        if not isinstance(self.asked, dict):
            yield Fault("culture", literal(self.asked), "a dictionary of arguments for the report")

    @property
    def book(self) -> RuleBook:
        """The rule book."""
        return self.engine.book

    @property
    def today(self) -> date:
        """Today's date in the book's zone. It is part of each cache key, as a page about the last 30 days changes every day."""
        return self.clock().astimezone(zone_named(self.book.zone)).date()

    @property
    def thanks(self) -> bool:
        """Whether members can give kudos here."""
        return self.writes and "kudos.given" in self.book.types

    @property
    def listing(self) -> bool:
        """Whether members can opt out of leaderboards here."""
        kind = self.book.types.get("member.updated")
        return self.writes and kind is not None and "listed" in kind.fields

    def member(self, request: Request) -> str:
        """The member who is signed in.

        Raises:
            HTTPException: nobody is signed in, or their id can't be that of a member.
        """
        found = self.who(request.scope)
        if found is None or not is_text(found):
            raise HTTPException(401, "nobody is signed in")
        return found

    def owns(self, request: Request, member: str) -> bool:
        """Whether a member is an owner."""
        return self.owner(request.scope, member) is True

    def must_own(self, request: Request, member: str) -> None:
        """Refuse a member who isn't an owner.

        Raises:
            HTTPException: the member isn't an owner.
        """
        if not self.owns(request, member):
            raise HTTPException(403, "only owners of the programme may read the culture report")

    async def cached(
        self, request: Request, member: str, form: Hashable, make: Callable[[], Awaitable[T]]
    ) -> T:
        """The answer to a member's request, from the cache if it holds a current one from today, else from ``make``."""
        asked = request.scope["path"], request.scope["query_string"]
        if len(asked[1]) > LONGEST:
            return await make()
        return await self.cache.get((form, member, self.today, *asked), make, member)

    # ---- what members do -----------------------------------------------------------------------------------

    async def give_kudos(self, member: str, to: str, text: str, which: str) -> Thanked:
        """Record a member's thanks. The same thanks again (with the same ``which``) are recorded once.

        Raises:
            InvalidInput: the thanks are for nobody, for the member, or have no text.
            UnknownName: the recipient isn't known, or has left.
        """
        to, text = to.strip(), text.strip()
        faults = thanks_faults(member, to, text)
        if faults:
            raise InvalidInput(faults)
        await self._must_know(to)
        if not await self.reader.there([to]):
            raise Gone(to)
        data: dict[str, Value] = {"text": text}
        return thanked(await self._record(which, "kudos.given", member, data, to))

    async def list_member(self, member: str, listed: bool, which: str) -> Receipt:
        """Record whether leaderboards may show a member."""
        return await self._record(which, "member.updated", member, {"listed": listed})

    async def _must_know(self, name: str) -> None:
        if self.known is not None:
            if not self.known(name):
                raise UnknownName(f"member {name!r}: there is none")
            return
        try:
            await self.engine.member(name)
        except UnknownName as error:
            if error.nearest is None or await self.reader.there([error.nearest]):
                raise
            raise UnknownName(f"member {name!r}: there is none") from None

    async def _record(
        self,
        which: str,
        type: str,
        member: str,
        data: Mapping[str, Value],
        recipient: str | None = None,
    ) -> Receipt:
        id = _id_of(which, type, recipient, data)
        event = Event(
            id=id,
            type=type,
            occurred_at=self.clock(),
            actor=member,
            recipient=recipient,
            data=data,
        )
        try:
            found = await self.engine.record(event)
        except ConflictingEvent:  # the same form again, at a later time
            found = await self.engine.receipt(id)
        self.cache.forget(member)
        self.readings.forget(member)
        return found


def _id_of(which: str, type: str, recipient: str | None, data: Mapping[str, Value]) -> str:
    """The id of the event that a form or request records: the same content sent again gets the same id, other content another."""
    content = json.dumps([which, recipient, data], sort_keys=True)
    return f"{type}:{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def key_of(request: Request, member: str) -> str | None:
    """A hash of a request's ``Idempotency-Key`` and the member; None without one.

    Raises:
        HTTPException: the key isn't valid.
    """
    found = request.headers.get("idempotency-key")
    if found is None:
        return None
    if not _KEY.fullmatch(found):
        raise HTTPException(422, "Idempotency-Key: expected 8 to 64 letters, digits, - or _")
    return hashlib.sha256(f"{member}\0{found}".encode()).hexdigest()[:32]
