"""Puts into words at which hours, on which weekdays or in which months a condition holds.

Whether a condition holds is tried for each hour, weekday or month, so that all ways to write the same are told alike: ``weekday >= 6``,
``5 < weekday`` and ``weekday in [6, 7]``.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import pairwise

from wiifm.expressions.operations import RELATIONS
from wiifm.words.speech import Speech

_ALL: Mapping[str, Sequence[int]] = {
    "hour": range(24),
    "weekday": range(1, 8),
    "month": range(1, 13),
}


def at_times(tree: ast.Compare, s: Speech) -> str:
    """Say when a comparison of the hour, the weekday or the month holds, as the end of a sentence; "" if there are no words for it.

    >>> from wiifm.words.speech import ENGLISH
    >>> [at_times(ast.parse(each, mode="eval").body, ENGLISH) for each in ("weekday > 5", "month in [7, 8]", "words > 5")]
    ['at the weekend', 'in July and August', '']
    """
    terms = [tree.left, *tree.comparators]
    names = {each.id for each in terms if isinstance(each, ast.Name)} & _ALL.keys()
    if len(names) != 1:
        return ""
    (name,) = names
    try:
        found = [value for value in _ALL[name] if _holds(tree.ops, terms, {name: value})]
    except (ValueError, TypeError):  # it is compared with something else than a number
        return ""
    if not 0 < len(found) < len(_ALL[name]):
        return ""
    return {"hour": _hours, "weekday": _weekdays, "month": _months}[name](found, s)


def _holds(ops: Sequence[ast.cmpop], terms: Sequence[ast.expr], known: Mapping[str, int]) -> bool:
    values = [
        known[each.id]
        if isinstance(each, ast.Name) and each.id in known
        else ast.literal_eval(each)
        for each in terms
    ]
    return all(
        RELATIONS[type(op)](left, right)
        for op, (left, right) in zip(ops, pairwise(values), strict=True)
    )


def _hours(hours: Sequence[int], s: Speech) -> str:
    first, end = hours[0], hours[-1] + 1
    if end - first != len(hours) or 1 in (first, end):  # Spanish says 1:00 in the singular
        return ""
    if first == 0:
        return s("before {hour}:00", hour=end)
    if end == len(_ALL["hour"]):
        return s("from {hour}:00 on", hour=first)
    return s("between {first}:00 and {last}:00", first=first, last=end)


def _weekdays(days: Sequence[int], s: Speech) -> str:
    if days == [1, 2, 3, 4, 5]:
        return s("from Monday to Friday")
    if days == [6, 7]:
        return s("at the weekend")
    names = [
        s("Mondays"),
        s("Tuesdays"),
        s("Wednesdays"),
        s("Thursdays"),
        s("Fridays"),
        s("Saturdays"),
        s("Sundays"),
    ]
    return s("on {days}", days=s.listed(names[day - 1] for day in days))


def _months(months: Sequence[int], s: Speech) -> str:
    return s("in {months}", months=s.listed(map(s.month_name, months)))
