"""What `wiifm rules try` says of limits and gates, word for word, beside a count by hand of what they let through."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from wiifm import Event, Holder, RuleBook
from wiifm.tracing import trials

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
BOOK = """
[book]
id = "b"
[[rule]]
id = "r"
on = "kudos.given"
to = "recipient"
points = "amount"
limit = [{points}, {times}, "few"]
gate = {gate}
[limit.few]
times = 9
per = ["week", "person"]
"""
PERIODS = {"day": lambda at: at.date(), "week": lambda at: at.isocalendar()[:2]}


def thanks(random):
    """What three give to Ann, several times a day, in order."""
    for number in range(60):
        yield Event(
            id=f"k{number:02}",
            type="kudos.given",
            occurred_at=MONDAY + timedelta(hours=3 * number + random.randrange(3)),
            actor=random.choice(["bob", "raj", "eve"]),
            recipient="ann",
            data={"amount": random.choice([1, 2, 3, 4]), "text": "for the note"},
        )


def expected(events, points, times, gate):
    """What the one rule may say of each event: the gate first, then a limit that is used up, then what the points leave."""
    through, given, worth = Counter(), Counter(), Counter()
    for event in events:
        at, amount, who = event.occurred_at, event.data["amount"], event.actor
        door, day = (who, PERIODS[gate[1]](at)), PERIODS[points[1]](at)
        through[door] += 1
        if through[door] > gate[0]:
            many = "1 time" if gate[0] == 1 else f"{gate[0]} times"
            words = f"the gate of {many} per {gate[1]} for each actor"
            yield [[f"gave nothing, gate: {words} was shut"]]
            continue
        keys = {
            f"the limit of {times[0]} times per {times[1]}": (PERIODS[times[1]](at), times[0]),
            "the limit 'few'": ((PERIODS["week"](at), who), 9),
        }
        shut = [words for words, (key, most) in keys.items() if given[words, key] >= most]
        if shut:
            yield [[f"gave nothing, limit: {words} is used up"] for words in shut]
            continue
        left = max(0, min(amount, points[0] - worth[day]))
        for words, (key, _) in keys.items():
            given[words, key] += bool(left)
        worth[day] += left
        cut = f"the limit of {points[0]} points per {points[1]} leaves {left} of {amount}"
        refused = "gave nothing more, capped" if left else "gave nothing, limit"
        why = [f"{refused}: {cut}"] if left < amount else []
        yield [[f"gave +{left} points"] * bool(left) + why]


@pytest.mark.parametrize("seed", range(12))
def test_that_the_words_of_limits_and_gates_are_those_of_a_count_by_hand(seed):
    random = Random(seed)
    points = random.choice([(7, "day"), (20, "week")])
    times = random.choice([(3, "day"), (15, "week")])
    gate = random.choice([(1, "day"), (2, "day"), (12, "week")])
    book = RuleBook.parse(
        BOOK.format(
            points=f"{{ points = {points[0]}, per = '{points[1]}' }}",
            times=f"{{ times = {times[0]}, per = '{times[1]}' }}",
            gate=f"{{ of = 'actor', times = {gate[0]}, per = '{gate[1]}' }}",
        )
    )
    events = [*thanks(random)]
    found = [
        [step.outcome for step in trial.steps if step.what == "rule r"]
        for trial in trials(book, events, Holder("member", "ann"))
    ]
    for told, may_be in zip(found, expected(events, points, times, gate), strict=True):
        assert told in may_be
