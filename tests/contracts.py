"""What the tests of the contracts share: events, a book with a kind of rule, and contracts that are kept or broken."""

from datetime import UTC, datetime, timedelta

import wiifm
from wiifm import Event, RuleBook, RuleKind

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def post(number):
    at = START + timedelta(hours=number)
    return Event(
        id=f"x{number}", type="post.shared", occurred_at=at, actor="ann", object=f"x{number}"
    )


def kind_book(step, start=0, given="{}", **keys):
    """A book with one rule, of a kind with a step and other keys, to which the rule gives settings."""

    class Kinds:
        @wiifm.hookimpl
        def wiifm_rule_kinds(self, kinds):
            kinds.add(RuleKind(name="kind", step=step, start=start, **keys))

    return RuleBook.parse(
        f"[book]\nid='b'\n[[rule]]\nid='r'\non='post.shared'\nkind='kind'\nsettings={given}",
        plugins=[Kinds()],
    )


def broken(contract, **methods):
    """A contract with methods that break it."""
    return type("Broken", (contract,), methods)()
