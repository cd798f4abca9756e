"""Reads files of payloads from GitHub's webhooks, one per line, of the events ``pull_request`` and ``pull_request_review``.

A line of another event, or that isn't about opening or approving a change, is skipped. One that lacks something is
rejected, and reading goes on with the next line.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import wiifm
from wiifm.sources import Line, Rejected


def read(stream: BinaryIO, file: str) -> Iterator[Line]:
    """The events of a file, each with its line number; and what is wrong with lines that are rejected."""
    for number, raw in enumerate(stream, 1):
        try:
            payload = json.loads(raw)
            event = event_of(payload) if isinstance(payload, dict) else None
        except wiifm.InvalidInput as error:
            yield Line(file, number, Rejected(file, number, error.faults))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            fault = wiifm.Fault("the payload", repr(error), "one as GitHub delivers it")
            yield Line(file, number, Rejected(file, number, (fault,)))
        else:
            if event:
                yield Line(file, number, event)


def event_of(payload: dict[str, Any]) -> wiifm.Event | None:
    """The event of a payload; None if it isn't about opening or approving a change."""
    change = payload.get("pull_request")
    if change is None:
        return None
    about = {"object": f"{payload['repository']['full_name']}#{change['number']}"}
    if payload.get("action") == "opened":
        return wiifm.read_event(
            about
            | {
                "id": f"opened:{about['object']}",
                "type": "review.requested",
                "occurred_at": change["created_at"],
                "actor": change["user"]["login"],
                "data": {"lines": change["additions"] + change["deletions"]},
            }
        )
    review = payload.get("review", {})
    if payload.get("action") == "submitted" and review.get("state") == "approved":
        return wiifm.read_event(
            about
            | {
                "id": f"review:{review['id']}",
                "type": "review.approved",
                "occurred_at": review["submitted_at"],
                "actor": review["user"]["login"],
                "data": {"comments": change.get("review_comments", 0)},
            }
        )
    return None
