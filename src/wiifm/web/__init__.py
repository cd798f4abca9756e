"""Pages for members: my statement and why, badges, leaderboards, thanks, and the rule book in plain words (extra ``web``).

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
from wiifm.web.identity import Always, TrustedHeader, signed_in

__all__ = ["Always", "TrustedHeader", "application", "signed_in"]
del jinja2, starlette
