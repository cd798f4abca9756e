"""Why a rule isn't eligible for an activity, naively: every reason in docs/reference/semantics.md that holds."""

from .fold import counted_events
from .who import activities, asks_for, value, when


def judged(book, events, holder):
    """For each event in order: (event, [(rule id, reasons)]), for the rules that ask for it in a role of the holder.

    The reasons are those for which the rule isn't eligible; none if it is.
    """
    ordered = sorted({e.id: e for e in events}.values(), key=when)
    for number, event in enumerate(ordered, 1):
        _, _, live = counted_events(book, ordered[:number])
        acts = activities(book, live, event) if event in live else []
        yield (
            event,
            [
                (rule.id, [*reasons(book, rule, act)])
                for act in sorted(acts, key=lambda each: each.order)
                if act.holder == tuple(holder)
                for rule in book.rules.values()
                if asks_for(book, rule, act, rule.on)
            ],
        )


def reasons(book, rule, act):
    """For each reason why a rule isn't eligible, how the sentence about it begins and how it ends."""
    at, audience = act.event.occurred_at, rule.audience
    if rule.since is not None and at < rule.since:
        yield "nothing, as it holds since ", rule.since.isoformat()
    if rule.until is not None and at >= rule.until:
        yield "nothing, as it held until ", rule.until.isoformat()
    if audience.communities and act.community not in audience.communities:
        yield "nothing, as it is for the community ", f"(this is {shown(act.community)})"
    if audience.units and act.holder_unit not in audience.units:
        yield "nothing, as it is for the unit ", f"(this is {shown(act.holder_unit)})"
    if act.is_self and not rule.self_credit:
        yield "gave nothing, self: ", "their own doing"
    if rule.where is not None and not value(book, act, rule.where, "flag", rule.on):
        yield f"nothing, as {rule.where} is false ", ")"


def shown(name):
    return "null" if name is None else repr(name)
