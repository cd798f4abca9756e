"""What is left of a log once members are forgotten and old texts let go, naively: the log itself, written anew by hand."""

from attrs import evolve

NOT_PEOPLE = ("unit", "zone")


class Left:
    """What came, batch by batch, as it would have been said by whoever never knew the names and texts that are gone."""

    def __init__(self, free):
        self.batches, self.free = [], free

    @property
    def events(self):
        return [event for batch in self.batches for event in batch]

    def record(self, events):
        """Take in what is new."""
        known = {event.id for event in self.events}
        self.batches.append([event for event in events if event.id not in known])

    def forget(self, member, name):
        """Have another name stand wherever the member's stood, and nothing in the free texts of what named them."""

        def without(event):
            if not names(event, member):
                return event
            return self.blank(renamed(event, lambda each: name if each == member else each), name)

        self._rewrite(without)

    def prune(self, before):
        """Have nothing stand in the free texts of what was before a moment."""
        self._rewrite(lambda event: self.blank(event) if event.occurred_at < before else event)

    def _rewrite(self, rewritten):
        self.batches = [[*map(rewritten, batch)] for batch in self.batches]

    def blank(self, event, name=None):
        """An event without its free texts, unless one is nothing but a name."""
        texts = {key: value for key, value in event.data.items() if key in self.free}
        return evolve(
            event, data={**event.data, **{k: name if v == name else "" for k, v in texts.items()}}
        )


def names(event, member):
    """Whether an event names a member."""
    return renamed(event, lambda name: "nobody" if name == member else name) != event


def renamed(event, other):
    """An event whose people have other names."""

    def put(key, value):
        return other(value) if isinstance(value, str) and key not in NOT_PEOPLE else value

    return evolve(
        event,
        actor=event.actor and other(event.actor),
        recipient=event.recipient and other(event.recipient),
        data={key: put(key, value) for key, value in event.data.items()},
    )


def counting(events):
    """The events that count."""
    gone = {event.retracts for event in events}
    return [event for event in events if not event.retracts and event.id not in gone]
