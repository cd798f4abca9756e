"""Generate a community from a seed: two years of events in the order of time, where a few members do much and most do little."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from wiifm import Event

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 730
EVENTS_PER_MEMBER = 200
RECENT = 400
"""The number of latest objects among which members choose what to react to."""
TOPIC = "pricing"
"""The topic of one question in fifty. The other questions have none."""

SHARES = {
    "post.shared": 6,
    "question.asked": 8,
    "answer.posted": 12,
    "answer.accepted": 4,
    "object.liked": 38,
    "object.disliked": 3,
    "object.helped": 5,
    "object.reshared": 4,
    "comment.posted": 14,
    "kudos.given": 5,
    "mentoring.session": 1,
}


def community(count: int, seed: int = 7) -> list[Event]:
    """``count`` events of ``count / 200`` members, whose activity follows Zipf's law."""
    return [*stream(count, seed)]


def stream(count: int, seed: int = 7) -> Iterator[Event]:
    """The events of :func:`community` one by one, so that they needn't all be in memory."""
    random = Random(seed)
    members = [f"m{number}" for number in range(max(10, count // EVENTS_PER_MEMBER))]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(members))))
    step = timedelta(days=DAYS) / count
    kinds = random.choices(list(SHARES), list(SHARES.values()), k=count)
    actors = iter(random.choices(members, cum_weights=weights, k=2 * count))
    questions, answers, objects = (deque(["none"], maxlen=RECENT + 1) for _ in range(3))
    for number, kind in enumerate(kinds):
        more: dict[str, object] = {"actor": next(actors)}
        if kind in ("post.shared", "question.asked", "answer.posted", "comment.posted"):
            more["object"] = f"o{number}"
            if kind == "answer.posted":
                more["in_reply_to"] = _recent(random, questions)
                answers.append(f"o{number}")
            elif kind == "comment.posted":
                more["in_reply_to"] = _recent(random, objects)
            elif kind == "question.asked":
                questions.append(f"o{number}")
                if number % 50 == 0:
                    more["topics"] = (TOPIC,)
            if kind != "comment.posted":
                objects.append(f"o{number}")
        elif kind in ("kudos.given", "mentoring.session"):
            more["recipient"] = next(actors)
            if kind == "mentoring.session":
                more["data"] = {"minutes": random.choice([15, 30, 45, 60, 90])}
        else:
            more["object"] = _recent(random, answers if kind == "answer.accepted" else objects)
            if kind in ("object.liked", "object.disliked") and random.random() < 0.5:
                more["actor"] = None
        at = START + step * number
        yield Event(id=f"e{number}", type=kind, occurred_at=at, **more)


def _recent(random: Random, objects: deque[str]) -> str:
    """A random one of the latest objects, the very latest being the most likely."""
    back = min(int(random.expovariate(1 / 40)), RECENT, len(objects) - 1)
    return objects[len(objects) - 1 - back]
