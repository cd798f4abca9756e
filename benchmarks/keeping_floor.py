"""A second floor: the loop of ``floor``, behind a loop that checks, orders and keeps the events, as the engine does.

``floor`` only decides. Whoever embeds a loop also has to refuse what isn't valid, to keep each event by its id and in the history of its member,
and to see that none comes late. This does just that, for the types of the benchmark, with nothing to answer a late event by.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from benchmarks.floor import score
from wiifm import Event
from wiifm.events import NO_DATA
from wiifm.records import large_dict

TEXTS = {("text", str), ("title", str), ("words", int)}
FIELDS = {
    "object.liked": set(),
    "comment.posted": TEXTS,
    "answer.posted": TEXTS,
    "question.asked": TEXTS,
    "post.shared": TEXTS,
    "object.helped": {("text", str)},
    "object.reshared": {("text", str)},
    "answer.accepted": set(),
    "object.disliked": set(),
    "kudos.given": {
        ("among", int),
        ("amount", int),
        ("number", int),
        ("text", str),
        ("value", str),
    },
    "mentoring.session": {("minutes", int)},
}
BETWEEN_PERSONS = {"kudos.given", "mentoring.session"}
ABOUT_OBJECTS = FIELDS.keys() - BETWEEN_PERSONS
TOGETHER = 1_000
"""So many events are checked before they are scored, and are in the processor's cache by then."""


class Kept:
    """The events that were kept: by id, and for each member those that they did, in order."""

    def __init__(self) -> None:
        self.by_id: dict[str, Event] = large_dict()
        self.histories: dict[str | None, list[Event]] = {}


def score_and_keep(events: Iterable[Event]) -> tuple[tuple, Kept]:
    """Score events as ``score`` does; return its results, and the events."""
    kept = Kept()
    return score(chain.from_iterable(_keep(events, kept))), kept


def _keep(events: Iterable[Event], kept: Kept) -> Iterator[list[Event]]:
    """Check events and keep them; yield those that are new."""
    stream, by_id, histories = iter(events), kept.by_id, kept.histories
    about, between, fields, last = ABOUT_OBJECTS, BETWEEN_PERSONS, FIELDS, None
    while some := list(islice(stream, TOGETHER)):
        new: list[Event] = []
        add, last = new.append, last or some[0].occurred_at
        for e in some:
            kind, actor = e.type, e.actor
            if (
                (kind in about and e.object is not None)
                or (kind in between and actor is not None and e.recipient is not None)
            ) and (
                e.retracts is None
                and (
                    e.data is NO_DATA
                    or fields[kind].issuperset(zip(e.data, map(type, e.data.values()), strict=True))
                )
                and (at := e.occurred_at) >= last
            ):
                name, last = e.id, at
                if name not in by_id:
                    by_id[name] = e
                    try:
                        histories[actor].append(e)
                    except KeyError:
                        histories[actor] = [e]
                    add(e)
            else:
                raise ValueError(f"event {e.id!r} isn't valid, or comes late")
        yield new
