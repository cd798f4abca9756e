"""Web pages: a member's statement and why, badges, leaderboards, thanks and the rule book; for owners, the culture report (extra ``web``).

:func:`application` makes an ASGI application, to be mounted in a platform or served by ``wiifm serve``. Each page is also there as an
HTML fragment and as JSON. The platform says who is signed in: see :mod:`wiifm.web.identity`.
"""

try:
    import jinja2
    import starlette
except ImportError as error:
    raise ImportError(
        f"the pages need {error.name}; install the extra: pip install 'wiifm[web]'"
    ) from None

from wiifm.web.application import application
from wiifm.web.identity import (
    Always,
    Owners,
    TrustedHeader,
    everybody,
    marked_owner,
    signed_in,
)

__all__ = [
    "Always",
    "Owners",
    "TrustedHeader",
    "application",
    "everybody",
    "marked_owner",
    "signed_in",
]
del jinja2, starlette
