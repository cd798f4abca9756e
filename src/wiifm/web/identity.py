"""Who is signed in, and who is an owner, that is, may read the culture report: the platform decides, in one of these ways.

A ``Who`` gives the member of a request, or None if nobody is signed in; the id is used as it is. An ``Owner`` says whether that
member may read the culture report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from attrs import field, frozen
from starlette.types import Scope

from wiifm.events import is_text
from wiifm.faults import Fault, InvalidInput, literal, short

Who: TypeAlias = Callable[[Scope], str | None]
"""Gives the id of the member who is signed in, from the ASGI scope of a request; None if nobody is."""

Owner: TypeAlias = Callable[[Scope, str], bool]
"""Says whether a member, who is signed in, is an owner; it gets the ASGI scope of the request and the member's id."""

KEY = "wiifm.member"
"""The key of the ASGI scope under which a platform's middleware puts the member's id."""

OWNER = "wiifm.owner"
"""The key of the ASGI scope under which it puts True for an owner."""


def signed_in(scope: Scope) -> str | None:
    """The member that the platform's middleware put into the ASGI scope, under ``wiifm.member``.

    A client can't put anything there.

    >>> signed_in({"type": "http", "wiifm.member": "ann"})
    'ann'
    """
    found = scope.get(KEY)
    return found if is_text(found) else None


def marked_owner(scope: Scope, member: str) -> bool:
    """Whether the platform's middleware put True into the ASGI scope, under ``wiifm.owner``.

    A client can't put anything there.

    >>> marked_owner({"type": "http", "wiifm.owner": True}, "ann"), marked_owner({"type": "http"}, "ann")
    (True, False)
    """
    return scope.get(OWNER) is True


def everybody(scope: Scope, member: str) -> bool:
    """Every member is an owner: for a platform where all may read the report, or somebody who serves a store on their own machine.

    >>> everybody({"type": "http"}, "ann")
    True
    """
    return True


def _ids(found: Iterable[str]) -> frozenset[str]:
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise InvalidInput([Fault("owners", literal(found), "a list of ids, such as ['ann']")])
    return frozenset(found)


@frozen
class Owners:
    """The owners are the members with these ids.

    >>> owner = Owners(["ann", "raj"])
    >>> owner({"type": "http"}, "ann"), owner({"type": "http"}, "eve")
    (True, False)

    Raises:
        InvalidInput: it isn't a list of ids, but one id.
    """

    members: frozenset[str] = field(converter=_ids)

    def __call__(self, scope: Scope, member: str) -> bool:
        """Whether the member is one of them."""
        return member in self.members


@frozen
class Always:
    """Every request is this member's: for somebody who serves a store on their own machine.

    >>> Always("ann")({"type": "http"})
    'ann'
    """

    member: str

    def __call__(self, scope: Scope) -> str | None:
        """The member's id."""
        return self.member


def _networks(found: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(each) for each in found)
    except ValueError as error:
        expected = "addresses such as '10.0.0.5' or '10.0.0.0/24'"
        raise InvalidInput([Fault("peers", short(str(error)), expected)]) from None


@frozen
class TrustedHeader:
    """The member that a trusted proxy names in a header; from other peers the header is ignored.

    The proxy must remove the header from what clients send. The peer is that of the connection: no server in between may replace it
    by what ``X-Forwarded-For`` says.

    >>> who = TrustedHeader("X-Member", ["10.0.0.5"])
    >>> scope = {"type": "http", "client": ("10.0.0.5", 4711), "headers": [(b"x-member", b"ann")]}
    >>> who(scope), who({**scope, "client": ("10.0.0.6", 4711)})
    ('ann', None)

    Args:
        header: the name of the header.
        peers: the addresses of the proxies, or their networks.

    Raises:
        InvalidInput: a peer isn't an address or network.
    """

    header: str
    peers: tuple[IPv4Network | IPv6Network, ...] = field(converter=_networks)

    def __call__(self, scope: Scope) -> str | None:
        """The member that the header names; None if there isn't exactly one, the peer isn't trusted, or no member can have that id."""
        if not self._trusts(scope.get("client")):
            return None
        name = self.header.lower().encode("latin-1")
        values = [value for key, value in scope["headers"] if key.lower() == name]
        if len(values) != 1:
            return None
        try:
            found = bytes(values[0]).decode("utf-8").strip()
        except UnicodeDecodeError:
            return None
        return found if is_text(found) else None

    def _trusts(self, client: Any) -> bool:
        try:
            address = ip_address(client[0])
        except (TypeError, ValueError, IndexError):
            return False
        return any(address in each for each in self.peers)
