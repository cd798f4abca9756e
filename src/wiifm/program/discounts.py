"""Rules that give only a part of their amount, as source.

An amount may be split among several recipients (``split``), be less for what is given back, or to one's own manager or
report (``weaker``), and fade after a mentoring has ended (``fade``). Gates decide what is given back (``reciprocity``),
relations who reports to whom.
"""

from __future__ import annotations

from fractions import Fraction

from wiifm.periods import duration
from wiifm.program.amounts import part_of
from wiifm.program.measures import exact
from wiifm.program.writing import Constants, Function
from wiifm.rules import SPLIT, Fade, Rule, Weaker


def is_mutual(rule: Rule) -> bool:
    """Whether a rule gives less for what is given back."""
    return rule.weaker is not None and rule.weaker.mutual is not None


def returned_name(prefix: str) -> str:
    """The local that tells whether something is given back."""
    return f"{prefix}_returned"


def split_source(constants: Constants, f: Function) -> str:
    """Source that reduces ``amount`` to the part of one of several recipients."""
    among, number = (f.read(key) for key in SPLIT)
    return f"amount = {constants.name('part_of', part_of)}(amount, {among}, {number})"


def write_split(constants: Constants, rule: Rule, f: Function, refuse: str) -> None:
    """Write ``split_source``, and a refusal that tells of it."""
    f.body.line("whole = amount", split_source(constants, f))
    with f.body.block("if amount != whole:"):
        text = f"'split among {{}}'.format({f.read(SPLIT[0])})"
        f.body.line(f"{refuse}, 'split', ({text}, amount, whole)))")


def write_discounts(
    constants: Constants, rule: Rule, prefix: str, f: Function, refuse: str
) -> None:
    """Write everything that reduces an ``amount``."""
    if rule.split:
        with f.body.block("if amount:"):
            write_split(constants, rule, f, refuse)
    if rule.weaker is not None:
        with f.body.block("if amount:"):
            write_weaker(constants, rule, rule.weaker, prefix, f, refuse)
    if rule.fade is not None:
        with f.body.block("if amount:"):
            write_fade(constants, rule, rule.fade, f, refuse)


def write_weaker(
    constants: Constants, rule: Rule, weaker: Weaker, prefix: str, f: Function, refuse: str
) -> None:
    """Write what is left of an ``amount`` above 0 and why; of several reasons the one that leaves least counts."""
    body = f.body
    body.line("share = 1")
    for reason, share, holds, words in _reasons(weaker, prefix, f):
        part = constants.name(f"{rule.id} {reason}", Fraction(exact(share)))
        with body.block(f"if {holds} and {part} < share:"):
            body.line(f"share, why, words = {part}, {reason!r}, {words!r}")
    with body.block("if share != 1 and amount > 0:"):
        body.line("whole, amount = amount, round(amount * share)")
        with body.block("if amount != whole:"):
            body.line(f"{refuse}, why, (words, amount, whole)))")


def write_fade(constants: Constants, rule: Rule, fade: Fade, f: Function, refuse: str) -> None:
    """Write what is left of an ``amount`` for a former mentor, by how long ago the mentoring ended."""
    body, per = f.body, constants.name(f"{rule.id} per", duration(fade.per))
    share = constants.name(f"{rule.id} share", Fraction(exact(fade.share)))
    body.line(f"faded = {f.need('ended')} // {per}")
    with body.block("if faded:"):
        left = f"round(amount * {share} ** faded) if faded < {fade.times} else 0"
        body.line(f"whole, amount = amount, {left}")
        with body.block("if amount != whole:"):
            words = "a mentoring that ended before"
            body.line(f"{refuse}, 'faded', ({words!r}, amount, whole)))")


def _reasons(weaker: Weaker, prefix: str, f: Function) -> list[tuple[str, float, str, str]]:
    """Each reason to give less: its name, the share that is left, source of whether it holds, and words for the receipt."""
    found = []
    if weaker.mutual is not None:
        back = f"giving back within {weaker.within}"
        found.append(("mutual", weaker.mutual, f.place(returned_name(prefix)), back))
    if weaker.reporting is not None:
        close = "giving to one's own manager or report"
        found.append(("reporting", weaker.reporting, f.need("reporting"), close))
    return found
