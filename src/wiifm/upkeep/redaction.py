"""What remains of each row when a member is erased: a pseudonym instead of their name, and no free texts."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Self

import attrs
from attrs import frozen

from wiifm.archive.codec import pack, unpack
from wiifm.archive.rows import GRADE, SAID
from wiifm.archive.tables import EVENTS
from wiifm.failures import unquoted_failure
from wiifm.personal import free_fields, nameless_fields
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Row

_AT = {name: EVENTS.place(name) for name in ("type", "actor", "recipient", "data", "says")}
"""The positions of the cells of an event."""


@frozen
class Redaction:
    """How a member is erased from rows. It is an :class:`~wiifm.upkeep.erasing.Erasure`.

    Args:
        member: the member's name.
        name: the pseudonym.
        free: the fields of each event type whose texts are erased, since nothing that decides reads them.
        not_names: the fields of each event type that name no people, in which the same word stays.
    """

    member: str
    name: str
    free: Mapping[str, Collection[str]]
    not_names: Mapping[str, Collection[str]]
    _pattern: re.Pattern[str] = attrs.field(
        init=False, default=attrs.Factory(lambda self: _name_pattern(self.member), takes_self=True)
    )
    _in_json: str = attrs.field(
        init=False,
        default=attrs.Factory(lambda self: json.dumps(self.member)[1:-1], takes_self=True),
    )
    """The name as the JSON of an event's data spells it."""
    _packed: re.Pattern[str] = attrs.field(
        init=False,
        default=attrs.Factory(lambda self: _packed_pattern(self.member), takes_self=True),
    )

    @classmethod
    def by(cls, book: RuleBook, member: str, name: str = "", keep: Collection[str] = ()) -> Self:
        """The redaction of a store with this rule book; the texts of the fields in ``keep`` stay."""
        not_names = {each: nameless_fields(kind) for each, kind in book.types.items()}
        return cls(member, name, free_fields(book, keep), not_names)

    def concerns(self, event: Row) -> bool:
        """Whether an event names the member."""
        return self.member in (event[_AT["actor"]], event[_AT["recipient"]]) or self._in_data(event)

    def may_concern(self, actor: Cell, recipient: Cell, data: Cell) -> bool:
        """Whether an event with these cells may name the member. True for every event that does."""
        return self.member in (actor, recipient) or (
            data is not None and self._in_json in str(data)
        )

    def _in_data(self, event: Row) -> bool:
        data = event[_AT["data"]]
        if data is None or self._in_json not in str(data):
            return False
        not_names = self.not_names.get(str(event[_AT["type"]]), ())
        return any(
            self._renamed(value) != value
            for key, value in json.loads(str(data)).items()
            if key not in not_names
        )

    def event(self, row: Row) -> Row:
        """An event without the member; the row itself if it doesn't name them."""
        if not self.concerns(row):
            return row
        cells = [*row]
        for place in (_AT["actor"], _AT["recipient"]):
            cells[place] = self._renamed(cells[place])
        if cells[_AT["says"]] == f"member:{self.member}":
            cells[_AT["says"]] = f"member:{self.name}"
        if cells[_AT["data"]] is not None:
            free, not_names = (
                each.get(str(row[_AT["type"]]), ()) for each in (self.free, self.not_names)
            )
            data = json.loads(str(cells[_AT["data"]]))
            for key, value in data.items():
                if key not in not_names:
                    data[key] = self._blank(value) if key in free else self._renamed(value)
            cells[_AT["data"]] = json.dumps(data)
        return tuple(cells)

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(self._renamed, value))
        return self.name if value == self.member else value

    def _blank(self, value: Any) -> Any:
        """What remains of a free text: nothing, or the pseudonym if the text was the name. So a copy that is sent again can be recognised."""
        if isinstance(value, list):
            return [self.name for each in value if each == self.member]
        return self.name if value == self.member else ""

    def holder(self, row: Row) -> Row:
        """A row of the holders, with the pseudonym if it is the member's."""
        return (*row[:2], self.name, *row[3:]) if row[1:3] == ("member", self.member) else row

    def names(self, text: Cell) -> bool:
        """Whether a text names the member."""
        return text is not None and bool(self._pattern.search(str(text)))

    def text(self, text: str) -> str:
        """A text with the pseudonym instead of the name."""
        return self._pattern.sub(self.name, text)

    def entry(self, row: Row) -> Row:
        """An entry without the member, apart from its sentence, which isn't changed."""
        if row[SAID] is None and row[GRADE] is None:
            return row
        cells = [*row]
        said = {} if row[SAID] is None else unpack(str(row[SAID]))
        if said.get("recipient") == self.member:
            cells[SAID] = pack({**said, "recipient": self.name})
        if row[GRADE] is not None:
            kind, name, *rest = unpack(str(row[GRADE]))
            cells[GRADE] = pack((kind, self._renamed(name) if kind == "member" else name, *rest))
        found = tuple(cells)
        return row if found == row else found

    def receipt(self, row: Row) -> Row:
        """A receipt without the member. Rules, badges and the like that happen to have the same name stay."""
        event, body = row
        if not self._packed.search(str(body)):  # the usual case, without unpacking
            return row
        status, why, refusals, given, gone, levels = unpack(str(body))
        without = (
            status,
            self.text(why),
            tuple(
                (self._who(who), rule, reason, self.text(detail), *of)
                for who, rule, reason, detail, *of in refusals
            ),
            *(tuple(map(self._award, awards)) for awards in (given, gone)),
            tuple((self._who(who), *rest) for who, *rest in levels),
        )
        found = pack(without)
        return row if found == body else (event, found)

    def _who(self, holder: Any) -> Any:
        return ("member", self._renamed(holder[1])) if holder and holder[0] == "member" else holder

    def _award(self, award: Any) -> tuple[Any, ...]:
        who, badge, tier, key, occurrence, *rest = award
        return (self._who(who), badge, tier, self._renamed(key), self._renamed(occurrence), *rest)


def receipt_unquoted(row: Row) -> Row:
    """A receipt without the messages of plugins' errors, as these may quote any text."""
    event, body = row
    if '"fault"' not in str(body):
        return row
    status, why, refusals, *rest = unpack(str(body))
    unquoted = tuple(
        (
            who,
            rule,
            reason,
            unquoted_failure(detail) if reason == "fault" else detail,
            *of,
        )
        for who, rule, reason, detail, *of in refusals
    )
    return (event, pack((status, why, unquoted, *rest))) if unquoted != refusals else row


def _packed_pattern(name: str) -> re.Pattern[str]:
    """A pattern for a name in a packed text: each of its spellings as JSON writes it, as it is or with nothing but ASCII."""
    packed = {each[1:-1] for text in _spelled(name) for each in (pack(text), json.dumps(text))}
    return re.compile("|".join(map(re.escape, packed)))


def _spelled(name: str) -> set[str]:
    """The spellings of a name: as it is, and as Python and JSON escape it."""
    return {name, repr(name)[1:-1], json.dumps(name)[1:-1]}


def _name_pattern(name: str) -> re.Pattern[str]:
    """A pattern for a name in a sentence, in any of its spellings, as whole words only."""
    either = "|".join(map(re.escape, sorted(_spelled(name), key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")
