"""The floor: what the rule book says, written by hand as one loop over events that come in order.

It does the same job as the engine without its generality: no lateness, no retraction, no other book. What it decides is the same, which
the benchmark asserts. Keep it as good as it can be written.
"""

from collections import defaultdict
from collections.abc import Iterable

from wiifm import Event

CREATES = {
    "post.shared": "post",
    "question.asked": "question",
    "answer.posted": "answer",
    "comment.posted": "comment",
}
GOOD = {10: "bronze", 25: "silver", 100: "gold"}
STEADY = {3: "bronze", 7: "silver", 30: "gold"}
HELPING = {3: "bronze", 10: "silver", 30: "gold"}
CURIOUS = {4: "bronze", 12: "silver", 40: "gold"}
WEEK = 7 * 86_400

Points = dict[str, int]
Badges = dict[str, set[tuple[str, str, str | None]]]
Ledger = list[tuple[str, str, int, str]]


def score(events: Iterable[Event]) -> tuple[Points, Points, Badges, Ledger]:  # noqa: PLR0912, PLR0915
    """Points, hundredths of hours, badges by member, and the ledger (member, rule, amount, event)."""
    seen: set[str] = set()
    made: dict[str, tuple[str | None, str]] = {}
    points: Points = defaultdict(int)
    hours: Points = defaultdict(int)
    badges: Badges = defaultdict(set)
    ledger: Ledger = []
    effort: dict[str, list[int]] = {}
    votes: dict[str, list[int]] = {}
    answered: set[str | None] = set()
    helped: set[tuple[str, str, str | None]] = set()
    allowance: dict[str, list[int]] = {}
    comments: dict[tuple[str, str | None], list[int]] = {}
    reshares: dict[tuple[str, str], list[int]] = {}
    likes: dict[str, int] = defaultdict(int)
    streaks: dict[str, list[int]] = {}
    recent: dict[str, list[float]] = defaultdict(list)
    helpers: dict[str, set[str]] = defaultdict(set)
    weeks: dict[str, list[int]] = {}
    asked: dict[str, int] = defaultdict(int)
    answers: dict[str, int] = defaultdict(int)

    def own_effort(member: str, day: int, amount: int, rule: str, event: str) -> None:
        state = effort.get(member)
        if state is None or state[0] != day:
            state = effort[member] = [day, 0]
        amount = min(amount, 20 - state[1])
        if amount > 0:
            state[1] += amount
            points[member] += amount
            ledger.append((member, rule, amount, event))

    def voted(member: str, day: int, amount: int, rule: str, event: str) -> None:
        state = votes.get(member)
        if state is None or state[0] != day:
            state = votes[member] = [day, 0]
        if amount > 0:
            amount = min(amount, max(0, 200 - state[1]))
        if amount:
            state[1] += amount
            points[member] += amount
            ledger.append((member, rule, amount, event))

    def active(member: str, day: int) -> None:
        state = streaks.get(member)
        if state is None:
            state = streaks[member] = [day, 1]
        elif state[0] == day:
            return
        else:
            state[1] = state[1] + 1 if state[0] == day - 1 else 1
            state[0] = day
        tier = STEADY.get(state[1])
        if tier:
            badges[member].add(("steady", tier, None))

    def all_round(member: str) -> None:
        if (
            asked[member] >= 5
            and answers[member] >= 5
            and ("steady", "bronze", None) in badges[member]
        ):
            badges[member].add(("all-round", "silver", None))

    for event in events:
        name = event.id
        if name in seen:
            continue
        seen.add(name)
        kind, at, actor, thing = event.type, event.occurred_at, event.actor, event.object
        day = at.toordinal()
        if kind in CREATES:
            made[thing] = (actor, CREATES[kind])
            parent = event.in_reply_to
            author = made.get(parent, (None, ""))[0]
            own = author == actor
            if kind == "comment.posted":
                if not own:
                    if at.hour >= 6:
                        state = comments.get((actor, parent))
                        if state is None or state[0] != day:
                            state = comments[actor, parent] = [day, 0]
                        if state[1] < 3:
                            state[1] += 1
                            points[actor] += 1
                            ledger.append((actor, "commented", 1, name))
                    active(actor, day)
            elif kind == "post.shared":
                own_effort(actor, day, 2, "shared", name)
                active(actor, day)
            elif kind == "question.asked":
                own_effort(actor, day, 2, "asked", name)
                asked[actor] += 1
                week = (day - 1) // 7
                state = weeks.get(actor)
                if state is None:
                    weeks[actor] = [week, 1]
                elif state[0] != week:
                    state[0] = week
                    state[1] += 1
                    tier = CURIOUS.get(state[1])
                    if tier:
                        badges[actor].add(("curious", tier, None))
            elif not own:
                own_effort(actor, day, 3, "answered", name)
                if parent not in answered:
                    answered.add(parent)
                    points[actor] += 2
                    ledger.append((actor, "first-answer", 2, name))
                answers[actor] += 1
                now = at.timestamp()
                window = recent[actor]
                window.append(now)
                while window[0] < now - WEEK:
                    del window[0]
                if len(window) >= 5:
                    badges[actor].add(("busy", "bronze", None))
                    if len(window) >= 20:
                        badges[actor].add(("busy", "silver", None))
                active(actor, day)
            if kind != "comment.posted" or not own:
                all_round(actor)
            continue
        if kind == "kudos.given":
            member = event.recipient
            if actor != member:
                week = (day - 1) // 7
                state = allowance.get(actor)
                if state is None or state[0] != week:
                    state = allowance[actor] = [week, 0]
                if state[1] < 5:
                    state[1] += 1
                    points[member] += 5
                    ledger.append((member, "kudos", 5, name))
            continue
        if kind == "mentoring.session":
            if actor != event.recipient:
                amount = round(event.data["minutes"] * 100 / 60)
                hours[actor] += amount
                ledger.append((actor, "session", amount, name))
            continue
        if thing not in made:
            continue
        member, object_type = made[thing]
        if actor is not None and actor == member:
            continue
        if kind == "object.liked":
            if object_type == "answer":
                voted(member, day, 10, "liked", name)
                likes[thing] += 1
                tier = GOOD.get(likes[thing])
                if tier:
                    badges[member].add(("good-answer", tier, thing))
        elif kind == "object.disliked":
            voted(member, day, -2, "disliked", name)
        elif kind == "object.reshared":
            state = reshares.get((member, thing))
            if state is None:
                state = reshares[member, thing] = [0, 0]
            state[0] += 1
            worth = 15 if state[0] >= 10 else 5 if state[0] >= 3 else 0
            if worth != state[1]:
                points[member] += worth - state[1]
                ledger.append((member, "reshared", worth - state[1], name))
                state[1] = worth
        else:
            if kind == "object.helped":
                if (member, thing, actor) not in helped:
                    helped.add((member, thing, actor))
                    points[member] += 10
                    ledger.append((member, "helped", 10, name))
            else:
                points[member] += 15
                points[actor] += 2
                ledger.append((member, "accepted", 15, name))
                ledger.append((actor, "closed", 2, name))
            if actor not in helpers[member]:
                helpers[member].add(actor)
                tier = HELPING.get(len(helpers[member]))
                if tier:
                    badges[member].add(("helping", tier, None))
    return points, hours, badges, ledger
