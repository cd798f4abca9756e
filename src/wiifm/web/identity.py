"""Who is signed in, and who answers for the programme: the platform says so, in one of a few ways, and nobody else is believed.

A ``Who`` answers the member of a request, or None where nobody is signed in. The id is taken as it is. An ``Owner`` answers
whether that member answers for the programme, and so may read the culture report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from attrs import field, frozen
from starlette.types import Scope

from wiifm.events import is_text
from wiifm.faults import Fault, InvalidInput, short

Who: TypeAlias = Callable[[Scope], str | None]
"""Tells the member that a request is of, from its ASGI scope."""

Owner: TypeAlias = Callable[[Scope, str], bool]
"""Tells from its ASGI scope whether the member that a request is of answers for the programme."""

KEY = "wiifm.member"
"""Where a platform's middleware puts the member."""

OWNER = "wiifm.owner"
"""Where it puts True for whoever answers for the programme."""


def signed_in(scope: Scope) -> str | None:
    """The member that the platform's own middleware has put into the scope, under ``wiifm.member``.

    No request can put it there.

    >>> signed_in({"type": "http", "wiifm.member": "ann"})
    'ann'
    """
    found = scope.get(KEY)
    return found if is_text(found) else None


def marked_owner(scope: Scope, member: str) -> bool:
    """Whether the platform's own middleware has put True into the scope, under ``wiifm.owner``.

    No request can put it there.

    >>> marked_owner({"type": "http", "wiifm.owner": True}, "ann"), marked_owner({"type": "http"}, "ann")
    (True, False)
    """
    return scope.get(OWNER) is True


def everybody(scope: Scope, member: str) -> bool:
    """Whoever is signed in: where the report is for all to read, or for whoever looks at a store on their own machine.

    >>> everybody({"type": "http"}, "ann")
    True
    """
    return True


def _ids(found: Iterable[str]) -> frozenset[str]:
    return frozenset(found)


@frozen
class Owners:
    """Some members by their ids, however they are signed in.

    >>> owner = Owners(["ann", "raj"])
    >>> owner({"type": "http"}, "ann"), owner({"type": "http"}, "eve")
    (True, False)
    """

    members: frozenset[str] = field(converter=_ids)

    def __call__(self, scope: Scope, member: str) -> bool:
        """Whether a member is one of them."""
        return member in self.members


@frozen
class Always:
    """One member, whoever asks: for whoever looks at a store on their own machine.

    >>> Always("ann")({"type": "http"})
    'ann'
    """

    member: str

    def __call__(self, scope: Scope) -> str | None:
        """The member."""
        return self.member


def _networks(found: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(each) for each in found)
    except ValueError as error:
        expected = "addresses such as '10.0.0.5' or '10.0.0.0/24'"
        raise InvalidInput([Fault("peers", short(str(error)), expected)]) from None


@frozen
class TrustedHeader:
    """The member that a proxy names in a header; from any other peer the header counts for nothing.

    The proxy must drop the header where a client sends it. The peer is the one of the connection: let no server
    in between replace it by what ``X-Forwarded-For`` says.

    >>> who = TrustedHeader("X-Member", ["10.0.0.5"])
    >>> scope = {"type": "http", "client": ("10.0.0.5", 4711), "headers": [(b"x-member", b"ann")]}
    >>> who(scope), who({**scope, "client": ("10.0.0.6", 4711)})
    ('ann', None)

    Args:
        header: its name.
        peers: the addresses of the proxies, or networks of them.

    Raises:
        InvalidInput: a peer is no address.
    """

    header: str
    peers: tuple[IPv4Network | IPv6Network, ...] = field(converter=_networks)

    def __call__(self, scope: Scope) -> str | None:
        """The member that the header names."""
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
