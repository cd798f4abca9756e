"""By what activities are told apart, as source: the key under which one counts, and the group of it that one belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wiifm.periods import SPANS
from wiifm.program.spans import span_source
from wiifm.program.writing import Constants, Function

_KEYS = {"object": "target", "community": "community", "unit": "unit", "person": "person"}


@contextmanager
def counted_by(per: str, f: Function) -> Iterator[str]:
    """The key under which an activity counts, in a block where it has one."""
    if per == "member":
        yield "None"
    elif per == "topic":
        with f.body.block(f"for key in {f.need('topics')}:"):
            yield "key"
    elif per == "person":
        yield f.need("person")
    elif per == "pair":
        with f.body.block(_other(f)):
            yield f.need("person")
    else:
        key = _key(f, per)
        with f.body.block(f"if {key} is not None:"):
            yield key


def grouped_by(constants: Constants, group: str, f: Function) -> tuple[str, str]:
    """The block in which an activity belongs to a group ("" where it always does), and the group."""
    if group in SPANS or group == "workday":
        return "", span_source(constants, group)
    if group == "topic":
        return f"for group in {f.need('topics')}:", "group"
    if group == "person":
        return "", f.need("person")
    if group == "pair":
        return _other(f), f.need("person")
    found = _key(f, group)
    return f"if {found} is not None:", found


def _other(f: Function) -> str:
    """The block in which an activity has another person than the holder."""
    person = f.need("person")
    return f"if {person} is not None and {person} != h.holder.id:"


def _key(f: Function, by: str) -> str:
    return f.read(by) if by == "in_reply_to" else f.need(_KEYS[by])
