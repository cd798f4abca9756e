"""Code review for wiifm: event types for reviews, a rule kind that rewards thoroughness, a rule book, and a source.

A rule book gets all of it with ``use = ["review"]``, or only the event types with ``vocabulary = ["sharing", "review"]``. The rule
book ``engineering`` combines it with ``sharing``; the source ``github-reviews`` reads the payloads of GitHub's webhooks.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import wiifm
from wiifm.registries import Books, EventTypes, RuleBookBuilder, RuleKinds, Sources
from wiifm_review import webhooks

CHANGE = ("change",)

EVENT_TYPES = (
    wiifm.EventType(
        name="review.requested",
        means="Somebody puts up a change for review.",
        creates="change",
        requires=("actor", "object"),
        fields={"lines": wiifm.Field("integer", means="how many lines it changes")},
    ),
    wiifm.EventType(
        name="review.commented",
        means="Somebody comments on a change.",
        acts_on=CHANGE,
        requires=("actor", "object"),
    ),
    wiifm.EventType(
        name="review.approved",
        means="Somebody approves a change, having read it.",
        acts_on=CHANGE,
        requires=("actor", "object"),
        fields={
            "comments": wiifm.Field("integer", required=True, means="how many comments they left"),
            "lines": wiifm.Field("integer", means="how many lines they read"),
        },
    ),
)


def thoroughness(
    state: int, activity: wiifm.Activity, settings: Mapping[str, Any]
) -> tuple[int, float | None]:
    """Give ``each`` points for each comment of a review, for up to ``most`` comments.

    After every ``fade`` reviews of a member, the points are halved. The state is the number of reviews paid so far.
    """
    comments = min(activity.data["comments"], settings["most"])
    if comments <= 0:
        return state, None
    return state + 1, comments * settings["each"] / 2 ** (state // settings["fade"])


SETTINGS = {
    "each": wiifm.Setting(least=0, means="points for each comment"),
    "most": wiifm.Setting("integer", least=1, means="how many comments of a review count"),
    "fade": wiifm.Setting("integer", least=1, means="after how many reviews points are halved"),
}


@wiifm.hookimpl
def wiifm_event_types(types: EventTypes) -> None:
    """Contribute the event types."""
    types.add(*EVENT_TYPES)


@wiifm.hookimpl
def wiifm_rule_kinds(kinds: RuleKinds) -> None:
    """Contribute the kind ``thoroughness``, with the settings ``each``, ``most`` and ``fade``."""
    kinds.add(
        wiifm.RuleKind(
            name="thoroughness", step=thoroughness, start=0, settings=SETTINGS, version="1"
        )
    )


@wiifm.hookimpl
def wiifm_rules(book: RuleBookBuilder) -> None:
    """Contribute the rules of ``rules.toml``."""
    book.toml(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


@wiifm.hookimpl
def wiifm_books(books: Books) -> None:
    """Contribute the rule book ``engineering``."""
    books.add("engineering", files(__package__).joinpath("engineering.toml"))


@wiifm.hookimpl
def wiifm_sources(sources: Sources) -> None:
    """Contribute the source ``github-reviews``."""
    sources.add("github-reviews", webhooks.read)
