"""A culture report about three units, one of which keeps its answers to itself. Run it with ``python examples/culture.py``.

It needs the extra ``culture``. With a folder as argument, it also writes the report there as ``culture.html``.
"""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wiifm import Engine, Event, RuleBook
from wiifm.culture.page import page

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNITS = ("Sales", "Design", "Research")
PEOPLE = {f"{unit.lower()}-{number}": unit for unit in UNITS for number in range(8)}


def history() -> list[Event]:
    """The events: everybody joins; each week one more member of each unit begins to ask, and others answer."""
    events = []

    def happens(name: str, at: datetime, actor: str, **more: object) -> None:
        events.append(Event(id=f"e{len(events)}", type=name, occurred_at=at, actor=actor, **more))

    for member, unit in PEOPLE.items():
        happens("member.joined", START, member, data={"unit": unit})
    for week in range(1, 8):
        for place, unit in enumerate(UNITS):
            asker = f"{unit.lower()}-{week}"
            elsewhere = UNITS[(place + 1) % 3]
            helping = unit if unit == "Research" or week % 2 else elsewhere
            question = f"q-{unit}-{week}"
            at = START + timedelta(weeks=week, hours=place)
            happens("question.asked", at, asker, object=question, topics=["pricing"])
            if week == 5:
                continue  # in this week, nobody answers
            helper, answer = f"{helping.lower()}-{week % 3}", f"a-{unit}-{week}"
            at += timedelta(hours=2 + week)
            if helper != asker:
                happens("answer.posted", at, helper, object=answer, in_reply_to=question)
                happens("answer.accepted", at + timedelta(hours=1), asker, object=answer)
    return events


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A culture report about three units.")
    parser.add_argument("folder", nargs="?", type=Path, help="where to write culture.html")
    folder = parser.parse_args().folder
    if folder is not None and not folder.is_dir():
        parser.error(f"there is no folder {folder}")

    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(history())
    report = engine.culture()

    print(f"{report.adoption.contributing.value:.0%} of {report.adoption.members} contribute")
    print(f"{report.flow.help.within.value:.0%} of help stays in its unit", end="; ")
    print(f"by chance it would be {report.flow.help.by_chance.value:.0%}")
    for unit, row in zip(report.flow.units, report.flow.matrix, strict=True):
        print(f"{unit:<9}", *("few" if cell is None else cell for cell in row))
    print(
        f"{report.answering.answered.value:.0%} of {report.answering.questions} questions answered"
    )
    print(f"half within {report.answering.hours.value:.0f} hours")
    print(f"pricing depends on {report.knowledge.topics[0].bus_factor}")
    print(f"{report.mentoring.newcomers.value:.0%} of newcomers have a mentor")
    if folder is not None:
        (folder / "culture.html").write_text(page(report), encoding="utf-8")
