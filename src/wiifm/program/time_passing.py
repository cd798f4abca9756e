"""What passing time does to a holder, as source: one function for each kind of holder whose badges must be kept up."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.ledger import HolderKind, Role
from wiifm.program.badges import CompiledBadge
from wiifm.program.state import Fields
from wiifm.program.writing import BINDING, Function, Source
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rules import HOLDER_KINDS

_ROLES: dict[HolderKind, Role] = {"member": "actor", "unit": "unit", "community": "community"}


def advancing(book: RuleBook) -> list[str]:
    """The event types that advance time, if the book has a badge that must be kept up; otherwise none."""
    if all(badge.keep_up is None for badge in all_badges(book).values()):
        return []
    return sorted(name for name, kind in book.types.items() if kind.advances)


def passing(
    book: RuleBook, badges: Iterable[CompiledBadge], kind: HolderKind, fields: Fields
) -> Function | None:
    """The function that is called for a holder of a kind when time is advanced; None if nothing must be kept up."""
    asked: dict[str, CompiledBadge] = {}
    for compiled in badges:
        badge = compiled.badge
        kept = badge.keep_up is not None and HOLDER_KINDS[badge.asks[0].to] == kind
        if kept or any(name.partition(":")[0] in asked for name in badge.after):
            asked[badge.id] = compiled
    types = advancing(book)
    if not asked or not types:
        return None
    f = Function(f"pass_{kind}", (types[0], _ROLES[kind], ""))
    flags = {f"{s.prefix}_new" for s in asked.values() if s.is_prerequisite}
    flags |= {name for s in asked.values() for name in s.given_flags}
    if flags:
        f.body.line(" = ".join(sorted(flags)) + " = False")
    for compiled in asked.values():
        compiled.register(fields)
        compiled.write_passing(f)
    f.body.line("return s.passed == (now, e.id)")
    return f


def write_passing(source: Source, f: Function) -> None:
    """Write the function. A holder without activities isn't concerned."""
    with source.block(f"def {f.name}(h, e, out):"):
        source.line("# time passes", "s, now = h.state, e.occurred_at", BINDING)
        with source.block("if not s.day:"):
            source.line("return False")
        source.line("day = max(s.day, now.astimezone(HOME).toordinal())")
        source.paste(f.body)
    source.line("")
