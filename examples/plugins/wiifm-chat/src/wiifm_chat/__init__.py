"""Posts what members earned to a chat's webhook: a message for each batch, after it was committed.

The address is that of the environment variable ``WIIFM_CHAT_URL``; without it nothing is posted. Most chats take a JSON object with a
``text``. A batch may be told again after a failure, so what was posted is remembered: an entry of the ledger by its number, a badge as it is.
"""

import json
import os
from collections.abc import Iterable, Iterator
from urllib.request import Request, urlopen

import wiifm
from wiifm.registries import Observers

VARIABLE = "WIIFM_CHAT_URL"
SECONDS = 5
"""How long a chat may take to answer."""


class Chat:
    """Posts to one webhook."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._posted: set[int | wiifm.Award] = set()

    def __call__(self, receipts: tuple[wiifm.Receipt, ...]) -> None:
        """Post what is new in a batch; raises if the chat can't be reached, and posts it then when told again."""
        lines = {what: line for what, line in told(receipts) if what not in self._posted}
        if not lines:
            return
        body = json.dumps({"text": "\n".join(lines.values())}).encode()
        request = Request(self.url, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=SECONDS):
            self._posted |= lines.keys()


def told(receipts: Iterable[wiifm.Receipt]) -> Iterator[tuple[int | wiifm.Award, str]]:
    """A line for each gain, by its number, and for each badge; corrections are nobody else's business."""
    for receipt in receipts:
        for entry in receipt.entries:
            if entry.amount > 0 and entry.corrects is None:
                yield entry.no, f"{entry.holder}: +{entry.amount} {entry.purse} ({entry.say})"
        for award in receipt.awards:
            yield award, f"{award.holder} has earned {award.badge} {award.tier}".rstrip()


@wiifm.hookimpl
def wiifm_observers(observers: Observers) -> None:
    """Register a chat, if there is one to post to."""
    url = os.environ.get(VARIABLE)
    if url:
        observers.add(Chat(url))
