"""Rolling windows, as source: how what happened in the last N days is kept, enters and leaves, and is read.

Built-in measures have queues that know their value (``rolling``). A plugin's measure only knows how samples enter, so its
samples are measured anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import TypeAlias

from attrs import frozen

from wiifm.criteria import Criterion
from wiifm.program.measures import Grouped, Number, Plain, exact
from wiifm.program.rolling import Groups, Moments, Queue, Samples
from wiifm.program.running import RUNNING
from wiifm.program.state import Fields
from wiifm.program.writing import Constants, Source

NewQueue: TypeAlias = Callable[..., Queue]
"""Makes a queue, empty or of the items that a store kept."""


@cache
def new_queue(measure: str, least: Number | None) -> NewQueue:
    """What makes the queues of a measure; with ``least``, queues that count the groups whose measure reaches it."""
    if least is not None:
        return partial(Groups, RUNNING[measure], least)
    return Moments if measure == "count" else partial(Samples, RUNNING[measure])


@frozen
class Window:
    """The field of a criterion over a rolling window: a queue, or one for each key."""

    constants: Constants
    field: str
    length: timedelta
    criterion: Criterion

    @property
    def keyed(self) -> bool:
        """Whether there is a queue for each key."""
        return self.criterion.per != "member"

    def register(self, fields: Fields, means: str) -> None:
        """Add the field to the state."""
        fields.queue(self.field, self._new, "queues" if self.keyed else "queue", means)

    def write_roll(self, body: Source, key: str, x: str, head: str, group: str) -> None:
        """Write how a sample enters, and those before the window leave."""
        self._find(body, key)
        with body.block("if queue is None:"):
            body.line(f"queue = {self._place(key)} = {self._new}()")
        body.line("at = e.occurred_at")
        with body.blocks(head):
            body.line(f"queue.enter({', '.join(self._item(x, group))})")
        body.line(f"queue.roll(at - {self._length})")

    def write_value(self, body: Source, key: str) -> None:
        """Write how the ``value`` of a queue is read after ``write_roll``."""
        body.line("value = queue.current()")

    def write_look_up(self, body: Source, key: str) -> None:
        """Write how the ``value`` of a queue is read that the activity has entered before."""
        self._find(body, key)
        self.write_value(body, key)

    def write_expiry(self, body: Source, key: str) -> None:
        """Write how samples before the window leave if none enters."""
        found = f"s.{self.field} and s.{self.field}.get({key})" if self.keyed else f"s.{self.field}"
        with body.block(f"if queue := {found}:"):
            body.line(f"queue.roll(e.occurred_at - {self._length})")

    def _find(self, body: Source, key: str) -> None:
        if self.keyed:
            body.line(f"table = s.{self.field}")
            with body.block("if table is None:"):
                body.line(f"table = s.{self.field} = {{}}")
            body.line(f"queue = table.get({key})")
        else:
            body.line(f"queue = s.{self.field}")

    def _place(self, key: str) -> str:
        return f"table[{key}]" if self.keyed else f"s.{self.field}"

    def _item(self, x: str, group: str) -> tuple[str, ...]:
        if self.criterion.measure == "count":
            return ("at",)
        return ("at", group, x) if group else ("at", x)

    @property
    def _new(self) -> str:
        inner = self.criterion.each
        least = None if inner is None else exact(inner.least)
        new = new_queue((inner or self.criterion).measure, least)
        return self.constants.name(f"new {self.field}", new)

    @property
    def _length(self) -> str:
        return self.constants.name(f"last {self.length}", self.length)

    def write_helper(self, source: Source) -> None:
        """Write the functions that it calls: none."""

    def write_read(self, source: Source) -> None:
        """Write how the values of all keys are read at a moment ``now``."""
        source.line(f"first = now - {self._length}")
        if self.keyed:
            queues = f"(s.{self.field} or {{}}).items()"
            source.line(f"return [(key, queue.value(first)) for key, queue in {queues}]")
        else:
            source.line(f"return [(None, (s.{self.field} or {self._new}()).value(first))]")

    def write_read_key(self, source: Source) -> None:
        """Write how the value of one key is read at a moment ``now``."""
        source.line(f"return ({self._of_key} or {self._new}()).value(now - {self._length})")

    def write_read_moments(self, source: Source) -> None:
        """Write how the times of what lies in the window of one key are read, the earliest first."""
        source.line(f"return ({self._of_key} or {self._new}()).moments(now - {self._length})")

    @property
    def _of_key(self) -> str:
        return f"(s.{self.field} or {{}}).get(key)" if self.keyed else f"s.{self.field}"


@frozen
class PluginWindow(Window):
    """The field of a criterion by a plugin's measure over a rolling window: a list of samples, or one for each key.

    If the plugin's measure fails, the list stays as it was.
    """

    measure: Plain | Grouped

    def register(self, fields: Fields, means: str) -> None:
        """Add the field to the state."""
        fields.add(self.field, "None", "containers" if self.keyed else "container", means)

    def write_roll(self, body: Source, key: str, x: str, head: str, group: str) -> None:
        """Write how a sample enters, and those before the window leave."""
        self._find(body, key)
        body.line("queue = list(queue or ())", "at = e.occurred_at")
        with body.blocks(head):
            body.line(f"queue.append(({', '.join(self._item(x, group))}))")
        body.line(f"first = at - {self._length}")
        with body.block("while queue and queue[0][0] < first:"):
            body.line("del queue[0]")

    def write_value(self, body: Source, key: str) -> None:
        """Write how the ``value`` of a queue is read after ``write_roll``."""
        body.line(f"value = {self.field}_over(queue)", f"{self._place(key)} = queue")

    def write_expiry(self, body: Source, key: str) -> None:
        """Write nothing: all samples are looked at each time anyway."""

    def write_helper(self, source: Source) -> None:
        """Write the function that measures the samples in a window."""
        with source.block(f"def {self.field}_over(queue):"):
            if isinstance(self.measure, Grouped):
                source.line(f"v, inner = {self.measure.first}, {{}}")
                with source.block("for _, group, x in queue:"):
                    self.measure.write_step(source, "v", "x", "group", "inner", "group")
            else:
                source.line(f"v = {self.measure.first}")
                with source.block("for _, x in queue:"):
                    self.measure.write_step(source, "v", "x")
            source.line(f"return {self.measure.read('v')}")
        source.line("", "")

    def write_read(self, source: Source) -> None:
        """Write how the values of all keys are read at a moment ``now``."""
        name = self.field
        queues = f"(s.{name} or {{}}).items()" if self.keyed else f"[(None, s.{name} or ())]"
        source.line(f"first = now - {self._length}")
        source.line(f"return [(key, {self._inside}) for key, queue in {queues}]")

    def write_read_key(self, source: Source) -> None:
        """Write how the value of one key is read at a moment ``now``."""
        source.line(f"first, queue = now - {self._length}, {self._of_key} or ()")
        source.line(f"return {self._inside}")

    def write_read_moments(self, source: Source) -> None:
        """Write how the times of what lies in the window of one key are read, the earliest first."""
        source.line(f"first, queue = now - {self._length}, {self._of_key} or ()")
        source.line("return [each[0] for each in queue if each[0] >= first]")

    @property
    def _inside(self) -> str:
        return f"{self.field}_over([each for each in queue if each[0] >= first])"
