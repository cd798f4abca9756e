"""Generate communities for the packs of forums from a seed, as :mod:`benchmarks.community` does, with the event types of each pack."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from benchmarks.community import EVENTS_PER_MEMBER, RECENT
from wiifm import Event

START = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 730
TOPICS = [f"topic-{number}" for number in range(200)]


class Kind(NamedTuple):
    """How an event type is generated: its weight, what it is about, its data, and the share of events whose actor is hidden."""

    weight: int
    about: str = ""
    data: Callable[[Random], dict[str, object]] = lambda random: {}
    hidden: float = 0


def _views(random: Random) -> dict[str, object]:
    return {"views": int(random.expovariate(1 / 800))}


def _placed(random: Random) -> dict[str, object]:
    return {"first": random.random() < 0.6, "own": False, "days": random.expovariate(1 / 9)}


def _visit(random: Random) -> dict[str, object]:
    return {"posts_read": random.randrange(300), "seconds": random.randrange(9000)}


FORUMS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "stackexchange": {
            "question.asked": Kind(8, "opens"),
            "answer.posted": Kind(12, "replies"),
            "answer.placed": Kind(8, "reply", _placed, 1),
            "comment.posted": Kind(14, "remarks", lambda random: {"score": random.randrange(6)}),
            "object.liked": Kind(34, "any", hidden=0.9),
            "object.disliked": Kind(4, "any", hidden=0.9),
            "answer.accepted": Kind(4, "reply"),
            "object.edited": Kind(6, "any", lambda random: {"part": "body"}),
            "object.bookmarked": Kind(2, "topic", hidden=1),
            "views.counted": Kind(4, "topic", _views, 1),
            "member.visited": Kind(4),
        },
        "discourse": {
            "topic.created": Kind(4, "opens", lambda random: {"links": random.random() < 0.2}),
            "post.created": Kind(22, "replies", lambda random: {"emoji": random.random() < 0.2}),
            "post.liked": Kind(30, "any"),
            "post.reacted": Kind(6, "any"),
            "solution.accepted": Kind(2, "reply"),
            "topic.entered": Kind(20, "topic"),
            "member.visited": Kind(12, "", _visit),
            "post.edited": Kind(4, "any"),
        },
    }
)


def forum(name: str, count: int, seed: int = 7) -> list[Event]:
    """``count`` events of ``count / 200`` members of a forum, over two years."""
    random, kinds = Random(seed), FORUMS[name]
    members = [f"m{number}" for number in range(max(10, count // EVENTS_PER_MEMBER))]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(members))))
    actors = iter(random.choices(members, cum_weights=weights, k=count))
    step = timedelta(days=DAYS) / count
    objects: dict[str, list[str]] = {"topic": ["none"], "reply": ["none"], "any": ["none"]}
    chosen = random.choices(list(kinds), [kind.weight for kind in kinds.values()], k=count)
    events = []
    for number, (type, actor) in enumerate(zip(chosen, actors, strict=True)):
        kind = kinds[type]
        keys = _about(random, kind.about, f"o{number}", objects)
        who = None if random.random() < kind.hidden else actor
        data = kind.data(random)
        at = START + step * number
        events.append(
            Event(id=f"e{number}", type=type, occurred_at=at, actor=who, data=data, **keys)
        )
    return events


def _about(
    random: Random, about: str, new: str, objects: dict[str, list[str]]
) -> dict[str, object]:
    """The fields that say what an event is about. A new object is added to ``objects``, so that later events can be about it."""
    if about == "opens":
        objects["topic"].append(new)
        objects["any"].append(new)
        return {"object": new, "topics": random.sample(TOPICS, 2)}
    if about == "replies":
        keys = {"object": new, "in_reply_to": _recent(random, objects["topic"])}
        objects["reply"].append(new)
        objects["any"].append(new)
        return keys
    if about == "remarks":
        return {"object": new, "in_reply_to": _recent(random, objects["any"])}
    return {"object": _recent(random, objects[about])} if about else {}


def _recent(random: Random, objects: list[str]) -> str:
    """A random one of the latest objects, the very latest being the most likely."""
    back = min(int(random.expovariate(1 / 40)), RECENT, len(objects) - 1)
    return objects[len(objects) - 1 - back]
