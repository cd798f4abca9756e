"""What is left of a member in rows once they are forgotten: another name, and none of the free texts."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from wiifm.archive.codec import pack, unpack
from wiifm.archive.ledger import GRADE, RULE, SAID, SAY
from wiifm.archive.tables import EVENTS, HOLDERS
from wiifm.event_types import PROFILE_FIELDS
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Key, Reading, Row, Table

_AT = {name: EVENTS.place(name) for name in ("type", "actor", "recipient", "data", "says")}


@frozen
class Redaction:
    """A member's name, the one in its place, and which texts of events are free: by type, those that nothing depends on."""

    member: str
    name: str
    free: Mapping[str, Collection[str]]
    _pattern: re.Pattern[str] = attrs.field(
        init=False,
        default=attrs.Factory(
            lambda self: re.compile(rf"(?<!\w){re.escape(self.member)}(?!\w)"), takes_self=True
        ),
    )

    def concerns(self, event: Row) -> bool:
        """Whether an event names the member."""
        return self.member in (event[_AT["actor"]], event[_AT["recipient"]]) or self._in_data(event)

    def _in_data(self, event: Row) -> bool:
        data = event[_AT["data"]]
        if data is None or json.dumps(self.member)[1:-1] not in str(data):
            return False
        return self.member in json.loads(str(data)).values()

    def event(self, row: Row) -> Row:
        """An event without the member."""
        if not self.concerns(row):
            return row
        cells = [*row]
        for place in (_AT["actor"], _AT["recipient"]):
            cells[place] = self._renamed(cells[place])
        if cells[_AT["says"]] == f"member:{self.member}":
            cells[_AT["says"]] = f"member:{self.name}"
        if cells[_AT["data"]] is not None:
            free = self.free.get(str(row[_AT["type"]]), {})
            data = json.loads(str(cells[_AT["data"]]))
            told = {
                key: self._blank(value) if key in free else self._renamed(value)
                for key, value in data.items()
            }
            cells[_AT["data"]] = json.dumps(told)
        return tuple(cells)

    def _renamed(self, value: Any) -> Any:
        return self.name if value == self.member else value

    @staticmethod
    def _blank(value: object) -> object:
        return [] if isinstance(value, list) else ""

    def holder(self, row: Row) -> Row:
        """A row of the holders with the member's other name."""
        return (*row[:2], self.name, *row[3:]) if row[1:3] == ("member", self.member) else row

    def names(self, text: Cell) -> bool:
        """Whether a text names the member."""
        return text is not None and bool(self._pattern.search(str(text)))

    def text(self, text: str) -> str:
        """A text with the other name."""
        return self._pattern.sub(self.name, text)

    def entry(self, row: Row, like: Row | None, concerned: bool) -> Row:
        """An entry without the member; ``like`` is the same one as it would be written for the event that is left."""
        cells = [*row]
        if concerned:
            cells[SAID], cells[SAY] = like[SAID : SAY + 1] if like else (None, row[RULE])
        elif self.names(row[SAY]) or self.names(row[SAID]):
            cells[SAID] = None if row[SAID] is None else self.packed(str(row[SAID]))
            cells[SAY] = self.text(str(row[SAY]))
        if row[GRADE] is not None:
            kind, name, *rest = unpack(str(row[GRADE]))
            cells[GRADE] = pack((kind, self._renamed(name) if kind == "member" else name, *rest))
        return tuple(cells)

    def packed(self, text: str) -> str:
        """A packed value with the other name in it, wherever the member's stands; and in sentences."""
        return pack(self._value(unpack(text)))

    def _value(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._value, value))
        if isinstance(value, list):
            return [*map(self._value, value)]
        if isinstance(value, dict):
            return {self._value(key): self._value(each) for key, each in value.items()}
        return self.text(value) if isinstance(value, str) else value


@frozen
class Redacted:
    """An archive as it would be without a member: its log and its holders, read in order."""

    reading: Reading
    redaction: Redaction

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; nobody finds an event or a holder so."""
        assert table not in (EVENTS, HOLDERS)
        return self.reading.find(table, keys, index)

    def scan(
        self, table: Table, within: Key = (), index: str | None = None, **bounds: Any
    ) -> Iterator[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        rows = self.reading.scan(table, within, index, **bounds)
        if table is EVENTS:
            return map(self.redaction.event, rows)
        return map(self.redaction.holder, rows) if table is HOLDERS else rows


def free_fields(book: RuleBook, keep: Collection[str] = ()) -> dict[str, set[str]]:
    """The fields of each event type that hold texts on which nothing depends, as far as the book tells.

    >>> free_fields(RuleBook.load("plugin:sharing"))["kudos.given"]
    {'text'}
    """
    read = {*keep, *_words(book), *PROFILE_FIELDS}
    return {
        name: {key for key, each in kind.fields.items() if each.type in ("text", "texts")} - read
        for name, kind in book.types.items()
    }


def _words(book: RuleBook) -> Iterator[str]:
    """All words in what decides."""
    for nouns in (book.rules, book.limits, book.gates, book.badges, book.ladders):
        for noun in nouns.values():
            for text in _texts(noun):
                yield from re.findall(r"[A-Za-z_]\w*", text)


def _texts(value: Any, key: str = "") -> Iterator[str]:
    if key in ("means", "say", "id"):
        return
    if attrs.has(type(value)):
        for each in attrs.fields(type(value)):
            yield from _texts(getattr(value, each.name), each.name)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, tuple | frozenset | list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
