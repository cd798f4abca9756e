"""Pages: my statement and why, badges, leaderboards, thanks, the rule book in plain words; for owners, the culture report (extra ``web``).

:func:`application` makes an ASGI application to mount in a platform, or to serve by ``wiifm serve``. Who is signed in
is for the platform to say, see :mod:`wiifm.web.identity`. Every page is there as a fragment of HTML and as JSON, too.
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
