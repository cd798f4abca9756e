"""Rolling windows, as source: the samples of the last so many days, measured anew as they come and go."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve, frozen

from wiifm.program.measures import Grouped, Plain, local
from wiifm.program.writing import Constants, Source


@frozen
class Window:
    """The field of a criterion that looks at the last while: a queue of samples with when they were, or one for each key.

    A queue is a list: most are short, and a deque takes as much as seventy entries of one.

    One that only ``counts`` keeps nothing but the moments. A ``foreign`` measure may fail: then the queue stays as it was.
    """

    constants: Constants
    field: str
    length: timedelta
    measure: Plain | Grouped
    keyed: bool
    counts: bool
    foreign: bool

    def roll(self, body: Source, key: str, x: str, head: str, group: str) -> None:
        """Write how a sample comes in, and those before the window go."""
        name = self.field
        if self.keyed:
            body.line(f"table = s.{name}")
            with body.block("if table is None:"):
                body.line(f"table = s.{name} = {{}}")
            body.line(f"queue = table.get({key})")
        else:
            body.line(f"queue = s.{name}")
        if self.foreign:
            body.line("queue = list(queue or ())")
        else:
            with body.block("if queue is None:"):
                body.line(f"queue = {self._place(key)} = []")
        body.line("at = e.occurred_at")
        with body.blocks(head):
            body.line(f"queue.append({self._item('at', x, group)})")
        body.line(f"first = at - {self._length}")
        moment = "queue[0]" if self.counts else "queue[0][0]"
        with body.block(f"while queue and {moment} < first:"):
            body.line("del queue[0]")

    def measure_now(self, body: Source, key: str) -> None:
        """Write how a queue is measured after ``roll``: ``value`` is what it comes to."""
        body.line(f"value = {self._measured('queue')}")
        if self.foreign:
            body.line(f"{self._place(key)} = queue")

    def _place(self, key: str) -> str:
        return f"table[{key}]" if self.keyed else f"s.{self.field}"

    def _item(self, at: str, x: str, group: str) -> str:
        if self.counts:
            return at
        return f"({at}, {group}, {x})" if group else f"({at}, {x})"

    @property
    def _length(self) -> str:
        return self.constants.name(f"last {self.length}", self.length)

    def _measured(self, queue: str) -> str:
        if self.counts:
            return f"len({queue})"
        return self._at_once.format(queue=queue) or f"{self.field}_over({queue})"

    @property
    def _at_once(self) -> str:
        """Source of the value of a whole queue, where Python has it ready."""
        return "" if isinstance(self.measure, Grouped) else local(self.measure).at_once

    def helper(self, source: Source) -> None:
        """Write the function that measures the samples in a window, where there is more to do than to count them."""
        if self.counts or self._at_once:
            return
        with source.block(f"def {self.field}_over(queue):"):
            if isinstance(self.measure, Grouped):
                grouped = evolve(self.measure, inner=local(self.measure.inner))
                source.line(f"v, inner = {grouped.first}, {{}}")
                with source.block("for _, group, x in queue:"):
                    grouped.take(source, "v", "x", "group", "inner", "group")
            else:
                source.line(f"v = {self.measure.first}")
                with source.block("for _, x in queue:"):
                    self.measure.take(source, "v", "x")
            source.line(f"return {self.measure.read('v')}")
        source.line("", "")

    def read(self, source: Source) -> None:
        """Write how the values of all keys are read at a moment ``now``."""
        source.line(f"first = now - {self._length}", "found = []")
        name = self.field
        queues = f"(s.{name} or {{}}).items()" if self.keyed else f"[(None, s.{name} or ())]"
        with source.block(f"for key, queue in {queues}:"):
            self._read_queue(source)
            source.line(f"found.append((key, {self._measured('inside')}))")
        source.line("return found")

    def read_key(self, source: Source) -> None:
        """Write how the value of one key is read at a moment ``now``."""
        name = self.field
        queue = f"(s.{name} or {{}}).get(key) or ()" if self.keyed else f"s.{name} or ()"
        source.line(f"first = now - {self._length}", f"queue = {queue}")
        self._read_queue(source)
        source.line(f"return {self._measured('inside')}")

    def read_moments(self, source: Source) -> None:
        """Write how the moments are read at which what lies in the window of one key was, the earliest first."""
        name, at = self.field, "each" if self.counts else "each[0]"
        queue = f"(s.{name} or {{}}).get(key) or ()" if self.keyed else f"s.{name} or ()"
        source.line(f"first = now - {self._length}", f"queue = {queue}")
        source.line(f"return [{at} for each in queue if {at} >= first]")

    def _read_queue(self, source: Source) -> None:
        at = "each" if self.counts else "each[0]"
        source.line(f"inside = [each for each in queue if {at} >= first]")
