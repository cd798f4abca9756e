"""Random communities: units, managers, questions, answers, thanks and mentoring, in any order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from wiifm import Event

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; the clocks change on the 29th
ZONES = ("Asia/Tokyo", "America/New_York", "Europe/Paris", "Pacific/Apia")
TOPICS = ("tax", "law", "cad")
SOME = (
    *("member.joined", "member.updated", "member.updated", "member.left", "member.left"),
    *("mentoring.started", "mentoring.ended"),
    *("mentoring.session", "post.shared", "document.contributed", "announcement.broadcast"),
    *("question.asked",) * 4,
    *("answer.posted",) * 5,
    *("comment.posted", "answer.accepted", "answer.accepted", "object.liked", "object.helped"),
    *("object.read", "object.reshared", "object.disliked", "kudos.given", "kudos.given"),
    *("contribution.declared", "contribution.accepted", "time.advanced", "event.retracted"),
)
LETTERS = {
    "question.asked": "q",
    "answer.posted": "a",
    "answer.accepted": "a",
    "contribution.declared": "c",
    "contribution.accepted": "c",
    "post.shared": "p",
    "document.contributed": "p",
    "announcement.broadcast": "p",
    "comment.posted": "r",
}
MAKING = {*LETTERS} - {"answer.accepted", "contribution.accepted"}


def community(random: Random, size: int, length: int, days: int) -> list[Event]:
    """So many events of so many members in so many days, as they arrive: shuffled, some duplicate, some retracted."""
    members = [f"m{n:02}" for n in range(size)]
    events = [*_joining(random, members)]
    for number in range(length):
        events.append(_event(random, f"e{number:03}", members, length, days))
    random.shuffle(events)
    return events


def moments(random: Random, events: list[Event], days: int) -> list[datetime | None]:
    """Moments to read at: None, before everything, after everything, at an event, at midnight, and anywhere."""
    at = random.choice(events).occurred_at
    some = BEGIN + timedelta(seconds=random.randrange(days * 86_400))
    midnight = BEGIN + timedelta(days=random.randrange(days + 1))
    far = timedelta(days=random.choice([1, 40, 400]))
    return [None, BEGIN - far, BEGIN + timedelta(days=days) + far, at, midnight, some]


def _joining(random: Random, members: list[str]) -> Iterator[Event]:
    for number, member in enumerate(members):
        if random.random() < 0.7:
            data = _profile(random, members)
            at = BEGIN + timedelta(minutes=number)
            yield Event(
                id=f"j{number:02}", type="member.joined", occurred_at=at, actor=member, data=data
            )


def _profile(random: Random, members: list[str]) -> dict[str, str | bool]:
    wanted: dict[str, str | bool] = {
        "unit": random.choice(["Lab", "Lab", "Sales", "Sales", "Board", "Law", ""]),
        "manager": random.choice([*members[: len(members) // 3 + 1], "", "the boss"]),
        "zone": random.choice(ZONES),
        "listed": random.random() < 0.7,
    }
    return {key: each for key, each in wanted.items() if random.random() < 0.6}


def _event(random: Random, name: str, members: list[str], length: int, days: int) -> Event:
    kind, (actor, other) = random.choice(SOME), random.choices(members, k=2)
    hours = random.choice([24, 6, 1])  # so that some events are at the same moment
    at = BEGIN + timedelta(hours=random.randrange(days * hours) * (24 // hours))
    if random.random() < 0.5:
        at += timedelta(minutes=random.randrange(60), microseconds=random.choice([0, 1]))
    more: dict[str, object] = {"actor": actor}
    if kind.startswith("member."):
        more["data"] = {} if kind == "member.left" else _profile(random, members)
    elif kind.startswith("mentoring."):
        more["recipient"] = other
    elif kind == "kudos.given":
        to = random.choice([other, other, other, actor, "never-acts"])
        more |= {"recipient": to, "data": random.choice([{}, {"text": f"thanks for {name}"}])}
        more |= random.choice([{}, {"object": _thing(random, "", length)}])
    elif kind == "event.retracted":
        more = {"retracts": f"e{random.randrange(length):03}"}
    elif kind == "time.advanced":
        more = {}
    else:
        more["object"] = _thing(random, LETTERS.get(kind, ""), length)
        more |= random.choice([{}, {}, {}, {"community": "c"}, {"recipient": other}])
        if kind in MAKING:
            more["data"] = random.choice([{}, {"title": f"About {name}"}, {"text": f"So {name}"}])
            if kind == "contribution.declared":
                more["data"] = {}
            if kind in ("answer.posted", "comment.posted"):
                more["in_reply_to"] = _thing(random, "q" if kind == "answer.posted" else "", length)
            if kind == "question.asked" and random.random() < 0.1:
                del more["actor"]
            if random.random() < 0.6:
                more["topics"] = random.sample(TOPICS, random.choice([1, 1, 2]))
        elif kind in ("object.liked", "object.helped", "object.disliked", "object.read"):
            if random.random() < 0.2:
                del more["actor"]
    return Event(id=name, type=kind, occurred_at=at, **more)  # type: ignore[arg-type]


def _thing(random: Random, letter: str, length: int) -> str:
    """The id of an object: mostly of the kind that the letter stands for, sometimes of any."""
    if not letter or random.random() < 0.1:
        letter = random.choice("qaapr")
    return f"{letter}{random.randrange(length // 8 + 1):02}"
