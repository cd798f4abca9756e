"""The HTML pages: each is a template filled from one reading, as a whole page or as a fragment for a page of the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from attrs import define, frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from wiifm.culture.pictures import pictures
from wiifm.culture.sections import sections
from wiifm.culture.telling import footnote, lead, period, tiles
from wiifm.events import LONGEST_NAME
from wiifm.faults import InvalidInput, UnknownName
from wiifm.leaderboard import BY
from wiifm.rulebook.book import RuleBook, default_purse
from wiifm.statement.campaign_words import campaigns_in_words
from wiifm.statement.rule_words import RuleInWords, in_words, rules_in_words
from wiifm.statement.telling import tell
from wiifm.statement.view import Told
from wiifm.web import months
from wiifm.web.forms import fields_of, of_the_same_origin
from wiifm.web.months import over_of, span_of
from wiifm.web.rendering import Frame, render
from wiifm.web.site import Site, root_of
from wiifm.web.thanks import Gone, gone, thanks_to_mend, unknown
from wiifm.words.speech import Speech, capital

Values: TypeAlias = dict[str, Any]
"""What a template is rendered with."""

OVERS = ("month", "year", "ever")
"""The periods that a statement page offers."""

USUAL = "month"
"""The default period, so that somebody who looks every day reads only what is recent."""

SIDE_SECTIONS = ("next", "campaigns", "awards", "talents", "growth", "learning", "saved")
"""The sections of a statement in the side column, in this order."""


@frozen
class Page:
    """A page: its path, template and reading. One that is ``alive`` has a form and isn't cached; one that is ``owned`` is only for owners."""

    path: str
    template: str
    read: Callable[[Request, str, Speech], Awaitable[Values]]
    alive: bool = False
    owned: bool = False


@define
class Pages:
    """The pages of a site."""

    site: Site

    def routes(self) -> list[Route]:
        """The routes of each page, each fragment and each form."""
        found = []
        for page in self.pages():
            part = f"fragments/{page.path or 'statement'}"
            for path, skeleton in ((page.path, "page.html"), (part, "fragment.html")):
                found.append(Route(f"/{path}", self._endpoint(page, skeleton), methods=["GET"]))
        return [
            *found,
            Route("/kudos", self.give_kudos, methods=["POST"]),
            Route("/leaderboard", self.set_listed, methods=["POST"]),
        ]

    def pages(self) -> list[Page]:
        """All pages of the site."""
        return [
            Page("", "statement.html", self.statement),
            Page("badges", "badges.html", self.badges),
            Page("leaderboard", "leaderboard.html", self.leaderboard, alive=True),
            Page("rules", "rules.html", self.rules),
            Page("kudos", "kudos.html", self.kudos, alive=True),
            Page("culture", "culture.html", self.culture, owned=True),
            Page("why", "entries.html", self.entries),
            Page("why/{no:entry}", "why.html", self.why),
        ]

    def _endpoint(self, page: Page, skeleton: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            member = self.site.member(request)
            if page.owned:
                self.site.must_own(request, member)
            frame = self.frame(request, skeleton, page.path, member)

            async def make() -> str:
                return render(page.template, frame, await page.read(request, member, frame.speech))

            if page.alive:
                return HTMLResponse(await make())
            return HTMLResponse(await self.site.cached(request, member, ("page", frame.key), make))

        return endpoint

    def frame(self, request: Request, skeleton: str, here: str, member: str | None = None) -> Frame:
        """The frame around a page, for a member; for an error, perhaps for nobody."""
        return Frame(
            root=root_of(request),
            skeleton=skeleton,
            here=here,
            book=self.site.book,
            thanks=self.site.thanks,
            owner=member is not None and self.site.owns(request, member),
            speech=self.site.speeches.of(request.scope),
            address_of=self.site.address_of,
        )

    # ---- readings --------------------------------------------------------------------------------------------

    async def statement(self, request: Request, member: str, s: Speech) -> Values:
        """The member's statement."""
        over = over_of(request.query_params, USUAL)
        if over not in OVERS:
            raise HTTPException(422, f"over: expected one of {', '.join(OVERS)}")
        readings = self.site.readings
        found = await readings.statement(member, readings.since(over))
        view = tell(found, s, self.site.book)
        beside = sorted(
            (each for each in view.sections if each.name in SIDE_SECTIONS),
            key=lambda each: SIDE_SECTIONS.index(each.name),
        )
        columns = [[each for each in view.sections if each.name not in SIDE_SECTIONS], beside]
        return {
            "view": view,
            "columns": columns,
            "over": over,
            "overs": overs(s),
        }

    async def badges(self, request: Request, member: str, s: Speech) -> Values:
        """The badges that the member has, and the progress to others."""
        found = await self.site.readings.badges(member, s)
        return {"badges": found}

    async def leaderboard(self, request: Request, member: str, s: Speech) -> Values:
        """A leaderboard; the page offers those of the member's unit and topics first."""
        asked = board_of(request, self.site.book)
        if asked["over"] == "ever" and asked["by"] == "improvement":  # the form can ask for both
            asked["over"] = USUAL
        values: Values = {"asked": asked, "overs": boards(s), "by": BY, "member": member}
        if self.site.book.individuals:
            values["board"] = await self.site.readings.leaderboard(member, **asked)
            values["own"] = own = await self.site.readings.own(member)
            values["alike"] = own.alike(s("Everybody"))
        if self.site.listing:
            values["token"] = self.site.seal.token(member, self.site.clock())
            values["listed"] = await self.site.reader.is_listed(member)
        return values

    async def rules(self, request: Request, member: str, s: Speech) -> Values:
        """The rule book in words."""
        groups: dict[str, list[RuleInWords]] = {}
        for rule in rules_in_words(self.site.book, s):
            groups.setdefault(rule.heading, []).append(rule)
        campaigns = campaigns_in_words(self.site.book, s)
        return {"groups": groups, "ladders": self.site.book.ladders, "campaigns": campaigns}

    async def culture(self, request: Request, member: str, s: Speech) -> Values:
        """The culture report, for owners."""
        params = request.query_params
        span = span_of(params, self.site.clock())
        found = await self.site.readings.culture(span)
        chosen = {key: params.get(key) or "" for key in ("from", "to")}
        over = "" if any(chosen.values()) else over_of(params, "ever")
        values = {"report": found, "period": period(found, s), "lead": lead(found, s)}
        shown = {
            "tiles": tiles(found, s),
            "sections": sections(found, s),
            "pictures": pictures(found, s),
        }
        more = {"footnote": footnote(found, s), "overs": months.overs(s)}
        return {**values, **shown, **more, "chosen": chosen, "over": over}

    async def entries(self, request: Request, member: str, s: Speech) -> Values:
        """The entries and events behind a line of the statement, or the entries of a rule or purse."""
        rule, purse = (request.query_params.get(key) or None for key in ("rule", "purse"))
        line, over = request.query_params.get("line"), over_of(request.query_params, USUAL)
        readings, before = self.site.readings, before_of(request)
        values: Values = {"events": (), "more": {"rule": rule, "purse": purse}}
        if line:
            evidence = await readings.evidence(member, line, readings.since(over), before)
            values = {"events": evidence.events, "more": {"line": line, "over": over}}
        found = evidence if line else await readings.entries(member, rule, purse, before)
        known = self.site.book.rules.get(rule or "")
        means = capital(in_words(known.means, s)) if known else ""
        if line:
            statement = await readings.statement(member, readings.since(over))
            means = _text_of(tell(statement, s, self.site.book), line)
        return {
            **values,
            "member": member,
            "found": found,
            "said": await self.site.reader.told(found.entries, s),
            "about": await self.site.reader.about(found.entries, member),
            "rule": rule,
            "means": means,
        }

    async def why(self, request: Request, member: str, s: Speech) -> Values:
        """Why the member has one entry."""
        found = await self.site.readings.why(member, request.path_params["no"])
        things = [each for each in (found.event.object, found.event.in_reply_to) if each]
        titles = await self.site.reader.titles(things, member)
        said = await self.site.reader.told([found.entry], s)
        return {"why": found, "said": said, "titles": titles}

    # ---- forms -----------------------------------------------------------------------------------------------

    async def kudos(self, request: Request, member: str, s: Speech, **more: Any) -> Values:
        """The form to thank somebody; a link from the platform may name the recipient (``to``)."""
        if not self.site.thanks:
            raise HTTPException(404, "kudos can't be given here")
        given = request.query_params.get("given")
        token = self.site.seal.token(member, self.site.clock())
        to = request.query_params.get("to", "")[:LONGEST_NAME]
        empty = {"to": to, "text": "", "wrong": (), "faults": ()}
        found = await self.site.readings.answerers(member)
        answerers = [(each, self.typed(each.member, s)) for each in found]
        return {"token": token, "given": given, "answerers": answerers, **empty, **more}

    def typed(self, member: str, s: Speech) -> str:
        """What to type for a member: their name if the platform takes it for them alone, else their id."""
        name = s.names(member) or member
        return name if self.site.whom(name) == member else member

    async def give_kudos(self, request: Request) -> Response:
        """Record thanks from the form and redirect; if something is wrong, show the form again with what it is."""
        if not self.site.thanks:
            raise HTTPException(404, "kudos can't be given here")
        member, fields, which = await self._sent(request)
        typed, text = (fields.get(name, "").strip() for name in ("recipient", "text"))
        to = self.site.whom(typed) or typed
        try:
            thanked = await self.site.give_kudos(member, to, text, which)
        except (InvalidInput, UnknownName) as error:
            frame = self.frame(request, "page.html", "kudos", member)
            wrong = thanks_to_mend(member, to, text, frame.speech)
            if isinstance(error, Gone):
                wrong.append(gone(typed, frame.speech))
            elif isinstance(error, UnknownName):
                meant = error.nearest and self.typed(error.nearest, frame.speech)
                wrong.append(unknown(typed, meant, frame.speech))
            faults = () if wrong else str(error).split("\n")
            values = await self.kudos(
                request, member, frame.speech, to=typed, text=text, wrong=wrong, faults=faults
            )
            return HTMLResponse(render("kudos.html", frame, values), status_code=422)
        given = "points" if thanked.credited else "words"
        return self._back(request, f"/kudos?given={given}")

    async def set_listed(self, request: Request) -> Response:
        """Record from the form whether leaderboards may show the member."""
        if not self.site.listing:
            raise HTTPException(404, "who is on leaderboards can't be changed here")
        member, fields, which = await self._sent(request)
        await self.site.list_member(member, fields.get("listed") == "yes", which)
        return self._back(request, "/leaderboard")

    async def _sent(self, request: Request) -> tuple[str, dict[str, str], str]:
        """The member who sent a form, its fields, and its nonce.

        Raises:
            HTTPException: the form isn't from this site, or wasn't made for this member, or is too old.
        """
        member = self.site.member(request)
        if not of_the_same_origin(request):
            raise HTTPException(403, "this form was sent from another site")
        fields = await fields_of(request)
        which = self.site.seal.which(fields.get("token", ""), member, self.site.clock())
        if which is None:
            raise HTTPException(403, "this form is too old, or wasn't made for you: open it again")
        return member, fields, which

    def _back(self, request: Request, path: str) -> Response:
        return RedirectResponse(root_of(request) + path, status_code=303)


def overs(s: Speech) -> dict[str, str]:
    """The names of the periods of a statement."""
    return {"month": s("Last 30 days"), "year": s("This year"), "ever": s("All time")}


def boards(s: Speech) -> dict[str, str]:
    """The names of the periods of a leaderboard; the page adds ``ever``, except for improvement."""
    return {
        "month": s("This month"),
        "last 90 days": s("The last 90 days"),
        "year": s("This year"),
    }


def board_of(request: Request, book: RuleBook) -> dict[str, Any]:
    """The arguments of the leaderboard that a request asks for."""
    params = request.query_params
    found: dict[str, Any] = {key: params.get(key) or None for key in ("topic", "unit", "community")}
    found["newcomers"] = "last 90 days" if params.get("newcomers") else None
    found["purse"] = params.get("purse") or default_purse(book)
    found["over"] = over_of(params, USUAL)
    found["by"] = params.get("by") or "points"
    return found


def before_of(request: Request) -> int | None:
    """The number of the entry before which a page of entries begins; None for the first page.

    Raises:
        HTTPException: it isn't a number.
    """
    found = request.query_params.get("before")
    if found is not None and not (found.isascii() and found.isdigit() and len(found) < 20):
        raise HTTPException(422, "before: expected the number of an entry")
    return int(found) if found else None


def _text_of(told: Told, line: str) -> str:
    """What a statement says in the line of a name; "" if several have it, as quotations and questions do."""
    lines = (each for section in told.sections for each in section.lines)
    texts = [each.text for each in lines if each.name == line and each.events and not each.by]
    return texts[0] if len(texts) == 1 else ""
