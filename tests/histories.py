"""Random histories of a small community, with many late, orphaned, duplicate and retracted events."""

from datetime import UTC, datetime, timedelta
from random import Random

from wiifm import Event

START = datetime(2026, 3, 26, tzinfo=UTC)  # three days before the clocks change in Europe
HOURS = (0, 0, 1, 5, 11, 20, 23, 26, 30, 47, 50, 72, 77, 90, 100, 130, 200, 340)
MEMBERS = ("ann", "bob", "cy", "dee")
OBJECTS = tuple(f"o{number}" for number in range(6))
ZONES = ("Asia/Tokyo", "America/New_York", "UTC")


def history(random: Random, length: int) -> list[Event]:
    """So many events, in random order of arrival."""
    return [_event(random, number, length) for number in range(length)]


def _event(random: Random, number: int, length: int) -> Event:
    actor, other, thing = random.choice(MEMBERS), random.choice(MEMBERS), random.choice(OBJECTS)
    somebody = random.choice([actor, None])
    parent = random.choice([*OBJECTS, None])
    community = random.choice([None, "c1", "c2"])
    topics = random.sample(["t1", "t2"], random.choice([0, 0, 1, 2]))
    own = thing if random.random() < 0.3 else f"c{number}"
    shape = random.choice(
        [
            (
                "question.asked",
                {"actor": actor, "object": thing, "topics": topics, "community": community},
            ),
            ("answer.posted", {"actor": actor, "object": thing, "in_reply_to": parent}),
            ("comment.posted", {"actor": actor, "object": own, "in_reply_to": parent}),
            ("post.shared", {"actor": actor, "object": thing, "community": community}),
            ("object.liked", {"actor": somebody, "object": thing}),
            (
                "object.liked",
                {"actor": somebody, "object": thing, "recipient": random.choice([None, other])},
            ),
            ("object.disliked", {"actor": somebody, "object": thing}),
            ("post.judged", {"actor": actor, "object": thing, "data": _score(random)}),
            ("post.judged", {"actor": somebody, "object": thing, "data": _score(random)}),
            (
                "kudos.given",
                {"actor": actor, "recipient": other, "data": _kudos(random)},
            ),
            (
                "member.updated",
                {"actor": actor, "data": {random.choice(["unit", "zone"]): random.choice(ZONES)}},
            ),
            ("member.updated", {"actor": actor, "data": {"manager": other}}),
            ("campaign.closed", {"object": thing, "data": _CLOSED}),
            ("campaign.paid", {"object": thing, "recipient": other, "data": _paid(random)}),
            ("mentoring.started", {"actor": actor, "recipient": other}),
            ("mentoring.ended", {"actor": actor, "recipient": other}),
            ("answer.accepted", {"actor": actor, "object": thing}),
            ("time.advanced", {"data": _time(random)}),
            ("time.advanced", {"data": _time(random)}),
            ("event.retracted", {"retracts": f"e{random.randrange(length)}"}),
        ]
    )
    if shape == ("member.updated", {"actor": actor, "data": {"manager": other}}):
        shape = COMING_AND_GOING[number % 3], shape[1] if number % 3 else {"actor": actor}
    at = START + timedelta(hours=random.choice(HOURS), minutes=random.choice([0, 30]))
    return Event(id=f"e{number}", type=shape[0], occurred_at=at, **shape[1])


COMING_AND_GOING = ("member.left", "member.updated", "member.joined")


_CLOSED = {"campaign": "spring", "until": "2026-03-28T00:00:00+00:00"}


def _kudos(random: Random) -> dict[str, int]:
    group = {"among": random.choice([2, 3]), "number": random.choice([1, 2, 3, 4])}
    return {"amount": random.choice([1, 2, 3, 7]), **random.choice([{}, group])}


def _time(random: Random) -> dict[str, int]:
    return random.choice([{}, {"most": 1}, {"most": 3}])


def _paid(random: Random) -> dict[str, float | str]:
    return {"campaign": "spring", "amount": random.choice([1, 2.5]), "rank": random.choice([1, 2])}


def _score(random: Random) -> dict[str, float | str]:
    score = random.choice([None, 1, 2, 3, 4, 5, 2.5])
    found = {} if score is None else {"score": score}
    if random.random() < 0.3:
        found["original"] = random.choice(OBJECTS)
    return found
