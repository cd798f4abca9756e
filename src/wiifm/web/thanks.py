"""Thanks from a member: the answer to them, and what is wrong with them, in English for programs and in the member's language."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from wiifm.events import is_text, text_fault
from wiifm.faults import Fault, UnknownName
from wiifm.ledger import Receipt, Status
from wiifm.words.speech import ENGLISH, Speech

LONGEST_THANKS = 2_000
"""The greatest length of thanks, in characters."""


class Gone(UnknownName):
    """The recipient of thanks has left.

    >>> print(Gone("raj"))
    member 'raj': they left
    """

    def __init__(self, member: str) -> None:
        super().__init__(f"member {member!r}: they left")


@frozen(kw_only=True)
class Thanked:
    """The answer to thanks: the event that they were recorded as, and whether the recipient got points.

    It doesn't say what else others got or lost (an award, a level, a mentor's points), as that is their own.
    """

    event: str
    status: Status
    credited: bool


def thanked(receipt: Receipt) -> Thanked:
    """What the receipt of thanks says to whoever gave them.

    >>> thanked(Receipt(event="k1", status="recorded"))
    Thanked(event='k1', status='recorded', credited=False)
    """
    credited = any(
        each.event == receipt.event and each.role == "recipient" and each.amount > 0
        for each in receipt.entries
    )
    return Thanked(event=receipt.event, status=receipt.status, credited=credited)


def thanks_faults(member: str, to: str, text: str) -> list[Fault]:
    """What is wrong with a member's thanks to somebody, for programs.

    >>> print(*thanks_faults("ann", "ann", "for the pricing note"))
    recipient: found yourself, expected somebody else
    """
    faults = {
        "nobody": text_fault("recipient", to),
        "yourself": Fault("recipient", "yourself", "somebody else"),
        "length": text_fault("text", text, LONGEST_THANKS),
    }
    return [fault for each in _wrong(member, to, text) if (fault := faults[each])]


def thanks_to_mend(member: str, to: str, text: str, s: Speech = ENGLISH) -> list[str]:
    """What is wrong with a member's thanks, in their language, so that they can mend it.

    >>> thanks_to_mend("ann", "ann", "")
    ['Thanks are for somebody other than yourself.', 'Say what for, in at most 2,000 characters.']
    """
    texts = {
        "nobody": s("Say who you want to thank, by the name they have here."),
        "yourself": s("Thanks are for somebody other than yourself."),
        "length": s("Say what for, in at most {most} characters.", most=s.number(LONGEST_THANKS)),
    }
    return [texts[each] for each in _wrong(member, to, text)]


def gone(name: str, s: Speech = ENGLISH) -> str:
    """A sentence for a recipient who has left.

    >>> gone("Raj")
    "Raj isn't here any more."
    """
    return s("{name} isn't here any more.", name=name)


def unknown(name: str, nearest: str | None, s: Speech = ENGLISH) -> str:
    """A sentence for a recipient who isn't known, with who may have been meant.

    >>> unknown("Rajj", "Raj")
    'Nobody is known here by the name Rajj. Did you mean Raj?'
    """
    sentence = s("Nobody is known here by the name {name}.", name=name)
    return f"{sentence} {s('Did you mean {name}?', name=nearest)}" if nearest else sentence


def _wrong(member: str, to: str, text: str) -> Iterator[str]:
    if not is_text(to):
        yield "nobody"
    elif to == member:
        yield "yourself"
    if not is_text(text, LONGEST_THANKS):
        yield "length"
