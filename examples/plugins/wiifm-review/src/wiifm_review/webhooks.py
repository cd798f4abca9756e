"""Reads what GitHub's webhooks delivered: a payload a line, of the events ``pull_request`` and ``pull_request_review``.

A line that isn't one of these, or isn't about opening or approving a change, is passed over; one that lacks what it
should have is told, and the next one is read.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import wiifm
from wiifm.sources import Line, Rejected


def read(stream: BinaryIO, file: str) -> Iterator[Line]:
    """The events of a file of payloads, each with its line."""
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
    """The event that a payload tells of, if it is about opening or approving a change."""
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
