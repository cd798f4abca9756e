"""How activities are told apart, as source: the key that one counts for, and the group of the key that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wiifm.periods import SPANS
from wiifm.program.spans import span_source
from wiifm.program.writing import Constants, Function

_KEYS = {"object": "target", "community": "community", "unit": "unit", "person": "person"}


@contextmanager
def counted_by(per: str, f: Function) -> Iterator[str]:
    """Open a block for activities that have a key; yield source of the key."""
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
    """The head of a block for activities that have a group ("" if all have), and source of the group."""
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
    """The head of a block for activities with a person other than the holder."""
    person = f.need("person")
    return f"if {person} is not None and {person} != h.holder.id:"


def _key(f: Function, by: str) -> str:
    return f.read(by) if by == "in_reply_to" else f.need(_KEYS[by])
