"""The text of a state, in which what only grows is found by where the next field begins."""

import json
from datetime import UTC, datetime, timedelta

from wiifm import Engine, Event, RuleBook
from wiifm.archive.state_codec import pack_state, unpack_state

START = datetime(2026, 5, 4, tzinfo=UTC)
BOOK = RuleBook.parse(
    """
    [book]
    id = "growing"
    [[badge]]
    id = "liked"
    to = "recipient"
    distinct = "actor"
    on = ["object.liked"]
    per = "object"
    at_least = 1
    [[badge]]
    id = "thanked"
    to = "recipient"
    distinct = "actor"
    on = ["kudos.given"]
    at_least = 1
    [[badge]]
    id = "often"
    to = "recipient"
    count = "kudos.given"
    at_least = 2
    again = 2
    """
)
LIKE_THE_TEXT_AROUND_THEM = [
    ']},"day":',
    "]}",
    '","day":',
    '"]},"day":1',
    ']},"badge_thanked_c0":',
    '{"set":["a"]}',
    '\\"]},"day":',
    "\\",
    ',"day":',
    'é]},"day":',
]


def test_that_what_grows_is_found_whatever_members_and_objects_are_called():
    engine, moments = Engine(BOOK), iter(range(1_000))

    def happened(type, actor, **more):
        number = next(moments)
        at = START + timedelta(hours=number)
        engine.record(Event(id=f"e{number}", type=type, occurred_at=at, actor=actor, **more))

    for name in LIKE_THE_TEXT_AROUND_THEM:
        happened("kudos.given", name, recipient="ann")
        happened("post.shared", "ann", object=name)
        happened("object.liked", "bob", object=name)
        state = engine._memory.flow.histories.member["ann"].state
        text, packed = pack_state(state, {}), {}
        again = unpack_state(text, type(state), packed)
        assert again.awards == state.awards
        assert pack_state(again, packed) == pack_state(again, {}) == text
        assert list(packed) == ["awards", "badge_thanked_c0"]
        for value, count, own in packed.values():
            assert count == len(value) and json.loads(own)
