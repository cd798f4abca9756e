"""Where things and members are on the platform: it alone knows, and what it answers is looked at before it becomes a link.

Ids come from members' events. So whatever is made of them leads to a page of the web, or nowhere: see :func:`leading`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from string import Formatter
from typing import TypeAlias
from urllib.parse import quote, urljoin

from wiifm.failures import WrongAnswer
from wiifm.faults import DISTURBANCES, Fault, InvalidInput, call_fault, literal
from wiifm.statement.view import About, AddressOf, Kind

Links: TypeAlias = Callable[[Kind, str], str | None]
"""Tells the address of an object or of a member (``"object"`` or ``"member"``, and its id) on the platform; None where it has none."""

FIELDS: dict[Kind, str] = {"object": "{object}", "member": "{member}"}
"""What stands in a template for the id."""

_ADDRESS = re.compile(
    r"(?:https?://(?:[a-z0-9_][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d+)?(?![^/?#])|/(?!/))",
    re.IGNORECASE,
)
"""How an address begins: with a host, or as a path of whatever host the page is on."""

_FIRST = re.compile(r"(?:https?://[^/?#]+)?[/?#]", re.IGNORECASE)
"""What stands before the id in a template: nobody's id may be the host."""

_STEPS = re.compile(r"/(?:\.|%2e){1,2}(?![^/])", re.IGNORECASE)
"""Steps up in a path: an id may be two dots."""

_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
"""What stands in an address as it is (RFC 3986), beside letters, digits, and ``-._``."""

_log = logging.getLogger("wiifm.links")


def nowhere(kind: Kind, id: str) -> None:
    """The links of whoever has none: nothing leads anywhere.

    >>> nowhere("object", "q1")
    """


def by_template(objects: str | None = None, members: str | None = None) -> Links:
    """The links of a platform whose addresses all look alike.

    >>> links = by_template("https://esn.example/things/{object}", "/people/{member}")
    >>> links("object", "q 1/a"), links("member", "raj")
    ('https://esn.example/things/q%201%2Fa', '/people/raj')

    Args:
        objects, members: the address of one, with ``{object}`` or ``{member}`` for its id, which is percent-encoded; None where they have none.

    Raises:
        InvalidInput: one is no such address.
    """
    given: dict[Kind, str | None] = {"object": objects, "member": members}
    faults = (template_fault(f"{kind}s", kind, text) for kind, text in given.items())
    if found := [each for each in faults if each]:
        raise InvalidInput(found)

    def links(kind: Kind, id: str) -> str | None:
        text = given[kind]
        return text and text.format(**{kind: quote(id, safe="")})

    return links


def template_fault(where: str, kind: Kind, template: str | None) -> Fault | None:
    """What is wrong with the template of an address; nothing where there is none.

    >>> print(template_fault("objects", "object", "https://{object}/"))
    objects: found 'https://{object}/', expected an address with {object} behind its host, such as 'https://esn.example/objects/{object}'
    """
    if template is None or _is_template(template, kind):
        return None
    field = FIELDS[kind]
    such = f"https://esn.example/{kind}s/{field}"
    return Fault(
        where, literal(template, 200), f"an address with {field} behind its host, such as {such!r}"
    )


def _is_template(template: str, kind: Kind) -> bool:
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return False
    fields = {each[1:] for each in parts if each[1] is not None}
    if fields != {(kind, "", None)} or not _FIRST.match(parts[0][0]):
        return False
    return address(template.format(**{kind: "x"})) is not None


def resolver(links: Links) -> AddressOf:
    """What leads to whatever a line is about, by the links of a platform: each address is looked at by :func:`address`.

    Where ``links`` raises, or answers what is no address, nothing leads there and all else is told: one odd id of somebody's must not take the
    page from everybody who would see it. The log ``wiifm.links`` says what was asked.

    >>> to = resolver(lambda kind, id: f"/{kind}s/{id}")
    >>> to(About("object", "q1")), to(About("object", "a b")), to(None)
    ('/objects/q1', None, None)

    Raises:
        InvalidInput: it is nothing to be asked for a kind and an id.
    """
    if fault := call_fault("links", links, "kind", "id"):
        raise InvalidInput([fault])

    def to(about: About | None) -> str | None:
        if about is None or links is nowhere:
            return None
        try:
            return _asked(links, about)
        except DISTURBANCES as error:
            told = literal(about.kind), literal(about.id), literal(error, 200)
            _log.warning("links(%s, %s) leads nowhere: %s", *told)
            return None

    return to


def _asked(links: Links, about: About) -> str | None:
    found = links(about.kind, about.id)
    if found is None:
        return None
    if not isinstance(found, str):
        raise WrongAnswer(f"it answered {literal(found)}, no text and not None")
    if (led := address(found)) is None:
        raise WrongAnswer(f"it answered {literal(found, 200)}, which is no address")
    return led


def address(found: str) -> str | None:
    """An address in the letters of ASCII that may be a link as it is; None where it isn't a page of the web.

    That is ``http://`` or ``https://`` and a host, or a path from the root of the host that the page is on; no name or password, no space, no control character,
    nothing that turns letters around, no step up. What is no letter of ASCII behind the host is percent-encoded.

    >>> address("https://esn.example/q/1?a=b"), address("/q/\u00e9t\u00e9")
    ('https://esn.example/q/1?a=b', '/q/%C3%A9t%C3%A9')
    >>> [address(each) for each in ("javascript:alert(1)", "//evil.example", "/../q", "q1", "https:///x")]
    [None, None, None, None, None]
    """
    if not found.isprintable() or " " in found or "\\" in found or not _ADDRESS.match(found):
        return None
    return None if _STEPS.search(re.split("[?#]", found)[0]) else quote(found, safe=_AS_IT_IS)


def with_host_of(page: str | None, to: AddressOf) -> AddressOf:
    """What leads there from elsewhere, as from a mail: a path alone only where an address of a page tells its host.

    >>> to = with_host_of("https://esn.example/me", resolver(by_template("/q/{object}")))
    >>> to(About("object", "q1"))
    'https://esn.example/q/q1'
    """
    host = address(page) if page else None
    base = None if host is None or host.startswith("/") else host

    def whole(about: About | None) -> str | None:
        found = to(about)
        if found is None or not found.startswith("/"):
            return found
        return urljoin(base, found) if base else None

    return whole
