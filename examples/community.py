"""The events of a small community, the same in every run. ``python examples/community.py`` prints them as JSON Lines.

Twelve colleagues ask, answer and thank each other for four months. Record them to have a look at ``wiifm serve``.
"""

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta

from wiifm import Event

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOW = START + timedelta(days=120)
UNITS = {
    "Ann": "Sales",
    "Raj": "Sales",
    "Noor": "Design",
    "Li": "Design",
    "Marta": "Service",
    "Tom": "Service",
    "Yuki": "Design",
    "Eve": "Sales",
    "Omar": "Service",
    "Ida": "Sales",
    "Jonas": "Design",
    "Zoe": "Service",
}
TOPICS = ("pricing", "onboarding", "print", "accessibility", "contracts")
ASKED = (
    "Who has done this before: {}?",
    "Where is the latest on {}?",
    "How do you explain {} to a customer?",
    "What changed in {} this year?",
    "A checklist for {}?",
)
WORDS = (
    "your pricing note saved my quote",
    "thank you for sitting with me until the print job ran",
    "you explained the new contract so that even I understood it",
    "that template spared us a week",
    "I asked a small question and got a whole map",
)


def events(days: int = 120, seed: int = 7) -> list[Event]:
    """The events of so many days, in order; another ``seed`` gives others."""
    chance, found = random.Random(seed), []
    members = list(UNITS)

    def happens(type: str, day: float, actor: str, **fields: object) -> None:
        at = START + timedelta(days=day, seconds=len(found))
        found.append(
            Event(id=f"e{len(found)}", type=type, occurred_at=at, actor=actor, **fields)  # type: ignore[arg-type]
        )

    for name, unit in UNITS.items():
        happens("member.joined", 0, name, data={"unit": unit})
    happens("mentoring.started", 1, "Ann", recipient="Noor")
    for day in range(2, days):
        asker, helper, third = chance.sample(members, 3)
        topic = chance.choice(TOPICS)
        title = chance.choice(ASKED).format(topic)
        happens(
            "question.asked", day, asker, object=f"q{day}", topics=[topic], data={"title": title}
        )
        if day % 13 == 5:
            continue
        for who in sorted({helper, "Ann" if chance.random() < 0.4 else helper} - {asker}):
            answer = f"a{day}{who}"
            happens("answer.posted", day + 0.1, who, object=answer, in_reply_to=f"q{day}")
            if chance.random() < 0.6:
                happens("object.helped", day + 0.2, asker, object=answer)
            for liker in chance.sample(members, chance.randrange(3)):
                happens("object.liked", day + 0.25, liker, object=answer)
            if chance.random() < 0.5:
                happens("answer.accepted", day + 0.3, asker, object=answer)
        if day % 3 == 0:
            text = chance.choice(WORDS)
            happens("kudos.given", day + 0.4, third, recipient=helper, data={"text": text})
        if day % 11 == 0:
            happens(
                "kudos.given", day + 0.45, asker, recipient="Ann", data={"text": WORDS[day % 5]}
            )
        if day % 4 == 0:
            happens(
                "post.shared", day + 0.5, chance.choice(members), object=f"p{day}", topics=[topic]
            )
    return found


if __name__ == "__main__":
    try:
        for event in events():
            print(json.dumps(event.as_json()))
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads on, as with `| head -1`: nor should Python write the rest when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
