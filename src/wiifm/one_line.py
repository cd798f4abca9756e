"""Keeps a text on one line, whatever an event has in its ids and texts, so that a line of output never passes for several."""

from __future__ import annotations

import re

_BREAKS = re.compile("[\n-\r\x1c-\x1e\x85\u2028\u2029]")
"""The characters at which a line ends (``str.splitlines``)."""


def one_line(text: str) -> str:
    """A text whose line breaks are written as Python writes them.

    >>> print(one_line("ann" + chr(10) + "bob"))
    ann\\nbob
    """
    return _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
