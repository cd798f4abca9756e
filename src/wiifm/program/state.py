"""The state of a holder: one slotted class for each kind of holder, generated with the fields that the book needs.

What a field holds tells how deep a copy has to go, and how a store keeps it:

- *plain*: an immutable value. *foreign*: likewise, but the state of a plugin's function.
- *container*: a container of immutable values. *containers*: a dictionary of such containers.
- *table*: a dictionary that starts empty and from which nothing is ever removed, so it grows with the community. A store
  keeps each item in a row of its own.
- *queue*, *queues*: a queue of ``rolling``, or a dictionary of them. A store makes them anew from their items.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import define, field

from wiifm.program.writing import Source

Holds: TypeAlias = Literal[
    "plain", "foreign", "container", "containers", "table", "queue", "queues"
]

_COPY = {
    "plain": "self.{0}",
    "foreign": "self.{0}",
    "container": "None if self.{0} is None else self.{0}.copy()",
    "containers": "None if self.{0} is None else {{key: each.copy() for key, each in self.{0}.items()}}",
}
_COPY |= {"table": _COPY["container"], "queue": _COPY["container"], "queues": _COPY["containers"]}
_WEIGHT = {
    "plain": "",
    "foreign": "",
    "container": "len(self.{0} or ())",
    "containers": "sum(map(len, (self.{0} or {{}}).values())) + len(self.{0} or ())",
}
_WEIGHT |= {
    "table": _WEIGHT["container"],
    "queue": "(0 if self.{0} is None else self.{0}.weight())",
    "queues": "sum(each.weight() for each in (self.{0} or {{}}).values())",
}


@define(eq=False)
class Fields:
    """The fields of the state of one kind of holder; ``specs`` has for each its first value, what it holds, and what it means."""

    name: str
    specs: dict[str, tuple[str, Holds, str]] = field(factory=dict)
    queues: dict[str, str] = field(factory=dict)
    """Source of what makes the queues of a field, by field."""

    def __attrs_post_init__(self) -> None:
        self.add("day", "0", "plain", "the effective day: the latest local day so far")
        self.add("awards", "{}", "container", "the awards, by badge, tier and occurrence")

    def add(self, name: str, first: str, holds: Holds, means: str) -> str:
        """Add a field, unless it is there; return source that reads it from the state ``s``.

        ``means`` becomes its comment in the program.
        """
        self.specs[name] = (first, holds, means)
        return f"s.{name}"

    def queue(self, name: str, new: str, holds: Literal["queue", "queues"], means: str) -> None:
        """Add a field with a queue, or one for each key, made by ``new``."""
        self.add(name, "None", holds, means)
        self.queues[name] = new

    def write(self, source: Source) -> None:
        """Write the class."""
        names = list(self.specs)
        with source.block(f"class {self.name}:"):
            with source.block("__slots__ = ("):
                source.line(*(f"{name!r},  # {self.specs[name][2]}" for name in names))
            source.line(")")
            tables = [name for name in names if self.specs[name][1] == "table"]
            source.line(f"tables = {tuple(tables)!r}")
            foreign = [name for name in names if self.specs[name][1] == "foreign"]
            source.line(f"foreign = {tuple(foreign)!r}")
            queues = ", ".join(f"{name!r}: {new}" for name, new in self.queues.items())
            source.line(f"queues = {{{queues}}}", "")
            with source.block("def __init__(self):"):
                source.line(*(f"self.{name} = {self.specs[name][0]}" for name in names))
            source.line("")
            with source.block("def copy(self):"):
                source.line(f"other = {self.name}.__new__({self.name})")
                for name in names:
                    source.line(f"other.{name} = " + _COPY[self.specs[name][1]].format(name))
                source.line("return other")
            source.line("")
            with source.block("def weight(self):"):
                terms = [_WEIGHT[self.specs[name][1]].format(name) for name in names]
                source.line(f"return {len(names)} + " + " + ".join(filter(None, terms)))
        source.line("", "")
