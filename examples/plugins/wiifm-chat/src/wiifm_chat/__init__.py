"""Posts what members earned to a chat's webhook: a message for each batch, after it was committed.

The address is that of the environment variable ``WIIFM_CHAT_URL``; without it nothing is posted. Most chats take a JSON object with a
``text``. A batch may be told again after a failure, so what was posted is remembered by the number of its ledger entry.
"""

import json
import os
from collections.abc import Iterable
from typing import Any
from urllib.request import Request, urlopen

import wiifm

VARIABLE = "WIIFM_CHAT_URL"
SECONDS = 5
"""How long a chat may take to answer."""


class Chat:
    """Posts to one webhook."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._posted: set[int] = set()

    def __call__(self, receipts: tuple[wiifm.Receipt, ...]) -> None:
        """Post what is new in a batch; raises if the chat can't be reached, and posts it then when told again."""
        entries = [e for each in receipts for e in each.entries if e.no not in self._posted]
        lines = list(told(entries, receipts))
        if not lines:
            return
        body = json.dumps({"text": "\n".join(lines)}).encode()
        request = Request(self.url, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=SECONDS):
            self._posted |= {entry.no for entry in entries}


def told(entries: Iterable[wiifm.Entry], receipts: Iterable[wiifm.Receipt]) -> Iterable[str]:
    """A line for each gain, and for each badge of an event that brought one; corrections are nobody else's business."""
    events = set()
    for entry in entries:
        if entry.amount > 0 and entry.corrects is None:
            events.add(entry.event)
            yield f"{entry.holder}: +{entry.amount} {entry.purse} ({entry.say})"
    for receipt in receipts:
        if receipt.event in events:
            for award in receipt.awards:
                yield f"{award.holder} has earned {award.badge} {award.tier}".rstrip()


@wiifm.hookimpl
def wiifm_observers(observers: Any) -> None:
    """Register a chat, if there is one to post to."""
    url = os.environ.get(VARIABLE)
    if url:
        observers.add(Chat(url))
