"""Random histories of a small community, with many late, orphaned, duplicate and retracted events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from wiifm import Event

START = datetime(2026, 3, 26, tzinfo=UTC)  # three days before the clocks change in Europe
HOURS = (0, 0, 1, 5, 11, 20, 23, 26, 30, 47, 50, 72, 77, 90, 100, 130, 200, 340)
MEMBERS = ("ann", "bob", "cy", "dee")
OBJECTS = tuple(f"o{number}" for number in range(6))
ZONES = ("Asia/Tokyo", "America/New_York", "UTC")

OFTEN = (
    *("question.asked", "answer.posted", "post.shared"),
    *("post.judged", "post.judged", "event.retracted"),
)
"""Types that are in every history, since much is about what they create or only they say, and what they take back."""

AT_FIRST = ("member.updated", "mentoring.started")
"""Types of the first events of a history, as only who has a unit or a mentor earns something for them."""

TYPES = (
    *OFTEN,
    *AT_FIRST,
    *("comment.posted", "object.liked", "object.liked", "object.disliked", "answer.accepted"),
    *("kudos.given", "campaign.closed", "campaign.paid", "mentoring.ended"),
    *("member.left", "member.joined", "time.advanced", "time.advanced"),
)


def history(random: Random, length: int) -> list[Event]:
    """So many events, in random order of arrival. In many histories, few members do the same few things over and over."""
    members = MEMBERS[: random.choice([2, 3, 4])]
    types = [*OFTEN, *random.choices(TYPES, k=random.choice([4, 9, 40]))]
    return [
        _event(random, number, length, members, AT_FIRST if number < length // 8 else types)
        for number in range(length)
    ]


def _event(
    random: Random, number: int, length: int, members: Sequence[str], types: Sequence[str]
) -> Event:
    actor, other, thing = random.choice(members), random.choice(members), random.choice(OBJECTS)
    question, answer, post = (random.choice([*OBJECTS[n : n + 2] * 2, thing]) for n in (0, 2, 4))
    new = f"c{number}" if random.random() < number / length else None  # at first, OBJECTS are made
    somebody = random.choice([actor, None])
    parent = random.choice([question, thing, None])
    community = random.choice([None, "c1", "c2"])
    topics = random.sample(["t1", "t2"], random.choice([0, 0, 1, 2]))
    shapes = [
        (
            "question.asked",
            {
                "actor": actor,
                "object": new or question,
                "topics": topics,
                "community": community,
            },
        ),
        ("answer.posted", {"actor": actor, "object": new or answer, "in_reply_to": parent}),
        ("comment.posted", {"actor": actor, "object": new or thing, "in_reply_to": parent}),
        ("post.shared", {"actor": actor, "object": new or post, "community": community}),
        ("object.liked", {"actor": somebody, "object": thing}),
        (
            "object.liked",
            {"actor": somebody, "object": thing, "recipient": random.choice([None, other])},
        ),
        ("object.disliked", {"actor": somebody, "object": thing}),
        ("post.judged", {"actor": actor, "object": thing, "data": _score(random)}),
        ("post.judged", {"actor": somebody, "object": thing, "data": _score(random)}),
        ("kudos.given", {"actor": actor, "recipient": other, "data": _kudos(random)}),
        ("member.updated", {"actor": actor, "data": _profile(random, other)}),
        ("member.left", {"actor": actor}),
        ("member.joined", {"actor": actor, "data": _profile(random, other)}),
        ("campaign.closed", {"object": thing, "data": _CLOSED}),
        ("campaign.paid", {"object": thing, "recipient": other, "data": _paid(random)}),
        ("mentoring.started", {"actor": actor, "recipient": other}),
        ("mentoring.ended", {"actor": actor, "recipient": other}),
        ("answer.accepted", {"actor": actor, "object": answer}),
        ("time.advanced", {"data": _time(random)}),
        ("event.retracted", {"retracts": f"e{random.randrange(length)}"}),
    ]
    kind = random.choice(types)
    shape = random.choice([each for each in shapes if each[0] == kind])
    at = START + timedelta(hours=random.choice(HOURS), minutes=random.choice([0, 30]))
    return Event(id=f"e{number}", type=kind, occurred_at=at, **shape[1])


_CLOSED = {"campaign": "spring", "until": "2026-03-28T00:00:00+00:00"}


def _profile(random: Random, manager: str) -> dict[str, str]:
    """What a member says of themselves. Who has an empty unit is in none any more."""
    unit, zone = random.choice([*ZONES, ""]), random.choice(ZONES)
    return random.choice([{"unit": unit}, {"unit": unit}, {"zone": zone}, {"manager": manager}])


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
