"""Every example runs, and prints what it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PROMISED = {
    "first_book.py": [
        "#1  ann  +10 points  answer-liked  raj found your answer useful",
        "ann has earned good-answer bronze for the-note",
        "the limit of 20 points per day leaves 0 of 10",
        "it would credit members for their own doing",
        "the gate of 2 times per week for each actor was shut",
        "25 points",
    ],
    "mentoring.py": [
        "32 points",
        "Guide, Silver",
        "#4  maria  -20 points  mentees-answer",
        "(corrects #2)",
        "maria no longer has guide silver",
        "a mentoring that ended before leaves 4 of 8",
        "16 points",
    ],
    "plugin_in_one_file.py": [
        "#1  ann  +8 points  gave-a-talk  4 colleagues listened to your talk on pricing",
        "news: ann is now a teacher (bronze)",
        "#3  ann  +22 points  gave-a-talk",
        "news: ann is now a teacher (gold)",
        "40 points in all",
    ],
    "kudos_week.py": [
        "k4 to ann: the limit of 2 times per person and week is used up",
        "k6 to leo: the gate of 5 kudos per week, and 2 carried over, for each actor was shut",
        "k8 to raj: it would credit members for their own doing",
        "ann has earned appreciated bronze",
        "ann has earned lived-value for courage",
        "k11 to mia: giving back within 30 days leaves 0.5 of 1.0",
        "k12:3 to mia: split among 3 leaves 0.4 of 1.0",
        "1. ann 3.3",
        "2. mia 1.9",
        "Colleagues thanked you 4 times: raj, mia and noor",
    ],
    "rule_change.py": [
        "another meaning: True",
        "ann: points 11, but 25",
        "bob: points 20, but 4",
        "first today: bob",
        "first tomorrow: ann",
    ],
    "asgi_app.py": [
        "200 k0: recorded",
        "recorded=5, duplicates=20",
        "422 event 'k1': found other content",
        "404 member 'anm'",
        "125 points",
        "25 colleagues recognised what you did",
    ],
    "why.py": [
        "10 points for helped: entries (4,)",
        "'text': 'it saved my quote'",
        "rule     helped of the rule book",
        "retract:k1: retraction (the event k1 no longer counts)",
        "then     #6  ann  -5 points  kudos",
        "because of retract:k1",
    ],
    "community.py": ['{"id": "e0", "type": "member.joined"', '"kudos.given"', '"answer.accepted"'],
    "culture.py": [
        "100% of 24 contribute",
        "57% of help stays in its unit; by chance it would be 30%",
        "67% of 21 questions answered",
        "pricing depends on 3",
    ],
    "late_import.py": [
        "0 recorded, 22 known already",
        "ann: 86 points, steady bronze",
        "the same as in order: True",
        "because of chat2",
        "2 of 66 entries are corrections",
        "the sum of the ledger is the points: True",
    ],
}


def test_that_each_example_is_listed_here():
    scripts = {path.name for path in EXAMPLES.glob("*.py")}
    assert scripts == set(PROMISED)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_that_an_example_prints_what_it_promises(name):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    place = 0
    for line in PROMISED[name]:
        assert line in done.stdout[place:], f"{line!r} is missing from:\n{done.stdout}"
        place = done.stdout.index(line, place)
