"""Posts what members earned to a chat's webhook: a message for each batch, after it was committed.

The environment variable ``WIIFM_CHAT_URL`` has the address of the webhook; without it nothing is posted. Most chats accept a JSON
object with a ``text``. A batch may be delivered again after a failure, so the observer remembers which entries and badges it posted.
"""

import json
import os
from collections.abc import Iterable, Iterator
from urllib.request import Request, urlopen

import wiifm
from wiifm.registries import Observers

VARIABLE = "WIIFM_CHAT_URL"
SECONDS = 5
"""The timeout of a request, in seconds."""


class Chat:
    """The observer: posts to one webhook."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._posted: set[int | wiifm.Award] = set()

    def __call__(self, receipts: tuple[wiifm.Receipt, ...]) -> None:
        """Post what is new in a batch. If the chat can't be reached this raises, and what wasn't posted is posted when the batch comes again."""
        lines = {what: line for what, line in gains(receipts) if what not in self._posted}
        if not lines:
            return
        body = json.dumps({"text": "\n".join(lines.values())}).encode()
        request = Request(self.url, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=SECONDS):
            self._posted |= lines.keys()


def gains(receipts: Iterable[wiifm.Receipt]) -> Iterator[tuple[int | wiifm.Award, str]]:
    """(key, line) for each gain, by entry number, and for each badge. Corrections aren't posted."""
    for receipt in receipts:
        for entry in receipt.entries:
            if entry.amount > 0 and entry.corrects is None:
                yield entry.no, f"{entry.holder}: +{entry.amount} {entry.purse} ({entry.say})"
        for award in receipt.awards:
            yield award, f"{award.holder} has earned {award.badge} {award.tier}".rstrip()


@wiifm.hookimpl
def wiifm_observers(observers: Observers) -> None:
    """Register the observer, if the environment has the address of a chat."""
    url = os.environ.get(VARIABLE)
    if url:
        observers.add(Chat(url))
