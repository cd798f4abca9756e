"""Writes a rule book as TOML: the whole book, with all that plugins and packs contribute, in one text.

It is the inverse of ``toml`` and ``gather``: reading the text gives a book with the same digest. Holidays of calendars are
listed. What TOML can't express, such as a rule's test in Python, is a fault and never left out.
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
from wiifm.rulebook.book import DEFAULT_FEWEST, RuleBook
from wiifm.rules import Limit, Rule

Table: TypeAlias = dict[str, Any]
WIDEST = 100
"""A list of tables that would make a longer line than this is written with one table on each line."""


def to_toml_tables(book: RuleBook) -> Table:
    """The tables of a book, as ``tomllib`` would read them.

    >>> book = RuleBook.parse("[book]\\nid = 'b'\\n[[rule]]\\nid = 'thanks'\\non = 'kudos.given'\\n"
    ...                       "points = 5\\nlimit = { times = 1, per = 'day' }")
    >>> to_toml_tables(book)["rule"]
    [{'id': 'thanks', 'on': 'kudos.given', 'points': 5, 'limit': {'times': 1, 'per': 'day'}}]

    Raises:
        InvalidRuleBook: the book has items that TOML can't express; with all of them.
    """
    faults = list(_inexpressible(book))
    if faults:
        raise InvalidRuleBook(faults)
    inline = set(_inline_names(book))
    header: Table = {"id": book.id, "zone": book.zone, "vocabulary": []}
    if book.calendar.weekdays != Calendar().weekdays:
        header["workdays"] = sorted(book.calendar.weekdays)
    if book.calendar.holidays:
        header["holidays"] = sorted(book.calendar.holidays)
    if off := book.calendar.days_off:
        header["days_off"] = {zone: sorted(dates) for zone, dates in sorted(off.items())}
    if not book.individuals:
        header["individuals"] = False
    if book.fewest != DEFAULT_FEWEST:
        header["fewest"] = book.fewest
    found: Table = {
        "book": header,
        "purse": {name: _to_table(each) for name, each in book.purses.items()},
        "event": {name: _to_table(each) for name, each in book.types.items()},
        "limit": {n: _to_table(each) for n, each in book.limits.items() if n not in inline},
        "gate": {n: _to_table(each) for n, each in book.gates.items() if n not in inline},
        "rule": [_rule(book, each) for each in book.rules.values()],
        "badge": [_badge(each) for each in book.badges.values()],
        "ladder": {name: _ladder(each) for name, each in book.ladders.items()},
        "campaign": {name: _to_table(each) for name, each in book.campaigns.items()},
    }
    return {name: tables for name, tables in found.items() if tables}


def _inexpressible(book: RuleBook) -> Iterator[Fault]:
    """The faults of items that TOML can't express."""
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


def _inline_name(rule: Rule, number: int) -> str:
    """The id that ``gather`` gives to a limit that is written inside a rule."""
    return f"{rule.id}#{number}"


def _inline_names(book: RuleBook) -> Iterator[str]:
    """The ids of the limits and gates that were written inside a rule."""
    for rule in book.rules.values():
        yield from (name for n, name in enumerate(rule.limit, 1) if name == _inline_name(rule, n))
        if rule.gate == rule.id + "#":
            yield rule.gate


# ---- objects to tables -------------------------------------------------------------------------------------


def _to_table(noun: AttrsInstance, leave_out: tuple[str, ...] = ("id", "name")) -> Table:
    """An object as a table: its attributes that differ from the defaults, as TOML spells them."""
    found: Table = {}
    for attribute in attrs.fields(type(noun)):
        value, default = getattr(noun, attribute.name), attribute.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = default.factory()
        if attribute.name not in leave_out and value != default:
            found[attribute.name] = _SPELLINGS.get(attribute.name, _plain)(value)
    return found


def _plain(value: Any) -> Any:
    """A value of an attribute as TOML has it."""
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
            return _to_table(value, leave_out=())
        case _:
            return value


def _moment(value: datetime) -> datetime:
    """A moment with a UTC offset in whole minutes, as TOML needs it. Historical offsets of zones have seconds."""
    offset = value.utcoffset() or timedelta()
    return value.astimezone(UTC) if offset % timedelta(minutes=1) else value


def _one_or_many(value: tuple[Any, ...]) -> Any:
    """A tuple as a list, or as its item if it has only one."""
    items = [_plain(item) for item in value]
    return items[0] if len(items) == 1 else items


def _thresholds(value: Mapping[str, float]) -> Any:
    """Thresholds as a table by tier, or as a number without tiers."""
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
    """A rule as a table, with the limits and the gate that were written inside it."""
    found = {"id": rule.id, **_to_table(rule)}
    limits = [
        _to_table(book.limits[name], ("id", "purse"))
        if name == _inline_name(rule, number)
        else name
        for number, name in enumerate(rule.limit, 1)
        if not isinstance(name, Limit)
    ]
    if limits:
        found["limit"] = limits[0] if len(limits) == 1 else limits
    if rule.gate == rule.id + "#":
        found["gate"] = _to_table(book.gates[rule.id + "#"])
    return found


def _criterion(part: Criterion) -> Table:
    """A criterion as a table, with its measure as a key."""
    rest = _to_table(part, ("measure", "at_least", *["to"] * bool(part.terms)))
    if part.measure in MEASURES:
        key = MEASURES[part.measure]
        measure: Table = {part.measure: rest.pop(key, "")}
    else:
        measure = {"measure": part.measure}
    return {**measure, **rest, "at_least": _thresholds(part.at_least)}


def _badge(badge: Badge) -> Table:
    """A badge as a table; a single criterion is written among the badge's keys."""
    own = _to_table(badge, ("id", "parts", "join", "say", "means"))
    words = {key: getattr(badge, key) for key in ("say", "means") if getattr(badge, key)}
    parts = [_criterion(part) for part in badge.parts]
    if len(parts) == 1 and badge.join == "all" and "purse" not in parts[0]:
        criteria = parts[0]
    else:
        criteria = {f"{badge.join}_of": parts} if parts else {}
    return {"id": badge.id, **criteria, **own, **words}


def _ladder(ladder: Ladder) -> Table:
    """A ladder as a table; the levels don't name the level before in ``after``."""
    found = _to_table(ladder, ("id", "climbs"))
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
    """Write the whole book as a TOML text.

    >>> book = RuleBook.load("plugin:sharing")
    >>> RuleBook.parse(dumps(book)).digest == book.digest
    True

    Raises:
        InvalidRuleBook: the book has items that TOML can't express; with all of them.
    """
    return format_tables(to_toml_tables(book))


def format_tables(tables: Table) -> str:
    """Write the tables of a book as a TOML text, with one key on each line.

    >>> print(format_tables({"book": {"id": "b"}, "badge": [{"id": "asked", "count": "question.asked", "at_least": 1}]}))
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


def dumps_with_comments(book: RuleBook) -> str:
    """Write the whole book as TOML for people, with comments on what TOML can't express instead of faults.

    >>> book = RuleBook.load("plugin:sharing")
    >>> dumps_with_comments(book) == dumps(book)
    True
    """
    comments = [
        f"# {each.where}: {each.found}, which TOML can't express" for each in _inexpressible(book)
    ]
    for name, rule in book.rules.items():
        if rule.test is not None:
            test = f"{rule.test.__module__}:{rule.test.__qualname__}"
            comments.append(f"# the rule {name!r} has the test {test}")
    return "\n".join([*comments, dumps(without_tests(book))])


def without_tests(book: RuleBook) -> RuleBook:
    """A copy of a book whose rules have no tests in Python.

    >>> book = RuleBook.load("plugin:sharing")
    >>> without_tests(book).rules == book.rules
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
    """A value as TOML, on one line; but a long list of tables with one table on each line."""
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
