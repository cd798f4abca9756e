"""What remains of a log after members were forgotten and old texts dropped, naively: the log itself, rewritten by hand."""

from attrs import evolve

NOT_PEOPLE = ("unit", "zone")


class RemainingLog:
    """The batches that were recorded, rewritten as if the erased names and texts had never been in them.

    ``free`` names the fields of ``data`` that hold free text.
    """

    def __init__(self, free):
        self.batches, self.free = [], free

    @property
    def events(self):
        return [event for batch in self.batches for event in batch]

    def record(self, events):
        """Append a batch of those events whose ids are new."""
        known = {event.id for event in self.events}
        self.batches.append([event for event in events if event.id not in known])

    def forget(self, member, name):
        """Replace a member's name everywhere, and blank the free texts of the events that name them."""

        def without(event):
            if not names(event, member):
                return event
            return self.blank(renamed(event, lambda each: name if each == member else each), name)

        self._rewrite(without)

    def prune(self, before):
        """Blank the free texts of all events before a moment."""
        self._rewrite(lambda event: self.blank(event) if event.occurred_at < before else event)

    def _rewrite(self, rewritten):
        self.batches = [[*map(rewritten, batch)] for batch in self.batches]

    def blank(self, event, name=None):
        """An event with its free texts blanked; a text that is nothing but the name stays."""
        texts = {key: value for key, value in event.data.items() if key in self.free}
        return evolve(
            event, data={**event.data, **{k: name if v == name else "" for k, v in texts.items()}}
        )


def names(event, member):
    """Whether an event names a member."""
    return renamed(event, lambda name: "nobody" if name == member else name) != event


def renamed(event, other):
    """An event with ``other`` applied to each name of a person in it."""

    def put(key, value):
        return other(value) if isinstance(value, str) and key not in NOT_PEOPLE else value

    return evolve(
        event,
        actor=event.actor and other(event.actor),
        recipient=event.recipient and other(event.recipient),
        data={key: put(key, value) for key, value in event.data.items()},
    )


def live_events(events):
    """The live events."""
    gone = {event.retracts for event in events}
    return [event for event in events if not event.retracts and event.id not in gone]
