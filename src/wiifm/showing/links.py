"""Links from statements to the objects and members on the platform.

A platform passes a :data:`Links` function that maps ids to addresses. Since ids come from members' events, an address becomes a link only if
:func:`address` finds it safe: see :func:`resolver`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from string import Formatter
from typing import TypeAlias
from urllib.parse import quote, urljoin

from wiifm.failures import WrongAnswer
from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidInput, literal
from wiifm.signatures import call_fault
from wiifm.statement.view import About, AddressOf, Kind

Links: TypeAlias = Callable[[Kind, str], str | None]
"""Maps the kind (``"object"`` or ``"member"``) and the id of something to its address on the platform; None if it has none."""

FIELDS: dict[Kind, str] = {"object": "{object}", "member": "{member}"}
"""The placeholder for the id in a template, by kind."""

_ADDRESS = re.compile(
    r"(?:https?://(?:[a-z0-9_][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d+)?(?![^/?#])|/(?!/))",
    re.IGNORECASE,
)
"""The beginning of an address: with a host, or a path on the host of the page."""

_FIRST = re.compile(r"(?:https?://[^/?#]+)?[/?#]", re.IGNORECASE)
"""What must stand before the id in a template, so that no id becomes the host."""

_STEPS = re.compile(r"/(?:\.|%2e){1,2}(?![^/])", re.IGNORECASE)
"""Steps up in a path, which an id of two dots would make."""

_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
"""The characters that aren't percent-encoded in an address (RFC 3986), beside letters, digits, and ``-._``."""

_log = logging.getLogger("wiifm.links")


def nowhere(kind: Kind, id: str) -> None:
    """Make no links: the default :data:`Links`.

    >>> nowhere("object", "q1")
    """


def by_template(objects: str | None = None, members: str | None = None) -> Links:
    """Return the links of a platform whose addresses follow templates.

    >>> links = by_template("https://esn.example/things/{object}", "/people/{member}")
    >>> links("object", "q 1/a"), links("member", "raj")
    ('https://esn.example/things/q%201%2Fa', '/people/raj')

    Args:
        objects, members: the address of one, with ``{object}`` or ``{member}`` for its id, which is percent-encoded; None if they have no pages.

    Raises:
        InvalidInput: a template isn't such an address.
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
    """Return what is wrong with a template of an address; None if it is right, or there is none.

    >>> print(template_fault("objects", "object", "https://{object}/"))
    objects: found 'https://{object}/', expected an address with {object} after its host, such as 'https://esn.example/objects/{object}'
    """
    if template is None or _is_template(template, kind):
        return None
    field = FIELDS[kind]
    such = f"https://esn.example/{kind}s/{field}"
    return Fault(
        where, literal(template, 200), f"an address with {field} after its host, such as {such!r}"
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
    """Wrap the links of a platform so that only safe addresses come out: each is checked by :func:`address`.

    If ``links`` raises, or returns no such address, the text just has no link there: one odd id must not break the page for everybody.
    The logger ``wiifm.links`` gets a warning with the kind and the id.

    >>> address_of = resolver(lambda kind, id: f"/{kind}s/{id}")
    >>> address_of(About("object", "q1")), address_of(About("object", "a b")), address_of(None)
    ('/objects/q1', None, None)

    Raises:
        InvalidInput: ``links`` can't be called with a kind and an id.
    """
    if fault := call_fault("links", links, "kind", "id"):
        raise InvalidInput([fault])

    def address_of(about: About | None) -> str | None:
        if about is None or links is nowhere:
            return None
        try:
            return _checked(links, about)
        except FOREIGN_ERRORS as error:
            arguments = literal(about.kind), literal(about.id), literal(error, 200)
            _log.warning("links(%s, %s) gave no link: %s", *arguments)
            return None

    return address_of


def _checked(links: Links, about: About) -> str | None:
    """The safe address of something, or None if it has none; raises WrongAnswer if ``links`` returns anything else."""
    found = links(about.kind, about.id)
    if found is None:
        return None
    if not isinstance(found, str):
        raise WrongAnswer(f"it answered {literal(found)}, no text and not None")
    if (safe := address(found)) is None:
        raise WrongAnswer(f"it answered {literal(found, 200)}, which is no address")
    return safe


def address(found: str) -> str | None:
    """Return an address as ASCII text that is safe as a link; None if it isn't the address of a web page.

    An address is ``http://`` or ``https://`` with a host, or a path from the root of the page's host. It may have no user name or password, no
    spaces or control characters, no characters that change the direction of text, and no steps up. After the host, characters other than ASCII
    are percent-encoded.

    >>> address("https://esn.example/q/1?a=b"), address("/q/\u00e9t\u00e9")
    ('https://esn.example/q/1?a=b', '/q/%C3%A9t%C3%A9')
    >>> [address(each) for each in ("javascript:alert(1)", "//evil.example", "/../q", "q1", "https:///x")]
    [None, None, None, None, None]
    """
    if not found.isprintable() or " " in found or "\\" in found or not _ADDRESS.match(found):
        return None
    return None if _STEPS.search(re.split("[?#]", found)[0]) else quote(found, safe=_AS_IT_IS)


def with_host_of(page: str | None, address_of: AddressOf) -> AddressOf:
    """Make addresses work outside the platform, such as in a mail: a path is joined to the host of ``page``.

    Without an address of a page, a path gives no link.

    >>> address_of = with_host_of("https://esn.example/me", resolver(by_template("/q/{object}")))
    >>> address_of(About("object", "q1"))
    'https://esn.example/q/q1'
    """
    host = address(page) if page else None
    base = None if host is None or host.startswith("/") else host

    def whole(about: About | None) -> str | None:
        found = address_of(about)
        if found is None or not found.startswith("/"):
            return found
        return urljoin(base, found) if base else None

    return whole
