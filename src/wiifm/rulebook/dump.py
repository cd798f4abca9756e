"""A rule book back to TOML: the whole book, with all that plugins and packs brought in, in one text.

The inverse of ``toml`` and ``gather``: reading the text gives a book of the same digest. The holidays of calendars are
listed in it. What only Python can say, a rule's test, is a fault, never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import attrs
import tomli_w
from attrs import AttrsInstance

from wiifm.badges import Badge, Ladder
from wiifm.criteria import MEASURES, Criterion
from wiifm.faults import Fault, InvalidRuleBook
from wiifm.periods import Calendar
from wiifm.rulebook.book import FEWEST, RuleBook
from wiifm.rules import Limit, Rule

Table: TypeAlias = dict[str, Any]
WIDEST = 100
"""A list of tables that would make a longer line than this is written with a table a line."""


def to_toml_tables(book: RuleBook) -> Table:
    """The tables of the TOML that says the whole book.

    >>> book = RuleBook.parse("[book]\\nid = 'b'\\n[[rule]]\\nid = 'thanks'\\non = 'kudos.given'\\n"
    ...                       "points = 5\\nlimit = { times = 1, per = 'day' }")
    >>> to_toml_tables(book)["rule"]
    [{'id': 'thanks', 'on': 'kudos.given', 'points': 5, 'limit': {'times': 1, 'per': 'day'}}]

    Raises:
        InvalidRuleBook: with all that can't be said in TOML.
    """
    faults = list(_unwritable(book))
    if faults:
        raise InvalidRuleBook(faults)
    inline = set(_inline_names(book))
    header: Table = {"id": book.id, "zone": book.zone, "vocabulary": []}
    if book.calendar.weekdays != Calendar().weekdays:
        header["workdays"] = sorted(book.calendar.weekdays)
    if book.calendar.holidays:
        header["holidays"] = sorted(book.calendar.holidays)
    if not book.individuals:
        header["individuals"] = False
    if book.fewest != FEWEST:
        header["fewest"] = book.fewest
    found: Table = {
        "book": header,
        "purse": {name: _spelt(each) for name, each in book.purses.items()},
        "event": {name: _spelt(each) for name, each in book.types.items()},
        "limit": {n: _spelt(each) for n, each in book.limits.items() if n not in inline},
        "gate": {n: _spelt(each) for n, each in book.gates.items() if n not in inline},
        "rule": [_rule(book, each) for each in book.rules.values()],
        "badge": [_badge(each) for each in book.badges.values()],
        "ladder": {name: _ladder(each) for name, each in book.ladders.items()},
        "campaign": {name: _spelt(each) for name, each in book.campaigns.items()},
    }
    return {name: tables for name, tables in found.items() if tables}


def _unwritable(book: RuleBook) -> Iterator[Fault]:
    """What of a book only Python can say."""
    for name, rule in book.rules.items():
        if rule.test is not None:
            yield Fault(
                f"rule {name!r}, key 'test'",
                "a function in Python",
                "a condition in `where` for TOML",
            )
    for name, ladder in book.ladders.items():
        if [each.id for each in ladder.climbs] != [
            f"{name}/{n}" for n in _level_names(ladder)
        ] or any(
            after.id not in each.after[:1]
            for after, each in zip(ladder.climbs, ladder.climbs[1:], strict=False)
        ):
            yield Fault(
                f"ladder {name!r}, key 'climbs'",
                "badges that aren't levels",
                f"badges '{name}/LEVEL', each with the one before it first in `after`",
            )


def _level_names(ladder: Ladder) -> list[str]:
    return [each.id.partition("/")[2] for each in ladder.climbs]


def _own(rule: Rule, number: int) -> str:
    """The name that gathering gives to a limit written inside a rule."""
    return f"{rule.id}#{number}"


def _inline_names(book: RuleBook) -> Iterator[str]:
    """The limits and gates that are written inside their rule again."""
    for rule in book.rules.values():
        yield from (name for n, name in enumerate(rule.limit, 1) if name == _own(rule, n))
        if rule.gate == rule.id + "#":
            yield rule.gate


# ---- nouns to tables -------------------------------------------------------------------------------------


def _spelt(noun: AttrsInstance, leave_out: tuple[str, ...] = ("id", "name")) -> Table:
    """A noun as a table: what differs from its defaults, as TOML spells it."""
    found: Table = {}
    for attribute in attrs.fields(type(noun)):
        value, default = getattr(noun, attribute.name), attribute.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = default.factory()
        if attribute.name not in leave_out and value != default:
            found[attribute.name] = _SPELLINGS.get(attribute.name, _plain)(value)
    return found


def _plain(value: Any) -> Any:
    match value:
        case Criterion():
            return _criterion(value)
        case datetime():
            return _moment(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple():
            return [_plain(item) for item in value]
        case _ if attrs.has(type(value)):
            return _spelt(value, leave_out=())
        case _:
            return value


def _moment(value: datetime) -> datetime:
    """A moment whose offset TOML can write: in whole minutes, which zones had only since some time."""
    offset = value.utcoffset() or timedelta()
    return value.astimezone(UTC) if offset % timedelta(minutes=1) else value


def _one_or_many(value: tuple[Any, ...]) -> Any:
    """A list of one as that one."""
    items = [_plain(item) for item in value]
    return items[0] if len(items) == 1 else items


def _thresholds(value: Mapping[str, float]) -> Any:
    """A threshold without tiers as a number."""
    return value[""] if list(value) == [""] else dict(value)


_SPELLINGS: dict[str, Callable[[Any], Any]] = {
    "on": _one_or_many,
    "per": lambda value: value if isinstance(value, str) else _one_or_many(value),
    "of": lambda value: value if isinstance(value, str) else _one_or_many(value),
    "acts_on": _one_or_many,
    "requires": _one_or_many,
    "again": _one_or_many,
    "after": _one_or_many,
    "rules": _one_or_many,
    "exempt": _one_or_many,
    "at_least": _thresholds,
}


def _rule(book: RuleBook, rule: Rule) -> Table:
    """A rule, with the limits and the gate of its own inside it again."""
    found = {"id": rule.id, **_spelt(rule)}
    limits = [
        _spelt(book.limits[name], ("id", "purse")) if name == _own(rule, number) else name
        for number, name in enumerate(rule.limit, 1)
        if not isinstance(name, Limit)
    ]
    if limits:
        found["limit"] = limits[0] if len(limits) == 1 else limits
    if rule.gate == rule.id + "#":
        found["gate"] = _spelt(book.gates[rule.id + "#"])
    return found


def _criterion(part: Criterion) -> Table:
    """A criterion in which the measure is a key of its own."""
    rest = _spelt(part, ("measure", "at_least", *["to"] * bool(part.terms)))
    if part.measure in MEASURES:
        key = MEASURES[part.measure]
        measure: Table = {part.measure: rest.pop(key, "")}
    else:
        measure = {"measure": part.measure}
    return {**measure, **rest, "at_least": _thresholds(part.at_least)}


def _badge(badge: Badge) -> Table:
    """A badge; a single criterion stands among the badge's keys."""
    own = _spelt(badge, ("id", "parts", "join", "say", "means"))
    words = {key: getattr(badge, key) for key in ("say", "means") if getattr(badge, key)}
    parts = [_criterion(part) for part in badge.parts]
    if len(parts) == 1 and badge.join == "all" and "purse" not in parts[0]:
        asked = parts[0]
    else:
        asked = {f"{badge.join}_of": parts} if parts else {}
    return {"id": badge.id, **asked, **own, **words}


def _ladder(ladder: Ladder) -> Table:
    """A ladder, with its climbs as levels that come one after the other."""
    found = _spelt(ladder, ("id", "climbs"))
    if ladder.climbs:
        levels = []
        for number, (name, badge) in enumerate(
            zip(_level_names(ladder), ladder.climbs, strict=True)
        ):
            bare = attrs.evolve(badge, id=name, after=badge.after[1:] if number else badge.after)
            levels.append(_badge(bare))
        found["level"] = levels
    return found


# ---- tables to text --------------------------------------------------------------------------------------


def dumps(book: RuleBook) -> str:
    """The whole book as a TOML text.

    >>> book = RuleBook.load("plugin:sharing")
    >>> RuleBook.parse(dumps(book)).digest == book.digest
    True

    Raises:
        InvalidRuleBook: with all that can't be said in TOML.
    """
    return written(to_toml_tables(book))


def written(tables: Table) -> str:
    """The tables of a book as a text: each key of a table in a line.

    >>> print(written({"book": {"id": "b"}, "badge": [{"id": "asked", "count": "question.asked", "at_least": 1}]}))
    [book]
    id = "b"
    <BLANKLINE>
    [[badge]]
    id = "asked"
    count = "question.asked"
    at_least = 1
    <BLANKLINE>
    """
    blocks = []
    for section, found in tables.items():
        if section == "book":
            blocks.append(_block("[book]", found))
        elif isinstance(found, list):
            blocks += [_block(f"[[{section}]]", table) for table in found]
        else:
            blocks += [_block(f"[{section}.{_key(name)}]", table) for name, table in found.items()]
    return "\n".join(blocks)


def described(book: RuleBook) -> str:
    """The whole book as TOML for people: what only Python can say stands in comments, not in the tables.

    >>> book = RuleBook.load("plugin:sharing")
    >>> described(book) == dumps(book)
    True
    """
    told = [f"# {each.where}: {each.found}, which TOML can't say" for each in _unwritable(book)]
    for name, rule in book.rules.items():
        if rule.test is not None:
            told.append(
                f"# the rule {name!r} asks {rule.test.__module__}:{rule.test.__qualname__} too"
            )
    return "\n".join([*told, dumps(plain_book(book))])


def plain_book(book: RuleBook) -> RuleBook:
    """A book without what TOML can't say: functions of rules.

    >>> book = RuleBook.load("plugin:sharing")
    >>> plain_book(book).rules == book.rules
    True
    """
    rules = {name: attrs.evolve(rule, test=None) for name, rule in book.rules.items()}
    return attrs.evolve(book, rules=rules)


def _block(title: str, table: Table) -> str:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items()]
    return "\n".join([title, *lines]) + "\n"


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")


def _value(value: Any) -> str:
    """A value in one line; a long list of tables with a table a line."""
    match value:
        case {}:
            pairs = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
            return "{ " + pairs + " }" if pairs else "{}"
        case [*items]:
            inner = [_value(item) for item in items]
            line = "[" + ", ".join(inner) + "]"
            if len(line) > WIDEST and any(isinstance(item, dict) for item in items):
                line = "[\n" + "".join(f"    {item},\n" for item in inner) + "]"
            return line
        case _:
            return tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")
